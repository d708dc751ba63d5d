//! The words of a stage file for what a transformation does with odd rows, as the plan shows them.

use crate::catalog::{Limit, OnConflict, OnInvalid};

pub(super) fn invalid_word(invalid: OnInvalid) -> &'static str {
    match invalid {
        OnInvalid::Fail => "fail",
        OnInvalid::Skip => "skip",
        OnInvalid::Quarantine => "quarantine",
    }
}

pub(super) fn limit_word(limit: Limit) -> String {
    match limit {
        Limit::Rows(rows) => rows.to_string(),
        Limit::Percent(share) => format!("{share}%"),
    }
}

pub(super) fn conflict_word(conflict: &OnConflict) -> &'static str {
    match conflict {
        OnConflict::Fail => "fail",
        OnConflict::Skip => "skip",
        OnConflict::Overwrite => "overwrite",
        OnConflict::Fill(_) => "fill",
        OnConflict::Newest(_) => "newest",
        OnConflict::NewKey(_) => "new_key",
        OnConflict::Ask => "ask",
    }
}
