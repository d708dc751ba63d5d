//! How far a run is: a moving bar on a terminal, else a plain line every few seconds.
//!
//! Hears a run's events; must not slow it down: indicatif draws at most twenty times a second.

use super::screen::Screen;
use crate::cli::page::{figures, words};
use evolve::observe::{Event, Observer, Progress as Rows};
use evolve::report::{Direction, PlanReport};
use indicatif::ProgressStyle;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a plain listener hears nothing.
const PAUSE: Duration = Duration::from_secs(3);

/// The listener at the terminal.
pub struct Progress {
    screen: Arc<Screen>,
    state: Mutex<State>,
}

struct State {
    /// The plan in one line, until it is known whether the whole of it is shown for a question.
    headline: Option<String>,
    said: Instant,
    stage: String,
    step: String,
}

impl Progress {
    /// A listener that shows on this screen.
    pub fn new(screen: Arc<Screen>) -> Self {
        let state = State { headline: None, said: Instant::now(), stage: String::new(), step: String::new() };
        Self { screen, state: Mutex::new(state) }
    }

    /// Says the plan in one line, where nobody was shown all of it.
    pub fn settle(&self) {
        self.announce(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn announce(&self, state: &mut State) {
        if let Some(headline) = state.headline.take()
            && !self.screen.plan_shown()
        {
            self.screen.say(&headline);
        }
    }

    /// What the bar stands for: no rows known, or so many of them.
    fn style(&self, total: Option<u64>) {
        // The terminal's own `^C` moves the cursor a line down, so that the first line stays behind: it is an empty one.
        let rows = if total.is_some() { "{bar:20.cyan/dim} {msg}" } else { "{spinner} {elapsed} {msg}" };
        let template = format!(" \n{{prefix}}\n{rows}");
        let style = ProgressStyle::with_template(&template).expect("the templates are right");
        let bar = self.screen.bar();
        bar.set_style(style.progress_chars("━━╌").tick_chars("⠁⠂⠄⠂ "));
        bar.set_length(total.unwrap_or(0));
    }

    fn begin(&self, state: &State) {
        let bar = self.screen.bar();
        self.style(None);
        bar.reset();
        bar.set_message("");
        bar.set_prefix(words::cut(&state.step, self.screen.paper().width));
        bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn moved(&self, rows: &Rows<'_>, state: &mut State) {
        if self.screen.live() {
            let bar = self.screen.bar();
            if bar.length() != rows.total || rows.total.is_none() {
                self.style(rows.total);
            }
            bar.set_position(rows.current);
            bar.set_message(account(rows, self.screen.paper().width.saturating_sub(25)));
        } else if state.said.elapsed() >= PAUSE {
            state.said = Instant::now();
            self.screen.say(&format!("{}: {}", words::plain(rows.step), account(rows, usize::MAX)));
        }
    }

    /// A line now and then, where no bar can move.
    fn line(&self, state: &mut State, pause: Duration, line: &str) {
        if !self.screen.live() && state.said.elapsed() >= pause {
            state.said = Instant::now();
            self.screen.say(line);
        }
    }
}

impl Observer for Progress {
    fn event(&self, event: Event<'_>) {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(event, Event::Planned(_)) {
            self.announce(state);
        }
        match event {
            Event::Planned(plan) if plan.steps.is_empty() => {}
            Event::Planned(plan) => state.headline = Some(headline(plan)),
            Event::Waiting { holder } => {
                self.screen.say(&format!("Another run holds the database: {}. Waiting for it.", words::plain(&holder)));
            }
            Event::StageBegins { stage } => state.stage = words::plain(stage),
            Event::RestorePointBegins { id } => {
                let stage = if state.stage.is_empty() { String::new() } else { format!("{}  ", state.stage) };
                state.step = format!("{stage}restore point {}", words::plain(id));
                if self.screen.live() {
                    self.begin(state);
                }
            }
            Event::RestorePointTaken { id, bytes, elapsed } => {
                let (size, took) = (figures::bytes(bytes), figures::duration(elapsed.as_millis() as u64));
                self.line(
                    state,
                    Duration::ZERO,
                    &format!("Restore point {}: {size}, verified, {took}", words::plain(id)),
                );
            }
            Event::StepBegins { step, index, count, title } => {
                let of = format!("{} of {}", figures::number(index as u64), figures::number(count as u64));
                state.step = format!("{}  {of}  {}  {}", state.stage, words::plain(step), words::plain(title));
                if self.screen.live() {
                    self.begin(state);
                } else {
                    self.line(state, PAUSE, &format!("Step {of}, {}: {}", words::plain(step), words::plain(title)));
                }
            }
            Event::LooksAtRows { step } => {
                self.line(state, PAUSE, &format!("{}: looking at its rows before they go back", words::plain(step)));
            }
            Event::Progress(rows) => self.moved(&rows, state),
            Event::StepEnds { step, outcome, elapsed, .. } => {
                let (outcome, took) = (words::step_outcome(outcome), figures::duration(elapsed.as_millis() as u64));
                self.line(state, PAUSE, &format!("{} {outcome}, {took}", words::plain(step)));
            }
            Event::Note { text } => self.screen.say(&words::plain(text)),
        }
    }
}

/// The plan in one line.
fn headline(plan: &PlanReport) -> String {
    let direction = match plan.direction {
        Direction::Up => "Up",
        Direction::Down => "Down",
    };
    let (from, to) = (words::standpoint(&plan.from), words::standpoint(&plan.to));
    let steps = figures::count(plan.steps.len(), "step");
    words::plain(format!("{direction} from {from} to {to}: {steps}, risk {}", plan.risk.as_str()))
}

/// How far the rows are: of how many, how fast, how long still, in how much memory; as much of it as there is room for,
/// the time that is left before the rate, and that before the memory.
fn account(rows: &Rows<'_>, room: usize) -> String {
    let many = match rows.total {
        Some(total) => format!("{} of {} rows", figures::number(rows.current), figures::number(total)),
        None => format!("{} rows", figures::number(rows.current)),
    };
    let measured = rows.rate.is_finite() && rows.rate >= 1.0;
    let rate = measured.then(|| format!("{}/s", figures::number(rows.rate as u64)));
    let left = rows.eta.map(|eta| format!("{} left", figures::duration(eta.as_millis() as u64)));
    let memory = rows.memory.map(figures::bytes);
    let said = |parts: &[&Option<String>]| {
        parts.iter().copied().flatten().fold(many.clone(), |said, part| format!("{said}, {part}"))
    };
    let fits = |text: &String| text.chars().count() <= room;
    let short = said(&[&left]).replace(" rows", "");
    [said(&[&rate, &left, &memory]), said(&[&rate, &left]), said(&[&left])]
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| words::cut(&short, room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_says_what_is_known() {
        let mut rows = Rows {
            stage: "mvp2",
            step: "vehicles",
            current: 12_000,
            total: Some(40_000),
            percentage: Some(30.0),
            rate: 8_000.4,
            eta: Some(Duration::from_millis(3_500)),
            elapsed: Duration::from_millis(1_500),
            memory: Some(31_000_000),
        };
        assert_eq!(account(&rows, 55), "12,000 of 40,000 rows, 8,000/s, 3.5 s left, 31 MB");
        assert_eq!(account(&rows, 45), "12,000 of 40,000 rows, 8,000/s, 3.5 s left");
        assert_eq!(account(&rows, 35), "12,000 of 40,000 rows, 3.5 s left");
        assert_eq!(account(&rows, 30), "12,000 of 40,000, 3.5 s left");
        assert_eq!(account(&rows, 10), "12,000 of…");
        (rows.total, rows.eta, rows.memory, rows.rate) = (None, None, None, f64::NAN);
        assert_eq!(account(&rows, 55), "12,000 rows");
    }
}
