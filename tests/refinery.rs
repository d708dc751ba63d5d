//! Refinery and evolve on one database: each opens what the other has migrated, and neither runs anything twice.

mod rig;

#[path = "refinery/adopting.rs"]
mod adopting;
#[path = "refinery/bridge.rs"]
mod bridge;
#[path = "refinery/foreign.rs"]
mod foreign;
#[path = "refinery/together.rs"]
mod together;
