use super::*;
use crate::catalog::Files;
use crate::sqlite::Sqlite;

const PROJECT: &[(&str, &str)] = &[
    ("evolve.toml", "[project]\nname = \"test\"\n"),
    ("migrations/V1__entries.sql", "CREATE TABLE entries (id INTEGER PRIMARY KEY, title TEXT NOT NULL);\n"),
    ("migrations/V2__tags.sql", "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT);\n"),
    (
        "migrations/V3__odd_names.sql",
        "-- evolve: needs = [\"V2\"]\nCREATE TABLE \"say \"\"it\"\"\" (id INTEGER PRIMARY KEY, title TEXT, tag TEXT);\n",
    ),
    ("migrations/V4__gone.sql", "DROP TABLE tags;\n"),
    (
        "plans/one.toml",
        "[stage]\nname = \"one\"\nversion = \"1.0.0\"\ntitle = 'The \"first\" \\ <stage>'\nmigrations = [\"V1\", \"V2\"]\n",
    ),
    (
        "plans/two.toml",
        r#"
[stage]
name = "two"
version = "2.0.0"
migrations = ["V3", "V4"]

[[convert]]
id = "entries_to_odd"
title = "Entries become what is called \"say\", all of them, which takes more words than one line has\u001b[31m"
from = "entries"
into = 'say "it"'
[convert.columns]
id = "id"
title = "title"

[[enrich]]
id = "a-tag"
needs = ["entries_to_odd"]
table = 'say "it"'
lookup = { table = "tags", on = "tags.id = \"say \"\"it\"\"\".id" }
on_missing = "keep"
on_many = "fail"
[enrich.columns]
tag = "tags.name"
"#,
    ),
    ("plans/three.toml", "[stage]\nname = \"three\"\nversion = \"3.0.0\"\n"),
];

fn drawn(key: &str) -> String {
    let catalog = Catalog::read(Files::embedded(PROJECT).unwrap()).unwrap();
    let graph = Graph::build(&catalog, &Sqlite::default(), &[], &|_| true).unwrap();
    report(format(key).unwrap(), &graph, &catalog).picture
}

#[test]
fn the_text_is_a_page() {
    insta::assert_snapshot!(drawn("text"), @r##"
    6 steps in 3 stages, in the order they run

    one 1.0.0: The "first" \ <stage>
      V1  migration  entries
      V2  migration  tags

    two 2.0.0
      V3              migration  odd names
      entries_to_odd  convert    Entries become what is called "say", all of them,
                                 which takes more words than one line has\u{1b}[31m
                      after V3: creates say "it".*
      a-tag           enrich     a-tag
                      after V3: creates say "it".id
                      after entries_to_odd (declared)
      V4              migration  gone
                      after a-tag: uses tags.* before it goes

    three 3.0.0
      no steps
    "##);
}

#[test]
fn dot_escapes_names() {
    insta::assert_snapshot!(drawn("dot"), @r##"
    digraph evolve {
        rankdir = LR;
        compound = true;
        node [fontname = "Helvetica"];
        edge [fontname = "Helvetica", fontsize = 10];
        subgraph cluster_0 {
            label = "one 1.0.0\nThe \"first\" \\ <stage>";
            "V1" [shape = box, label = "V1\nentries"];
            "V2" [shape = box, label = "V2\ntags"];
        }
        subgraph cluster_1 {
            label = "two 2.0.0";
            "V3" [shape = box, label = "V3\nodd names"];
            "entries_to_odd" [shape = ellipse, label = "entries_to_odd\nEntries become what is called \"say\", all of them, which takes more words than one line has\\u{1b}[31m"];
            "a-tag" [shape = ellipse, label = "a-tag\na-tag"];
            "V4" [shape = box, label = "V4\ngone"];
        }
        "V2" -> "V3" [ltail = cluster_0, lhead = cluster_1, style = dashed];
        "V1" -> "V2" [label = "version order", style = dotted];
        "V3" -> "entries_to_odd" [label = "creates say \"it\".*"];
        "V3" -> "a-tag" [label = "creates say \"it\".id"];
        "V3" -> "V4" [label = "version order", style = dotted];
        "entries_to_odd" -> "a-tag" [label = "needs", style = bold];
        "a-tag" -> "V4" [label = "uses tags.* before it goes"];
    }
    "##);
}

#[test]
fn mermaid_escapes_labels() {
    insta::assert_snapshot!(drawn("mermaid"), @r##"
    flowchart LR
        subgraph stage0["one 1.0.0<br/>The #quot;first#quot; #92; #lt;stage#gt;"]
            step0["V1<br/>entries"]
            step1["V2<br/>tags"]
        end
        subgraph stage1["two 2.0.0"]
            step2["V3<br/>odd names"]
            step3(["entries_to_odd<br/>Entries become what is called #quot;say#quot;, all of them, which takes more words than one line has#92;u{1b}[31m"])
            step4(["a-tag<br/>a-tag"])
            step5["V4<br/>gone"]
        end
        stage0 ==> stage1
        step0 -.->|"version order"| step1
        step2 -->|"creates say #quot;it#quot;.*"| step3
        step2 -->|"creates say #quot;it#quot;.id"| step4
        step2 -.->|"version order"| step5
        step3 ==>|"needs"| step4
        step4 -->|"uses tags.* before it goes"| step5
    "##);
}

#[test]
fn the_same_files_give_the_same_bytes() {
    for row in FORMATS {
        assert_eq!(drawn(row.key), drawn(row.key), "{}", row.key);
        assert!(drawn(row.key).ends_with('\n') && !drawn(row.key).contains('\u{1b}'), "{}", row.key);
    }
}

#[test]
fn the_report_has_the_order_and_the_reasons() {
    let catalog = Catalog::read(Files::embedded(PROJECT).unwrap()).unwrap();
    let graph = Graph::build(&catalog, &Sqlite::default(), &[], &|_| true).unwrap();
    let report = report(&text::ROW, &graph, &catalog);
    let order: Vec<_> =
        report.order.iter().map(|step| (step.id.as_str(), step.kind.as_str(), step.stage.as_str())).collect();
    assert_eq!(order[2], ("V3", "migration", "two"));
    assert_eq!(order.len(), 6);
    assert!(report.edges.iter().any(|edge| edge.why == CHAIN), "edges are called as the pictures expect");
    assert!(report.edges.iter().any(|edge| (edge.from.as_str(), edge.to.as_str()) == ("entries_to_odd", "a-tag")));
}

#[test]
fn every_file_of_a_format_is_in_the_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graph/picture");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = names.filter(|name| !["mod.rs", "tests.rs"].contains(&name.as_str())).collect();
    let mut keys: Vec<_> = FORMATS.iter().map(|row| format!("{}.rs", row.key)).collect();
    files.sort();
    keys.sort();
    assert_eq!(files, keys);
}
