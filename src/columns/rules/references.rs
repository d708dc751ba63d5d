//! `references`: a value that stands in another table.

use super::{ColumnRule, RuleRow};
use crate::catalog::Node;
use crate::columns::Sample;
use crate::columns::scalar::bad;
use crate::error::Result;

/// `references = "components.name"`.
pub(super) const ROW: RuleRow = RuleRow {
    key: "references",
    means: "Refuses a value that the named column of another table does not have, compared byte by byte. NULL \
            passes.",
    parse: |fields| fields.take("references").map(|node| read(&node)).transpose(),
    sample: Sample::refuses(r#"references = "components.name""#, "'is not in components.name'"),
};

fn read(node: &Node<'_>) -> Result<ColumnRule> {
    let name = node.name()?;
    match name.rsplit_once('.') {
        Some((table, column)) if !table.is_empty() && !column.is_empty() => {
            Ok(ColumnRule::References { table: table.to_owned(), column: column.to_owned() })
        }
        _ => Err(bad(node, "takes a table and its column").hint("such as \"components.name\"")),
    }
}
