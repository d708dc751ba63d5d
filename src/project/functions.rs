//! An application's own functions: registered, seen to be there before a run, and shown.

use super::Project;
use crate::catalog::FunctionId;
use crate::columns::foreign;
use crate::error::Result;
use crate::graph::Body;
use crate::ledger::{Applied, steps};
use crate::plan::{Plan, Work};
use crate::report::PlannedStep;
use crate::run::Declarations;
use crate::sqlite::SqliteSession;
use crate::value::Value;

impl Project {
    /// Registers a function of the application's own, for the `apply` of columns.
    ///
    /// A stage file that uses it declares name and version (`[function.plate_number] version = 3`); both are part of
    /// the digest of each step that calls it. The function must be pure: the same value gives the same again. It is not
    /// called for NULL, which stays NULL. What it refuses, with the rest of a sentence about the value, which must not
    /// repeat it, is a reject as any other. Where it panics the step fails, and is taken back.
    ///
    /// ```
    /// # fn main() -> evolve::Result<()> {
    /// use evolve::{Flags, Project, Silent, Stop, Unattended, UpRequest, Value};
    ///
    /// static FILES: &[(&str, &str)] = &[
    ///     ("evolve.toml", "[project]\nname = \"garage\"\n"),
    ///     ("migrations/V1__cars.sql", "CREATE TABLE seen (plate TEXT); INSERT INTO seen VALUES ('b ab 1'); CREATE TABLE cars (plate TEXT);"),
    ///     ("plans/first.toml", r#"
    ///         [stage]
    ///         name = "first"
    ///         version = "1.0.0"
    ///         migrations = ["V1"]
    ///         [function.plate_number]
    ///         version = 3
    ///         [[convert]]
    ///         id = "cars"
    ///         from = "seen"
    ///         into = "cars"
    ///         [convert.columns]
    ///         plate = { apply = ["trim", "plate_number"] }
    ///     "#),
    /// ];
    ///
    /// let plate_number = |value: Value| match value {
    ///     Value::Text(text) => Ok(Value::Text(text.to_uppercase().replace(' ', "-"))),
    ///     _ => Err("is no plate number".to_owned()),
    /// };
    /// let folder = tempfile::tempdir().expect("a folder");
    /// let url = format!("sqlite:{}/garage.db", folder.path().display());
    /// let flags = Flags { database: Some(url), ..Flags::default() };
    /// let project = Project::embedded(FILES, &flags)?.function("plate_number", 3, plate_number);
    /// let answer = project.up(&UpRequest::default(), &Unattended, &Silent, &Stop::new());
    /// assert_eq!(answer.result.expect("a report").steps[1].rows.inserted, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn function(
        mut self,
        name: &str,
        version: u32,
        f: impl Fn(Value) -> std::result::Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        let id = FunctionId { name: name.to_owned(), version };
        self.functions.add(id, foreign::Takes::Nothing, move |value, _| f(value));
        self
    }

    /// Registers a function as [`Project::function`] does, which takes arguments as well: those that stand behind its name in
    /// the stage file, `apply = [{ plate_number = ["DE", 2] }]`, in their order; none where its name stands alone. They are
    /// texts and numbers, true and false being 1 and 0, and are part of the digest of their step.
    #[must_use]
    pub fn function_with(
        mut self,
        name: &str,
        version: u32,
        f: impl Fn(Value, &[Value]) -> std::result::Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        self.functions.add(FunctionId { name: name.to_owned(), version }, foreign::Takes::Arguments, f);
        self
    }

    /// Refuses a plan up whose steps call functions that are not registered.
    pub(super) fn functions_of_plan(&self, plan: &Plan) -> Result<()> {
        let Work::Up(graph, steps) = &plan.work else { return Ok(()) };
        for up in steps {
            if let Body::Transformation(_, movements) = &graph.steps[up.index].body {
                movements.iter().try_for_each(|movement| foreign::refuse_arguments(movement, &self.functions))?;
            }
            let Some(declared) = self.catalog.transformation(&graph.steps[up.index].id) else { continue };
            for id in &declared.functions {
                self.functions.require(&declared.id, id).map_err(|error| error.at(declared.place.clone()))?;
            }
        }
        Ok(())
    }

    /// Refuses to take back steps whose way back calls functions that are not registered.
    pub(super) fn functions_of_ledger(
        &self,
        session: &SqliteSession<'_>,
        undone: &[Applied],
        read: &Declarations,
    ) -> Result<()> {
        for step in undone.iter().filter(|step| step.kind != "migration") {
            let way = steps::way_back(session, &step.id)?;
            for id in crate::run::functions_of(step, &way, super::engine_name(), session, read)? {
                self.functions.require(&step.id, &id)?;
            }
        }
        Ok(())
    }

    /// What a reader of a plan should know: steps that call functions, and whether these are here.
    pub(super) fn function_notes(&self, steps: &[PlannedStep]) -> Vec<String> {
        let declared = steps.iter().filter_map(|step| self.catalog.transformation(&step.id));
        let calls = declared.flat_map(|declared| declared.functions.iter().map(|id| (declared.id.as_str(), id)));
        calls
            .map(|(step, id)| match self.functions.has(id) {
                true => format!("{step} calls {} which the application has registered", id.words()),
                false => format!("{step} calls {} which is not registered here: it cannot run", id.words()),
            })
            .collect()
    }
}
