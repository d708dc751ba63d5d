//! Environment variables as a value, and `${VARIABLE}` in settings.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result, codes};

/// The variables a process was started with. An empty variable counts as one that is not set.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// These variables.
    pub fn new<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// This process's own; one that is not UTF-8 counts as not set.
    pub fn of_process() -> Self {
        let pairs =
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        Self(pairs.collect())
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The names of all variables that begin so.
    pub fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().map(String::as_str).filter(move |name| name.starts_with(prefix))
    }

    /// The text with each `${VARIABLE}` replaced; `$${` stands for `${`. A missing one is an error that names it.
    pub fn interpolate(&self, text: &str) -> Result<String> {
        let mut done = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if let Some(before) = rest[..at].strip_suffix('$') {
                done += before;
                done += "${";
                rest = &rest[at + 2..];
                continue;
            }
            done += &rest[..at];
            let (name, after) = rest[at + 2..].split_once('}').ok_or_else(unclosed)?;
            done += self.needed(name)?;
            rest = after;
        }
        Ok(done + rest)
    }

    fn needed(&self, name: &str) -> Result<&str> {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if name.is_empty() || !plain || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Error::new(codes::BAD_VALUE, "between `${` and `}` stands no name of a variable"));
        }
        self.get(name).ok_or_else(|| {
            Error::new(codes::MISSING_VARIABLE, format!("the environment variable {name} is not set"))
                .hint(format!("set {name}, or write the value in evolve.toml"))
        })
    }
}

fn unclosed() -> Error {
    Error::new(codes::BAD_VALUE, "`${` without `}`").hint("`$${` stands for `${`")
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in() {
        let env = Env::new([("A", "1"), ("EMPTY", "")]);
        assert_eq!(env.interpolate("x${A}y$${A}$A").unwrap(), "x1y${A}$A");
        assert_eq!(env.interpolate("${EMPTY}").unwrap_err().code(), codes::MISSING_VARIABLE);
        assert!(env.interpolate("${B}").unwrap_err().message().contains('B'));
        for bad in ["${A", "${}", "${1}", "${A B}"] {
            assert_eq!(env.interpolate(bad).unwrap_err().code(), codes::BAD_VALUE, "{bad}");
        }
    }

    #[test]
    fn s02_variables_are_shown_by_name_only() {
        assert!(!format!("{:?}", Env::new([("A", "canary")])).contains("canary"));
    }
}
