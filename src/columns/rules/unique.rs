//! `unique`: a value that no other row has.

use super::{ColumnRule, RuleRow};
use crate::columns::Sample;

/// `unique = true`.
pub(super) const ROW: RuleRow = RuleRow {
    key: "unique",
    means: "Refuses a value, as it is written, that a row of the target has, or an earlier row of the selection: the \
            first by key wins. NULL passes.",
    parse: |fields| Ok(fields.boolean("unique")?.filter(|yes| *yes).map(|_| ColumnRule::Unique)),
    sample: Sample::refuses("unique = true", "'is there already'"),
};
