//! `pipeline`, read and lowered.

use super::*;
use crate::error::codes;
use crate::movement::{Invalid, Write};

const RAW: &str = "CREATE TABLE raw (id INTEGER PRIMARY KEY, name TEXT, owner TEXT)";
const OLD: &str = "CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT, kind TEXT)";
const OWNERS: &str = "CREATE TABLE owners (name TEXT NOT NULL PRIMARY KEY, owner TEXT)";
const ALL: [&str; 3] = [OLD, RAW, OWNERS];

const PARTS: &str = r#"
[[pipeline.do]]
[pipeline.do.convert]
from = "old"
into = "raw"
where = "kind = 'x'"
rule = [{ name = "named", sql = "name <> ''" }]
[pipeline.do.convert.columns]
id = "id"
name = { new = "ulid" }
[[pipeline.do]]
[pipeline.do.enrich]
table = "raw"
lookup = { table = "owners", on = "owners.name = raw.name" }
on_missing = "keep"
on_many = "fail"
[pipeline.do.enrich.columns]
owner = "owners.owner"
"#;

fn pipeline(keys: &str) -> String {
    format!("[[pipeline]]\nid = \"import\"\n{keys}\n{PARTS}")
}

fn of(keys: &str) -> Vec<Movement> {
    lowered(&pipeline(keys), &ALL).unwrap()
}

#[test]
fn the_parts_follow_each_other_with_their_own_keys() {
    let movements = of("");
    assert!(matches!(movements[0].write, Write::Insert(_)) && movements[1].write == Write::Update);
    assert_eq!(movements[0].from.filter.as_deref(), Some("kind = 'x'"));
    assert_eq!((movements[0].rules[0].name.as_str(), movements[1].rules.len()), ("named", 0));
    assert_eq!(columns(&movements[0]), ["id = (id)", "name = Ulid 1.name"]);
    assert_eq!(undo(&movements), ["journal", "journal"]);
}

#[test]
fn every_kind_but_pipeline_can_be_a_part() {
    let toml = r#"
[[pipeline]]
id = "all"
[[pipeline.do]]
[pipeline.do.copy]
from = "old"
into = "raw"
[[pipeline.do]]
[pipeline.do.merge]
into = "owners"
key = ["name"]
on_conflict = "skip"
[[pipeline.do.merge.from]]
table = "old"
columns = { name = "coalesce(name, '')" }
[[pipeline.do]]
[pipeline.do.split]
from = "old"
[[pipeline.do.split.into]]
table = "raw"
when = "kind = 'y'"
[pipeline.do.split.into.columns]
id = "-id"
name = { new = "uuid" }
[[pipeline.do.split.into]]
table = "owners"
when = "kind = 'z'"
[pipeline.do.split.into.columns]
name = "'z' || id"
owner = { link = "raw.name" }
"#
    .replace("owner = { link = \"raw.name\" }\n", "");
    let movements = lowered(&toml, &ALL).unwrap();
    let into: Vec<_> = movements.iter().map(|movement| &*movement.into).collect();
    assert_eq!(into, ["raw", "owners", "raw", "owners"]);
    assert_eq!(undo(&movements), ["derive", "journal", "journal", "derive"]);
    assert_eq!(columns(&movements[2])[1], "name = Uuid 3.raw.name");
    let step = step(&toml).unwrap();
    assert_eq!(step.declared.checks(&step, "sqlite").unwrap().len(), 1, "the split counts what it was given");
}

#[test]
fn the_whole_says_what_its_parts_have_in_common() {
    assert_eq!(undo(&of("undo = \"journal\"")), ["journal", "journal"]);
    assert_eq!(undo(&of("undo = \"none\"")), ["none", "none"]);
    let texts: Vec<Undo> =
        of("undo = { sql = \"DELETE FROM raw\" }").into_iter().map(|movement| movement.undo).collect();
    assert_eq!(texts, [Undo::Sql("DELETE FROM raw".into()), Undo::Sql(String::new())]);
    let own = pipeline("").replace("into = \"raw\"", "into = \"raw\"\nundo = \"none\"\non_invalid = \"skip\"");
    let movements = lowered(&own, &ALL).unwrap();
    assert_eq!(undo(&movements), ["none", "journal"]);
    assert_eq!((movements[0].invalid, movements[1].invalid), (Invalid::Skip, Invalid::Fail));
    let both = own.replace("id = \"import\"", "id = \"import\"\nundo = \"journal\"\non_invalid = \"quarantine\"");
    assert_refused(&step(&both).unwrap_err(), codes::BAD_VALUE, 14, "says already how all of it is taken back");
    let invalid = lowered(&both.replace("undo = \"none\"\n", ""), &ALL).unwrap();
    assert_eq!((invalid[0].invalid, invalid[1].invalid), (Invalid::Skip, Invalid::Quarantine));
}

#[test]
fn the_order_of_the_parts_is_of_the_digest_and_titles_are_not() {
    let digest = |toml: &str| step(toml).unwrap().digest;
    let plain = digest(&pipeline(""));
    assert_eq!(plain, digest(&pipeline("title = \"t\"\nbatch = { rows = 3 }")));
    let (convert, enrich) = PARTS.split_at(PARTS.rfind("[[pipeline.do]]").unwrap());
    assert_ne!(plain, digest(&format!("[[pipeline]]\nid = \"import\"\n{enrich}{convert}")));
    assert_ne!(plain, digest(&pipeline("").replace("kind = 'x'", "kind = 'y'")));
}

#[test]
fn it_touches_what_its_parts_touch() {
    let step = step(&pipeline("")).unwrap();
    let touches = step.declared.touches(&step, "sqlite", &*reader(&ALL)).unwrap();
    let spots = |spots: &crate::touch::Spots| spots.iter().map(|spot| spot.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(spots(&touches.writes), "raw.*");
    assert!(spots(&touches.reads).contains("old.kind") && spots(&touches.reads).contains("owners.*"));
}

#[test]
fn an_error_of_a_part_stands_at_its_line() {
    let error = refused(&pipeline("").replace("into = \"raw\"", "into = \"rwa\""), &ALL);
    assert_refused(&error, codes::UNKNOWN_TABLE, 11, "was raw meant?");
    let error = refused(&pipeline("").replace("table = \"raw\"", "table = \"raw\"\non_conflict = \"skip\""), &ALL);
    assert_refused(&error, codes::BAD_VALUE, 18, "enrich");
    let error = step(&pipeline("").replace("on_missing", "on_mising")).unwrap_err();
    assert_refused(&error, codes::MISSING_KEY, 20, "on_missing");
    let error = step(&pipeline("").replace("from = \"old\"", "form = \"old\"")).unwrap_err();
    assert_refused(&error, codes::MISSING_KEY, 9, "`pipeline.do.convert` needs `from`");
}

#[test]
fn rows_that_a_split_counts_are_not_written_behind_it() {
    let split = "[[pipeline.do]]\n[pipeline.do.split]\nfrom = \"raw\"\n[[pipeline.do.split.into]]\ntable = \"owners\"\n\
                 when = \"name <> ''\"\ncolumns = { name = \"name\" }\n";
    let before = format!("[[pipeline]]\nid = \"import\"\n{split}{PARTS}");
    let error = refused(&before, &ALL);
    assert_refused(&error, codes::BAD_VALUE, 15, "raw is written here after the split before has read it");
    assert!(lowered(&(pipeline("") + split), &ALL).is_ok());
}

#[test]
fn b04_what_does_not_belong_is_refused_at_its_line() {
    let bad = |toml: &str| step(toml).unwrap_err();
    let head = "[[pipeline]]\nid = \"import\"\n";
    assert_refused(&bad(head), codes::MISSING_KEY, 4, "`pipeline` needs `do`");
    assert_refused(&bad(&format!("{head}[pipeline.do]\n")), codes::WRONG_TYPE, 6, "write [[pipeline.do]]");
    assert_refused(&bad(&format!("{head}do = [\"x\"]\n")), codes::WRONG_TYPE, 6, "[[pipeline.do]]");
    let part = |toml: &str| bad(&format!("{head}[[pipeline.do]]\n{toml}\n"));
    assert_refused(&part(""), codes::MISSING_KEY, 6, "does not say what is done");
    assert_refused(&part("[pipeline.do.convret]"), codes::UNKNOWN_KEY, 7, "did you mean `convert`?");
    assert_refused(&part("[[pipeline.do.copy]]"), codes::WRONG_TYPE, 7, "write [pipeline.do.copy] with one bracket");
    assert_refused(&part("[pipeline.do.pipeline]"), codes::BAD_VALUE, 7, "a pipeline cannot stand in a pipeline");
    assert_refused(&part("[pipeline.do.copy]\n[pipeline.do.enrich]"), codes::BAD_VALUE, 8, "one part does one thing");
    assert_refused(&part("where = \"x\"\n[pipeline.do.copy]"), codes::UNKNOWN_KEY, 7, "below [pipeline.do.convert]");
    assert_refused(&part("undo = \"none\"\n[pipeline.do.copy]"), codes::UNKNOWN_KEY, 7, "`undo` belongs to the kind");
    assert_refused(&part("title = \"x\"\n[pipeline.do.copy]"), codes::UNKNOWN_KEY, 7, "`title` belongs to `pipeline`");
    for key in ["where = \"x\"", "key = \"id\"", "on_conflict = \"skip\"", "rule = []"] {
        let error = bad(&pipeline(key));
        assert_refused(&error, codes::UNKNOWN_KEY, 6, "in the part that is meant, such as [pipeline.do.convert]");
    }
    let copy = |key: &str| part(&format!("[pipeline.do.copy]\nfrom = \"old\"\ninto = \"raw\"\n{key}"));
    for key in ["id = \"x\"", "title = \"x\"", "needs = [\"V1\"]", "check = []", "max_rejects = 1", "batch = {}"] {
        assert_refused(&copy(key), codes::UNKNOWN_KEY, 10, "belongs to `pipeline`");
    }
    assert_refused(&copy("wehre = \"x\""), codes::UNKNOWN_KEY, 10, "did you mean `where`?");
    let slid = part(
        "[pipeline.do.convert]\nfrom = \"old\"\ninto = \"raw\"\n[pipeline.do.convert.columns]\nwhere = \"id > 1\"",
    );
    assert_refused(&slid, codes::UNKNOWN_KEY, 11, "slid into the table `pipeline.do.convert.columns`");
}
