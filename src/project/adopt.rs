//! Adopting: what is in a database without evolve having put it there, written down as if it had.

use super::execute::outcome_word;
use super::runs::LOCK;
use super::{Project, dialect};
use crate::engine::{Database as _, Dialect as _, Session};
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Graph, Step};
use crate::ledger::steps::{self, Record};
use crate::ledger::{self, Applied, StepState, events, names};
use crate::naming::Renaming;
use crate::observe::{Silent, Stop};
use crate::plan::adopt::{self, checksum};
use crate::report::{Outcome, Rows, RunReport, StepOutcome};
use crate::run::lock::Lock;
use crate::run::{new_run, step_report};
use crate::sql::{normal, quoted};
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Manners, SqliteSession, connect};
use crate::survey::Survey;
use crate::value::Value;
use std::collections::BTreeSet;
use std::time::Duration;

impl Project {
    /// Writes a ledger for a database that has none: refinery's migrations by their checksums, else as many steps as
    /// make exactly the schema that is there.
    pub fn adopt(&self) -> Result<RunReport> {
        self.sealed()?;
        let location = self.location()?;
        if location.size()?.is_none() {
            return Err(Error::new(codes::NO_DATABASE, format!("there is no database at {}", location.path.display())));
        }
        let _lock = Lock::take(&location.beside(LOCK), self.settings.policy.wait, &Silent, &Stop::new())?;
        let survey = survey::survey(&location, Depth::Schema, &self.history_table)?;
        self.refuse_stranger(&survey)?;
        let ids = self.recognised(&survey)?;
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: survey.double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        let session = SqliteSession::new(Handle::Own(Box::new(connect::writer(&location)?)), manners, &Stop::new())?;
        let run = new_run("adopt", "latest", ids.clone(), "", "");
        session.begin(false)?;
        let written = ledger::create(&session, &self.settings.project)
            .and_then(|()| ledger::runs::begin(&session, &run))
            .and_then(|()| self.record_adopted(&session, &ids, &survey))
            .and_then(|()| self.write_history(&session, &ids, &survey))
            .and_then(|()| ledger::runs::end(&session, &run.id, outcome_word(Outcome::Done)));
        if let Err(error) = written {
            session.rollback();
            return Err(error);
        }
        session.commit()?;
        let applied = steps::all(&session)?;
        let from = crate::plan::standpoint(&self.catalog, &survey.standing.applied);
        Ok(RunReport {
            run: Some(run.id),
            outcome: if ids.is_empty() { Outcome::NothingToDo } else { Outcome::Done },
            from,
            to: crate::plan::standpoint(&self.catalog, &applied),
            restore_points: Vec::new(),
            steps: ids
                .iter()
                .map(|id| step_report(id, StepOutcome::Skipped, Duration::ZERO, Rows::default()))
                .collect(),
            preserved: Vec::new(),
            notes: vec![format!("{} steps were recognised and written down; none was run", ids.len())],
        })
    }

    /// The steps that are in, as far as the ledger does not know them.
    fn recognised(&self, survey: &Survey) -> Result<Vec<String>> {
        let dialect = dialect(survey);
        let unseen = adopt::unseen(self.sources(survey, &dialect, &crate::plan::Unmeasured))?;
        if !unseen.is_empty() || survey.standing.format.is_some() || survey.objects.is_empty() {
            return Ok(unseen.into_iter().map(|step| step.id).collect());
        }
        let graph = Graph::build(&self.catalog, &dialect, &[], &|_| true)?;
        self.longest_prefix(&graph, survey)
    }

    /// The longest prefix of the order that makes what is there; objects that no step makes may be there besides.
    fn longest_prefix(&self, graph: &Graph, survey: &Survey) -> Result<Vec<String>> {
        let live: BTreeSet<String> = survey.schema.iter().map(|sql| normal(sql)).collect();
        let dialect = dialect(survey);
        let mut reader = dialect.reader(&[])?;
        let mut fits = 0;
        for (index, step) in graph.steps.iter().enumerate() {
            if let Body::Migration(migration) = &step.body {
                reader.read(&migration.script)?;
            }
            let made = reader.schema();
            if !made.is_empty() && made.iter().all(|sql| live.contains(&normal(sql))) {
                fits = index + 1;
            }
        }
        if fits == 0 {
            return Err(Error::new(codes::DRIFT, "the schema that is there is not what any of the steps makes")
                .hint("bring the schema to what one of the stages makes, then adopt it"));
        }
        // Transformations at the end of the prefix leave no trace in the schema: they are taken as not yet run.
        let end =
            graph.steps[..fits].iter().rposition(|step| matches!(step.body, Body::Migration(_))).map_or(0, |at| at + 1);
        Ok(graph.steps[..end].iter().map(|step| step.id.clone()).collect())
    }

    /// Writes adopted steps into the ledger, with the inverses that can be derived of them.
    pub(super) fn record_adopted(&self, session: &SqliteSession<'_>, ids: &[String], survey: &Survey) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let known: BTreeSet<&str> =
            ids.iter().map(String::as_str).chain(survey.standing.applied.iter().map(|step| step.id.as_str())).collect();
        let graph = Graph::build(&self.catalog, &dialect(survey), &[], &|id| known.contains(id))?;
        for step in graph.steps.iter().filter(|step| ids.contains(&step.id)) {
            self.record_one(session, step)?;
        }
        Ok(())
    }

    fn record_one(&self, session: &SqliteSession<'_>, step: &Step) -> Result<()> {
        let stage = &self.catalog.stages[step.stage];
        let inverse = match &step.body {
            Body::Migration(migration) => {
                let reading = &migration.reading;
                let loses = reading.no_inverse.is_some() || reading.inverse.iter().any(|act| act.kept().is_some());
                (!loses).then(|| reading.inverse.clone())
            }
            Body::Transformation(..) => None,
        };
        let name = super::engine_name();
        let down = self
            .catalog
            .migration(&step.id)
            .map(|file| file.down(name))
            .transpose()?
            .flatten()
            .map(|text| text.text.to_string());
        let reversible = match (&down, &inverse) {
            (Some(_), _) => "file",
            (None, Some(_)) => "derived",
            (None, None) => "no",
        };
        let seq = steps::next_seq(session)?;
        let spots = |spots: &crate::touch::Spots| spots.iter().map(|spot| spot.to_string()).collect::<Vec<_>>();
        steps::record(
            session,
            &Record {
                applied: Applied {
                    seq,
                    id: step.id.clone(),
                    kind: step.kind(&self.catalog).to_owned(),
                    stage: stage.name.clone(),
                    stage_version: stage.version.to_string(),
                    title: step.title.clone(),
                    digest: step.digest.clone(),
                    state: StepState::Done,
                    reversible: reversible.to_owned(),
                    undo: String::new(),
                    applied_at: ledger::now(),
                },
                run: "adopted".to_owned(),
                nonce: String::new(),
                duration_ms: 0,
                account: Rows::default(),
                inverse,
                down,
                declared: None,
                needs: Vec::new(),
                reads: spots(&step.touches.reads),
                writes: spots(&step.touches.writes),
            },
        )?;
        if let Body::Migration(migration) = &step.body {
            names::record(session, &step.id, &Renaming::all(&migration.reading.changes))?;
        }
        events::record(
            session,
            &events::Event {
                run: "adopted",
                step: &step.id,
                seq,
                direction: "adopt",
                duration_ms: 0,
                account: Rows::default(),
                nonce: "",
            },
        )
    }

    /// Writes refinery's rows for adopted migrations that it does not have.
    fn write_history(&self, session: &SqliteSession<'_>, ids: &[String], survey: &Survey) -> Result<()> {
        let flavour = adopt::flavour(&survey.history, &self.catalog.migrations, super::engine_name());
        let table = quoted(&self.history_table);
        session.execute(
            &format!("CREATE TABLE IF NOT EXISTS {table}(version int4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))"),
            &[],
        )?;
        for migration in ids.iter().filter_map(|id| self.catalog.migration(id)) {
            let text = &migration.script(super::engine_name())?.plain.text;
            let sum = checksum(&migration.name, migration.version, text, flavour).or_else(|| {
                checksum(&migration.name, migration.version, text, adopt::Flavour { wide: true, ..flavour })
            });
            let values = [
                Value::Integer(migration.version),
                Value::Text(migration.name.clone()),
                Value::Text(ledger::now()),
                Value::Text(sum.unwrap_or_default().to_string()),
            ];
            let sql = format!(
                "INSERT INTO {table} (version, name, applied_on, checksum) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
            );
            session.execute(&sql, &values)?;
        }
        Ok(())
    }
}
