//! Tables rebuilt, renamed and dropped under others that refer to them: nothing of the others is lost, and the way back
//! gives the old table whole.

mod rig;

#[path = "rebuild/children.rs"]
mod children;
#[path = "rebuild/edits.rs"]
mod edits;
#[path = "rebuild/inventory.rs"]
mod inventory;
#[path = "rebuild/marks.rs"]
mod marks;
#[path = "rebuild/references.rs"]
mod references;
#[path = "rollback/shape.rs"]
mod shape;
#[path = "rebuild/shapes.rs"]
mod shapes;
#[path = "rebuild/views.rs"]
mod views;
