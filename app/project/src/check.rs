//! What must always hold, written down as questions to the project.

use std::collections::HashSet;

use crate::project::geometry_fault;
use crate::{Author, LayerId, Project, RegionId};

/// Everything that is wrong with a project, one sentence each; empty when all is well. Anything here is
/// a bug of the program or damage to the file: edits that would cause it are refused.
pub fn violations(project: &Project) -> Vec<String> {
    let mut found = Vec::new();
    regions(project, &mut found);
    labels(project, &mut found);
    votes(project, &mut found);
    adjustments(project, &mut found);
    relations(project, &mut found);
    found.extend(crate::screening::violations(project));
    found.extend(crate::response::violations(project));
    found.extend(crate::question::violations(project));
    found.extend(crate::remark::violations(project));
    if let Some(fault) = project.schema().and_then(|s| s.check().err()) {
        found.push(format!("The schema is not sound: {fault}"));
    }
    found.extend(project.index_faults());
    found
}

fn regions(project: &Project, found: &mut Vec<String>) {
    for (id, region) in project.regions() {
        if let Some(fault) = geometry_fault(&region.geometry) {
            found.push(format!("Region {id}: {fault}"));
        }
        if let Some(layer) = region.layer.filter(|l| !project.layers().contains_key(l)) {
            found.push(format!("Region {id} lies on layer {layer}, which does not exist"));
        }
    }
}

fn labels(project: &Project, found: &mut Vec<String>) {
    let mut seen: HashSet<(RegionId, &Author, Option<LayerId>)> = HashSet::new();
    for (id, label) in project.labels() {
        if project.region(label.region).is_none() {
            found.push(format!("Label {id} is on region {}, which does not exist", label.region));
        }
        if project.schema().is_none_or(|s| s.class(&label.class).is_none()) {
            found.push(format!("Label {id} has the class `{}`, which the schema does not have", label.class));
        }
        if label.author.name().is_empty() {
            found.push(format!("Label {id} has no author"));
        }
        if label.confidence.is_some_and(|c| !(0.0..=1.0).contains(&c)) {
            found.push(format!("Label {id} has a confidence outside 0 to 1"));
        }
        if let Some(layer) = label.layer.filter(|l| !project.layers().contains_key(l)) {
            found.push(format!("Label {id} is of layer {layer}, which does not exist"));
        }
        if !seen.insert((label.region, &label.author, label.layer)) {
            found.push(format!("{} has two labels on region {}", label.author, label.region));
        }
    }
}

fn adjustments(project: &Project, found: &mut Vec<String>) {
    for (id, adjustment) in project.adjustments() {
        if let Some(fault) = adjustment.fault() {
            found.push(format!("Adjustment {id}: {fault}"));
        }
        if !project.layers().contains_key(&adjustment.layer) {
            found.push(format!("Adjustment {id} is on layer {}, which does not exist", adjustment.layer));
        }
    }
}

fn relations(project: &Project, found: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for (id, relation) in project.relations() {
        if let Some(fault) = relation.fault() {
            found.push(format!("Relation {id}: {fault}"));
        }
        for end in [relation.from, relation.to] {
            if project.region(end).is_none() {
                found.push(format!("Relation {id} is about region {end}, which does not exist"));
            }
        }
        let predicate = &relation.predicate;
        if project.schema().is_none_or(|s| s.predicate(predicate).is_none()) {
            found.push(format!("Relation {id} is `{predicate}`, which the schema does not have"));
        }
        if !seen.insert((relation.from, relation.to, predicate)) {
            found.push(format!("Relation {id} says what another says of the same regions"));
        }
    }
}

/// A vote on a region that was deleted since is history, not a fault, and so is one for a class that another copy of the
/// project took out meanwhile; one on what never was is refused by [`Project::record_vote`].
fn votes(project: &Project, found: &mut Vec<String>) {
    for (id, vote) in project.votes() {
        if vote.member.name().is_empty() || vote.member.is_model() {
            found.push(format!("Vote {id} was not cast by a named member"));
        }
    }
}
