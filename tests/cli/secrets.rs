//! Secrets and row values stay out of everything that is said or written. S01, S03, S04, S36.

use crate::rig::Project;
use crate::risky;
use std::collections::BTreeMap;
use std::process::Output;

/// A password that is found again in any form: it has no sign that an encoding would have to change but one.
const CANARY: &str = "kanarienvogel/7Q";

/// The canary as it is, percent-encoded, in base64 at each of its three alignments, in hex.
fn forms() -> Vec<String> {
    let mut forms = vec![
        CANARY.to_owned(),
        CANARY.replace('/', "%2F"),
        CANARY.replace('/', "%2f"),
        CANARY.replace('/', "\\/"),
        CANARY.bytes().map(|byte| format!("{byte:02x}")).collect(),
        CANARY.bytes().map(|byte| format!("{byte:02X}")).collect(),
        "kanarienvogel".to_owned(),
    ];
    for shift in 0..3 {
        let padded: Vec<u8> = vec![b'.'; shift].into_iter().chain(CANARY.bytes()).collect();
        let text = base64(&padded);
        // Only what the canary alone decides: the letters at both ends depend on its neighbours.
        forms.push(text[4..text.len() - 4].to_owned());
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let bits = three.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[(bits >> shift) as usize & 63]))
    };
    bytes.chunks(3).flat_map(group).collect()
}

#[track_caller]
fn silent(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms() {
        assert!(!text.contains(&form), "{what} holds {form}:\n{text}");
    }
}

#[track_caller]
fn silent_output(what: &str, output: &Output) {
    silent(what, &output.stdout);
    silent(what, &output.stderr);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{what}");
}

#[track_caller]
fn silent_files(project: &Project, but: &[&str]) {
    for (name, bytes) in project.files() {
        silent("a file's name", name.as_bytes());
        if !but.contains(&name.as_str()) {
            silent(&name, &bytes);
        }
    }
}

/// Every command, in the loudest way.
const COMMANDS: [&[&str]; 14] = [
    &["status"],
    &["plan"],
    &["up", "--yes"],
    &["down", "--target", "start", "--yes"],
    &["restore", "--yes"],
    &["backup", "list"],
    &["verify"],
    &["seal"],
    &["history"],
    &["graph"],
    &["init"],
    &["init", "--adopt"],
    &["new", "migration", "more"],
    &["rules"],
];

#[test]
fn s01_the_password_finder_finds_it_in_every_form() {
    let around = format!("xx{CANARY}yy");
    let hex: String = around.bytes().map(|byte| format!("{byte:02x}")).collect();
    for text in [
        around.clone(),
        around.replace('/', "%2F"),
        hex,
        base64(around.as_bytes()),
        base64(format!("z{around}").as_bytes()),
    ] {
        assert!(forms().iter().any(|form| text.contains(form)), "{text}");
    }
}

/// URLs with a password, good and bad ones.
fn urls() -> [String; 14] {
    [
        format!("postgres://me:{CANARY}@localhost:5432/db"),
        format!("postgres://me:{}@localhost/db", CANARY.replace('/', "%2F")),
        format!("postgresql://me@localhost/db?password={CANARY}&sslmode=require"),
        format!("mysql://me:{CANARY}@localhost/db"),
        format!("nosuch://me:{CANARY}@localhost/db"),
        format!("me:{CANARY}@localhost/db"),
        format!("sqlite://me:{CANARY}@localhost/trial.db"),
        format!("sqlite:trial.db?key={CANARY}"),
        format!("sqlite:trial.db#{CANARY}"),
        format!("sqlite:file:trial.db?password={CANARY}"),
        format!("://{CANARY}"),
        format!("postgres://me:{CANARY}\u{0}@h/db").replace('\0', "%00"),
        format!("postgres://me:{CANARY}@[::1"),
        CANARY.to_owned(),
    ]
}

#[test]
fn s01_a_password_in_a_url_is_never_said() {
    let project = risky();
    for url in urls() {
        for command in COMMANDS {
            for json in [false, true] {
                let mut arguments = command.to_vec();
                arguments.push("-vvv");
                arguments.extend(json.then_some("--json"));
                let with_flag = [arguments.as_slice(), &["--database", &url]].concat();
                silent_output(
                    "a flag",
                    &project.command(&with_flag).env("EVOLVE_LOG", "trace").output().expect("a run"),
                );
                let mut run = project.command(&arguments);
                run.env("EVOLVE_DATABASE_URL", &url).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
                silent_output("a variable", &run.output().expect("a run"));
            }
            if command == COMMANDS[2] {
                let output = project.command(&["up"]).env("DATABASE_URL", &url).output().expect("a run");
                silent_output("a last resort", &output);
            }
        }
        silent_files(&project, &[]);
    }
}

#[test]
fn s01_a_password_in_evolve_toml_or_its_variables_is_never_said_nor_written() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    let config = "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n\
                  [notify]\nwebhook = \"https://hooks.example/CANARY\"\n[environment.staging]\nurl = \"postgres://me:CANARY@h/db\"\n\
                  [environment.other]\nurl = \"${CANARY_URL}\"\n";
    project.write("evolve.toml", &config.replace("CANARY", CANARY).replace("${kanarienvogel/7Q_URL}", "${CANARY_URL}"));
    for command in COMMANDS {
        for environment in ["", "staging", "other", "nosuch"] {
            let mut arguments = command.to_vec();
            arguments.extend(["-vvv", "--json"]);
            if !environment.is_empty() {
                arguments.extend(["--env", environment]);
            }
            let mut run = project.command(&arguments);
            run.env("CANARY_URL", format!("mysql://me:{CANARY}@h/db"))
                .env("EVOLVE_NOTIFY_WEBHOOK", format!("https://h/{CANARY}"));
            run.env("EVOLVE_LOG", "trace").env("EVOLVE_POLICY_MAX_RIKS", CANARY);
            silent_output(&format!("{arguments:?}"), &run.output().expect("a run"));
        }
    }
    silent_files(&project, &["evolve.toml"]);
}

#[test]
fn s01_a_line_that_cannot_be_read_is_not_shown_with_its_secret() {
    let head = "[project]\nname = \"trial\"\n";
    for lines in [
        "[database]\nurl = \"postgres://me:CANARY@h/db\" x\n",
        "[database]\nurl = \"postgres://me:CANARY@h/db\n",
        "[database]\nurl = [\"postgres://me:CANARY@h/db\"]\n",
        "[database]\nurll = \"postgres://me:CANARY@h/db\"\n",
        "[database]\nurl = 'CANARY\n",
        "database = { url = \"postgres://me:CANARY@h/db\" x }\n",
        "[database]\nurl = \"sqlite:t.db\"\npassword = \"CANARY\"\n",
        "[database]\nurl = \"sqlite:t.db\"\n\"CANARY\n",
        "[restore_points]\nencrypt = { passphrase = \"CANARY\", x = 1 }\n",
        "[restore_points]\nencrypt = \"CANARY\"\n",
        "[notify]\nwebhook = \"https://h/CANARY\" \"\n",
        "[notify]\nwebhook = { url = \"https://h/CANARY\" }\n",
        "[policy]\nmax_risk = \"CANARY\"\n",
        "[policy]\nwait = \"CANARY\"\n",
        "[app]\nrequires = \"CANARY\"\n",
        "[environment.x]\nurl = \"postgres://me:CANARY@h/db\" \"\n",
        "[environment.x]\nurl = 7 # CANARY\n",
        "[database]\nurl = \"${CANARY}\"\n",
        "[database]\nurl = \"${NOSUCH_VARIABLE}CANARY\"\n",
        "[database]\nurl = \"sqlite:x${CANARY\"\n",
    ] {
        let project = risky();
        project.write("evolve.toml", &(head.to_owned() + &lines.replace("CANARY", CANARY)));
        for arguments in [&["status"][..], &["up", "--yes", "--json"], &["plan", "-vvv"], &["verify", "--json", "-vvv"]]
        {
            let output = project.command(arguments).env("EVOLVE_LOG", "trace").output().expect("a run");
            silent_output(lines, &output);
        }
    }
}

#[test]
fn s01_a_password_typed_in_the_wrong_place_is_not_repeated() {
    let project = risky();
    let url = format!("postgres://me:{CANARY}@h/db");
    for arguments in [
        &["status", &url][..],
        &[&url],
        &["up", &format!("--url={url}")],
        &["up", &format!("--databse={url}")],
        &["--json", "up", &url],
        &["down", "--staged", &url],
        &["up", "--target", &url],
        &["restore", &url],
        &["rules", &url],
        &["status", "--env", &url],
        &["status", "--lock-wait", &url],
        &["status", "--project", &url],
        &["new", "migration", &url],
        &["new", "stage", &url, "--json"],
        &["graph", "--format", &url],
    ] {
        silent_output(&format!("{:?}", arguments.first()), &project.command(arguments).output().expect("a run"));
    }
    silent_files(&project, &[]);
}

/// What is in rows is nobody's business but the database's.
#[test]
fn s04_the_values_of_rows_are_in_no_message_and_no_file_but_the_database() {
    let rows = format!(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);\nINSERT INTO a SELECT 1, '{CANARY}' UNION ALL SELECT 2, '{CANARY}';\n"
    );
    let text = |failing: &str| {
        BTreeMap::from([
            ("V1", rows.replace(CANARY, "' || x'6b616e617269656e766f67656c2f3751' || '")),
            ("V2", failing.to_owned()),
        ])
    };
    for failing in [
        "CREATE UNIQUE INDEX i ON a (x);",
        "CREATE TABLE b (x TEXT PRIMARY KEY);\nINSERT INTO b SELECT x FROM a;",
        "CREATE TABLE b (x TEXT CHECK (length(x) < 3));\nINSERT INTO b SELECT x FROM a;",
        "CREATE TABLE b (x INTEGER) STRICT;\nINSERT INTO b SELECT x FROM a;",
        "CREATE TRIGGER g BEFORE DELETE ON a BEGIN SELECT RAISE(ABORT, 'no'); END;\nDELETE FROM a WHERE x LIKE 'k%';",
    ] {
        let files = text(failing);
        let project = Project::of(&[("migrations/V1__a.sql", &files["V1"]), ("migrations/V2__b.sql", &files["V2"])]);
        let stored =
            project.command(&["up", "--yes", "--json", "-vvv"]).env("EVOLVE_LOG", "trace").output().expect("a run");
        assert_ne!(stored.status.code(), Some(0), "{failing}");
        assert_eq!(project.value("SELECT count(*) FROM a WHERE x = 'kanarienvogel/7Q'"), "2");
        let shown = |output: &Output| {
            let said = [&output.stdout[..], &output.stderr].concat();
            assert!(
                !String::from_utf8_lossy(&said).contains("kanarienvogel"),
                "{failing}\n{}",
                String::from_utf8_lossy(&said)
            );
        };
        shown(&stored);
        for arguments in [
            &["status", "--json"][..],
            &["up", "--yes", "-vvv"],
            &["history", "-v"],
            &["verify", "--json"],
            &["down", "--target", "start", "--yes", "-vvv"],
        ] {
            shown(&project.command(arguments).env("EVOLVE_LOG", "trace").output().expect("a run"));
        }
    }
}

/// A name that would steer the terminal, or write a line of its own into a log.
#[test]
fn s36_what_stands_in_files_does_not_steer_the_terminal() {
    let project = risky();
    let nasty = "a\u{1b}[2J\u{7}\u{9b}31mb\u{202e}c\nERROR all is lost";
    let title = toml::Value::String(nasty.to_owned()).to_string();
    project.write(
        "plans/two.toml",
        &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\ntitle = {title}\nmigrations = [\"V2\"]\n[[check]]\nname = {title}\nsql = \"SELECT 1\"\nis = 2\n"),
    );
    for arguments in [
        &["plan"][..],
        &["graph"],
        &["status"],
        &["up", "--yes", "-vvv"],
        &["up", "--target", nasty],
        &["rules", nasty],
        &["status", "--env", nasty],
        &["up", "--json", "--target", nasty],
    ] {
        let output = project.command(arguments).env("EVOLVE_LOG", "trace").output().expect("a run");
        for (bytes, name) in [(&output.stdout, "out"), (&output.stderr, "err")] {
            let text = String::from_utf8_lossy(bytes);
            let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
            assert_eq!(bad, None, "{arguments:?} on {name}: {text:?}");
            assert!(!text.lines().any(|line| line.starts_with("ERROR all is lost")), "{arguments:?} {text}");
        }
    }
}
