//! The dependency graph of steps, and the one order that follows from it.
//!
//! Takes a catalog, a dialect and the schema to start from; gives [`Graph`]: steps in their total order, with what they
//! do and touch, and the edges between them with their reasons. Reads no database and writes nothing.

mod edges;
mod known;
mod lower;
mod order;
pub mod picture;
mod reverses;

use crate::catalog::{Catalog, Defaults, Migration, Script, Stage, Transformation};
use crate::engine::{Dialect, Reader};
use crate::error::{Error, Place, Result, codes, nearest};
use crate::movement::Movement;
use crate::reading::Reading;
use crate::touch::Touches;
use known::Known;
use std::collections::{BTreeMap, BTreeSet};

/// Steps in their total order, and what orders them.
#[derive(Debug, Default)]
pub struct Graph {
    /// The steps, each after all that it waits for.
    pub steps: Vec<Step>,
    /// What comes before what: indexes into `steps`, and why.
    pub edges: Vec<Edge>,
}

/// An edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The earlier step.
    pub from: usize,
    /// The later step.
    pub to: usize,
    /// Why.
    pub why: String,
    /// Whether a person declared it.
    pub declared: bool,
}

/// A node of the graph.
#[derive(Debug)]
pub struct Step {
    /// What it is called.
    pub id: String,
    /// The index of its stage in the catalog.
    pub stage: usize,
    /// The digest that the ledger compares.
    pub digest: String,
    /// What it does, for people.
    pub title: String,
    /// What else its file says of it.
    pub description: Option<String>,
    /// What it is.
    pub body: Body,
    /// What it touches.
    pub touches: Touches,
    /// What it was begun under, where a transformation was begun: not what the files and flags say by now.
    pub begun: Option<Defaults>,
}

/// What a step is.
#[derive(Debug)]
pub enum Body {
    /// A migration, read.
    Migration(Box<ReadMigration>),
    /// A transformation, lowered. The index is its place in its stage.
    Transformation(usize, Vec<Movement>),
}

/// A migration with its text and what it was read to be.
#[derive(Debug)]
pub struct ReadMigration {
    /// Its text of this dialect, and the head's directives.
    pub script: Script,
    /// What it does.
    pub reading: Reading,
}

impl Graph {
    /// The graph of all steps for which `wanted` holds, over a schema. Steps that are left out are taken to be in.
    pub fn build(
        catalog: &Catalog,
        dialect: &dyn Dialect,
        schema: &[String],
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Self> {
        Self::build_begun(catalog, dialect, schema, wanted, &|_| None)
    }

    /// As [`Graph::build`], where a step was begun under these defaults.
    pub fn build_begun(
        catalog: &Catalog,
        dialect: &dyn Dialect,
        schema: &[String],
        wanted: &dyn Fn(&str) -> bool,
        begun: &dyn Fn(&str) -> Option<Defaults>,
    ) -> Result<Self> {
        if !catalog.stages.iter().flat_map(ids).any(|id| wanted(&id)) {
            return Ok(Self::default());
        }
        let mut builder = Builder::new(catalog, dialect, schema, wanted, begun)?;
        for stage in 0..catalog.stages.len() {
            builder.stage(stage)?;
        }
        builder.finish(schema)
    }

    /// The index of a step.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }
}

impl Step {
    /// `migration`, or the key of the transformation's kind.
    pub fn kind(&self, catalog: &Catalog) -> &'static str {
        match &self.body {
            Body::Migration(_) => "migration",
            Body::Transformation(index, _) => catalog.stages[self.stage].transformations[*index].kind.key,
        }
    }

    /// A transformation as this step does it.
    pub fn declared(&self, catalog: &Catalog) -> Option<Transformation> {
        let Body::Transformation(index, _) = &self.body else { return None };
        let declared = &catalog.stages[self.stage].transformations[*index];
        Some(self.begun.as_ref().map_or_else(|| declared.clone(), |begun| declared.under(begun)))
    }

    /// The sources that it reads, each with its version.
    pub fn sources(&self, catalog: &Catalog) -> Vec<String> {
        let Body::Transformation(index, _) = &self.body else { return Vec::new() };
        catalog.stages[self.stage].transformations[*index].sources.iter().map(ToString::to_string).collect()
    }

    /// The application's own functions that it calls, each with its version.
    pub fn functions(&self, catalog: &Catalog) -> Vec<String> {
        let Body::Transformation(index, _) = &self.body else { return Vec::new() };
        catalog.stages[self.stage].transformations[*index].functions.iter().map(ToString::to_string).collect()
    }
}

/// The builder's place: stages done, the steps and edges so far.
struct Builder<'a> {
    catalog: &'a Catalog,
    dialect: &'a dyn Dialect,
    wanted: &'a dyn Fn(&str) -> bool,
    begun: &'a dyn Fn(&str) -> Option<Defaults>,
    reader: Box<dyn Reader>,
    graph: Graph,
    moved: bool,
}

impl<'a> Builder<'a> {
    fn new(
        catalog: &'a Catalog,
        dialect: &'a dyn Dialect,
        schema: &[String],
        wanted: &'a dyn Fn(&str) -> bool,
        begun: &'a dyn Fn(&str) -> Option<Defaults>,
    ) -> Result<Self> {
        let reader = dialect.reader(schema)?;
        Ok(Self { catalog, dialect, wanted, begun, reader, graph: Graph::default(), moved: false })
    }

    fn stage(&mut self, index: usize) -> Result<()> {
        let stage = &self.catalog.stages[index];
        let transformations: Vec<usize> =
            (0..stage.transformations.len()).filter(|at| (self.wanted)(&stage.transformations[*at].id)).collect();
        let mut known = Known::default();
        if !transformations.is_empty() {
            known.see(self.reader.snapshot());
        }
        let mut steps = self.migrations(index, stage, &mut known, !transformations.is_empty())?;
        let migrations = steps.len();
        for at in transformations {
            steps.push(self.transformation(index, at, &known)?);
        }
        let needs = self.needs(index, &steps)?;
        let mut edges = needs.clone();
        edges.extend(edges::chain(&steps[..migrations]));
        edges::derive(&steps, migrations, &mut edges);
        edges::refuse_ambiguity(&steps, migrations, &edges, |step| self.place(index, step))?;
        let order = order::total(&steps, migrations, &edges, |step| self.place(index, step))?;
        self.take(steps, &edges, &order, migrations);
        Ok(())
    }

    /// The wanted migrations of a stage, read in the order of their versions and declared needs.
    fn migrations(&mut self, index: usize, stage: &Stage, known: &mut Known, snapshots: bool) -> Result<Vec<Step>> {
        let listed: Vec<&Migration> = stage
            .migrations
            .iter()
            .filter(|id| (self.wanted)(id))
            .filter_map(|id| self.catalog.migration(id))
            .collect();
        let mut scripts = BTreeMap::new();
        for migration in &listed {
            scripts.insert(migration.id.clone(), migration.script(self.dialect.name())?.clone());
        }
        let needs = |id: &str| scripts.get(id).map(|script| script.directives.needs.clone()).unwrap_or_default();
        let sequence = order::sequence(&listed, &needs)?;
        let mut steps = Vec::new();
        for migration in sequence {
            let script = scripts[&migration.id].clone();
            let reading = self.reader.read(&script)?;
            if snapshots {
                known.see(reading.touches.creates.tables().filter_map(|name| self.reader.table(name)).collect());
            }
            steps.push(Step {
                id: migration.id.clone(),
                stage: index,
                digest: script.digest.clone(),
                title: migration.name.replace('_', " "),
                description: None,
                touches: reading.touches.clone(),
                begun: None,
                body: Body::Migration(Box::new(ReadMigration { script, reading })),
            });
        }
        Ok(steps)
    }

    fn transformation(&mut self, stage: usize, at: usize, known: &Known) -> Result<Step> {
        self.moved = true;
        let declared = &self.catalog.stages[stage].transformations[at];
        Ok(Step {
            id: declared.id.clone(),
            stage,
            digest: declared.digest.clone(),
            title: declared.title.clone().unwrap_or_else(|| declared.id.replace('_', " ")),
            description: declared.description.clone(),
            touches: declared.declared.touches(declared, self.dialect.name(), known)?,
            body: Body::Transformation(at, Vec::new()),
            begun: (self.begun)(&declared.id),
        })
    }

    /// Declared edges among the steps of a stage; a need of an earlier stage is met by the barrier, a later one's is
    /// an error.
    fn needs(&self, stage: usize, steps: &[Step]) -> Result<Vec<Edge>> {
        let mut edges = Vec::new();
        for (to, step) in steps.iter().enumerate() {
            for need in self.declared_needs(step) {
                match steps.iter().position(|other| other.id == need) {
                    Some(from) => edges.push(Edge { from, to, why: "needs".to_owned(), declared: true }),
                    None => self.need_elsewhere(stage, step, &need)?,
                }
            }
        }
        Ok(edges)
    }

    fn declared_needs(&self, step: &Step) -> Vec<String> {
        match &step.body {
            Body::Migration(migration) => migration.script.directives.needs.clone(),
            Body::Transformation(at, _) => self.catalog.stages[step.stage].transformations[*at].needs.clone(),
        }
    }

    fn need_elsewhere(&self, stage: usize, step: &Step, need: &str) -> Result<()> {
        let owner = self.catalog.stages.iter().position(|stage| owns(stage, need));
        let error = match owner {
            Some(owner) if owner <= stage => return Ok(()),
            Some(owner) => Error::new(
                codes::BACKWARD_EDGE,
                format!(
                    "{} of stage {} needs {need}, which comes later, in stage {}",
                    step.id, self.catalog.stages[stage].name, self.catalog.stages[owner].name
                ),
            )
            .hint("move one of the two to the other's stage"),
            None => {
                let ids: Vec<String> = self.catalog.stages.iter().flat_map(ids).collect();
                let error =
                    Error::new(codes::UNKNOWN_STEP, format!("{} needs {need}, and there is no such step", step.id));
                match nearest(need, ids.iter().map(String::as_str)) {
                    Some(name) => error.hint(format!("was {name} meant?")),
                    None => error,
                }
            }
        };
        Err(error.at(self.place(stage, step)))
    }

    fn place(&self, stage: usize, step: &Step) -> Place {
        match &step.body {
            Body::Migration(migration) => migration.script.text.place(0..0),
            Body::Transformation(at, _) => self.catalog.stages[stage].transformations[*at].place.clone(),
        }
    }

    /// Puts a stage's steps behind what is there, in their order.
    fn take(&mut self, steps: Vec<Step>, edges: &[Edge], order: &[usize], migrations: usize) {
        let base = self.graph.steps.len();
        let mut position = vec![0; steps.len()];
        for (place, index) in order.iter().enumerate() {
            position[*index] = base + place;
        }
        debug_assert!(migrations <= steps.len());
        let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
        self.graph.steps.extend(order.iter().filter_map(|index| slots[*index].take()));
        self.graph.edges.extend(edges.iter().map(|edge| Edge {
            from: position[edge.from],
            to: position[edge.to],
            ..edge.clone()
        }));
    }

    /// Lowers the transformations, each over the tables that are there when its turn comes.
    fn finish(mut self, schema: &[String]) -> Result<Graph> {
        self.graph.edges.sort_by_key(|edge| (edge.from, edge.to));
        self.graph.edges.dedup_by_key(|edge| (edge.from, edge.to));
        let ground = reverses::Ground { catalog: self.catalog, dialect: self.dialect, schema };
        if !self.moved {
            reverses::check(ground, self.reader, &self.graph.steps)?;
            return Ok(self.graph);
        }
        let mut reader = self.dialect.reader(schema)?;
        for step in &mut self.graph.steps {
            let settled = step.declared(self.catalog);
            match &mut step.body {
                Body::Migration(migration) => {
                    // In the final order inverses are taken of what is really there.
                    migration.reading = reader.read(&migration.script)?;
                }
                Body::Transformation(at, movements) => {
                    let declared = settled.as_ref().unwrap_or(&self.catalog.stages[step.stage].transformations[*at]);
                    (*movements, step.touches) = lower::over(&mut *reader, declared, self.dialect.name())?;
                }
            }
        }
        reverses::check(ground, reader, &self.graph.steps)?;
        Ok(self.graph)
    }
}

/// The ids of all steps that must come before one, through the edges.
pub fn ancestors(graph: &Graph, of: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![of];
    while let Some(at) = waiting.pop() {
        for edge in graph.edges.iter().filter(|edge| edge.to == at) {
            if found.insert(edge.from) {
                waiting.push(edge.from);
            }
        }
    }
    found
}

/// The ids of a stage's steps.
fn ids(stage: &Stage) -> Vec<String> {
    let transformations = stage.transformations.iter().map(|declared| declared.id.clone());
    stage.migrations.iter().cloned().chain(transformations).collect()
}

fn owns(stage: &Stage, id: &str) -> bool {
    ids(stage).iter().any(|other| other == id)
}
