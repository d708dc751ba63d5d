//! `is = "email"`: an e-mail address.

use super::Shape;
use crate::columns::{Make, Sample, WordRow};
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "email",
    means: "An e-mail address as browsers take it, of ASCII, with a dot in its domain.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no e-mail address", holds })),
    samples: &[
        Sample::gives(r#"is = "email""#, "'a.b+c@mail.example.org'", "'a.b+c@mail.example.org'"),
        Sample::refuses(r#"is = "email""#, "'ann@localhost'"),
    ],
};

fn holds(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    let numeric = labels.last().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    is_name(name) && text.len() <= 254 && labels.len() > 1 && labels.iter().all(|label| is_label(label)) && !numeric
}

fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    (1..=64).contains(&name.len()) && name.split('.').all(|part| !part.is_empty()) && name.bytes().all(letter)
}

/// One part of a domain.
pub(super) fn is_label(label: &str) -> bool {
    let dashes = label.starts_with('-') || label.ends_with('-');
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len()) && !dashes && label.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_almost_an_address_is_none() {
        for text in "|@|a@|@b.de|a@b@c.de|a b@c.de|a@-b.de|a@b..de|.a@b.de|a@b.1| a@b.de|ä@b.de|a@ä.de".split('|') {
            assert!(!super::holds(text), "{text:?}");
        }
    }
}
