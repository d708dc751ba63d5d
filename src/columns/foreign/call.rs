//! One use of a function of an application's own in `apply`.

use super::{Call, Registered};
use crate::catalog::{FunctionId, Node};
use crate::columns::apply::APPLY;
use crate::columns::scalar::{bad, scalar, unknown};
use crate::columns::{Function, Invalid};
use crate::error::{Result, nearest};
use crate::value::Value;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// One use of such a function.
struct Foreign {
    id: FunctionId,
    arguments: Vec<Value>,
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
        match catch_unwind(AssertUnwindSafe(|| call(input, &self.arguments))) {
            Ok(Ok(Value::Real(number))) if number.is_nan() => Err(broken("gave a number that is none")),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(reason)) => Err(Invalid::new(self.id.name.clone(), reason)),
            Err(_) => Err(broken("panicked")),
        }
    }

    fn foreign(&self) -> Option<(&FunctionId, usize)> {
        Some((&self.id, self.arguments.len()))
    }

    fn registered(&self, registered: &Registered) -> Option<Arc<dyn Function>> {
        let (_, call) = registered.0.get(&self.id)?;
        let (id, arguments) = (self.id.clone(), self.arguments.clone());
        Some(Arc::new(Self { id, arguments, call: Some(Arc::clone(call)) }))
    }
}

/// The function that an item of `apply` means, where its stage file declares it.
pub(in crate::columns) fn read(node: &Node<'_>) -> Result<Option<Arc<dyn Function>>> {
    let word = match node.kind() {
        "string" => node.text()?,
        "table" => return with_arguments(node),
        _ => return Ok(None),
    };
    if let Some(&version) = node.application().functions.get(&word) {
        let id = FunctionId { name: word, version };
        return Ok(Some(Arc::new(Foreign { id, arguments: Vec::new(), call: None })));
    }
    refuse_nearly(node, &word).map(|()| None)
}

/// Refuses a word that none has and that is nearly the name of a declared function.
fn refuse_nearly(node: &Node<'_>, word: &str) -> Result<()> {
    let all = || APPLY.iter().map(|row| row.key).chain(node.application().functions.keys().map(String::as_str));
    let meant = nearest(word, all()).filter(|near| node.application().functions.contains_key(*near));
    match meant {
        Some(_) if !APPLY.iter().any(|row| row.key == word) => Err(unknown(node, "apply", word, all())),
        _ => Ok(()),
    }
}

/// The function that a table of one key means: `{ plate_number = ["DE", 2] }`, or `"DE"` where it is one argument.
fn with_arguments(node: &Node<'_>) -> Result<Option<Arc<dyn Function>>> {
    let entries = node.fields()?.entries();
    let Some((word, given)) = entries.iter().find(|(word, _)| node.application().functions.contains_key(word)) else {
        return entries.iter().try_for_each(|(word, _)| refuse_nearly(node, word)).map(|()| None);
    };
    if entries.len() > 1 {
        return Err(bad(node, "takes one word of `apply` and its arguments in a table"));
    }
    let arguments = match given.kind() {
        "array" => given.list()?.iter().map(scalar).collect::<Result<Vec<_>>>()?,
        _ => vec![scalar(given)?],
    };
    let version = node.application().functions.get(word).copied().unwrap_or_default();
    Ok(Some(Arc::new(Foreign { id: FunctionId { name: word.clone(), version }, arguments, call: None })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_does_wrong_is_no_refusal_of_a_value() {
        let call = |call: Option<Call>| {
            let id = FunctionId { name: "plate".to_owned(), version: 1 };
            Foreign { id, arguments: Vec::new(), call }.call(Value::Integer(7)).unwrap_err()
        };
        let refused = call(Some(Arc::new(|_, _| Err("is no plate".to_owned()))));
        assert_eq!((refused.to_string().as_str(), refused.is_broken()), ("plate: the value is no plate", false));
        let nan = call(Some(Arc::new(|_, _| Ok(Value::Real(f64::NAN)))));
        assert_eq!(nan.to_string(), "the function plate, version 1, gave a number that is none");
        assert!(nan.is_broken() && call(None).is_broken());
    }
}
