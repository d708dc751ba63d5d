//! `replace`: every match of a regular expression, replaced.

use crate::columns::function::text_of;
use crate::columns::pattern::compile;
use crate::columns::scalar::{bad, pair};
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use regex::Regex;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "replace",
    means: "Replaces every match of a regular expression, in linear time; $1 or ${name} is a group, $$ a dollar.",
    make: Make::With(|node| {
        let (expression, with) = pair(node, "a regular expression and what replaces it")?;
        let (regex, replacement) = (compile(&expression, &expression.text()?)?, with.text()?);
        match unknown_group(&regex, &replacement) {
            Some(group) => Err(bad(&with, format!("names the group `{group}`, which the expression does not have"))
                .hint("$$ is a dollar")),
            None => Ok(Arc::new(Replace { regex, replacement })),
        }
    }),
    samples: &[
        Sample::gives(r#"apply = [{ replace = ["\\s+", " "] }]"#, "'a  b   c'", "'a b c'"),
        Sample::gives(r#"apply = [{ replace = ["(\\w+) (\\w+)", "$2, ${1}"] }]"#, "'Ann Lee'", "'Lee, Ann'"),
        Sample::gives(r#"apply = [{ replace = ["€", "$$"] }]"#, "'5€'", "'5$'"),
        Sample::refuses(r#"apply = [{ replace = ["a", "b"] }]"#, "x'61'"),
    ],
};

#[derive(Debug)]
struct Replace {
    regex: Regex,
    replacement: String,
}

impl Function for Replace {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        Ok(Value::Text(self.regex.replace_all(&text, self.replacement.as_str()).into_owned()))
    }
}

/// The first group that the replacement names and the expression has not; it would silently be empty.
fn unknown_group(regex: &Regex, replacement: &str) -> Option<String> {
    let references = Regex::new(r"\$\$|\$\{([^}]*)\}|\$([0-9A-Za-z_]+)").ok()?;
    let named = references.captures_iter(replacement).filter_map(|found| found.get(1).or(found.get(2)));
    let exists = |group: &str| match group.parse::<usize>() {
        Ok(number) => number < regex.captures_len(),
        Err(_) => regex.capture_names().flatten().any(|name| name == group),
    };
    named.map(|group| group.as_str().to_owned()).find(|group| !exists(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_is_not_there_is_seen() {
        let regex = Regex::new("(a)(?<b>b)").unwrap();
        for (replacement, group) in [("$3", Some("3")), ("$1x", Some("1x")), ("${x}", Some("x")), ("${b}$2$$9 $", None)]
        {
            assert_eq!(unknown_group(&regex, replacement).as_deref(), group, "{replacement}");
        }
    }
}
