//! Ten thousand generated tables, moved by every kind in batches of one to seven rows and taken back, against a naïve model:
//! which rows must be in the target, none missed, none repeated, and the figures of the account.
//! Some written tables ask more of a row than a key does: NOT NULL, a CHECK, STRICT. A row that its table does not take fails
//! the step, and a dry run says so before.
//!
//! All in the test's own process, on databases in memory; many cases share one run. A case that fails is shown with its seed
//! as small as it gets: `EVOLVE_SEED=… cargo nextest run --features failpoints --test moves` runs it alone.

mod rig;

#[allow(dead_code)]
#[path = "rollback/model.rs"]
mod model;

mod moves {
    mod case;
    mod dice;
    mod expected;
    mod limits;
    mod many;
    mod resumed;
    mod shape;
    mod step;
    mod thick;
}
