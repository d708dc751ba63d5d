//! A diary of houseplants, in one file: the program carries its migrations and transformations inside itself and brings
//! its database up to date when it starts, whether that was made by an older version, half-way through, or not at all.
//!
//! ```console
//! $ cargo run -- houseplants.db
//! ```

use evolve::observe::{Event, Observer, Stop};
use evolve::{Flags, Project, Unattended, UpRequest};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

// The project's files, sealed and embedded by build.rs, as EVOLVE_PROJECT.
include!(concat!(env!("OUT_DIR"), "/evolve_project.rs"));

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: houseplants DATABASE");
        return ExitCode::from(2);
    };
    match up_to_date(path.as_ref()).and_then(|()| greet(path.as_ref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("houseplants: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Evolves the database to the stage this program was written for. Nothing happens where it is there already.
fn up_to_date(path: &Path) -> Result<(), Box<dyn Error>> {
    let path = std::path::absolute(path)?;
    let flags = Flags { database: Some(format!("sqlite:{}", path.display())), ..Flags::default() };
    let project = Project::embedded(EVOLVE_PROJECT, &flags)?;
    let answer = project.up(&UpRequest::default(), &Unattended, &Splash, &Stop::new());
    match answer.error {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// The splash screen, as a terminal has one. A window would move a bar.
struct Splash;

impl Observer for Splash {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Planned(plan) if plan.steps.is_empty() => {}
            Event::Planned(plan) => println!("Getting your diary ready: {} steps", plan.steps.len()),
            Event::Waiting { holder } => println!("  waiting for another window: {holder}"),
            Event::StepBegins { index, count, title, .. } => println!("  [{index}/{count}] {title}"),
            Event::Progress(progress) => {
                let total = progress.total.map(|total| format!(" of {total}")).unwrap_or_default();
                println!("        {}{total} rows", progress.current);
            }
            _ => {}
        }
    }
}

/// What the program is for.
fn greet(path: &Path) -> Result<(), Box<dyn Error>> {
    let database = rusqlite::Connection::open(path)?;
    let mut question = database.prepare(
        "SELECT plants.name, plants.room, max(waterings.watered_on)
         FROM plants LEFT JOIN waterings ON waterings.plant_id = plants.id
         GROUP BY plants.id ORDER BY plants.name",
    )?;
    println!("Good morning! Your plants:");
    let mut rows = question.query([])?;
    while let Some(row) = rows.next()? {
        let (name, room, watered): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let watered = watered.map_or("nobody remembers when".to_owned(), |date| format!("watered on {date}"));
        println!("  {name} in the {room}, {watered}");
    }
    Ok(())
}
