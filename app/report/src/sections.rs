//! The parts of a report, each empty where there is nothing to say.

use agreement::{Coefficient, Method};
use paper::{Block, Section, Term};
use project::review::Quorum;

use crate::draw::{Bar, Heat, Moment, bars, heat, line, number, percent};
use crate::gather::{Counted, MemberRow, Part, Report};

/// Pairs of members that are listed.
const PAIRS: usize = 200;
/// Bars of one drawing: more would be too small to be read on paper.
const BARS: usize = 36;

pub(crate) fn all(report: &Report) -> Vec<Section> {
    vec![
        standing(report),
        coefficients(report),
        over_time(report),
        confusion(report),
        classes(report),
        reliability(report),
        pairs(report),
        layers(report),
        views(report),
        changed(report),
        work(report),
        outlines(report),
        disputed(report),
        methods(report),
    ]
}

pub(crate) fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { title: title.to_owned(), blocks }
}

pub(crate) fn paragraph(text: &str) -> Block {
    Block::Paragraph(text.to_owned())
}

/// A table; none without a row.
pub(crate) fn table(head: &[&str], rows: Vec<Vec<String>>) -> Option<Block> {
    let head = head.iter().map(|text| (*text).to_owned()).collect();
    (!rows.is_empty()).then_some(Block::Table(paper::Table { head, rows }))
}

/// A table and what is said of it; nothing without a row.
pub(crate) fn told(head: &[&str], rows: Vec<Vec<String>>, text: &str) -> Vec<Block> {
    table(head, rows).map(|table| vec![table, paragraph(text)]).unwrap_or_default()
}

fn dash(value: Option<f64>, word: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), word)
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn three(value: Option<f64>) -> String {
    dash(value, |v| number(v, 3))
}

fn standing(report: &Report) -> Section {
    let rows: Vec<Vec<String>> =
        report.status.iter().map(|(state, n)| vec![state.text().to_owned(), n.to_string()]).collect();
    let rule = &report.rule;
    let words = format!(
        "Rule: {} at stage 1, a committee of {}, {} as quorum{}.",
        match rule.stage_one_reviews {
            1 => "one review".to_owned(),
            n => format!("{n} reviews"),
        },
        rule.committee_size.max(1),
        match rule.quorum {
            Quorum::Majority => "more than half",
            Quorum::TwoThirds => "two thirds",
            Quorum::Unanimous => "all",
            Quorum::Weighted => "more than half, by weight",
        },
        if rule.self_review { ", own labels may be reviewed" } else { "" },
    );
    let blocks = table(&["State", "Cases"], rows).into_iter().chain([paragraph(&words)]);
    section("Where the cases stand", blocks.collect())
}

fn word(of: Coefficient, value: f64) -> String {
    if of == Coefficient::Percent { percent(value / 100.0) } else { number(value, 3) }
}

fn coefficient(of: Coefficient, part: &Part) -> String {
    let Some(value) = of.of(&part.agreement) else { return "–".to_owned() };
    match part.intervals.as_ref().and_then(|intervals| of.interval(intervals)) {
        Some([low, high]) => format!("{} ({} – {})", word(of, value), word(of, low), word(of, high)),
        None => word(of, value),
    }
}

fn coefficients(report: &Report) -> Section {
    let parts = [&report.committee, &report.stage_one];
    if parts.iter().all(|part| part.agreement.votes == 0) {
        let text = "Nobody has voted yet, or every committee is still voting.";
        return section("Agreement", vec![paragraph(text)]);
    }
    let counts = |part: &Part| {
        let a = &part.agreement;
        let (votes, members) = (count(a.votes, "vote", "votes"), count(a.members, "member", "members"));
        format!("{votes} by {members} on {}", count(a.cases, "case", "cases"))
    };
    let mut rows = vec![vec!["Votes".to_owned(), counts(parts[0]), counts(parts[1])]];
    for of in Coefficient::ALL {
        if parts.iter().any(|part| of.of(&part.agreement).is_some()) {
            rows.push(vec![of.name().to_owned(), coefficient(of, parts[0]), coefficient(of, parts[1])]);
        }
    }
    let head = ["", "Committee, blind", "Stage 1: label and review"];
    let mut blocks: Vec<Block> = table(&head, rows).into_iter().collect();
    if report.options.resamples > 0 {
        let text = format!(
            "In brackets: the middle 95 % of {} resamplings of the cases (percentile bootstrap, seed {}).",
            report.options.resamples, report.options.seed
        );
        blocks.push(paragraph(&text));
    }
    section("Agreement", blocks)
}

fn over_time(report: &Report) -> Section {
    let ordinal = report.committee.agreement.krippendorff_alpha.ordinal.is_some();
    let moments: Vec<Moment> = report
        .course
        .iter()
        .filter_map(|point| {
            let value = if ordinal { point.ordinal } else { point.nominal }?;
            Some(Moment { votes: point.votes as f64, value })
        })
        .collect();
    let of = if ordinal { Coefficient::AlphaOrdinal } else { Coefficient::AlphaNominal };
    let interval = report.committee.intervals.as_ref().and_then(|intervals| of.interval(intervals));
    let title = "Agreement over time";
    let Some(drawn) = line(&format!("{} over the votes", of.name()), &moments, interval) else {
        return section(title, Vec::new());
    };
    let text = format!(
        "{} of the blind votes as one committee after the other became complete. Dashed: 0.667, from which a \
         tentative conclusion can be drawn, and 0.8 (Krippendorff). The thick end is the interval now.",
        of.name()
    );
    section(title, vec![Block::Drawing(drawn), paragraph(&text)])
}

fn named<'a>(report: &'a Report, counted: &'a Counted) -> Vec<(&'a str, &'a str)> {
    let color =
        |code: &str| report.classes.iter().find(|class| class.code == code).map_or("#888888", |c| &c.color);
    counted.classes.iter().map(|code| (report.class_name(code), color(code))).collect()
}

fn confusion(report: &Report) -> Section {
    let heading = "Who sees what for what";
    if report.confusion.classes.is_empty() {
        return section(heading, Vec::new());
    }
    let title = "Which class one member sees where another sees another";
    let classes = named(report, &report.confusion);
    let drawn = heat(&Heat { title, classes, cells: &report.confusion.cells, shares: true });
    let text = "Rows: one member sees this. Columns: how often, in percent, another then sees that (Krippendorff’s \
                coincidences of the blind votes).";
    section(heading, vec![Block::Drawing(drawn), paragraph(text)])
}

fn classes(report: &Report) -> Section {
    let a = &report.committee.agreement;
    let order =
        report.classes.iter().filter_map(|class| a.per_class.get(&class.code).map(|one| (class, one)));
    let rows: Vec<Vec<String>> = order
        .map(|(class, one)| {
            vec![
                class.name.clone(),
                one.votes.to_string(),
                one.cases.to_string(),
                dash(one.agreement, percent),
                three(one.krippendorff_alpha),
                three(one.ac1),
            ]
        })
        .collect();
    let head = ["Class", "Votes", "Cases", "Another sees it too", "α nominal", "AC1"];
    section("By class", table(&head, rows).into_iter().collect())
}

fn reliability(report: &Report) -> Section {
    let mut members: Vec<&MemberRow> = report.members.iter().filter(|m| m.reliability.is_some()).collect();
    let of = |member: &MemberRow| member.reliability.unwrap_or(0.0);
    members.sort_by(|a, b| of(b).total_cmp(&of(a)).then(a.member.cmp(&b.member)));
    let drawn: Vec<Bar<'_>> = members
        .iter()
        .map(|member| Bar {
            name: &member.member,
            share: of(member),
            words: format!("agrees {}", dash(member.agreement, percent)),
        })
        .collect();
    let title = "Member reliability";
    let Some((rounds, converged)) = report.model.filter(|_| !drawn.is_empty()) else {
        return section(title, Vec::new());
    };
    let end = if converged { "converged" } else { "stopped before it converged" };
    let text = format!(
        "How often each member is right, as Dawid and Skene’s model sees it ({rounds} rounds, {end}), and how often \
         they agree with others. Where most members err alike, whoever is right looks wrong."
    );
    let drawn = drawn.chunks(BARS).map(|some| Block::Drawing(bars(title, some)));
    section(title, drawn.chain([paragraph(&text)]).collect())
}

fn pairs(report: &Report) -> Section {
    let pairs = &report.committee.agreement.cohen_kappa;
    let rows: Vec<Vec<String>> = pairs
        .iter()
        .take(PAIRS)
        .map(|p| {
            let words = format!("{} and {}", p.a, p.b);
            let share = percent(p.percent / 100.0);
            vec![words, p.n.to_string(), share, three(p.kappa), three(p.linear), three(p.quadratic)]
        })
        .collect();
    let head = ["Members", "Common cases", "Alike", "Cohen κ", "κ linear", "κ quadratic"];
    let mut blocks: Vec<Block> = table(&head, rows).into_iter().collect();
    if pairs.len() > PAIRS {
        blocks.push(paragraph(&format!("And {} more pairs.", pairs.len() - PAIRS)));
    }
    section("Pairs of members", blocks)
}

/// A row of the coefficients of some of the votes.
fn row_of(part: &Part) -> Vec<String> {
    let mut row = vec![part.name.clone(), part.agreement.cases.to_string()];
    let told = [Coefficient::AlphaOrdinal, Coefficient::AlphaNominal, Coefficient::Ac1, Coefficient::Percent];
    row.extend(told.map(|of| coefficient(of, part)));
    row
}

fn layers(report: &Report) -> Section {
    let rows: Vec<Vec<String>> = report.by_layer.iter().map(row_of).collect();
    let head = ["Layer", "Cases", "α ordinal", "α nominal", "AC1", "Equal pairs"];
    section("By layer", table(&head, rows).into_iter().collect())
}

/// Labels of single views: how well annotators agree in each, and how far views of one object differ.
fn views(report: &Report) -> Section {
    let rows: Vec<Vec<String>> = report.by_view.iter().map(row_of).collect();
    let head = ["View", "Labelled", "α ordinal", "α nominal", "AC1", "Equal pairs"];
    let mut blocks: Vec<Block> = table(&head, rows).into_iter().collect();
    let share = |n: usize, all: usize| percent(n as f64 / all.max(1) as f64);
    let row = |pair: &project::review::ViewPair| {
        vec![
            format!("{} and {}", pair.a, pair.b),
            pair.regions.to_string(),
            percent(pair.share()),
            share(pair.lower, pair.regions),
            share(pair.higher, pair.regions),
        ]
    };
    let rows: Vec<Vec<String>> = report.view_pairs.iter().map(row).collect();
    let head = ["Views", "Objects", "Differ", "First ranks lower", "First ranks higher"];
    let text = "Objects that somebody labelled in both views, by the newest label of each; of views of one kind the \
                lowest layer speaks.";
    blocks.extend(told(&head, rows, text));
    section("By view", blocks)
}

fn changed(report: &Report) -> Section {
    let heading = "What review changed";
    if report.transitions.classes.is_empty() {
        return section(heading, Vec::new());
    }
    let n = report.transitions.classes.len();
    let cells = &report.transitions.cells;
    let all: f64 = cells.iter().sum();
    let moved: f64 = (0..n * n).filter(|i| i / n != i % n).map(|i| cells[i]).sum();
    let title = "Label classes against settled classes";
    let drawn = heat(&Heat { title, classes: named(report, &report.transitions), cells, shares: false });
    let text = format!(
        "Rows: what annotators said. Columns: what it was settled as. {} of {} settled labels changed class ({}).",
        number(moved, 0),
        number(all, 0),
        percent(if all > 0.0 { moved / all } else { 0.0 })
    );
    section(heading, vec![Block::Drawing(drawn), paragraph(&text)])
}

fn work(report: &Report) -> Section {
    let seconds = |value: Option<f64>| dash(value, |v| format!("{} s", number(v, 1)));
    let row = |m: &MemberRow| {
        vec![
            m.member.clone(),
            m.labels.to_string(),
            seconds(m.label_seconds),
            dash(m.edit_rate, percent),
            dash(m.reject_rate, percent),
            m.votes.to_string(),
            seconds(m.vote_seconds),
            m.accepted.to_string(),
            m.edited.to_string(),
            m.rejected.to_string(),
            m.undetermined.to_string(),
            m.bad_imagery.to_string(),
            m.abstained.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = report.members.iter().map(row).collect();
    let head = [
        "Member",
        "Labels",
        "each",
        "edited",
        "rejected",
        "Votes",
        "each",
        "Accepts",
        "Edits",
        "Rejects",
        "Can't tell",
        "Bad imagery",
        "Abstains",
    ];
    let text = "Labels: those that stand under the member’s name; edited and rejected: of reviews of their labels by \
                others. Accepts to abstains: the member’s own stage-one verdicts, the latest of each case. Seconds are \
                medians of what was timed.";
    section("Work, edits and rejections", told(&head, rows, text))
}

fn outlines(report: &Report) -> Section {
    let o = &report.outlines;
    if o.pairs == 0 {
        return section("Outlines", Vec::new());
    }
    let length = |value: Option<f64>| dash(value, |v| number(v, 2));
    let text = format!(
        "{} a member changed the outline that another had drawn, or sent another along with a verdict. Of {} compared, the medians are: IoU {}, \
         boundary IoU {} (within 2 % of the object’s diagonal), Hausdorff distance {} in units of the project’s CRS.",
        count(o.pairs, "time", "times"),
        o.compared,
        three(o.median_iou),
        three(o.median_boundary_iou),
        length(o.median_hausdorff)
    );
    let row = |pair: &crate::OutlinePair| {
        let a = &pair.agreement;
        let members = format!("{} → {}", pair.before, pair.after);
        vec![pair.region.clone(), members, three(a.iou), three(a.boundary_iou), length(a.hausdorff)]
    };
    let rows: Vec<Vec<String>> = o.worst.iter().map(row).collect();
    let head = ["Region", "Members", "IoU", "Boundary IoU", "Hausdorff"];
    section("Outlines", [paragraph(&text)].into_iter().chain(table(&head, rows)).collect())
}

fn disputed(report: &Report) -> Section {
    let row = |one: &crate::Disputed| {
        vec![
            one.source_id.clone().unwrap_or_else(|| one.case.clone()),
            one.class.as_deref().map_or("–", |code| report.class_name(code)).to_owned(),
            one.state.text().to_owned(),
            percent(one.disagreement),
        ]
    };
    let rows: Vec<Vec<String>> = report.disputed.iter().map(row).collect();
    let text = "Disagreement is the entropy of what people see, as a share of the most there can be; committees that are \
                still voting have no part in it.";
    section("Most disputed", told(&["Case", "Class", "State", "Disagreement"], rows, text))
}

/// A number's name, what it means, and where it is from.
pub(crate) fn term(name: &str, about: &str, source: Option<&str>) -> Term {
    let [name, about] = [name, about].map(str::to_owned);
    Term { name, about, formula: None, source: source.map(str::to_owned) }
}

fn methods(report: &Report) -> Section {
    let coefficients = Coefficient::ALL.into_iter().map(|of| Term {
        formula: Some(of.formula().to_owned()),
        ..term(of.name(), of.about(), Some(of.source()))
    });
    let others = OTHERS.into_iter().map(|(name, about, source)| term(name, about, Some(source)));
    let model = term(Method::DawidSkene.text(), Method::DawidSkene.about(), None);
    let mut blocks = vec![Block::Terms(coefficients.chain(others).chain([model]).collect())];
    let ranks: Vec<String> = report
        .classes
        .iter()
        .map(|class| {
            class
                .rank
                .map_or_else(|| format!("{}: none", class.name), |rank| format!("{}: {rank}", class.name))
        })
        .collect();
    if !ranks.is_empty() {
        blocks.push(paragraph(&format!("Ranks of the classes: {}.", ranks.join(", "))));
    }
    let words = "What is missing stays missing: rejections and abstentions name no class. Committee votes count as they were \
                 when the committee became complete, cast blind; nothing of a committee that is still voting is in this report.";
    blocks.push(paragraph(words));
    section("Methods", blocks)
}

const OTHERS: [(&str, &str, &str); 4] = [
    (
        "Cohen κ",
        "κ = 1 − Σ v(i,j) o(i,j) ÷ Σ v(i,j) e(i,j) of two members over their common cases, v = 1 for any difference \
         (plain), the difference of ranks (linear) or its square (quadratic).",
        "Cohen 1960, Educational and Psychological Measurement 20; Cohen 1968, Psychological Bulletin 70",
    ),
    (
        "Intervals",
        "The 2.5th and 97.5th percentiles over resampled cases, because the votes on one case depend on each other.",
        "Efron and Tibshirani 1993, An introduction to the bootstrap, §13.3",
    ),
    (
        "Another sees it too",
        "Of all pairs of votes on one case of which one names the class, how many of the others name it too.",
        "Cicchetti and Feinstein 1990, Journal of Clinical Epidemiology 43 (specific agreement)",
    ),
    (
        "Outlines",
        "IoU: area of both ÷ area of either. Boundary IoU: the same within a distance of the outlines. Hausdorff: the \
         farthest that a place of one outline is from the other.",
        "Cheng et al. 2021, Boundary IoU, CVPR",
    ),
];
