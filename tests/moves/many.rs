//! Many cases at once: put into one database, moved, looked at, taken back; and what fails made small.

use super::case::Case;
use super::expected::{Code, Expected, may_end_with};
use super::step::Work;
use super::thick::Seen;
use crate::model::Account;
use crate::rig::logical;
use evolve::observe::{Silent, Stop};
use evolve::report::{Rows, RunReport, StepOutcome, StepReport};
use evolve::{Answer, Checkpoint, DownRequest, DownTo, Flags, Project, Unattended, UpRequest};
use rusqlite::Connection;
use std::time::{Duration, Instant};

/// How many cases share a run: to open a project costs more than a case, and planning grows faster than its steps. A
/// thousand is so many groups without a rest, so that a case's group follows from its seed.
const TOGETHER: usize = 4;

/// How long a case that goes wrong is made smaller.
const SHRINKING: Duration = Duration::from_secs(20);

/// A case in a database.
pub struct Placed<'a> {
    pub case: &'a Case,
    pub number: usize,
    pub expected: Result<Expected, Code>,
}

/// How cases that are in a database are tried.
pub type Trial = fn(Connection, &[Placed<'_>]) -> Result<Seen, String>;

impl Placed<'_> {
    /// What fails is the last step of its run.
    pub fn id(&self) -> String {
        let word = if self.expected.is_ok() { "m" } else { "z" };
        format!("{word}{:03}", self.number)
    }
}

/// Runs cases together; says what went wrong. Cases that must fail run one at a time, behind the others.
fn together(cases: &[Case], trial: Trial) -> Result<Seen, String> {
    let mut waiting: Vec<&Case> = cases.iter().collect();
    let mut seen = Seen::default();
    while !waiting.is_empty() {
        let connection = Connection::open_in_memory().expect("a database");
        let (mut placed, mut later, mut fails) = (Vec::new(), Vec::new(), false);
        for (number, case) in waiting.into_iter().enumerate() {
            let (tables, expected) = case.put(&connection, number);
            if expected.is_err() && std::mem::replace(&mut fails, true) {
                case.remove(&connection, number);
                later.push(case);
                continue;
            }
            seen.case(case, &tables, &expected);
            placed.push(Placed { case, number, expected });
        }
        seen.add(trial(connection, &placed)?);
        waiting = later;
    }
    Ok(seen)
}

/// The files of a project with these cases.
pub fn files(placed: &[Placed<'_>]) -> &'static [(&'static str, &'static str)] {
    let rows = 1 + usize::try_from(placed[0].case.seed % 7).expect("small");
    let config = format!(
        "[project]\nname = \"moves\"\n[database]\nurl = \"sqlite:nowhere.db\"\n[policy]\nmax_risk = \"critical\"\nbatch = {{ rows = {rows} }}\n[restore_points]\nwhen = \"never\"\n"
    );
    let steps: String = placed.iter().map(|placed| placed.case.step.toml(&placed.id(), placed.number)).collect();
    let stage = format!("[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = []\n{steps}");
    // A project that is embedded lives as long as its program.
    let files: Vec<(&'static str, &'static str)> = vec![
        ("evolve.toml", Box::leak(config.into_boxed_str())),
        ("plans/one.toml", Box::leak(stage.into_boxed_str())),
    ];
    Box::leak(files.into_boxed_slice())
}

pub fn project(files: &'static [(&'static str, &'static str)]) -> Project {
    Project::embedded(files, &Flags::default()).expect("a project")
}

/// The way back of all of it.
pub fn to_start() -> DownRequest {
    DownRequest {
        to: DownTo::Target("start".to_owned()),
        changed: evolve::Changed::Refuse,
        checkpoint: Checkpoint::None,
        allow: Vec::new(),
        dry_run: false,
    }
}

/// Up and down; of the groups of cases every second is asked by a dry run before, and the others go up again. Which it is
/// follows from the seed, so that a case alone does what its group did.
fn there_and_back(mut connection: Connection, placed: &[Placed<'_>]) -> Result<Seen, String> {
    let project = project(files(placed));
    let before = logical(&connection);
    let is_even = (placed[0].case.seed / TOGETHER as u64).is_multiple_of(2);
    if is_even {
        accounted_before(&connection, &project, placed)?;
    }
    goes_up(&project, &mut connection, placed)?;
    let after = logical(&connection);
    if placed.iter().any(|placed| placed.expected.is_ok()) {
        let down = project.down_on(&mut connection, &to_start(), &Unattended, &Silent, &Stop::new());
        if let Some(error) = down.error {
            return Err(format!("down: {error:?}"));
        }
        same("taken back", &before, &logical(&connection))?;
        if !is_even {
            goes_up(&project, &mut connection, placed).map_err(|words| format!("up again: {words}"))?;
            same("up again", &after, &logical(&connection))?;
        }
    } else {
        same("failed", &before, &after)?;
    }
    Ok(Seen::default())
}

fn goes_up(project: &Project, connection: &mut Connection, placed: &[Placed<'_>]) -> Result<(), String> {
    let up = project.up_on(connection, &UpRequest::default(), &Unattended, &Silent, &Stop::new());
    ends_right(connection, placed, &up)?;
    let report = up.result.as_ref().expect("a report");
    placed.iter().try_for_each(|placed| batched_right(placed, report))
}

/// Whether a run did with each case what the model says.
pub fn ends_right(connection: &Connection, placed: &[Placed<'_>], up: &Answer<RunReport>) -> Result<(), String> {
    let Some(report) = &up.result else { return Err(format!("refused: {:?}", up.error)) };
    let must = placed.iter().find_map(|placed| {
        let code = placed.expected.as_ref().err()?;
        Some(may_end_with(&placed.case.step, code))
    });
    let found = up.error.as_ref().map(|error| error.code().id);
    if !must.as_ref().map_or(found.is_none(), |codes| found.is_some_and(|code| codes.contains(&code))) {
        return Err(format!("must fail with: {must:?}, but: {:?}", up.error));
    }
    placed.iter().try_for_each(|placed| looks_right(connection, placed, report))
}

fn of_step<'a>(report: &'a RunReport, id: &str) -> Result<&'a StepReport, String> {
    report.steps.iter().find(|step| step.id == id).ok_or_else(|| format!("{id} is not in the report"))
}

/// Whether a step did what the model says, and says so.
fn looks_right(connection: &Connection, placed: &Placed<'_>, report: &RunReport) -> Result<(), String> {
    let id = placed.id();
    let step = of_step(report, &id)?;
    let Ok(expected) = &placed.expected else {
        return match step.outcome {
            StepOutcome::Undone => Ok(()),
            outcome => Err(format!("{id} must fail: {outcome:?}")),
        };
    };
    // A run that goes on leaves alone what an earlier one has done.
    if !matches!(step.outcome, StepOutcome::Done | StepOutcome::Resumed | StepOutcome::Skipped) {
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
    let found = rejects(connection, &id);
    let mut must = expected.rejects.clone();
    must.sort();
    if found == must { Ok(()) } else { Err(format!("rejects\n is:        {found:#?}\n should be: {must:#?}")) }
}

/// What was put aside of a step: Movement, table, column, rule and some values, without the number behind the table's name.
fn rejects(connection: &Connection, id: &str) -> Vec<String> {
    let sql = "SELECT movement || ' ' || substr(tbl, 1, instr(tbl, '_') - 1) || ' ' || col || ' ' || rule || ' ' || \
         coalesce(record ->> 'n', 'null') || ' ' || coalesce(record ->> 'stamp', 'null') || ' ' || coalesce(record ->> 't', 'null') \
         FROM evolve_rejects WHERE step = ?1 ORDER BY 1";
    let mut statement = connection.prepare(sql).expect(sql);
    let rows = statement.query_map([id], |row| row.get(0)).expect(sql);
    rows.collect::<Result<_, _>>().expect(sql)
}

/// Whether each Movement went in batches of the step's size; one without rows is a batch too.
fn batched_right(placed: &Placed<'_>, report: &RunReport) -> Result<(), String> {
    let Ok(expected) = &placed.expected else { return Ok(()) };
    let size = u64::try_from(placed.case.step.batch).expect("small");
    let count: u64 = expected.reads.iter().map(|rows| rows / size + 1).sum();
    let found = of_step(report, &placed.id())?.batches;
    let found = found.map(|batches| (batches.count, batches.smallest, batches.largest));
    if found == Some((count, size, size)) {
        return Ok(());
    }
    Err(format!("{count} batches of {size} for {:?}, but: {found:?}", expected.reads))
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
        let step = of_step(report, &id)?;
        // What a part of it reads another fills: then it need not see that one fails.
        let is_unknown = step.unknown.is_some() && matches!(placed.case.step.work, Work::Pipeline { .. });
        let (says_fails, must) = (!step.would_fail.is_empty(), placed.expected.as_ref().err());
        if says_fails != must.is_some() && (says_fails || !is_unknown) {
            return Err(format!("{id}, dry run: {:?}, but it ends with {must:?}", step.would_fail));
        }
        if is_unknown {
            continue;
        }
        let Ok(expected) = &placed.expected else { continue };
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

pub fn same(when: &str, before: &str, after: &str) -> Result<(), String> {
    let only = |a: &str, b: &str| {
        let there: std::collections::BTreeSet<&str> = b.lines().collect();
        a.lines().filter(|line| !there.contains(line)).map(|line| format!("    {line}\n")).collect::<String>()
    };
    if before == after {
        return Ok(());
    }
    Err(format!("{when}, it is not as before\n  lost:\n{}  new:\n{}", only(before, after), only(after, before)))
}

/// The case as small as it gets while it still goes wrong, and what goes wrong then; as small as it got when time is up.
fn small(case: Case, words: String, trial: Trial, until: Instant) -> (Case, String) {
    let smaller = case.smaller().into_iter().take_while(|_| Instant::now() < until);
    let found = smaller.map(|smaller| (together(std::slice::from_ref(&smaller), trial).err(), smaller));
    match found.filter_map(|(words, smaller)| Some((smaller, words?))).next() {
        Some((smaller, words)) => small(smaller, words, trial, until),
        None => (case, words),
    }
}

fn show(case: Case, words: String, trial: Trial) -> ! {
    let seed = case.seed;
    let (case, words) = small(case, words, trial, Instant::now() + SHRINKING);
    panic!("EVOLVE_SEED={seed}\n{}\n{words}", case.shown());
}

/// So many cases from a seed on; what they were like, where it is not one only that was asked for.
pub fn seeds(from: u64, count: u64, trial: Trial) -> Option<Seen> {
    let one = std::env::var("EVOLVE_SEED").ok().map(|seed| seed.parse().expect("EVOLVE_SEED is a number"));
    let (from, count) = one.map_or((from, count), |seed| (seed, 1));
    let all: Vec<Case> = (from..from + count).map(Case::of).collect();
    let mut seen = Seen::default();
    for cases in all.chunks(TOGETHER) {
        let words = match together(cases, trial) {
            Ok(more) => {
                seen.add(more);
                continue;
            }
            Err(words) => words,
        };
        for case in cases {
            if let Err(words) = together(std::slice::from_ref(case), trial) {
                show(case.clone(), words, trial);
            }
        }
        panic!("seeds {} to {}, only together: {words}", cases[0].seed, cases[cases.len() - 1].seed);
    }
    one.is_none().then_some(seen)
}

macro_rules! thousands {
    ($($name:ident from $from:literal;)*) => {
        $(#[test] fn $name() {
            if let Some(seen) = seeds($from, 1000, there_and_back) {
                seen.is_thick();
            }
        })*
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
