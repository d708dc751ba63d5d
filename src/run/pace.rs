//! The pace of a run between batches: pauses, a limit of rows a second, and what `evolve control` asks meanwhile.
//!
//! Takes the stage's word and a control file beside the database; sleeps, never while a transaction is open.

use super::Runner;
use crate::error::{Error, Result, codes};
use crate::observe::Event;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a run that is under way is asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Whether it rests until it is told to go on.
    #[serde(default)]
    pub pause: bool,
    /// Rows a batch from now on.
    #[serde(default)]
    pub batch: Option<u64>,
}

/// How long a batch is, and the pause after it, where a stage says that the application stays up.
pub const SHARED: Duration = Duration::from_millis(20);

/// How often a resting run looks whether it may go on.
const LOOK: Duration = Duration::from_millis(50);

/// What sets the pace.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// The control file.
    pub control: Option<PathBuf>,
    /// Rows a second at most.
    pub rows_per_second: Option<u64>,
}

/// What is asked at this moment.
pub fn asked(file: &Path) -> Control {
    std::fs::read_to_string(file).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Asks a run to do something else from its next batch on.
pub fn ask(file: &Path, control: Control) -> Result<()> {
    use std::io::Write as _;
    let folder = file.parent().unwrap_or(Path::new("."));
    let text = serde_json::to_string(&control).unwrap_or_default();
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut beside| {
        beside.write_all(text.as_bytes())?;
        beside.persist(file).map_err(|error| error.error)
    });
    written
        .map(|_| ())
        .map_err(|error| Error::new(codes::NOT_WRITABLE, format!("{} cannot be written: {error}", file.display())))
}

impl Runner<'_> {
    /// Rests between two batches, as long as the stage, the limit and `evolve control` want it.
    pub(super) fn rest(
        &self,
        declared: Option<Duration>,
        shared: bool,
        took: Duration,
        rows: u64,
    ) -> Result<Option<u64>> {
        let configured = declared.unwrap_or(self.batch.pause);
        let mut pause = match (configured, shared) {
            (Duration::ZERO, true) => took,
            (pause, _) => pause,
        };
        if let Some(most) = self.pace.rows_per_second.filter(|most| *most > 0) {
            #[allow(clippy::cast_precision_loss)]
            let due = Duration::from_secs_f64(rows as f64 / most as f64);
            pause = pause.max(due.saturating_sub(took));
        }
        if pause > Duration::ZERO {
            self.sleep(pause)?;
        }
        self.obey()
    }

    fn sleep(&self, mut pause: Duration) -> Result<()> {
        while pause > Duration::ZERO {
            self.check_stop()?;
            let part = pause.min(LOOK);
            std::thread::sleep(part);
            pause -= part;
        }
        Ok(())
    }

    /// Does what the control file says; the batch size it names.
    fn obey(&self) -> Result<Option<u64>> {
        let Some(file) = &self.pace.control else { return Ok(None) };
        let mut control = asked(file);
        if control.pause {
            self.observer.event(Event::Note { text: "paused; evolve control resume goes on" });
        }
        while control.pause {
            self.sleep(LOOK)?;
            control = asked(file);
        }
        Ok(control.batch)
    }
}
