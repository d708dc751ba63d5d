//! Links between the pieces of a split: `{ link = "people.id" }` is the value that the piece `people` gives its `id` for
//! the same row of the source.
//!
//! Takes the pieces as they are declared; gives their order, and each column as a formula over the one source. Must not
//! know an engine.

use crate::catalog::{OnConflict, OnInvalid, Transformation};
use crate::columns::{Column, Origin};
use crate::error::{Error, Place, Result, codes, nearest};
use crate::kinds::insert::{Insert, Walk};
use crate::kinds::label;
use crate::kinds::reads::{is_volatile, of_formula};
use crate::movement::Formula;
use crate::schema::Tables;

/// The pieces of a split, each behind those it links to, and what each link leads to.
#[derive(Debug)]
pub struct Pieces {
    /// The pieces.
    pub all: Vec<Insert>,
    links: Vec<Link>,
    labels: Vec<String>,
}

/// A column of one piece that is a column of another.
#[derive(Debug)]
pub struct Link {
    /// The piece that has the link.
    pub piece: usize,
    /// The piece it leads to.
    pub owner: usize,
    /// The column of the owner, by its place among its columns.
    column: usize,
    place: Place,
}

impl Pieces {
    /// Finds what each link leads to, and brings the pieces in their order.
    pub fn of(pieces: Vec<Insert>) -> Result<Self> {
        let order = order(&pieces)?;
        let mut slots: Vec<Option<Insert>> = pieces.into_iter().map(Some).collect();
        let all: Vec<Insert> = order.into_iter().filter_map(|at| slots[at].take()).collect();
        let mut links = Vec::new();
        for (piece, insert) in all.iter().enumerate() {
            for (link, place) in linked(insert) {
                let (owner, column) = find(&all, piece, link).map_err(|error| error.at(place.clone()))?;
                links.push(Link { piece, owner, column, place: place.clone() });
            }
        }
        let labels = label::of_parts(all.iter().map(|piece| piece.into.as_str()));
        let pieces = Self { all, links, labels };
        pieces.links.iter().try_for_each(|link| pieces.refuse_other_walk(link))?;
        Ok(pieces)
    }

    /// The links.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Whether a link leads to a value that is made for each row.
    pub fn link_made_values(&self) -> bool {
        self.links.iter().any(|link| self.is_made(link))
    }

    /// A column of a piece as a value over the row of the source.
    pub fn formula(&self, piece: usize, name: &str, column: &Column, dialect: &str) -> Result<Formula> {
        let Origin::Link(link) = &column.origin else {
            return Ok(label::under(&self.labels[piece], column.formula(name, dialect)?));
        };
        let (owner, at) = find(&self.all, piece, link).map_err(|error| error.at(column.place.clone()))?;
        let (name, origin) = &self.columns(owner)[at];
        if origin.protection().is_some() {
            let message = format!("{link} is protected, each column with a key of its own: nothing can link to it");
            return Err(Error::new(codes::BAD_COLUMN, message).at(column.place.clone()));
        }
        Ok(column.upon(self.formula(owner, name, origin, dialect)?))
    }

    /// What keeps a link from leading to the row it means, over the tables that are there.
    pub fn refuse_loose(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<()> {
        self.links.iter().try_for_each(|link| {
            self.refuse_changing(link, dialect, tables)?;
            self.refuse_left_out(link, step, dialect)?;
            self.refuse_kept_key(link, step, tables)
        })
    }

    fn columns(&self, piece: usize) -> &[(String, Column)] {
        self.all[piece].columns.as_deref().unwrap_or_default()
    }

    fn is_made(&self, link: &Link) -> bool {
        matches!(self.columns(link.owner)[link.column].1.origin, Origin::New(_))
    }

    fn target(&self, link: &Link) -> String {
        format!("{}.{}", self.all[link.owner].into, self.columns(link.owner)[link.column].0)
    }

    /// A made value is one of the row's key: both walks must go by the same.
    fn refuse_other_walk(&self, link: &Link) -> Result<()> {
        let walk = |piece: usize| -> &Walk { &self.all[piece].walk };
        if !self.is_made(link) || walk(link.piece) == walk(link.owner) {
            return Ok(());
        }
        let message = format!("{} is made for each row by its key, and this piece walks by another", self.target(link));
        Err(Error::new(codes::BAD_COLUMN, message)
            .hint("leave `key` out of both pieces, or write the same in both")
            .at(link.place.clone()))
    }

    /// The value must be the same when the linking piece computes it again.
    fn refuse_changing(&self, link: &Link, dialect: &str, tables: &dyn Tables) -> Result<()> {
        let owner = &self.all[link.owner];
        let (name, column) = &self.columns(link.owner)[link.column];
        let formula = self.formula(link.owner, name, column, dialect)?;
        let reads = of_formula(&formula, &owner.from, tables);
        if (self.is_made(link) || !is_volatile(&formula)) && !self.all.iter().any(|piece| reads.has_table(&piece.into))
        {
            return Ok(());
        }
        let message = format!("{} may be another value each time it is computed", self.target(link));
        Err(Error::new(codes::BAD_COLUMN, message)
            .hint(format!("give it a value that follows from the source's row, or {name} = {{ new = \"ulid\" }}"))
            .at(link.place.clone()))
    }

    /// A row that the owner leaves out because a column is refused would be linked to all the same.
    fn refuse_left_out(&self, link: &Link, step: &Transformation, dialect: &str) -> Result<()> {
        let may_refuse = |(name, column): &(String, Column)| {
            let calls = matches!(self.formula(link.owner, name, column, dialect)?, Formula::Call(..));
            Ok(calls || !column.rules.is_empty())
        };
        let refuses: Vec<bool> = self.columns(link.owner).iter().map(may_refuse).collect::<Result<_>>()?;
        if step.invalid() == OnInvalid::Fail || !refuses.contains(&true) {
            return Ok(());
        }
        let message = format!(
            "a row that {} leaves out would be linked to all the same: its columns have functions or rules that may refuse a value",
            self.all[link.owner].into
        );
        Err(Error::new(codes::BAD_VALUE, message)
            .hint("on_invalid = \"fail\"; or rules ([[split.rule]]), which judge the whole row before any piece is written")
            .at(link.place.clone()))
    }

    /// Where a row of the owner is there already, it keeps its own key: that must be the linked one.
    fn refuse_kept_key(&self, link: &Link, step: &Transformation, tables: &dyn Tables) -> Result<()> {
        let owner = &self.all[link.owner];
        let name = &self.columns(link.owner)[link.column].0;
        let Some(table) = tables.table(&owner.into).filter(|_| *step.conflict() != OnConflict::Fail) else {
            return Ok(());
        };
        if let OnConflict::NewKey(key) = step.conflict() {
            return self.refuse_new_key(link, key);
        }
        let kept = table.keys().find(|key| !key.iter().any(|column| column.eq_ignore_ascii_case(name)));
        let Some(key) = kept else { return Ok(()) };
        let message = format!(
            "a row of {} that is there already by {} keeps its own {name}, and the link would lead nowhere",
            table.name,
            key.join(", ")
        );
        Err(Error::new(codes::BAD_VALUE, message)
            .hint("on_conflict = \"fail\", or leave such rows out with `when`")
            .at(link.place.clone()))
    }

    /// A row of the owner that gets a new key would be linked to by its old one, which is another row's.
    fn refuse_new_key(&self, link: &Link, key: &str) -> Result<()> {
        if !self.columns(link.owner)[link.column].0.eq_ignore_ascii_case(key) {
            return Ok(());
        }
        let message =
            format!("{} may be given anew, and the link would lead to the row that had it", self.target(link));
        Err(Error::new(codes::BAD_VALUE, message)
            .hint("on_conflict = \"fail\", or a key of its own: { new = \"ulid\" }")
            .at(link.place.clone()))
    }
}

/// The links among a piece's columns.
fn linked(piece: &Insert) -> impl Iterator<Item = (&str, &Place)> {
    piece.columns.iter().flatten().filter_map(|(_, column)| match &column.origin {
        Origin::Link(link) => Some((link.as_str(), &column.place)),
        _ => None,
    })
}

/// The piece and the column that a link names.
fn find(pieces: &[Insert], from: usize, link: &str) -> Result<(usize, usize)> {
    let (owner, name) = owner(pieces, from, link)?;
    let table = &pieces[owner].into;
    let columns = pieces[owner].columns.as_deref().unwrap_or_default();
    let Some(at) = columns.iter().position(|(column, _)| column.eq_ignore_ascii_case(name)) else {
        return Err(Error::new(codes::BAD_COLUMN, format!("the piece {table} gives its column {name} no value")).hint(
            format!(
                "a number that the database makes is known to no other piece: give it one there, {name} = \"id\" or \
                 {name} = {{ new = \"ulid\" }}"
            ),
        ));
    };
    match &columns[at].1.origin {
        Origin::Link(further) => Err(Error::new(codes::BAD_COLUMN, format!("{table}.{name} is a link itself"))
            .hint(format!("link = \"{further}\" leads to the same"))),
        _ => Ok((owner, at)),
    }
}

/// The piece that a link names, and the name of its column.
fn owner<'l>(pieces: &[Insert], from: usize, link: &'l str) -> Result<(usize, &'l str)> {
    let bad = |message: String| Error::new(codes::BAD_COLUMN, message);
    let named: Vec<(usize, &str)> = pieces
        .iter()
        .enumerate()
        .filter_map(|(at, piece)| {
            let (table, rest) = (link.get(..piece.into.len())?, link.get(piece.into.len()..)?);
            let name = rest.strip_prefix('.')?;
            (table.eq_ignore_ascii_case(&piece.into) && !name.is_empty()).then_some((at, name))
        })
        .collect();
    match named.as_slice() {
        [(at, _)] if *at == from => Err(bad(format!("`link = \"{link}\"` leads to its own piece"))
            .hint("a column of the same piece is written as an expression")),
        [found] => Ok(*found),
        [] => {
            let error = bad(format!("`link = \"{link}\"` leads to no piece of this split"));
            let table = link.split('.').next().unwrap_or_default();
            Err(match nearest(table, pieces.iter().map(|piece| piece.into.as_str())) {
                Some(near) => error.hint(format!("was {near} meant?")),
                None => error.hint("a link leads to the table of another [[split.into]] and its column"),
            })
        }
        _ => Err(bad(format!("`link = \"{link}\"` may lead to several pieces"))
            .hint("pieces that are linked to go into tables of their own")),
    }
}

/// The order of the pieces: as they are written, but each behind those it links to.
fn order(pieces: &[Insert]) -> Result<Vec<usize>> {
    let mut waits = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        for (link, place) in linked(piece) {
            waits.push((at, owner(pieces, at, link).map_err(|error| error.at(place.clone()))?.0, place));
        }
    }
    let mut order: Vec<usize> = Vec::new();
    while order.len() < pieces.len() {
        let ready = |at: usize| waits.iter().all(|(piece, owner, _)| *piece != at || order.contains(owner));
        let next = (0..pieces.len()).find(|at| !order.contains(at) && ready(*at));
        let Some(next) = next else {
            let left: Vec<_> = (0..pieces.len()).filter(|at| !order.contains(at)).collect();
            let names: Vec<&str> = left.iter().map(|at| pieces[*at].into.as_str()).collect();
            let message = format!("the pieces link to each other in a circle: {}", names.join(", "));
            let place = waits.iter().find(|(piece, ..)| left.contains(piece)).map(|(_, _, place)| (*place).clone());
            let error = Error::new(codes::BAD_COLUMN, message);
            return Err(place.into_iter().fold(error, Error::at));
        };
        order.push(next);
    }
    Ok(order)
}
