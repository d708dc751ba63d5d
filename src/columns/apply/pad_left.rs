//! `pad_left`: text brought to a width.

use crate::columns::function::text_of;
use crate::columns::scalar::{bad, pair};
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "pad_left",
    means: "Puts a character before the text until it has this many; longer text stays whole. Digits before a sign are \
            refused.",
    make: Make::With(|node| {
        let (width, filler) = pair(node, "a width and one character")?;
        let letters = filler.text()?;
        let mut letters = letters.chars();
        let (Some(with), None) = (letters.next(), letters.next()) else {
            return Err(bad(&filler, "takes one character"));
        };
        match usize::try_from(width.integer()?).ok().filter(|width| (1..=WIDEST).contains(width)) {
            Some(width) => Ok(Arc::new(PadLeft { width, with })),
            None => Err(bad(&width, format!("takes a width from 1 to {WIDEST}"))),
        }
    }),
    samples: &[
        Sample::gives(r#"apply = [{ pad_left = [4, "0"] }]"#, "42", "'0042'"),
        Sample::gives(r#"apply = [{ pad_left = [2, "0"] }]"#, "'éàü'", "'éàü'"),
        Sample::gives(r#"apply = [{ pad_left = [5, " "] }]"#, "-42", "'  -42'"),
        Sample::gives(r#"apply = [{ pad_left = [3, "0"] }]"#, "-42", "'-42'"),
        Sample::refuses(r#"apply = [{ pad_left = [5, "0"] }]"#, "-42"),
        Sample::refuses(r#"apply = [{ pad_left = [5, "0"] }]"#, "'+42'"),
        Sample::refuses(r#"apply = [{ pad_left = [4, "0"] }]"#, "x'42'"),
    ],
};

/// Wider than any column's text that is padded.
const WIDEST: usize = 1000;

#[derive(Debug)]
struct PadLeft {
    width: usize,
    with: char,
}

impl Function for PadLeft {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        let missing = self.width.saturating_sub(text.chars().count());
        if missing > 0 && self.with.is_ascii_digit() && text.starts_with(['-', '+']) {
            return Err(Invalid::new(self.name(), "has a sign, before which digits would stand"));
        }
        Ok(Value::Text(std::iter::repeat_n(self.with, missing).chain(text.chars()).collect()))
    }
}
