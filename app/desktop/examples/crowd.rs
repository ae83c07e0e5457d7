//! What a large review costs in the window: opening, panning, hit tests, a vote, agreement, the history.
//!
//! ```sh
//! cargo run --release -p orthoscope-desktop --example crowd -- [REGIONS] [OUT.png]
//! ```
//!
//! Makes a project of that many regions (100,000 unless told otherwise), each labelled, a third of them
//! disputed and voted on by a committee, then opens it in a window that nobody sees and measures frames on the
//! processor: the five steps of a frame and the tessellation, without the drawing on the graphics card.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use desktop::frame::Setting;
use desktop::offscreen::{Look, Offscreen};
use desktop::review::{Figures, Moment, Survey, SurveyKey};
use editing::{Command, EditCommand, ReviewCommand, ViewCommand, Workspace, regions_at};
use project::review::{Stage, Verdict, Vote};
use project::{Author, Change, ClassCode, Edit, GeometrySource, Label, Region, RegionId, Schema};
use spatial::WorldPoint;
use store::{Identity, Session};

const CODES: [&str; 4] = ["no damage", "minor damage", "major damage", "destroyed"];
/// Votes written in one transaction.
const AT_ONCE: usize = 5_000;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let count = args.first().map_or(Ok(100_000), |n| n.parse()).context("how many regions")?;
    let folder = tempfile::tempdir()?;
    measure(folder.path(), count, args.get(1).map(PathBuf::from))
}

fn measure(folder: &Path, count: usize, picture: Option<PathBuf>) -> anyhow::Result<()> {
    let path = folder.join("crowd.gpkg");
    timed("make the project", || make(&path, count))?;
    say(&format!("its file: {:.0} MB", std::fs::metadata(&path)?.len() as f64 / 1e6))?;
    let setting =
        Setting { data_folder: Some(folder.to_owned()), author: Some("Ben".into()), ..Setting::default() };
    let mut window = Offscreen::new(Look { size_px: [1280, 720], ..Look::default() }, setting)?;
    window.step();
    let start = Instant::now();
    window.program().open(vec![path]);
    while window.program().state.project.is_none() {
        window.step();
        std::thread::sleep(Duration::from_millis(1));
    }
    say(&format!("open until the first frame with it: {}", ms(start.elapsed())))?;
    timed("until it has settled", || window.settle())?;
    say(&format!("memory at most so far: {} MB", peak_mb()))?;
    pan(&mut window)?;
    hit(&mut window)?;
    reclass(&mut window)?;
    review(&mut window)?;
    agreement(&mut window)?;
    search(&mut window)?;
    say(&format!("memory at most: {} MB", peak_mb()))?;
    if let Some(out) = picture {
        let drawn = timed("draw the window", || window.picture())?;
        image::save_buffer(&out, &drawn.pixels, drawn.width, drawn.height, image::ColorType::Rgba8)?;
    }
    Ok(())
}

/// By the program's own doors: one import, one batch of labels, votes of three members.
fn make(path: &Path, count: usize) -> anyhow::Result<()> {
    let ana = Author::new("Ana");
    let mut session = Session::create(path, &Identity::new("crowd", 0), "Ana")?;
    session.edit(&ana, 0, Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))))?;
    let ids: Vec<RegionId> = (0..count).map(|_| session.ids(0).region()).collect();
    let regions =
        ids.iter().zip(0..).map(|(id, at)| Edit::Region(Change::create(*id, Arc::new(footprint(at)))));
    session.edit(&ana, 1, Edit::batch("Import footprints", regions.collect()))?;
    let mut labels = Vec::with_capacity(count);
    for (at, id) in ids.iter().enumerate() {
        labels.push(Edit::Label(Change::create(session.ids(2).label(), label(*id, at))));
    }
    session.edit(&ana, 2, Edit::batch("Label footprints", labels))?;
    for (member, stage) in
        [("Cem", Stage::One), ("Dia", Stage::Two), ("Eva", Stage::Two), ("Fay", Stage::Two)]
    {
        for (part, some) in ids.chunks(AT_ONCE).enumerate() {
            let votes: Vec<Vote> = some
                .iter()
                .enumerate()
                .map(|(i, case)| (part * AT_ONCE + i, *case))
                .filter(|(at, _)| at % 3 == 0)
                .map(|(at, case)| vote(&mut session, member, stage, case, at))
                .collect();
            session.votes(3, votes)?;
        }
    }
    session.close()?;
    Ok(())
}

fn footprint(at: usize) -> Region {
    let (x, y) = ((at % 400) as f64 * 20.0, (at / 400) as f64 * 20.0);
    let corners =
        [(x, y), (x + 12.0, y + 1.0), (x + 13.0, y + 6.0), (x + 12.0, y + 9.0), (x, y + 9.0), (x, y)];
    Region {
        geometry: geo::Polygon::new(corners.to_vec().into(), Vec::new()).into(),
        layer: None,
        source: GeometrySource::custom(),
        source_id: Some(format!("house {at}")),
        attributes: BTreeMap::new(),
    }
}

fn label(region: RegionId, at: usize) -> Label {
    Label {
        region,
        class: ClassCode::new(CODES[at % CODES.len()]),
        author: Author::new("Ana"),
        confidence: None,
        note: String::new(),
        seconds: Some(2.0),
        at_ms: Some(2),
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    }
}

/// Stage one sees another class; the committee mostly agrees, and not always.
fn vote(session: &mut Session, member: &str, stage: Stage, case: RegionId, at: usize) -> Vote {
    let off = (at / 7 + member.len() + usize::from(member.as_bytes()[0])) % 5;
    let class = match (stage, off) {
        (Stage::One, _) => CODES[(at + 1) % CODES.len()],
        (Stage::Two, 0) => CODES[(at + 2) % CODES.len()],
        (Stage::Two | Stage::Lead, _) => CODES[at % CODES.len()],
    };
    Vote {
        seal: None,
        shape: None,
        id: session.ids(3).vote(),
        case,
        member: Author::new(member),
        stage,
        verdict: Verdict::Edit,
        class: Some(ClassCode::new(class)),
        confidence: None,
        note: String::new(),
        seconds: Some(3.0),
        at_ms: Some(3 + at as i64),
    }
}

fn pan(window: &mut Offscreen) -> anyhow::Result<()> {
    for (name, closer) in [("everything in view", 0), ("a street in view", 6)] {
        for _ in 0..closer {
            window.program().run(Command::View(ViewCommand::ZoomIn));
        }
        window.settle()?;
        let commands =
            [ViewCommand::PanRight, ViewCommand::PanDown, ViewCommand::PanLeft, ViewCommand::PanUp];
        let frames = (0..120).map(|i| {
            window.program().run(Command::View(commands[i / 3 % 4]));
            one_frame(window)
        });
        say(&format!("frame while panning, {name}: {}", spread(frames.collect())))?;
    }
    Ok(())
}

fn hit(window: &mut Offscreen) -> anyhow::Result<()> {
    let state = &window.program().state;
    let bounds = state.world_bounds().context("regions")?;
    let tests = 10_000_u32;
    let start = Instant::now();
    let mut found = 0;
    for i in 0..tests {
        // Multiples of irrational numbers fall everywhere.
        let (a, b) = ((f64::from(i) * 0.618_034).fract(), (f64::from(i) * 0.414_214).fract());
        let at =
            WorldPoint { x: bounds.min().x + a * bounds.width(), y: bounds.min().y + b * bounds.height() };
        found += state.with_tool_context(|ctx| regions_at(ctx, at).len()).unwrap_or(0);
    }
    let each = start.elapsed() / tests;
    say(&format!("hit test: {:.1} µs, {found} of {tests} points are on a region", each.as_secs_f64() * 1e6))
}

/// Every region gets another class in one step, which is taken back: the frames meanwhile, and until it is on the map.
fn reclass(window: &mut Offscreen) -> anyhow::Result<()> {
    window.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
    window.program().run(Command::Edit(EditCommand::SelectAll));
    window.settle()?;
    let seq =
        |w: &mut Offscreen| w.program().state.project.as_ref().map_or(0, |o| o.session.history().last_seq());
    let steps = [
        ("another class for all", EditCommand::Class(4)),
        ("that taken back", EditCommand::Undo),
        ("and done again", EditCommand::Redo),
    ];
    for (name, command) in steps {
        let (before, start, mut frames) = (seq(window), Instant::now(), Vec::new());
        window.program().run(Command::Edit(command));
        frames.push(start.elapsed());
        while seq(window) == before {
            anyhow::ensure!(start.elapsed() < Duration::from_mins(5), "{name}: never done");
            frames.push(one_frame(window));
            std::thread::sleep(Duration::from_millis(1));
        }
        let done = start.elapsed();
        frames.extend((0..30).map(|_| one_frame(window)));
        say(&format!("{name}: {} beside the window; what it waits for: {}", ms(done), spread(frames)))?;
        window.settle()?;
    }
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle()
}

/// Ben reviews what waits for him: from the key to the frame that shows the next case and the new counts.
fn review(window: &mut Offscreen) -> anyhow::Result<()> {
    let start = Instant::now();
    window.program().run(Command::View(ViewCommand::Show(Workspace::Review)));
    say(&format!("first frame of the review: {}", ms(one_frame(window))))?;
    window.settle()?;
    say(&format!("review gathered and agreement computed: {}", ms(start.elapsed())))?;
    let waiting = |w: &mut Offscreen| w.program().state.review.survey.as_ref().map_or(0, |s| s.waiting.len());
    let before = waiting(window);
    let (mut votes, mut after) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let start = Instant::now();
        window.program().run(Command::Review(ReviewCommand::Vote(Verdict::Accept)));
        window.step();
        votes.push(start.elapsed());
        after.extend((0..8).map(|_| one_frame(window)));
    }
    anyhow::ensure!(waiting(window) + 20 == before, "votes were not counted");
    say(&format!("a vote until the queue shows it ({before} waiting): {}", spread(votes)))?;
    say(&format!("frames after it: {}", spread(after)))?;
    // Figures of a large project are computed anew a few seconds later, from a snapshot.
    let pause = Instant::now();
    let mut frames = Vec::new();
    while pause.elapsed() < Duration::from_secs(5) {
        frames.push(one_frame(window));
        std::thread::sleep(Duration::from_millis(10));
    }
    say(&format!("frames while agreement is computed beside them: {}", spread(frames)))?;
    window.settle()
}

fn agreement(window: &mut Offscreen) -> anyhow::Result<()> {
    let project = window.program().state.content().context("a project")?.clone();
    let project = timed("a snapshot for a job", || anyhow::Ok(project.clone()))?;
    let key = SurveyKey { seq: 0, member: Author::new("Ben"), stage: Stage::One };
    timed("gather the queue anew", || anyhow::Ok(Survey::of(&project, key, 0)))?;
    timed("every figure, with 1 000 resamplings", || {
        anyhow::Ok(Figures::of(&project, 1, &Moment::default()))
    })?;
    let course = timed("α over time", || anyhow::Ok(project::review::course(&project, 200)))?;
    let last = course.last().and_then(|point| point.ordinal);
    say(&format!("{} moments, α at last {last:.3?}", course.len()))
}

/// The history is searched beside the frames.
fn search(window: &mut Offscreen) -> anyhow::Result<()> {
    let open = window.program().state.project.as_mut().context("a project")?;
    let entries = open.session.history().last_seq();
    open.journal.filter.text = "destroyed".into();
    let start = Instant::now();
    let mut frames = Vec::new();
    loop {
        frames.push(one_frame(window));
        let open = window.program().state.project.as_ref().context("a project")?;
        if !open.journal.is_looking() {
            break;
        }
    }
    let all = ms(start.elapsed());
    say(&format!("search {entries} journal entries: {all}, frames meanwhile: {}", spread(frames)))
}

fn one_frame(window: &mut Offscreen) -> Duration {
    let start = Instant::now();
    window.step();
    start.elapsed()
}

fn timed<T>(what: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let start = Instant::now();
    let done = work()?;
    say(&format!("{what}: {}", ms(start.elapsed())))?;
    Ok(done)
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// Median, 95th percentile and the longest.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    format!("median {}, 95 % {}, most {}", ms(at(0.5)), ms(at(0.95)), ms(at(1.0)))
}

/// The most memory that the process has held, where the system says it.
fn peak_mb() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kb.map_or_else(|| "an unknown number of".to_owned(), |kb| (kb / 1024).to_string())
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
