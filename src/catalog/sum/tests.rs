use super::*;
use crate::catalog::testing::{CONFIG, project, write};

fn sealed() -> String {
    Sum::seal(&project(&[("migrations/V1__a.sql", "SELECT 1;\n"), ("plans/mvp1.toml", "x = 1\n")]).unwrap()).unwrap()
}

fn parse(text: &str) -> Result<Sum> {
    Sum::parse(&Text::new("evolve.sum", text))
}

fn refused(text: &str) -> String {
    let error = parse(text).unwrap_err();
    assert_eq!(error.code(), codes::BAD_SUM, "{text}");
    error.to_string()
}

/// An evolve.sum whose first line fits these lines.
fn with(lines: &str) -> String {
    format!("# evolve.sum 1 sha256-lf {}\n{lines}", hex(&[lines]))
}

#[test]
fn what_was_sealed_verifies_and_what_changed_is_named() {
    let sum = parse(&sealed()).unwrap();
    let same = project(&[("migrations/V1__a.sql", "SELECT 1;\n"), ("plans/mvp1.toml", "x = 1\n")]).unwrap();
    assert_eq!(sum.verify(&same).unwrap(), []);
    let other = project(&[("migrations/V1__a.sql", "SELECT 2;\n"), ("migrations/V2__b.sql", "")]).unwrap();
    let differences: Vec<_> = sum.verify(&other).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        differences,
        ["migrations/V1__a.sql was changed", "migrations/V2__b.sql is not sealed", "plans/mvp1.toml is missing"]
    );
}

#[test]
fn the_text_is_what_sha256sum_reads() {
    let text = sealed();
    let line = text.lines().nth(1).unwrap();
    // printf 'SELECT 1;\n' | sha256sum
    assert_eq!(line, format!("{}  migrations/V1__a.sql", hex(&["SELECT 1;\n"])));
    assert_eq!(hex(&["abc"]), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn f109_a_checkout_with_crlf_verifies() {
    let sum = parse(&sealed()).unwrap();
    let crlf = project(&[("migrations/V1__a.sql", "\u{feff}SELECT 1;\r\n"), ("plans/mvp1.toml", "x = 1\r\n")]).unwrap();
    assert_eq!(sum.verify(&crlf).unwrap(), []);
}

#[test]
fn b40_f122_conflict_markers_are_named_with_their_line() {
    let text = sealed().replacen('\n', "\n<<<<<<< HEAD\n", 1);
    assert!(refused(&text).starts_with("evolve.sum:2:1: "), "{}", refused(&text));
    assert!(refused(&format!("<<<<<<< HEAD\n{}", sealed())).contains("conflict marker"));
}

#[test]
fn b41_digests_of_another_form_are_refused() {
    let digest = hex(&["x"]);
    for (line, words) in [
        (format!("{}  a.sql\n", &digest[1..]), "63 letters"),
        (format!("{}  a.sql\n", digest.to_uppercase()), "small a to f"),
        (format!("{digest} a.sql\n"), "not `<digest>  <path>`"),
        (format!("{digest}  ../a.sql\n"), "inside the project"),
        (format!("{digest}  /a.sql\n"), "inside the project"),
        (format!("{digest}  b.sql\n{digest}  a.sql\n"), "not in order"),
        (format!("{digest}  a.sql\n{digest}  a.sql\n"), "stands twice"),
        ("\n".to_owned(), "not `<digest>  <path>`"),
    ] {
        assert!(refused(&with(&line)).contains(words), "{line}: {}", refused(&with(&line)));
    }
    assert!(refused(&sealed().replace("sha256-lf", "md5")).contains("algorithm"));
    for text in ["", "# evolve.sum", "x", "# evolve.sum 1 sha256-lf abc\n", "# evolve.sum one sha256-lf x\n"] {
        refused(text);
    }
}

#[test]
fn b25_b41_a_newer_format_says_so() {
    let error = parse(&sealed().replace("evolve.sum 1", "evolve.sum 2")).unwrap_err();
    assert!(error.hint_text().unwrap().contains("newer evolve"));
}

#[test]
fn a_sum_that_was_edited_is_refused() {
    let text = sealed();
    assert!(refused(text.lines().take(2).collect::<Vec<_>>().join("\n").as_str()).contains("edited or merged"));
}

#[test]
fn the_error_names_the_files() {
    let many: Vec<_> = (0..12).map(|at| Difference { path: format!("V{at}"), what: Changed::Missing }).collect();
    let error = not_as_sealed(&many);
    assert!(error.message().contains("V0 is missing") && error.message().ends_with("and 2 more"));
    assert!(error.hint_text().unwrap().contains("evolve seal"));
}

#[test]
fn sha256sum_itself_agrees() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[CONFIG, ("migrations/V1__a.sql", "SELECT 1;\n"), ("plans/a b.toml", "x = 1\n")]);
    let text = Sum::seal(&Files::read(folder.path()).unwrap()).unwrap();
    write(folder.path(), &[("evolve.sum", &text)]);
    let command =
        std::process::Command::new("sha256sum").args(["-c", "--strict", "evolve.sum"]).current_dir(&folder).output();
    if let Ok(output) = command {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
