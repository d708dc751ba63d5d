use super::*;
use crate::catalog::{Config, Env, Flags, Settings};
use crate::columns::tests::column;
use crate::error::{Text, codes};

pub(super) const EMAIL: &str = "0101010101010101010101010101010101010101010101010101010101010101";
pub(super) const DEFAULT: &str = "0202020202020202020202020202020202020202020202020202020202020202";

pub(super) fn keys() -> Keys {
    let toml = "project.name = \"x\"\n[keys]\nemail = { variable = \"E\" }\ndefault = { variable = \"D\" }\n";
    let config = Config::parse(&Text::new("evolve.toml", toml)).unwrap();
    Settings::resolve(&config, &Env::new([("E", EMAIL), ("D", DEFAULT)]), &Flags::default()).unwrap().keys
}

fn ready(toml: &str) -> Arc<dyn Function> {
    let made = column(toml).unwrap();
    made.functions.last().unwrap().with_keys(&keys(), "t.c").unwrap().unwrap()
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn the_key_is_the_one_that_is_named_or_the_default() {
    let begins = |toml: &str| ready(toml).call(text("canary")).unwrap().to_string();
    for (toml, head) in [
        (r#"protect = "encrypt""#, "evolve:1:75877bb4:"),
        (r#"protect = { encrypt = "email" }"#, "evolve:1:72cd6e84:"),
        (r#"protect = "hash""#, "75877bb4:"),
        (r#"protect = { hash = "email" }"#, "72cd6e84:"),
    ] {
        let made = begins(toml);
        assert!(made.trim_matches('\'').starts_with(head), "{toml}: {made}");
        assert_eq!(ready(toml).protection().unwrap().mark.as_ref().unwrap().own, head);
    }
}

#[test]
fn without_its_key_nothing_is_written_in_plain() {
    for toml in [r#"protect = "encrypt""#, r#"protect = "hash""#, r#"protect = { "/a" = "encrypt" }"#] {
        let refused = column(toml).unwrap().call(text(r#"{"a":"canary"}"#)).unwrap_err();
        assert!(!refused.to_string().contains("canary"));
    }
    let missing = column(r#"protect = { hash = "phone" }"#).unwrap().functions[0].with_keys(&keys(), "t.c");
    assert_eq!(missing.unwrap_err().code(), codes::MISSING_SECRET_KEY);
}

#[test]
fn protection_is_called_last() {
    let made = column(r#"protect = "mask", apply = ["lower"], min = "a""#).unwrap();
    assert_eq!(made.functions.last().unwrap().name(), "protect");
    assert_eq!(made.call(text("ALCATRAZ")), Ok(text("a***z")));
}

#[test]
fn pointers_reach_into_json_and_leave_the_rest() {
    let made = ready(r#"protect = { "/a/b~1c" = "encrypt", "/list/1" = "drop", "/n" = "hash", "/z" = "mask" }"#);
    let document = r#" { "a" : { "b/c" : "canary", "d": 1.50 }, "list": [1, 2, 3], "n": 7, "other": null } "#;
    let Ok(Value::Text(written)) = made.call(text(document)) else { panic!() };
    let json: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert!(json["a"]["b/c"].as_str().unwrap().starts_with("evolve:1:75877bb4:"));
    assert!(json["n"].as_str().unwrap().starts_with("75877bb4:"));
    assert!(written.contains(r#""d":1.50"#) && written.contains(r#""list":[1,null,3]"#), "{written}");
    assert!(!written.contains("canary"));
    assert_eq!(made.call(text(&written)), Ok(text(&written)));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for toml in [
        r#"protect = "encryptt""#,
        r#"protect = { }"#,
        r#"protect = { mask = "email" }"#,
        r#"protect = { hash = "a", encrypt = "b" }"#,
        r#"protect = { encrypt = "" }"#,
        r#"protect = { "/a" = "mask", "/a/b" = "hash" }"#,
        r#"protect = { "/a" = { "/b" = "hash" } }"#,
        r#"protect = { "/a~2" = "hash" }"#,
        r#"protect = { "/a" = "mask", b = "mask" }"#,
        r#"protect = true"#,
    ] {
        assert!(column(toml).is_err(), "{toml}");
    }
}

#[test]
fn s02_no_debug_shows_a_key() {
    let shown = format!("{:?} {:?}", ready(r#"protect = "encrypt""#), ready(r#"protect = { hash = "email" }"#));
    assert!(!shown.contains("0101") && !shown.contains("[1, 1") && !shown.contains("[2, 2"), "{shown}");
}
