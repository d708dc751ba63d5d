use super::*;
use crate::catalog::testing::{CONFIG, project, write};

const V1: (&str, &str) = ("migrations/V1__a.sql", "CREATE TABLE a (x)");
const V2: (&str, &str) = ("migrations/V2__b.sql", "CREATE TABLE b (x)");

fn catalog(pairs: &[(&'static str, &'static str)]) -> Result<Catalog> {
    Catalog::read(project(pairs)?)
}

fn refused(pairs: &[(&'static str, &'static str)]) -> Error {
    catalog(pairs).map(|_| ()).unwrap_err()
}

const MVP1: &str = "[stage]\nname = \"mvp1\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n";
const MVP2: &str = "[stage]\nname = \"mvp2\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n\
                    [[copy]]\nid = \"a_to_b\"\nfrom = \"a\"\ninto = \"b\"\n";

#[test]
fn a_project_without_stage_files_has_one_stage() {
    let catalog = catalog(&[V2, V1]).unwrap();
    let main = catalog.stage("main").unwrap();
    assert_eq!(
        (main.version.to_string().as_str(), main.migrations.as_slice()),
        ("0.0.0", ["V1".to_owned(), "V2".to_owned()].as_slice())
    );
    assert_eq!(catalog.owner("V2").unwrap().name, "main");
}

#[test]
fn stages_own_migrations_and_transformations() {
    let catalog = catalog(&[V1, V2, ("plans/z.toml", MVP1), ("plans/a.toml", MVP2)]).unwrap();
    assert_eq!(catalog.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>(), ["mvp1", "mvp2"]);
    assert_eq!(catalog.owner("a_to_b").unwrap().name, "mvp2");
    assert_eq!(catalog.stage("2.0.0").unwrap().name, "mvp2");
    assert_eq!(catalog.migration("V2").unwrap().path, "migrations/V2__b.sql");
    assert!(catalog.transformation("a_to_b").is_some() && catalog.owner("V9").is_none());
    assert_eq!(catalog.names().collect::<Vec<_>>(), ["V1", "V2", "a_to_b", "mvp1", "mvp2"]);
}

#[test]
fn a_migration_belongs_to_exactly_one_stage() {
    let error = refused(&[V1, V2, ("plans/a.toml", MVP1)]);
    assert_eq!((error.code(), error.message()), (codes::UNOWNED, "no stage lists V2"));
    let both = "[stage]\nname = \"mvp2\"\nversion = \"2.0.0\"\nmigrations = [\"V2\", \"V1\"]\n";
    let error = refused(&[V1, V2, ("plans/a.toml", MVP1), ("plans/b.toml", both)]);
    assert_eq!((error.code(), error.message()), (codes::UNOWNED, "V1 is listed by two stages, `mvp1` and `mvp2`"));
    assert_eq!(error.place().unwrap().to_string(), "plans/b.toml:4:21");
    let error = refused(&[V1, ("plans/a.toml", MVP1), ("plans/b.toml", MVP2)]);
    assert_eq!((error.message(), error.hint_text()), ("there is no migration V2", Some("did you mean V1?")));
}

#[test]
fn names_and_versions_are_there_once() {
    for other in [
        "[stage]\nname = \"mvp1\"\nversion = \"3.0.0\"\n",
        "[stage]\nname = \"mvp3\"\nversion = \"1.0.0\"\n",
        "[stage]\nname = \"mvp3\"\nversion = \"1.0.0+build\"\n",
        "[stage]\nname = \"a_to_b\"\nversion = \"3.0.0\"\n",
        "[stage]\nname = \"mvp3\"\nversion = \"3.0.0\"\n[[copy]]\nid = \"a_to_b\"\nfrom = \"a\"\ninto = \"b\"\n",
    ] {
        let error = refused(&[V1, V2, ("plans/a.toml", MVP1), ("plans/b.toml", MVP2), ("plans/c.toml", other)]);
        assert_eq!(error.code(), codes::DUPLICATE_ID, "{other}");
        assert!(error.hint_text().unwrap().starts_with("the other one is at plans/"), "{error:?}");
    }
}

#[test]
fn the_texts_of_migrations_are_not_read() {
    assert!(catalog(&[("migrations/V1__a.sql", "")]).is_ok());
}

#[test]
fn the_sum_is_verified_and_differences_have_their_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[CONFIG, V1, ("plans/a.toml", MVP1)]);
    let read = || Catalog::read(Files::read(folder.path()).unwrap()).unwrap();
    assert_eq!(read().verify_sum().unwrap(), SumState::Absent);
    let sum = Sum::seal(&read().files).unwrap();
    write(folder.path(), &[("evolve.sum", &sum)]);
    assert_eq!(read().verify_sum().unwrap(), SumState::Verified);
    write(folder.path(), &[("migrations/V1__a.sql", "CREATE TABLE z (x)")]);
    let error = read().verify_sum().unwrap_err();
    assert_eq!((error.code(), error.exit()), (codes::NOT_AS_SEALED, crate::error::Exit::Disagree));
    assert_eq!(error.message(), "not as it was sealed: migrations/V1__a.sql was changed");
    write(folder.path(), &[("evolve.sum", "broken")]);
    assert!(read().verify_sum().is_err(), "and `evolve seal` can still read the project");
}

#[test]
fn the_sample_project_is_a_project() {
    let catalog = Catalog::read(Files::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()).unwrap();
    assert_eq!(catalog.stages.len(), 5);
    for migration in &catalog.migrations {
        migration.script("sqlite").unwrap();
        migration.down("sqlite").unwrap();
    }
}
