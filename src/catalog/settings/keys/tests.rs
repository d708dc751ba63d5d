use super::*;
use crate::catalog::Config;
use crate::catalog::settings::{Flags, Settings};
use crate::error::Text;

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn settings(toml: &str, env: &[(&str, &str)], environment: Option<&str>) -> Result<Settings> {
    let config = Config::parse(&Text::new("evolve.toml", format!("project.name = \"kb\"\n{toml}")))?;
    let flags = Flags { env: environment.map(str::to_owned), ..Flags::default() };
    Settings::resolve(&config, &Env::new(env.iter().copied()), &flags)
}

fn file(bytes: &[u8], mode: u32) -> (tempfile::TempDir, Keys) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.key");
    std::fs::write(&path, bytes).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    let mut keys = settings("keys.k = { file = \"k.key\" }", &[], None).unwrap().keys;
    keys.beneath(folder.path());
    (folder, keys)
}

#[test]
fn a_key_is_the_same_in_each_form() {
    let bytes: Vec<u8> = (0..32).collect();
    let forms = [
        bytes.clone(),
        [bytes.as_slice(), b"\n"].concat(),
        HEX.as_bytes().to_vec(),
        format!("{}\r\n", HEX.to_uppercase()).into_bytes(),
        base64::encode(&bytes).into_bytes(),
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n".to_vec(),
    ];
    for form in forms {
        let key = Key::of(&form).unwrap();
        assert_eq!((key.expose().as_slice(), key.id()), (bytes.as_slice(), "630dcd29"));
    }
    for wrong in [&b""[..], b"short", &HEX.as_bytes()[..62], &[0; 33], b"not base 64 at all, whatever it looks like"] {
        assert!(Key::of(wrong).is_none(), "{wrong:?}");
    }
}

#[test]
fn s02_a_key_is_shown_by_its_id_only() {
    let (_folder, keys) = file(HEX.as_bytes(), 0o600);
    let key = keys.read("k").unwrap();
    assert_eq!(format!("{key:?}"), "Key(630dcd29)");
    assert!(!format!("{keys:?}").contains("0102"));
}

#[test]
fn s03_a_key_file_is_for_its_owner_only() {
    for mode in [0o640, 0o604, 0o666] {
        let (_folder, keys) = file(HEX.as_bytes(), mode);
        let error = keys.read("k").unwrap_err();
        assert_eq!(error.code(), codes::MISSING_SECRET_KEY);
        assert!(error.message().contains("can be read by others"), "{error}");
    }
    for mode in [0o600, 0o400] {
        assert!(file(HEX.as_bytes(), mode).1.read("k").is_ok());
    }
}

#[test]
fn s02_no_error_holds_what_is_in_the_file_or_variable() {
    let (_folder, keys) = file(b"canary-canary", 0o600);
    let of_file = keys.read("k").unwrap_err();
    let keys = settings("keys.k = { variable = \"K\" }", &[("K", "canary-canary")], None).unwrap().keys;
    let of_variable = keys.read("k").unwrap_err();
    for error in [of_file, of_variable] {
        assert!(!format!("{error} {error:?} {:?}", error.hint_text()).contains("canary"));
        assert_eq!(error.exit() as u8, 4);
    }
}

#[test]
fn an_environment_has_its_own_keys_only() {
    let toml = "keys.k = { variable = \"K\" }\n[environment.prod.keys]\np = { variable = \"K\" }\n";
    let read = |environment, name: &str| settings(toml, &[("K", HEX)], environment).unwrap().keys.read(name);
    assert!(read(None, "k").is_ok() && read(Some("prod"), "p").is_ok());
    let missing = read(Some("prod"), "k").unwrap_err();
    assert_eq!(missing.code(), codes::MISSING_SECRET_KEY);
    assert!(missing.message().contains("`k`") && missing.message().contains("`prod`"), "{missing}");
    assert!(read(None, "p").unwrap_err().hint_text().unwrap().contains("[keys]"));
}

#[test]
fn a_key_is_looked_for_only_when_it_is_asked_for() {
    assert!(settings("keys.k = { file = \"nowhere\" }\n", &[], None).is_ok());
    for toml in [
        "keys.k = { }",
        "keys.k = { command = [] }",
        "keys.k = { command = \"pass email\" }",
        "keys.k = { command = [\"a\"], file = \"b\" }",
        "keys.k = { file = \"c\", previous = { file = \"b\", previous = { file = \"a\" } } }",
        "keys.k = { file = \"a\", variable = \"B\" }",
        "keys.k = { fil = \"a\" }",
        "keys.k = \"a\"",
    ] {
        assert!(settings(toml, &[], None).is_err(), "{toml}");
    }
}

#[test]
fn a_key_comes_from_a_command_too() {
    let keys = |toml: &str| settings(toml, &[("NAME", HEX)], None).unwrap().keys;
    assert_eq!(keys("keys.k = { command = [\"printf\", \"${NAME}\"] }").read("k").unwrap().id(), "630dcd29");
    let failed = keys("keys.k = { command = [\"sh\", \"-c\", \"echo canary; echo canary >&2; exit 1\"] }")
        .read("k")
        .unwrap_err();
    assert!(failed.message().contains("`k`") && failed.message().contains("the command sh ended with 1"), "{failed}");
    let odd = keys("keys.k = { command = [\"echo\", \"canary\"] }").read("k").unwrap_err();
    for error in [failed, odd] {
        assert!(!format!("{error} {error:?} {:?}", error.hint_text()).contains("canary"));
        assert_eq!(error.code(), codes::MISSING_SECRET_KEY);
    }
}

#[test]
fn a_key_may_name_the_one_before_it() {
    let toml = "keys.k = { variable = \"NEW\", previous = { variable = \"OLD\" } }\nkeys.l = { variable = \"NEW\" }";
    let old = "ff".repeat(32);
    let keys = settings(toml, &[("NEW", HEX), ("OLD", &old)], None).unwrap().keys;
    let (new, previous) = (keys.read("k").unwrap(), keys.previous("k").unwrap().unwrap());
    assert_eq!((new.id(), previous.expose()), ("630dcd29", &[255; 32]));
    assert!(keys.previous("l").unwrap().is_none() && keys.previous("m").unwrap().is_none());
    let keys = settings(toml, &[("NEW", HEX)], None).unwrap().keys;
    assert!(keys.read("k").is_ok() && keys.previous("k").is_err());
}
