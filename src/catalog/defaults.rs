//! What holds of odd rows where a step does not say it: the words of `[policy]`.
//!
//! Takes words; gives [`Defaults`], and what a transformation does under them. The ledger keeps them with a step that was
//! begun. Must not know where they were said, nor any kind.

use super::settings::values;
use super::transformation::{Limit, OnConflict, OnInvalid, Transformation};
use serde::{Deserialize, Serialize};

/// What a step does that says nothing itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Defaults {
    /// With a row whose key is there already.
    pub on_conflict: OnConflict,
    /// With a row that is not valid.
    pub on_invalid: OnInvalid,
    /// How many rows may be rejected.
    pub max_rejects: Option<Limit>,
}

/// The rules for conflicts that need no column.
pub(in crate::catalog) const CONFLICT_WORDS: [(&str, OnConflict); 4] = [
    ("fail", OnConflict::Fail),
    ("skip", OnConflict::Skip),
    ("overwrite", OnConflict::Overwrite),
    ("ask", OnConflict::Ask),
];

/// The rules for rows that are not valid.
pub(in crate::catalog) const INVALID_WORDS: [(&str, OnInvalid); 3] =
    [("fail", OnInvalid::Fail), ("skip", OnInvalid::Skip), ("quarantine", OnInvalid::Quarantine)];

/// The rules that need a column, by the word that begins them.
const NEED_A_COLUMN: [&str; 3] = ["fill", "newest", "new_key"];

/// The word for a rule for conflicts.
pub fn conflict_word(rule: &OnConflict) -> &'static str {
    match rule {
        OnConflict::Fill(_) => "fill",
        OnConflict::Newest(_) => "newest",
        OnConflict::NewKey(_) => "new_key",
        plain => CONFLICT_WORDS.iter().find(|(_, rule)| rule == plain).map_or("fail", |(word, _)| word),
    }
}

/// The word for a rule for rows that are not valid.
pub fn invalid_word(rule: OnInvalid) -> &'static str {
    INVALID_WORDS.iter().find(|(_, other)| *other == rule).map_or("fail", |(word, _)| word)
}

/// A limit as it would be written.
pub fn limit_word(limit: Limit) -> String {
    match limit {
        Limit::Rows(rows) => rows.to_string(),
        Limit::Percent(share) => format!("{share}%"),
    }
}

/// A rule for conflicts as a default takes it: without a column.
pub fn conflict(word: &str) -> Result<OnConflict, String> {
    if NEED_A_COLUMN.iter().any(|rule| word.trim_start_matches(['{', ' ']).starts_with(rule)) {
        return Err(format!(
            "{}: fill, newest and new_key need a column, which only a step can name",
            takes_conflict()
        ));
    }
    CONFLICT_WORDS.iter().find(|(other, _)| *other == word).map(|(_, rule)| rule.clone()).ok_or_else(takes_conflict)
}

/// What a default for conflicts takes.
pub(super) fn takes_conflict() -> String {
    format!("takes {}", CONFLICT_WORDS.map(|(word, _)| word).join(", "))
}

/// As the ledger keeps them.
#[derive(Serialize, Deserialize)]
struct Kept {
    on_conflict: String,
    on_invalid: String,
    max_rejects: Option<String>,
}

impl Defaults {
    /// As the ledger keeps them.
    pub fn written(&self) -> String {
        let kept = Kept {
            on_conflict: conflict_word(&self.on_conflict).to_owned(),
            on_invalid: invalid_word(self.on_invalid).to_owned(),
            max_rejects: self.max_rejects.map(limit_word),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// What the ledger kept; nothing where it cannot be read.
    pub fn parse(text: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok()?;
        Some(Self {
            on_conflict: conflict(&kept.on_conflict).ok()?,
            on_invalid: INVALID_WORDS.iter().find(|(word, _)| *word == kept.on_invalid)?.1,
            max_rejects: kept.max_rejects.map(|given| values::limit(&given)).transpose().ok()?,
        })
    }
}

impl Transformation {
    /// Itself under other defaults.
    pub fn under(&self, defaults: &Defaults) -> Self {
        Self { defaults: defaults.clone(), ..self.clone() }
    }

    /// What becomes of a row whose key is there.
    pub fn conflict(&self) -> &OnConflict {
        self.on_conflict.as_ref().unwrap_or(&self.defaults.on_conflict)
    }

    /// What becomes of a row that is not valid.
    pub fn invalid(&self) -> OnInvalid {
        self.on_invalid.unwrap_or(self.defaults.on_invalid)
    }

    /// How many rows may be rejected.
    pub fn limit(&self) -> Option<Limit> {
        self.max_rejects.or(self.defaults.max_rejects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_ledger_keeps_is_read_back() {
        for on_conflict in CONFLICT_WORDS.map(|(_, rule)| rule) {
            for max_rejects in [None, Some(Limit::Rows(3)), Some(Limit::Percent(2.5))] {
                let on_conflict = on_conflict.clone();
                let defaults = Defaults { on_conflict, on_invalid: OnInvalid::Quarantine, max_rejects };
                assert_eq!(Defaults::parse(&defaults.written()), Some(defaults));
            }
        }
        assert_eq!(Defaults::parse("{}"), None);
    }

    #[test]
    fn a_rule_that_needs_a_column_is_no_default_and_the_reason_is_said() {
        for given in ["fill", "newest", "new_key", "{ fill = [\"a\"] }"] {
            assert!(conflict(given).unwrap_err().contains("need a column"), "{given}");
        }
        assert_eq!(conflict("replace"), Err("takes fail, skip, overwrite, ask".to_owned()));
    }
}
