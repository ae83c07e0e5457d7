//! Contact sheets: the cards of many cases on pages. Nothing is on them that a committee that is still voting must not see.

use std::path::{Path, PathBuf};

use project::review::{Stage, Verdict, Vote};
use project::{Author, Class, ClassCode, Project, RegionId};
use spatial::Viewport;

use super::draw::Painter;
use super::page::{Around, Card, Key, Layout, Line, Paper};
use super::print::{Pages, Printing};
use crate::region::{self, Look};
use crate::sheet::{Scale, SheetError, Symbol};
use crate::view::ViewError;

/// Cases of one sheet at most: a thousand pages of six.
pub const MOST: usize = 6_000;
/// Votes that are told of one case.
const VOTES: usize = 5;

/// What is to be printed, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub cases: Vec<RegionId>,
    pub paper: Paper,
    pub landscape: bool,
    pub per_page: usize,
    pub dpi: f64,
    pub heading: String,
    /// What the label says and where the case stands; else the sheet is blind.
    pub labels: bool,
    /// The votes that are open to everybody.
    pub votes: bool,
    /// A box for each class under each card, to be ticked with a pen.
    pub boxes: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            cases: Vec::new(),
            paper: Paper::A4,
            landscape: true,
            per_page: 6,
            dpi: 200.0,
            heading: String::new(),
            labels: false,
            votes: false,
            boxes: true,
        }
    }
}

/// What was printed.
#[derive(Clone, Debug)]
pub struct Printed {
    pub files: Vec<PathBuf>,
    pub pages: usize,
    pub cards: usize,
    /// Cases that do not exist any more.
    pub missing: usize,
    /// What of the imagery could not be read.
    pub failed: Vec<String>,
}

/// Why cards could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    #[error("there is no case to print")]
    Nothing,
    #[error("{0} cases are more than the 6000 of one sheet")]
    TooMany(usize),
    #[error(transparent)]
    View(#[from] ViewError),
    #[error(transparent)]
    Sheet(#[from] SheetError),
    #[error("a picture cannot be kept: {0}")]
    Keep(#[from] std::io::Error),
}

impl PrintError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "choose other cases: a list, a condition or a state",
            Self::TooMany(_) => "print them in parts",
            Self::View(_) => "`orthoscope doctor` says what is wrong with the graphics",
            Self::Sheet(error) => error.hint(),
            Self::Keep(_) => "choose a folder that can be written, on a disk with room",
        }
    }
}

/// What printing takes from whoever has it.
pub struct Press<'a> {
    /// A round length for a scale bar.
    pub scale: &'a dyn Fn(&Viewport, f64) -> Option<Scale>,
    /// The colour of a class.
    pub color: &'a dyn Fn(&Class) -> [u8; 3],
    pub fonts: &'a [&'static [u8]],
}

impl std::fmt::Debug for Press<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Press").finish_non_exhaustive()
    }
}

/// Prints cards into a PDF, or a PNG for each page. `go_on` is told how many cards are done, of how many; when it says no,
/// the answer is `None` and nothing is left behind.
pub fn print(
    painter: &mut Painter,
    project: &Project,
    wanted: &Wanted,
    press: &Press<'_>,
    path: &Path,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Printed>, PrintError> {
    let cases: Vec<RegionId> =
        wanted.cases.iter().copied().filter(|case| project.region(*case).is_some()).collect();
    if cases.is_empty() {
        return Err(PrintError::Nothing);
    }
    if cases.len() > MOST {
        return Err(PrintError::TooMany(cases.len()));
    }
    let keys = keys(project, press.color);
    let boxes = wanted.boxes && !keys.is_empty();
    let lines = usize::from(boxes) + usize::from(wanted.labels) + if wanted.votes { VOTES } else { 0 };
    let layout = Layout::new(wanted.paper, wanted.landscape, wanted.per_page, painter.most_views(), lines);
    let note = note(project, wanted);
    let around = Around { heading: wanted.heading.clone(), note, keys, boxes };
    let printing =
        Printing { layout, around, dpi: wanted.dpi.clamp(36.0, 600.0), fonts: press.fonts.to_vec() };
    let per_page = layout.per_page();
    let mut pages = Pages::new(printing, path, cases.len().div_ceil(per_page))?;
    let mut number = 0;
    for on_page in cases.chunks(per_page) {
        let mut cards = Vec::with_capacity(on_page.len());
        for case in on_page {
            if !go_on(number as u64, cases.len() as u64) {
                return Ok(None);
            }
            number += 1;
            let lines = said(project, *case, wanted, press.color);
            cards.extend(card(
                painter,
                project,
                (number, *case),
                pages.printing().view_px(),
                press.scale,
                lines,
            )?);
        }
        pages.add(&cards)?;
    }
    let count = cases.len().div_ceil(per_page);
    let missing = wanted.cases.len() - cases.len();
    let failed = std::mem::take(&mut painter.failed);
    Ok(Some(Printed { files: pages.finish()?, pages: count, cards: cases.len(), missing, failed }))
}

/// One card; `None` for a case that does not exist.
pub(super) fn card(
    painter: &mut Painter,
    project: &Project,
    (number, case): (usize, RegionId),
    view_px: [u32; 2],
    scale: &dyn Fn(&Viewport, f64) -> Option<Scale>,
    lines: Vec<Line>,
) -> Result<Option<Card>, PrintError> {
    let Some(region) = project.region(case) else { return Ok(None) };
    let views = painter.views(region, view_px)?;
    let camera = Painter::camera(region, view_px);
    let scale = camera.and_then(|camera| scale(&camera, f64::from(view_px[0]) * 0.4));
    let title = region.source_id.clone().unwrap_or_else(|| case.to_string());
    Ok(Some(Card { number, title, views, scale, lines }))
}

/// The classes that have a digit, as on the screen; all of them where none has.
pub(super) fn keys(project: &Project, color: &dyn Fn(&Class) -> [u8; 3]) -> Vec<Key> {
    let classes = project.schema().map(|schema| schema.classes.as_slice()).unwrap_or_default();
    let with_digit = classes.iter().any(|class| class.digit.is_some());
    let shown = classes.iter().filter(|class| !with_digit || class.digit.is_some());
    shown
        .map(|class| Key {
            digit: class.digit.map(|digit| digit.to_string()).unwrap_or_default(),
            name: class.name.clone(),
            symbol: symbol(class, color),
        })
        .collect()
}

fn symbol(class: &Class, color: &dyn Fn(&Class) -> [u8; 3]) -> Symbol {
    let color = color(class);
    let look = Look { color, hatch: class.hatch, predicted: false, disputed: false };
    Symbol { color, hatch: region::style(&look, 1.0).hatch }
}

fn note(project: &Project, wanted: &Wanted) -> String {
    let name = &project.settings().name;
    let what = match (wanted.labels, wanted.votes) {
        (false, false) => "Blind: without labels and votes",
        (true, false) => "With labels",
        (false, true) => "With the votes that are open",
        (true, true) => "With labels and the votes that are open",
    };
    let shown = "outlines as each view shows them, every view of a card at one scale";
    if name.is_empty() { format!("{what}; {shown}") } else { format!("{name} · {what}; {shown}") }
}

/// What stands below the views of a case.
fn said(project: &Project, case: RegionId, wanted: &Wanted, color: &dyn Fn(&Class) -> [u8; 3]) -> Vec<Line> {
    let mut lines = Vec::new();
    let class = |code: &ClassCode| project.schema().and_then(|schema| schema.class(code));
    if wanted.labels {
        let state = project.outcome(case).state.text();
        lines.push(match project.label_of(case) {
            Some((_, label)) => Line {
                symbol: class(&label.class).map(|class| symbol(class, color)),
                text: format!(
                    "{} · {state}",
                    class(&label.class).map_or(label.class.as_str(), |c| c.name.as_str())
                ),
            },
            None => Line { symbol: None, text: format!("Not labelled · {state}") },
        });
    }
    if wanted.votes {
        // Nobody in particular: whoever holds the paper sees no vote of a committee that is still voting.
        let open = project.votes_visible_to(&Author::new(""), case);
        let known: Vec<&&Vote> = open.iter().filter(|vote| !vote.is_sealed()).collect();
        for vote in known.iter().take(VOTES) {
            let class = vote.class.as_ref().and_then(class);
            lines.push(Line { symbol: class.map(|class| symbol(class, color)), text: words(vote, class) });
        }
    }
    lines
}

fn words(vote: &Vote, class: Option<&Class>) -> String {
    let said = match (vote.verdict, class) {
        (Verdict::Accept | Verdict::Edit, Some(class)) => class.name.as_str(),
        (Verdict::Accept, None) => "accepts",
        (Verdict::Edit, None) => "another class",
        (Verdict::Reject, _) => "rejects",
        (Verdict::Abstain, _) => "abstains",
        (Verdict::Undetermined, _) => "not able to determine",
        (Verdict::BadImagery, _) => "bad imagery",
    };
    let stage = if vote.stage == Stage::Two { "" } else { vote.stage.text() };
    let note = if vote.note.is_empty() { String::new() } else { format!(" “{}”", vote.note) };
    format!("{}: {said} {stage}{note}", vote.member).trim_end().to_owned()
}
