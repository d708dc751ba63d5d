//! Preserved rows that hold values of a key: encrypted as they were, or when they were preserved.
//!
//! Takes the ledger's list and the project's transformations, since the step that protected them may be taken back.

use super::{Holds, Project};
use crate::columns::Cipher;
use crate::error::Result;
use crate::ledger::preserved;
use crate::project::engine_name;
use crate::sqlite::SqliteSession;
use crate::sqlite::rotate::{Column, Store};

impl Project {
    /// Adds them to what holds values of the key.
    pub(super) fn held_preserved(&self, session: &SqliteSession<'_>, key: &str, held: &mut Holds) -> Result<()> {
        let transformations = self.catalog.stages.iter().flat_map(|stage| &stage.transformations);
        let hides = transformations.map(|declared| declared.declared.hides(declared, engine_name()));
        let protected: Vec<_> = hides.flat_map(|hides| hides.protected).collect();
        for (name, table) in preserved::stores(session)? {
            let store = name.to_lowercase();
            for protected in protected.iter().filter(|protected| table.eq_ignore_ascii_case(&protected.table)) {
                if let Some(turns) = protected.function.turning(key, &self.settings.keys, &protected.label())? {
                    held.columns.push(Column { table: store.clone(), name: protected.column.clone(), turns });
                }
            }
            let outer = Cipher::of(&self.settings.keys, key, &name)?;
            held.stores.push(Store { name, tables: vec![store], keys: Vec::new(), outer: vec![outer] });
        }
        Ok(())
    }
}
