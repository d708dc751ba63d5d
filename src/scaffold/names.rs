//! What a new file is called, from what a person typed.

use crate::error::{Error, Result, codes};

/// Longer words make a file name that some systems cut.
const LONGEST: usize = 100;

/// Words as a file name has them: `Add tags`, `add-tags` and `addTags` are all `add_tags`.
pub fn snake(text: &str) -> String {
    let mut words = String::new();
    let mut small = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            small = false;
            if !words.is_empty() && !words.ends_with('_') {
                words.push('_');
            }
            continue;
        }
        if letter.is_uppercase() && small {
            words.push('_');
        }
        small = letter.is_lowercase() || letter.is_numeric();
        words.extend(letter.to_lowercase());
    }
    words.trim_end_matches('_').to_owned()
}

/// The words of a migration's file name.
pub fn migration(given: &str) -> Result<String> {
    let shown = || given.chars().take(40).flat_map(char::escape_debug).collect::<String>();
    let refuse = |why: &str| Err(Error::new(codes::BAD_NAME, format!("the name `{}` {why}", shown())));
    if let Some(letter) = given.chars().find(|c| !(c.is_alphanumeric() || matches!(c, ' ' | '_' | '-'))) {
        return refuse(&format!("cannot hold `{}`", letter.escape_debug())).map_err(|error: Error| {
            error.hint(
                "a migration is called by words only, such as \"add tags\"; version and ending are evolve's to add",
            )
        });
    }
    match snake(given) {
        words if words.is_empty() => refuse("must hold a letter or digit"),
        words if words.len() > LONGEST => refuse("must not be longer than 100 letters"),
        words => Ok(words),
    }
}

/// Words for a person: `add_tags` is `Add tags`.
pub fn title(words: &str) -> String {
    let spaced = words.replace(['_', '-'], " ");
    let mut letters = spaced.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_a_file_name() {
        for given in ["add tags", "Add Tags", "add-tags", "addTags", " add__tags ", "ADD tags"] {
            assert_eq!(migration(given).unwrap(), "add_tags", "{given}");
        }
        assert_eq!(migration("Grün 2").unwrap(), "grün_2");
        assert_eq!(title("add_tags"), "Add tags");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for given in ["", "  ", "--", "../x", "V3__a.sql", "a/b", "a\nb", "a\u{301}", "a\0", &"x".repeat(101)] {
            let error = migration(given).unwrap_err();
            assert_eq!(error.code(), codes::BAD_NAME, "{given}");
            assert!(!error.message().contains('\n'), "{error}");
        }
    }
}
