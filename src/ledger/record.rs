//! A row as a JSON object that a person can read and mend, and out of which the same values come again.
//!
//! NULL, integers and floats are JSON's own, floats with all their digits; text is a string. What JSON does not have stands in
//! an object of one member: `{"blob": "00FF"}`, `{"text": "C328"}` where text is no UTF-8, `{"real": "inf"}`.

use crate::value::Value;
use serde_json::{Map, Number, Value as Json};

/// A value as JSON text.
pub fn said(value: &Value) -> String {
    let tagged = |tag: &str, text: String| Json::Object(Map::from_iter([(tag.to_owned(), Json::String(text))]));
    let json = match value {
        Value::Null => Json::Null,
        Value::Integer(value) => Json::from(*value),
        Value::Real(value) => Number::from_f64(*value).map_or_else(|| tagged("real", value.to_string()), Json::Number),
        Value::Text(text) => Json::String(text.clone()),
        Value::Blob(bytes) => tagged("blob", hex(bytes)),
        Value::Unclear(bytes) => tagged("text", hex(bytes)),
    };
    json.to_string()
}

/// The values of a record by their names; nothing where it is no JSON object.
pub fn read(record: &str) -> Option<Vec<(String, Value)>> {
    let row: Map<String, Json> = serde_json::from_str(record).ok()?;
    Some(row.into_iter().map(|(name, json)| (name, value(json))).collect())
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Integer(i64::from(yes)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => number.as_f64().map_or(Value::Null, Value::Real),
        },
        Json::String(text) => Value::Text(text),
        // What is neither of the tagged ones is a document that somebody put there.
        other => tagged(&other).unwrap_or_else(|| Value::Text(other.to_string())),
    }
}

fn tagged(json: &Json) -> Option<Value> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    let (tag, text) = object.iter().next().and_then(|(tag, text)| Some((tag.as_str(), text.as_str()?)))?;
    match tag {
        "blob" => bytes(text).map(Value::Blob),
        "text" => bytes(text)
            .map(|bytes| String::from_utf8(bytes).map_or_else(|no| Value::Unclear(no.into_bytes()), Value::Text)),
        "real" => text.parse().ok().map(Value::Real),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    let digits: Vec<u8> = digits.collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f144_a_value_comes_out_of_a_record_as_it_went_in() {
        let values = [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Integer(i64::MAX),
            Value::Real(1.0),
            Value::Real(-0.0),
            Value::Real(0.1 + 0.2),
            Value::Real(1e-320),
            Value::Real(f64::MAX),
            Value::Real(f64::NEG_INFINITY),
            Value::Text("x\0\"ä".into()),
            Value::Text("{\"blob\":\"00\"}".into()),
            Value::Blob(Vec::new()),
            Value::Blob(vec![0, 255]),
            Value::Unclear(vec![255, 65]),
        ];
        for value in values {
            let back = read(&format!("{{\"v\":{}}}", said(&value))).unwrap();
            assert_eq!(format!("{back:?}"), format!("{:?}", vec![("v".to_owned(), value)]));
        }
    }

    #[test]
    fn what_a_person_writes_is_taken_for_what_it_is() {
        let record = r#"{"a":true,"b":{"blob":"zz"},"c":[1, 2],"d":{"text":"41"},"e":9223372036854775808}"#;
        let values: Vec<Value> = read(record).unwrap().into_iter().map(|(_, value)| value).collect();
        let text = |text: &str| Value::Text(text.to_owned());
        let expected =
            [Value::Integer(1), text(r#"{"blob":"zz"}"#), text("[1,2]"), text("A"), Value::Real(2.0_f64.powi(63))];
        assert_eq!(values, expected);
        assert_eq!(read("[]"), None);
        assert_eq!(read("{"), None);
    }
}
