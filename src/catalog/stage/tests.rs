use super::*;
use crate::catalog::{Limit, OnConflict, OnInvalid, Triggers, UndoDeclared};
use crate::check::{Expect, When};

const HEAD: &str = "[stage]\nname = \"mvp2\"\nversion = \"2.0.0\"\n";

fn parse(toml: &str) -> Result<Stage> {
    Stage::parse(&Text::new("plans/mvp2.toml", toml))
}

/// A stage with one `convert` that has these keys besides.
fn step(keys: &str) -> Result<Transformation> {
    let toml =
        format!("{HEAD}[[convert]]\nid = \"x\"\nfrom = \"a\"\ninto = \"b\"\n{keys}\n[convert.columns]\nc = \"c\"\n");
    parse(&toml).map(|mut stage| stage.transformations.remove(0))
}

fn refused(toml: &str) -> Error {
    parse(toml).map(|_| ()).unwrap_err()
}

#[test]
fn the_design_s_stage_file_is_read() {
    let stage = parse(
        r#"
[stage]
name       = "mvp2"
version    = "2.0.0"
title      = "Pattern detection"
requires   = "^1.0"
migrations = ["V3", "V4"]
downtime   = false
[[convert]]
id    = "kb_to_incidents"
from  = "kb_entries"
into  = "incidents"
where = "created_at IS NOT NULL"
[convert.columns]
ticket_id   = "'KB-' || id"
timestamp   = "created_at"
title       = "title"
description = "problem"
component   = { from = "category", map = { VSAM = "storage", JCL = "batch" }, else = "other" }
severity    = { value = "medium" }
[[convert.check]]
name   = "every dated entry became an incident"
sql    = "SELECT count(*) FROM incidents WHERE ticket_id LIKE 'KB-%'"
equals = "SELECT count(*) FROM kb_entries WHERE created_at IS NOT NULL"
[[check]]
name  = "no orphans"
sql   = "PRAGMA foreign_key_check"
empty = true
at    = "before"
"#,
    )
    .unwrap();
    assert_eq!((stage.name.as_str(), stage.version.to_string().as_str()), ("mvp2", "2.0.0"));
    assert_eq!(
        (stage.migrations.as_slice(), stage.downtime),
        (["V3".to_owned(), "V4".to_owned()].as_slice(), Some(false))
    );
    assert!(stage.requires.unwrap().matches(&Version::new(1, 9, 0)));
    assert!(matches!(stage.checks[0].expect, Expect::Empty) && stage.checks[0].when == When::Before);
    let step = &stage.transformations[0];
    assert_eq!((step.id.as_str(), step.kind.key), ("kb_to_incidents", "convert"));
    assert_eq!(step.filter.as_ref().unwrap().of("sqlite").unwrap(), "created_at IS NOT NULL");
    assert!(matches!(step.checks[0].expect, Expect::Equals(_)) && step.checks[0].when == When::After);
    assert_eq!((step.place.file.as_str(), step.place.line), ("plans/mvp2.toml", 9));
}

#[test]
fn what_every_kind_takes_is_read() {
    let full = step(
        "title = \"t\"\ndescription = \"d\"\nneeds = [\"V1\", \"y\"]\nkey = [\"k\", \"l\"]\nbatch = { rows = 5, pause = \"1s\" }\n\
         where = { sqlite = \"1\", postgres = \"true\" }\non_invalid = \"quarantine\"\nmax_rejects = \"10%\"\n\
         on_conflict = { fill = [\"c\"] }\nundo = { sql = \"DELETE FROM b\" }\ntriggers = \"hold\"",
    )
    .unwrap();
    assert_eq!(full.needs, ["V1", "y"]);
    assert_eq!(full.key.unwrap(), ["k", "l"]);
    let batch = full.batch.unwrap();
    assert_eq!((batch.rows, batch.target, batch.pause.unwrap().as_secs()), (Some(5), None, 1));
    assert_eq!((full.on_invalid, full.max_rejects), (Some(OnInvalid::Quarantine), Some(Limit::Percent(10.0))));
    assert_eq!(
        (full.on_conflict.clone(), full.triggers),
        (Some(OnConflict::Fill(vec!["c".to_owned()])), Some(Triggers::Hold))
    );
    assert!(matches!(full.undo, Some(UndoDeclared::Sql(_))));
    let bare = step("").unwrap();
    assert_eq!((bare.on_invalid, bare.on_conflict, bare.max_rejects), (None, None, None));
    assert!(bare.key.is_none() && bare.batch.is_none() && bare.undo.is_none() && bare.triggers.is_none());
    assert_eq!(step("max_rejects = 100").unwrap().max_rejects, Some(Limit::Rows(100)));
    assert_eq!(step("on_conflict = { newest = \"u\" }").unwrap().on_conflict, Some(OnConflict::Newest("u".to_owned())));
}

#[test]
fn b04_b05_b11_b17_what_a_key_does_not_take_is_refused() {
    for keys in [
        "batchsize = 5",
        "batch = { rows = 0 }",
        "batch = { rows = 9000000000000000000 }",
        "batch = { target = \"soon\" }",
        "key = []",
        "key = [\"a\", \"a\"]",
        "needs = [\"a b\"]",
        "where = \"\"",
        "on_invalid = \"ignore\"",
        "max_rejects = \"110%\"",
        "max_rejects = \"-1\"",
        "max_rejects = \"NaN%\"",
        "max_rejects = 1.5",
        "on_conflict = \"newest\"",
        "on_conflict = {}",
        "on_conflict = { fill = [\"a\"], newest = \"b\" }",
        "on_conflict = { newset = \"b\" }",
        "undo = \"maybe\"",
        "undo = { sqlite = \"x\" }",
        "triggers = true",
        "check = [{ name = \"x\", sql = \"SELECT 1\" }]",
        "check = [{ name = \"x\", sql = \"SELECT 1\", is = 1, empty = true }]",
        "check = [{ name = \"x\", sql = \"SELECT 1\", empty = false }]",
        "check = [{ name = \"x\", sql = \"SELECT 1\", is = true }]",
        "check = [{ name = \"x\", sql = \"SELECT 1\", is = 1, at = \"during\" }]",
        "check = [{ name = \"x\", sql = \"SELECT 1\", is = 1 }, { name = \"x\", sql = \"SELECT 2\", is = 2 }]",
    ] {
        assert!(step(keys).is_err(), "{keys}");
    }
}

#[test]
fn b14_ids_and_stages_that_are_taken_are_refused() {
    for id in ["V4", "U1", "latest", "start", "R__x", "1a", "a b", ""] {
        let error = refused(&format!("{HEAD}[[convert]]\nid = \"{id}\"\nfrom = \"a\"\ninto = \"b\"\n"));
        assert_eq!((error.code(), error.place().unwrap().line), (codes::BAD_NAME, 5), "{id}");
        let error = refused(&format!("[stage]\nname = \"{id}\"\nversion = \"1.0.0\"\n"));
        assert_eq!(error.code(), codes::BAD_NAME, "{id}");
    }
}

#[test]
fn a_stage_without_its_head_is_none() {
    for toml in [
        "",
        "name = \"mvp1\"",
        "[stage]\nversion = \"1.0.0\"",
        "[stage]\nname = \"mvp1\"",
        "[stage]\nname = \"mvp1\"\nversion = \"1\"",
        "[stage]\nname = \"mvp1\"\nversion = \"1.0.0\"\nrequires = \"one\"",
    ] {
        assert_eq!(refused(toml).code(), codes::BAD_STAGE, "{toml}");
    }
    let error = refused("name = \"mvp1\"\n[stage]\nname = \"mvp1\"\nversion = \"1.0.0\"\n");
    assert_eq!((error.code(), error.hint_text()), (codes::UNKNOWN_KEY, Some("`name` stands under [stage]")));
    assert_eq!(refused(&format!("{HEAD}[[convret]]\n")).hint_text(), Some("did you mean `convert`?"));
    assert_eq!(refused(&format!("{HEAD}[convert]\n")).hint_text(), Some("write [[convert]] with two brackets"));
}

#[test]
fn what_comes_later_says_so() {
    for later in ["[source.x]\nfile = \"x.json\"", "[param.x]\nid = \"x\""] {
        assert_eq!(refused(&format!("{HEAD}{later}\n")).code(), codes::NOT_YET, "{later}");
    }
}

#[test]
fn a_key_that_slid_under_the_columns_is_said() {
    let below = |columns: &str| {
        parse(&format!("{HEAD}[[convert]]\nid = \"x\"\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\n{columns}\n"))
    };
    for slid in [
        "where = \"x > 1\"",
        "needs = [\"V1\"]",
        "on_conflict = \"skip\"",
        "on_conflict = { newest = \"u\" }",
        "batch = { rows = 5 }",
        "max_rejects = \"10%\"",
        "undo = \"journal\"",
    ] {
        let error = below(slid).unwrap_err();
        assert_eq!((error.code(), error.place().unwrap().line), (codes::UNKNOWN_KEY, 9), "{slid}");
        assert!(error.message().contains("slid into the table `convert.columns`"), "{error}");
    }
    for column in [
        "id = \"id\"",
        "title = \"title\"",
        "key = \"k\"",
        "batch = \"b\"",
        "where = { sql = \"w\" }",
        "undo = { from = \"u\" }",
    ] {
        assert!(below(column).is_ok(), "{column}");
    }
    let error = refused(&format!("{HEAD}[[convert]]\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\nid = \"x\"\n"));
    assert_eq!(error.code(), codes::MISSING_KEY);
    assert!(error.hint_text().unwrap().contains("`id` of line 8"), "{error:?}");
}

#[test]
fn the_digest_does_not_count_titles_checks_and_batches() {
    let digest = |keys: &str| step(keys).unwrap().digest;
    let plain = digest("where = \"x\"");
    assert_eq!(plain, digest("# words\nwhere = 'x'\ntitle = \"t\"\ndescription = \"d\"\nbatch = { rows = 7 }"));
    assert_eq!(plain, digest("where = 'x'\ncheck = [{ name = \"n\", sql = \"SELECT 1\", is = 1 }]"));
    assert_ne!(plain, digest("where = \"y\""));
    assert_ne!(plain, digest("where = \"x\"\nundo = \"none\""));
}

#[test]
fn b02_too_many_transformations_are_refused() {
    let error = refused(&format!("{HEAD}{}", "[[copy]]\n".repeat(200_000)));
    assert_eq!(error.code(), codes::TOO_LARGE);
}

#[test]
fn transformations_come_by_id_whatever_their_place() {
    let copy = |id: &str| format!("[[copy]]\nid = \"{id}\"\nfrom = \"a\"\ninto = \"b\"\n");
    let convert = format!("{}columns = {{ x = \"x\" }}\n", copy("b").replace("copy", "convert"));
    let stage = parse(&format!("{HEAD}{convert}{}{}", copy("c"), copy("a"))).unwrap();
    assert_eq!(stage.transformations.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}
