//! The grammar of a migration's file name, refinery's with three additions.
//!
//! Takes a path; gives a [`FileName`], nothing for a file that is none of ours, or an error for one that looks like a
//! migration and is not one. Must not know what is in the file.
//!
//! ```text
//! V<digits>__<words>.sql                 U<digits>__<words>.sql           R__<words>.sql
//! V<digits>__<words>.<dialect>.sql       this engine's twin
//! V<digits>__<words>.down.sql            the reverse
//! V<digits>__<words>.down.<dialect>.sql  this engine's twin of the reverse: the dialect stands directly before .sql
//! ```

use super::fields::is_combining;
use crate::error::{Error, Place, Result, codes, nearest};

/// The engines that a file or a piece of SQL can be for.
pub const DIALECTS: &[&str] = &["sqlite", "postgres"];

/// How a migration is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MigrationKind {
    /// `V`: in the order of versions.
    Versioned,
    /// `U`: refinery's unversioned; ordered by `needs` and by what it uses.
    Unversioned,
    /// `R`: made again when its text or what it reads changes.
    Repeatable,
}

/// What a migration's file name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// V, U or R.
    pub kind: MigrationKind,
    /// The version; 0 for a repeatable.
    pub version: i64,
    /// The words after `__`.
    pub name: String,
    /// Whether it is a reverse.
    pub down: bool,
    /// The engine it is for, if it is a twin.
    pub dialect: Option<&'static str>,
    /// Folder and file name up to the first dot: what a migration shares with its twins and reverses.
    pub base: String,
}

impl FileName {
    /// `V4`, `U4` or `R__name`: what the step is called, whatever the zeros in the file's name.
    pub fn id(&self) -> String {
        match self.kind {
            MigrationKind::Versioned => format!("V{}", self.version),
            MigrationKind::Unversioned => format!("U{}", self.version),
            MigrationKind::Repeatable => format!("R__{}", self.name),
        }
    }
}

/// Endings and beginnings of files that editors, merges and systems leave behind. They are no migrations.
const LEFT_BEHIND: [&str; 7] = ["~", ".swp", ".swo", ".bak", ".orig", ".rej", ".tmp"];

/// Whether a file of the migrations folder is none of evolve's: hidden, left behind by an editor or a merge, or
/// neither `.sql` nor beginning like a migration (README.md, mod.rs).
pub fn is_ignored(file_name: &str) -> bool {
    file_name.starts_with(['.', '#'])
        || LEFT_BEHIND.iter().any(|ending| file_name.ends_with(ending))
        || !(file_name.to_ascii_lowercase().ends_with(".sql") || begins_like_one(file_name))
}

/// `V1_`, `u2.3_`, `R__`.
fn begins_like_one(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(['V', 'v', 'U', 'u', 'R', 'r', '|']) else { return false };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    (after.len() < rest.len() && after.starts_with('_')) || rest.starts_with("__")
}

/// What the name of the file at `path` says; nothing if the file is ignored.
pub fn read(path: &str) -> Result<Option<FileName>> {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    if is_ignored(file_name) {
        return Ok(None);
    }
    parse(path, file_name).map(Some).map_err(|(why, hint)| {
        Error::new(
            codes::BAD_FILE_NAME,
            format!("`{}` looks like a migration and is not one: {why}", file_name.escape_debug()),
        )
        .at(Place::file(path.escape_debug().to_string()))
        .hint(hint)
    })
}

type Why = (String, String);

fn parse(path: &str, file_name: &str) -> Result<FileName, Why> {
    let (stem, endings) = file_name.split_once('.').unwrap_or((file_name, ""));
    let (kind, version, name) = parse_stem(stem, endings)?;
    let (down, dialect) = parse_endings(stem, endings)?;
    let base = format!("{}{stem}", &path[..path.len() - file_name.len()]);
    Ok(FileName { kind, version, name: name.to_owned(), down, dialect, base })
}

fn parse_stem<'a>(stem: &'a str, endings: &str) -> Result<(MigrationKind, i64, &'a str), Why> {
    if endings.starts_with(|c: char| c.is_ascii_digit()) && endings.contains("__") {
        return Err(why("a version with a dot is not supported", "use one whole number: V12__name.sql"));
    }
    let kind = match stem.chars().next() {
        Some('V') => MigrationKind::Versioned,
        Some('U') => MigrationKind::Unversioned,
        Some('R') => MigrationKind::Repeatable,
        Some('v' | 'u' | 'r') => return Err(why("its first letter is small", "begin it with V, U or R")),
        _ => return Err(why("it does not begin with V, U or R", EXPECTED)),
    };
    let (digits, name) = stem[1..].split_once("__").ok_or_else(|| without_underscores(stem))?;
    let version = parse_version(kind, digits)?;
    check_words(name)?;
    Ok((kind, version, name))
}

const EXPECTED: &str = "expected V<number>__<words>.sql, such as V12__add_tags.sql";

fn why(what: impl Into<String>, hint: impl Into<String>) -> Why {
    (what.into(), hint.into())
}

fn without_underscores(stem: &str) -> Why {
    match stem.find(['_', '-', ' ']) {
        Some(_) => why("two underscores must follow the version", EXPECTED),
        None => why("it has no words after the version", EXPECTED),
    }
}

fn parse_version(kind: MigrationKind, digits: &str) -> Result<i64, Why> {
    if kind == MigrationKind::Repeatable {
        return if digits.is_empty() {
            Ok(0)
        } else {
            Err(why("a repeatable has no version", "call it R__<words>.sql"))
        };
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(why("its version is not a whole number", EXPECTED));
    }
    digits.parse().map_err(|_| why("its version is too large", format!("the largest is {}", i64::MAX)))
}

fn check_words(name: &str) -> Result<(), Why> {
    if name.is_empty() {
        return Err(why("it has no words after the version", EXPECTED));
    }
    if name.chars().any(is_combining) {
        return Err(why("a letter is written with a combining mark", "write it as one letter (NFC), or in ASCII"));
    }
    match name.chars().find(|c| !(c.is_alphanumeric() || *c == '_')) {
        Some(c) => Err(why(
            format!("`{}` cannot be in it", c.escape_debug()),
            format!("use letters, digits and underscores; {EXPECTED}"),
        )),
        None => Ok(()),
    }
}

fn parse_endings(stem: &str, endings: &str) -> Result<(bool, Option<&'static str>), Why> {
    let parts: Vec<_> = endings.split('.').collect();
    match parts.as_slice() {
        ["sql"] => Ok((false, None)),
        ["down", "sql"] => Ok((true, None)),
        ["down", dialect, "sql"] => Ok((true, Some(parse_dialect(dialect)?))),
        [dialect, "down", "sql"] => {
            Err(why("the engine stands directly before .sql", format!("call it {stem}.down.{dialect}.sql")))
        }
        ["up", "sql"] => Err(why("the forward file has no ending of its own", format!("call it {stem}.sql"))),
        [dialect, "sql"] => Ok((false, Some(parse_dialect(dialect)?))),
        ["rs"] => Err(why("migrations written in Rust are not supported", "write it as SQL, or as a transformation")),
        _ => Err(why("it does not end in .sql", format!("call it {stem}.sql"))),
    }
}

fn parse_dialect(given: &str) -> Result<&'static str, Why> {
    DIALECTS.iter().copied().find(|dialect| *dialect == given).ok_or_else(|| {
        let near = nearest(given, DIALECTS.iter().copied()).map(|near| format!("did you mean `{near}`? "));
        why(
            format!("`{}` is no engine", given.escape_debug()),
            near.unwrap_or_default() + "engines are sqlite and postgres",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::codes;

    fn parsed(path: &str) -> FileName {
        read(path).unwrap().unwrap()
    }

    #[test]
    fn names_are_read() {
        let plain = parsed("migrations/sub/V012__add_tags.sql");
        assert_eq!(
            (plain.id().as_str(), plain.name.as_str(), plain.down, plain.dialect),
            ("V12", "add_tags", false, None)
        );
        assert_eq!(plain.base, "migrations/sub/V012__add_tags");
        let twin = parsed("migrations/V4__incidents.postgres.sql");
        assert_eq!(
            (twin.dialect, twin.down, twin.base.as_str()),
            (Some("postgres"), false, "migrations/V4__incidents")
        );
        let down = parsed("V4__incidents.down.postgres.sql");
        assert_eq!((down.dialect, down.down), (Some("postgres"), true));
        assert_eq!(parsed("U3__x.down.sql").id(), "U3");
        assert_eq!(parsed("R__summary.sql").id(), "R__summary");
        assert_eq!(parsed("V1__Grün_2.sql").name, "Grün_2");
        assert_eq!(parsed("V1___a.sql").name, "_a");
    }

    #[test]
    fn b37_what_looks_like_a_migration_and_is_none_is_refused() {
        for (name, words) in [
            ("v1__a.sql", "first letter is small"),
            ("V1_a.sql", "two underscores"),
            ("V1-a.sql", "two underscores"),
            ("V1.sql", "no words"),
            ("V1__.sql", "no words"),
            ("V1__a-b.sql", "`-` cannot be in it"),
            ("V1__a b.sql", "` ` cannot be in it"),
            ("V1__a.SQL", "does not end in .sql"),
            ("V1__a.rs", "Rust"),
            ("V1__a", "does not end in .sql"),
            ("V1__a.txt", "does not end in .sql"),
            ("V1.1__a.sql", "dot is not supported"),
            ("V1_1__a.sql", "not a whole number"),
            ("V__a.sql", "not a whole number"),
            ("V٣__a.sql", "not a whole number"),
            ("|1__a.sql", "does not begin"),
            ("seed.sql", "does not begin"),
            ("R1__a.sql", "has no version"),
            ("V9223372036854775808__a.sql", "too large"),
            ("V1__a.mysql.sql", "`mysql` is no engine"),
            ("V1__a.postgres.down.sql", "directly before .sql"),
            ("V1__a.up.sql", "no ending of its own"),
            ("V1__a\n.sql", "cannot be in it"),
        ] {
            let error = read(&format!("migrations/{name}")).unwrap_err();
            assert_eq!(error.code(), codes::BAD_FILE_NAME, "{name}");
            assert!(error.message().contains(words), "{name}: {error}");
            assert!(!error.to_string().contains('\n') && error.hint_text().is_some(), "{name}");
        }
        assert_eq!(
            read("V1__a.postgers.sql").unwrap_err().hint_text().unwrap().split('?').next(),
            Some("did you mean `postgres`")
        );
    }

    #[test]
    fn b37_what_is_ignored_is_ignored_by_rule() {
        for name in [
            "README.md",
            "mod.rs",
            "lib.rs",
            ".V1__a.sql",
            "V1__a.sql~",
            ".V1__a.sql.swp",
            "V1__a.sql.bak",
            "V1__a.sql.orig",
            "#V1__a.sql#",
            "V2.md",
            "v2-notes.md",
            "Vision.txt",
            "x.csv",
        ] {
            assert!(read(name).unwrap().is_none(), "{name}");
        }
    }

    #[test]
    fn b37_the_ends_of_the_versions_are_versions() {
        assert_eq!(parsed("V0__a.sql").version, 0);
        assert_eq!(parsed("V9223372036854775807__a.sql").version, i64::MAX);
        assert_eq!(parsed("V00000000000000000000000001__a.sql").version, 1);
    }

    #[test]
    fn f107_combining_marks_are_refused() {
        assert!(read("V1__cafe\u{301}.sql").unwrap_err().message().contains("combining mark"));
        assert_eq!(parsed("V1__caf\u{e9}.sql").name, "caf\u{e9}");
    }
}
