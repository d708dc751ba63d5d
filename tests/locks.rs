//! Several at once: runs beside runs, questions beside runs, writers of the user's own beside both.

mod rig;

mod locks {
    mod held;
    mod together;
    mod writers;
}
