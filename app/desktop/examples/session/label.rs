//! Every footprint gets its class: one after the other, as a person does who knows it at a glance.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use desktop::offscreen::Look;
use egui::{Key, Modifiers};
use project::{Author, Project, RegionId};

/// Labels all that has no label with what the truth says of its identity in its file.
pub(crate) fn run(project: &Path, truth: &Path) -> anyhow::Result<()> {
    let classes = read(truth)?;
    let (mut hand, _copy) = super::open(project, Look::default(), None)?;
    let open = hand.project()?;
    let keys = keys(open)?;
    let wanted: Vec<RegionId> =
        open.regions().keys().copied().filter(|id| open.label_of(*id).is_none()).collect();
    ensure!(!wanted.is_empty(), "every region of the project has a class already");
    let start = Instant::now();
    // Once for the whole session: each class leads on; and to the first region.
    hand.key(Key::Enter, Modifiers::SHIFT, "")?;
    hand.key(Key::Enter, Modifiers::NONE, "")?;
    let mut unknown = 0;
    for _ in 0..wanted.len() {
        let (_, region) = hand.selected().context("no region is selected")?;
        let class = region.source_id.as_ref().and_then(|id| classes.get(id));
        let key = class.and_then(|class| keys.get(class.as_str()));
        unknown += usize::from(key.is_none());
        // What the truth does not know gets the first class; it is counted and not compared.
        let key = key.or_else(|| keys.values().next()).context("no class has a key")?.clone();
        hand.digits(&key, "")?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let me = Author::new("Hand");
    let open = hand.project()?;
    let mut right = 0;
    for id in &wanted {
        let (_, label) = open.label_of(*id).context("a region was left out")?;
        ensure!(label.author == me, "a region has the label of somebody else");
        let truth = open.region(*id).and_then(|r| classes.get(r.source_id.as_ref()?));
        right += usize::from(truth.is_some_and(|truth| truth == label.class.as_str()));
    }
    let (counts, n) = (hand.counts, wanted.len());
    writeln!(
        std::io::stdout(),
        "{n} footprints labelled, {right} as the truth has it ({unknown} it does not know): {} keys, {} clicks, {} drags; \
         {:.3} keys and {:.3} clicks each; the program took {:.1} ms each, drawing left out",
        counts.keys,
        counts.clicks,
        counts.drags,
        f64::from(counts.keys) / n as f64,
        f64::from(counts.clicks) / n as f64,
        seconds * 1e3 / n as f64,
    )?;
    Ok(())
}

/// The digits of classes by their codes.
pub(crate) fn keys(project: &Project) -> anyhow::Result<BTreeMap<String, String>> {
    let schema = project.schema().context("the project has no classes")?;
    Ok(schema.keys().into_iter().map(|(key, class)| (class.code.to_string(), key)).collect())
}

/// Classes by the identity that a region has in its file.
pub(crate) fn read(truth: &Path) -> anyhow::Result<HashMap<String, String>> {
    let mut table = csv::Reader::from_path(truth).with_context(|| truth.display().to_string())?;
    let head = table.headers()?.clone();
    let column = |name| head.iter().position(|h| h == name).with_context(|| format!("no column `{name}`"));
    let (region, class) = (column("region")?, column("class")?);
    let rows = table.records().map(|row| {
        let row = row?;
        anyhow::Ok((row[region].to_owned(), row[class].to_owned()))
    });
    rows.collect()
}
