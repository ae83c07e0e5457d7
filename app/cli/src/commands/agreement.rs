//! `agreement`: how well the members agree, in every coefficient, with intervals, and by class, pair, layer,
//! member or week.

use std::collections::BTreeMap;

use agreement::{Agreement, Coefficient, Intervals, Limits, Method, fuse, intervals};
use project::Project;
use project::review::{Rated, Scope, ratings};
use serde_json::{Map, Value, json};

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
        let main = if told.agreement.krippendorff_alpha.ordinal.is_some() {
            Coefficient::AlphaOrdinal
        } else {
            Coefficient::AlphaNominal
        };
        let text = format!(
            "{} {}, AC1 {}, {} on {} cases",
            main.name(),
            told.number(main),
            told.number(Coefficient::Ac1),
            told.number(Coefficient::Percent),
            told.agreement.cases
        );
        value.insert(group.clone(), told.value()?);
        rows.push((group, text));
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
