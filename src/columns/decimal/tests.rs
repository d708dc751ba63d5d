//! Decimals against what is known, and against whole numbers.

use super::{Decimal, Rounding};
use proptest::prelude::*;
use std::cmp::Ordering;

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

#[test]
fn f52_b61_what_only_looks_like_a_number_is_none() {
    for text in "|-|+1| 12 |12abc|0x1F|007|1,5|１２|.5|5.|1e|1e9999|NaN|inf".split('|') {
        assert_eq!(Decimal::parse(text), None, "{text:?}");
    }
}

#[test]
fn b50_digits_are_kept() {
    for text in ["0", "-1", "123456789.123456789123", "0.010", "9999999999999999999", "-0.50"] {
        assert_eq!(decimal(text).to_string(), text);
    }
    assert_eq!((decimal("1E2").to_string(), decimal("-12e-3").to_string()), ("100".into(), "-0.012".into()));
}

#[test]
fn f143_halves_go_where_the_mode_says() {
    use Rounding::{Down, HalfEven, HalfUp, Up};
    for (text, places, even, half_up, down, up) in [
        ("2.5", 0, "2", "3", "2", "3"),
        ("-3.5", 0, "-4", "-4", "-3", "-4"),
        ("0.285", 2, "0.28", "0.29", "0.28", "0.29"),
        ("0.2851", 2, "0.29", "0.29", "0.28", "0.29"),
        ("99.95", 1, "100.0", "100.0", "99.9", "100.0"),
        ("0.004", 2, "0.00", "0.00", "0.00", "0.01"),
        ("-0.004", 2, "0.00", "0.00", "0.00", "-0.01"),
        ("150", -2, "200", "200", "100", "200"),
        ("7", -2, "0", "0", "0", "100"),
        ("7", 2, "7.00", "7.00", "7.00", "7.00"),
    ] {
        let round = |rounding| decimal(text).round(places, rounding).to_string();
        assert_eq!([round(HalfEven), round(HalfUp), round(Down), round(Up)], [even, half_up, down, up], "{text}");
    }
}

#[test]
fn numbers_compare_by_what_they_are() {
    for (a, b, order) in [
        ("1.0", "1", Ordering::Equal),
        ("1E2", "100", Ordering::Equal),
        ("-0", "0.00", Ordering::Equal),
        ("-2", "-10", Ordering::Greater),
        ("9007199254740993", "9007199254740992", Ordering::Greater),
        ("0", "0.001", Ordering::Less),
        ("-1", "0", Ordering::Less),
    ] {
        assert_eq!(decimal(a).compare(&decimal(b)), order, "{a} {b}");
        assert_eq!(decimal(b).compare(&decimal(a)), order.reverse(), "{b} {a}");
    }
}

proptest! {
    #[test]
    fn decimals_are_what_integers_say(a: i64, b: i64, scale in 0..6_usize) {
        let shifted = |number: i64| decimal(&format!("{number}e-{scale}"));
        prop_assert_eq!(shifted(a).compare(&shifted(b)), a.cmp(&b));
        prop_assert_eq!(decimal(&shifted(a).to_string()).compare(&shifted(a)), Ordering::Equal);
    }

    #[test]
    fn f143_rounding_is_what_integers_say(number in -1_000_000_i64..1_000_000, places in 0_u32..5) {
        let unit = 10_i64.pow(places);
        let (whole, rest) = (number.abs() / unit, number.abs() % unit);
        let up = |away: bool| (whole + i64::from(away)) * unit * number.signum();
        for (rounding, away) in [
            (Rounding::Down, false),
            (Rounding::Up, rest > 0),
            (Rounding::HalfUp, rest * 2 >= unit && rest > 0),
            (Rounding::HalfEven, rest * 2 > unit || (rest * 2 == unit && rest > 0 && whole % 2 == 1)),
        ] {
            let rounded = decimal(&number.to_string()).round(-i32::try_from(places).unwrap(), rounding);
            prop_assert_eq!(rounded.to_string(), up(away).to_string(), "{:?}", rounding);
        }
    }
}
