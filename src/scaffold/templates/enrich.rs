//! The template of `enrich`.

use super::TemplateRow;

/// The template's row.
pub const ROW: TemplateRow = TemplateRow {
    kind: "enrich",
    text: r#"# Rows of new_table get what is looked up for them in old_table: put your own names in.
[[enrich]]
id         = "{id}"
title      = "{title}"
table      = "new_table"
lookup     = { table = "old_table", on = "old_table.id = new_table.old_id" }
on_missing = "keep"                        # a row that finds nothing: keep, fail or default
on_many    = "fail"                        # a row that finds several: fail, or first with `order` in the lookup
# where    = "new_table.new_column IS NULL" # which rows; without it, all
# batch    = { rows = 1000 }               # also target = "200ms", pause = "20ms"; without it, the size adapts
[enrich.columns]
new_column = "old_table.old_column"

[[enrich.check]]
name   = "no row has another value than the one it finds"
sql    = "SELECT count(*) FROM new_table JOIN old_table ON old_table.id = new_table.old_id WHERE new_table.new_column IS NOT old_table.old_column"
equals = "SELECT 0"
"#,
};
