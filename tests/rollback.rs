//! Up, down and up again: whatever a step did, its way back gives the database back as it was, or says beforehand that it
//! cannot.

mod rig;

#[path = "rollback/alters.rs"]
mod alters;
#[path = "rollback/drops.rs"]
mod drops;
#[path = "rollback/makes.rs"]
mod makes;
#[path = "rollback/mixed.rs"]
mod mixed;
#[path = "rollback/odd.rs"]
mod odd;
#[path = "rollback/rows.rs"]
mod rows;
#[path = "rollback/shape.rs"]
mod shape;
#[path = "rollback/triggers.rs"]
mod triggers;
