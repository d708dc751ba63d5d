//! Nothing is lost when evolve dies: killed at every fail point and at random, stopped by signals, failing in the middle;
//! then the same command, and the state is that of a run that nothing disturbed.
//!
//! Needs `--features failpoints`; a release never has it.

#![allow(clippy::print_stdout)] // seeds and counts, for whoever repeats it

mod rig;

mod crash {
    mod bed;
    mod deferred;
    mod down;
    mod every;
    mod failing;
    mod meanwhile;
    mod once;
    mod outside;
    mod points;
    mod preserving;
    mod random;
    mod reports;
    mod restoring;
    mod signals;
    mod stages;
    mod syscalls;
    mod up;
}
