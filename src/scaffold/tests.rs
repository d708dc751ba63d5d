use super::*;
use crate::catalog::Files;
use crate::graph::Graph;
use crate::kinds::KINDS;
use crate::sqlite::Sqlite;
use std::fs;
use std::path::Path;

fn catalog(folder: &Path) -> Catalog {
    Catalog::read(Files::read(folder).unwrap()).unwrap()
}

fn graph(folder: &Path) -> Result<Graph> {
    Graph::build(&catalog(folder), &Sqlite::default(), &[], &|_| true)
}

fn write(folder: &Path, path: &str, text: &str) {
    fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
    fs::write(folder.join(path), text).unwrap();
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

fn started() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), Some("notes \"1\"")).unwrap();
    folder
}

#[test]
fn a_project_that_was_started_runs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("new/place");
    let report = init(&root, Some("Über \"notes\" 1")).unwrap();
    assert_eq!(report.files, ["evolve.toml", "migrations/V1__project.sql", "plans/mvp1.toml", ".gitignore"]);
    assert_eq!(report.notes, [] as [&str; 0]);
    assert_eq!(catalog(&root).config.name(), "Über \"notes\" 1");
    assert_eq!(graph(&root).unwrap().steps.len(), 1);
    let here = folder.path().join("knowledge-base");
    assert_eq!(init(&here, None).unwrap().files[1], "migrations/V1__knowledge_base.sql");
    assert!(read(&here, "evolve.toml").contains("url = \"sqlite:knowledge_base.db\"  #"));
}

#[test]
fn nothing_is_ever_written_over() {
    let folder = started();
    let before = read(folder.path(), "evolve.toml");
    fs::remove_dir_all(folder.path().join("migrations")).unwrap();
    let error = init(folder.path(), None).unwrap_err();
    assert_eq!((error.code(), error.place().unwrap().file.as_str()), (codes::EXISTS, "evolve.toml"));
    assert_eq!(read(folder.path(), "evolve.toml"), before);
    assert!(!folder.path().join("migrations").exists());
    for name in ["", " x", "a\nb"] {
        assert_eq!(init(folder.path(), Some(name)).unwrap_err().code(), codes::BAD_NAME, "{name}");
    }
}

#[test]
fn a_folder_of_migrations_becomes_a_project() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "migrations/core/V001__first.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);\n");
    write(folder.path(), ".gitignore", "/target\n");
    let report = init(folder.path(), Some("old")).unwrap();
    assert_eq!(report.files, ["evolve.toml"]);
    assert!(
        report.notes.iter().any(|note| note.contains("`main`"))
            && report.notes.iter().any(|note| note.contains("--adopt"))
    );
    assert!(report.notes.iter().any(|note| note.contains(".gitignore")));
    assert_eq!(catalog(folder.path()).stages[0].name, "main");
    let report = new_file(&catalog(folder.path()), NewFile::Migration, "second", None).unwrap();
    assert_eq!(report.files, ["migrations/V002__second.sql"]);
    assert!(report.notes[0].contains("`main`"), "{:?}", report.notes);
    let error = new_file(&catalog(folder.path()), NewFile::Kind("copy"), "x", None).unwrap_err();
    assert!(error.hint_text().unwrap().contains("new stage"), "{error}");
    let report = new_file(&catalog(folder.path()), NewFile::Stage, "mvp1", None).unwrap();
    assert!(report.notes[0].contains("all 2 migrations"), "{:?}", report.notes);
    assert_eq!(catalog(folder.path()).stages[0].migrations, ["V1", "V2"]);
}

#[test]
fn a_folder_with_stage_files_keeps_them() {
    let folder = started();
    fs::remove_file(folder.path().join("evolve.toml")).unwrap();
    let report = init(folder.path(), None).unwrap();
    assert_eq!(report.files, ["evolve.toml"]);
    assert!(report.notes.iter().all(|note| !note.contains("`main`")));
}

#[test]
fn a_migration_has_the_next_version_and_is_listed() {
    let folder = started();
    let report = new_file(&catalog(folder.path()), NewFile::Migration, "Add tags", None).unwrap();
    assert_eq!(report.files, ["migrations/V2__add_tags.sql", "plans/mvp1.toml"]);
    assert_eq!(report.notes, ["plans/mvp1.toml lists V2 now"]);
    assert_eq!(catalog(folder.path()).stages[0].migrations, ["V1", "V2"]);
    let error = graph(folder.path()).unwrap_err();
    assert_eq!(error.code(), codes::EMPTY_MIGRATION, "it waits to be filled in");
    new_file(&catalog(folder.path()), NewFile::Stage, "mvp2", None).unwrap();
    let report = new_file(&catalog(folder.path()), NewFile::Migration, "third", Some("1.0.0")).unwrap();
    assert_eq!(report.files, ["migrations/V3__third.sql", "plans/mvp1.toml"]);
}

#[test]
fn a_file_that_cannot_be_edited_is_left_to_a_person() {
    let folder = started();
    write(folder.path(), "plans/mvp1.toml", "stage = { name = \"a\", version = \"1.0.0\", migrations = [] }\n");
    fs::remove_dir_all(folder.path().join("migrations")).unwrap();
    let report = new_file(&catalog(folder.path()), NewFile::Migration, "first", None).unwrap();
    assert_eq!(report.files.len() + report.notes.len(), 3, "an inline list can be edited: {report:?}");
    write(folder.path(), "plans/mvp1.toml", "stage = { name = \"a\", version = \"1.0.0\" }\n");
    fs::remove_dir_all(folder.path().join("migrations")).unwrap();
    let report = new_file(&catalog(folder.path()), NewFile::Migration, "first", None).unwrap();
    assert_eq!(report.notes, ["add \"V1\" to `migrations` in plans/mvp1.toml"]);
}

#[test]
fn a_stage_has_the_next_major_version() {
    let folder = started();
    let report = new_file(&catalog(folder.path()), NewFile::Stage, "mvp2", None).unwrap();
    assert_eq!(report.files, ["plans/mvp2.toml"]);
    let catalog = catalog(folder.path());
    let stage = catalog.stage("mvp2").unwrap();
    assert_eq!(
        (stage.version.to_string().as_str(), stage.requires.as_ref().unwrap().to_string().as_str()),
        ("2.0.0", "^1.0")
    );
}

#[test]
fn names_that_are_taken_or_none_are_refused() {
    let folder = started();
    new_file(&catalog(folder.path()), NewFile::Kind("copy"), "archive", None).unwrap();
    let before = read(folder.path(), "plans/mvp1.toml");
    for (what, name, code) in [
        (NewFile::Kind("copy"), "archive", codes::DUPLICATE_ID),
        (NewFile::Kind("copy"), "mvp1", codes::DUPLICATE_ID),
        (NewFile::Kind("copy"), "latest", codes::BAD_NAME),
        (NewFile::Kind("copy"), "V7", codes::BAD_NAME),
        (NewFile::Kind("copy"), "a b", codes::BAD_NAME),
        (NewFile::Kind("copy"), "../x", codes::BAD_NAME),
        (NewFile::Kind("cpoy"), "people", codes::BAD_VALUE),
        (NewFile::Stage, "archive", codes::DUPLICATE_ID),
        (NewFile::Stage, "start", codes::BAD_NAME),
        (NewFile::Stage, "a/b", codes::BAD_NAME),
        (NewFile::Migration, "a/b", codes::BAD_NAME),
    ] {
        let error = new_file(&catalog(folder.path()), what, name, None).unwrap_err();
        assert_eq!(error.code(), code, "{what:?} {name}");
    }
    let error = new_file(&catalog(folder.path()), NewFile::Migration, "x", Some("mvp")).unwrap_err();
    assert_eq!((error.code(), error.hint_text()), (codes::UNKNOWN_STEP, Some("was mvp1 meant?")));
    assert!(new_file(&catalog(folder.path()), NewFile::Stage, "mvp2", Some("mvp1")).is_err());
    assert_eq!(read(folder.path(), "plans/mvp1.toml"), before);
    assert_eq!(fs::read_dir(folder.path().join("migrations")).unwrap().count(), 1);
}

#[test]
fn a_sealed_project_is_told_to_seal_again() {
    let folder = started();
    crate::seal::seal(&catalog(folder.path()).files).unwrap();
    let report = new_file(&catalog(folder.path()), NewFile::Stage, "mvp2", None).unwrap();
    assert!(report.notes[0].contains("evolve seal"), "{:?}", report.notes);
}

#[test]
fn every_kind_has_a_template_and_every_file_is_in_the_table() {
    let kinds: Vec<_> = KINDS.iter().map(|row| row.key).collect();
    let mut templates: Vec<_> = TEMPLATES.iter().map(|row| row.kind).collect();
    assert_eq!(templates, kinds);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scaffold/templates");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = names.filter(|name| name != "mod.rs").collect();
    files.sort();
    templates.sort();
    assert_eq!(files, templates.iter().map(|kind| format!("{kind}.rs")).collect::<Vec<_>>());
}

/// Tables as the templates name them: where a person puts the names of the project's own.
const TABLES: &str = "
CREATE TABLE old_table (id INTEGER PRIMARY KEY, old_column TEXT, older_column TEXT, new_column TEXT);
CREATE TABLE older_table (id INTEGER PRIMARY KEY, older_column TEXT);
CREATE TABLE new_table (id INTEGER PRIMARY KEY, old_id INTEGER, new_column TEXT);
CREATE TABLE newer_table (new_id INTEGER, newer_column TEXT);
";

#[test]
fn every_template_works_once_its_tables_are_named() {
    for row in TEMPLATES {
        let folder = started();
        let report = new_file(&catalog(folder.path()), NewFile::Kind(row.kind), "first-step", None).unwrap();
        assert_eq!(report.files, ["plans/mvp1.toml"], "{}", row.kind);
        assert_eq!(catalog(folder.path()).transformation("first-step").unwrap().title.as_deref(), Some("First step"));
        let error = graph(folder.path()).unwrap_err();
        assert_eq!(error.code(), codes::UNKNOWN_TABLE, "{}: {error}", row.kind);
        let text = read(folder.path(), "migrations/V1__notes_1.sql");
        write(folder.path(), "migrations/V1__notes_1.sql", &(text + TABLES));
        graph(folder.path()).unwrap_or_else(|error| panic!("{}: {error}", row.kind));
    }
}

#[test]
fn line_ends_of_a_stage_file_stay() {
    let folder = started();
    let crlf = format!("\u{feff}{}", read(folder.path(), "plans/mvp1.toml").replace('\n', "\r\n"));
    write(folder.path(), "plans/mvp1.toml", crlf.trim_end());
    new_file(&catalog(folder.path()), NewFile::Kind("enrich"), "a", None).unwrap();
    new_file(&catalog(folder.path()), NewFile::Migration, "b", None).unwrap();
    let text = read(folder.path(), "plans/mvp1.toml");
    assert!(text.starts_with(&crlf[..40]) && text.matches('\n').count() == text.matches("\r\n").count(), "{text:?}");
    assert_eq!(catalog(folder.path()).stages[0].migrations, ["V1", "V2"]);
}

/// A template's line that is commented out, as the key that it offers: `# key = value  # why`.
fn offered(line: &str) -> Option<&str> {
    let line = line.strip_prefix("# ")?;
    let (key, _) = line.split_once('=')?;
    let is_key = !key.trim().is_empty() && key.trim().chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_key.then_some(line)
}

/// What the commented columns of a template read and write.
const MORE: &str = "
ALTER TABLE old_table ADD COLUMN created_at TEXT; ALTER TABLE old_table ADD COLUMN category TEXT;
ALTER TABLE old_table ADD COLUMN age TEXT; ALTER TABLE new_table ADD COLUMN age INTEGER;
ALTER TABLE new_table ADD COLUMN state TEXT; ALTER TABLE new_table ADD COLUMN kind TEXT;
";

#[test]
fn every_line_that_a_template_offers_is_one_that_evolve_takes() {
    let mut tried = 0;
    for row in TEMPLATES {
        let lines: Vec<&str> = row.text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let Some(key) = offered(line) else { continue };
            let folder = started();
            new_file(&catalog(folder.path()), NewFile::Kind(row.kind), "first-step", None).unwrap();
            let text = read(folder.path(), "migrations/V1__notes_1.sql");
            write(folder.path(), "migrations/V1__notes_1.sql", &(text + TABLES + MORE));
            let mut with = lines.clone();
            with[number] = key;
            if key.starts_with("sql") {
                // It stands instead of the others, before any table of the step's.
                let instead = |line: &&str| line.starts_with("from") || line.starts_with("into");
                with = lines
                    .iter()
                    .copied()
                    .filter(|line| !instead(line))
                    .take_while(|line| !line.starts_with("[convert."))
                    .collect();
                with.push(key);
            }
            let stage = read(folder.path(), "plans/mvp1.toml");
            let (head, _) = stage.split_once(&format!("[[{}]]", row.kind)).unwrap();
            let step = with.join("\n").replace("{id}", "first-step").replace("{title}", "First step");
            write(folder.path(), "plans/mvp1.toml", &format!("{head}{step}\n"));
            graph(folder.path()).unwrap_or_else(|error| panic!("{}: {key}: {error}", row.kind));
            tried += 1;
        }
    }
    assert!(tried > 12, "{tried}");
}
