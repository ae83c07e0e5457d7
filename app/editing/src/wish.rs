//! What a tool wants found in the picture of the map, so that somebody else can look for it while the hand goes on: a
//! [`Wish`] is a snapshot, a [`Finder`] answers it anywhere, an [`Answer`] comes back with the number of the wish.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use geo::{Area as _, Coord, Geometry, LineString, MapCoords as _, MultiPolygon, Polygon, Simplify as _};
use segment::{
    Composite, Flood, FloodForm, GoOn, Image, Method, Prompt, SegmentError, SelectOptions, fence, outlines,
};
use spatial::WorldPoint;
use spatial::geometry::{self, area_of};

/// Pixels that an outline may stand off the pixels it goes round.
const OFF_PX: f64 = 0.5;
/// Pieces and holes of fewer pixels are left out of what marks have found.
const CHIP_PX: f64 = 16.0;

/// A number that nothing else has had.
pub(crate) fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Something that is to be found.
#[derive(Clone, Debug)]
pub struct Wish {
    number: u64,
    /// What the same gesture has wished before has the same.
    subject: u64,
    what: What,
}

impl PartialEq for Wish {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

#[derive(Clone, Debug)]
enum What {
    Flood(FloodWish),
    Select(SelectWish),
    Prompt(Arc<PromptWish>),
}

/// As far as colours are alike, or up to edges.
#[derive(Clone, Debug)]
pub(crate) struct FloodWish {
    pub(crate) picture: Arc<Composite>,
    pub(crate) form: FloodForm,
    pub(crate) seed: usize,
    pub(crate) fences: Arc<Vec<Fence>>,
    pub(crate) tolerance: f64,
    pub(crate) holes_px: usize,
}

/// An area that holds a flood back, by its rings in pixels of the picture.
#[derive(Clone, Debug)]
pub(crate) struct Fence {
    pub(crate) rings: Vec<Vec<(f64, f64)>>,
    /// What lies beyond it is never entered; else what lies in it.
    pub(crate) is_around: bool,
}

/// What marks mean.
#[derive(Clone, Debug)]
pub(crate) struct SelectWish {
    pub(crate) picture: Arc<Composite>,
    pub(crate) prompt: Prompt,
    pub(crate) options: SelectOptions,
}

/// What a network is asked, in world units. It looks at the imagery itself, not at the picture of the map, and is asked
/// by who has it.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptWish {
    /// They belong to it.
    pub this: Vec<WorldPoint>,
    /// They do not.
    pub not: Vec<WorldPoint>,
    /// Two corners of a box around it.
    pub around: Option<[WorldPoint; 2]>,
    /// What the network said before the last mark.
    pub previous: Option<Arc<FedBack>>,
    /// World units per pixel of the view.
    pub resolution: f64,
    /// So many times more coarsely, by powers of two.
    pub coarser: u8,
    /// Only what the pointer is over: nobody has clicked, and nobody waits for it.
    pub is_hover: bool,
}

/// A mask as a network said it, to be fed back to it with the next mark.
#[derive(Clone, Debug, PartialEq)]
pub struct FedBack {
    /// The part of the world that it is of: level, column and row.
    pub of: [i64; 3],
    pub logits: Vec<f32>,
}

/// One of the masks that a network offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// In world units, with few corners; empty where the mask is.
    pub outline: MultiPolygon<f64>,
    /// How right the network expects it to be, 0 to 1, as intersection over union.
    pub score: f64,
    /// It goes on where the part of the world ends that was looked at.
    pub is_cut: bool,
    pub fed_back: Option<Arc<FedBack>>,
}

impl Choice {
    /// The outline of a mask of pixels `width` wide; `place` says where a corner of them lies (0, 0 is the upper left one), and
    /// `resolution` how large they are in world units. Corners that stand off by less than a pixel are left out.
    pub fn outlined(
        inside: &[bool],
        width: usize,
        resolution: f64,
        place: impl Fn(f64, f64) -> WorldPoint + Copy,
    ) -> MultiPolygon<f64> {
        let pixels = inside.iter().filter(|inside| **inside).count();
        let least = CHIP_PX.min(pixels as f64 / 4.0);
        let pieces = outlines(inside, width, least as usize).into_iter().map(|p| without_chips(p, least));
        let placed = pieces.map(|piece| piece.map_coords(|c: Coord<f64>| place(c.x, c.y)));
        let thin = geometry::simplify(&MultiPolygon(placed.collect()).into(), 2.0 * OFF_PX * resolution);
        thin.ok().and_then(|o| area_of(&o).ok()).unwrap_or(MultiPolygon(Vec::new()))
    }
}

impl Wish {
    pub(crate) fn prompted_by(subject: u64, wish: PromptWish) -> Self {
        Self { number: next_number(), subject, what: What::Prompt(Arc::new(wish)) }
    }

    /// What a network is asked; `None` for what is looked for in the picture of the map.
    pub fn prompted(&self) -> Option<&Arc<PromptWish>> {
        match &self.what {
            What::Prompt(wish) => Some(wish),
            What::Flood(_) | What::Select(_) => None,
        }
    }

    /// The answer to what a network was asked.
    pub fn answered(&self, said: Result<Vec<Choice>, SegmentError>, took_ms: f64) -> Answer {
        let (choices, failure) = match said {
            Ok(choices) => (choices, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        Answer { failure, took_ms, choices, ..Answer::nothing(self) }
    }

    pub(crate) fn flood(subject: u64, wish: FloodWish) -> Self {
        Self { number: next_number(), subject, what: What::Flood(wish) }
    }

    pub(crate) fn select(subject: u64, wish: SelectWish) -> Self {
        Self { number: next_number(), subject, what: What::Select(wish) }
    }

    /// No two wishes have the same.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What it is called in a list of jobs.
    pub fn title(&self) -> &'static str {
        match self.what {
            What::Flood(_) => "Find what is alike",
            What::Select(_) => "Find what the marks mean",
            What::Prompt(_) => "Ask the network what is meant",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// That of the wish.
    pub number: u64,
    pub(crate) subject: u64,
    /// What was found, in world units, with few corners; empty where there is nothing.
    pub outline: MultiPolygon<f64>,
    /// How sharp its border is, 0 to 1, where marks were asked for.
    pub score: Option<f64>,
    /// Why there is nothing.
    pub failure: Option<SegmentError>,
    /// How long it took.
    pub took_ms: f64,
    pub(crate) is_fenced: bool,
    /// Masks that a network offers, the likeliest first.
    pub choices: Vec<Choice>,
}

impl Answer {
    fn nothing(wish: &Wish) -> Self {
        Self {
            number: wish.number,
            subject: wish.subject,
            outline: MultiPolygon(Vec::new()),
            score: None,
            failure: None,
            took_ms: 0.0,
            is_fenced: false,
            choices: Vec::new(),
        }
    }
}

/// Looks for what is wished, and keeps what the next wish of the same gesture can go on with.
#[derive(Debug, Default)]
pub struct Finder {
    flood: Option<(u64, Flood)>,
    image: Option<(Arc<Composite>, Image)>,
}

impl Finder {
    /// Finds it; asked from time to time, `go_on` says whether it is still wanted.
    pub fn find(&mut self, wish: &Wish, go_on: GoOn) -> Answer {
        let began = Instant::now();
        let mut answer = Answer::nothing(wish);
        match &wish.what {
            What::Flood(flood) => self.flood(flood, &mut answer),
            What::Select(select) => match self.select(select, go_on) {
                Ok((outline, score)) => (answer.outline, answer.score) = (outline, Some(score)),
                Err(failure) => answer.failure = Some(failure),
            },
            // Nobody has a network here.
            What::Prompt(_) => answer.failure = Some(SegmentError::Nothing),
        }
        answer.took_ms = began.elapsed().as_secs_f64() * 1e3;
        answer
    }

    fn flood(&mut self, wish: &FloodWish, answer: &mut Answer) {
        // The same gesture goes on with the same flood: water that has risen need not rise again.
        if self.flood.as_ref().is_none_or(|(subject, _)| *subject != answer.subject) {
            self.flood = Some((answer.subject, begin(wish)));
        }
        let Some((_, flood)) = &mut self.flood else { return };
        let mut mask = flood.reached(wish.tolerance);
        mask.smooth(flood.seed());
        mask.fill_holes(wish.holes_px);
        flood.under_fences(&mut mask);
        let outline = mask.outline(&wish.picture).map(Geometry::from);
        let thin = outline.and_then(|o| geometry::simplify(&o, OFF_PX * wish.picture.resolution()).ok());
        answer.outline = thin.and_then(|o| area_of(&o).ok()).unwrap_or(MultiPolygon(Vec::new()));
        answer.is_fenced = flood.is_fenced();
    }

    fn select(&mut self, wish: &SelectWish, go_on: GoOn) -> Result<(MultiPolygon<f64>, f64), SegmentError> {
        let picture = &wish.picture;
        if self.image.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, picture)) {
            self.image = Some((Arc::clone(picture), picture.image()?));
        }
        let Some((_, image)) = &self.image else { return Err(SegmentError::Nothing) };
        let found = segment::select(image, &wish.prompt, &wish.options, go_on)?;
        let (left, top) = (found.area.left as f64, found.area.top as f64);
        let least = CHIP_PX.min(found.pixels() as f64 / 4.0);
        let pieces = outlines(&found.inside, found.area.width, least as usize);
        let pieces = pieces.into_iter().map(|piece| without_chips(piece, least));
        let off_px = if wish.options.method == Method::Superpixels { OFF_PX } else { 2.0 * OFF_PX };
        let place = |c: Coord<f64>| picture.world(c.x + left, c.y + top);
        let all = MultiPolygon(pieces.map(|piece| piece.map_coords(place)).collect());
        let thin = geometry::simplify(&all.into(), off_px * picture.resolution());
        let outline = thin.ok().and_then(|o| area_of(&o).ok()).ok_or(SegmentError::Nothing)?;
        Ok((outline, found.score))
    }
}

fn begin(wish: &FloodWish) -> Flood {
    let [width, height] = wish.picture.size();
    let mut fenced = Vec::new();
    for area in wish.fences.iter() {
        fenced.resize(width * height, false);
        fence(&mut fenced, width, &area.rings, area.is_around);
    }
    Flood::new(Arc::clone(&wish.picture), wish.form, wish.seed, &fenced)
}

fn without_chips(piece: Polygon<f64>, least: f64) -> Polygon<f64> {
    let (exterior, holes) = piece.into_inner();
    let large = |hole: &LineString<f64>| Polygon::new(hole.clone(), Vec::new()).unsigned_area() >= least;
    Polygon::new(exterior, holes.into_iter().filter(large).collect())
}

/// For previews: the outlines as they are.
pub(crate) fn shown(answer: &Answer) -> Vec<Polygon<f64>> {
    answer.outline.0.clone()
}

/// Corners so near on the screen that a line between them would not be seen are left out of a scribble.
pub(crate) fn thinned(places: &[WorldPoint], resolution: f64) -> Vec<WorldPoint> {
    LineString::new(places.to_vec()).simplify(OFF_PX * resolution).0
}
