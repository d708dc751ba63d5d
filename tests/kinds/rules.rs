//! Every rule for conflicts over made-up rows: the same result at every batch size, after a kill and after a stop, and the same
//! again after it was taken back.

use crate::rig::running::KILLED;
use crate::rig::{Project, assert_same};
use crate::{declare, down, numbers, project, rows};
use evolve::observe::{Event, StopReason};
use evolve::{Flags, Observer, Stop, Unattended, UpRequest};
use std::fmt::Write as _;

const RULES: [&str; 6] = [
    "\"fail\"",
    "\"skip\"",
    "\"overwrite\"",
    "{ fill = [\"name\", \"at\"] }",
    "{ newest = \"at\" }",
    "{ new_key = \"id\" }",
];

/// How a number becomes a key.
type Key = fn(u64) -> String;

/// Kinds of target: what its key is, and how a number becomes one.
const KEYS: [(&str, Key); 3] = [
    ("id INTEGER PRIMARY KEY", |n| n.to_string()),
    ("id TEXT COLLATE NOCASE NOT NULL PRIMARY KEY", |n| format!("'{}{}'", if n % 2 == 0 { 'k' } else { 'K' }, n / 2)),
    ("n INTEGER PRIMARY KEY, id INT NOT NULL UNIQUE", |n| n.to_string()),
];

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn maybe(&mut self, value: String) -> String {
        if self.below(4) == 0 { "NULL".to_owned() } else { value }
    }
}

/// Rows of a source and of a target; in a source for `fail` no key comes twice or is there.
fn made_up(seed: u64, key: Key, fails: bool) -> String {
    let mut dice = Dice(seed * 2 + 1);
    let mut sql = String::new();
    for number in 0..24 {
        let id = if fails { 100 + number * 2 } else { dice.below(16) };
        let (name, at) = (dice.maybe(format!("'a{number}'")), dice.below(9).to_string());
        let at = dice.maybe(at);
        let _ = write!(sql, "INSERT INTO a VALUES ({}, {}, {name}, {at});", number * 7 % 24, key(id));
    }
    for number in 0..5 {
        let (name, at) = (dice.maybe(format!("'b{number}'")), dice.below(9).to_string());
        let at = dice.maybe(at);
        let _ = write!(sql, "INSERT INTO b (id, name, at) VALUES ({}, {name}, {at});", key(number * 4));
    }
    sql
}

fn step(rule: &str) -> String {
    format!(
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_conflict = {rule}\n[convert.columns]\nid = \"id\"\nname = \"name\"\nat = \"at\"\n"
    )
}

/// All that the step made, made keys of text by what they are: each run makes others.
fn made(project: &Project) -> Vec<String> {
    let id = "CASE WHEN typeof(id) = 'text' AND length(id) = 26 THEN 'made' ELSE id END";
    let mut all = rows(project, &format!("SELECT {id}, name, at FROM b ORDER BY rowid"));
    all.extend(rows(project, "SELECT shown, old FROM evolve_ids ORDER BY key"));
    all
}

/// Stops a run after so many batches, as the first Ctrl-C does.
struct After(std::cell::Cell<u64>, Stop);

impl Observer for After {
    fn event(&self, event: Event<'_>) {
        if let Event::Progress(_) = event {
            if self.0.get() == 1 {
                self.1.request(StopReason::Interrupt);
            }
            self.0.set(self.0.get().saturating_sub(1));
        }
    }
}

fn stopped(project: &Project, batches: u64, size: u64) {
    let flags = Flags { project: project.root().to_owned(), ..Flags::default() };
    let stop = Stop::new();
    let after = After(std::cell::Cell::new(batches), stop.clone());
    let request = UpRequest { batch_rows: Some(size), ..UpRequest::default() };
    let answer = evolve::Project::open(&flags).expect("the project").up(&request, &Unattended, &after, &stop);
    assert_eq!(answer.error.as_ref().map(|error| error.code().id), Some("E0708"), "{answer:?}");
}

fn up(project: &Project, size: u64) -> [u64; 6] {
    numbers(&crate::up(project, usize::try_from(size).expect("a size")))
}

/// All rules over rows of this seed, which says the kind of key too.
fn holds(seed: u64) {
    let (columns, key) = KEYS[usize::try_from(seed % 3).expect("a kind")];
    for rule in RULES {
        let tables = format!(
            "CREATE TABLE a (no INTEGER PRIMARY KEY, id, name TEXT, at INTEGER); CREATE TABLE b ({columns}, name TEXT, at INTEGER);{}",
            made_up(seed, key, rule == RULES[0])
        );
        let project = project(&tables, "");
        declare(&project, &step(rule));
        let before = project.state();
        let numbers = up(&project, 1);
        let expected = made(&project);
        let said = |how: &str, size: u64| format!("{rule} over {columns}, seed {seed}, {how}, batches of {size}");
        for size in 2..=7 {
            down(&project);
            assert_same(&said("down", size), &before, &project.state());
            assert_eq!(up(&project, size), numbers, "{}", said("at once", size));
            assert_eq!(made(&project), expected, "{}", said("at once", size));
        }
        for (nth, size) in [(1 + seed % 9, 2), (1 + seed % 3, 5)] {
            down(&project);
            let gave = project.dies("between_batches", nth, &["up", "--yes", "--batch-size", &size.to_string()]);
            assert_eq!(gave.code, KILLED, "{gave:?}");
            assert_eq!(up(&project, 3), numbers, "{}", said("killed", size));
            assert_eq!(made(&project), expected, "{}", said("killed", size));
            down(&project);
            stopped(&project, nth, size);
            assert_eq!(up(&project, 7), numbers, "{}", said("stopped", size));
            assert_eq!(made(&project), expected, "{}", said("stopped", size));
        }
        down(&project);
        assert_same(&said("down at the end", 7), &before, &project.state());
    }
}

#[test]
fn f134_each_rule_gives_the_same_whatever_the_batches_and_whatever_stops_it() {
    holds(3);
}

#[test]
fn f134_so_it_does_by_a_text_without_case() {
    holds(4);
}

#[test]
fn f134_so_it_does_by_a_key_besides_the_primary_one() {
    holds(5);
}

#[test]
fn f134_so_it_does_over_other_rows() {
    let seeds = if std::env::var_os("EVOLVE_LONG").is_some() { 20..60 } else { 21..22 };
    seeds.for_each(holds);
}
