//! The README is true: each of its console blocks is run, each of its files written where it says, each link leads somewhere.
//!
//! "```console sample" runs in a copy of the sample project, "```console empty" in a folder that was empty at first; blocks of
//! one folder run in order, in the same copy. "```sql PATH" and "```toml PATH" are files of the second. A line that is `...`
//! stands for any lines, `[..]` for any text of a line; times, sizes, ids and people may be others than in the README.
//! What is held against it is standard output, and standard error where a command fails: then `$ echo $?` must follow.

mod rig;

use regex::Regex;
use rig::Project;
use snapbox::IntoData as _;
use std::collections::BTreeMap;
use std::path::Path;

/// A fenced block.
struct Block {
    /// The line it begins in, from 1.
    line: usize,
    /// What stands behind the fence.
    info: Vec<String>,
    text: String,
}

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README")
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in markdown.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => {
                let info = info.split_whitespace().map(str::to_owned).collect();
                open = Some(Block { line: at + 1, info, text: String::new() });
            }
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block of the README does not end");
    blocks
}

/// A command and what should come of it.
struct Call {
    line: usize,
    command: String,
    gives: String,
}

fn calls(block: &Block) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for (at, line) in block.text.lines().enumerate() {
        match (line.strip_prefix("$ "), calls.last_mut()) {
            (Some(command), _) => {
                calls.push(Call { line: block.line + 1 + at, command: command.to_owned(), gives: String::new() });
            }
            (None, Some(call)) => call.gives += &format!("{line}\n"),
            (None, None) => panic!("README.md:{}: output without a command", block.line + 1 + at),
        }
    }
    calls
}

/// A folder in which blocks run, on a terminal of how many columns, and how the last command ended.
struct Place {
    project: Project,
    columns: &'static str,
    code: i32,
}

const NO_CODE: &str = "this command failed, and `$ echo $?` does not follow";

impl Place {
    fn of(kind: &str) -> Option<Self> {
        let (project, columns) = match kind {
            "sample" => (Project::sample(), "100"),
            "empty" => (Project::empty(), "80"),
            _ => return None,
        };
        Some(Self { project, columns, code: 0 })
    }

    /// What a command gives, as a person sees it.
    fn run(&mut self, call: &Call) -> String {
        if call.command == "echo $?" {
            return format!("{}\n", std::mem::take(&mut self.code));
        }
        let words: Vec<&str> = call.command.split(' ').collect();
        assert_eq!(words[0], "evolve", "README.md:{}: only evolve is run", call.line);
        let mut command = self.project.command(&words[1..]);
        let gave = rig::Gave::of(command.env("COLUMNS", self.columns).output().expect("the binary"));
        self.code = gave.code;
        if gave.code == 0 { gave.out } else { told(&(gave.out + &gave.err)) }
    }
}

/// Without the line that says on the way what is going to be done.
fn told(text: &str) -> String {
    let on_the_way = |line: &&str| !(line.starts_with("Up from ") || line.starts_with("Down from "));
    text.lines().filter(on_the_way).map(|line| format!("{line}\n")).collect()
}

/// A text in which all is equal that differs from run to run and from machine to machine.
fn settled(text: &str) -> String {
    let rules = [
        (r"\b\d{8}T\d{9}Z\b", "<stamp>"),
        (r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)", "<time>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
        (r"\b(\d+ h \d+ min|\d+ min \d+ s|\d+\.\d s|\d+ ms)\b", "<took>"),
        (r"\b(\d+ bytes|\d+(\.\d)? [kMG]B)\b", "<size>"),
        (r"  \S+@\S+$", "  <who>"),
        (r"(\S) {3,}", "$1  "),
        (r" +$", ""),
    ];
    rules.iter().fold(text.to_owned(), |text, (pattern, word)| {
        let pattern = Regex::new(&format!("(?m){pattern}")).expect("a pattern");
        pattern.replace_all(&text, *word).into_owned()
    })
}

#[test]
fn every_console_block_of_the_readme_gives_what_it_says() {
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let (mut run, mut wrong) = (0, String::new());
    for block in blocks(&readme()) {
        let words: Vec<&str> = block.info.iter().map(String::as_str).collect();
        match words[..] {
            ["console", kind] => {
                let made =
                    || Place::of(kind).unwrap_or_else(|| panic!("README.md:{}: no folder is {kind}", block.line));
                let place = places.entry(kind.to_owned()).or_insert_with(made);
                let calls = calls(&block);
                for (at, call) in calls.iter().enumerate() {
                    let (gave, said) = (settled(&place.run(call)), settled(&call.gives));
                    let assert = snapbox::Assert::new().action(snapbox::assert::Action::Verify);
                    if let Err(error) = assert.try_eq(Some(&call.command), gave.clone().into_data(), said.into_data()) {
                        wrong += &format!("README.md:{}: $ {}\n{error}\n", call.line, call.command);
                    }
                    let asked = calls.get(at + 1).is_some_and(|next| next.command == "echo $?");
                    if place.code != 0 && !asked {
                        wrong += &format!("README.md:{}: $ {}\n{NO_CODE}\n{gave}\n", call.line, call.command);
                        place.code = 0;
                    }
                    run += 1;
                }
            }
            ["console", ..] => panic!("README.md:{}: in which folder? `console sample`, `console empty`", block.line),
            ["sql" | "toml", path] => places.get("empty").expect("a project").project.write(path, &block.text),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(run > 20, "only {run} commands were run");
}

#[test]
fn every_command_is_in_the_readme() {
    let help = Project::empty().must(&["--help"]).out;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> =
        lines.filter_map(|line| line.split_whitespace().next()).filter(|it| *it != "help").collect();
    assert!(commands.contains(&"plan"), "{help}");
    let text = readme();
    let table: String = text.lines().filter(|line| line.starts_with("| `evolve ")).collect();
    for command in commands {
        let stands = ["`", " "].iter().any(|end| table.contains(&format!("`evolve {command}{end}")));
        assert!(stands, "`evolve {command}` is not in the README's table");
    }
}

#[test]
fn every_link_of_the_readme_leads_somewhere() {
    let text = readme();
    let headings: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect();
    let link = Regex::new(r"\]\(([^)]+)\)").expect("a pattern");
    let links: Vec<&str> = link.captures_iter(&text).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    assert!(links.len() > 5, "{links:?}");
    for link in links.into_iter().filter(|link| !link.starts_with("https://")) {
        match link.strip_prefix('#') {
            Some(heading) => assert!(headings.iter().any(|there| there == heading), "no heading is {link}"),
            None => assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(), "no file is {link}"),
        }
    }
}

#[test]
fn the_two_commands_of_the_readme_are_there_and_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = readme();
    for script in ["examples/tour", "tests/all"] {
        assert!(text.contains(&format!("```sh\n{script}\n```")), "{script} is a command of the README");
        let found = std::fs::metadata(Path::new(env!("CARGO_MANIFEST_DIR")).join(script)).expect(script);
        assert!(found.permissions().mode() & 0o111 != 0, "{script} may be run");
    }
}

#[test]
fn what_may_differ_is_told_apart_from_what_may_not() {
    assert_eq!(settled("  V1  done  12 ms   3 inserted"), settled("  V1  done  1.2 s  3 inserted"));
    assert_ne!(settled("  V1  done  12 ms   3 inserted"), settled("  V1  done  12 ms   4 inserted"));
    assert_eq!(settled("at 2026-11-20T09:07:39.394Z"), settled("at 2027-01-02T03:04:05Z"));
    assert_ne!(settled("last step V2"), settled("last step V3"));
}
