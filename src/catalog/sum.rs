//! evolve.sum: what the project's files were when they were sealed.
//!
//! Takes files; gives a text that `sha256sum -c` can read, or how the files differ from one. Whole files are sealed, in
//! canonical form. Must not know what a file means, nor what a difference leads to.
//!
//! ```text
//! # evolve.sum 1 sha256-lf <digest of the lines below>
//! <digest>  migrations/V1__knowledge_base.sql
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use super::digest::hex;
use super::files::{File, Files};
use crate::error::{Error, Place, Result, Text, codes};

/// The format this evolve writes and reads.
const FORMAT: u64 = 1;
const ALGORITHM: &str = "sha256-lf";

/// A parsed evolve.sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Digest by path.
    pub lines: BTreeMap<String, String>,
}

/// How a file differs from what was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Its text is another.
    Changed,
    /// It was sealed and is not there.
    Missing,
    /// It is there and was not sealed.
    Unsealed,
}

/// One file that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: String,
    /// In which way.
    pub what: Changed,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.what {
            Changed::Changed => "was changed",
            Changed::Missing => "is missing",
            Changed::Unsealed => "is not sealed",
        };
        write!(f, "{} {what}", self.path)
    }
}

impl Sum {
    /// Reads an evolve.sum.
    pub fn parse(text: &Text) -> Result<Self> {
        refuse_conflict(text)?;
        let (head, rest) = text.text.split_once('\n').unwrap_or((&text.text, ""));
        let digest = parse_head(head).map_err(|error| error.at(text.place(0..head.len())))?;
        let mut lines = BTreeMap::new();
        let mut at = head.len() + 1;
        for line in rest.lines() {
            let place = || text.place(at..at + line.len());
            let (digest, path) = parse_line(line).map_err(|error| error.at(place()))?;
            if lines.last_key_value().is_some_and(|(last, _): (&String, _)| *last >= path) {
                return Err(bad("the paths are not in order, or one stands twice").at(place()));
            }
            lines.insert(path, digest);
            at += line.len() + 1;
        }
        if hex(&[rest]) != digest {
            return Err(bad("its lines do not fit its first line: it was edited or merged by hand")
                .at(text.place(0..head.len())));
        }
        Ok(Self { lines })
    }

    /// The evolve.sum of these files.
    pub fn seal(files: &Files) -> Result<String> {
        let lines = digests(files)?;
        let rest: String = lines.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
        Ok(format!("# evolve.sum {FORMAT} {ALGORITHM} {}\n{rest}", hex(&[&rest])))
    }

    /// How these files differ from what was sealed, by path; nothing if they do not.
    pub fn verify(&self, files: &Files) -> Result<Vec<Difference>> {
        let now = digests(files)?;
        let gone = self.lines.keys().filter(|path| !now.contains_key(path.as_str()));
        let mut differences: Vec<_> =
            gone.map(|path| Difference { path: path.clone(), what: Changed::Missing }).collect();
        for (path, digest) in now {
            let what = match self.lines.get(path) {
                Some(sealed) if *sealed == digest => continue,
                Some(_) => Changed::Changed,
                None => Changed::Unsealed,
            };
            differences.push(Difference { path: path.to_owned(), what });
        }
        differences.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(differences)
    }
}

/// The digests of all sealed files, on two threads.
fn digests(files: &Files) -> Result<BTreeMap<&str, String>> {
    let all: Vec<_> = files.sealed().into_iter().collect();
    let (left, right) = all.split_at(all.len() / 2);
    let (left, right) = std::thread::scope(|scope| {
        let other = scope.spawn(|| digests_of(right));
        (digests_of(left), other.join())
    });
    let right = right.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    Ok(left?.into_iter().chain(right).collect())
}

fn digests_of<'a>(files: &[(&'a str, &Arc<File>)]) -> Result<Vec<(&'a str, String)>> {
    files.iter().map(|(path, file)| Ok((*path, hex(&[&file.text()?.text])))).collect()
}

fn refuse_conflict(text: &Text) -> Result<()> {
    let mut at = 0;
    for line in text.text.split('\n') {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            return Err(bad("it holds a conflict marker of git").at(text.place(at..at + line.len())));
        }
        at += line.len() + 1;
    }
    Ok(())
}

fn parse_head(head: &str) -> Result<&str> {
    let words: Vec<_> = head.split(' ').collect();
    let ["#", "evolve.sum", format, algorithm, digest] = words.as_slice() else {
        return Err(bad("its first line is not `# evolve.sum 1 sha256-lf <digest>`"));
    };
    match format.parse::<u64>() {
        Ok(FORMAT) => {}
        Ok(newer) if newer > FORMAT => {
            return Err(Error::new(
                codes::BAD_SUM,
                format!("evolve.sum has format {newer}; this evolve reads {FORMAT}"),
            )
            .hint("it was made by a newer evolve: use that one"));
        }
        _ => return Err(bad("its format is no number")),
    }
    if *algorithm != ALGORITHM {
        return Err(bad("its algorithm is not `sha256-lf`"));
    }
    check_digest(digest)?;
    Ok(digest)
}

fn parse_line(line: &str) -> Result<(String, String)> {
    let (digest, path) = line.split_once("  ").ok_or_else(|| bad("a line is not `<digest>  <path>`"))?;
    check_digest(digest)?;
    let plain = path.split('/').all(|part| !part.is_empty() && part != ".." && part != ".");
    if !plain || path.contains('\\') || path.chars().any(char::is_control) {
        return Err(bad("a path is not one inside the project's folder"));
    }
    Ok((digest.to_owned(), path.to_owned()))
}

fn check_digest(digest: &str) -> Result<()> {
    if digest.len() != 64 {
        return Err(bad(&format!("a digest has {} letters, not 64", digest.len())));
    }
    if digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(());
    }
    Err(bad("a digest is not made of the digits 0 to 9 and small a to f"))
}

fn bad(why: &str) -> Error {
    Error::new(codes::BAD_SUM, format!("evolve.sum cannot be read: {why}"))
        .hint("`evolve seal` writes it anew; look at what changed before you do")
}

/// The error for files that are not as they were sealed.
pub(crate) fn not_as_sealed(differences: &[Difference]) -> Error {
    const SHOWN: usize = 10;
    let mut named: Vec<_> = differences.iter().take(SHOWN).map(ToString::to_string).collect();
    if differences.len() > SHOWN {
        named.push(format!("and {} more", differences.len() - SHOWN));
    }
    let error = Error::new(codes::NOT_AS_SEALED, format!("not as it was sealed: {}", named.join(", ")))
        .hint("if that is meant, `evolve seal` seals it");
    match differences.first() {
        Some(first) => error.at(Place::file(&*first.path)),
        None => error,
    }
}

#[cfg(test)]
mod tests;
