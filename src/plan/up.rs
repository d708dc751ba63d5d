//! Planning the way up.

use super::digest::{Covered, digest};
use super::findings::{
    downtime_findings, key_notes, moved, order_findings, quoted_text, refuse_out_of_order, remarks, statement_notes,
};
use super::seals::{self, Coming, InPlain};
use super::standpoint::reached;
use super::target::Target;
use super::{
    Checkpoint, Choice, Plan, Sources, UpStep, Work, adopt, at_once, choice, points, reversible, risk, standpoint,
    words,
};
use crate::catalog::Catalog;
use crate::catalog::settings::When;
use crate::change::What;
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Graph, Step};
use crate::ledger::{Applied, StepState};
use crate::reading::How;
use crate::report::{Direction, PlanReport, PlannedStep, Reversible, Tried};
use crate::risk::Risk;
use crate::schema::ObjectKind;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of a plan up.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The target, as it was said.
    pub target: &'a str,
    /// The steps of an unfinished run: only these, whatever the files have gained since.
    pub goal: Option<&'a [String]>,
    /// How many restore points.
    pub checkpoint: Checkpoint,
    /// Codes that are allowed by name.
    pub allow: &'a [String],
    /// Steps that alone are wanted, or left out.
    pub choice: &'a Choice,
}

/// Plans the way from where the database stands up to a target.
pub fn up(sources: Sources<'_>, asked: Wanted<'_>) -> Result<Plan> {
    let Wanted { target, checkpoint, allow, .. } = asked;
    let Sources { catalog, survey, .. } = sources;
    let aim = Target::parse(target, catalog)?;
    super::adopt::refuse_changed(sources)?;
    let adopted = adopt::unseen(sources)?;
    let mut applied = survey.standing.applied.clone();
    applied.extend(adopted.iter().cloned());
    refuse_direction(&aim, target, sources, &applied)?;
    let known: BTreeSet<&str> =
        applied.iter().filter(|step| step.state == StepState::Done).map(|step| step.id.as_str()).collect();
    let in_goal = |id: &str| asked.goal.is_none_or(|goal| goal.iter().any(|step| step == id));
    let wanted = |id: &str| !known.contains(id) && within(&aim, id, sources) && in_goal(id);
    let begun = |id: &str| survey.standing.begun_under(id).cloned();
    let graph = Graph::build_begun(catalog, sources.dialect, &survey.schema, &wanted, &begun)
        .map_err(|error| in_the_way(sources, &wanted, &aim).unwrap_or(error))?;
    let chosen = choice::choose(sources, &graph, chosen(&graph, &aim, catalog), asked)?;
    refuse_occupied(sources, &graph, &chosen)?;
    let mut plan = report(sources, target, graph, chosen, checkpoint, &applied)?;
    plan.adopted = adopted.into_iter().map(|step| step.id).collect();
    order_findings(sources, &applied, &mut plan)?;
    plan.report.notes.extend(applied.iter().filter_map(|step| moved(catalog, step)));
    plan.allowed.extend(allow.iter().cloned());
    stage_requirements(sources, &plan, &applied)?;
    plan.report.to = reached(sources, &applied, &plan);
    refuse_out_of_order(&plan)?;
    Ok(plan)
}

/// Whether a step lies at or before the target, as far as its stage says.
fn within(aim: &Target, id: &str, sources: Sources<'_>) -> bool {
    let stage = |id: &str| {
        sources
            .catalog
            .stages
            .iter()
            .position(|stage| sources.catalog.owner(id).is_some_and(|owner| owner.name == stage.name))
    };
    match aim {
        Target::Latest => true,
        Target::Start => false,
        Target::Stage(last) | Target::Step(last, _) => stage(id).is_some_and(|stage| stage <= *last),
    }
}

/// The steps of the graph up to the target.
fn chosen(graph: &Graph, aim: &Target, catalog: &Catalog) -> Vec<usize> {
    let end = match aim {
        Target::Step(stage, id) => graph.position(id).map_or_else(|| before(graph, *stage, id, catalog), |at| at + 1),
        _ => graph.steps.len(),
    };
    (0..end).collect()
}

/// How many steps come before one that is in already: those of earlier stages, and older migrations of its own.
fn before(graph: &Graph, stage: usize, id: &str, catalog: &Catalog) -> usize {
    let version = |id: &str| catalog.migration(id).map(|migration| migration.version);
    let older = |step: &Step| version(&step.id).is_some() && version(&step.id) < version(id);
    let earlier = |step: &Step| step.stage < stage || (step.stage == stage && older(step));
    graph.steps.iter().position(|step| !earlier(step)).unwrap_or(graph.steps.len())
}

/// `up` does not go down.
fn refuse_direction(aim: &Target, word: &str, sources: Sources<'_>, applied: &[Applied]) -> Result<()> {
    let stage = |step: &Applied| sources.catalog.stages.iter().position(|stage| stage.name == step.stage);
    let later = match aim {
        Target::Latest => None,
        Target::Start => applied.first(),
        Target::Stage(index) => applied.iter().find(|step| stage(step).is_none_or(|stage| stage > *index)),
        Target::Step(index, id) => match applied.iter().position(|step| step.id == *id) {
            Some(at) => applied.get(at + 1).filter(|step| stage(step).is_none_or(|stage| stage >= *index)),
            None => applied.iter().find(|step| stage(step).is_none_or(|stage| stage > *index)),
        },
    };
    match later {
        None => Ok(()),
        Some(step) => Err(Error::new(codes::WRONG_DIRECTION, format!("{} is in, and lies behind {word}", step.id))
            .hint(format!("evolve down --target {word}"))),
    }
}

/// What keeps the files from being read over a filled database without a ledger, where they can be read over an empty one.
fn in_the_way(sources: Sources<'_>, wanted: &dyn Fn(&str) -> bool, aim: &Target) -> Option<Error> {
    let graph = Graph::build(sources.catalog, sources.dialect, &[], wanted).ok()?;
    refuse_occupied(sources, &graph, &chosen(&graph, aim, sources.catalog)).err()
}

/// A filled database without a ledger is taken up only where nothing is in the way.
fn refuse_occupied(sources: Sources<'_>, graph: &Graph, chosen: &[usize]) -> Result<()> {
    let survey = sources.survey;
    if survey.standing.format.is_some() || !survey.history.is_empty() || survey.objects.is_empty() {
        return Ok(());
    }
    let there: BTreeSet<&str> = survey.objects.iter().map(String::as_str).collect();
    for index in chosen {
        let Body::Migration(migration) = &graph.steps[*index].body else { continue };
        for change in &migration.reading.changes {
            let What::Create { name, .. } = &change.what else { continue };
            if there.contains(name.to_lowercase().as_str()) {
                return Err(occupied(name));
            }
        }
    }
    Ok(())
}

/// The error for a filled database without a ledger.
pub fn occupied(name: &str) -> Error {
    Error::new(
        codes::FILLED_DATABASE,
        format!("the database has {name} already, and no ledger says where it came from"),
    )
    .hint("evolve init --adopt looks which steps are in, and writes the ledger")
}

fn report(
    sources: Sources<'_>,
    target: &str,
    graph: Graph,
    chosen: Vec<usize>,
    checkpoint: Checkpoint,
    applied: &[Applied],
) -> Result<Plan> {
    let Sources { catalog, settings, survey, .. } = sources;
    let empty = survey.objects.is_empty();
    let may_point = checkpoint == Checkpoint::Every
        || (checkpoint == Checkpoint::AsConfigured && settings.restore_points.when != When::Never && !empty);
    let sizes = sizes(sources, &graph, &chosen)?;
    let mut allowed = Vec::new();
    let (mut steps, mut work, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    let mut own: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut downtime = Vec::new();
    let mut in_plain = InPlain::after(sources, applied);
    let coming = Coming::of(sources, &graph);
    for index in &chosen {
        let step = &graph.steps[*index];
        // A reverse that is empty, or no text, is known before anything runs.
        catalog.migration(&step.id).map(|migration| migration.down(sources.dialect.name())).transpose()?;
        let bytes = kept_bytes(step, &sizes);
        let (reversible, keeps) = reversible(step, sources, may_point, bytes);
        let made = own.entry(step.stage).or_default();
        let reasons = risk::up(step, made, reversible);
        note_made(step, made);
        findings.extend(remarks(step));
        if let Body::Migration(migration) = &step.body {
            allowed.extend(migration.script.directives.allow.iter().map(|allow| allow.code.clone()));
        }
        if reasons.iter().any(|reason| reason.downtime) {
            downtime.push(step.id.clone());
        }
        steps.push(planned(sources, step, reversible, &reasons));
        let hidden = in_plain.elsewhere(&graph, *index, &coming);
        let seals = in_plain.pass(sources, &graph, *index);
        let seals = if keeps { seals } else { Vec::new() };
        work.push(UpStep { index: *index, reversible, keeps, seals, hidden });
    }
    findings.extend(downtime_findings(sources, &steps, &downtime));
    findings.extend(quoted_text(sources));
    findings.extend(at_once::findings(sources, &graph, &chosen)?);
    let notes = [
        survey.notes.clone(),
        key_notes(sources, &steps),
        seals::notes(&graph, &work),
        statement_notes(&graph, &chosen),
    ]
    .concat();
    let from = standpoint(catalog, applied);
    let way_back = (!steps.is_empty()).then(|| way_back(catalog, applied));
    let pairs =
        chosen.iter().map(|index| (graph.steps[*index].id.as_str(), graph.steps[*index].digest.as_str())).collect();
    let digest = digest(&Covered {
        engine: sources.dialect.name(),
        direction: Direction::Up,
        target,
        head: from.head.as_deref(),
        schema: &survey.digest,
        steps: pairs,
    });
    for step in &mut steps {
        step.findings = findings
            .iter()
            .filter(|finding| finding.step.as_deref() == Some(&step.id))
            .map(|it| it.code.clone())
            .collect();
    }
    let report = PlanReport {
        direction: Direction::Up,
        to: from.clone(),
        from,
        risk: steps.iter().map(|step| step.risk).max().unwrap_or(Risk::None),
        downtime: !downtime.is_empty(),
        digest,
        estimate: None,
        restore_points: points::points(&steps, checkpoint, settings.restore_points.when, empty),
        steps,
        findings,
        notes,
        continues: None,
        way_back,
    };
    Ok(Plan {
        report,
        work: Work::Up(graph, work),
        allowed,
        new_downs: Vec::new(),
        adopted: Vec::new(),
        hidden: Vec::new(),
    })
}

/// The bytes of the tables that some step would keep rows of.
fn sizes(sources: Sources<'_>, graph: &Graph, chosen: &[usize]) -> Result<BTreeMap<String, u64>> {
    if sources.settings.policy.keep != crate::catalog::settings::Keep::Small {
        return Ok(BTreeMap::new());
    }
    let mut tables: Vec<String> = chosen.iter().flat_map(|index| kept_tables(&graph.steps[*index])).collect();
    tables.sort();
    tables.dedup();
    if tables.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(sources.measure.sizes(&tables)?.into_iter().collect())
}

fn kept_tables(step: &Step) -> Vec<String> {
    let Body::Migration(migration) = &step.body else { return Vec::new() };
    let keeps = migration.reading.keeps.iter().filter(|keep| keep.how != How::Nothing);
    keeps.map(|keep| keep.table.clone()).collect()
}

fn kept_bytes(step: &Step, sizes: &BTreeMap<String, u64>) -> u64 {
    kept_tables(step).iter().filter_map(|table| sizes.get(table)).sum()
}

/// Remembers what a step made, for the steps of its stage that come after it.
fn note_made(step: &Step, made: &mut BTreeSet<String>) {
    let Body::Migration(migration) = &step.body else { return };
    for change in &migration.reading.changes {
        if let What::Create { kind: ObjectKind::Table | ObjectKind::View, name, .. } = &change.what {
            made.insert(name.to_lowercase());
        }
    }
}

fn planned(sources: Sources<'_>, step: &Step, reversible: Reversible, reasons: &[risk::Reason]) -> PlannedStep {
    let stage = &sources.catalog.stages[step.stage];
    let writes = {
        let mut writes = step.touches.writes.clone();
        writes.extend(&step.touches.creates);
        writes.extend(&step.touches.destroys);
        writes.iter().map(|spot| spot.to_string()).collect()
    };
    let movement = match &step.body {
        Body::Migration(_) => None,
        Body::Transformation(_, movements) => {
            step.declared(sources.catalog).map(|declared| words::movement(&declared, movements))
        }
    };
    PlannedStep {
        id: step.id.clone(),
        kind: step.kind(sources.catalog).to_owned(),
        stage: stage.name.clone(),
        title: step.title.clone(),
        description: step.description.clone(),
        reads: step.touches.reads.iter().map(|spot| spot.to_string()).collect(),
        writes,
        rows: None,
        reversible,
        risk: reasons.iter().map(|reason| reason.risk).max().unwrap_or(Risk::None),
        reasons: reasons.iter().map(risk::Reason::written).collect(),
        estimate: None,
        findings: Vec::new(),
        resumes: sources.survey.standing.half().is_some_and(|half| half.id == step.id),
        movement,
        tried: Tried::default(),
    }
}

/// The command that takes a plan back.
fn way_back(catalog: &crate::catalog::Catalog, applied: &[Applied]) -> String {
    let from = standpoint(catalog, applied);
    let last = applied.last();
    let at_stage_end = last.is_some_and(|step| Some(&step.stage) == from.stage.as_ref());
    match (at_stage_end, from.stage, last) {
        (true, Some(stage), _) => format!("evolve down --target {stage}"),
        (_, _, Some(step)) => format!("evolve down --target {}", step.id),
        (_, _, None) => "evolve down --target start".to_owned(),
    }
}

/// A stage can start only from the versions it names.
fn stage_requirements(sources: Sources<'_>, plan: &Plan, applied: &[Applied]) -> Result<()> {
    let mut version =
        standpoint(sources.catalog, applied).version.and_then(|version| version.parse::<semver::Version>().ok());
    let entered: BTreeSet<&str> = applied.iter().map(|step| step.stage.as_str()).collect();
    let mut last = None;
    for step in &plan.report.steps {
        if last == Some(&step.stage) {
            continue;
        }
        last = Some(&step.stage);
        let Some(stage) = sources.catalog.stage(&step.stage) else { continue };
        if let (Some(requires), false) = (&stage.requires, entered.contains(stage.name.as_str())) {
            let from = version.clone().unwrap_or(semver::Version::new(0, 0, 0));
            if !requires.matches(&from) {
                return Err(Error::new(
                    codes::STAGE_REQUIRES,
                    format!("stage {} starts from {requires}, and the database would stand at {from}", stage.name),
                )
                .at(stage.place.clone()));
            }
        }
        version = Some(stage.version.clone());
    }
    Ok(())
}
