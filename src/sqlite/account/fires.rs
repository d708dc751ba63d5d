//! The triggers of a target that a Movement would fire: what they do is known to none but a run.

use crate::catalog::Triggers;
use crate::error::Result;
use crate::movement::Write;
use crate::sql::{Token, TokenKind, tokens, unquoted, word};
use crate::sqlite::mover::SqliteMover;
use crate::value::Value;

/// A trigger, as far as it matters when it fires.
struct Trigger {
    name: String,
    event: String,
    /// The columns it is about; none where it is about all.
    columns: Vec<String>,
}

impl SqliteMover<'_> {
    /// The names of the triggers that this Movement would fire, or run into.
    pub(super) fn triggers_met(&self, triggers: Triggers) -> Result<Vec<String>> {
        let asks = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE \
                    ORDER BY rowid";
        let rows = self.ask(asks, &[Value::Text(self.target.name.clone())])?;
        let text = |row: &[Value], at: usize| crate::ledger::text(row, at).unwrap_or_default();
        let all = rows.iter().map(|row| Trigger::read(text(row, 0), &text(row, 1)));
        Ok(match triggers {
            Triggers::Hold => Vec::new(),
            Triggers::Forbid => all.map(|trigger| trigger.name).collect(),
            Triggers::Fire => all.filter(|trigger| self.fires(trigger)).map(|trigger| trigger.name).collect(),
        })
    }

    fn fires(&self, trigger: &Trigger) -> bool {
        let changes = match &self.movement.write {
            Write::Insert(conflict) => conflict.overwrites(),
            Write::Update | Write::Statement(_) => true,
        };
        let is_set = |column: &String| self.movement.columns.iter().any(|it| it.column.eq_ignore_ascii_case(column));
        match trigger.event.as_str() {
            "insert" => self.movement.write != Write::Update,
            "update" => changes && (trigger.columns.is_empty() || trigger.columns.iter().any(is_set)),
            _ => false,
        }
    }
}

impl Trigger {
    /// Reads `CREATE TRIGGER name [BEFORE | AFTER] event [OF columns] ON …`, as the catalog keeps it.
    fn read(name: String, sql: &str) -> Self {
        let all = tokens(sql).unwrap_or_default();
        let is_event = |token: &&Token| {
            let said = |event: &&str| word(sql, token).eq_ignore_ascii_case(event);
            token.kind == TokenKind::Word && ["insert", "update", "delete"].iter().any(said)
        };
        // The name itself may be any word: it is the third.
        let mut words = all.iter().skip(3).skip_while(|token| !is_event(token));
        let event = words.next().map_or(String::new(), |token| word(sql, token).to_ascii_lowercase());
        let until = words.take_while(|token| !word(sql, token).eq_ignore_ascii_case("on"));
        let columns = until.filter(|token| token.kind != TokenKind::Sign).skip(1);
        Self { name, event, columns: columns.map(|token| unquoted(word(sql, token))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::Trigger;

    #[test]
    fn what_fires_a_trigger_is_read_from_its_statement() {
        let read = |sql: &str| {
            let trigger = Trigger::read(String::new(), sql);
            (trigger.event, trigger.columns)
        };
        assert_eq!(read("CREATE TRIGGER t INSERT ON a BEGIN SELECT 1; END"), ("insert".to_owned(), Vec::new()));
        assert_eq!(read("CREATE TRIGGER \"update\" AFTER DELETE ON a BEGIN END"), ("delete".to_owned(), Vec::new()));
        let some = vec!["x".to_owned(), "on it".to_owned()];
        assert_eq!(read("CREATE TRIGGER t BEFORE UPDATE OF x, [on it] ON a BEGIN END"), ("update".to_owned(), some));
    }
}
