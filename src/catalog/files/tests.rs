use super::*;
use crate::catalog::testing::{CONFIG as SMALLEST, project, write};

fn on_disk(pairs: &[(&str, &str)]) -> (tempfile::TempDir, Result<Files>) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[SMALLEST]);
    write(folder.path(), pairs);
    let files = Files::read(folder.path());
    (folder, files)
}

fn paths<'a>(files: impl Iterator<Item = &'a Arc<File>>) -> Vec<&'a str> {
    files.map(|file| file.path()).collect()
}

#[test]
fn a_folder_is_listed_and_read_when_asked() {
    let (folder, files) = on_disk(&[
        ("migrations/V2__b.sql", "SELECT 2;\r\n"),
        ("migrations/old/V1__a.sql", "SELECT 1;"),
        ("migrations/README.md", ""),
        ("migrations/.git/V9__x.sql", ""),
        ("plans/mvp1.toml", ""),
        ("plans/old/mvp0.toml", ""),
        ("plans/notes.md", ""),
        ("evolve.sum", ""),
    ]);
    let files = files.unwrap();
    assert_eq!(paths(files.migrations()), ["migrations/V2__b.sql", "migrations/old/V1__a.sql"]);
    assert_eq!(paths(files.stages()), ["plans/mvp1.toml"]);
    assert_eq!(files.ignored(), ["migrations/README.md", "plans/notes.md"]);
    assert!(files.sum().is_some());
    assert_eq!(&*files.get("migrations/V2__b.sql").unwrap().text().unwrap().text, "SELECT 2;\n");
    std::fs::write(folder.path().join("migrations/V2__b.sql"), "SELECT 3;").unwrap();
    assert_eq!(&*files.get("migrations/V2__b.sql").unwrap().text().unwrap().text, "SELECT 2;\n", "read once");
}

#[test]
fn folders_can_be_named_and_stay_inside() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("evolve.toml", "[project]\nname='x'\nmigrations='db/m/'\nplans='./'\n"), ("db/m/V1__a.sql", "")],
    );
    write(folder.path(), &[("mvp1.toml", "")]);
    let files = Files::read(folder.path()).unwrap();
    assert_eq!(paths(files.migrations()), ["db/m/V1__a.sql"]);
    for outside in ["../m", "/etc", "a/../../b", "C:\\\\m", "${X}"] {
        write(folder.path(), &[("evolve.toml", &format!("[project]\nmigrations = \"{outside}\"\n"))]);
        assert_eq!(Files::read(folder.path()).unwrap_err().code(), codes::BAD_VALUE, "{outside}");
    }
    write(folder.path(), &[("evolve.toml", "[project]\nmigrations = \"nowhere\"\n")]);
    assert_eq!(Files::read(folder.path()).unwrap_err().code(), codes::NOT_READABLE);
}

#[test]
fn a_folder_without_evolve_toml_is_no_project() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Files::read(folder.path()).unwrap_err().code(), codes::NO_PROJECT);
    assert_eq!(Files::read(&folder.path().join("nowhere")).unwrap_err().code(), codes::NOT_READABLE);
    assert_eq!(Files::embedded(&[]).unwrap_err().code(), codes::NO_PROJECT);
}

#[test]
fn an_embedded_project_is_the_same_project() {
    let files =
        project(&[("migrations/V1__a.sql", "x"), ("plans/a.toml", "y"), ("evolve.sum", "z"), ("other/V1__a.sql", "")]);
    let files = files.unwrap();
    assert_eq!(paths(files.migrations()), ["migrations/V1__a.sql"]);
    assert_eq!(files.sealed().into_keys().collect::<Vec<_>>(), ["migrations/V1__a.sql", "plans/a.toml"]);
}

#[test]
fn b02_b35_a_file_that_is_too_large_is_refused() {
    let (folder, files) = on_disk(&[("migrations/V1__a.sql", "")]);
    let sparse = std::fs::File::create(folder.path().join("migrations/V1__a.sql")).unwrap();
    sparse.set_len(LARGEST_SQL + 1).unwrap();
    let error = files.unwrap().get("migrations/V1__a.sql").unwrap().text().unwrap_err();
    assert_eq!((error.code(), error.message()), (codes::TOO_LARGE, "the file is larger than 64 MiB"));
    std::fs::File::create(folder.path().join("evolve.toml")).unwrap().set_len(LARGEST_TEXT + 1).unwrap();
    assert_eq!(Files::read(folder.path()).unwrap_err().code(), codes::TOO_LARGE);
}

#[cfg(unix)]
#[test]
fn b20_b37_b43_only_regular_files_inside_are_read() {
    use std::os::unix::fs::symlink;
    let refused = |make: &dyn Fn(&Path)| {
        let (folder, _) = on_disk(&[("migrations/V1__a.sql", "SELECT 1;"), ("plans/a.toml", "")]);
        make(folder.path());
        Files::read(folder.path()).unwrap_err().code()
    };
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    for path in ["migrations/V2__b.sql", "plans/b.toml", "evolve.sum"] {
        assert_eq!(refused(&|root| symlink(elsewhere.path(), root.join(path)).unwrap()), codes::OUTSIDE, "{path}");
        assert_eq!(refused(&|root| symlink("/dev/zero", root.join(path)).unwrap()), codes::OUTSIDE, "{path}");
        assert_eq!(refused(&|root| std::fs::create_dir(root.join(path)).unwrap()), codes::OUTSIDE, "{path}");
        let pipe = |root: &Path| drop(std::os::unix::net::UnixListener::bind(root.join(path)).unwrap());
        assert_eq!(refused(&pipe), codes::OUTSIDE, "{path}");
    }
    assert_eq!(refused(&|root| symlink("migrations/V1__a.sql", root.join("evolve.sum")).unwrap()), codes::OUTSIDE);
    assert_eq!(refused(&|root| symlink("/", root.join("migrations/all")).unwrap()), codes::OUTSIDE);
    assert_eq!(refused(&|root| symlink("nowhere", root.join("migrations/V2__b.sql")).unwrap()), codes::NOT_READABLE);
    let (folder, _) = on_disk(&[("migrations/V1__a.sql", "SELECT 1;")]);
    symlink("V1__a.sql", folder.path().join("migrations/V2__b.sql")).unwrap();
    assert_eq!(paths(Files::read(folder.path()).unwrap().migrations()).len(), 2);
}

#[cfg(unix)]
#[test]
fn f106_names_that_cannot_be_written_down_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    for name in [&b"V1__\xff.sql"[..], b"a\nb.sql", b"a\\b.sql"] {
        let (folder, _) = on_disk(&[("migrations/V2__b.sql", "")]);
        let path = folder.path().join("migrations").join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(path, "").unwrap();
        let error = Files::read(folder.path()).unwrap_err();
        assert_eq!(error.code(), codes::BAD_FILE_NAME);
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn f107_names_that_differ_by_capitals_only_are_refused() {
    let error = project(&[("migrations/V1__A.sql", ""), ("migrations/V1__a.sql", "")]).unwrap_err();
    assert_eq!(error.code(), codes::BAD_FILE_NAME);
    assert!(error.message().contains("V1__A.sql") && error.message().contains("V1__a.sql"));
    assert!(project(&[("plans/ÄB.toml", ""), ("plans/äb.toml", "")]).is_err());
    assert!(project(&[("plans/a.TOML", "")]).is_err());
}

#[cfg(unix)]
#[test]
fn b23_what_anybody_may_write_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, files) = on_disk(&[("migrations/V1__a.sql", "")]);
    assert_eq!(files.unwrap().warnings(), []);
    std::fs::set_permissions(folder.path().join("evolve.toml"), PermissionsExt::from_mode(0o666)).unwrap();
    let files = Files::read(folder.path()).unwrap();
    assert_eq!(files.warnings().len(), 1);
    assert_eq!(files.warnings()[0].path, "evolve.toml");
}

#[test]
fn b28_a_text_that_is_none_names_its_file() {
    let (folder, files) = on_disk(&[("migrations/V1__a.sql", "")]);
    std::fs::write(folder.path().join("migrations/V1__a.sql"), b"abc\xff").unwrap();
    let error = files.unwrap().get("migrations/V1__a.sql").unwrap().text().unwrap_err();
    assert_eq!(error.code(), codes::NOT_TEXT);
    assert_eq!(error.place().unwrap().file, "migrations/V1__a.sql");
}

#[test]
fn ten_thousand_migrations_are_listed_without_reading_them() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[SMALLEST, ("migrations/V0__a.sql", "")]);
    for at in 1..10_000 {
        std::fs::write(folder.path().join(format!("migrations/V{at}__a.sql")), "").unwrap();
    }
    let start = std::time::Instant::now();
    let files = Files::read(folder.path()).unwrap();
    assert_eq!(files.migrations().count(), 10_000);
    assert!(files.migrations().all(|file| file.text.get().is_none()));
    assert!(start.elapsed().as_millis() < 2000, "{:?}", start.elapsed());
}
