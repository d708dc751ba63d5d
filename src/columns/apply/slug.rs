//! `slug`: text as part of an address: folded letters and digits, joined by single dashes.

use super::fold::fold;
use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;
use unicode_normalization::char::is_combining_mark;

pub(super) const ROW: WordRow = WordRow {
    key: "slug",
    means: "Folds letters, keeps letters, marks and digits of every script, and makes whatever lies between them one dash.",
    make: Make::Plain(|| Arc::new(Slug)),
    samples: &[
        Sample::gives(r#"apply = ["slug"]"#, "'  Abend: S0C7, what now? '", "'abend-s0c7-what-now'"),
        Sample::gives(r#"apply = ["slug"]"#, "'Größe & Maß'", "'grösse-mass'"),
        Sample::gives(r#"apply = ["slug"]"#, "'हिन्दी भाषा'", "'हिन्दी-भाषा'"),
        Sample::gives(r#"apply = ["slug"]"#, "'--'", "''"),
        Sample::refuses(r#"apply = ["slug"]"#, "x'61'"),
    ],
};

#[derive(Debug)]
struct Slug;

impl Function for Slug {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(Value::Text(slug(&text_of(self.name(), &input)?)))
    }
}

fn slug(text: &str) -> String {
    let folded = fold(text);
    folded.split(|letter| !belongs(letter)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Letters and digits, and the marks that stand for themselves after their letter: accents, vowels, joiners of consonants.
fn belongs(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_of_a_slug_is_itself() {
        for text in ["Ä b\u{301}-C", "İstanbul 2", "日本 語", "a__b", "नमस्ते", "สวัสดี ครับ", "שָׁלוֹם"]
        {
            assert_eq!(slug(&slug(text)), slug(text));
        }
        assert_eq!(slug("e\u{301}te\u{301}"), "été");
        assert_eq!(slug("สวัสดี ครับ"), "สวัสดี-ครับ");
    }
}
