//! The same generated tables, in a file: the run is stopped between batches, all of it is dropped, and the project opened
//! again goes on with the same command, from the place that stands in the ledger.

use super::dice::Dice;
use super::many::{Placed, ends_right, files, project, same, seeds, to_start};
use super::thick::Seen;
use crate::rig::logical;
use evolve::observe::{Event, Observer, Stop, StopReason};
use evolve::report::RunReport;
use evolve::{Answer, Project, Unattended, UpRequest};
use rusqlite::Connection;
use std::cell::Cell;
use std::path::Path;

/// How often a run is stopped at most.
const STOPS: u64 = 3;

/// Asks for a stop when so many batches are through.
struct After {
    left: Cell<usize>,
    stop: Stop,
}

impl Observer for After {
    fn event(&self, event: Event<'_>) {
        if let Event::Progress(_) = event {
            self.left.set(self.left.get().wrapping_sub(1));
            if self.left.get() == 0 {
                self.stop.request(StopReason::Interrupt);
            }
        }
    }
}

type Files = &'static [(&'static str, &'static str)];

/// A command on a database in a file.
type Command = fn(&Project, &mut Connection, &After) -> Answer<RunReport>;

const UP: Command =
    |project, connection, after| project.up_on(connection, &UpRequest::default(), &Unattended, after, &after.stop);
const DOWN: Command =
    |project, connection, after| project.down_on(connection, &to_start(), &Unattended, after, &after.stop);

/// Goes on with a command until it comes to its end; the last answer, and how often it was stopped.
fn to_its_end(path: &Path, files: Files, command: Command, dice: &mut Dice) -> (Answer<RunReport>, u64) {
    let mut stops = 0;
    loop {
        let left = if stops < STOPS { 1 + dice.below(7) } else { 0 };
        let after = After { left: Cell::new(left), stop: Stop::new() };
        let mut connection = Connection::open(path).expect("the database");
        let answer = command(&project(files), &mut connection, &after);
        match &answer.error {
            Some(error) if error.code().id == "E0708" && stops < STOPS => stops += 1,
            _ => return (answer, stops),
        }
    }
}

fn stopped(connection: Connection, placed: &[Placed<'_>]) -> Result<Seen, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tables.db");
    connection.execute("VACUUM INTO ?1", [path.to_str().expect("a path")]).expect("a file");
    drop(connection);
    let open = || Connection::open(&path).expect("the database");
    open().query_row("PRAGMA journal_mode = wal", [], |_| Ok(())).expect("WAL");
    let (files, mut dice) = (files(placed), Dice::of(placed[0].case.seed ^ 0x5709));
    let before = logical(&open());
    let (up, on_the_way_up) = to_its_end(&path, files, UP, &mut dice);
    ends_right(&open(), placed, &up).map_err(|words| format!("stopped {on_the_way_up} times: {words}"))?;
    // Its end is reported: the run is closed.
    drop(up);
    nothing_is_half_done(&open())?;
    let mut on_the_way_down = 0;
    if placed.iter().any(|placed| placed.expected.is_ok()) {
        let (down, stops) = to_its_end(&path, files, DOWN, &mut dice);
        if let Some(error) = &down.error {
            return Err(format!("down, stopped {stops} times: {error:?}"));
        }
        drop(down);
        on_the_way_down = stops;
        nothing_is_half_done(&open())?;
    }
    same("stopped and taken back", &before, &logical(&open()))?;
    let mut seen = Seen::default();
    seen.stops = (on_the_way_up, on_the_way_down);
    Ok(seen)
}

fn nothing_is_half_done(connection: &Connection) -> Result<(), String> {
    let sql = "SELECT (SELECT count(*) FROM evolve_cursors WHERE phase <> 'done') + (SELECT count(*) FROM evolve_steps WHERE state <> 'done') \
         + (SELECT count(*) FROM evolve_runs WHERE state = 'open')";
    match connection.query_row(sql, [], |row| row.get(0)) {
        Ok(0) => Ok(()),
        left => Err(format!("half done: {left:?}")),
    }
}

macro_rules! hundreds {
    ($($name:ident from $from:literal;)*) => {
        $(#[test] fn $name() {
            let Some(seen) = seeds($from, 500, stopped) else { return };
            let (up, down) = seen.stops;
            assert!(up >= 250 && down >= 250, "{up} stops on the way up, {down} on the way down");
        })*
    };
}

hundreds! {
    f02_stopped_and_opened_again_it_goes_on_in_any_table from 20_000;
    f02_stopped_and_opened_again_it_goes_on_in_any_other_table from 20_500;
}
