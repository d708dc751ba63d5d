use super::super::Opener;
use super::super::tests::{DEFAULT, EMAIL, keys, text};
use super::*;
use crate::catalog::{Config, Env, Flags, Settings};
use crate::error::Text;

/// Keys of which `email` has taken another one's place.
fn turned_keys() -> Keys {
    let toml = "project.name = \"x\"\n[keys]\nemail = { variable = \"D\", previous = { variable = \"E\" } }\n";
    let config = Config::parse(&Text::new("evolve.toml", toml)).unwrap();
    Settings::resolve(&config, &Env::new([("E", EMAIL), ("D", DEFAULT)]), &Flags::default()).unwrap().keys
}

/// A value encrypted with the key before, and with the key of now, for the same column.
fn both(label: &str, value: &Value) -> (String, String) {
    let of = |keys: &Keys| match Cipher::new(&keys.read("email").unwrap(), label).seal(value.clone()) {
        Value::Text(text) => text,
        other => panic!("{other}"),
    };
    (of(&keys()), of(&turned_keys()))
}

fn turner(labels: &[&str]) -> Turner {
    let keys = turned_keys();
    let ciphers = labels.iter().map(|label| Cipher::of(&keys, "email", label).unwrap()).collect();
    Turner::new(keys.read("email").unwrap().id(), ciphers)
}

#[test]
fn what_is_of_the_key_before_is_turned_wherever_it_stands_and_stays_as_long() {
    let turner = turner(&["t.c", "t.c/token"]);
    let (old, new) = both("t.c", &text("canary"));
    let (inner_old, inner_new) = both("t.c/token", &Value::Integer(4711));
    assert_eq!(old.len(), new.len());
    for around in ["{}", "a {} b", "\"{}\"", "{} {} é", "'{}'"] {
        let of = |text: &str| around.replace("{}", text);
        assert_eq!(turner.turn(text(&of(&old))), text(&of(&new)), "{around}");
        assert_eq!(turner.turn(text(&of(&inner_old))), text(&of(&inner_new)), "{around}");
        let bytes = |text: &str| Value::Blob([&[0xff], of(text).as_bytes(), &[0]].concat());
        assert_eq!(turner.turn(bytes(&old)), bytes(&new), "{around}");
    }
    // Within another one, of the key before and of the key of now.
    let (twice_old, twice_new) = (both("t.c", &text(&inner_old)), both("t.c", &text(&inner_new)));
    assert_eq!(turner.turn(text(&twice_old.0)), text(&twice_new.1));
    assert_eq!(turner.turn(text(&twice_old.1)), text(&twice_new.1));
    // In a binary form whose next byte is a letter too, the length stands before it.
    let length = [u8::try_from(old.len()).unwrap()];
    let bytes = |text: &str| Value::Blob([&[0xc7], length.as_slice(), text.as_bytes(), b"Wtheme"].concat());
    assert_eq!(turner.turn(bytes(&old)), bytes(&new));
}

#[test]
fn what_is_not_of_the_key_before_stays_byte_for_byte() {
    let turner = turner(&["t.c"]);
    let (old, new) = both("t.c", &text("canary"));
    let (other, _) = both("t.other", &text("canary"));
    for same in
        [&new, &other, "evolve:1:", "evolve:1:72cd6e84:", "evolve:1:72cd6e84:AAAA", "evolve:1:zzzzzzzz:x", "e", ""]
    {
        assert_eq!(turner.turn(text(same)), text(same));
    }
    let broken = format!("{}x{}", &old[..40], &old[41..]);
    assert_eq!(turner.turn(text(&broken)), text(&broken));
    assert_eq!(turner.turn(Value::Integer(1)), Value::Integer(1));
    assert_eq!(turner.turn(Value::Blob(vec![0, 159])), Value::Blob(vec![0, 159]));
}

#[test]
fn what_is_opened_is_the_value_that_it_was() {
    let keys = keys();
    let seal = |label: &str, value: Value| Cipher::new(&keys.read("email").unwrap(), label).seal(value).to_string();
    let ciphers = ["t.c", "t.c/a"].map(|label| Cipher::new(&keys.read("email").unwrap(), label)).to_vec();
    let opener = Opener::new(ciphers);
    let bare = |text: String| text.trim_matches('\'').to_owned();
    for value in [text("say \"é\""), Value::Integer(-3), Value::Real(0.5), Value::Blob(vec![0, 255])] {
        assert_eq!(opener.open(text(&bare(seal("t.c", value.clone())))), (value, 0));
    }
    let [said, number] = [text("say \"é\""), Value::Integer(-3)].map(|value| bare(seal("t.c/a", value)));
    let document = format!("{{\"a\":\"{said}\", \"b\" : [\"{number}\"],\"c\":1.50}}");
    let opened = "{\"a\":\"say \\\"é\\\"\", \"b\" : [-3],\"c\":1.50}";
    assert_eq!(opener.open(text(&document)), (text(opened), 0));
    let strange = bare(seal("t.other", text("canary")));
    assert_eq!(opener.open(text(&strange)), (text(&strange), 1));
    assert_eq!(opener.open(text("evolve:1: is no ciphertext")), (text("evolve:1: is no ciphertext"), 0));
}
