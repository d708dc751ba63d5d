//! One use of a function of an application's own in `apply`.

use super::{Call, Registered};
use crate::catalog::{FunctionId, Node};
use crate::columns::apply::APPLY;
use crate::columns::scalar::{bad, unknown};
use crate::columns::{Function, Invalid};
use crate::error::{Result, nearest};
use crate::value::Value;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// One use of such a function.
struct Foreign {
    id: FunctionId,
    call: Option<Call>,
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Foreign").field(&self.id).finish()
    }
}

impl Function for Foreign {
    fn name(&self) -> &'static str {
        "apply"
    }

    fn call(&self, input: Value) -> std::result::Result<Value, Invalid> {
        let broken = |what: &str| Invalid::broken(format!("{} {what}", self.id.words()));
        let Some(call) = &self.call else { return Err(broken("is not registered here")) };
        // What it says when it panics may hold the value, and is not repeated.
        match catch_unwind(AssertUnwindSafe(|| call(input))) {
            Ok(Ok(Value::Real(number))) if number.is_nan() => Err(broken("gave a number that is none")),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(reason)) => Err(Invalid::new(self.id.name.clone(), reason)),
            Err(_) => Err(broken("panicked")),
        }
    }

    fn foreign(&self) -> Option<&FunctionId> {
        Some(&self.id)
    }

    fn registered(&self, registered: &Registered) -> Option<Arc<dyn Function>> {
        let call = registered.0.get(&self.id)?;
        Some(Arc::new(Self { id: self.id.clone(), call: Some(Arc::clone(call)) }))
    }
}

/// The function that an item of `apply` means, where its stage file declares it.
pub(in crate::columns) fn read(node: &Node<'_>) -> Result<Option<Arc<dyn Function>>> {
    let word = match node.kind() {
        "string" => node.text()?,
        "table" => {
            let entries = node.fields()?.entries();
            return match entries.iter().find(|(word, _)| node.application().functions.contains_key(word)) {
                None => Ok(None),
                Some((word, argument)) => {
                    let words = format!("gives an argument to `{word}`: an application's function takes none");
                    Err(bad(argument, words).hint(format!("write \"{word}\"")))
                }
            };
        }
        _ => return Ok(None),
    };
    let declared = &node.application().functions;
    if let Some(&version) = declared.get(&word) {
        return Ok(Some(Arc::new(Foreign { id: FunctionId { name: word, version }, call: None })));
    }
    let all = || APPLY.iter().map(|row| row.key).chain(declared.keys().map(String::as_str));
    let meant = nearest(&word, all()).filter(|near| declared.contains_key(*near));
    match meant {
        Some(_) if !APPLY.iter().any(|row| row.key == word) => Err(unknown(node, "apply", &word, all())),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_does_wrong_is_no_refusal_of_a_value() {
        let call = |call: Option<Call>| {
            Foreign { id: FunctionId { name: "plate".to_owned(), version: 1 }, call }
                .call(Value::Integer(7))
                .unwrap_err()
        };
        let refused = call(Some(Arc::new(|_| Err("is no plate".to_owned()))));
        assert_eq!((refused.to_string().as_str(), refused.is_broken()), ("plate: the value is no plate", false));
        let nan = call(Some(Arc::new(|_| Ok(Value::Real(f64::NAN)))));
        assert_eq!(nan.to_string(), "the function plate, version 1, gave a number that is none");
        assert!(nan.is_broken() && call(None).is_broken());
    }
}
