//! The canonical form of a declared transformation, for its digest: keys sorted, values normalised.
//!
//! Takes a TOML value; gives a text that two declarations share if and only if they mean the same. Must not know any
//! key's meaning, except which do not count.

use toml::de::{DeTable, DeValue};

use super::application::Used;
use super::digest;

/// What may change without the step becoming another.
const NOT_COUNTED: [&str; 4] = ["title", "description", "check", "batch"];

/// The digest of a transformation of this kind that uses this of an application's.
pub(super) fn digest(kind: &str, value: &DeValue<'_>, used: &Used) -> String {
    let mut canonical = String::new();
    match value {
        DeValue::Table(table) => write_table(table, &NOT_COUNTED, &mut canonical),
        other => write(other, &mut canonical),
    }
    let used = used.canonical();
    let parts: Vec<&str> = [kind, &canonical].into_iter().chain(used.iter().map(String::as_str)).collect();
    digest::of_step(&parts)
}

fn write(value: &DeValue<'_>, out: &mut String) {
    match value {
        DeValue::String(text) => write_text(text, out),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) => *out += &number.to_string(),
            Err(_) => *out += digits.as_str(),
        },
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(number) => *out += &format!("{number:?}"),
            Err(_) => *out += float.as_str(),
        },
        DeValue::Boolean(yes) => *out += if *yes { "true" } else { "false" },
        DeValue::Datetime(date) => *out += &date.to_string(),
        DeValue::Array(values) => {
            out.push('[');
            for value in values.iter() {
                write(value.get_ref(), out);
                out.push(',');
            }
            out.push(']');
        }
        DeValue::Table(table) => write_table(table, &[], out),
    }
}

fn write_table(table: &DeTable<'_>, without: &[&str], out: &mut String) {
    let mut entries: Vec<_> = table.iter().filter(|(key, _)| !without.contains(&&**key.get_ref())).collect();
    entries.sort_by(|(a, _), (b, _)| a.get_ref().cmp(b.get_ref()));
    out.push('{');
    for (key, value) in entries {
        write_text(key.get_ref(), out);
        out.push('=');
        write(value.get_ref(), out);
        out.push(',');
    }
    out.push('}');
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(toml: &str) -> String {
        digest("convert", &DeValue::Table(DeTable::parse(toml).unwrap().into_inner()), &Used::default())
    }

    #[test]
    fn the_same_declaration_has_one_digest_however_it_is_written() {
        let one = digest_of("id = 'x'\nbatch = 1\n[columns]\nb = 0x10\na = \"it's\"\nf = 1.50\n");
        let other = digest_of(
            "# note\ncolumns = { a = 'it''s', b = 16, f = 1.5 }\nid = \"x\"\ntitle = 't'\n"
                .replace("'it''s'", "\"it's\"")
                .as_str(),
        );
        assert_eq!(one, other);
        assert!(one.starts_with("sha256:") && one.len() == 71);
    }

    #[test]
    fn another_declaration_has_another_digest() {
        let all = [
            "id = 'x'",
            "id = 'y'",
            "id = 1",
            "id = '1'",
            "id = ['x']",
            "id = { x = 1 }",
            "a = { title = 1 }",
            "a = {}",
        ];
        let digests: std::collections::BTreeSet<_> = all.iter().map(|toml| digest_of(toml)).collect();
        assert_eq!(digests.len(), all.len());
    }
}
