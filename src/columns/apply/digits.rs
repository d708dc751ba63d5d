//! `digits`: the digits of a text, nothing else.

use crate::columns::cast::integer_of;
use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "digits",
    means: "Keeps the digits 0 to 9 only; digits and numerals of other scripts are refused, not dropped. Of a number the \
            digits of an integer; one with a fraction is refused.",
    make: Make::Plain(|| Arc::new(Digits)),
    samples: &[
        Sample::gives(r#"apply = ["digits"]"#, "'+49 (30) 12-34'", "'49301234'"),
        Sample::gives(r#"apply = ["digits"]"#, "'none'", "''"),
        Sample::gives(r#"apply = ["digits"]"#, "1e16", "'10000000000000000'"),
        Sample::gives(r#"apply = ["digits"]"#, "49301234.0", "'49301234'"),
        Sample::refuses(r#"apply = ["digits"]"#, "0.00001"),
        Sample::refuses(r#"apply = ["digits"]"#, "1.5"),
        Sample::refuses(r#"apply = ["digits"]"#, "1e20"),
        Sample::refuses(r#"apply = ["digits"]"#, "'１２'"),
        Sample::refuses(r#"apply = ["digits"]"#, "'二〇二四年 12'"),
    ],
};

#[derive(Debug)]
struct Digits;

impl Function for Digits {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let input = match input {
            // As text a real would have digits that only say how it is written: 1e16, 3.0.
            Value::Real(_) => integer_of(&input)
                .map(Value::Integer)
                .ok_or_else(|| Invalid::new(self.name(), "is a number that is no integer"))?,
            other => other,
        };
        let text = text_of(self.name(), &input)?;
        if text.chars().any(is_other_numeral) {
            return Err(Invalid::new(self.name(), "holds digits other than 0 to 9"));
        }
        Ok(Value::Text(text.chars().filter(char::is_ascii_digit).collect()))
    }
}

/// Digits, numerals and fractions of every script; in Chinese writing numerals are letters.
fn is_other_numeral(letter: char) -> bool {
    !letter.is_ascii() && (letter.is_numeric() || HAN.contains(letter))
}

/// Unicode's numerals among the characters of Chinese writing, everyday and financial (Unihan's kPrimaryNumeric and
/// kAccountingNumeric).
const HAN: &str = "零一二三四五六七八九十百千万萬亿億兆壹壱弌贰貳弐弍叁參参叄弎肆伍陆陸柒漆捌玖拾佰陌仟阡";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b61_no_numeral_of_another_script_is_dropped() {
        for numeral in ["١", "１", "४", "Ⅳ", "½", "²", "〇", "三", "百", "㊂", "𝟙"] {
            assert!(Digits.call(Value::Text(format!("a{numeral}1"))).is_err(), "{numeral}");
        }
        assert_eq!(Digits.call(Value::Text("日本 語a-1".into())), Ok(Value::Text("1".into())));
        assert_eq!(Digits.call(Value::Real(-0.0)), Ok(Value::Text("0".into())));
        assert!(Digits.call(Value::Real(f64::INFINITY)).is_err());
    }
}
