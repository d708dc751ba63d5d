//! The template of `copy`.

use super::TemplateRow;

/// The template's row.
pub const ROW: TemplateRow = TemplateRow {
    kind: "copy",
    text: r#"# Rows of old_table become rows of new_table, the same values in all columns of one name: put your own names in.
[[copy]]
id    = "{id}"
title = "{title}"
from  = "old_table"
into  = "new_table"
# where       = "created_at IS NOT NULL"   # which rows; without it, all
# on_conflict = "skip"                     # where the key is there already; without it, the step fails.
#   also overwrite, ask, { fill = ["new_column"] }, { newest = "changed_at" }, { new_key = "id" } which keeps both rows
# batch       = { rows = 1000 }            # also target = "200ms", pause = "20ms"; without it, the size adapts

[[copy.check]]
name   = "every row arrived"
sql    = "SELECT count(*) FROM new_table"
equals = "SELECT count(*) FROM old_table"
"#,
};
