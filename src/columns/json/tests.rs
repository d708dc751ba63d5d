//! What the reader takes and refuses.

use super::{Json, pointer};
use crate::value::Value;
use proptest::prelude::*;

fn minified(text: &str) -> Result<String, String> {
    Json::parse(text).map(|json| json.to_string())
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn only_space_goes() {
    let text = " { \"b\" : [ 1.50 , \"\\u00e9 \\\" \\\\\" ] ,\r\n\"a\":{}, \"c\" : [ ] }\t";
    assert_eq!(minified(text).unwrap(), r#"{"b":[1.50,"\u00e9 \" \\"],"a":{},"c":[]}"#);
}

#[test]
fn b46_duplicate_keys_are_refused_however_they_are_escaped() {
    for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"[{"x":{"b":1,"b":2}}]"#] {
        assert!(minified(text).unwrap_err().contains("twice"), "{text}");
    }
    assert!(minified(r#"{"a":1,"A":2}"#).is_ok());
}

#[test]
fn b53_depth_has_a_limit() {
    assert!(minified(&nested(super::DEPTH)).is_ok());
    assert!(minified(&nested(super::DEPTH + 1)).unwrap_err().contains("deep"));
    assert!(minified(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn b55_b56_half_characters_and_nul_are_refused() {
    for text in [r#""\ud800""#, r#""\udc00\ud800""#, r#""\u0000""#, r#"{"\u0000":1}"#, "\"a\nb\""] {
        assert!(minified(text).is_err(), "{text}");
    }
    assert_eq!(Json::parse(r#""\ud83d\ude00""#).unwrap().value(), Value::Text("😀".into()));
}

#[test]
fn b58_what_is_almost_json_is_refused_with_its_place() {
    for text in "[1,]|{\"a\":1,}|// x\n1|{'a':1}|1 2|{}\n{}|{a:1}|NaN|+1|01|1.|-|| ".split('|') {
        assert!(minified(text).unwrap_err().contains("(line "), "{text:?}");
    }
    assert!(minified("[1,\n  x]").unwrap_err().ends_with("(line 2, column 3)"));
}

#[test]
fn b59_truncated_at_every_byte_is_refused() {
    let text = r#"{"a":[1,"é"],"b":{"c":null}}"#;
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(minified(&text[..end]).is_err(), "{end}");
    }
}

#[test]
fn a_reason_never_holds_the_value() {
    assert!(!minified(r#"{"password": geheim}"#).unwrap_err().contains("geheim"));
}

fn at(text: &str, path: &str) -> Option<Value> {
    Json::parse(text).unwrap().get(&pointer(path).unwrap()).map(Json::value)
}

#[test]
fn b47_b49_b50_numbers_keep_their_digits() {
    for (text, value) in [
        ("9007199254740993", Value::Integer(9007199254740993)),
        ("9007199254740991.0", Value::Text("9007199254740991.0".into())),
        ("0.1", Value::Text("0.1".into())),
        ("0.00001", Value::Text("0.00001".into())),
        ("123456789.123456789123", Value::Text("123456789.123456789123".into())),
        ("18446744073709551616", Value::Text("18446744073709551616".into())),
        ("1E2", Value::Text("1E2".into())),
        ("-0", Value::Text("-0".into())),
        ("1.50", Value::Text("1.50".into())),
        ("1e400", Value::Text("1e400".into())),
    ] {
        assert_eq!(Json::parse(text).unwrap().value(), value, "{text}");
    }
}

#[test]
fn a_pointer_finds_what_is_there() {
    let text = r#"{"a/b": [1, {"~": "x"}], "n": null, "t": true, "o": {"k": [ ]}}"#;
    assert_eq!(at(text, "/a~1b/1/~0"), Some(Value::Text("x".into())));
    assert_eq!((at(text, "/n"), at(text, "/t")), (Some(Value::Null), Some(Value::Integer(1))));
    assert_eq!(at(text, "/o"), Some(Value::Text(r#"{"k":[]}"#.into())));
    for missing in ["/x", "/a~1b/2", "/a~1b/01", "/a~1b/-", "/t/x"] {
        assert_eq!(at(text, missing), None, "{missing}");
    }
}

#[test]
fn what_is_no_pointer_is_none() {
    assert!(pointer("a").is_none() && pointer("/~2").is_none() && pointer("/~").is_none());
    assert_eq!(pointer("/~01"), Some(vec!["~1".to_owned()]));
}

proptest! {
    #[test]
    fn it_agrees_with_serde_json(text in r#"[\[\]{}:,"\\u0-9a-dE.+\-ntrufalse ]{0,12}"#) {
        let ours = minified(&text);
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match (&ours, &theirs) {
            (Ok(minified), Ok(value)) => prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(minified).unwrap(), value),
            (Err(why), Ok(_)) => prop_assert!(why.contains("twice") || why.contains("NUL")),
            (Ok(_), Err(why)) => prop_assert!(why.to_string().contains("out of range")),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn minified_twice_is_minified_once(text in r#"(\[|\{"[a-z]":|)( ?[0-9]{1,3}|"[^"\\\x00-\x1f]{0,5}")(\]|\}|)"#) {
        if let Ok(once) = minified(&text) {
            prop_assert_eq!(minified(&once).unwrap(), once);
        }
    }
}
