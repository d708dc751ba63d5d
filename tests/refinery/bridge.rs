//! Refinery as an application embeds it: its Runner over a rusqlite connection, as its own driver does it, and the checksums
//! of builds that are not at hand.

use crate::rig::Project;
use refinery_core::traits::sync::{Migrate, Query, Transaction};
use refinery_core::{Error, Migration, Report, Runner};
use rusqlite::Connection;
use siphasher::sip::SipHasher13;
use std::hash::{Hash, Hasher};

/// What refinery's own driver for rusqlite is.
pub struct Bridge(pub Connection);

impl Transaction for Bridge {
    type Error = rusqlite::Error;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, Self::Error> {
        let transaction = self.0.transaction()?;
        let mut count = 0;
        for query in queries {
            transaction.execute_batch(query)?;
            count += 1;
        }
        transaction.commit()?;
        Ok(count)
    }
}

impl Query<Vec<Migration>> for Bridge {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, Self::Error> {
        let mut now = Migration::unapplied("V1__now", "").expect("a migration");
        now.set_applied();
        let mut statement = self.0.prepare(query)?;
        let applied = statement.query_map([], |row| {
            let (applied_on, checksum): (String, String) = (row.get(2)?, row.get(3)?);
            assert!(is_time(&applied_on), "refinery panics on a time that is not RFC 3339: {applied_on}");
            let checksum = checksum.parse::<u64>().expect("checksum must be a valid u64");
            Ok(Migration::applied(row.get(0)?, row.get(1)?, *now.applied_on().expect("a time"), checksum))
        })?;
        applied.collect()
    }
}

impl Migrate for Bridge {}

fn is_time(text: &str) -> bool {
    text.len() >= 20
        && text.as_bytes()[4] == b'-'
        && text.as_bytes()[10] == b'T'
        && (text.ends_with('Z') || text.contains('+'))
}

/// The project's migrations as refinery reads them: the text as it is on disk.
pub fn migrations(project: &Project) -> Vec<Migration> {
    let files = std::fs::read_dir(project.path("migrations")).expect("migrations");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let plain = names.filter(|name| !name.ends_with(".down.sql") && !name.contains(".sqlite."));
    let read = |name: String| {
        let text = std::fs::read_to_string(project.path("migrations").join(&name)).expect("a file");
        Migration::unapplied(name.trim_end_matches(".sql"), &text).expect("a migration")
    };
    plain.map(read).collect()
}

/// Runs refinery's Runner with these migrations on the project's database.
pub fn refine_with(project: &Project, migrations: &[Migration]) -> Result<Report, Error> {
    let connection = Connection::open(project.path("trial.db")).expect("the database");
    Runner::new(migrations).run(&mut Bridge(connection))
}

/// Runs refinery's Runner with the project's migrations; how many it applied.
pub fn refine(project: &Project) -> usize {
    let report = refine_with(project, &migrations(project)).unwrap_or_else(|error| panic!("refinery says: {error}"));
    report.applied_migrations().len()
}

/// Refinery's checksum as a build without `int8-versions` computes it, or one with it.
pub fn checksum(name: &str, version: i64, text: &str, wide: bool) -> String {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    if wide {
        version.hash(&mut hasher);
    } else {
        i32::try_from(version).expect("a small version").hash(&mut hasher);
    }
    text.hash(&mut hasher);
    hasher.finish().to_string()
}

/// A history as a refinery of another build has written it, for files that were applied.
pub fn history(project: &Project, files: &[(i64, &str, &str)], wide: bool) {
    let kind = if wide { "int8" } else { "int4" };
    project.sql(&format!("CREATE TABLE refinery_schema_history (version {kind} PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));"));
    for (version, name, text) in files {
        project.sql(text);
        let sum = checksum(name, *version, text, wide);
        project.sql(&format!("INSERT INTO refinery_schema_history VALUES ({version}, '{name}', '2024-01-01T00:00:00.000000000Z', '{sum}')"));
    }
}

/// Refinery's rows: version, name, checksum.
pub fn rows(project: &Project) -> Vec<(i64, String, String)> {
    let connection = project.open();
    let mut statement = connection
        .prepare("SELECT version, name, checksum FROM refinery_schema_history ORDER BY version")
        .expect("the history");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("the history");
    rows.map(|row| row.expect("a row")).collect()
}
