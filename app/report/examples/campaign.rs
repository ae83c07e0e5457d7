//! What a whole campaign costs: 21,716 cases with 10 committee votes each, after each vote and in one report.
//!
//! ```sh
//! cargo run --release -p orthoscope-report --example campaign -- [CASES] [VOTES]
//! ```
//!
//! Makes a project in memory by a seed: 130 members with chances of their own to take each class for its neighbour, a committee
//! of so many as vote. The last 400 votes are then cast one by one; after each, where its case stands, what waits for the
//! member and every coefficient of agreement are brought up to date, as the window does. Then the report is gathered and
//! written, with 1000 resamplings.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use project::review::{LiveRatings, QueueItem, Rule, Scope, Stage, Verdict, Vote, queue};
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Project, Region, RegionId, Schema,
    Settings,
};
use report::{Options, Report, html};

const CODES: [&str; 4] = ["no damage", "minor damage", "major damage", "destroyed"];
const MEMBERS: usize = 130;
/// Votes that are cast one by one.
const TIMED: usize = 400;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usual: usize| args.get(at).map_or(Ok(usual), |text| text.parse());
    let (cases, each) = (number(0, 21_716)?, number(1, 10)?.max(1));
    let mut ids = IdSource::new(1_700_000_000_000, 5);
    let (mut project, regions) = town(cases, each, &mut ids)?;
    let mut votes = cast(&regions, each, &mut ids);
    let timed = votes.split_off(votes.len().saturating_sub(TIMED));
    let (n, start) = (votes.len(), Instant::now());
    for vote in votes {
        project.record_vote(vote)?;
    }
    say(&format!("{n} votes on {cases} cases recorded: {}", ms(start.elapsed())))?;
    follow(&mut project, timed)?;
    let start = Instant::now();
    let report = Report::of(&project, None, Options::default());
    let gathered = start.elapsed();
    let page = html(&report);
    say(&format!(
        "report of {} votes, 1000 resamplings: {} to gather, {} in all, {} kB",
        report.committee.agreement.votes,
        ms(gathered),
        ms(start.elapsed()),
        page.len() / 1000
    ))
}

/// A project of labelled squares whose committee has so many votes.
fn town(cases: usize, each: usize, ids: &mut IdSource) -> Result<(Project, Vec<RegionId>), Failure> {
    let mut project = Project::new();
    project.apply(&Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))))?;
    let before = project.settings().clone();
    let rule = Rule { committee_size: u32::try_from(each)?, ..before.rule.clone() };
    let after = Settings { rule, ..before.clone() };
    project.apply(&Edit::Settings(Change::replace((), before, after)))?;
    let (mut regions, mut edits) = (Vec::with_capacity(cases), Vec::with_capacity(2 * cases));
    for at in 0..cases {
        let (x, y) = ((at % 400) as f64 * 20.0, (at / 400) as f64 * 20.0);
        let id = ids.region();
        let region = Region {
            geometry: geo::Rect::new((x, y), (x + 10.0, y + 10.0)).to_polygon().into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: Some(format!("house {at}")),
            attributes: BTreeMap::new(),
        };
        edits.push(Edit::Region(Change::create(id, Arc::new(region))));
        let label = Label {
            region: id,
            class: ClassCode::new(CODES[at % CODES.len()]),
            author: Author::new("Ana"),
            confidence: None,
            note: String::new(),
            seconds: Some(2.0),
            at_ms: Some(2),
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        edits.push(Edit::Label(Change::create(ids.label(), label)));
        regions.push(id);
    }
    project.apply(&Edit::batch("Town", edits))?;
    Ok((project, regions))
}

/// Everybody's votes: each member takes a class for its neighbour as often as their number says.
fn cast(regions: &[RegionId], each: usize, ids: &mut IdSource) -> Vec<Vote> {
    let mut chance: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut draw = || {
        // Marsaglia's xorshift: the same every time.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        chance
    };
    let mut votes = Vec::with_capacity(regions.len() * each);
    for (at, case) in regions.iter().enumerate() {
        let first = draw() as usize % MEMBERS;
        for turn in 0..each {
            let member = (first + turn) % MEMBERS;
            // 2 % to 40 % of what they say is off by one.
            let off = draw() % 1000 < 20 + (member as u64 * 380) / MEMBERS as u64;
            let class = (at + usize::from(off)) % CODES.len();
            votes.push(Vote {
                seal: None,
                shape: None,
                id: ids.vote(),
                case: *case,
                member: Author::new(&format!("Member {member}")),
                stage: Stage::Two,
                verdict: Verdict::Edit,
                class: Some(ClassCode::new(CODES[class])),
                confidence: None,
                note: String::new(),
                seconds: Some(1.0 + (draw() % 90) as f64 / 10.0),
                at_ms: Some(votes.len() as i64),
            });
        }
    }
    votes
}

/// Casts votes one by one, and keeps up what the window shows.
fn follow(project: &mut Project, votes: Vec<Vote>) -> Result<(), Failure> {
    let start = Instant::now();
    let mut blind = LiveRatings::of(project, Scope::Blind);
    let mut stage_one = LiveRatings::of(project, Scope::StageOne);
    let mut waiting = queue(project, None, Stage::Two);
    say(&format!("agreement and queue counted anew: {}", ms(start.elapsed())))?;
    let mut times = Vec::with_capacity(votes.len());
    for vote in votes {
        let case = vote.case;
        let start = Instant::now();
        project.record_vote(vote)?;
        let outcome = project.outcome(case);
        waiting.retain(|item| item.case != case);
        if outcome.disagreement > 0.0 {
            let item = QueueItem { case, state: outcome.state, disagreement: outcome.disagreement };
            let place = waiting.partition_point(|other| other.disagreement >= item.disagreement);
            waiting.insert(place, item);
        }
        blind.update(project, case);
        stage_one.update(project, case);
        std::hint::black_box((blind.agreement(), stage_one.agreement()));
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let at = |share: f64| ms(times[((times.len() - 1) as f64 * share).round() as usize]);
    say(&format!(
        "one more vote until agreement and queue hold: median {}, 95 % {}, most {}",
        at(0.5),
        at(0.95),
        at(1.0)
    ))
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
