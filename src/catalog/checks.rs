//! `[[check]]` of a stage, `[[<kind>.check]]` of a step: a question with a known answer.
//!
//! Takes the table around it; gives [`Check`]s. Must not know who asks them.

use super::fields::{Fields, Node};
use crate::check::{Check, Expect, When};
use crate::columns::whole_pattern;
use crate::error::{Error, Result, codes};

/// The answers a check can have.
const ANSWERS: [&str; 4] = ["equals", "is", "matches", "empty"];

/// The checks of this table, in the order they are written. Two of one name are refused.
pub(super) fn read(around: &mut Fields<'_>) -> Result<Vec<Check>> {
    let nodes = around.list("check")?.unwrap_or_default();
    let checks = nodes.iter().map(read_one).collect::<Result<Vec<_>>>()?;
    for (at, check) in checks.iter().enumerate() {
        if checks[..at].iter().any(|earlier| earlier.name == check.name) {
            return Err(Error::new(codes::DUPLICATE_ID, format!("two checks are called `{}`", check.name))
                .at(check.place.clone()));
        }
    }
    Ok(checks)
}

fn read_one(node: &Node<'_>) -> Result<Check> {
    let mut fields = node.fields()?;
    let place = fields.place();
    let name = fields.required_text("name")?;
    let sql = fields.required_sql("sql")?;
    let expect = read_answer(&mut fields)?;
    let when = fields.choice("at", &[("before", When::Before), ("after", When::After)])?.unwrap_or_default();
    fields.finish()?;
    Ok(Check { name, sql, expect, when, place })
}

fn read_answer(fields: &mut Fields<'_>) -> Result<Expect> {
    let given: Vec<_> = ANSWERS.into_iter().filter(|answer| fields.has(answer)).collect();
    let [answer] = given.as_slice() else {
        let code = if given.is_empty() { codes::MISSING_KEY } else { codes::BAD_VALUE };
        return Err(Error::new(code, "a check has one answer: `equals`, `is`, `matches` or `empty`").at(fields.place()));
    };
    let node = fields.required(answer)?;
    match *answer {
        "equals" => node.sql().map(Expect::Equals),
        "is" => node.scalar_text().map(Expect::Is),
        "matches" => whole_pattern(&node).map(Expect::Matches),
        _ if node.boolean()? => Ok(Expect::Empty),
        _ => Err(node.bad("takes true")),
    }
}
