//! A row that was moved, and is by now behind the last one that a Movement read: it is followed still.

use crate::behind::{NUMBERED, Several};
use evolve::observe::{Event, Observer, Stop};
use evolve::{Flags, Project, Unattended, UpRequest};
use rusqlite::Connection;
use std::cell::Cell;

/// Writes after some batches, by their number.
#[derive(Debug)]
struct Writes<'a> {
    connection: Connection,
    batches: Cell<u64>,
    what: &'a [(u64, &'a str)],
}

impl Observer for Writes<'_> {
    fn event(&self, event: Event<'_>) {
        let Event::Progress(_) = event else { return };
        self.batches.set(self.batches.get() + 1);
        for (_, sql) in self.what.iter().filter(|(at, _)| *at == self.batches.get()) {
            self.connection.execute_batch(sql).expect("the application writes");
        }
    }
}

/// A pipeline whose middle table is walked by what changes.
const PIPELINE: Several = Several {
    tables: "CREATE TABLE middle (id INTEGER NOT NULL, v TEXT NOT NULL, PRIMARY KEY (v, id)) WITHOUT ROWID; CREATE TABLE one (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE two (id INTEGER PRIMARY KEY, v TEXT);",
    step: "[[pipeline]]\nid = \"moved\"\n[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"source\"\ninto = \"middle\"\n[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"middle\"\ninto = \"one\"\n[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"source\"\ninto = \"two\"\n",
    holds: &[
        ("SELECT id || v FROM middle", "SELECT id || v FROM source"),
        ("SELECT id || v FROM one", "SELECT id || v FROM source"),
        ("SELECT id || v FROM two", "SELECT id || v FROM source"),
    ],
};

#[test]
fn f130_a_row_that_went_behind_the_last_one_and_came_back_is_moved_once() {
    // Four batches each: the first two Movements are through after eight.
    let folder = PIPELINE.folder(NUMBERED);
    let what = [(9, "UPDATE source SET v = 'zzz' WHERE id = 3"), (10, "UPDATE source SET v = 'one' WHERE id = 3")];
    let connection = Connection::open(folder.database()).expect("a connection");
    let writes = Writes { connection, batches: Cell::new(0), what: &what };
    let project = Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("the project");
    let request = UpRequest { batch_rows: Some(6), ..UpRequest::default() };
    let report = project.up(&request, &Unattended, &writes, &Stop::new()).into_result().expect("all of it is followed");
    assert_eq!(writes.batches.get(), 12);
    PIPELINE.check(&folder, &report, "there and back");
}
