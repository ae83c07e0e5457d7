//! What was said about the case: labels, votes that may be seen, and how many may not.

use std::collections::BTreeSet;

use egui::{Align, Layout, RichText, Sense, Ui, vec2};
use project::review::{Stage, Verdict, Vote, because};
use project::{Author, Class, Label, Project, RegionId, VoteId};
use spatial::format as units;

use super::verdict::class_name;
use crate::format::count;
use crate::outbox::Outbox;
use crate::panels::between;
use crate::state::State;
use crate::widgets::{paint_icon, section, value_row};
use crate::{fonts, icons};

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let (Some(project), Some(case)) = (state.content(), state.review.case()) else {
        ui.add_space(4.0);
        ui.label(RichText::new("No case is on the card.").color(*state.theme.color.muted));
        return;
    };
    let member = state.author();
    let visible = project.votes_visible_to(&member, case);
    section(ui, "Standing", true, |_| {}, |ui| standing(ui, state, project, case));
    between(ui);
    section(
        ui,
        "Labels",
        true,
        |_| {},
        |ui| {
            let mut any = false;
            for (_, label) in project.labels_of(case) {
                labelled(ui, state, project, label);
                any = true;
            }
            if !any {
                quiet(ui, state, "Nobody has labelled it.");
            }
        },
    );
    between(ui);
    section(
        ui,
        "Votes",
        true,
        |_| {},
        |ui| {
            for stage in [Stage::One, Stage::Two, Stage::Lead] {
                let votes: Vec<&Vote> = visible.iter().copied().filter(|v| v.stage == stage).collect();
                of_stage(ui, state, project, case, stage, &votes);
            }
            if project.votes_on(case).next().is_none() {
                quiet(ui, state, "No votes yet.");
            }
        },
    );
    between(ui);
    super::object::show(ui, state, project, case, out);
    section(ui, "Comments", true, |_| {}, |ui| super::remarks::of_case(ui, state, out));
}

fn standing(ui: &mut Ui, state: &State, project: &Project, case: RegionId) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let outcome = project.outcome(case);
    value_row(ui, "State", outcome.state.text(), false);
    let class = outcome.class.as_ref();
    let name = class.map_or_else(
        || "none".to_owned(),
        |code| {
            project.schema().and_then(|s| s.class(code)).map_or(code.as_str(), |c| c.name.as_str()).to_owned()
        },
    );
    let what = if outcome.state.is_accepted() { "Settled as" } else { "Label" };
    value_row(ui, what, &name, false);
    value_row(ui, "Disagreement", &units::percent(outcome.disagreement), true)
        .on_hover_text("0 %: everybody sees the same; 100 %: every class got an equal share");
    let rule = &project.settings().rule;
    let quorum = match rule.quorum {
        project::review::Quorum::Majority => "majority",
        project::review::Quorum::TwoThirds => "two thirds",
        project::review::Quorum::Unanimous => "all agree",
        project::review::Quorum::Weighted => "majority by weight",
    };
    let size = rule.committee_size.max(1) as usize;
    let sealed = if rule.sealed { ", sealed" } else { "" };
    let committee = format!("{}, {quorum}{sealed}", count(size, "member", "members"));
    value_row(ui, "Committee", &committee, false).on_hover_text(rule.in_words().join("\n"));
    let name = |code: &project::ClassCode| {
        let class = project.schema().and_then(|schema| schema.class(code));
        class.map_or_else(|| code.to_string(), |class| class.name.clone())
    };
    let why = RichText::new(because(project, case, name)).font(fonts::body(state.theme.size.small));
    ui.add_space(2.0);
    ui.add(egui::Label::new(why.color(*state.theme.color.muted)).wrap());
}

/// The votes of one stage, superseded ones muted; how many are sealed.
fn of_stage(ui: &mut Ui, state: &State, project: &Project, case: RegionId, stage: Stage, votes: &[&Vote]) {
    let cast: Vec<&Vote> = project.votes_on(case).filter(|v| v.stage == stage).collect();
    if cast.is_empty() {
        return;
    }
    let title = match stage {
        Stage::One => "Stage 1",
        Stage::Two => "Committee",
        Stage::Lead => "Lead",
    };
    let title = RichText::new(title).font(fonts::medium(state.theme.size.small));
    ui.label(title.color(*state.theme.color.muted));
    for (i, vote) in votes.iter().enumerate() {
        let superseded = votes[i + 1..].iter().any(|v| v.member == vote.member);
        voted(ui, state, project, vote, superseded);
    }
    let seen: BTreeSet<VoteId> = votes.iter().map(|v| v.id).collect();
    let sealed: BTreeSet<&Author> =
        cast.iter().filter(|v| !seen.contains(&v.id)).map(|v| &v.member).collect();
    let sealed = sealed.len();
    if sealed > 0 {
        let verb = if sealed == 1 { "is" } else { "are" };
        let text =
            format!("{} {verb} sealed until the committee is complete", count(sealed, "vote", "votes"));
        locked(ui, state, &text);
    }
}

fn locked(ui: &mut Ui, state: &State, text: &str) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
        paint_icon(ui, rect, icons::LOCK, 14.0, *state.theme.color.muted);
        ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
    });
}

fn labelled(ui: &mut Ui, state: &State, project: &Project, label: &Label) {
    let class = project.schema().and_then(|s| s.class(&label.class));
    let mut details = Vec::new();
    if label.author.is_model() {
        details.push("prediction".to_owned());
    }
    if let Some(sure) = label.confidence {
        details.push(format!("{} sure", units::percent(sure)));
    }
    more(
        ui,
        state,
        &Said {
            who: label.author.name(),
            verb: "",
            class,
            code: label.class.as_str(),
            at_ms: label.at_ms,
            seconds: label.seconds,
            note: &label.note,
            details,
            faint: label.author.is_model(),
        },
    );
}

fn voted(ui: &mut Ui, state: &State, project: &Project, vote: &Vote, superseded: bool) {
    let class = vote.class.as_ref().and_then(|code| project.schema()?.class(code));
    let (verb, named) = match vote.verdict {
        _ if vote.is_sealed() => ("has cast a sealed vote", false),
        Verdict::Accept => ("accepts", true),
        Verdict::Edit => ("sees", true),
        Verdict::Reject => ("rejects", false),
        Verdict::Abstain => ("abstains", false),
        Verdict::Undetermined => ("is not able to determine it", false),
        Verdict::BadImagery => ("finds the imagery bad", false),
    };
    let answered = project.labels_of(vote.case).any(|(_, label)| label.replies_to.contains(&vote.id));
    let mut details = match (answered, superseded) {
        (true, _) => vec!["answered".to_owned()],
        (false, true) => vec!["superseded".to_owned()],
        (false, false) => Vec::new(),
    };
    let region = project.region(vote.case);
    if let (Some(outline), Some(region)) = (&vote.shape, region) {
        let shared = agreement::shapes::overlap(&outline.geometry, &region.geometry).unwrap_or(0.0);
        details.push(format!("another outline, overlapping by {}", units::percent(shared)));
    }
    more(
        ui,
        state,
        &Said {
            who: vote.member.name(),
            verb,
            class: class.filter(|_| named),
            code: vote.class.as_ref().filter(|_| named).map_or("", |c| c.as_str()),
            at_ms: vote.at_ms,
            seconds: vote.seconds,
            note: &vote.note,
            details,
            faint: superseded || answered,
        },
    );
}

/// One opinion in two lines.
struct Said<'a> {
    who: &'a str,
    verb: &'a str,
    class: Option<&'a Class>,
    code: &'a str,
    at_ms: Option<i64>,
    seconds: Option<f64>,
    note: &'a str,
    details: Vec<String>,
    faint: bool,
}

fn more(ui: &mut Ui, state: &State, said: &Said<'_>) {
    let theme = &state.theme;
    let ink = if said.faint { *theme.color.muted } else { *theme.color.text };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(RichText::new(said.who).font(fonts::medium(theme.size.body)).color(ink));
        if !said.verb.is_empty() {
            ui.label(RichText::new(said.verb).color(*theme.color.muted));
        }
        if !said.code.is_empty() {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                class_name(ui, state, said.class, said.code);
            });
        }
    });
    let mut details = said.details.clone();
    if let Some(seconds) = said.seconds {
        details.push(format!("{}\u{a0}s", units::decimal(seconds, 1)));
    }
    details.extend(said.at_ms.and_then(date));
    if !said.note.is_empty() {
        details.insert(0, format!("“{}”", said.note));
    }
    if !details.is_empty() {
        let text = RichText::new(details.join(" · ")).font(fonts::body(theme.size.small));
        ui.add(egui::Label::new(text.color(*theme.color.muted)).wrap());
    }
    ui.add_space(4.0);
}

/// A date as people write it, in the machine's time zone.
fn date(at_ms: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?.to_zoned(jiff::tz::TimeZone::system());
    Some(at.strftime("%-d %b %Y, %H:%M").to_string())
}

fn quiet(ui: &mut Ui, state: &State, text: &str) {
    ui.label(RichText::new(text).color(*state.theme.color.muted));
}
