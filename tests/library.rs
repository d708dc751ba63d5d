//! evolve as a library: a project opened or embedded, run on files and on connections that an application lends.

#![allow(clippy::print_stdout)] // what is skipped is said

mod rig;

#[path = "library/asked.rs"]
mod asked;
#[path = "library/batches.rs"]
mod batches;
#[path = "library/bed.rs"]
mod bed;
#[path = "library/behind.rs"]
mod behind;
#[path = "library/functions.rs"]
mod functions;
#[path = "library/further.rs"]
mod further;
#[path = "library/heard.rs"]
mod heard;
#[path = "library/lent.rs"]
mod lent;
#[path = "library/meanwhile.rs"]
mod meanwhile;
#[path = "library/memory.rs"]
mod memory;
#[path = "library/real.rs"]
mod real;
#[path = "library/resumed.rs"]
mod resumed;
#[path = "library/sources.rs"]
mod sources;
#[path = "library/taken_back.rs"]
mod taken_back;
