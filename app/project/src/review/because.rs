//! Why a case stands where it stands: which rule applied, in words.

use std::collections::BTreeMap;

use crate::review::outcome::{Opinion, Stance, annotators_differ, opinion, stance};
use crate::review::{Quorum, ReviewState, Rule, Stage, Ties, Verdict, Vote};
use crate::{ClassCode, Project, RegionId};

/// Which rule put a case where it stands, in one or two sentences; classes by the names that the reader gives them.
/// Nothing of a committee that is still voting is in it but how many have voted.
pub fn because(project: &Project, case: RegionId, class: impl Fn(&ClassCode) -> String) -> String {
    let rule = &project.settings().rule;
    let outcome = project.outcome(case);
    match outcome.state {
        ReviewState::Draft => "Nobody has labelled it.".to_owned(),
        ReviewState::StageOne => {
            let (seen, asked) = (agreeing(project, case), rule.stage_one_reviews);
            format!("{seen} of {asked} reviews see what the label says.")
        }
        ReviewState::Agreed if rule.stage_one_reviews == 0 => {
            "The rule asks for no second look at a label.".to_owned()
        }
        ReviewState::Agreed => {
            let (seen, asked) = (agreeing(project, case), rule.stage_one_reviews);
            format!("{seen} reviewed it and see what the label says; the rule asks for {asked}.")
        }
        ReviewState::Disputed => disputed(project, case, &class),
        ReviewState::StageTwo => {
            let (cast, size) = (project.committee_members(case).len(), rule.committee());
            format!("{cast} of {size} committee votes are cast. They are open when all are.")
        }
        _ => committee(project, case, rule, outcome.state, &class),
    }
}

/// Reviews that see what the label says.
fn agreeing(project: &Project, case: RegionId) -> usize {
    let (labels, rounds) = project.rounds(case);
    let rule = &project.settings().rule;
    rounds.reviews.iter().filter(|vote| stance(vote, &labels, rule) == Stance::For).count()
}

fn disputed(project: &Project, case: RegionId, class: &impl Fn(&ClassCode) -> String) -> String {
    let (labels, rounds) = project.rounds(case);
    let rule = &project.settings().rule;
    let mut why = Vec::new();
    if annotators_differ(&labels, rule) {
        why.push("its annotators say different classes".to_owned());
    }
    for vote in rounds.reviews.iter().filter(|vote| stance(vote, &labels, rule) == Stance::Against) {
        let member = &vote.member;
        why.push(match (vote.verdict, &vote.class) {
            (Verdict::Edit, Some(seen)) => format!("{member} sees “{}”", class(seen)),
            (Verdict::Undetermined, _) => format!("{member} is not able to determine it"),
            (Verdict::BadImagery, _) => format!("{member} finds the imagery bad"),
            _ => format!("{member} rejects it"),
        });
    }
    for vote in project.off_outlines(case) {
        why.push(format!(
            "the outline by {} overlaps it by less than the {} % of the rule",
            vote.member, rule.least_iou
        ));
    }
    if project.conflicts_on(case).next().is_some() {
        why.push("copies of the project say different things of it".to_owned());
    }
    format!("Disputed, because {}.", why.join(", and "))
}

/// What a complete committee came to.
fn committee(
    project: &Project,
    case: RegionId,
    rule: &Rule,
    state: ReviewState,
    class: &impl Fn(&ClassCode) -> String,
) -> String {
    let (labels, rounds) = project.rounds(case);
    let label = labels.last().map(|label| &label.class);
    let votes = super::outcome::latest(&rounds.committee, Stage::Two);
    let mut weights: BTreeMap<Opinion<'_>, usize> = BTreeMap::new();
    for vote in &votes {
        if let Some(said) = opinion(vote, label) {
            *weights.entry(said).or_default() += rule.weight_of(&vote.member);
        }
    }
    let all: usize = weights.values().sum();
    let needed = rule.quorum.needed(all);
    let words = |said: &Opinion<'_>| match said {
        Opinion::Class(code) => format!("“{}”", class(code)),
        Opinion::Reject => "reject".to_owned(),
        Opinion::Undetermined => "not able to determine".to_owned(),
        Opinion::BadImagery => "bad imagery".to_owned(),
    };
    let asked = format!("the rule asks for {needed} ({})", quorum(rule.quorum));
    let silent = silent(&votes, all == 0);
    if let Some((said, weight)) = weights.iter().find(|(_, weight)| **weight >= needed) {
        return format!("{weight} of {all} say {}; {asked}.{silent}", words(said));
    }
    let said: Vec<String> = weights.iter().map(|(said, n)| format!("{n} {}", words(said))).collect();
    let divided = if said.is_empty() {
        "Nobody on the committee said anything".to_owned()
    } else {
        format!("The committee is divided, {}; {asked}", said.join(", "))
    };
    match (state, rounds.lead, rule.ties) {
        (ReviewState::Tied, ..) => format!("{divided}. A lead decides.{silent}"),
        (ReviewState::Returned, ..) | (_, None, _) | (_, _, Ties::Return) => {
            format!("{divided}. So it goes back.{silent}")
        }
        (_, Some(vote), Ties::Lead) => {
            let decided = opinion(vote, label).map_or_else(|| "nothing".to_owned(), |said| words(&said));
            format!("{divided}. {} decided: {decided}.{silent}", vote.member)
        }
    }
}

/// How many abstained, where that is worth a word.
fn silent(votes: &[&Vote], nobody: bool) -> String {
    match votes.iter().filter(|vote| vote.verdict == Verdict::Abstain).count() {
        0 => String::new(),
        _ if nobody => String::new(),
        1 => " 1 abstained.".to_owned(),
        n => format!(" {n} abstained."),
    }
}

const fn quorum(quorum: Quorum) -> &'static str {
    match quorum {
        Quorum::Majority => "more than half",
        Quorum::TwoThirds => "two thirds",
        Quorum::Unanimous => "all alike",
        Quorum::Weighted => "more than half by weight",
    }
}
