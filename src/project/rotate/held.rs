//! What may hold values of a key: all that transformations encrypt, and the stores that keep rows.
//!
//! Takes the ledger of a database, and the project's transformations, since rows may be preserved of a step that was taken
//! back; gives what brings values over.

use crate::columns::{Cipher, DEFAULT_KEY, Function, Turner};
use crate::engine::store;
use crate::error::{Error, Result, codes};
use crate::inverse::Inverse;
use crate::kinds::{Hides, Protected};
use crate::ledger::{Applied, defaults, hidden, names, preserved, steps};
use crate::naming::Names;
use crate::project::{Project, engine_name};
use crate::run::Declarations;
use crate::schema::Tables as _;
use crate::sqlite::rotate::{Store, Turning};
use crate::sqlite::{SqliteSession, journal_label};
use std::collections::BTreeSet;

/// What may hold values of a key.
pub(super) struct Held {
    /// What brings them over.
    pub turning: Turning,
    /// Columns with codes of it, which nothing brings over.
    pub hashed: Vec<String>,
}

impl Project {
    /// What may hold values of a key, as the ledger of a database has the steps that are in.
    pub(super) fn held(&self, session: &SqliteSession<'_>, applied: &[Applied], key: &str) -> Result<Held> {
        let mut gather = Gather::new(self, session, key)?;
        for step in applied {
            gather.step(step)?;
        }
        let transformations = self.catalog.stages.iter().flat_map(|stage| &stage.transformations);
        for declared in transformations {
            gather.protected(&declared.declared.hides(declared, engine_name()).protected);
        }
        gather.preserved()?;
        gather.refuse_parts()?;
        gather.done()
    }
}

struct Gather<'a> {
    project: &'a Project,
    session: &'a SqliteSession<'a>,
    key: &'a str,
    names: Names,
    read: Declarations,
    ciphers: Vec<Cipher>,
    /// The names of all keys that encrypt something.
    keys: BTreeSet<String>,
    stores: Vec<Store>,
    hashed: Vec<String>,
    /// Tables with columns that this key encrypts, as they are called by now.
    tables: BTreeSet<String>,
    /// Steps that keep a part of each row of a table, with what that may be called by now.
    parts: Vec<(String, Vec<String>)>,
}

impl<'a> Gather<'a> {
    fn new(project: &'a Project, session: &'a SqliteSession<'a>, key: &'a str) -> Result<Self> {
        Ok(Self {
            project,
            session,
            key,
            names: names::all(session)?,
            read: Declarations::default(),
            ciphers: Vec::new(),
            keys: [key, DEFAULT_KEY].map(str::to_owned).into(),
            stores: Vec::new(),
            hashed: Vec::new(),
            tables: BTreeSet::new(),
            parts: Vec::new(),
        })
    }

    fn step(&mut self, step: &Applied) -> Result<()> {
        let way = steps::way_back(self.session, &step.id)?;
        if step.kind == "migration" {
            way.inverse.iter().for_each(|act| self.act(step, act));
            return Ok(());
        }
        let under = defaults::of_step(self.session, &step.id)?;
        let (hides, writes, keys) = crate::run::protected(step, &way, &under, engine_name(), self.session, &self.read)?;
        self.protected(&hides.protected);
        self.note(step, &hides);
        let mut keys = keys;
        keys.extend(hidden::of_step(self.session, &step.id)?.keys);
        self.keys.extend(keys.iter().cloned());
        let ciphers = writes.iter().flat_map(|table| keys.iter().map(move |key| (key, journal_label(table))));
        let outer: Vec<Cipher> = ciphers.filter_map(|(key, label)| self.cipher(key, &label)).collect();
        let prefix = store(step.seq, 0);
        let prefix = prefix.trim_end_matches('0');
        let own = self.session.names().into_iter().filter(|name| name.starts_with(prefix));
        let of = |name| Store { name, seq: Some(step.seq), tables: writes.clone(), outer: outer.clone() };
        self.stores.extend(own.map(of));
        Ok(())
    }

    /// The store that an act of a migration's way back gives from.
    fn act(&mut self, step: &Applied, act: &Inverse) {
        let Some(name) = act.kept().map(|kept| store(step.seq, kept)) else { return };
        let table = match act.bare() {
            Inverse::MakeTable(make) => &make.table,
            Inverse::RemakeTable(remake) => {
                self.parts.push((step.id.clone(), self.names.table_now(step.seq, &remake.table)));
                &remake.table
            }
            Inverse::Rewind { table, .. } => table,
            _ => return,
        };
        let outer = act.seal().and_then(|seal| {
            self.keys.insert(seal.key.clone());
            self.cipher(&seal.key, &name)
        });
        let (tables, outer) = (vec![table.to_lowercase()], outer.into_iter().collect());
        self.stores.push(Store { name, seq: Some(step.seq), tables, outer });
    }

    /// What encrypts, whether it is in by now or not.
    fn protected(&mut self, protected: &[Protected]) {
        for protected in protected {
            let function: &dyn Function = &*protected.function;
            self.keys.extend(function.protection().into_iter().flat_map(|it| it.keys.iter().cloned()));
            self.ciphers.extend(function.ciphers(&self.project.settings.keys, &protected.label()));
        }
    }

    /// What a step that is in does with the key.
    fn note(&mut self, step: &Applied, hides: &Hides) {
        for protected in &hides.protected {
            if protected.function.encrypts_with(self.key) {
                self.tables.extend(self.names.table_now(step.seq, &protected.table));
            }
            if protected.function.hashes_with(self.key) {
                self.hashed.push(protected.label());
            }
        }
    }

    fn preserved(&mut self) -> Result<()> {
        for (name, _) in preserved::stores(self.session)? {
            let outer: Vec<Cipher> = self.keys.iter().filter_map(|key| self.cipher(key, &name)).collect();
            self.stores.push(Store { name, seq: None, tables: Vec::new(), outer });
        }
        Ok(())
    }

    /// The cipher of a key that can be read.
    fn cipher(&self, key: &str, label: &str) -> Option<Cipher> {
        Cipher::of(&self.project.settings.keys, key, label).ok()
    }

    /// A row of which a part is kept and a part is there cannot be known again when either changes.
    fn refuse_parts(&self) -> Result<()> {
        let found = self
            .parts
            .iter()
            .find_map(|(step, names)| Some((step, names.iter().find(|it| self.tables.contains(*it))?)));
        let Some((step, table)) = found else { return Ok(()) };
        let table = self.session.table(table).map_or_else(|| table.clone(), |table| table.name);
        let message = format!("{step} keeps a part of each row of {table}, and the rest would be written anew");
        Err(Error::new(codes::NO_WAY_BACK, message)
            .hint(format!("take {step} back, rotate, and go up again: what was kept is known again only whole")))
    }

    fn done(self) -> Result<Held> {
        let keys = &self.project.settings.keys;
        let before = keys.previous(self.key)?.map(|key| Cipher::new(&key, "").mark().own).unwrap_or_default();
        let outer = self.stores.iter().flat_map(|store| store.outer.iter().cloned());
        let ciphers = self.ciphers.into_iter().chain(outer).collect();
        let turner = Turner::new(keys.read(self.key)?.id(), ciphers);
        let rows = self.project.settings.policy.batch.rows.max(1);
        let turning = Turning { turner, before, stores: self.stores, names: self.names, rows };
        Ok(Held { turning, hashed: self.hashed })
    }
}
