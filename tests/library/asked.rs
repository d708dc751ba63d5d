//! Projects opened and embedded, questions as values, and who is asked before something is destroyed.

use crate::bed::{FILES, Heard, down_to};
use crate::rig;
use evolve::observe::Stop;
use evolve::{Consent, Flags, PlanRequest, Project, Question, Unattended, UpRequest};
use std::cell::RefCell;

struct Says(Option<bool>, RefCell<Vec<String>>);

impl Consent for Says {
    fn given(&self, question: &Question<'_>) -> Option<bool> {
        self.1.borrow_mut().push(format!("{} ({})", question.text, question.flag));
        self.0
    }
}

fn opened() -> (rig::Project, Project) {
    let folder = rig::Project::of(FILES);
    let project = Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("the project");
    (folder, project)
}

#[test]
fn opened_and_embedded_are_the_same_project() {
    let (folder, opened) = opened();
    let flags = Flags { database: Some(format!("sqlite:{}", folder.path("diary.db").display())), ..Flags::default() };
    let embedded = Project::embedded(FILES, &flags).expect("the project");
    let plan = |project: &Project| project.plan(&PlanRequest::default()).expect("a plan");
    assert_eq!(plan(&opened).digest, plan(&embedded).digest);
    opened.up(&UpRequest::default(), &Unattended, &Heard::default(), &Stop::new()).into_result().expect("up");
    assert_eq!(plan(&embedded).steps.len(), 0);
    assert_eq!(embedded.status().expect("a status").stage.as_deref(), Some("two"));
    assert!(embedded.verify().expect("verified").ok);
    assert_eq!(embedded.history().expect("a history").runs.len(), 1);
}

#[test]
fn a_folder_without_a_project_is_an_error() {
    let folder = rig::Project::empty();
    let error =
        Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect_err("no project");
    assert_eq!(error.code().id, "E0001");
    assert_eq!(Project::embedded(&[], &Flags::default()).expect_err("no project").code().id, "E0001");
}

#[test]
fn an_embedded_file_that_is_wrong_is_named() {
    static WRONG: &[(&str, &str)] = &[
        ("evolve.toml", "[project]\nname = \"x\"\n[database]\nurl = \"sqlite:x.db\"\n"),
        ("migrations/V1__a.sql", "CREATE TABLE a (x;"),
    ];
    let project = Project::embedded(WRONG, &Flags::default()).expect("its files are read");
    let mut connection = rusqlite::Connection::open_in_memory().expect("a database");
    let error = crate::bed::up(&project, &mut connection).error.expect("an error");
    assert_eq!(error.place().expect("a place").file, "migrations/V1__a.sql");
    assert_eq!(connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)), Ok(0));
}

#[test]
fn who_says_no_is_obeyed_and_who_is_not_there_is_missed() {
    let (folder, project) = opened();
    project.up(&UpRequest::default(), &Unattended, &Heard::default(), &Stop::new()).into_result().expect("up");
    let before = rig::logical(&folder.open_at("diary.db"));
    for (says, code) in [(Some(false), "E0608"), (None, "E0607")] {
        let consent = Says(says, RefCell::default());
        let answer = project.down(&down_to("one"), &consent, &Heard::default(), &Stop::new());
        assert_eq!(answer.error.expect("refused").code().id, code);
        assert!(answer.result.is_none());
        assert_eq!(consent.1.borrow().len(), 1, "asked once");
        assert!(consent.1.borrow()[0].contains("one") && consent.1.borrow()[0].ends_with("(--yes)"), "{:?}", consent.1);
        rig::assert_same("nothing is touched", &before, &rig::logical(&folder.open_at("diary.db")));
    }
    let consent = Says(Some(true), RefCell::default());
    project.down(&down_to("one"), &consent, &Heard::default(), &Stop::new()).into_result().expect("down");
    assert_eq!(consent.1.borrow().len(), 1);
}

#[test]
fn nobody_is_asked_where_nothing_is_destroyed() {
    let (_folder, project) = opened();
    let consent = Says(None, RefCell::default());
    project.up(&UpRequest::default(), &consent, &Heard::default(), &Stop::new()).into_result().expect("up");
    assert!(consent.1.borrow().is_empty());
}

#[test]
fn f37_no_lock_is_held_while_a_person_thinks() {
    struct Thinks<'a>(&'a rig::Project);
    impl Consent for Thinks<'_> {
        fn given(&self, _: &Question<'_>) -> Option<bool> {
            self.0
                .open_at("diary.db")
                .execute_batch("INSERT INTO plants (name) VALUES ('meanwhile')")
                .expect("a row, at once");
            assert!(!self.0.path("diary.db.evolve-lock").exists());
            Some(false)
        }
    }
    let (folder, project) = opened();
    project
        .up(
            &UpRequest { target: Some("one".to_owned()), ..UpRequest::default() },
            &Unattended,
            &Heard::default(),
            &Stop::new(),
        )
        .into_result()
        .expect("up");
    assert_eq!(
        project
            .down(&down_to("start"), &Thinks(&folder), &Heard::default(), &Stop::new())
            .error
            .expect("declined")
            .code()
            .id,
        "E0608"
    );
    assert_eq!(
        folder.open_at("diary.db").query_row("SELECT count(*) FROM plants", [], |row| row.get::<_, i64>(0)),
        Ok(6)
    );
}

#[test]
fn a_dry_run_gives_the_steps_and_does_nothing() {
    let (folder, project) = opened();
    let report = project
        .up(
            &UpRequest { dry_run: true, ..UpRequest::default() },
            &Says(None, RefCell::default()),
            &Heard::default(),
            &Stop::new(),
        )
        .into_result()
        .expect("a report");
    assert_eq!(report.steps.len(), 4);
    assert!(!folder.path("diary.db").exists());
}
