//! The template of `merge`.

use super::TemplateRow;

/// The template's row.
pub const ROW: TemplateRow = TemplateRow {
    kind: "merge",
    text: r#"# Rows of old_table and older_table become rows of new_table, one for each key: put your own names in.
[[merge]]
id          = "{id}"
title       = "{title}"
into        = "new_table"
key         = ["id"]                       # columns of new_table that a unique index keeps apart
on_conflict = "skip"                       # the row that came first stays; also fail, overwrite, ask,
                                           # { fill = ["new_column"] }, { newest = "changed_at" }, { new_key = "id" }
# batch     = { rows = 1000 }              # also target = "200ms", pause = "20ms"; without it, the size adapts
[[merge.from]]                             # in this order
table = "old_table"
# where = "created_at IS NOT NULL"         # which rows of this part; without it, all
[merge.from.columns]
id         = "id"
new_column = "old_column"                  # an SQL expression over a row of old_table
[[merge.from]]
table = "older_table"
[merge.from.columns]
id         = "id"
new_column = "older_column"

[[merge.check]]
name   = "every row arrived, or was there already"
sql    = "SELECT count(*) FROM (SELECT id FROM old_table UNION SELECT id FROM older_table) WHERE id NOT IN (SELECT id FROM new_table)"
equals = "SELECT 0"
"#,
};
