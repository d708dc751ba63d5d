//! An application's own sources: registered, seen to be there before a run, and shown.

use super::Project;
use crate::engine::Session as _;
use crate::error::Result;
use crate::plan::{Plan, Work};
use crate::report::PlannedStep;
use crate::sources::Offered;
use crate::sqlite::SqliteSession;

impl Project {
    /// Registers a source of the application's own: rows from outside the database, for the `from` of transformations.
    ///
    /// A stage file that reads it declares name, version and columns (`[source.crm] version = 2`, `columns = […]`), and
    /// with `key` what tells its rows apart; all of it is part of the digest of each step that reads it. The rows are
    /// asked for when the step begins, read once and in order, and held outside of the database, in a temporary file:
    /// memory does not grow with them. Where the run was interrupted they are asked for again, and the step goes on only
    /// if they are the same as before. A row that cannot be given, with the rest of a sentence about why, fails the step
    /// before it begins; so do a row with more or fewer values than there are columns, and two rows of one key.
    ///
    /// ```
    /// # fn main() -> evolve::Result<()> {
    /// use evolve::{Flags, Project, Silent, Stop, Unattended, UpRequest, Value};
    ///
    /// static FILES: &[(&str, &str)] = &[
    ///     ("evolve.toml", "[project]\nname = \"garage\"\n"),
    ///     ("migrations/V1__cars.sql", "CREATE TABLE cars (plate TEXT PRIMARY KEY, owner TEXT);"),
    ///     ("plans/first.toml", r#"
    ///         [stage]
    ///         name = "first"
    ///         version = "1.0.0"
    ///         migrations = ["V1"]
    ///         [source.parked]
    ///         version = 1
    ///         columns = ["plate", "owner"]
    ///         key = "plate"
    ///         [[convert]]
    ///         id = "cars"
    ///         from = { source = "parked" }
    ///         into = "cars"
    ///         [convert.columns]
    ///         plate = { apply = ["upper"] }
    ///         owner = { from = "/owner/name" }
    ///     "#),
    /// ];
    ///
    /// // What the application holds in memory.
    /// let store = vec![("b-ab 1", r#"{"name":"Ann"}"#), ("b-ab 2", r#"{"name":"Ben"}"#)];
    /// let rows = move || {
    ///     let text = |text: &str| Value::Text(text.to_owned());
    ///     store.clone().into_iter().map(move |(plate, owner)| Ok(vec![text(plate), text(owner)]))
    /// };
    /// let folder = tempfile::tempdir().expect("a folder");
    /// let url = format!("sqlite:{}/garage.db", folder.path().display());
    /// let flags = Flags { database: Some(url), ..Flags::default() };
    /// let project = Project::embedded(FILES, &flags)?.source("parked", 1, &["plate", "owner"], rows);
    /// let answer = project.up(&UpRequest::default(), &Unattended, &Silent, &Stop::new());
    /// assert_eq!(answer.result.expect("a report").steps[1].rows.inserted, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn source<R>(
        mut self,
        name: &str,
        version: u32,
        columns: &[&str],
        rows: impl Fn() -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: IntoIterator<Item = Offered>,
        R::IntoIter: 'static,
    {
        self.sources.add(name, version, columns, rows);
        self
    }

    /// Refuses a plan up whose steps read sources that are not registered.
    pub(super) fn sources_of_plan(&self, plan: &Plan) -> Result<()> {
        let Work::Up(graph, steps) = &plan.work else { return Ok(()) };
        for up in steps {
            let Some(declared) = self.catalog.transformation(&graph.steps[up.index].id) else { continue };
            for source in &declared.sources {
                self.sources.require(&declared.id, source).map_err(|error| error.at(source.place.clone()))?;
            }
        }
        Ok(())
    }

    /// Lays the sources of a step where a session of one's own finds them.
    pub(super) fn land_for(&self, step: &str, session: &SqliteSession<'_>) -> Result<()> {
        let sources = self.catalog.transformation(step).map_or(&[][..], |declared| &declared.sources);
        sources.iter().try_for_each(|source| session.land(source, &mut self.sources.open(source)?))
    }

    /// What a reader of a plan should know: steps that read sources, and whether these are here.
    pub(super) fn source_notes(&self, steps: &[PlannedStep]) -> Vec<String> {
        let declared = steps.iter().filter_map(|step| self.catalog.transformation(&step.id));
        let reads = declared.flat_map(|declared| declared.sources.iter().map(|source| (declared.id.as_str(), source)));
        reads
            .map(|(step, source)| match self.sources.has(source) {
                true => format!("{step} reads {} which the application has registered", source.words()),
                false => format!("{step} reads {} which is not registered here: it cannot run", source.words()),
            })
            .collect()
    }
}
