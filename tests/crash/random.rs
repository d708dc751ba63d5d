//! Killed at moments that nobody chose, over and over, on the way up and on the way down.

use super::bed::{self, DOWN, UP};
use super::up::first_difference;
use crate::rig::Project;
use crate::rig::running::KILLED;
use std::time::{Duration, Instant, SystemTime};

/// Kills in all, over both ways.
const KILLS: u32 = 25;

/// Numbers that look random and come again with their seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// The seed: another one each time, or the one that `EVOLVE_SEED` names.
fn seed() -> u64 {
    let given = std::env::var("EVOLVE_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
        now.subsec_nanos().into()
    })
}

/// Says the seed where the test fails, so that it can be looked at again.
struct Said(u64);

impl Drop for Said {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("once more with the same numbers: EVOLVE_SEED={}", self.0);
        }
    }
}

/// Starts a command and kills it after so long; whether it was killed before it ended by itself.
fn kill_after(project: &Project, arguments: &[&str], microseconds: u64) -> bool {
    let running = project.start(arguments);
    std::thread::sleep(Duration::from_micros(microseconds));
    let gave = running.killed();
    assert!([0, KILLED].contains(&gave.code), "{} {}", gave.out, gave.err);
    gave.code == KILLED
}

#[test]
fn f02_killed_at_random_it_goes_up_and_down_as_if_nothing_had_been() {
    let seed = Said(seed());
    let mut numbers = Numbers(seed.0);
    let base = bed::sample();
    let bottom = base.state();
    let calm = base.twin();
    let begun = Instant::now();
    let _ = bed::done(&calm, UP);
    let lasts = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let top = calm.state();
    let project = base.twin();
    let (mut kills, mut ways) = (0, 0);
    while kills < KILLS {
        let (arguments, state) = if ways % 2 == 0 { (UP, &top) } else { (DOWN, &bottom) };
        // Two or three deaths on each way, wherever they hit.
        for _ in 0..=numbers.below(3) {
            let moment = numbers.below(lasts);
            if !kill_after(&project, arguments, moment) {
                break;
            }
            kills += 1;
            assert_eq!(project.value("PRAGMA integrity_check"), "ok", "kill {kills} after {moment} µs");
        }
        let gave = project.must(arguments);
        let outcome = gave.document()["result"]["outcome"].clone();
        assert!(outcome == "done" || outcome == "nothing_to_do", "{outcome}");
        assert!(project.state() == *state, "kill {kills}, way {ways}: {}", first_difference(&project.state(), state));
        bed::assert_sound(&project, &format!("after kill {kills}"));
        ways += 1;
        assert!(ways < 200, "it is never hit");
    }
    println!("{kills} kills on {ways} ways, each way about {} ms", lasts / 1000);
}
