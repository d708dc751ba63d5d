//! The house rules of `src/`: nothing is forgotten in its table, each layer imports only what it may, files stay short, and
//! nothing stops where a person should be told.
//!
//! Reads the source as text. Tests of `src/` themselves are left out: they may do what they like.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that is open to new members: one file and one row each, in the table of its `mod.rs`. A file that makes no row
/// is what members are made of.
struct Open {
    folder: &'static str,
    /// What a member makes.
    makes: &'static str,
    /// How a member stands in the table, `{}` being its name.
    row: &'static str,
    /// The field of the row that holds the member's name.
    key: &'static str,
}

const OPEN: &[Open] = &[
    Open { folder: "kinds", makes: "const ROW: KindRow", row: "{}::ROW", key: "key" },
    Open { folder: "columns", makes: "const ROW: FunctionRow", row: "{}::ROW", key: "key" },
    Open { folder: "columns/apply", makes: "const ROW: WordRow", row: "{}::ROW", key: "key" },
    Open { folder: "columns/cast", makes: "const ROW: WordRow", row: "{}::ROW", key: "key" },
    Open { folder: "columns/is", makes: "const ROW: WordRow", row: "{}::ROW", key: "key" },
    Open { folder: "cli", makes: "const COMMAND: super::Command", row: "&{}::COMMAND", key: "name" },
    Open { folder: "graph/picture", makes: "const ROW: FormatRow", row: "{}::ROW", key: "key" },
    Open { folder: "scaffold/templates", makes: "const ROW: TemplateRow", row: "{}::ROW", key: "kind" },
];

/// Modules that stand on one height, and the heights they may import from.
struct Layer {
    name: &'static str,
    modules: &'static [&'static str],
    may: &'static [&'static str],
}

/// From what all speak to the door. An engine is behind the contract: nothing but the door, which chooses one, may name it.
const LAYERS: &[Layer] = &[
    Layer {
        name: "words",
        modules: &[
            "error", "value", "conflict", "sql", "touch", "schema", "risk", "report", "observe", "change", "naming",
            "inverse", "reading",
        ],
        may: &[],
    },
    Layer {
        name: "files",
        modules: &["catalog", "check", "columns", "kinds", "movement", "scaffold", "seal", "build"],
        may: &["words"],
    },
    Layer { name: "contract", modules: &["engine", "ledger", "sources", "survey"], may: &["words", "files"] },
    Layer { name: "plan", modules: &["graph", "plan"], may: &["words", "files", "contract"] },
    Layer { name: "run", modules: &["run"], may: &["words", "files", "contract", "plan"] },
    Layer { name: "engines", modules: &["sqlite"], may: &["words", "files", "contract"] },
    Layer { name: "points", modules: &["points"], may: &["words", "contract"] },
    Layer {
        name: "door",
        modules: &["project"],
        may: &["words", "files", "contract", "plan", "run", "engines", "points"],
    },
];

fn layer(module: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.modules.contains(&module))
}

/// What the command line may name of the library, beside what `lib.rs` re-exports.
const CLI: &[&str] = &["error", "observe", "report", "risk", "kinds", "value"];

/// A file of `src/`, without its tests and comments.
struct Source {
    /// Relative to `src`, with slashes.
    path: String,
    /// All of it.
    text: String,
    /// Line number and text of what is compiled into the library or the binary.
    code: Vec<(usize, String)>,
}

impl Source {
    /// The module of the crate: the first folder, or the file itself.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or(&self.path);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The lines in which a pattern stands, as `path:line: text`.
    fn with(&self, pattern: &str) -> Vec<String> {
        let found = self.code.iter().filter(|(_, line)| line.contains(pattern));
        found.map(|(at, line)| format!("src/{}:{at}: {}", self.path, line.trim())).collect()
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file that is not a test as a whole.
fn sources() -> Vec<Source> {
    let (mut folders, mut all) = (vec![src()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            match path.file_name().and_then(|name| name.to_str()) {
                Some("tests" | "tests.rs" | "testing.rs") => {}
                _ if path.is_dir() => folders.push(path),
                Some(name) if name.ends_with(".rs") => all.push(source(&path)),
                _ => {}
            }
        }
    }
    assert!(all.len() > 100, "the source was not found");
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn source(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a file");
    let relative = path.strip_prefix(src()).expect("beneath src").to_string_lossy().replace('\\', "/");
    let compiled = text.split_once("#[cfg(test)]\nmod tests {").map_or(text.as_str(), |(before, _)| before);
    let code = compiled
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, without_words(line)))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    Source { path: relative, code, text }
}

/// A line of code without what stands in its quotes, and without its comment.
fn without_words(line: &str) -> String {
    let (mut code, mut quoted, mut letters) = (String::new(), false, line.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => drop(letters.next()),
            '"' => {
                quoted = !quoted;
                code.push('"');
            }
            '/' if !quoted && letters.peek() == Some(&'/') => break,
            _ if quoted => {}
            _ => code.push(letter),
        }
    }
    code
}

/// The names that follow a prefix in a line, and those in braces after it: `crate::a::b`, `crate::{a, b::c}`.
fn named(line: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in line.match_indices(prefix) {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        match line[at + prefix.len()..].strip_prefix('{') {
            Some(group) => names.extend(group.split('}').next().unwrap_or_default().split(", ").map(word)),
            None => names.push(word(&line[at + prefix.len()..])),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}\n  {}", found.join("\n  "));
}

#[test]
fn every_file_of_an_open_folder_is_in_its_table() {
    let mut forgotten = Vec::new();
    for open in OPEN {
        let folder = src().join(open.folder);
        let table = fs::read_to_string(folder.join("mod.rs")).expect("a table");
        let files: BTreeSet<String> = entries(&folder)
            .iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
            .filter(|name| name != "mod")
            .collect();
        let mut members = 0;
        for name in &files {
            let path = format!("src/{}/{name}.rs", open.folder);
            let file = fs::read_to_string(folder.join(format!("{name}.rs"))).expect("a file");
            let row = open.row.replace("{}", name);
            let stands = [",", "]"].iter().any(|end| table.contains(&format!("{row}{end}")));
            if !table.contains(&format!("mod {name};")) {
                forgotten.push(format!("{path} is in no `mod`"));
            }
            if file.contains(open.makes) != stands {
                forgotten
                    .push(format!("{path}: `{row}` must stand in mod.rs where the file makes one, and only there"));
            }
            if stands && !file.contains(&format!("{}: \"{name}\"", open.key)) {
                forgotten.push(format!("the row of {path} is not called `{name}`"));
            }
            members += usize::from(stands);
        }
        // `apply`, `cast` and `is` are folders, and rows of `columns` too.
        assert!(members > 2, "{} has {members} members", open.folder);
    }
    none(&forgotten, "one file, one row, one name");
}

#[test]
fn each_layer_imports_only_what_it_may() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !["cli", "main", "lib"].contains(&source.module())) {
        let Some(own) = layer(source.module()) else {
            wrong.push(format!("src/{} is in no layer", source.path));
            continue;
        };
        for (at, line) in &source.code {
            for name in named(line, "crate::") {
                match layer(&name) {
                    Some(other) if other.name == own.name || own.may.contains(&other.name) => {}
                    _ => wrong.push(format!("src/{}:{at}: {} must not know {name}", source.path, source.module())),
                }
            }
        }
    }
    none(&wrong, "who may know whom stands in LAYERS");
}

#[test]
fn every_module_is_in_one_layer_and_every_layer_is_there() {
    let modules: BTreeSet<String> = sources().iter().map(|source| source.module().to_owned()).collect();
    let modules: Vec<&str> =
        modules.iter().map(String::as_str).filter(|it| !["cli", "main", "lib"].contains(it)).collect();
    let mut known: Vec<&str> = LAYERS.iter().flat_map(|layer| layer.modules).copied().collect();
    known.sort_unstable();
    assert_eq!(known, modules);
}

#[test]
fn the_command_line_knows_answers_not_engines() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| ["cli", "main"].contains(&source.module())) {
        for (at, line) in &source.code {
            let module = |name: &&String| name.starts_with(|c: char| c.is_ascii_lowercase());
            // `evolve::init` is a function that `lib.rs` re-exports.
            let stranger = |name: &&String| !CLI.contains(&name.as_str()) && *name != "init";
            for name in named(line, "evolve::").iter().filter(module).filter(stranger) {
                wrong.push(format!("src/{}:{at}: the command line must not know {name}", source.path));
            }
        }
    }
    none(&wrong, "the command line speaks to `evolve::Project` and shows reports");
}

#[test]
fn only_the_engine_of_sqlite_uses_rusqlite() {
    let all = sources();
    let others = all.iter().filter(|source| source.module() != "sqlite");
    let wrong: Vec<String> = others.flat_map(|source| source.with("rusqlite")).collect();
    none(&wrong, "what is behind `engine` is asked through it");
}

#[test]
fn only_the_command_line_prints() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module() != "cli") {
        for printing in ["print!(", "println!(", "eprint!(", "eprintln!(", "stdout()", "stderr()", "dbg!("] {
            wrong.extend(source.with(printing));
        }
    }
    // A build script speaks to cargo on standard output.
    wrong.retain(|line| !line.starts_with("src/build.rs:"));
    wrong.dedup();
    none(&wrong, "the library tells events and returns reports");
}

#[test]
fn nothing_stops_where_a_person_should_be_told() {
    let mut wrong = Vec::new();
    for source in sources() {
        for stopping in [".unwrap()", "todo!(", "unimplemented!(", "unreachable!(", "process::exit("] {
            wrong.extend(source.with(stopping));
        }
    }
    none(&wrong, "an error is returned; what cannot be is said in `expect`");
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let long = |source: &&Source| source.text.lines().count() > 400;
    let all = sources();
    let wrong: Vec<String> =
        all.iter().filter(long).map(|source| format!("src/{}: {}", source.path, source.text.lines().count())).collect();
    none(&wrong, "what has grown so long is two things");
}

#[test]
fn every_module_says_first_what_it_is() {
    let all = sources();
    let silent = all.iter().filter(|source| !source.text.starts_with("//! "));
    let wrong: Vec<String> = silent.map(|source| format!("src/{}", source.path)).collect();
    none(&wrong, "the first line is `//! what it is`");
}

#[test]
fn names_are_found_where_they_stand() {
    assert_eq!(named("use crate::error::{Error, Result};", "crate::"), ["error"]);
    assert_eq!(named("use crate::{error::Error, sql};", "crate::"), ["error", "sql"]);
    assert_eq!(named("fn f(x: &crate::plan::Plan) -> crate::sqlite::Handle;", "crate::"), ["plan", "sqlite"]);
    assert_eq!(named("pub(in crate::columns) struct X; othercrate::y", "crate::"), ["columns"]);
    assert_eq!(without_words(r#"let a = "x // \" {y}"; // why"#), r#"let a = ""; "#);
}
