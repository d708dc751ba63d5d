//! A transformation: a declared movement of data, with what every kind can say.
//!
//! Takes one table of a stage file; gives a [`Transformation`]. The keys that are a kind's own are read by that kind's
//! row. Must not know any kind by name, nor a database.

use std::time::Duration;

use super::checks;
use super::declaration;
use super::defaults::{CONFLICT_WORDS, Defaults, INVALID_WORDS};
use super::fields::{Fields, Node, SqlText};
use super::settings::values;
use super::slid;
use super::{Beside, FunctionId, Source};
use crate::check::Check;
use crate::error::{Error, Place, Result, Text, codes};
use crate::kinds::{Kind, KindRow};
use crate::movement::Movement;
use crate::schema::Tables;
use std::sync::Arc;

/// One transformation, as it is declared.
#[derive(Debug, Clone)]
pub struct Transformation {
    /// Its id, unique in the project.
    pub id: String,
    /// Its kind.
    pub kind: &'static KindRow,
    /// What a person calls it.
    pub title: Option<String>,
    /// Why it is there.
    pub description: Option<String>,
    /// Ids of steps that come before.
    pub needs: Vec<String>,
    /// The key that is walked, or by which a `merge` finds rows of the target.
    pub key: Option<Vec<String>>,
    /// How large batches are, if it says so.
    pub batch: Option<BatchDeclared>,
    /// `where`: the condition over the source's row.
    pub filter: Option<SqlText>,
    /// What becomes of a row that is not valid, if it says so.
    pub on_invalid: Option<OnInvalid>,
    /// What each row must satisfy as a whole.
    pub rules: Vec<RuleDeclared>,
    /// How many rows may be rejected, if it says so.
    pub max_rejects: Option<Limit>,
    /// What becomes of a row whose key is there, if it says so.
    pub on_conflict: Option<OnConflict>,
    /// What holds of these three where it does not.
    pub defaults: Defaults,
    /// How it is taken back, if it says so.
    pub undo: Option<UndoDeclared>,
    /// What becomes of the target's triggers, if it says so.
    pub triggers: Option<Triggers>,
    /// What holds before or after.
    pub checks: Vec<Check>,
    /// What is its kind's own.
    pub declared: Arc<dyn Kind>,
    /// The functions of an application that it calls.
    pub functions: Vec<FunctionId>,
    /// The sources that it reads.
    pub sources: Vec<Arc<Source>>,
    /// `sha256:…` over its canonical declaration, without titles, checks and batch sizes, its functions and its sources.
    pub digest: String,
    /// Where it is declared.
    pub place: Place,
    /// The stage file.
    pub text: Text,
}

/// `batch = { rows, target, pause }` of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchDeclared {
    /// Rows a batch, at most.
    pub rows: Option<u64>,
    /// How long a batch should take.
    pub target: Option<Duration>,
    /// How long to rest after one.
    pub pause: Option<Duration>,
}

/// `[[<kind>.rule]]`: a condition over a whole row of the source.
#[derive(Debug, Clone)]
pub struct RuleDeclared {
    /// What holds, as a person would say it.
    pub name: String,
    /// The SQL condition.
    pub sql: SqlText,
}

/// What becomes of a row that is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInvalid {
    /// The step fails.
    #[default]
    Fail,
    /// The row is left out, and counted.
    Skip,
    /// The row is put aside.
    Quarantine,
}

/// How many rows may be rejected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// So many.
    Rows(u64),
    /// So many of a hundred that were read.
    Percent(f64),
}

impl Limit {
    /// Whether a step that rejected so many of so many rows that it read passes it.
    pub fn is_passed(self, rejected: u64, read: u64) -> bool {
        match self {
            Self::Rows(most) => rejected > most,
            #[allow(clippy::cast_precision_loss)]
            Self::Percent(most) => rejected as f64 * 100.0 > most * read as f64,
        }
    }
}

/// What becomes of a row whose key is there already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// The step fails.
    #[default]
    Fail,
    /// The row that is there stays.
    Skip,
    /// The new row wins.
    Overwrite,
    /// The columns named are filled where they are NULL.
    Fill(Vec<String>),
    /// The row whose column is the greater wins.
    Newest(String),
    /// The row gets a new value of this key.
    NewKey(String),
    /// A person is asked.
    Ask,
}

/// How a step says it is taken back.
#[derive(Debug, Clone)]
pub enum UndoDeclared {
    /// From the declaration: the target's key follows from the source.
    Derive,
    /// From a journal of what was written.
    Journal,
    /// Not at all.
    None,
    /// By this SQL.
    Sql(SqlText),
}

/// What becomes of the triggers of the target while the step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Triggers {
    /// They fire.
    Fire,
    /// They are taken away and put back.
    Hold,
    /// The step fails if there are any.
    Forbid,
}

/// Reads one transformation of this kind.
pub(super) fn read(kind: &'static KindRow, node: &Node<'_>) -> Result<Transformation> {
    let mut fields = node.fields()?;
    slid::refuse(&fields)?;
    let id = read_id(&mut fields)?;
    let mut step = Transformation::of(kind, node, &mut fields, id)?;
    step.title = fields.text("title")?;
    step.description = fields.text("description")?;
    step.needs = fields.identifiers("needs")?;
    step.batch = read_batch(&mut fields)?;
    step.max_rejects = fields.take("max_rejects").map(|node| read_limit(&node)).transpose()?;
    step.triggers = read_triggers(fields.take("triggers"))?;
    step.checks = checks::read(&mut fields)?;
    fields.finish()?;
    Ok(step)
}

/// What a part of a pipeline does not say itself: the whole says it.
const OF_THE_WHOLE: [&str; 8] = ["id", "title", "description", "needs", "batch", "max_rejects", "triggers", "check"];

impl Transformation {
    /// The Movements it stands for, over the tables that are there when it runs and the sources that it reads.
    pub fn lower(&self, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        self.declared.lower(self, dialect, &Beside { sources: &self.sources, tables })
    }

    /// The source of this name, where it reads one.
    pub fn source(&self, name: &str) -> Option<&Arc<Source>> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// Reads what is done in one part of a `whole`: a transformation without a name, and with the whole's way back.
    pub fn read_part(kind: &'static KindRow, node: &Node<'_>, whole: &Fields<'_>) -> Result<Self> {
        let mut fields = node.fields()?;
        slid::refuse(&fields)?;
        for key in OF_THE_WHOLE {
            fields.elsewhere(key, &format!("`{key}` belongs to `{}`: its parts have it in common", whole.path()));
        }
        let id = whole.peek("id").map(|node| node.identifier()).transpose()?.unwrap_or_default();
        let mut part = Self::of(kind, node, &mut fields, id)?;
        if let Some(undo) = whole.peek("undo") {
            if part.undo.is_some() {
                let message = format!("`{}` says already how all of it is taken back", whole.path());
                return Err(Error::new(codes::BAD_VALUE, message)
                    .hint("say it there for all parts, or in each part")
                    .at(fields.place_of("undo")));
            }
            part.undo = Some(read_undo(&undo)?);
        }
        if let (false, Some(invalid)) = (fields.has("on_invalid"), whole.peek("on_invalid")) {
            part.on_invalid = Some(read_on_invalid(&invalid)?);
        }
        part.triggers = read_triggers(whole.peek("triggers"))?;
        fields.finish()?;
        Ok(part)
    }

    /// `key`: columns, each once.
    pub fn read_key(fields: &mut Fields<'_>) -> Result<Option<Vec<String>>> {
        let key = fields.names("key")?;
        if !fields.has("key") {
            return Ok(None);
        }
        let twice = key.iter().enumerate().any(|(at, name)| key[..at].contains(name));
        if key.is_empty() || twice {
            return Err(
                Error::new(codes::BAD_VALUE, "`key` takes one or more columns, each once").at(fields.place_of("key"))
            );
        }
        Ok(Some(key))
    }

    /// What a whole step and a part of one say alike; the rest is as if nothing was said.
    fn of(kind: &'static KindRow, node: &Node<'_>, fields: &mut Fields<'_>, id: String) -> Result<Self> {
        let used = node.used();
        Ok(Self {
            title: None,
            description: None,
            needs: Vec::new(),
            key: Self::read_key(fields)?,
            batch: None,
            filter: fields.sql("where")?,
            on_invalid: fields.take("on_invalid").map(|node| read_on_invalid(&node)).transpose()?,
            rules: read_rules(fields)?,
            max_rejects: None,
            on_conflict: fields.take("on_conflict").map(|node| read_on_conflict(&node)).transpose()?,
            defaults: Defaults::default(),
            undo: fields.take("undo").map(|node| read_undo(&node)).transpose()?,
            triggers: None,
            checks: Vec::new(),
            declared: (kind.parse)(fields)?.into(),
            place: fields.place(),
            text: fields.text_of_file().clone(),
            digest: declaration::digest(kind.key, node.value(), &used),
            functions: used.functions,
            sources: used.sources,
            id,
            kind,
        })
    }
}

fn read_id(fields: &mut Fields<'_>) -> Result<String> {
    let node = fields.required("id")?;
    let id = node.identifier()?;
    refuse_reserved(&id).map_err(|error| error.at(node.place()))?;
    Ok(id)
}

/// A stage or transformation cannot be called what a target or migration is called.
pub(super) fn refuse_reserved(name: &str) -> Result<()> {
    let digits = name.strip_prefix(['V', 'U']).unwrap_or_default();
    let like_migration = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if like_migration || name.starts_with("R__") || matches!(name, "latest" | "start") {
        let message =
            format!("the name `{name}` is taken: migrations are called so, and the targets `latest` and `start`");
        return Err(Error::new(codes::BAD_NAME, message));
    }
    Ok(())
}

fn read_batch(fields: &mut Fields<'_>) -> Result<Option<BatchDeclared>> {
    let Some(mut batch) = fields.fields("batch")? else { return Ok(None) };
    let rows = batch.integer("rows", 1..=10_000_000)?.and_then(|rows| u64::try_from(rows).ok());
    let (target, pause) = (read_duration(&mut batch, "target")?, read_duration(&mut batch, "pause")?);
    batch.finish()?;
    Ok(Some(BatchDeclared { rows, target, pause }))
}

fn read_duration(fields: &mut Fields<'_>, key: &str) -> Result<Option<Duration>> {
    let Some(node) = fields.take(key) else { return Ok(None) };
    values::duration(&node.text()?).map(Some).map_err(|words| node.bad(&words))
}

fn read_on_invalid(node: &Node<'_>) -> Result<OnInvalid> {
    node.choice(&INVALID_WORDS)
}

fn read_rules(fields: &mut Fields<'_>) -> Result<Vec<RuleDeclared>> {
    let rules = fields.list("rule")?.unwrap_or_default();
    rules
        .iter()
        .map(|node| {
            let mut rule = node.fields()?;
            let declared = RuleDeclared { name: rule.required_text("name")?, sql: rule.required_sql("sql")? };
            rule.finish()?;
            Ok(declared)
        })
        .collect()
}

fn read_triggers(node: Option<Node<'_>>) -> Result<Option<Triggers>> {
    let words = [("fire", Triggers::Fire), ("hold", Triggers::Hold), ("forbid", Triggers::Forbid)];
    node.map(|node| node.choice(&words)).transpose()
}

/// `100`, `"100"` or `"10%"`.
fn read_limit(node: &Node<'_>) -> Result<Limit> {
    values::limit(&node.scalar_text()?).map_err(|words| node.bad(&words))
}

fn read_on_conflict(node: &Node<'_>) -> Result<OnConflict> {
    if node.kind() == "string" {
        return node.choice(&CONFLICT_WORDS);
    }
    let mut fields = node.fields()?;
    let rule = match (fields.has("fill"), fields.has("newest"), fields.has("new_key")) {
        (true, false, false) => OnConflict::Fill(fields.names("fill")?),
        (false, true, false) => OnConflict::Newest(fields.required_name("newest")?),
        (false, false, true) => OnConflict::NewKey(fields.required_name("new_key")?),
        _ => {
            for key in ["fill", "newest", "new_key"] {
                fields.take(key);
            }
            fields.finish()?;
            return Err(node.bad("takes one of `fill`, `newest` and `new_key`"));
        }
    };
    fields.finish()?;
    Ok(rule)
}

fn read_undo(node: &Node<'_>) -> Result<UndoDeclared> {
    if node.kind() == "string" {
        let words =
            [("derive", UndoDeclared::Derive), ("journal", UndoDeclared::Journal), ("none", UndoDeclared::None)];
        return node.choice(&words);
    }
    let mut fields = node.fields()?;
    let sql = fields.required_sql("sql")?;
    fields.finish()?;
    Ok(UndoDeclared::Sql(sql))
}
