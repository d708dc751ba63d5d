//! What a plan gives reason to say of its steps, and what it refuses for it.

use super::{Plan, Sources};
use crate::catalog::Catalog;
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Graph, Step};
use crate::ledger::Applied;
use crate::movement::{Movement, Write};
use crate::report::{Finding, PlannedStep};

/// What the reader of a migration remarked, as findings at their place.
pub(super) fn remarks(step: &Step) -> Vec<Finding> {
    let Body::Migration(migration) = &step.body else { return Vec::new() };
    let mut findings: Vec<Finding> = migration
        .reading
        .remarks
        .iter()
        .map(|(code, words, at)| {
            let place = migration.script.text.place(at.clone());
            Finding {
                code: (*code).to_owned(),
                severity: "warning".to_owned(),
                step: Some(step.id.clone()),
                message: words.clone(),
                hint: None,
                file: Some(place.file),
                line: Some(place.line),
            }
        })
        .collect();
    if let Some(why) = &migration.reading.no_inverse {
        findings.push(Finding {
            code: "R801".to_owned(),
            severity: "warning".to_owned(),
            step: Some(step.id.clone()),
            message: format!("no way back can be derived: {why}"),
            hint: Some(format!("write {}", migration.script.text.name.replace(".sql", ".down.sql"))),
            file: Some(migration.script.text.name.to_string()),
            line: None,
        });
    }
    findings
}

/// That text in double quotes goes on meaning text, because objects of the schema hold some: a misspelt name in double
/// quotes is then text too, and no error.
pub(super) fn quoted_text(sources: Sources<'_>) -> Option<Finding> {
    let holders = &sources.survey.quoted_text;
    (!holders.is_empty()).then(|| Finding {
        code: "R811".to_owned(),
        severity: "warning".to_owned(),
        step: None,
        message: format!(
            "text in double quotes stays text, because the schema holds some: {}; a misspelt name in double quotes is no \
             error then",
            holders.join(", ")
        ),
        hint: Some("make these objects again with text in single quotes".to_owned()),
        file: None,
        line: None,
    })
}

/// What a reader should know of keys: each step that needs some, on its way up and back.
pub(super) fn key_notes(sources: Sources<'_>, steps: &[PlannedStep]) -> Vec<String> {
    let declared = steps.iter().filter_map(|step| sources.catalog.transformation(&step.id));
    let needs = declared.map(|declared| (&declared.id, declared.declared.keys(declared)));
    let needs = needs.filter(|(_, keys)| !keys.is_empty());
    let list = |keys: std::collections::BTreeSet<String>| keys.into_iter().collect::<Vec<_>>().join(", ");
    needs.map(|(id, keys)| format!("{id} needs the keys {}, up and back", list(keys))).collect()
}

/// What a reader should know of steps that are one statement.
pub(super) fn statement_notes(graph: &Graph, chosen: &[usize]) -> Vec<String> {
    let is_whole = |movement: &Movement| matches!(movement.write, Write::Statement(_));
    let steps = chosen.iter().map(|index| &graph.steps[*index]);
    let whole = steps.filter(|step| match &step.body {
        Body::Migration(_) => false,
        Body::Transformation(_, movements) => movements.iter().any(is_whole),
    });
    whole.map(|step| format!("{} runs as one statement: it cannot be resumed inside", step.id)).collect()
}

/// A stage that says no downtime and has a step that needs some.
pub(super) fn downtime_findings(sources: Sources<'_>, steps: &[PlannedStep], downtime: &[String]) -> Vec<Finding> {
    let says_none = |stage: &str| sources.catalog.stage(stage).is_some_and(|stage| stage.downtime == Some(false));
    let contradicted = steps.iter().filter(|step| downtime.contains(&step.id) && says_none(&step.stage));
    contradicted
        .map(|step| Finding {
            code: "R810".to_owned(),
            severity: "warning".to_owned(),
            step: Some(step.id.clone()),
            message: format!("stage {} says downtime = false, and {} needs some", step.stage, step.id),
            hint: Some(
                "say downtime = true, or split the step into one that adds and a later one that takes away".to_owned(),
            ),
            file: sources.catalog.stage(&step.stage).map(|stage| stage.path.clone()),
            line: None,
        })
        .collect()
}

/// A step that comes after steps it belongs before: refinery's own runner refuses such a database.
pub(super) fn order_findings(sources: Sources<'_>, applied: &[Applied], plan: &mut Plan) -> Result<()> {
    let catalog = sources.catalog;
    let stage_of = |name: &str| catalog.stages.iter().position(|stage| stage.name == name);
    let latest_stage = applied.iter().filter_map(|step| stage_of(&step.stage)).max();
    let latest_version = applied.iter().filter_map(|step| Some(catalog.migration(&step.id)?.version)).max();
    for step in &plan.report.steps {
        let behind_stage = stage_of(&step.stage) < latest_stage;
        let version = catalog.migration(&step.id).map(|migration| migration.version);
        let behind_version = version.is_some() && version < latest_version;
        if behind_stage || behind_version {
            plan.report.findings.push(Finding {
                code: "R803".to_owned(),
                severity: "error".to_owned(),
                step: Some(step.id.clone()),
                message: format!("{} belongs before steps that are in already", step.id),
                hint: Some(
                    "refinery's own runner refuses a database with such a hole; --allow R803 applies it all the same"
                        .to_owned(),
                ),
                file: None,
                line: None,
            });
        }
    }
    Ok(())
}

pub(super) fn refuse_out_of_order(plan: &Plan) -> Result<()> {
    let hole = plan.report.findings.iter().find(|finding| finding.code == "R803");
    match hole {
        Some(finding) if !plan.allowed.iter().any(|code| code == "R803") => {
            Err(Error::new(codes::OUT_OF_ORDER, finding.message.clone()).hint(finding.hint.clone().unwrap_or_default()))
        }
        _ => Ok(()),
    }
}

/// That the files put a step into another stage than it came with.
pub(super) fn moved(catalog: &Catalog, step: &Applied) -> Option<String> {
    let now = catalog.owner(&step.id).filter(|stage| stage.name != step.stage)?;
    Some(format!("{} came with stage {} and is of stage {} now: it keeps its place", step.id, step.stage, now.name))
}
