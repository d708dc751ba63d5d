//! What a new transformation looks like: one file and one row for each kind.
//!
//! A template is well-formed as it is, and works when its tables and columns are named. `old_…` is what is read,
//! `new_…` what is written.

mod convert;
mod copy;
mod enrich;
mod merge;
mod pipeline;
mod split;

/// The template of a kind.
#[derive(Debug)]
pub struct TemplateRow {
    /// The key of the kind.
    pub kind: &'static str,
    /// The text, with `{id}` and `{title}` to be filled in.
    pub text: &'static str,
}

/// Every template.
pub const TEMPLATES: &[TemplateRow] = &[copy::ROW, convert::ROW, merge::ROW, split::ROW, enrich::ROW, pipeline::ROW];

impl TemplateRow {
    /// The text with id and title in it.
    pub fn filled(&self, id: &str, title: &str) -> String {
        self.text.replace("{id}", id).replace("{title}", title)
    }
}
