//! One process measured: how long it ran, and the most memory it held.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a run cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From before its start to after its end.
    pub time: Duration,
    /// The most memory it held at once, in bytes.
    pub peak: u64,
}

/// Runs a command, which must succeed; its output is thrown away.
pub fn run(command: &mut Command) -> Cost {
    let since = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().expect("the command");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(high_water(&child));
        if let Some(status) = child.try_wait().expect("the child") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let time = since.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    Cost { time, peak }
}

/// The kernel's own high-water mark; it is gone with the process, so it is asked for until the end.
fn high_water(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Both sides in turn, so often; the least time and the most memory of each.
pub fn in_turn(runs: usize, mut ours: impl FnMut() -> Cost, mut peer: impl FnMut() -> Cost) -> (Cost, Cost) {
    let pairs: Vec<(Cost, Cost)> = (0..runs).map(|_| (ours(), peer())).collect();
    (least(pairs.iter().map(|pair| pair.0)), least(pairs.iter().map(|pair| pair.1)))
}

/// The least time and the most memory.
pub fn least(costs: impl Iterator<Item = Cost>) -> Cost {
    let merge = |a: Cost, b: Cost| Cost { time: a.time.min(b.time), peak: a.peak.max(b.peak) };
    costs.reduce(merge).expect("at least one run")
}
