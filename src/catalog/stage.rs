//! A stage: one product milestone, what belongs to it, what must hold.
//!
//! Takes a stage file's text; gives a [`Stage`]. Must not know which migrations exist, nor other stages: the catalog
//! compares them.

use semver::{Version, VersionReq};

use super::application::Application;
use super::checks;
use super::fields::{Document, Fields};
use super::transformation::{self, Transformation};
use crate::check::Check;
use crate::error::{Error, Place, Result, Text, codes};
use crate::kinds::{KINDS, LATER};

/// A stage file holds no more transformations of one kind.
const MOST_STEPS: usize = 10_000;

/// One stage.
#[derive(Debug)]
pub struct Stage {
    /// Its name, `mvp2`.
    pub name: String,
    /// Its version, by which stages are ordered.
    pub version: Version,
    /// What a person calls it.
    pub title: Option<String>,
    /// The versions it can start from.
    pub requires: Option<VersionReq>,
    /// The ids of its migrations, as they are listed.
    pub migrations: Vec<String>,
    /// Where each of them is listed.
    pub listed_at: Vec<Place>,
    /// Whether it is declared to need downtime.
    pub downtime: Option<bool>,
    /// What holds before its first or after its last step.
    pub checks: Vec<Check>,
    /// Its transformations, by id.
    pub transformations: Vec<Transformation>,
    /// The stage file; empty for the one stage of a project without any.
    pub path: String,
    /// Where it is declared.
    pub place: Place,
}

impl Stage {
    /// The one stage of a project without stage files.
    pub(super) fn main(migrations: Vec<String>) -> Self {
        Self {
            name: "main".to_owned(),
            version: Version::new(0, 0, 0),
            title: None,
            requires: None,
            listed_at: vec![Place::file(super::files::CONFIG); migrations.len()],
            migrations,
            downtime: None,
            checks: Vec::new(),
            transformations: Vec::new(),
            path: String::new(),
            place: Place::file(super::files::CONFIG),
        }
    }

    /// Reads a stage file.
    pub fn parse(text: &Text) -> Result<Self> {
        let mut document = Document::parse(text)?;
        let own: Vec<&str> = crate::columns::APPLY.iter().map(|row| row.key).collect();
        let declared = Application::read(&document.fields(), &own)?;
        document.declare(declared);
        let mut root = document.fields();
        root.take("function");
        root.take("source");
        let mut stage = head(&mut root, text)?;
        stage.checks = checks::read(&mut root)?;
        refuse_later(&mut root)?;
        stage.transformations = read_steps(&mut root)?;
        for key in ["name", "version", "title", "requires", "migrations", "downtime"] {
            root.elsewhere(key, &format!("`{key}` stands under [stage]"));
        }
        root.finish()?;
        Ok(stage)
    }
}

fn head(root: &mut Fields<'_>, text: &Text) -> Result<Stage> {
    let Some(mut fields) = root.fields("stage")? else {
        return Err(Error::new(codes::BAD_STAGE, "the file has no [stage]")
            .at(Place::file(&*text.name))
            .hint("[stage] with name and version says which stage it is"));
    };
    let place = fields.place();
    let name = read_name(&mut fields)?;
    let version = read_version(&mut fields)?;
    let requires = read_requires(&mut fields)?;
    let (migrations, listed_at) = read_migrations(&mut fields)?;
    let (title, downtime) = (fields.text("title")?, fields.boolean("downtime")?);
    for key in ["id", "from", "into"] {
        fields.elsewhere(key, &format!("`{key}` belongs to a transformation, such as [[convert]]"));
    }
    fields.finish()?;
    let (checks, transformations, path) = (Vec::new(), Vec::new(), text.name.to_string());
    Ok(Stage { name, version, title, requires, migrations, listed_at, downtime, checks, transformations, path, place })
}

fn read_name(fields: &mut Fields<'_>) -> Result<String> {
    let node = fields.required("name").map_err(as_stage)?;
    let name = node.identifier()?;
    transformation::refuse_reserved(&name).map_err(|error| error.at(node.place()))?;
    Ok(name)
}

fn read_version(fields: &mut Fields<'_>) -> Result<Version> {
    let node = fields.required("version").map_err(as_stage)?;
    node.text()?.parse().map_err(|_| {
        Error::new(codes::BAD_STAGE, "`stage.version` takes a version of three numbers")
            .at(node.place())
            .hint("such as \"2.0.0\" (semver.org)")
    })
}

fn read_requires(fields: &mut Fields<'_>) -> Result<Option<VersionReq>> {
    let Some(node) = fields.take("requires") else { return Ok(None) };
    let range = node.text()?.parse().map_err(|_| {
        Error::new(codes::BAD_STAGE, "`stage.requires` takes a range of versions")
            .at(node.place())
            .hint("such as \"^1.0\"")
    })?;
    Ok(Some(range))
}

fn read_migrations(fields: &mut Fields<'_>) -> Result<(Vec<String>, Vec<Place>)> {
    let Some(node) = fields.take("migrations") else { return Ok((Vec::new(), Vec::new())) };
    let nodes = node.list()?;
    let ids = nodes.iter().map(|node| node.filled_text()).collect::<Result<_>>()?;
    Ok((ids, nodes.iter().map(|node| node.place()).collect()))
}

/// A stage without a name or version is no stage, rather than one with a missing key.
fn as_stage(error: Error) -> Error {
    let stage = Error::new(codes::BAD_STAGE, error.message());
    let stage = match error.place() {
        Some(place) => stage.at(place.clone()),
        None => stage,
    };
    stage.hint(error.hint_text().unwrap_or("[stage] name = \"mvp1\" and version = \"1.0.0\""))
}

fn refuse_later(root: &mut Fields<'_>) -> Result<()> {
    for later in LATER.iter().copied().chain(["param"]) {
        if root.has(later) {
            return Err(Error::new(codes::NOT_YET, format!("`{later}` comes in a later version of evolve"))
                .at(root.place_of(later)));
        }
    }
    Ok(())
}

fn read_steps(root: &mut Fields<'_>) -> Result<Vec<Transformation>> {
    let mut steps = Vec::new();
    for kind in KINDS {
        let Some(node) = root.take(kind.key) else { continue };
        if node.kind() == "table" {
            return Err(node.wrong("an array of tables").hint(format!("write [[{}]] with two brackets", kind.key)));
        }
        let nodes = node.list()?;
        if nodes.len() > MOST_STEPS {
            let message = format!("more than {MOST_STEPS} transformations of one kind in one file");
            return Err(Error::new(codes::TOO_LARGE, message).at(node.place()));
        }
        for node in &nodes {
            steps.push(transformation::read(kind, node)?);
        }
    }
    steps.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(steps)
}

#[cfg(test)]
mod tests;
