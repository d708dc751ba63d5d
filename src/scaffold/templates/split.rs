//! The template of `split`.

use super::TemplateRow;

/// The template's row.
pub const ROW: TemplateRow = TemplateRow {
    kind: "split",
    text: r#"# Rows of old_table become rows of new_table, and of newer_table, which refer to them: put your own names in.
[[split]]
id    = "{id}"
title = "{title}"
from  = "old_table"
# where = "created_at IS NOT NULL"         # which rows; without it, all
# batch = { rows = 1000 }                  # also target = "200ms", pause = "20ms"; without it, the size adapts
[[split.into]]
table = "new_table"
[split.into.columns]
id         = "id"                          # an SQL expression over a row of old_table, or { new = "ulid" }
new_column = "old_column"
[[split.into]]
table = "newer_table"
when  = "older_column IS NOT NULL"         # which rows have this piece; if every piece says so, no row may have none
[split.into.columns]
new_id       = { link = "new_table.id" }   # the id that the piece above has
newer_column = "older_column"

[[split.check]]
name   = "every row arrived"
sql    = "SELECT count(*) FROM new_table"
equals = "SELECT count(*) FROM old_table"
"#,
};
