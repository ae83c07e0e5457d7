//! `agreement`: how well the members agree, in every coefficient, with intervals, and by class, pair, layer,
//! member or week.

use std::collections::BTreeMap;

use agreement::{Agreement, Coefficient, Intervals, Limits, Method, fuse, intervals};
use project::Project;
use project::review::{Rated, Scope, kind_of_view, ratings, ratings_by_view, view_pairs};
use report::outline_pairs;
use serde_json::{Map, Value, json};
use store::{OpenMode, Store};

use crate::args::{AgreementArgs, By, VotesOf};
use crate::output::{Output, table};
use crate::workspace;

pub(crate) fn run(args: &AgreementArgs, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(&args.project)?;
    let (scope, rated) = chosen(&project, args.stage);
    let told = Told::of(&rated, args);
    let mut value = told.value()?;
    value["scope"] = json!(scope_name(scope));
    let mut text = vec![("Of".to_owned(), scope_name(scope).to_owned())];
    text.extend(told.rows());
    if let Some(by) = args.by {
        let (key, parts, rows) = parted(&project, &rated, &told.agreement, by, args)?;
        value[key] = parts;
        text.extend(rows);
    }
    output.result(&value, || table(&text))
}

/// The votes that were asked for; else the committee's where it has spoken, else stage one.
pub(crate) fn chosen(project: &Project, stage: Option<VotesOf>) -> (Scope, Rated) {
    let scope = stage.map(VotesOf::scope);
    if let Some(scope) = scope {
        return (scope, ratings(project, scope));
    }
    let blind = ratings(project, Scope::Blind);
    if blind.table.votes() > 0 {
        return (Scope::Blind, blind);
    }
    (Scope::StageOne, ratings(project, Scope::StageOne))
}

pub(crate) const fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::StageOne => "stage one",
        Scope::Blind => "committee",
        Scope::Open => "committee and stage one",
        Scope::StageTwo => "committee, open votes included",
    }
}

/// The numbers of one table.
struct Told {
    agreement: Agreement,
    intervals: Option<Intervals>,
}

impl Told {
    fn of(rated: &Rated, args: &AgreementArgs) -> Self {
        let resample = || intervals(&rated.table, args.bootstrap, args.seed);
        Self { agreement: rated.table.agreement(), intervals: (args.bootstrap > 0).then(resample) }
    }

    fn value(&self) -> anyhow::Result<Value> {
        let mut value = serde_json::to_value(&self.agreement)?;
        value["intervals"] = json!(self.intervals);
        Ok(value)
    }

    fn rows(&self) -> Vec<(String, String)> {
        let a = &self.agreement;
        let counts = format!("{}, {}, {}", a.cases, a.votes, a.members);
        let mut rows = vec![("Cases, votes, members".to_owned(), counts)];
        rows.extend(Coefficient::ALL.map(|of| (of.name().to_owned(), self.number(of))));
        rows
    }

    fn in_a_line(&self) -> String {
        let main = if self.agreement.krippendorff_alpha.ordinal.is_some() {
            Coefficient::AlphaOrdinal
        } else {
            Coefficient::AlphaNominal
        };
        format!(
            "{} {}, AC1 {}, {} on {} cases",
            main.name(),
            self.number(main),
            self.number(Coefficient::Ac1),
            self.number(Coefficient::Percent),
            self.agreement.cases
        )
    }

    fn number(&self, of: Coefficient) -> String {
        let word = |value: f64| {
            if of == Coefficient::Percent { format!("{value:.1} %") } else { number(Some(value)) }
        };
        let Some(value) = of.of(&self.agreement) else { return number(None) };
        let interval = self.intervals.as_ref().and_then(|intervals| of.interval(intervals));
        interval.map_or_else(
            || word(value),
            |[low, high]| format!("{} ({} – {})", word(value), word(low), word(high)),
        )
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "not defined".to_owned(), |v| format!("{v:.3}"))
}

type Parts = (&'static str, Value, Vec<(String, String)>);

fn parted(
    project: &Project,
    rated: &Rated,
    whole: &Agreement,
    by: By,
    args: &AgreementArgs,
) -> anyhow::Result<Parts> {
    let layer = |case| {
        let layer = project.region(case).and_then(|region| region.layer);
        layer
            .and_then(|id| project.layers().get(&id))
            .map_or("no layer".to_owned(), |layer| layer.name.clone())
    };
    Ok(match by {
        By::Class => ("by_class", json!(whole.per_class), classes(whole)),
        By::Pair => ("by_pair", json!(whole.cohen_kappa), pairs(whole)),
        By::Member => members(rated, whole),
        By::Layer => groups(rated, args, "by_layer", |case, _| layer(case))?,
        By::View => views(project, rated, args)?,
        By::Geometry => geometries(project, args)?,
        By::Week => groups(rated, args, "by_week", |_, at| week(at))?,
    })
}

fn classes(whole: &Agreement) -> Vec<(String, String)> {
    let row = |(code, one): (&String, &agreement::ClassAgreement)| {
        let share = one.agreement.map_or("not defined".to_owned(), |a| format!("{:.1} %", 100.0 * a));
        let (alpha, ac1) = (number(one.krippendorff_alpha), number(one.ac1));
        (
            format!("Class {code}"),
            format!("{share} seen by another too, α {alpha}, AC1 {ac1}, {} votes", one.votes),
        )
    };
    whole.per_class.iter().map(row).collect()
}

fn pairs(whole: &Agreement) -> Vec<(String, String)> {
    let row = |p: &agreement::PairAgreement| {
        let (kappa, linear, quadratic) = (number(p.kappa), number(p.linear), number(p.quadratic));
        let text =
            format!("κ {kappa}, linear {linear}, quadratic {quadratic}, {:.1} %, n {}", p.percent, p.n);
        (format!("{} and {}", p.a, p.b), text)
    };
    whole.cohen_kappa.iter().map(row).collect()
}

/// Beside how often a member agrees with others, how often Dawid and Skene's model thinks that they are right.
fn members(rated: &Rated, whole: &Agreement) -> Parts {
    let raters =
        fuse(&rated.table, Method::DawidSkene, &Limits::default()).map(|f| f.raters).unwrap_or_default();
    let (mut value, mut rows) = (Map::new(), Vec::new());
    for (name, rater) in rated.table.raters().iter().zip(&raters) {
        let Some(one) = whole.per_member.get(name) else { continue };
        let share =
            |share: Option<f64>| share.map_or("not defined".to_owned(), |s| format!("{:.1} %", 100.0 * s));
        value.insert(
            name.clone(),
            json!({ "votes": one.votes, "pairs": one.pairs, "agreement": one.agreement, "reliability": rater.accuracy }),
        );
        let text = format!(
            "{} votes, agrees with others {}, probably right {}",
            one.votes,
            share(one.agreement),
            share(rater.accuracy)
        );
        rows.push((format!("Member {name}"), text));
    }
    ("by_member", Value::Object(value), rows)
}

/// Agreement in each kind of view, and how far kinds differ.
fn views(project: &Project, rated: &Rated, args: &AgreementArgs) -> anyhow::Result<Parts> {
    let labelled = ratings_by_view(project);
    if labelled.is_empty() {
        let kind = |case| {
            let layer = project.region(case).and_then(|region| project.layers().get(&region.layer?));
            layer.map_or("no layer".to_owned(), kind_of_view)
        };
        return groups(rated, args, "by_view", |case, _| kind(case));
    }
    let (mut value, mut rows) = (Map::new(), Vec::new());
    for (kind, rated) in &labelled {
        let told = Told::of(rated, args);
        rows.push((format!("View {kind}"), told.in_a_line()));
        value.insert(kind.clone(), told.value()?);
    }
    let pairs = view_pairs(project);
    for pair in &pairs {
        let share = |n: usize| 100.0 * n as f64 / pair.regions.max(1) as f64;
        let text = format!(
            "{:.1} % of {} objects differ; {} ranks lower on {:.1} %, higher on {:.1} %",
            share(pair.differing),
            pair.regions,
            pair.a,
            share(pair.lower),
            share(pair.higher)
        );
        rows.push((format!("{} and {}", pair.a, pair.b), text));
    }
    Ok(("by_view", json!({ "views": value, "pairs": pairs }), rows))
}

/// Each pair of outlines of one object.
fn geometries(project: &Project, args: &AgreementArgs) -> anyhow::Result<Parts> {
    let (_, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let pairs = outline_pairs(project, &loaded.history);
    let row = |pair: &report::OutlinePair| {
        let a = &pair.agreement;
        let text = format!(
            "{} and {}: IoU {}, boundary IoU {}, Hausdorff {}",
            pair.before,
            pair.after,
            number(a.iou),
            number(a.boundary_iou),
            number(a.hausdorff)
        );
        (pair.region.clone(), text)
    };
    let rows = pairs.iter().map(row).collect();
    Ok(("by_geometry", json!(pairs), rows))
}

fn groups(
    rated: &Rated,
    args: &AgreementArgs,
    key: &'static str,
    name: impl Fn(project::RegionId, Option<i64>) -> String,
) -> anyhow::Result<Parts> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (case, at) in rated.cases.iter().zip(&rated.at_ms) {
        *names.entry(name(*case, *at)).or_default() += 1;
    }
    let (mut value, mut rows) = (Map::new(), Vec::new());
    for group in names.into_keys() {
        let told = Told::of(&rated.filtered(|case, at| name(case, at) == group), args);
        value.insert(group.clone(), told.value()?);
        rows.push((group, told.in_a_line()));
    }
    Ok((key, Value::Object(value), rows))
}

/// `2026-W47` of ISO 8601, in UTC.
pub(crate) fn week(at_ms: Option<i64>) -> String {
    let at = at_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or("no time".to_owned(), |at| {
        let week = at.to_zoned(jiff::tz::TimeZone::UTC).date().iso_week_date();
        format!("{}-W{:02}", week.year(), week.week())
    })
}
