//! `fold`: text in which letters no longer differ by case or by how their accents are written, for keys and comparisons.
//!
//! Unicode's canonical caseless matching (chapter 3.13, D145) with full case folding, in normal form C.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

pub(super) const ROW: WordRow = WordRow {
    key: "fold",
    means: "Makes texts equal that differ by case only, of all of Unicode (ß becomes ss, ς becomes σ), or by whether an \
            accent is a character of its own (normal form C).",
    make: Make::Plain(|| Arc::new(Fold)),
    samples: &[
        Sample::gives(r#"apply = ["fold"]"#, "'STRAẞE Straße'", "'strasse strasse'"),
        Sample::gives(r#"apply = ["fold"]"#, "'ΟΔΟΣ οδος'", "'οδοσ οδοσ'"),
        Sample::gives(r#"apply = ["fold"]"#, "'CAFE' || char(0x301)", "'café'"),
        Sample::gives(r#"apply = ["fold"]"#, "'ılık'", "'ılık'"),
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

/// The text without accents joined to their letters, folded letter by letter, and joined again.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().flat_map(folded).nfc().collect()
}

/// Unicode's full case folding of one letter: small, capital and small again, but for a Turkish ı, which is no i, and
/// Cherokee, whose capitals are the older ones.
fn folded(letter: char) -> impl Iterator<Item = char> {
    let (keeps, capital) = match letter {
        'ı' => (Some(letter), None),
        '\u{13a0}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}' => (None, Some(letter.to_uppercase())),
        _ => (None, None),
    };
    let other = keeps.is_none() && capital.is_none();
    let small = other.then(|| letter.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase));
    keeps.into_iter().chain(capital.into_iter().flatten()).chain(small.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::{fold, folded};
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;

    /// The letters and marks that this Rust knows; Unicode's newer ones it takes for no letters, and leaves as they are.
    fn letters() -> impl Iterator<Item = char> {
        ('\0'..=char::MAX).filter(|letter| letter.is_alphanumeric() || is_combining_mark(*letter))
    }

    #[test]
    fn f152_every_letter_folds_as_unicode_says() {
        let unicode = icu_casemap::CaseMapper::new();
        for letter in letters() {
            let says = unicode.fold_string(&letter.to_string()).into_owned();
            assert_eq!(folded(letter).collect::<String>(), says, "{letter:?}");
        }
        let mut others = ('\0'..=char::MAX).filter(|letter| !letter.is_alphanumeric());
        assert!(others.all(|other| folded(other).eq([other]) || is_combining_mark(other)));
    }

    #[test]
    fn f152_f134_every_letter_folds_once_and_for_all() {
        for letter in letters() {
            let given = letter.to_string();
            let once = fold(&given);
            assert_eq!(fold(&once), once, "{letter:?}");
            assert_eq!(fold(&given.nfd().collect::<String>()), once, "{letter:?}");
            assert_eq!(fold(&given.nfc().collect::<String>()), once, "{letter:?}");
        }
    }

    proptest! {
        #[test]
        fn f134_texts_fold_alike_however_their_accents_are_written(text in r"(\PC|[a-zé]|[\u{300}-\u{345}]|[α-ωΆ-Ώᾀ-ᾯ]){0,12}") {
            let once = fold(&text);
            prop_assert_eq!(&fold(&once), &once);
            prop_assert_eq!(&fold(&text.nfd().collect::<String>()), &once);
            prop_assert_eq!(&fold(&text.nfc().collect::<String>()), &once);
        }
    }
}
