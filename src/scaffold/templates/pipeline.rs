//! The template of `pipeline`.

use super::TemplateRow;

/// The template's row.
pub const ROW: TemplateRow = TemplateRow {
    kind: "pipeline",
    text: r#"# Rows of old_table become rows of new_table, which then get what is looked up for them: put your own names in.
[[pipeline]]
id    = "{id}"
title = "{title}"
# batch = { rows = 1000 }                  # also target = "200ms", pause = "20ms"; without it, the size adapts
[[pipeline.do]]                            # in this order, and taken back as one
[pipeline.do.convert]
from  = "old_table"
into  = "new_table"
# where = "created_at IS NOT NULL"         # which rows; without it, all
[pipeline.do.convert.columns]
id     = "id"                              # an SQL expression over a row of old_table
old_id = "id"
[[pipeline.do]]
[pipeline.do.enrich]
table      = "new_table"
lookup     = { table = "older_table", on = "older_table.id = new_table.old_id" }
on_missing = "keep"                        # a row that finds nothing: keep, fail or default
on_many    = "fail"                        # a row that finds several: fail, or first with `order` in the lookup
[pipeline.do.enrich.columns]
new_column = "older_table.older_column"

[[pipeline.check]]
name   = "every row arrived"
sql    = "SELECT count(*) FROM new_table"
equals = "SELECT count(*) FROM old_table"
"#,
};
