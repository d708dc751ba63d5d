//! Protection within JSON: what each pointer leads to is protected, the rest of the document stays.

use super::way::Way;
use crate::columns::Invalid;
use crate::columns::function::text_of;
use crate::columns::json::Json;
use crate::value::Value;

/// A path, unescaped, and how what lies there is protected.
pub(super) type Path = (Vec<String>, Way);

/// The document, minified, with what the paths lead to protected; what leads nowhere changes nothing.
pub(super) fn call(paths: &[Path], value: &Value) -> Result<Value, Invalid> {
    let text = text_of(super::NAME, value)?;
    let document = Json::parse(&text).map_err(|why| Invalid::new(super::NAME, why))?;
    let here: Vec<(&[String], &Way)> = paths.iter().map(|(path, way)| (path.as_slice(), way)).collect();
    Ok(Value::Text(written(&document, &here)?.unwrap_or_else(|| "null".to_owned())))
}

/// The text of a value of the document; nothing where it is dropped.
fn written(json: &Json<'_>, ways: &[(&[String], &Way)]) -> Result<Option<String>, Invalid> {
    if let Some((_, way)) = ways.iter().find(|(path, _)| path.is_empty()) {
        return protected(json, way);
    }
    if ways.is_empty() {
        return Ok(Some(json.to_string()));
    }
    let below = |name: &str| -> Vec<(&[String], &Way)> {
        let here = ways.iter().filter_map(|(path, way)| Some((path.split_first()?, *way)));
        here.filter(|((first, _), _)| *first == name).map(|((_, rest), way)| (rest, way)).collect()
    };
    Ok(Some(match json {
        Json::Object(entries) => {
            let mut parts = Vec::with_capacity(entries.len());
            for (raw, key, value) in entries {
                parts.extend(written(value, &below(key))?.map(|text| format!("{raw}:{text}")));
            }
            format!("{{{}}}", parts.join(","))
        }
        Json::List(items) => {
            let mut parts = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                parts.push(written(item, &below(&at.to_string()))?.unwrap_or_else(|| "null".to_owned()));
            }
            format!("[{}]", parts.join(","))
        }
        plain => plain.to_string(),
    }))
}

/// What stands for a value: a string, so that the document stays JSON; null stays null.
fn protected(json: &Json<'_>, way: &Way) -> Result<Option<String>, Invalid> {
    if matches!(way, Way::Drop) {
        return Ok(None);
    }
    Ok(Some(match json.value() {
        Value::Null => "null".to_owned(),
        value => {
            let protected = way.call(value)?;
            let text = text_of(super::NAME, &protected)?;
            serde_json::Value::String(text.into_owned()).to_string()
        }
    }))
}
