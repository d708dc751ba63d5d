//! `map` and `else`: a value for a value.

use super::function::text_of;
use super::scalar::scalar;
use super::{Function, FunctionRow, Functions, Invalid, Sample, literal};
use crate::catalog::Fields;
use crate::error::{Error, Result, codes};
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// `map = { VSAM = "storage", JCL = "batch" }, else = "other"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "map",
    means: "Gives the value of the entry whose key is the value as text, byte by byte; else what `else` says, or a \
            refusal. NULL has no entry and stays NULL, for `default`.",
    parse,
    samples: &[
        Sample::gives(r#"map = { VSAM = "storage", JCL = "batch" }, else = "other""#, "'JCL'", "'batch'"),
        Sample::gives(r#"map = { VSAM = "storage", JCL = "batch" }, else = "other""#, "'vsam'", "'other'"),
        Sample::gives(r#"map = { VSAM = "storage" }, else = "it's new""#, "'JCL'", "'it''s new'"),
        Sample::gives(r#"map = { VSAM = "storage" }, else = "other""#, "NULL", "NULL"),
        Sample::gives(r#"map = { 1 = true, 2 = false }, else = 0"#, "1", "1"),
        Sample::gives(r#"map = { 01 = "one" }, else = "other""#, "1", "'other'"),
        Sample::gives(r#"map = { "1.0" = "one" }, else = "other""#, "1.0", "'one'"),
        Sample::gives(r#"map = { a = "b" }, else = "other""#, "x'61'", "'other'"),
        Sample::refuses(r#"map = { VSAM = "storage" }"#, "'vsam'"),
    ],
};

fn parse(fields: &mut Fields<'_>) -> Result<Functions> {
    let otherwise = fields.take("else");
    let Some(map) = fields.take("map") else {
        return match otherwise {
            None => Ok(Vec::new()),
            Some(node) => Err(Error::new(codes::BAD_COLUMN, "`else` stands without a `map`").at(node.place())),
        };
    };
    let entries = map.fields()?.entries();
    let entries = entries.into_iter().map(|(key, node)| Ok((key, scalar(&node)?))).collect::<Result<_>>()?;
    let otherwise = otherwise.map(|node| scalar(&node)).transpose()?;
    Ok(vec![Arc::new(Map { entries, otherwise })])
}

#[derive(Debug)]
struct Map {
    entries: BTreeMap<String, Value>,
    otherwise: Option<Value>,
}

impl Function for Map {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let entry = text_of(self.name(), &input).ok().and_then(|text| self.entries.get(&*text));
        let found = entry.or(self.otherwise.as_ref()).cloned();
        found.ok_or_else(|| Invalid::new(self.name(), "has no entry, and there is no `else`"))
    }

    /// Only over a column's name, since it stands there twice, and only with keys that no real's text could be, since
    /// the database writes reals in its own way.
    fn sql(&self, input: &str) -> Option<String> {
        let otherwise = literal(self.otherwise.as_ref()?);
        if self.entries.is_empty() || !is_name(input) || self.entries.keys().any(|key| may_be_real(key)) {
            return None;
        }
        let whens = self
            .entries
            .iter()
            .map(|(key, value)| format!("WHEN {} THEN {} ", literal(&Value::Text(key.clone())), literal(value)));
        let cases: String = whens.collect();
        Some(format!(
            "CASE typeof({input}) WHEN 'null' THEN NULL WHEN 'blob' THEN {otherwise} \
             ELSE CASE CAST({input} AS TEXT) COLLATE BINARY {cases}ELSE {otherwise} END END"
        ))
    }
}

/// A quoted name, maybe with its table's before it.
fn is_name(sql: &str) -> bool {
    let quoted = |part: &str| part.len() > 2 && part.starts_with('"') && part.ends_with('"');
    let inner = |part: &str| !part[1..part.len() - 1].contains('"');
    sql.split('.').all(|part| quoted(part) && inner(part))
}

fn may_be_real(key: &str) -> bool {
    key.parse::<f64>().is_ok() && key.parse::<i64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(keys: &[&str]) -> Map {
        let entries = keys.iter().map(|key| ((*key).to_owned(), Value::Integer(1))).collect();
        Map { entries, otherwise: Some(Value::Null) }
    }

    #[test]
    fn sql_is_only_given_where_it_is_the_same() {
        assert!(map(&["a", "1"]).sql(r#""t"."x""#).is_some());
        for (keys, input) in
            [(&["1.0"][..], "\"x\""), (&["inf"], "\"x\""), (&["a"], "random()"), (&["a"], "\"x\" || \"y\"")]
        {
            assert_eq!(map(keys).sql(input), None, "{keys:?} {input}");
        }
        assert_eq!(Map { otherwise: None, ..map(&["a"]) }.sql("\"x\""), None);
    }

    #[test]
    fn a_refusal_does_not_hold_the_value() {
        let refused = Map { otherwise: None, ..map(&["a"]) }.call(Value::Text("geheim".into())).unwrap_err();
        assert!(!refused.to_string().contains("geheim"));
    }
}
