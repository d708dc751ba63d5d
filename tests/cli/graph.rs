//! The graph from the files alone: circles, ambiguities, edges that lead backwards, needs, and the same bytes each time.

use crate::rig::{Project, code};
use serde_json::Value;

const TABLES: &str =
    "CREATE TABLE a (id INTEGER PRIMARY KEY, x, y, z);\nCREATE TABLE b (id INTEGER PRIMARY KEY, x, y, z);\n";

const HEAD: &str = "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n";

/// An enrich: its id, its table, one column and the expression for it, and what it needs.
fn enrich(id: &str, table: &str, column: &str, value: &str, needs: &[&str]) -> String {
    let needs = if needs.is_empty() { String::new() } else { format!("needs = {needs:?}\n") };
    format!("[[enrich]]\nid = \"{id}\"\ntable = \"{table}\"\n{needs}[enrich.columns]\n{column} = \"{value}\"\n")
}

fn project(steps: &[String]) -> Project {
    Project::of(&[("migrations/V1__a.sql", TABLES), ("plans/one.toml", &(HEAD.to_owned() + &steps.concat()))])
}

/// What graph, plan and up all refuse, before any database is there.
#[track_caller]
fn refused(project: &Project, error: &str) -> Value {
    for command in ["plan", "up", "graph"] {
        let before = project.files();
        let document = project.json(&[command]);
        assert_eq!((document["error"]["exit"].as_i64(), code(&document)), (Some(2), error), "{document}");
        assert_eq!(project.files(), before);
        if command == "graph" {
            return document["error"].clone();
        }
    }
    unreachable!("graph is the last")
}

fn order(project: &Project) -> Vec<String> {
    let document = project.json(&["graph"]);
    let order = document["result"]["order"].as_array().unwrap_or_else(|| panic!("{document}"));
    order.iter().map(|step| step["id"].as_str().unwrap().to_owned()).collect()
}

fn why(project: &Project, from: &str, to: &str) -> Option<String> {
    let document = project.json(&["graph"]);
    let edges = document["result"]["edges"].as_array().expect("edges").clone();
    edges
        .iter()
        .find(|edge| edge["from"] == from && edge["to"] == to)
        .map(|edge| edge["why"].as_str().unwrap().to_owned())
}

#[test]
fn a_circle_is_shown_whole_with_its_reasons() {
    let declared = project(&[
        enrich("p", "a", "x", "1", &["s"]),
        enrich("q", "a", "y", "1", &["p"]),
        enrich("r", "b", "x", "1", &["q"]),
        enrich("s", "b", "y", "1", &["r"]),
        enrich("t", "b", "z", "1", &["s"]),
    ]);
    let error = refused(&declared, "E0401");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("p → q (needs) → r (needs) → s (needs) → p (needs)"), "{message}");
    assert!(!message.contains('t') || !message.contains("→ t"), "t only waits for the circle: {message}");
    assert_eq!((&error["file"], &error["line"]), (&"plans/one.toml".into(), &5.into()), "{error}");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("needs")), "{error}");
    // What reads what the other writes, both ways: nobody declared it.
    let derived = project(&[enrich("p", "a", "x", "y", &[]), enrich("q", "a", "y", "x", &[])]);
    let message = refused(&derived, "E0401")["message"].as_str().unwrap().to_owned();
    assert!(message.contains("p → q (writes a.x) → p (writes a.y)"), "{message}");
}

#[test]
fn a_step_that_needs_itself_is_a_circle() {
    let error = refused(&project(&[enrich("p", "a", "x", "1", &["p"])]), "E0401");
    assert!(error["message"].as_str().unwrap().contains("p → p"), "{error}");
}

#[test]
fn a_circle_of_migrations_names_a_file() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x);\n"),
        ("migrations/V2__b.sql", "-- evolve: needs = [\"V3\"]\nCREATE TABLE b (x);\n"),
        ("migrations/V3__c.sql", "-- evolve: needs = [\"V2\"]\nCREATE TABLE c (x);\n"),
    ]);
    let error = refused(&project, "E0401");
    assert!(error["message"].as_str().unwrap().contains("V2 → V3 (needs) → V2 (needs)"), "{error}");
    assert!(error["file"].as_str().is_some_and(|file| file.starts_with("migrations/V")), "{error}");
}

#[test]
fn two_writers_without_an_order_are_refused_with_the_needs_that_settles_it() {
    let steps = |needs: &[&str]| [enrich("p", "a", "x", "1", &[]), enrich("q", "a", "x", "2", needs)];
    let error = refused(&project(&steps(&[])), "E0403");
    let (message, hint) = (error["message"].as_str().unwrap(), error["hint"].as_str().unwrap());
    assert!(message.contains('p') && message.contains('q') && message.contains("a.x"), "{message}");
    assert!(hint.contains("needs = [\"p\"] in q") && hint.contains("needs = [\"q\"] in p"), "{hint}");
    assert_eq!((&error["file"], &error["line"]), (&"plans/one.toml".into(), &10.into()), "{error}");
    // What the hint says, done.
    let settled = project(&steps(&["p"]));
    assert_eq!(order(&settled), ["V1", "p", "q"]);
    settled.must(&["up"]);
    let other = project(&[enrich("p", "a", "x", "1", &["q"]), enrich("q", "a", "x", "2", &[])]);
    assert_eq!(order(&other), ["V1", "q", "p"]);
    // An order through a third step settles it as well.
    let through = project(&[
        enrich("p", "a", "x", "1", &[]),
        enrich("m", "b", "x", "1", &["p"]),
        enrich("q", "a", "x", "2", &["m"]),
    ]);
    assert_eq!(order(&through), ["V1", "p", "m", "q"]);
}

#[test]
fn two_writers_of_one_table_are_ambiguous_and_of_two_columns_are_not() {
    let copy = |id: &str| format!("[[copy]]\nid = \"{id}\"\nfrom = \"a\"\ninto = \"b\"\n");
    let error = refused(&project(&[copy("p"), copy("q")]), "E0403");
    assert!(error["message"].as_str().unwrap().contains("b.*"), "{error}");
    // What writes rows comes before what reads their key.
    assert_eq!(order(&project(&[copy("p"), enrich("a_q", "b", "x", "1", &[])])), ["V1", "p", "a_q"]);
    let columns = project(&[enrich("q", "a", "y", "2", &[]), enrich("p", "a", "x", "1", &[])]);
    assert_eq!(order(&columns), ["V1", "p", "q"], "by id, whatever the order in the file");
}

#[test]
fn an_edge_into_an_earlier_stage_names_both_stages() {
    let two = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n".to_owned();
    let with = |first: &str, second: &str, v1: &str| {
        Project::of(&[
            ("migrations/V1__a.sql", v1),
            ("migrations/V2__b.sql", "CREATE TABLE late (x);\n"),
            ("plans/one.toml", &(HEAD.to_owned() + first)),
            ("plans/two.toml", &(two.clone() + second)),
        ])
    };
    let transformation = with(&enrich("p", "a", "x", "1", &["q"]), &enrich("q", "b", "x", "1", &[]), TABLES);
    let migration = with(&enrich("p", "a", "x", "1", &["V2"]), "", TABLES);
    let directive = with("", "", &format!("-- evolve: needs = [\"V2\"]\n{TABLES}"));
    for (project, file) in
        [(transformation, "plans/one.toml"), (migration, "plans/one.toml"), (directive, "migrations/V1__a.sql")]
    {
        let error = refused(&project, "E0402");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("stage one") && message.contains("stage two"), "{message}");
        assert_eq!(error["file"], file, "{error}");
    }
    // The other way round the barrier says it already.
    let forward = with(&enrich("p", "a", "x", "1", &[]), &enrich("q", "b", "x", "1", &["p", "V1"]), TABLES);
    assert_eq!(order(&forward), ["V1", "p", "V2", "q"]);
}

#[test]
fn a_need_of_nothing_names_the_nearest() {
    let error =
        refused(&project(&[enrich("first", "a", "x", "1", &[]), enrich("second", "a", "y", "1", &["frist"])]), "E0103");
    assert!(
        error["message"].as_str().unwrap().contains("frist") && error["hint"].as_str().unwrap().contains("first"),
        "{error}"
    );
    assert_eq!((&error["file"], &error["line"]), (&"plans/one.toml".into(), &10.into()));
    let project = Project::of(&[("migrations/V1__a.sql", "-- evolve: needs = [\"V11\"]\nCREATE TABLE a (x);\n")]);
    assert_eq!(refused(&project, "E0103")["file"], "migrations/V1__a.sql");
}

/// reader reads what writer writes: left alone, writer comes first.
#[test]
fn a_declared_need_wins_over_a_derived_edge() {
    let derived = project(&[enrich("reader", "a", "y", "x", &[]), enrich("writer", "a", "x", "1", &[])]);
    assert_eq!(order(&derived), ["V1", "writer", "reader"]);
    assert_eq!(why(&derived, "writer", "reader").as_deref(), Some("writes a.x"));
    let declared = project(&[enrich("reader", "a", "y", "x", &[]), enrich("writer", "a", "x", "1", &["reader"])]);
    assert_eq!(order(&declared), ["V1", "reader", "writer"]);
    assert_eq!(why(&declared, "reader", "writer").as_deref(), Some("needs"));
    assert_eq!(why(&declared, "writer", "reader"), None);
    // Through a third step too.
    let through = project(&[
        enrich("reader", "a", "y", "x", &[]),
        enrich("middle", "b", "x", "1", &["reader"]),
        enrich("writer", "a", "x", "1", &["middle"]),
    ]);
    assert_eq!(order(&through), ["V1", "reader", "middle", "writer"]);
    // And over the order of versions.
    let migrations = Project::of(&[
        ("migrations/V1__a.sql", "-- evolve: needs = [\"V2\"]\nCREATE VIEW v AS SELECT * FROM b;\n"),
        ("migrations/V2__b.sql", "CREATE TABLE b (x);\n"),
        ("migrations/V3__c.sql", "CREATE TABLE c (x);\n"),
    ]);
    assert_eq!(order(&migrations), ["V2", "V1", "V3"]);
    migrations.must(&["up"]);
    migrations.must(&["down", "--target", "start", "--yes"]);
}

#[test]
fn what_creates_comes_before_what_uses_and_what_uses_before_what_destroys() {
    let steps = format!(
        "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\", \"V2\", \"V3\"]\n{}",
        "[[copy]]\nid = \"carry\"\nfrom = \"old\"\ninto = \"fresh\"\n"
    );
    let project = Project::of(&[
        (
            "migrations/V1__old.sql",
            "CREATE TABLE old (id INTEGER PRIMARY KEY, x);\nINSERT INTO old VALUES (1, 'kept');\n",
        ),
        ("migrations/V2__fresh.sql", "CREATE TABLE fresh (id INTEGER PRIMARY KEY, x);\n"),
        ("migrations/V3__drop.sql", "DROP TABLE old;\n"),
        ("plans/one.toml", &steps),
    ]);
    assert_eq!(order(&project), ["V1", "V2", "carry", "V3"]);
    assert!(why(&project, "V2", "carry").is_some_and(|why| why.contains("creates fresh")));
    assert!(why(&project, "carry", "V3").is_some_and(|why| why.contains("uses old")));
    project.must(&["up", "--yes"]);
    assert_eq!(project.value("SELECT x FROM fresh"), "kept");
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let (first, second) = (Project::sample(), Project::sample());
    // The order in which files were written says nothing.
    for name in ["plans/mvp1.toml", "migrations/V1__knowledge_base.sql"] {
        let text = std::fs::read_to_string(second.path(name)).unwrap();
        std::fs::remove_file(second.path(name)).unwrap();
        second.write(name, &text);
    }
    for arguments in [
        &["graph"][..],
        &["graph", "--format", "dot"],
        &["graph", "--format", "mermaid"],
        &["graph", "--json"],
        &["plan"],
        &["plan", "--json"],
        &["plan", "--target", "mvp3", "--json"],
        &["plan", "-v"],
        &["status", "--json"],
        &["rules"],
    ] {
        let reference = first.must(arguments);
        for project in [&first, &second, &first, &second] {
            let gave = project.must(arguments);
            assert_eq!((gave.out, gave.err), (reference.out.clone(), reference.err.clone()), "{arguments:?}");
        }
    }
    // Two databases that came to the same stage: the same plan, digest and all.
    for project in [&first, &second] {
        project.must(&["up", "--target", "mvp2"]);
    }
    for arguments in [&["plan", "--json"][..], &["plan", "--json", "--down", "--target", "start"], &["graph", "--json"]]
    {
        assert_eq!(first.must(arguments).out, second.must(arguments).out, "{arguments:?}");
    }
}

#[test]
fn the_order_of_tables_in_a_file_is_no_matter() {
    let steps = [
        enrich("p", "a", "x", "1", &[]),
        enrich("q", "a", "y", "x", &[]),
        enrich("r", "b", "x", "1", &[]),
        enrich("s", "b", "y", "1", &["q"]),
    ];
    let reference = project(&steps);
    let picture = reference.must(&["graph", "--json"]).out;
    for turn in 1..4 {
        let mut turned = steps.to_vec();
        turned.rotate_left(turn);
        assert_eq!(project(&turned).must(&["graph", "--json"]).out, picture, "{turn}");
    }
}

/// What a step's file says of it is shown wherever the step is.
#[test]
fn title_and_description_are_in_plan_graph_and_report() {
    let project = Project::of(&[
        (
            "migrations/V1__t.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1);",
        ),
        (
            "plans/one.toml",
            "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[copy]]\nid = \"c\"\nfrom = \"a\"\ninto = \"b\"\ntitle = \"Carried over\"\ndescription = \"Each row, as it is.\"\nmax_rejects = \"5%\"\n",
        ),
    ]);
    for (arguments, places) in [(&["plan"][..], "steps"), (&["graph"][..], "order"), (&["up"][..], "steps")] {
        let given = project.run(&[arguments, &["--verbose"]].concat());
        assert!(given.out.contains("Carried over") && given.out.contains("Each row, as it is."), "{}", given.out);
        let again = if arguments == ["up"] { project.json(&["up", "--dry-run"]) } else { project.json(arguments) };
        let step = &again["result"][places][1];
        if arguments != ["up"] {
            assert_eq!(
                (step["title"].as_str(), step["description"].as_str()),
                (Some("Carried over"), Some("Each row, as it is."))
            );
        }
    }
    project.does(&["down", "--target", "start", "--yes"]);
    let step = &project.json(&["up"])["result"]["steps"][1];
    assert_eq!(
        (step["title"].as_str(), step["description"].as_str()),
        (Some("Carried over"), Some("Each row, as it is."))
    );
    assert!(project.run(&["graph", "--format", "dot"]).out.contains("tooltip = \"Each row, as it is.\""));
}
