//! SQL in a stage file: one text for every engine, or one for each.

use std::collections::BTreeMap;

use super::Fields;
use crate::catalog::name::DIALECTS;
use crate::error::{Error, Place, Result, codes};

/// A piece of SQL that a person wrote.
#[derive(Debug, Clone)]
pub struct SqlText {
    /// What serves every engine that has none of its own.
    pub any: Option<String>,
    /// By engine: `sqlite`, `postgres`.
    pub by: BTreeMap<String, String>,
    /// Where it stands.
    pub place: Place,
}

impl SqlText {
    /// One text for every engine.
    pub fn plain(sql: impl Into<String>, place: Place) -> Self {
        Self { any: Some(sql.into()), by: BTreeMap::new(), place }
    }

    /// The text for this engine.
    pub fn of(&self, dialect: &str) -> Result<&str> {
        let found = self.by.get(dialect).or(self.any.as_ref());
        found.map(String::as_str).ok_or_else(|| {
            Error::new(codes::BAD_VALUE, format!("there is no SQL for {dialect} here"))
                .at(self.place.clone())
                .hint(format!("add {dialect} = \"…\""))
        })
    }

    pub(super) fn by_engine(mut fields: Fields<'_>) -> Result<Self> {
        let place = fields.place();
        let mut by = BTreeMap::new();
        for dialect in DIALECTS {
            if let Some(node) = fields.take(dialect) {
                by.insert((*dialect).to_owned(), node.filled_text()?);
            }
        }
        if by.is_empty() && fields.entries.is_empty() {
            return Err(Error::new(codes::BAD_VALUE, format!("`{}` holds no SQL", fields.path())).at(place));
        }
        fields.finish()?;
        Ok(Self { any: None, by, place })
    }
}
