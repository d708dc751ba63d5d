use super::*;

fn cipher(byte: u8, label: &str) -> Cipher {
    Cipher::new(&Arc::new(Key::of(&[byte; 32]).unwrap()), label)
}

#[test]
fn every_class_of_value_comes_back() {
    let cipher = cipher(1, "t.c");
    for value in [
        Value::Integer(-5),
        Value::Real(0.1),
        Value::Text("ä\0".into()),
        Value::Text(String::new()),
        Value::Text("evolve:1:00000000:AAAA".into()),
        Value::Blob(vec![0, 255]),
    ] {
        let sealed = cipher.seal(value.clone());
        assert_ne!(sealed, value);
        assert_eq!(cipher.open(&sealed), Some(value));
        assert_eq!(cipher.seal(sealed.clone()), sealed);
    }
    assert_eq!(cipher.seal(Value::Null), Value::Null);
}

#[test]
fn s15_the_same_value_gives_the_same_text_and_another_value_another_nonce() {
    let cipher = cipher(1, "t.c");
    let mut nonces = std::collections::BTreeSet::new();
    for number in 0..10_000 {
        let Value::Text(text) = cipher.seal(Value::Integer(number)) else { panic!() };
        assert_eq!(Value::Text(text.clone()), cipher.seal(Value::Integer(number)));
        assert!(nonces.insert(text[HEAD.len() + 9..][..16].to_owned()));
    }
    assert_ne!(cipher.seal(Value::Text("5".into())), cipher.seal(Value::Integer(5)));
}

#[test]
fn another_key_another_column_and_a_changed_letter_open_nothing() {
    let sealed = cipher(1, "t.c").seal(Value::Text("canary".into()));
    assert_eq!(cipher(2, "t.c").open(&sealed), None);
    assert_eq!(cipher(1, "t.d").open(&sealed), None);
    let Value::Text(text) = sealed else { panic!() };
    for at in HEAD.len()..text.len() {
        let mut letters = text.clone().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(cipher(1, "t.c").open(&Value::Text(String::from_utf8(letters).unwrap())), None, "{at}");
    }
    assert_eq!(cipher(1, "t.c").open(&Value::Text(text[..text.len() - 1].to_owned())), None);
}

#[test]
fn s02_a_cipher_is_shown_without_its_key() {
    assert_eq!(format!("{:?}", cipher(1, "t.c")), "Cipher(t.c, 72cd6e84)");
}
