//! Whether two databases hold the same: the objects of the project, and every value of every row.

use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// Ends the bench where two databases differ in what is the project's.
pub fn must_be_alike(ours: &Path, peer: &Path) {
    let (ours, peer) = (open(ours), open(peer));
    let objects = objects(&ours);
    assert_eq!(objects, self::objects(&peer), "the objects differ");
    for (_, table, _) in objects.iter().filter(|(kind, _, _)| kind == "table") {
        rows_are_alike(&ours, &peer, table);
    }
}

fn open(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("a database")
}

fn objects(connection: &Connection) -> Vec<(String, String, String)> {
    let sql = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND tbl_name NOT LIKE 'evolve\\_%' ESCAPE '\\' AND tbl_name <> 'refinery_schema_history' ORDER BY name";
    let mut statement = connection.prepare(sql).expect("the schema");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("the schema");
    rows.collect::<Result<_, _>>().expect("the schema")
}

fn rows_are_alike(ours: &Connection, peer: &Connection, table: &str) {
    let sql = format!("SELECT * FROM \"{table}\" ORDER BY 1");
    let (mut ours, mut peer) = (ours.prepare(&sql).expect(table), peer.prepare(&sql).expect(table));
    let width = ours.column_count();
    let (mut ours, mut peer) = (ours.query([]).expect(table), peer.query([]).expect(table));
    for number in 0.. {
        match (ours.next().expect(table), peer.next().expect(table)) {
            (None, None) => return,
            (Some(a), Some(b)) => {
                let same = (0..width).all(|at| a.get_ref_unwrap(at) == b.get_ref_unwrap(at));
                assert!(same, "{table}: row {number} differs");
            }
            _ => panic!("{table}: the sides have different numbers of rows, {number} or more"),
        }
    }
}
