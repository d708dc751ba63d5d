//! Databases that nobody here made: rebuilt, renamed, dropped, converted, and back. Only where EVOLVE_DATA names them.

use crate::rig::{Project, assert_same};

/// A project over a copy of this database; `None` where there is none.
fn project(name: &str, files: &[(&str, &str)]) -> Option<Project> {
    let Some(folder) = std::env::var_os("EVOLVE_DATA") else {
        // `tests/all` says it in its list of what was skipped, too.
        println!("skipped: EVOLVE_DATA names no folder with {name}");
        return None;
    };
    let project = Project::of(files);
    project.write("evolve.toml", "[project]\nname = \"real\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\nkeep = \"always\"\n[restore_points]\nwhen = \"never\"\n");
    std::fs::copy(std::path::Path::new(&folder).join(name), project.path("trial.db")).expect(name);
    Some(project)
}

fn stage(name: &str, version: &str, migrations: &[&str], rest: &str) -> String {
    format!("[stage]\nname = \"{name}\"\nversion = \"{version}\"\nmigrations = {migrations:?}\n{rest}")
}

fn up_down_up(project: &Project, stages: &[&str]) {
    let broken = project.value("SELECT count(*) FROM pragma_foreign_key_check");
    let mut states = vec![project.state()];
    for stage in stages {
        project.does(&["up", "--target", stage, "--yes"]);
        states.push(project.state());
        assert_ne!(states[states.len() - 2], states[states.len() - 1], "{stage}");
    }
    for count in (0..stages.len()).rev() {
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_same(&format!("down from {}", stages[count]), &states[count], &project.state());
        assert_eq!(project.value("PRAGMA integrity_check"), "ok");
        assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), broken);
    }
    project.does(&["up", "--yes"]);
    assert_same("up again", &states[stages.len()], &project.state());
    project.does(&["down", "--target", "start", "--yes"]);
    assert_same("down at once", &states[0], &project.state());
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve\\_kept%' ESCAPE '\\'"), "0");
}

#[test]
fn chinook_goes_up_down_and_up() {
    let rebuild = "CREATE TABLE Artist_new (ArtistId INTEGER PRIMARY KEY, Name TEXT COLLATE NOCASE, Country TEXT);\n\
         INSERT INTO Artist_new (ArtistId, Name) SELECT ArtistId, Name FROM Artist;\nDROP TABLE Artist;\nALTER TABLE Artist_new RENAME TO Artist;\nCREATE INDEX artist_name ON Artist (Name);\n";
    let stages = [
        ("plans/one.toml", stage("one", "1.0.0", &["V1"], "")),
        ("plans/two.toml", stage("two", "2.0.0", &["V2", "V3"], "")),
        (
            "plans/three.toml",
            stage(
                "three",
                "3.0.0",
                &["V4"],
                "[[convert]]\nid = \"sales\"\nfrom = \"InvoiceLine\"\ninto = \"sales\"\n[convert.columns]\nid = \"InvoiceLineId\"\ntrack = \"TrackId\"\ncents = \"CAST(round(UnitPrice * 100) AS INTEGER) * Quantity\"\n[[enrich]]\nid = \"names\"\ntable = \"sales\"\nlookup = { table = \"Track\", on = \"Track.TrackId = sales.track\" }\non_missing = \"fail\"\non_many = \"fail\"\n[enrich.columns]\nname = \"Track.Name\"\n",
            ),
        ),
        ("plans/four.toml", stage("four", "4.0.0", &["V5", "V6"], "")),
    ];
    let mut files: Vec<(&str, &str)> = vec![
        ("migrations/V1__rebuild.sql", rebuild),
        (
            "migrations/V2__rename.sql",
            "ALTER TABLE Employee RENAME TO Staff;\nALTER TABLE Staff RENAME COLUMN ReportsTo TO Boss;\nUPDATE Staff SET Title = upper(Title);\n",
        ),
        (
            "migrations/V3__drop_column.sql",
            "ALTER TABLE Customer DROP COLUMN Fax;\nALTER TABLE Track DROP COLUMN Composer;\n",
        ),
        (
            "migrations/V4__sales.sql",
            "CREATE TABLE sales (id INTEGER PRIMARY KEY, track INTEGER NOT NULL REFERENCES Track (TrackId), cents INTEGER, name TEXT);\n",
        ),
        (
            "migrations/V5__drop_tables.sql",
            "DROP TABLE PlaylistTrack;\nDROP TABLE Playlist;\nDELETE FROM InvoiceLine WHERE Quantity > 0 AND InvoiceLineId % 3 = 0;\n",
        ),
        (
            "migrations/V6__customers.sql",
            "CREATE TABLE Customer_new (CustomerId INTEGER PRIMARY KEY, FullName TEXT NOT NULL, Email TEXT, SupportRepId INTEGER REFERENCES Staff (EmployeeId));\nINSERT INTO Customer_new SELECT CustomerId, FirstName || ' ' || LastName, Email, SupportRepId FROM Customer;\nDROP TABLE Customer;\nALTER TABLE Customer_new RENAME TO Customer;\n",
        ),
    ];
    files.extend(stages.iter().map(|(path, text)| (*path, text.as_str())));
    if let Some(project) = project("chinook.db", &files) {
        up_down_up(&project, &["one", "two", "three", "four"]);
    }
}

#[test]
fn northwind_goes_up_down_and_up() {
    let stages = [
        (
            "plans/one.toml",
            stage(
                "one",
                "1.0.0",
                &["V1"],
                "[[enrich]]\nid = \"shout\"\ntable = \"Customers\"\n[enrich.columns]\nCompanyName = { from = \"CompanyName\", apply = [\"upper\"] }\n",
            ),
        ),
        (
            "plans/two.toml",
            stage(
                "two",
                "2.0.0",
                &["V2"],
                "[[convert]]\nid = \"lines\"\nfrom = \"Order Details\"\ninto = \"order_lines\"\n[convert.columns]\norder_id = \"OrderID\"\nproduct_id = \"ProductID\"\namount = \"Quantity\"\nprice = \"UnitPrice * (1 - Discount)\"\n",
            ),
        ),
        ("plans/three.toml", stage("three", "3.0.0", &["V3"], "")),
    ];
    let mut files: Vec<(&str, &str)> = vec![
        (
            "migrations/V1__pictures.sql",
            "ALTER TABLE Categories DROP COLUMN Picture;\nALTER TABLE Employees ADD COLUMN Mail TEXT;\nUPDATE Employees SET Mail = lower(FirstName) || '@northwind.example';\n",
        ),
        (
            "migrations/V2__lines.sql",
            "CREATE TABLE order_lines (order_id INTEGER NOT NULL, product_id INTEGER NOT NULL, amount INTEGER, price REAL, PRIMARY KEY (order_id, product_id)) WITHOUT ROWID;\nUPDATE Products SET UnitPrice = UnitPrice * 2 WHERE Discontinued = 0;\n",
        ),
        (
            "migrations/V3__territories.sql",
            "DELETE FROM EmployeeTerritories;\nDELETE FROM Orders WHERE ShipCountry = 'Germany' AND OrderID NOT IN (SELECT OrderID FROM \"Order Details\");\nALTER TABLE Shippers RENAME TO Carriers;\nUPDATE Suppliers SET Fax = NULL, HomePage = x'00' WHERE SupplierID < 10;\n",
        ),
    ];
    files.extend(stages.iter().map(|(path, text)| (*path, text.as_str())));
    if let Some(project) = project("northwind.db", &files) {
        up_down_up(&project, &["one", "two", "three"]);
    }
}
