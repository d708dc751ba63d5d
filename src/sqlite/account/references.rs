//! What the rows of a table refer to: its foreign keys, as a run that enforces them judges each row.
//!
//! Takes a table's shape and a connection; gives conditions over a row that is about to be written.

use super::sieve::Sieve;
use super::{Account, Found, Manner};
use crate::error::Result;
use crate::movement::Write;
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::broken::{self, Foreign};
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::survey::database_error;
use crate::sqlite::{dialect, shape};
use rusqlite::config::DbConfig;

/// A foreign key of a target, as it is judged.
pub(super) struct Reference {
    /// As a table would say it: `FOREIGN KEY (a) REFERENCES p of t`.
    pub(super) words: String,
    /// The table it refers to.
    pub(super) parent: String,
    /// The columns that refer.
    pub(super) held: Vec<String>,
    /// The columns that are referred to.
    pub(super) referred: Vec<String>,
    /// The condition under which a row called `NEW` refers to nothing that is there.
    pub(super) broken: String,
}

impl Reference {
    /// Whether a change of these columns may break it.
    pub(super) fn may_break(&self, columns: &[&str]) -> bool {
        self.held.iter().any(|held| columns.iter().any(|column| column.eq_ignore_ascii_case(held)))
    }
}

impl SqliteMover<'_> {
    /// The foreign keys of the target whose columns are written.
    pub(super) fn references(&self) -> Result<Vec<Reference>> {
        let connection = self.connection;
        let all = broken::foreign_keys(connection, &self.target.name).map_err(|error| database_error(&error))?;
        let mut found = Vec::new();
        for foreign in all {
            let may_hold = foreign.held().all(|column| self.may_hold(column));
            let parent = shape::table(connection, &foreign.parent).map_err(|error| database_error(&error))?;
            if may_hold {
                found.push(self.reference(&foreign, parent.as_ref()));
            }
        }
        Ok(found)
    }

    /// Whether a row that is written may hold a value in a column: what it does not get is NULL but for a default.
    fn may_hold(&self, column: &str) -> bool {
        let given = self.movement.columns.iter().any(|assign| assign.column.eq_ignore_ascii_case(column));
        given || self.target.column(column).is_none_or(|column| column.default.is_some() || column.generated)
    }

    /// Says which rows would refer to nothing. A row that the step itself writes before is there in time; whether one of a
    /// pending step is, and one of the same walk, is said not to be known. `movers` are those of the whole step.
    pub(super) fn tell_references(
        &self,
        sieve: &Sieve,
        movers: &[SqliteMover<'_>],
        manner: &Manner<'_>,
        account: &mut Account,
    ) -> Result<()> {
        for (at, reference) in sieve.references.iter().enumerate() {
            let which = sieve.limits.len() + at;
            if self.broken_by(which)?.count == 0 {
                continue;
            }
            let (parent, width) = (&reference.parent, reference.held.len());
            let mut open = (manner.changing)(&parent.to_lowercase())
                .map(|step| format!("{step} comes before it, and changes {parent}"));
            let fills = |it: &&SqliteMover<'_>| {
                it.number < self.number
                    && it.movement.into.eq_ignore_ascii_case(parent)
                    && it.movement.write != Write::Update
            };
            for filler in movers.iter().filter(fills) {
                let refused = filler.set_aside()?.count > 0;
                match filler.rendering().given(&reference.referred, refused) {
                    Some(question) => drop(self.forgive(which, width, &question)?),
                    None => open = Some(format!("the step itself fills {parent} before")),
                }
            }
            if self.target.name.eq_ignore_ascii_case(parent) {
                self.tell_own(reference, which, account)?;
            }
            let found = self.broken_by(which)?;
            match open {
                _ if found.count == 0 => {}
                Some(why) => {
                    let what = format!(
                        "refer to rows of {parent} that are not there yet; whether they are then is not known: {why}"
                    );
                    account.notes.push(found.note(&self.movement, &what));
                }
                None => {
                    let what = format!("breaking {}", reference.words);
                    account.fails(&self.movement, &found, &what, Some(&reference.words));
                }
            }
        }
        Ok(())
    }

    /// Says which tables refer to what is changed: whether their rows still do, only a run knows.
    pub(super) fn tell_children(&self, set: &[&str], manner: &Manner<'_>, account: &mut Account) -> Result<()> {
        if !manner.foreign_keys {
            return Ok(());
        }
        let found = shape::referring(self.connection, &self.target.name).map_err(|error| database_error(&error))?;
        for child in found.iter().chain([&self.target.name]) {
            let foreign = broken::foreign_keys(self.connection, child).map_err(|error| database_error(&error))?;
            let to_target = foreign.iter().filter(|it| it.parent.eq_ignore_ascii_case(&self.target.name));
            let is_set = |column: &str| set.iter().any(|set| set.eq_ignore_ascii_case(column));
            if to_target.flat_map(|foreign| foreign.of_parent(&self.target)).any(is_set) {
                let into = &self.target.name;
                account.notes.push(format!(
                    "{child} refers to what is changed of {into}: whether its rows still do is not known before"
                ));
            }
        }
        Ok(())
    }

    /// Forgives what refers to rows of the same walk; those that come later may come in a later batch.
    fn tell_own(&self, reference: &Reference, which: usize, account: &mut Account) -> Result<()> {
        let refused = self.set_aside()?.count > 0;
        let Some(question) = self.rendering().given(&reference.referred, refused) else { return Ok(()) };
        if self.walks_by_identity() {
            self.forgive_earlier(which, &reference.referred, refused)?;
        }
        let count = self.forgive(which, reference.held.len(), &question)?;
        if count > 0 {
            let found = Found { count, keys: Vec::new() };
            let what = format!(
                "refer to rows of {} that come behind them: the step fails unless they come in the same batch",
                reference.parent
            );
            account.notes.push(found.note(&self.movement, &what));
        }
        Ok(())
    }

    /// Whether rows come in the order of what they are known by.
    fn walks_by_identity(&self) -> bool {
        let key = &self.movement.from.key;
        let same = |known: &[String]| {
            known.len() == key.len() && known.iter().zip(key).all(|(one, other)| one.eq_ignore_ascii_case(other))
        };
        key.is_empty()
            || (shape::rowid_alias(&self.source).is_some() || !self.source.rowid) && same(&self.source.primary_key)
    }

    /// What says that the database cannot even judge a foreign key of the target: it refers to no table, or to no key.
    pub(super) fn unjudged(&self, manner: &Manner<'_>) -> Result<Option<String>> {
        let foreign =
            broken::foreign_keys(self.connection, &self.target.name).map_err(|error| database_error(&error))?;
        let pending = |parent: &str| (manner.changing)(&parent.to_lowercase()).is_some();
        if !manner.foreign_keys || foreign.is_empty() || foreign.iter().any(|foreign| pending(&foreign.parent)) {
            return Ok(None);
        }
        let enforce = |yes| {
            let switched = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, yes);
            switched.map_err(|error| database_error(&error))
        };
        enforce(true)?;
        let rendering = self.rendering();
        let said = self.connection.prepare(&rendering.write(Range::All, false)).err();
        enforce(false)?;
        Ok(said.map(|error| dialect::message(&error)).filter(|words| is_about_keys(words)))
    }

    /// One foreign key, with the table it refers to, where that is there.
    fn reference(&self, foreign: &Foreign, parent: Option<&Table>) -> Reference {
        let held: Vec<String> = foreign.held().map(str::to_owned).collect();
        let mut broken: Vec<String> = held.iter().map(|column| format!("NEW.{} IS NOT NULL", quoted(column))).collect();
        let mut referred = Vec::new();
        if let Some(parent) = parent {
            referred = foreign.of_parent(parent).into_iter().map(str::to_owned).collect();
            let name = quoted(&parent.name);
            let there = broken::met(foreign, parent, "NEW");
            broken.push(format!("NOT EXISTS (SELECT 1 FROM main.{name} AS p WHERE {there})"));
        }
        if foreign.parent.eq_ignore_ascii_case(&self.target.name) {
            let pairs = held.iter().zip(&referred);
            let itself: Vec<String> =
                pairs.map(|(from, to)| format!("NEW.{} = +NEW.{}", quoted(to), quoted(from))).collect();
            broken.push(format!("NOT coalesce({}, 0)", itself.join(" AND ")));
        }
        Reference {
            words: format!("FOREIGN KEY ({}) REFERENCES {} of {}", held.join(", "), foreign.parent, self.target.name),
            parent: foreign.parent.clone(),
            broken: broken.join(" AND "),
            held,
            referred,
        }
    }
}

/// Whether the database complains of what a foreign key refers to.
fn is_about_keys(words: &str) -> bool {
    words.starts_with("foreign key mismatch") || words.starts_with("no such table")
}
