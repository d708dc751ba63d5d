//! Whether a text was read as it stands: the numbers of it and of what was understood.

use jiff::fmt::strtime::BrokenDownTime;

/// Whether what was read, written again, has the same numbers. So a 60th second, which the crate reads as the 59th, is
/// none, nor is `2024111` a day of `%Y%m%d`; leading zeros alone may be missing, and zeros at the end of a fraction.
pub(super) fn has_the_same_numbers(text: &str, read: &BrokenDownTime, pattern: &str) -> bool {
    read.to_string(pattern).is_ok_and(|again| numbers(&again).eq(numbers(text)))
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.match_indices(|letter: char| letter.is_ascii_digit()).map(|(at, _)| at);
    let starts = runs.filter(|at| !text[..*at].ends_with(|letter: char| letter.is_ascii_digit()));
    starts.map(|at| {
        let rest = &text[at..];
        let run =
            rest[..rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())].trim_start_matches('0');
        if text[..at].ends_with(['.', ',']) { run.trim_end_matches('0') } else { run }
    })
}
