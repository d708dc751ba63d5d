//! A value as bytes with its class, as it is encrypted: it comes back as what it was.

use crate::value::Value;

/// A value with its class.
pub(super) fn bytes_of(value: &Value) -> Vec<u8> {
    let (class, bytes) = match value {
        Value::Null => (b'n', Vec::new()),
        Value::Integer(number) => (b'i', number.to_le_bytes().to_vec()),
        Value::Real(number) => (b'r', number.to_bits().to_le_bytes().to_vec()),
        Value::Text(text) => (b't', text.as_bytes().to_vec()),
        Value::Blob(bytes) | Value::Unclear(bytes) => (b'b', bytes.clone()),
    };
    [&[class], bytes.as_slice()].concat()
}

/// The value that such bytes are.
pub(super) fn value_of(plain: &[u8]) -> Option<Value> {
    let (class, bytes) = plain.split_first()?;
    Some(match class {
        b'i' => Value::Integer(i64::from_le_bytes(bytes.try_into().ok()?)),
        b'r' => Value::Real(f64::from_bits(u64::from_le_bytes(bytes.try_into().ok()?))),
        b't' => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
        b'b' => Value::Blob(bytes.to_vec()),
        _ => return None,
    })
}
