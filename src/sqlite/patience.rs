//! Waiting for other writers: a little longer each time, and no longer than is allowed.

use crate::error::Result;
use crate::sqlite::survey::database_error;
use rusqlite::ErrorCode;
use std::time::{Duration, Instant};

/// Repeats what other writers keep from happening, under the deadline.
pub fn persist(patience: Duration, mut attempt: impl FnMut() -> rusqlite::Result<()>) -> Result<()> {
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_millis(2);
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                std::thread::sleep(pause + jitter(pause));
                pause = (pause * 2).min(Duration::from_millis(200));
            }
            result => return result.map_err(|error| database_error(&error)),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Some part of a pause, different each time.
fn jitter(pause: Duration) -> Duration {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    pause.mul_f64(f64::from(nanos % 1000) / 1000.0)
}
