//! Ctrl-C once: the run finishes or undoes its batch. Ctrl-C twice: at once, and the same command continues.

use super::screen::Screen;
use evolve::error::Exit;
use evolve::observe::{Stop, StopReason};
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Makes a write beyond the file-size limit an error instead of the end (F100). Rust itself ignores SIGPIPE.
pub fn survive_limits() {
    // Without it evolve still works, so a failure here changes nothing.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// Hears signals on a thread of its own: the first asks the run to stop, the second ends the process.
pub fn listen(stop: Stop, asks: Arc<AtomicBool>, screen: Arc<Screen>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let hear = move || {
        for signal in signals.forever() {
            let reason = if signal == SIGTERM { StopReason::Terminate } else { StopReason::Interrupt };
            let asking = asks.load(Ordering::SeqCst);
            match stop.requested() {
                Some(first) => leave(if asking { first } else { reason }),
                None => stop.request(reason),
            }
            if asking {
                // The thread that asks puts the terminal right and leaves; if it cannot, nothing waits for it.
                thread::sleep(Duration::from_millis(500));
                leave(reason);
            }
            screen.say("Stopping after this batch; the same command continues. Once more stops at once.");
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(hear).map(drop)
}

/// Ends the process at once. Nothing is cleaned up: a database survives that, and locks go with their holder.
pub fn leave(reason: StopReason) -> ! {
    let exit = match reason {
        StopReason::Interrupt => Exit::Interrupted,
        StopReason::Terminate => Exit::Terminated,
    };
    signal_hook::low_level::exit(i32::from(exit as u8))
}
