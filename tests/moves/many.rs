//! Many cases at once: put into one database, moved, looked at, taken back; and what fails made small.

use super::case::Case;
use super::expected::Expected;
use crate::model::Account;
use crate::rig::logical;
use evolve::observe::{Silent, Stop};
use evolve::report::{Rows, RunReport, StepOutcome};
use evolve::{Checkpoint, DownRequest, DownTo, Flags, Project, Unattended, UpRequest};
use rusqlite::Connection;

/// How many cases share a run: to open a project costs more than a case, and planning grows faster than its steps.
const TOGETHER: usize = 4;

/// A case in a database.
struct Placed<'a> {
    case: &'a Case,
    number: usize,
    expected: Option<Expected>,
}

impl Placed<'_> {
    /// What fails is the last step of its run.
    fn id(&self) -> String {
        let word = if self.expected.is_some() { "m" } else { "z" };
        format!("{word}{:03}", self.number)
    }
}

/// Runs cases together; says what went wrong. Cases that must fail run one at a time, behind the others.
fn together(cases: &[Case]) -> Result<(), String> {
    let mut waiting: Vec<&Case> = cases.iter().collect();
    while !waiting.is_empty() {
        let connection = Connection::open_in_memory().expect("a database");
        let (mut placed, mut later, mut fails) = (Vec::new(), Vec::new(), false);
        for (number, case) in waiting.into_iter().enumerate() {
            let (_, expected) = case.put(&connection, number);
            if expected.is_none() && std::mem::replace(&mut fails, true) {
                case.remove(&connection, number);
                later.push(case);
                continue;
            }
            placed.push(Placed { case, number, expected });
        }
        run(connection, &placed)?;
        waiting = later;
    }
    Ok(())
}

fn project(placed: &[Placed<'_>]) -> Project {
    let rows = 1 + usize::try_from(placed[0].case.seed % 7).expect("small");
    let config = format!(
        "[project]\nname = \"moves\"\n[database]\nurl = \"sqlite:nowhere.db\"\n[policy]\nmax_risk = \"critical\"\nbatch = {{ rows = {rows} }}\n"
    );
    let steps: String = placed.iter().map(|placed| placed.case.step.toml(&placed.id(), placed.number)).collect();
    let stage = format!("[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = []\n{steps}");
    // A project that is embedded lives as long as its program.
    let files: Vec<(&'static str, &'static str)> = vec![
        ("evolve.toml", Box::leak(config.into_boxed_str())),
        ("plans/one.toml", Box::leak(stage.into_boxed_str())),
    ];
    Project::embedded(Box::leak(files.into_boxed_slice()), &Flags::default()).expect("a project")
}

fn run(mut connection: Connection, placed: &[Placed<'_>]) -> Result<(), String> {
    let project = project(placed);
    let before = logical(&connection);
    accounted_before(&connection, &project, placed)?;
    let up = project.up_on(&mut connection, &UpRequest::default(), &Unattended, &Silent, &Stop::new());
    let must_fail = placed.iter().any(|placed| placed.expected.is_none());
    let Some(report) = &up.result else { return Err(format!("refused: {:?}", up.error)) };
    if up.error.is_some() != must_fail {
        return Err(format!("must fail: {must_fail}, but: {:?}", up.error));
    }
    for placed in placed {
        looks_right(&connection, placed, report)?;
    }
    if placed.len() > usize::from(must_fail) {
        let request = DownRequest {
            to: DownTo::Target("start".to_owned()),
            changed: evolve::Changed::Refuse,
            checkpoint: Checkpoint::None,
            allow: Vec::new(),
            dry_run: false,
        };
        let down = project.down_on(&mut connection, &request, &Unattended, &Silent, &Stop::new());
        if let Some(error) = down.error {
            return Err(format!("down: {error:?}"));
        }
    }
    same(&before, &logical(&connection))
}

/// Whether a step did what the model says, and says so.
fn looks_right(connection: &Connection, placed: &Placed<'_>, report: &RunReport) -> Result<(), String> {
    let id = placed.id();
    let step = report.steps.iter().find(|step| step.id == id).ok_or_else(|| format!("{id} is not in the report"))?;
    let Some(expected) = &placed.expected else {
        return match step.outcome {
            StepOutcome::Undone => Ok(()),
            outcome => Err(format!("{id} must fail: {outcome:?}")),
        };
    };
    if step.outcome != StepOutcome::Done {
        return Err(format!("{id}: {:?}", step.outcome));
    }
    if let Some(words) = placed.case.differs(connection, placed.number, expected) {
        return Err(words);
    }
    let rows = step.rows;
    let found = account(rows);
    if found != expected.account || !rows.balance() {
        return Err(format!("the account\n is:        {found:?}\n should be: {:?}", expected.account));
    }
    let size = u64::try_from(placed.case.step.batch).expect("small");
    match step.batches {
        Some(batches) if (batches.smallest, batches.largest) == (size, size) => Ok(()),
        other => Err(format!("batches of {size}: {other:?}")),
    }
}

/// Whether a dry run gives the account that the run will have, and says which step would fail. A dry run asks on a connection
/// of its own: so of a copy in a file.
fn accounted_before(connection: &Connection, project: &Project, placed: &[Placed<'_>]) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("copy.db");
    connection.execute("VACUUM INTO ?1", [path.to_str().expect("a path")]).expect("a copy");
    let mut copy = Connection::open(&path).expect("the copy");
    let bytes = std::fs::read(&path).expect("the copy");
    let request = UpRequest { dry_run: true, ..UpRequest::default() };
    let dry = project.up_on(&mut copy, &request, &Unattended, &Silent, &Stop::new());
    let Some(report) = &dry.result else { return Err(format!("dry run: {:?}", dry.error)) };
    for placed in placed {
        let id = placed.id();
        let step =
            report.steps.iter().find(|step| step.id == id).ok_or_else(|| format!("{id} is not in the dry run"))?;
        if step.would_fail.is_empty() == placed.expected.is_none() {
            return Err(format!("{id}, dry run: {:?}", step.warnings));
        }
        let Some(expected) = &placed.expected else { continue };
        if step.unknown.is_some() || account(step.rows) != expected.account {
            let found = (account(step.rows), &step.unknown);
            return Err(format!(
                "{id}: the dry run's account\n is:        {found:?}\n should be: {:?}",
                expected.account
            ));
        }
    }
    if std::fs::read(&path).expect("the copy") == bytes { Ok(()) } else { Err("the dry run wrote".to_owned()) }
}

fn account(rows: Rows) -> Account {
    Account {
        read: rows.read,
        inserted: rows.inserted,
        updated: rows.updated,
        unchanged: rows.unchanged,
        skipped: rows.skipped,
        rejected: rows.rejected,
    }
}

fn same(before: &str, after: &str) -> Result<(), String> {
    let only = |a: &str, b: &str| {
        let there: std::collections::BTreeSet<&str> = b.lines().collect();
        a.lines().filter(|line| !there.contains(line)).map(|line| format!("    {line}\n")).collect::<String>()
    };
    if before == after {
        return Ok(());
    }
    Err(format!("taken back, it is not as before\n  lost:\n{}  new:\n{}", only(before, after), only(after, before)))
}

/// The case as small as it gets while it still goes wrong, and what goes wrong then.
fn small(case: Case, words: String) -> (Case, String) {
    let found = case.smaller().into_iter().find_map(|smaller| {
        let words = together(std::slice::from_ref(&smaller)).err()?;
        Some((smaller, words))
    });
    match found {
        Some((smaller, words)) => small(smaller, words),
        None => (case, words),
    }
}

fn show(case: Case, words: String) -> ! {
    let seed = case.seed;
    let (case, words) = small(case, words);
    panic!("EVOLVE_SEED={seed}\n{}\n{words}", case.shown());
}

/// So many cases from a seed on.
fn seeds(from: u64, count: u64) {
    let (from, count) = match std::env::var("EVOLVE_SEED") {
        Ok(seed) => (seed.parse().expect("EVOLVE_SEED is a number"), 1),
        Err(_) => (from, count),
    };
    let all: Vec<Case> = (from..from + count).map(Case::of).collect();
    for cases in all.chunks(TOGETHER) {
        let Err(words) = together(cases) else { continue };
        for case in cases {
            if let Err(words) = together(std::slice::from_ref(case)) {
                show(case.clone(), words);
            }
        }
        panic!("seeds {} to {}, only together: {words}", cases[0].seed, cases[cases.len() - 1].seed);
    }
}

macro_rules! thousands {
    ($($name:ident from $from:literal;)*) => {
        $(#[test] fn $name() { seeds($from, 1000); })*
    };
}

thousands! {
    the_first_thousand from 0;
    the_second_thousand from 1000;
    the_third_thousand from 2000;
    the_fourth_thousand from 3000;
    the_fifth_thousand from 4000;
    the_sixth_thousand from 5000;
    the_seventh_thousand from 6000;
    the_eighth_thousand from 7000;
    the_ninth_thousand from 8000;
    the_tenth_thousand from 9000;
}
