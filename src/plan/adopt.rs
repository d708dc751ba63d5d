//! What is in the database without evolve having put it there: refinery's migrations recognised by their checksums, and
//! applied steps held against the files.

use super::Sources;
use crate::catalog::{CONFIG, Migration};
use crate::error::{Error, Place, Result, codes};
use crate::ledger::{Applied, StepState};
use crate::survey::HistoryRow;
use siphasher::sip::SipHasher13;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

/// The flavour of refinery's checksums: the type of the version, and the line ends of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flavour {
    /// Versions are hashed as i64 (`int8-versions`); else as i32.
    pub wide: bool,
    /// Lines end with CR LF; else with LF.
    pub crlf: bool,
}

/// Every flavour, the commonest first.
const FLAVOURS: [Flavour; 4] = [
    Flavour { wide: false, crlf: false },
    Flavour { wide: true, crlf: false },
    Flavour { wide: false, crlf: true },
    Flavour { wide: true, crlf: true },
];

/// Refinery's checksum: SipHash-1-3 with a zero key over std's hash of name, version and text.
pub fn checksum(name: &str, version: i64, text: &str, flavour: Flavour) -> Option<u64> {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    match flavour.wide {
        true => version.hash(&mut hasher),
        false => i32::try_from(version).ok()?.hash(&mut hasher),
    }
    match flavour.crlf {
        true => text.replace('\n', "\r\n").hash(&mut hasher),
        false => text.hash(&mut hasher),
    }
    Some(hasher.finish())
}

/// The flavour a history is written in, from its rows and the files; the commonest where nothing tells.
pub fn flavour(history: &[HistoryRow], migrations: &[Migration], dialect: &str) -> Flavour {
    let of_row = |row: &HistoryRow| fitting(row, of_version(migrations, row.version)?, dialect);
    history.iter().rev().find_map(of_row).unwrap_or_default()
}

/// The migration of a version; they are in the order of their versions.
fn of_version(migrations: &[Migration], version: i64) -> Option<&Migration> {
    migrations.binary_search_by_key(&version, |migration| migration.version).ok().map(|at| &migrations[at])
}

/// The flavour in which a row fits a file.
fn fitting(row: &HistoryRow, migration: &Migration, dialect: &str) -> Option<Flavour> {
    let script = migration.script(dialect).ok()?;
    let fits = |flavour: &Flavour| {
        checksum(&row.name, row.version, &script.plain.text, *flavour)
            .is_some_and(|sum| sum.to_string() == row.checksum)
    };
    (row.name == migration.name).then(|| FLAVOURS.into_iter().find(fits)).flatten()
}

/// Steps of refinery's that the ledger does not have: adopted where the checksum fits a file, else an error.
pub fn unseen(sources: Sources<'_>) -> Result<Vec<Applied>> {
    let Sources { catalog, survey, .. } = sources;
    let known: BTreeSet<&str> = survey.standing.applied.iter().map(|step| step.id.as_str()).collect();
    let mut adopted = Vec::new();
    for row in &survey.history {
        let migration = of_version(&catalog.migrations, row.version);
        let is_known = match migration {
            Some(migration) => known.contains(migration.id.as_str()),
            None => ["V", "U"].iter().any(|kind| known.contains(format!("{kind}{}", row.version).as_str())),
        };
        if is_known {
            continue;
        }
        let fits = migration.filter(|migration| fitting(row, migration, sources.dialect.name()).is_some());
        let Some(migration) = fits else { return Err(stranger(row)) };
        let Some(stage) = catalog.owner(&migration.id) else { continue };
        adopted.push(Applied {
            seq: 0,
            id: migration.id.clone(),
            kind: "migration".to_owned(),
            stage: stage.name.clone(),
            stage_version: stage.version.to_string(),
            title: migration.name.replace('_', " "),
            digest: migration.script(sources.dialect.name())?.digest.clone(),
            state: StepState::Done,
            reversible: "derived".to_owned(),
            undo: String::new(),
            applied_at: String::new(),
        });
    }
    Ok(adopted)
}

fn stranger(row: &HistoryRow) -> Error {
    Error::new(
        codes::FOREIGN_HISTORY,
        format!("the history has V{}__{}, and no file here has this name and checksum", row.version, row.name),
    )
    .hint("bring the file back as it was applied")
}

/// Refuses where an applied step is not as it was applied, or has no file any more.
pub fn refuse_changed(sources: Sources<'_>) -> Result<()> {
    for step in &sources.survey.standing.applied {
        if let Some(problem) = changed(sources, step)? {
            return Err(problem);
        }
    }
    Ok(())
}

/// What is wrong with an applied step, held against the files.
pub fn changed(sources: Sources<'_>, step: &Applied) -> Result<Option<Error>> {
    let catalog = sources.catalog;
    let digest = match catalog.migration(&step.id) {
        Some(migration) => Some(migration.script(sources.dialect.name())?.digest.clone()),
        None => catalog.transformation(&step.id).map(|transformation| transformation.digest.clone()),
    };
    let half = step.state != StepState::Done;
    let file = |migration: &Migration| Place::file(migration.path_of(sources.dialect.name()));
    let declared = || catalog.transformation(&step.id).map(|transformation| transformation.place.clone());
    let place = || catalog.migration(&step.id).map(file).or_else(declared).unwrap_or_else(|| Place::file(CONFIG));
    Ok(match digest {
        Some(digest) if digest == step.digest => None,
        // Of such a file what has not begun may change: the run looks at each statement that has.
        Some(_) if half && runs_outside(sources, step)? => None,
        Some(_) if half => Some(
            Error::new(
                codes::CHANGED_HALF_STEP,
                format!("{} is half done and was changed: it is not resumed", step.id),
            )
            .hint(format!(
                "put it back as it was, or take it back first: evolve down --target {}",
                before(sources, step)
            ))
            .at(place()),
        ),
        Some(_) => Some(
            Error::new(codes::CHANGED_STEP, format!("{} was changed after it was applied", step.id))
                .hint("put it back as it was applied, and write a new step for what is to change")
                .at(place()),
        ),
        None => Some(
            Error::new(codes::CHANGED_STEP, format!("{} is in, and no file here has it", step.id))
                .hint("use the files it was applied from; `evolve down` needs none"),
        ),
    })
}

/// Whether a step is a file that says `transaction = none`.
fn runs_outside(sources: Sources<'_>, step: &Applied) -> Result<bool> {
    let script = sources.catalog.migration(&step.id).map(|file| file.script(sources.dialect.name())).transpose()?;
    Ok(script.is_some_and(|script| script.directives.transaction_none))
}

/// The target that takes a step back.
fn before(sources: Sources<'_>, step: &Applied) -> String {
    let applied = &sources.survey.standing.applied;
    let at = applied.iter().position(|other| other.id == step.id).unwrap_or(0);
    if at == 0 { "start".to_owned() } else { applied[at - 1].id.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use refinery_core::Migration as Refinery;

    #[test]
    fn the_checksum_is_refinerys_own() {
        let text = "CREATE TABLE t (x);\n";
        let theirs = Refinery::unapplied("V7__some_name", text).unwrap().checksum();
        let ours = [false, true].map(|wide| checksum("some_name", 7, text, Flavour { wide, crlf: false }).unwrap());
        assert!(ours.contains(&theirs), "refinery gives {theirs}, evolve {ours:?}");
        assert_ne!(ours[0], ours[1]);
    }
}
