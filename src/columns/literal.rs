//! A value as SQL text.

use crate::value::Value;

/// The value as an SQL literal that the database reads back bit by bit.
///
/// Negative numbers stand in parentheses, so that a minus before them makes no comment. NaN is NULL, as it would be bound.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) if *number < 0 => format!("({number})"),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => real(*number),
        Value::Text(text) => quoted(text),
        Value::Blob(_) => value.to_string(),
        Value::Unclear(_) => format!("CAST({value} AS TEXT)"),
    }
}

fn real(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NULL".to_owned(),
        _ if number.is_sign_negative() => format!("(-{})", real(-number)),
        _ if number.is_infinite() => "9e999".to_owned(),
        _ => super::function::shortest(number),
    }
}

/// Text in quotes. No literal can hold a NUL, so that one is joined in.
fn quoted(text: &str) -> String {
    let plain = format!("'{}'", text.replace('\'', "''"));
    if text.contains('\0') { format!("({})", plain.replace('\0', "'||char(0)||'")) } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_back(value: &Value) -> Value {
        crate::columns::tests::evaluate(&literal(value))
    }

    #[test]
    fn each_class_has_its_form() {
        for (value, sql) in [
            (Value::Null, "NULL"),
            (Value::Integer(7), "7"),
            (Value::Integer(i64::MIN), "(-9223372036854775808)"),
            (Value::Real(1.0), "1.0"),
            (Value::Real(-0.0), "(-0.0)"),
            (Value::Real(f64::NEG_INFINITY), "(-9e999)"),
            (Value::Text("it's".into()), "'it''s'"),
            (Value::Blob(vec![0, 255]), "x'00ff'"),
        ] {
            assert_eq!(literal(&value), sql);
        }
    }

    #[test]
    fn b52_f149_the_ends_of_the_numbers_are_read_back() {
        for value in [f64::MAX, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, f64::NEG_INFINITY, 0.1 + 0.2, 1e22, 9e15] {
            assert_eq!(read_back(&Value::Real(value)), Value::Real(value));
        }
        for value in [i64::MIN, i64::MAX, -1, 0] {
            assert_eq!(read_back(&Value::Integer(value)), Value::Integer(value));
        }
        assert_eq!(read_back(&Value::Real(f64::NAN)), Value::Null);
    }

    #[test]
    fn b56_a_nul_is_read_back() {
        let value = Value::Text("\0a'\0".into());
        assert_eq!(read_back(&value), value);
    }

    proptest! {
        #[test]
        fn any_real_is_read_back(bits: u64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            prop_assert_eq!(read_back(&Value::Real(number)), Value::Real(number));
        }

        #[test]
        fn any_text_and_blob_is_read_back(text: String, bytes: Vec<u8>) {
            let (text, bytes) = (Value::Text(text), Value::Blob(bytes));
            prop_assert_eq!(read_back(&text), text.clone());
            prop_assert_eq!(read_back(&bytes), bytes.clone());
        }
    }
}
