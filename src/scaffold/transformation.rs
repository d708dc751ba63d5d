//! A new transformation: its kind's template at the end of a stage file.

use super::templates::TEMPLATES;
use super::{names, put, stage};
use crate::catalog::{Catalog, Stage, check_identifier};
use crate::error::{Error, Result, codes, nearest};
use crate::kinds::LATER;
use crate::report::WrittenReport;
use std::path::Path;

/// Appends the template, with this id, to the stage's file.
pub fn write(catalog: &Catalog, root: &Path, kind: &str, id: &str, owner: &Stage) -> Result<WrittenReport> {
    let row = TEMPLATES.iter().find(|row| row.kind == kind).ok_or_else(|| unknown(kind))?;
    check_identifier(id)?;
    stage::refuse_taken(catalog, id)?;
    if owner.path.is_empty() {
        return Err(Error::new(codes::BAD_STAGE, "a transformation stands in a stage file, and the project has none")
            .hint("`evolve new stage mvp1` writes the first"));
    }
    let before = stage::raw(root, &owner.path)?;
    let text = appended(&before, &row.filled(id, &names::title(id)));
    stage::parse(&owner.path, &text)?;
    put::instead(root, &owner.path, &text)?;
    let note =
        format!("{id} is at the end of {}: put your tables and columns in, then look at `evolve graph`", owner.path);
    Ok(WrittenReport { files: vec![owner.path.clone()], notes: vec![note] })
}

/// With an empty line between, and the line ends that the file has.
fn appended(before: &str, new: &str) -> String {
    let gap = if before.ends_with('\n') || before.is_empty() { "\n" } else { "\n\n" };
    let new = format!("{gap}{new}");
    format!("{before}{}", if before.contains("\r\n") { new.replace('\n', "\r\n") } else { new })
}

fn unknown(kind: &str) -> Error {
    if LATER.contains(&kind) {
        return Error::new(codes::NOT_YET, format!("`{kind}` comes in a later version of evolve"));
    }
    let error =
        Error::new(codes::BAD_VALUE, format!("there is no kind of transformation called {}", kind.escape_debug()));
    match nearest(kind, TEMPLATES.iter().map(|row| row.kind)) {
        Some(near) => error.hint(format!("was {near} meant?")),
        None => error,
    }
}
