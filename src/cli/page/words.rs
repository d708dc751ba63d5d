//! Closed vocabularies as words, and words that are safe to show.

use super::figures;
use super::{Ink, Words};
use evolve::report::{Loss, Outcome, PlannedStep, Reversible, Rows, Standpoint, StepOutcome};
use evolve::risk::Risk;

/// A text without what could steer a terminal or turn the direction of reading (S36).
pub fn plain(text: impl AsRef<str>) -> String {
    escape(text.as_ref(), "")
}

/// The same, but tabs stay.
pub fn plain_but_tabs(text: &str) -> String {
    escape(text, "\t")
}

fn escape(text: &str, kept: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && !kept.contains(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}

/// As much of a line as fits.
pub fn cut(text: &str, width: usize) -> String {
    dialoguer::console::truncate_str(text, width, "…").into_owned()
}

/// A stage and its version.
pub fn stand(stage: Option<&str>, version: Option<&str>) -> String {
    match (stage, version) {
        (Some(stage), Some(version)) => format!("{stage} {version}"),
        (Some(stage), None) => stage.to_owned(),
        (None, _) => "before the first stage".to_owned(),
    }
}

/// A place in the order of steps, in few words.
pub fn standpoint(at: &Standpoint) -> String {
    match (&at.stage, &at.head) {
        (Some(_), _) => stand(at.stage.as_deref(), at.version.as_deref()),
        (None, Some(head)) => head.clone(),
        (None, None) => "the start".to_owned(),
    }
}

/// The same with its last step.
pub fn standpoint_and_step(at: &Standpoint) -> Words {
    match (&at.stage, &at.head) {
        (_, None) => Words::from("start").faint(", nothing applied"),
        (_, Some(head)) => {
            Words::from(stand(at.stage.as_deref(), at.version.as_deref())).faint(format!(", last step {head}"))
        }
    }
}

/// What the word means.
pub fn risk_means(risk: Risk) -> &'static str {
    match risk {
        Risk::None => "it only adds",
        Risk::Low => "it moves data, and the inverse is known",
        Risk::Medium => "it may fail on the data, or only a hand-written file leads back",
        Risk::High => "it breaks the application of the stage before, or needs downtime",
        Risk::Critical => "it destroys, or only a restore point leads back",
    }
}

/// A reason for a risk, its code last: `drops the table usage (R101)`.
pub fn reason(written: &str) -> String {
    let coded = |head: &str| {
        let (_, code) = head.split_once(' ')?;
        code.strip_prefix('R')
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|_| code.to_owned())
    };
    match written.split_once(": ").and_then(|(head, words)| Some((coded(head)?, words))) {
        Some((code, words)) => format!("{words} ({code})"),
        None => written.to_owned(),
    }
}

/// A risk in its colour.
pub fn risk_ink(risk: Risk) -> Ink {
    match risk {
        Risk::None => Ink::Plain,
        Risk::Low => Ink::Good,
        Risk::Medium => Ink::Care,
        Risk::High | Risk::Critical => Ink::Bad,
    }
}

/// How a step is taken back.
pub fn reversible(how: Reversible) -> Words {
    match how {
        Reversible::File => Words::from("down file"),
        Reversible::Derived => Words::from("derived"),
        Reversible::Inverse => Words::from("inverse"),
        Reversible::Kept => Words::from("kept data"),
        Reversible::RestorePoint => Words::ink(Ink::Care, "restore point"),
        Reversible::No => Words::ink(Ink::Bad, "no way back"),
    }
}

/// How a step is taken back, and whether all came back where it was tried.
pub fn way_back(step: &PlannedStep) -> Words {
    let words = reversible(step.reversible);
    match step.tried.loss {
        Some(Loss::Lossy) => words.text(", ").and(Words::ink(Ink::Care, Loss::Lossy.word())),
        Some(loss) => words.text(format!(", {}", loss.word())),
        None => words,
    }
}

/// How a run ended.
pub fn outcome(outcome: Outcome) -> Words {
    let (ink, text) = match outcome {
        Outcome::Done => (Ink::Good, "done"),
        Outcome::NothingToDo => (Ink::Good, "nothing to do"),
        Outcome::Waiting => (Ink::Care, "waiting"),
        Outcome::Interrupted => (Ink::Care, "interrupted"),
        Outcome::StepUndone => (Ink::Bad, "a step failed and was taken back"),
        Outcome::RolledBack => (Ink::Bad, "taken back"),
        Outcome::Restored => (Ink::Good, "restored"),
        Outcome::NeedsPerson => (Ink::Bad, "something here needs a person"),
    };
    Words::ink(ink, text)
}

/// What a run was begun for: `up to mvp3`, `down --staged 3`.
pub fn going(command: &str, target: &str) -> String {
    let to = if target.starts_with("--") || command == "rotate" { "" } else { "to " };
    format!("{command} {to}{target}")
}

/// What became of a step.
pub fn step_outcome(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done => "done",
        StepOutcome::Resumed => "resumed, done",
        StepOutcome::Skipped => "skipped",
        StepOutcome::Undone => "undone",
        StepOutcome::Failed => "failed",
        StepOutcome::Interrupted => "stopped",
        StepOutcome::NotStarted => "not started",
    }
}

/// Rows that a step moved, or that went back with it; nothing where there were none.
pub fn moved(rows: &Rows, undone: bool) -> String {
    match rows.read {
        0 => String::new(),
        read if undone => format!("{} taken back", figures::count(usize::try_from(read).unwrap_or(usize::MAX), "row")),
        _ => self::rows(rows),
    }
}

/// Rows accounted for; nothing where there were none.
pub fn rows(rows: &Rows) -> String {
    let parts = [
        (rows.inserted, "inserted"),
        (rows.updated, "updated"),
        (rows.unchanged, "unchanged"),
        (rows.skipped, "skipped"),
        (rows.rejected, "rejected"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, word)| format!("{} {word}", figures::number(*many)))
        .collect();
    match (rows.read, told.as_slice()) {
        (0, []) => String::new(),
        (read, []) => format!("{} read", figures::number(read)),
        (read, [only]) if only.starts_with(&format!("{} ", figures::number(read))) => only.clone(),
        (read, told) => format!("{} read: {}", figures::number(read), told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_accounted_for_in_few_words() {
        assert_eq!(rows(&Rows::default()), "");
        assert_eq!(rows(&Rows { read: 40, inserted: 40, ..Rows::default() }), "40 inserted");
        let mixed = Rows { read: 1_000, inserted: 990, skipped: 10, ..Rows::default() };
        assert_eq!(rows(&mixed), "1,000 read: 990 inserted, 10 skipped");
        assert_eq!(moved(&mixed, false), "1,000 read: 990 inserted, 10 skipped");
        assert_eq!(moved(&mixed, true), "1,000 rows taken back");
        assert_eq!(moved(&Rows { read: 1, updated: 1, ..Rows::default() }, true), "1 row taken back");
        assert_eq!(moved(&Rows::default(), true), "");
    }

    #[test]
    fn a_reason_ends_with_the_code_that_allows_it() {
        assert_eq!(reason("critical R101: drops the table usage"), "drops the table usage (R101)");
        assert_eq!(reason("drops usage: all of it"), "drops usage: all of it");
    }
}
