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
# on_invalid  = "quarantine"               # puts rows aside whose values do not fit; also skip; without it, the step fails
# on_conflict = "skip"                     # where the key is there already; without it, the step fails.
#   also overwrite, ask, { fill = ["new_column"] }, { newest = "changed_at" }, { new_key = "id" } which keeps both rows
# batch       = { rows = 1000 }            # also target = "200ms", pause = "20ms"; without it, the size adapts
[convert.columns]
new_column = "old_column"                  # an SQL expression over a row of old_table
# age      = { from = "age", cast = "integer", min = 0 }
# state    = { value = "new" }             # the same for every row
# kind     = { from = "category", map = { A = "alpha" }, else = "other" }

# Instead of from, into, where and [convert.columns], one statement:
# sql = "INSERT INTO new_table (new_column) SELECT old_column FROM old_table WHERE created_at IS NOT NULL"

[[convert.check]]
name   = "every row arrived"
sql    = "SELECT count(*) FROM new_table"
equals = "SELECT count(*) FROM old_table"
"#,
};
