//! `fold`: text in which letters no longer differ by case, for keys and comparisons.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "fold",
    means: "Makes texts equal that differ by case only, of all of Unicode: ß becomes ss, ς becomes σ.",
    make: Make::Plain(|| Arc::new(Fold)),
    samples: &[
        Sample::gives(r#"apply = ["fold"]"#, "'STRAẞE Straße'", "'strasse strasse'"),
        Sample::gives(r#"apply = ["fold"]"#, "'ΟΔΟΣ οδος'", "'οδοσ οδοσ'"),
        Sample::refuses(r#"apply = ["fold"]"#, "x'41'"),
    ],
};

#[derive(Debug)]
struct Fold;

impl Function for Fold {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(Value::Text(fold(&text_of(self.name(), &input)?)))
    }
}

/// Small, capital and small again, letter by letter: neighbours do not matter.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let small = text.chars().flat_map(char::to_lowercase);
    small.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn f152_every_letter_folds_once_and_for_all() {
        for letter in '\0'..=char::MAX {
            let once = fold(&letter.to_string());
            assert_eq!(fold(&once), once, "{letter:?}");
            assert_eq!(fold(&letter.to_uppercase().to_string()), once, "{letter:?}");
        }
    }
}
