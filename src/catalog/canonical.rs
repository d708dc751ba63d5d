//! The canonical form of a text: UTF-8 without byte-order mark, lines that end in LF.
//!
//! Takes bytes; gives the text, or says at which byte it is none. What is hashed, parsed and run is this form, so that
//! a checkout with CRLF is the same project. Must not know what the text means.

use crate::error::{Error, Result, codes};

/// The canonical form of what is in a file.
pub fn canonical(bytes: &[u8]) -> Result<String> {
    if let Some(name) = other_encoding(bytes) {
        return Err(not_text(format!("it is {name}, not UTF-8"), "save it as UTF-8"));
    }
    let skipped = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let text = std::str::from_utf8(&bytes[skipped..]).map_err(|error| {
        not_text(format!("byte {} is not UTF-8", skipped + error.valid_up_to()), "save it as UTF-8")
    })?;
    if let Some(at) = text.bytes().position(|byte| byte == 0) {
        return Err(not_text(format!("byte {} is a NUL", skipped + at), "a statement would end there; is it UTF-16?"));
    }
    if !text.contains('\r') {
        return Ok(text.to_owned());
    }
    let text = text.replace("\r\n", "\n");
    match text.find('\r') {
        Some(at) => {
            let line = text[..at].matches('\n').count() + 1;
            let hint = "end lines with LF or CRLF; in SQL write char(13) where a carriage return is meant";
            Err(not_text(format!("line {line} holds a carriage return without a line feed"), hint))
        }
        None => Ok(text),
    }
}

fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ => None,
    }
}

fn not_text(why: String, hint: &str) -> Error {
    Error::new(codes::NOT_TEXT, format!("the file cannot be read as text: {why}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::canonical;

    fn message(bytes: &[u8]) -> String {
        canonical(bytes).unwrap_err().message().to_owned()
    }

    #[test]
    fn f109_four_forms_of_a_file_are_one_text_or_refused() {
        let text = "SELECT 1;\n-- ä\n";
        assert_eq!(canonical(text.as_bytes()).unwrap(), text);
        assert_eq!(canonical(text.replace('\n', "\r\n").as_bytes()).unwrap(), text);
        assert_eq!(canonical(format!("\u{feff}{text}").as_bytes()).unwrap(), text);
        assert!(message(b"SELECT 1;\n--\rx").contains("line 2 holds a carriage return"));
    }

    #[test]
    fn b28_other_encodings_are_named_with_the_byte() {
        assert!(message(b"\xff\xfeS\0").contains("UTF-16"));
        assert!(message(b"\xfe\xff\0S").contains("UTF-16"));
        assert!(message(b"abc\xe4").contains("byte 3 is not UTF-8"));
        assert!(message(b"\xef\xbb\xbfab\xff").contains("byte 5"));
    }

    #[test]
    fn b29_b08_a_nul_is_refused() {
        assert!(message(b"SELECT\0 1").contains("byte 6 is a NUL"));
    }
}
