//! Restore points: taken when asked for, verified, and each brings back exactly the state it was taken of.

mod rig;

#[path = "points/again.rs"]
mod again;
#[path = "points/bed.rs"]
mod bed;
#[path = "points/damaged.rs"]
mod damaged;
#[path = "points/others.rs"]
mod others;
#[path = "points/restoring.rs"]
mod restoring;
#[path = "points/taking.rs"]
mod taking;
