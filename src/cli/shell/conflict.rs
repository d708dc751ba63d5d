//! Shows both rows of a conflict and asks what becomes of them. A capital letter is the answer for all the rest.

use super::consent::Asking;
use crate::cli::page::words;
use dialoguer::Input;
use dialoguer::console::{Alignment, measure_text_width, pad_str, truncate_str};
use evolve::{Ask, Conflicting, Decided, Decision, Field};

/// How wide a value is shown.
const WIDE: usize = 40;

impl Ask for Asking {
    fn decide(&self, conflicting: &Conflicting<'_>) -> Option<Decided> {
        self.screen.write(&shown(conflicting));
        let fits = conflicting.new_key.is_some();
        let expected = |typed: &String| answer(typed, fits).map(drop).ok_or("one of these letters is expected");
        let input = Input::<String>::new().with_prompt("?").validate_with(expected).report(false);
        let typed = self.heard(|| self.screen.aside(|| input.interact_text()))?;
        answer(&typed, fits)
    }
}

/// What a letter means.
fn answer(typed: &str, new_key: bool) -> Option<Decided> {
    let typed = typed.trim();
    let decision = match typed.to_ascii_lowercase().as_str() {
        "k" => Decision::Keep,
        "t" => Decision::Take,
        "f" => Decision::Fill,
        "n" if new_key => Decision::NewKey,
        _ => return None,
    };
    Some(Decided { decision, rest: typed.starts_with(|letter: char| letter.is_ascii_uppercase()) })
}

/// Both rows, column by column, and what can be answered.
fn shown(conflicting: &Conflicting<'_>) -> String {
    let key: Vec<String> = conflicting.key.iter().map(|value| words::plain(value.to_string())).collect();
    let (step, table) = (words::plain(conflicting.step), words::plain(conflicting.table));
    let rows: Vec<[String; 3]> = conflicting.fields.iter().map(row).collect();
    let head = [String::new(), "there".to_owned(), "incoming".to_owned()];
    let width = |at: usize| rows.iter().chain([&head]).map(|row| measure_text_width(&row[at])).max().unwrap_or(0);
    let line = |row: &[String; 3]| {
        let cells = [0, 1].map(|at| pad_str(&row[at], width(at), Alignment::Left, None).into_owned());
        format!("  {}  {}  {}\n", cells[0], cells[1], row[2])
    };
    let lines: String = [&head].into_iter().chain(&rows).map(line).collect();
    let new_key = conflicting.new_key.map(|column| format!(", n: both, with a new {}", words::plain(column)));
    format!(
        "{step}: {} comes where a row of {table} is\n{lines}k: keep what is there, t: take what comes, f: fill what is \
         empty{}\nA capital letter means the same for all the rest.\n",
        key.join(", "),
        new_key.unwrap_or_default()
    )
}

fn row(field: &Field) -> [String; 3] {
    let value = |value: &Option<evolve::value::Value>| match value {
        None => "(protected)".to_owned(),
        Some(value) => truncate_str(&words::plain(value.to_string()), WIDE, "…").into_owned(),
    };
    [words::plain(&field.column), value(&field.there), value(&field.incoming)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use evolve::value::Value;

    #[test]
    fn a_letter_is_an_answer_and_a_capital_one_for_all_the_rest() {
        let decided = |decision, rest| Some(Decided { decision, rest });
        assert_eq!(answer(" k ", false), decided(Decision::Keep, false));
        assert_eq!(answer("T", false), decided(Decision::Take, true));
        assert_eq!(answer("n", true), decided(Decision::NewKey, false));
        for typed in ["", "n", "N", "x", "kk", "keep"] {
            assert_eq!(answer(typed, false), None, "{typed}");
        }
    }

    #[test]
    fn s36_what_rows_hold_cannot_write_to_the_terminal_and_what_is_protected_is_not_shown() {
        let field = |column: &str, there, incoming| Field { column: column.to_owned(), there, incoming };
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let fields = [
            field("id", Some(Value::Integer(3)), Some(Value::Integer(3))),
            field("name", text("\u{1b}[2Jx"), text("y")),
            field("mail", None, None),
        ];
        let conflicting =
            Conflicting { step: "move", table: "b", key: &[Value::Integer(7)], fields: &fields, new_key: Some("id") };
        let page = shown(&conflicting);
        assert!(!page.contains('\u{1b}') && page.contains("(protected)  (protected)"), "{page}");
        assert!(
            page.starts_with("move: 7 comes where a row of b is\n") && page.contains("n: both, with a new id"),
            "{page}"
        );
    }
}
