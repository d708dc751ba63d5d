//! What passes a guard, against what SQLite stores.

use super::*;
use proptest::prelude::*;

#[derive(Debug)]
struct Same;

impl Function for Same {
    fn name(&self) -> &'static str {
        "same"
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(input)
    }
}

fn text(text: &str, numbers: Numbers) -> Result<Value, Invalid> {
    guarded(&(Arc::new(Same) as Arc<dyn Function>), numbers).call(Value::Text(text.to_owned()))
}

/// What SQLite itself makes of a value in a column of this type.
fn stored(value: &Value, declared: &str) -> Value {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    let sql = format!("CREATE TABLE t(x {declared}); INSERT INTO t VALUES ({})", crate::columns::literal(value));
    database.execute_batch(&sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok(crate::sqlite::functions::value(row.get_ref_unwrap(0)));
    database.query_row("SELECT x FROM t", [], read).unwrap()
}

#[test]
fn b50_a_number_that_its_column_would_change_is_refused() {
    for given in ["123456789.123456789123", "9007199254740993.1", "18446744073709551616", "1e400", "1e-400", "9e999"] {
        for numbers in [Numbers::Any, Numbers::Real] {
            let refused = text(given, numbers).unwrap_err();
            assert_eq!(refused.function, RULE);
            assert!(!refused.reason.contains(given));
        }
    }
    assert_eq!(text("9007199254740993", Numbers::Any), Ok(Value::Integer(9_007_199_254_740_993)));
    assert!(text("9007199254740993", Numbers::Real).is_err());
    for (given, number) in [("0.1", 0.1), ("1.10", 1.1), ("0.00001", 0.00001), ("-7.5", -7.5), ("1E20", 1e20)] {
        assert_eq!(text(given, Numbers::Any), Ok(Value::Real(number)), "{given}");
    }
    assert_eq!(text("1E2", Numbers::Any), Ok(Value::Integer(100)));
    assert_eq!(text("1E2", Numbers::Real), Ok(Value::Real(100.0)));
    // As a float this is 72100000000000992, which a column of any numbers would hold as an integer.
    assert_eq!(text("72100000000001E3", Numbers::Any), Ok(Value::Integer(72_100_000_000_001_000)));
    assert!(kept(Value::Real(72_100_000_000_001e3), Numbers::Any).is_err());
    for real in [1e18, 1e300, 9_007_199_254_740_992.0, 1.5, f64::INFINITY] {
        assert_eq!(kept(Value::Real(real), Numbers::Any), Ok(Value::Real(real)), "{real}");
    }
    let same = guarded(&(Arc::new(Same) as Arc<dyn Function>), Numbers::Real);
    assert!(same.call(Value::Integer(9_007_199_254_740_993)).is_err());
    assert_eq!(same.call(Value::Integer(1 << 60)), Ok(Value::Integer(1 << 60)));
    assert!(same.call(Value::Integer(i64::MAX)).is_err() && same.call(Value::Integer(i64::MIN)).is_ok());
}

#[test]
fn b61_what_only_looks_like_a_number_is_refused_where_it_would_become_one() {
    for given in ["007", " 12", "12 ", "+1", ".5", "5.", "\t1", "-007", "00"] {
        assert!(text(given, Numbers::Any).is_err(), "{given:?}");
    }
    for given in ["", "abc", "12abc", "0x1F", "1_000", "1e", "e1", ".", "-", "１２", "2024-05-01", "NaN", "Inf", "1 2"]
    {
        assert_eq!(text(given, Numbers::Any), Ok(Value::Text(given.to_owned())), "{given:?}");
    }
}

proptest! {
    #[test]
    fn b50_what_passes_is_stored_as_it_is(given in r"[ \t]?[+-]?[0-9]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{0,3})?[ a]?") {
        for (declared, numbers) in [("NUMERIC", Numbers::Any), ("INTEGER", Numbers::Any), ("REAL", Numbers::Real)] {
            let passed = text(&given, numbers);
            match &passed {
                // No text passes of which the column would still make a number.
                Ok(value @ Value::Text(_)) => prop_assert_eq!(&stored(value, declared), value),
                Ok(value) => {
                    let exact = Decimal::parse(&given).unwrap();
                    let there = Decimal::of(&stored(value, declared)).unwrap();
                    prop_assert_eq!(there.compare(&exact), Ordering::Equal);
                }
                Err(_) => {
                    let text = Value::Text(given.clone());
                    prop_assert_ne!(stored(&text, declared), text);
                }
            }
        }
    }

    #[test]
    fn b50_a_float_in_a_column_of_text_keeps_its_digits(bits: u64) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        let Value::Text(text) = stored(&Value::Real(number), "TEXT") else { panic!() };
        prop_assert_eq!(text.parse::<f64>().unwrap(), number, "{}", text);
    }
}
