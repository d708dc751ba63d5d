//! Planning the way down: what is undone, in the reverse of the order it came.

use super::digest::{Covered, digest};
use super::reverses::{self, Undoing};
use super::{Checkpoint, Plan, Sources, Work, points, risk, seals, standpoint};
use crate::error::{Error, Result, Text, codes};
use crate::inverse::{Changed, Inverse};
use crate::ledger::{Applied, StepState};
use crate::report::{Direction, PlanReport, PlannedStep, Reversible, Tried};
use crate::risk::Risk;

/// How far down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownTo {
    /// So many stages.
    Staged(u32),
    /// To a target, which stays.
    Target(String),
}

impl DownTo {
    /// As a person says it.
    pub fn word(&self) -> String {
        match self {
            Self::Staged(count) => format!("--staged {count}"),
            Self::Target(target) => target.clone(),
        }
    }
}

/// Tells the derived acts that take a step back, and the down file's text that the ledger keeps for it.
pub type Ledger<'a> = &'a dyn Fn(&str) -> Result<(Vec<Inverse>, Option<String>)>;

/// Plans the way down. `inverse` gives the derived acts of a step, from the ledger.
pub fn down(
    sources: Sources<'_>,
    to: &DownTo,
    checkpoint: Checkpoint,
    changed: Changed,
    inverse: Ledger<'_>,
) -> Result<Plan> {
    let Sources { catalog, settings, survey, .. } = sources;
    let standing = &survey.standing;
    let undone = undone(sources, to)?;
    let (mut steps, mut undoing, mut downtime, mut new_downs) = (Vec::new(), Vec::new(), false, Vec::new());
    let mut notes = survey.notes.clone();
    for step in &undone {
        let (acts, kept) = inverse(&step.id)?;
        let file = catalog.migration(&step.id).and_then(|migration| migration.down(sources.dialect.name()).transpose());
        let file = file.transpose()?;
        if let Some(text) = file {
            if kept.as_deref() != Some(&*text.text) {
                notes.push(format!("{}: the down file {} replaces what the ledger keeps", step.id, text.name));
            }
            new_downs.push((step.id.clone(), text.text.to_string()));
        }
        let by_file = kept.is_some() || new_downs.last().is_some_and(|(id, _)| *id == step.id);
        let reversible = if by_file { Reversible::File } else { word(&step.reversible) };
        let kept = kept.map(|kept| Text::new(format!("the down file of {}", step.id), kept));
        let reasons = risk::down(&step.kind, reversible, &acts, changed);
        downtime |= reasons.iter().any(|reason| reason.downtime);
        steps.push(planned(step, reversible, &reasons));
        undoing.push(Undoing { step, file: file.cloned().or(kept), acts });
    }
    refuse_no_way(&steps)?;
    let reverses = reverses::read(sources.dialect, &survey.schema, &undoing)?;
    let from = standpoint(catalog, &standing.applied);
    let rest: Vec<Applied> = standing.applied.iter().filter(|step| !undone.contains(step)).cloned().collect();
    let digest = digest(&Covered {
        engine: sources.dialect.name(),
        direction: Direction::Down,
        target: &to.word(),
        head: from.head.as_deref(),
        schema: &survey.digest,
        steps: undone.iter().map(|step| (step.id.as_str(), step.digest.as_str())).collect(),
    });
    let report = PlanReport {
        direction: Direction::Down,
        to: standpoint(catalog, &rest),
        risk: steps.iter().map(|step| step.risk).max().unwrap_or(Risk::None),
        downtime,
        digest,
        estimate: None,
        restore_points: points::points(&steps, checkpoint, settings.restore_points.when, false),
        way_back: (!steps.is_empty())
            .then(|| format!("evolve up --target {}", from.head.clone().unwrap_or_else(|| "latest".into()))),
        from,
        steps,
        findings: super::findings::quoted_text(sources).into_iter().collect(),
        notes,
        continues: None,
    };
    let hidden = if changed == Changed::Preserve { seals::ever(sources)? } else { Vec::new() };
    let work = Work::Down(undone, reverses);
    Ok(Plan { report, work, allowed: Vec::new(), new_downs, adopted: Vec::new(), hidden })
}

/// The steps to be undone, the newest first.
fn undone(sources: Sources<'_>, to: &DownTo) -> Result<Vec<Applied>> {
    let applied = &sources.survey.standing.applied;
    let keep = match to {
        DownTo::Staged(count) => stages_left(applied, *count)?,
        DownTo::Target(word) => kept(sources, word)?,
    };
    Ok(applied[keep..].iter().rev().cloned().collect())
}

/// How many steps stay when so many stages go: a stage that is begun counts.
fn stages_left(applied: &[Applied], count: u32) -> Result<usize> {
    let mut stages: Vec<&str> = Vec::new();
    for (index, step) in applied.iter().enumerate().rev() {
        if stages.last() != Some(&step.stage.as_str()) {
            if stages.len() == count as usize {
                return Ok(index + 1);
            }
            stages.push(&step.stage);
        }
    }
    if stages.len() < count as usize {
        return Err(Error::new(codes::BAD_VALUE, format!("only {} stages are in", stages.len()))
            .hint(format!("evolve down --staged {} takes all back", stages.len())));
    }
    Ok(0)
}

/// How many steps stay for a target that stays.
fn kept(sources: Sources<'_>, word: &str) -> Result<usize> {
    let applied = &sources.survey.standing.applied;
    if word == "start" {
        return Ok(0);
    }
    if word == "latest" {
        return Ok(applied.len());
    }
    if let Some(at) = applied.iter().rposition(|step| step.id == word) {
        return Ok(at + 1);
    }
    if let Some(at) = applied.iter().rposition(|step| step.stage == word || step.stage_version == word) {
        return Ok(at + 1);
    }
    super::target::Target::parse(word, sources.catalog)?;
    Err(Error::new(codes::WRONG_DIRECTION, format!("{word} is not in")).hint(format!("evolve up --target {word}")))
}

fn planned(step: &Applied, reversible: Reversible, reasons: &[risk::Reason]) -> PlannedStep {
    PlannedStep {
        id: step.id.clone(),
        kind: step.kind.clone(),
        stage: step.stage.clone(),
        title: step.title.clone(),
        description: None,
        reads: Vec::new(),
        writes: Vec::new(),
        rows: None,
        reversible,
        risk: reasons.iter().map(|reason| reason.risk).max().unwrap_or(Risk::None),
        reasons: reasons.iter().map(risk::Reason::written).collect(),
        estimate: None,
        findings: Vec::new(),
        resumes: step.state == StepState::Undoing,
        movement: None,
        tried: Tried::default(),
    }
}

fn refuse_no_way(steps: &[PlannedStep]) -> Result<()> {
    match steps.iter().find(|step| matches!(step.reversible, Reversible::No | Reversible::RestorePoint)) {
        None => Ok(()),
        Some(step) => Err(Error::new(
            codes::NO_WAY_BACK,
            format!("{} cannot be undone: nothing was kept of what it destroyed", step.id),
        )
        .hint("evolve restore brings a restore point from before it back; `evolve backup list` shows them")),
    }
}

/// The word of the ledger as a value.
fn word(reversible: &str) -> Reversible {
    match reversible {
        "file" => Reversible::File,
        "derived" => Reversible::Derived,
        "inverse" => Reversible::Inverse,
        "kept" => Reversible::Kept,
        "restore_point" => Reversible::RestorePoint,
        _ => Reversible::No,
    }
}

/// The ledger's word for a value.
pub fn written(reversible: Reversible) -> &'static str {
    match reversible {
        Reversible::File => "file",
        Reversible::Derived => "derived",
        Reversible::Inverse => "inverse",
        Reversible::Kept => "kept",
        Reversible::RestorePoint => "restore_point",
        Reversible::No => "no",
    }
}
