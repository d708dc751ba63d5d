use super::*;
use crate::error::Text;

fn config(toml: &str) -> Result<Config> {
    let toml = if toml.contains("[project]") { toml.to_owned() } else { format!("project.name = \"kb\"\n{toml}") };
    Config::parse(&Text::new("evolve.toml", toml))
}

fn resolve(toml: &str, env: &[(&str, &str)], flags: &Flags) -> Result<Settings> {
    Settings::resolve(&config(toml)?, &Env::new(env.iter().copied()), flags)
}

fn plain(toml: &str) -> Settings {
    resolve(toml, &[], &Flags::default()).unwrap()
}

#[test]
fn every_default_is_right_for_its_row() {
    for row in ROWS.iter().filter(|row| !row.default.is_empty()) {
        assert_eq!(row.check(row.default), Ok(()), "{}", row.key);
    }
    assert!(ROWS.iter().all(|row| row.help.ends_with('.')));
}

#[test]
fn each_key_has_one_variable_by_rule() {
    let variable = |key| row(key).and_then(Row::variable);
    assert_eq!(variable("restore_points.dir").as_deref(), Some("EVOLVE_RESTORE_POINTS_DIR"));
    assert_eq!(variable("policy.batch.rows").as_deref(), Some("EVOLVE_POLICY_BATCH_ROWS"));
    assert_eq!(variable("database.url").as_deref(), Some("EVOLVE_DATABASE_URL"));
    assert_eq!(variable("project.default_environment").as_deref(), Some("EVOLVE_ENV"));
    assert_eq!(variable("project.migrations"), None);
}

#[test]
fn the_whole_of_the_design_s_file_is_read() {
    let settings = resolve(
        r#"
[project]
name = "knowledge-base"
[database]
url = "sqlite:knowledge.db"
foreign_keys = false
[environment.staging]
url = "${STAGING_DATABASE_URL}"
[environment.staging.policy]
max_risk = "low"
[policy]
max_risk     = "critical"
keep         = "always"
wait         = "5m"
lock_timeout = "250ms"
lock_deadline = "30s"
batch        = { rows = 500, target = "20ms", pause = "5ms" }
[restore_points]
dir  = "points"
when = "always"
keep = 3
max_age  = "7d"
compress = false
encrypt  = { key_file = "k" }
[notify]
webhook = "${SLACK_WEBHOOK}"
[app]
requires = ">=1.0, <6.0"
"#,
        &[],
        &Flags::default(),
    )
    .unwrap();
    assert_eq!((settings.project.as_str(), settings.foreign_keys), ("knowledge-base", false));
    assert_eq!(settings.database_url().unwrap().expose(), "sqlite:knowledge.db");
    assert_eq!(settings.database_origin(), Origin::File);
    assert_eq!((settings.policy.max_risk, settings.policy.keep), (Risk::Critical, Keep::Always));
    assert_eq!(settings.policy.wait, Duration::from_secs(300));
    let batch = settings.policy.batch;
    assert_eq!(
        (batch.rows, batch.target.as_millis(), batch.pause.as_millis(), batch.said),
        (500, 20, 5, Said::InFiles)
    );
    let points = &settings.restore_points;
    assert_eq!((points.dir.to_str(), points.when, points.keep), (Some("points"), When::Always, 3));
    assert_eq!((points.compress, points.encrypt, points.max_age.as_secs()), (false, true, 7 * 86_400));
    assert!(settings.app_requires.unwrap().matches(&semver::Version::new(5, 9, 9)));
    let webhook = settings.shown.iter().find(|shown| shown.row.key == "notify.webhook").unwrap();
    assert_eq!(webhook.value.as_deref(), Some("(the environment variable SLACK_WEBHOOK is not set)"));
}

#[test]
fn defaults_are_the_design_s() {
    let settings = plain("");
    assert_eq!((settings.policy.max_risk, settings.policy.keep), (Risk::High, Keep::Small));
    assert_eq!((settings.policy.batch.rows, settings.policy.batch.said), (10_000, Said::Nowhere));
    assert_eq!((settings.restore_points.when, settings.restore_points.keep), (When::Risky, 5));
    assert_eq!(settings.restore_points.dir.to_str(), Some(".evolve/restore"));
    assert!(settings.foreign_keys && settings.restore_points.compress && !settings.restore_points.encrypt);
    assert_eq!(settings.history_table, "refinery_schema_history");
    assert_eq!(settings.database_url().unwrap_err().code(), codes::MISSING_KEY);
}

#[test]
fn layers_lie_over_each_other() {
    let toml = "[database]\nurl = \"file\"\n[environment.s]\nurl = \"environment\"\n";
    let url = |env: &[(&str, &str)], flag: Option<&str>| {
        let flags = Flags { database: flag.map(Secret::new), ..Flags::default() };
        let settings = resolve(toml, env, &flags).unwrap();
        (settings.database_url().unwrap().expose().to_owned(), settings.database_origin())
    };
    assert_eq!(url(&[("DATABASE_URL", "last")], None), ("file".to_owned(), Origin::File));
    assert_eq!(url(&[("EVOLVE_ENV", "s")], None), ("environment".to_owned(), Origin::Environment));
    let both = [("EVOLVE_ENV", "s"), ("EVOLVE_DATABASE_URL", "variable")];
    assert_eq!(url(&both, None), ("variable".to_owned(), Origin::Variable));
    assert_eq!(url(&both, Some("flag")), ("flag".to_owned(), Origin::Flag));
    let last = resolve("", &[("DATABASE_URL", "last")], &Flags::default()).unwrap();
    assert_eq!((last.database_url().unwrap().expose(), last.database_origin()), ("last", Origin::LastResort));
}

#[test]
fn the_environment_is_chosen_by_flag_then_variable_then_file() {
    let toml =
        "[project]\nname = \"x\"\ndefault_environment = \"a\"\n[environment.a]\n[environment.b]\n[environment.c]\n";
    let chosen = |env: &[(&str, &str)], flag: Option<&str>| {
        resolve(toml, env, &Flags { env: flag.map(str::to_owned), ..Flags::default() }).unwrap().environment.unwrap()
    };
    assert_eq!(chosen(&[], None), "a");
    assert_eq!(chosen(&[("EVOLVE_ENV", "b")], None), "b");
    assert_eq!(chosen(&[("EVOLVE_ENV", "b")], Some("c")), "c");
    let error = resolve(toml, &[("EVOLVE_ENV", "bb")], &Flags::default()).unwrap_err();
    assert_eq!((error.code(), error.hint_text()), (codes::UNKNOWN_ENV, Some("did you mean `b`?")));
}

#[test]
fn a_variable_is_needed_only_where_the_setting_is() {
    let toml = "[database]\nurl = \"${MAIN_URL}\"\n[environment.staging]\nurl = \"${STAGING_URL}\"\n";
    let settings = resolve(toml, &[("MAIN_URL", "sqlite:x.db")], &Flags::default()).unwrap();
    assert_eq!(settings.database_url().unwrap().expose(), "sqlite:x.db");
    let settings = resolve(toml, &[], &Flags::default()).unwrap();
    for _ in 0..2 {
        let error = settings.database_url().unwrap_err();
        assert_eq!((error.code(), error.place().unwrap().line), (codes::MISSING_VARIABLE, 3));
        assert!(error.message().contains("MAIN_URL"));
    }
}

#[test]
fn b04_unknown_and_misplaced_keys_are_errors() {
    for (toml, key, hint) in [
        ("[policy]\nmax_riks = \"low\"\n", "policy.max_riks", "did you mean `max_risk`?"),
        ("[policy.batch]\nrow = 5\n", "policy.batch.row", "did you mean `rows`?"),
        ("[polices]\n", "polices", "did you mean `policy`?"),
        ("[environment.s]\nproject = { name = \"x\" }\n", "environment.s.project", ""),
        ("[environment.s]\nurll = \"x\"\n", "environment.s.urll", "did you mean `url`?"),
    ] {
        let error = config(toml).unwrap_err();
        assert_eq!((error.code(), error.message()), (codes::UNKNOWN_KEY, format!("unknown key `{key}`").as_str()));
        assert!(error.hint_text().unwrap_or_default().contains(hint), "{error:?}");
    }
}

#[test]
fn b05_b11_values_of_another_type_or_range_are_errors() {
    for toml in [
        "[policy]\nmax_risk = \"hgh\"",
        "[policy]\nwait = \"5 minutes\"",
        "[policy]\nwait = 5",
        "[policy]\nbatch = { rows = 0 }",
        "[policy]\nbatch = { rows = -1 }",
        "[policy]\nbatch = { rows = 9000000000000000000 }",
        "[policy]\nbatch = 5",
        "[database]\nurl = \"\"",
        "[database]\nforeign_keys = \"true\"",
        "[restore_points]\nkeep = 0",
        "[restore_points]\nencrypt = {}",
        "[app]\nrequires = \"one\"",
        "[project]\nname = \" \"",
        "[project]\nname = \"x\"\nhistory_table = \"x; DROP TABLE y\"",
        "[environment.\"a b\"]\nurl = \"x\"",
        "[environment.a]\nurl = \"x\"\ndatabase = { url = \"y\" }",
        "[environment.a.policy]\nmax_risk = \"x\"",
    ] {
        assert!(config(toml).is_err(), "{toml}");
    }
    assert_eq!(config("[project]\n").unwrap_err().code(), codes::MISSING_KEY);
}

#[test]
fn what_comes_later_says_so() {
    for toml in ["[source.crm]\nfile = \"x\"", "[param.x]\ndefault = 1"] {
        assert_eq!(config(toml).unwrap_err().code(), codes::NOT_YET, "{toml}");
    }
}

#[test]
fn s01_no_error_and_no_debug_shows_a_secret() {
    let env =
        [("U", "postgres://u:canary@h/db"), ("EVOLVE_POLICY_MAX_RISK", "canary"), ("EVOLVE_DATABASE_UR", "canary")];
    let error = resolve("[database]\nurl = \"${U}\"\n", &env, &Flags::default()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"));
    assert!(error.message().starts_with("EVOLVE_POLICY_MAX_RISK takes none, low"));
    let config =
        config("[database]\nurl = \"postgres://u:canary@h/db\"\n[notify]\nwebhook = \"https://canary\"\n").unwrap();
    assert!(!format!("{config:?}").contains("canary"));
    let settings = Settings::resolve(&config, &Env::new(env[..1].iter().copied()), &Flags::default()).unwrap();
    assert!(!format!("{settings:?}").contains("canary"));
    for toml in [
        "[database]\nurl = { x = \"canary\" }",
        "[database]\nurl = [\"canary\"]",
        "[database]\nulr = \"canary\"",
        "database.url = 'canary\0'",
    ] {
        let error = Config::parse(&Text::new("evolve.toml", toml)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{toml}");
    }
}

#[test]
fn a_misspelt_variable_is_known() {
    let settings =
        resolve("", &[("EVOLVE_POLICY_MAX_RIKS", "low"), ("EVOLVE_LOG", "debug")], &Flags::default()).unwrap();
    assert_eq!(settings.unknown_variables, ["EVOLVE_POLICY_MAX_RIKS"]);
}

#[test]
fn a_flag_that_is_wrong_is_named() {
    let error = resolve("", &[], &Flags { wait: Some("soon".to_owned()), ..Flags::default() }).unwrap_err();
    assert!(error.message().starts_with("--lock-wait takes a duration"));
}
