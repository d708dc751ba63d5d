//! Whether a text was read as it stands: its numbers and spaces, and those of what was understood.

use jiff::fmt::strtime::BrokenDownTime;

/// How what was read, written again, compares to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// It is the same.
    AsItStands,
    /// It is, but for a 60th second, which the crate reads as the 59th.
    LeapSecond,
    /// It is another.
    Otherwise,
}

/// Compares what was read, written again, to the text. `2024111` is no day of `%Y%m%d`; leading zeros alone may be missing,
/// and zeros at the end of a fraction. Spaces stand where the pattern has them, and are spaces, not tabs.
pub(super) fn judge(text: &str, read: &BrokenDownTime, pattern: &str) -> Read {
    let Ok(again) = read.to_string(pattern) else { return Read::Otherwise };
    let has_spaces = |again: &str| spaces(again.trim()).eq(spaces(text));
    if text.trim() != text
        || !(has_spaces(&again) || read.to_string(unpadded(pattern)).is_ok_and(|bare| has_spaces(&bare)))
    {
        return Read::Otherwise;
    }
    let (mine, given): (Vec<Number<'_>>, Vec<Number<'_>>) = (numbers(&again).collect(), numbers(text).collect());
    if mine.len() != given.len() {
        return Read::Otherwise;
    }
    let mut others = mine.iter().zip(&given).filter(|(mine, given)| mine.significant != given.significant);
    match (others.next(), others.next()) {
        (None, _) => Read::AsItStands,
        (Some((mine, given)), None) if is_60th(mine.run, given.run) => Read::LeapSecond,
        _ => Read::Otherwise,
    }
}

/// A run of digits.
struct Number<'a> {
    /// As it stands.
    run: &'a str,
    /// Without the zeros that may be missing.
    significant: &'a str,
}

/// Whether a number ends in 60 that was read as one ending in 59.
fn is_60th(mine: &str, given: &str) -> bool {
    mine.strip_suffix("59").is_some_and(|head| given.strip_suffix("60") == Some(head))
}

/// The pattern without spaces before numbers: `%e`, `%k` and `%l` are `%-d`, `%-H` and `%-I`.
fn unpadded(pattern: &str) -> String {
    let mut bare = String::new();
    let mut rest = pattern;
    while let Some((head, tail)) = rest.split_once('%') {
        let mut letters = tail.chars();
        bare.push_str(head);
        match letters.next() {
            Some('_' | '-') => bare.push_str("%-"),
            Some('e') => bare.push_str("%-d"),
            Some('k') => bare.push_str("%-H"),
            Some('l') => bare.push_str("%-I"),
            other => bare.extend(std::iter::once('%').chain(other)),
        }
        rest = letters.as_str();
    }
    bare + rest
}

/// The runs of space in a text.
fn spaces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_whitespace()).filter(|run| !run.is_empty())
}

/// The runs of digits in a text.
fn numbers(text: &str) -> impl Iterator<Item = Number<'_>> {
    let runs = text.match_indices(|letter: char| letter.is_ascii_digit()).map(|(at, _)| at);
    let starts = runs.filter(|at| !text[..*at].ends_with(|letter: char| letter.is_ascii_digit()));
    starts.map(|at| {
        let rest = &text[at..];
        let run = &rest[..rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())];
        let significant = run.trim_start_matches('0');
        let is_fraction = text[..at].ends_with(['.', ',']);
        Number { run, significant: if is_fraction { significant.trim_end_matches('0') } else { significant } }
    })
}
