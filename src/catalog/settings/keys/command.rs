//! A key from a command: a program and its arguments, run without a shell.
//!
//! Takes the words; gives what the program writes to its standard output. It has no input and limited time, and what it
//! complains of is not shown: it may hold what it was asked for.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long it may take: a person may have to type a passphrase.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often its end is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// What the program says; why nothing is to be had, in words that name neither argument nor output.
pub fn said(words: &[String], folder: &Path, most: u64) -> Result<Vec<u8>, String> {
    said_within(words, folder, most, PATIENCE)
}

fn said_within(words: &[String], folder: &Path, most: u64, patience: Duration) -> Result<Vec<u8>, String> {
    let (program, arguments) = words.split_first().ok_or("names no program")?;
    let mut command = match program.contains('/') {
        true => Command::new(folder.join(program)),
        // Looked for in PATH.
        false => Command::new(program),
    };
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("cannot be run ({})", error.kind()))?;
    let until = Instant::now() + patience;
    let heard = hear(&mut child, most);
    let said = heard.and_then(|heard| heard.recv_timeout(patience).ok());
    let ended = wait(&mut child, until);
    match (ended, said) {
        (Some(status), Some(said)) if status.success() => Ok(said),
        (Some(status), _) => Err(match status.code() {
            Some(code) => format!("ended with {code}"),
            None => "was ended by a signal".to_owned(),
        }),
        (None, _) => Err(format!("did not end within {} seconds", patience.as_secs())),
    }
}

/// Listens beside it: a grandchild that keeps the pipe open does not hold anybody up.
fn hear(child: &mut Child, most: u64) -> Option<mpsc::Receiver<Vec<u8>>> {
    let out = child.stdout.take()?;
    let (tell, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if out.take(most).read_to_end(&mut bytes).is_ok() {
            let _ = tell.send(bytes);
        }
    });
    Some(heard)
}

/// Waits for its end; ends it where it takes too long.
fn wait(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(LOOK),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str], patience: Duration) -> Result<Vec<u8>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        said_within(&words, Path::new("/"), 64, patience)
    }

    #[test]
    fn what_it_says_is_taken_as_it_is_and_no_shell_looks_at_it() {
        let second = Duration::from_secs(20);
        assert_eq!(run(&["printf", "%s", "a; $HOME `b`"], second).unwrap(), b"a; $HOME `b`");
        assert_eq!(run(&["cat"], second).unwrap(), b"", "it has no input");
        assert_eq!(run(&["/bin/echo", "x"], second).unwrap(), b"x\n");
    }

    #[test]
    fn s02_why_it_failed_holds_neither_argument_nor_output() {
        let second = Duration::from_secs(20);
        let why = run(&["sh", "-c", "echo canary; echo canary >&2; exit 3"], second).unwrap_err();
        assert_eq!(why, "ended with 3");
        assert!(run(&["no-such-program-anywhere", "canary"], second).unwrap_err().starts_with("cannot be run"));
    }

    #[test]
    fn one_that_does_not_end_is_ended() {
        let since = Instant::now();
        let why = run(&["sleep", "30"], Duration::from_millis(50)).unwrap_err();
        assert!(why.starts_with("did not end") && since.elapsed() < Duration::from_secs(20), "{why}");
    }
}
