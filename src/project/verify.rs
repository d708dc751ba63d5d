//! `verify`: files against `evolve.sum`, against the ledger, against the live schema.

use super::{Project, dialect};
use crate::catalog::SumState;
use crate::engine::Dialect as _;
use crate::error::{Error, Result, codes};
use crate::plan::adopt;
use crate::report::{Problem, VerifyReport};
use crate::sql::{TokenKind, normal, tokens, unquoted, word};
use crate::sqlite::survey::{self, Depth};
use crate::survey::Survey;
use std::collections::BTreeMap;

impl Project {
    /// Holds files, sum, ledger and live schema against each other, and finds all that disagrees in one pass.
    pub fn verify(&self) -> Result<VerifyReport> {
        let (mut problems, mut notes) = (Vec::new(), Vec::new());
        match self.catalog.verify_sum() {
            Ok(SumState::Absent) => notes.push("there is no evolve.sum; evolve seal writes it".to_owned()),
            Ok(SumState::Verified) => {}
            Err(error) => problems.push(problem(&error)),
        }
        let survey = survey::survey(&self.location()?, Depth::Schema, &self.history_table)?;
        notes.extend(survey.notes.iter().cloned());
        if !survey.exists {
            notes.push("there is no database yet".to_owned());
        }
        self.ledger_problems(&survey, &mut problems)?;
        if problems.is_empty() {
            self.drift(&survey, &mut problems, &mut notes)?;
        } else {
            notes.push("the live schema was not compared, because the files are not what was applied".to_owned());
        }
        Ok(VerifyReport { ok: problems.is_empty(), problems, notes })
    }

    fn ledger_problems(&self, survey: &Survey, problems: &mut Vec<Problem>) -> Result<()> {
        let dialect = dialect(survey);
        let sources = self.sources(survey, &dialect, &crate::plan::Unmeasured);
        for step in &survey.standing.applied {
            problems.extend(adopt::changed(sources, step)?.as_ref().map(problem));
        }
        match adopt::unseen(sources) {
            Ok(_) => {}
            Err(error) => problems.push(problem(&error)),
        }
        for step in survey.standing.applied.iter().filter(|step| step.kind == "migration") {
            let version = step.id.trim_start_matches(['V', 'U']).parse::<i64>();
            let missing = version.is_ok_and(|version| !survey.history.iter().any(|row| row.version == version));
            if missing && step.state == crate::ledger::StepState::Done {
                problems.push(problem(
                    &Error::new(
                        codes::FOREIGN_HISTORY,
                        format!("{} is in, and refinery's history does not have it", step.id),
                    )
                    .hint("an application that embeds refinery would run it again"),
                ));
            }
        }
        Ok(())
    }

    /// The live schema against what the applied migrations make, object by object.
    fn drift(&self, survey: &Survey, problems: &mut Vec<Problem>, notes: &mut Vec<String>) -> Result<()> {
        let dialect = dialect(survey);
        let mut reader = dialect.reader(&[])?;
        for step in survey.standing.applied.iter().filter(|step| step.kind == "migration") {
            let Some(migration) = self.catalog.migration(&step.id) else { continue };
            if let Err(error) = reader.read(migration.script(dialect.name())?) {
                notes.push(format!(
                    "the schema was not compared: {} uses what no migration makes ({})",
                    step.id,
                    error.message()
                ));
                return Ok(());
            }
        }
        let (made, live) = (objects(&reader.schema()), objects(&survey.schema));
        for (name, sql) in &made {
            match live.get(name) {
                None => problems.push(drift(format!("{name} is missing from the database"))),
                Some(there) if there != sql => problems.push(drift(format!("{name} is not what the migrations make"))),
                Some(_) => {}
            }
        }
        for name in live.keys().filter(|name| !made.contains_key(*name)) {
            notes.push(format!("{name} is in the database and no migration makes it (external)"));
        }
        Ok(())
    }
}

/// Objects by kind and name, each with the normal form of its statement.
fn objects(schema: &[String]) -> BTreeMap<String, String> {
    schema.iter().map(|sql| (name(sql), normal(sql))).collect()
}

/// `table kb_entries`: the kind and name of the object a statement makes.
fn name(sql: &str) -> String {
    let tokens = tokens(sql).unwrap_or_default();
    let words: Vec<String> = tokens
        .iter()
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName))
        .map(|token| unquoted(word(sql, token)))
        .collect();
    let skip = ["create", "unique", "virtual", "temp", "temporary"];
    let mut rest = words.iter().skip_while(|word| skip.contains(&word.to_lowercase().as_str()));
    let kind = rest.next().map(|kind| kind.to_lowercase()).unwrap_or_default();
    let name = rest.find(|word| !["if", "not", "exists"].contains(&word.to_lowercase().as_str()));
    format!("{kind} {}", name.map(|name| name.to_lowercase()).unwrap_or_default())
}

fn drift(message: String) -> Problem {
    Problem { code: codes::DRIFT.id.to_owned(), message, file: None, hint: None }
}

fn problem(error: &Error) -> Problem {
    Problem {
        code: error.code().id.to_owned(),
        message: error.message().to_owned(),
        file: error.place().map(|place| place.file.clone()),
        hint: error.hint_text().map(str::to_owned),
    }
}
