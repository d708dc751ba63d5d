//! From text to [`Json`]: a strict reader that keeps what stands there.

use super::{DEPTH, Json};
use std::collections::HashSet;

/// Reads a whole document; the reason tells line and column.
pub(super) fn document(text: &str) -> Result<Json<'_>, String> {
    let mut reader = Reader { text, at: 0 };
    let document = reader.value(0).and_then(|value| match reader.next() {
        None => Ok(value),
        Some(_) => Err("something follows the document"),
    });
    document.map_err(|what| reader.complain(what))
}

/// What is wrong, in words that never show the text.
type What = &'static str;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn complain(&self, what: What) -> String {
        let before = &self.text[..self.at.min(self.text.len())];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let (line, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
        format!("is not JSON: {what} (line {line}, column {column})")
    }

    /// The next byte that is not space, without taking it.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.next() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, What> {
        match self.next().ok_or("it ends too early")? {
            b'{' | b'[' if depth >= DEPTH => Err("it is nested too deeply"),
            b'{' => self.object(depth + 1),
            b'[' => self.list(depth + 1),
            b'"' => self.string().map(|(raw, text)| Json::Text(raw, text)),
            _ => self.plain(),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, What> {
        self.at += 1;
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err("expected a comma or a bracket"),
            }
        }
        self.at += 1;
        Ok(Json::List(items))
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, What> {
        self.at += 1;
        let (mut entries, mut keys) = (Vec::new(), HashSet::new());
        if self.eat(b'}') {
            return Ok(Json::Object(entries));
        }
        loop {
            let (raw, key, value) = self.entry(depth)?;
            if !keys.insert(key.clone()) {
                return Err("a key stands twice in the object that ends here");
            }
            entries.push((raw, key, value));
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err("expected a comma or a brace"),
            }
        }
        self.at += 1;
        Ok(Json::Object(entries))
    }

    fn entry(&mut self, depth: usize) -> Result<(&'a str, String, Json<'a>), What> {
        if self.next() != Some(b'"') {
            return Err("expected a key in double quotes");
        }
        let (raw, key) = self.string()?;
        if !self.eat(b':') {
            return Err("expected a colon");
        }
        Ok((raw, key, self.value(depth)?))
    }

    /// A string, at its opening quote. `serde_json` judges its escapes: lone surrogates and control characters.
    fn string(&mut self) -> Result<(&'a str, String), What> {
        let rest = &self.text[self.at..];
        let mut escaped = true;
        let end = rest.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = (byte == b'\\' || byte == b'"') && !escaped;
            closes
        });
        let raw = &rest[..=end.ok_or("a string does not end")?];
        let text: String = serde_json::from_str(raw).map_err(|_| "a string that is none, or half a surrogate pair")?;
        if text.contains('\0') {
            return Err("a string that holds a NUL");
        }
        self.at += raw.len();
        Ok((raw, text))
    }

    fn plain(&mut self) -> Result<Json<'a>, What> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let word = &rest[..length];
        if !matches!(word, "null" | "true" | "false") && !is_number(word) {
            return Err("expected a value");
        }
        self.at += length;
        Ok(Json::Plain(word))
    }
}

/// JSON's grammar of numbers, of any size.
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (number, exponent) = word.split_once(['e', 'E']).unwrap_or((word, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && digits(fraction) && digits(exponent)
}
