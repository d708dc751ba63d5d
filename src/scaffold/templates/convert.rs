//! The template of `convert`.

use super::TemplateRow;

/// The template's row.
pub const ROW: TemplateRow = TemplateRow {
    kind: "convert",
    text: r#"# Rows of old_table become rows of new_table, column by column: put your own names in.
[[convert]]
id    = "{id}"
title = "{title}"
from  = "old_table"
into  = "new_table"
# where       = "created_at IS NOT NULL"   # which rows; without it, all
# on_conflict = "skip"                     # where the key is there already; without it, the step fails
[convert.columns]
new_column = "old_column"                  # an SQL expression over a row of old_table
# state    = { value = "new" }             # the same for every row
# kind     = { from = "category", map = { A = "alpha" }, else = "other" }

[[convert.check]]
name   = "every row arrived"
sql    = "SELECT count(*) FROM new_table"
equals = "SELECT count(*) FROM old_table"
"#,
};
