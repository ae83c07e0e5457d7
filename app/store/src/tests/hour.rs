//! An hour of labelling: thousands of operations of every kind, each leaving a sound project; then everything
//! is taken back to the start and brought back to the end.
//!
//! `ORTHOSCOPE_OPERATIONS` says how many operations (300 unless told otherwise).

use std::sync::Arc;
use std::time::Duration;

use project::question::QuestionVote;
use project::review::{Quorum, Rule, Stage, Verdict, Vote};
use project::{
    Adjustment, Author, Change, Class, ClassCode, Edit, Label, LayerId, LayerRole, Migration, Project,
    Region, RegionId, Settings, keep_list_edit, remove_list_edit,
};
use proptest::prelude::*;
use spatial::align::Method;

use super::fixture::{Folder, ada, create, furnish, label, read_write, region};
use crate::{Session, StoreError};

/// One thing that somebody does. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Operation {
    Draw { shape: u8, x: f64, y: f64 },
    Move { which: usize, by: f64 },
    Delete { which: usize },
    Split { which: usize },
    Merge { which: usize },
    Attribute { which: usize, value: i64 },
    Label { which: usize, author: usize, class: usize },
    Unlabel { which: usize },
    Accept { which: usize },
    Reclass { class: usize },
    Import { count: usize },
    Vote { which: usize, member: usize, verdict: u8, committee: bool },
    Layer { which: usize, deed: u8 },
    Arrow { which: usize, deed: u8, x: f64 },
    Settings { deed: u8 },
    Schema { deed: u8 },
    Question { which: usize, deed: u8 },
    Answer { which: usize, option: u32, committee: bool },
    Draft { some: bool },
    Undo,
    Redo,
    UndoOld { which: usize },
    Reopen { background: bool },
    ClockBack,
}

const CLASSES: [&str; 4] = ["no damage", "minor damage", "major damage", "destroyed"];
const PEOPLE: [&str; 4] = ["Ada", "Ben", "Cem", "model:unet"];
/// Regions are drawn while there are fewer, so that looking through all of them stays quick.
const ENOUGH: usize = 300;
const LONG: Duration = Duration::from_mins(2);

fn operation() -> impl Strategy<Value = Operation> {
    let which = || 0..1_000_usize;
    let place = || -500.0..500.0_f64;
    let deed = || 0..5_u8;
    prop_oneof![
        10 => (0..5_u8, place(), place()).prop_map(|(shape, x, y)| Operation::Draw { shape, x, y }),
        6 => (which(), place()).prop_map(|(which, by)| Operation::Move { which, by }),
        4 => which().prop_map(|which| Operation::Delete { which }),
        3 => which().prop_map(|which| Operation::Split { which }),
        2 => which().prop_map(|which| Operation::Merge { which }),
        3 => (which(), any::<i64>()).prop_map(|(which, value)| Operation::Attribute { which, value }),
        12 => (which(), 0..4_usize, 0..4_usize)
            .prop_map(|(which, author, class)| Operation::Label { which, author, class }),
        2 => which().prop_map(|which| Operation::Unlabel { which }),
        3 => which().prop_map(|which| Operation::Accept { which }),
        1 => (0..4_usize).prop_map(|class| Operation::Reclass { class }),
        1 => (1..60_usize).prop_map(|count| Operation::Import { count }),
        8 => (which(), 0..3_usize, 0..4_u8, any::<bool>())
            .prop_map(|(which, member, verdict, committee)| Operation::Vote { which, member, verdict, committee }),
        2 => (which(), deed()).prop_map(|(which, deed)| Operation::Layer { which, deed }),
        3 => (which(), deed(), place()).prop_map(|(which, deed, x)| Operation::Arrow { which, deed, x }),
        2 => deed().prop_map(|deed| Operation::Settings { deed }),
        1 => deed().prop_map(|deed| Operation::Schema { deed }),
        4 => (which(), deed()).prop_map(|(which, deed)| Operation::Question { which, deed }),
        3 => (which(), 0..4_u32, any::<bool>())
            .prop_map(|(which, option, committee)| Operation::Answer { which, option, committee }),
        2 => any::<bool>().prop_map(|some| Operation::Draft { some }),
        8 => Just(Operation::Undo),
        5 => Just(Operation::Redo),
        3 => which().prop_map(|which| Operation::UndoOld { which }),
        1 => any::<bool>().prop_map(|background| Operation::Reopen { background }),
        1 => Just(Operation::ClockBack),
    ]
}

fn nth<'a, K: 'a + Copy>(keys: impl ExactSizeIterator<Item = &'a K>, which: usize) -> Option<K> {
    let count = keys.len().max(1);
    keys.into_iter().nth(which % count).copied()
}

/// The desk at which the hour is spent.
struct Desk {
    folder: Folder,
    session: Option<Session>,
    now_ms: i64,
    votes: bool,
}

impl Desk {
    fn new(votes: bool) -> Self {
        let folder = Folder::new();
        let mut session = create(&folder.file());
        furnish(&mut session);
        Self { folder, session: Some(session), now_ms: 1_700_000_100_000, votes }
    }

    fn session(&mut self) -> &mut Session {
        self.session.as_mut().expect("open")
    }

    fn project(&self) -> &Project {
        self.session.as_ref().expect("open").project()
    }

    /// Does it. Refusals are fine, as long as they leave everything as it was.
    fn perform(&mut self, operation: &Operation) {
        self.now_ms += 1_250;
        let now = self.now_ms;
        let before = (self.project().clone(), self.session().history().last_seq());
        let done = match operation {
            Operation::Undo => self.session().undo(&ada(), now).map(drop),
            Operation::Redo => self.session().redo(&ada(), now).map(drop),
            Operation::UndoOld { which } => {
                let seq = *which as u64 % self.session().history().last_seq() + 1;
                self.session().revert(&ada(), now, seq).map(drop)
            }
            Operation::Draft { some } => self.session().save_draft(some.then_some("{\"ring\":[[1,2]]}")),
            Operation::Reopen { background } => return self.reopen(*background),
            Operation::ClockBack => {
                self.now_ms -= 3_600_000;
                Ok(())
            }
            Operation::Vote { which, member, verdict, committee } => {
                let Some(vote) = self.vote(*which, *member, *verdict, *committee) else { return };
                self.session().vote(now, vote).map(drop)
            }
            Operation::Answer { which, option, committee } => {
                let Some(vote) = self.answer(*which, *option, *committee) else { return };
                self.session().question_votes(now, [vote]).map(drop)
            }
            edit => {
                let Some(edit) = self.edit_of(edit) else { return };
                self.session().edit(&ada(), now, edit).map(drop)
            }
        };
        if let Err(error) = done {
            // A full queue is not the operation's fault; the disk is given time.
            let busy = matches!(error, StoreError::Busy) && self.session().wait_saved(LONG);
            assert!(busy || matches!(error, StoreError::Refused(_)), "{operation:?}: {error}");
            let after = (self.project(), self.session.as_ref().expect("open").history().last_seq());
            assert!((&before.0, before.1) == after, "{operation:?} was refused and changed something");
        }
        let violations = project::violations(self.project());
        assert!(violations.is_empty(), "after {operation:?}: {violations:?}");
    }

    fn reopen(&mut self, background: bool) {
        let (project, draft) = (self.project().clone(), self.session().draft().map(str::to_owned));
        let ids = self.session().ids(0).clone();
        self.session.take().expect("open").close().expect("closes");
        if background {
            // As if it were large.
            let (mut store, loaded) = crate::Store::open(&self.folder.file(), read_write()).expect("opens");
            store.pack(&loaded.project, &loaded.history, 1).expect("packed");
            store.close().expect("closes");
        }
        let session = Session::open(&self.folder.file(), read_write()).expect("opens").with_ids(ids);
        assert!(*session.project() == project, "what was closed is what is opened");
        assert_eq!(session.draft().map(str::to_owned), draft);
        self.session = Some(if background { session.in_background().expect("a thread") } else { session });
    }

    /// The file says what the project says, and its journal makes the same project.
    fn check_file(&mut self) {
        assert!(self.session().wait_saved(LONG), "{:?}", self.session().failure());
        let found = self.session().verify().expect("verifies");
        assert!(found.is_clean(), "{found:?}");
        assert_eq!(found.entries, self.session().history().last_seq());
        let (_, loaded) = crate::Store::open(&self.folder.file(), crate::OpenMode::ReadOnly).expect("opens");
        assert!(loaded.project == *self.project(), "the journal makes the same project");
    }

    fn region(&self, which: usize) -> Option<(RegionId, Arc<Region>)> {
        let id = nth(self.project().regions().keys(), which)?;
        Some((id, Arc::clone(self.project().region(id)?)))
    }

    fn layer(&self, which: usize) -> Option<LayerId> {
        nth(self.project().layers().keys(), which)
    }

    fn create(&mut self, geometry: geo::Geometry<f64>) -> Edit {
        let now = self.now_ms;
        let region = Region { geometry, layer: None, ..region(0.0, 0.0) };
        Edit::Region(Change::create(self.session().ids(now).region(), Arc::new(region)))
    }

    fn label(&mut self, which: usize, author: &str, class: &str) -> Option<Edit> {
        let (id, _) = self.region(which)?;
        let after = Label { at_ms: Some(self.now_ms), ..label(id, author, class) };
        if let Some((id, before)) = self.project().label_by(id, &after.author) {
            return Some(Edit::Label(Change::replace(id, Arc::clone(before), after)));
        }
        let now = self.now_ms;
        Some(Edit::Label(Change::create(self.session().ids(now).label(), after)))
    }

    fn delete(&self, id: RegionId) -> Option<Edit> {
        let labels = self.project().labels_of(id);
        let labels = labels.map(|(label, held)| Edit::Label(Change::delete(label, Arc::clone(held))));
        let region = Edit::Region(Change::delete(id, Arc::clone(self.project().region(id)?)));
        Some(Edit::batch("Delete region", labels.chain([region]).collect()))
    }

    fn vote(&mut self, which: usize, member: usize, verdict: u8, committee: bool) -> Option<Vote> {
        if !self.votes {
            return None;
        }
        let (case, _) = self.region(which)?;
        let now = self.now_ms;
        let verdicts = [Verdict::Accept, Verdict::Edit, Verdict::Reject, Verdict::Abstain];
        Some(Vote {
            seal: None,
            id: self.session().ids(now).vote(),
            case,
            member: Author::new(PEOPLE[member % 3]),
            stage: if committee { Stage::Two } else { Stage::One },
            verdict: verdicts[usize::from(verdict) % 4],
            class: Some(ClassCode::new(CLASSES[which % 4])),
            confidence: Some(0.5),
            note: String::new(),
            seconds: Some(1.5),
            at_ms: Some(now),
        })
    }

    fn answer(&mut self, which: usize, option: u32, committee: bool) -> Option<QuestionVote> {
        if !self.votes {
            return None;
        }
        let question = nth(self.project().questions().keys(), which)?;
        let now = self.now_ms;
        let id = self.session().ids(now).vote();
        let stage = if committee { Stage::Two } else { Stage::One };
        let member = PEOPLE[which % 3];
        Some(super::questions::vote(self.project(), id, question, (member, stage, option)))
    }

    /// The edit of an operation on the project as it is; `None` when there is nothing to do it to.
    fn edit_of(&mut self, operation: &Operation) -> Option<Edit> {
        Some(match operation {
            Operation::Draw { shape, x, y } => {
                if self.project().regions().len() >= ENOUGH {
                    return self.delete(self.region(usize::from(*shape))?.0);
                }
                self.create(drawn(*shape, *x, *y))
            }
            Operation::Move { which, by } => {
                let (id, before) = self.region(*which)?;
                let geometry = geo::Translate::translate(&before.geometry, *by, -by / 3.0);
                let after = Region { geometry, ..(*before).clone() };
                Edit::Region(Change::replace(id, before, Arc::new(after)))
            }
            Operation::Attribute { which, value } => {
                let (id, before) = self.region(*which)?;
                let mut after = (*before).clone();
                after.attributes.insert("levels".into(), project::AttributeValue::Integer(*value));
                Edit::Region(Change::replace(id, before, Arc::new(after)))
            }
            Operation::Delete { which } => self.delete(self.region(*which)?.0)?,
            Operation::Split { which } => self.split(*which)?,
            Operation::Merge { which } => self.merge(*which)?,
            Operation::Label { which, author, class } => {
                self.label(*which, PEOPLE[*author], CLASSES[*class])?
            }
            Operation::Unlabel { which } => {
                let (id, held) =
                    self.project().labels().iter().nth(which % self.project().labels().len().max(1))?;
                Edit::Label(Change::delete(*id, Arc::clone(held)))
            }
            Operation::Accept { which } => {
                let (id, _) = self.region(*which)?;
                let class = self.project().prediction_of(id)?.1.class.clone();
                self.label(*which, "Ada", class.as_str())?
            }
            Operation::Reclass { class } => {
                let count = self.project().regions().len();
                let edits = (0..count).filter_map(|n| self.label(n, "Ada", CLASSES[*class])).collect();
                Edit::batch("Give every region a class", edits)
            }
            Operation::Import { count } => {
                let room = ENOUGH.saturating_sub(self.project().regions().len()).min(*count);
                let edits = (0..room).map(|n| self.create(drawn(n as u8 % 5, n as f64 * 20.0, 700.0)));
                Edit::batch("Import footprints", edits.collect())
            }
            Operation::Layer { which, deed } => self.layer_edit(*which, *deed)?,
            Operation::Arrow { which, deed, x } => self.arrow_edit(*which, *deed, *x)?,
            Operation::Settings { deed } => self.settings_edit(*deed)?,
            Operation::Schema { deed } => self.schema_edit(*deed)?,
            Operation::Question { which, deed } => {
                let layer = self.layer(*which);
                let now = self.now_ms;
                let mut ids = self.session().ids(now).clone();
                let edit = super::questions::any_edit(self.project(), &mut ids, layer, (*which, *deed));
                *self.session().ids(now) = ids;
                edit?
            }
            _ => return None,
        })
    }

    /// The first half keeps the identity and the labels; the second is new.
    fn split(&mut self, which: usize) -> Option<Edit> {
        let (id, before) = self.region(which)?;
        let bounds = before.bounds()?;
        let half = |from: f64, to: f64| {
            geo::Rect::new((from, bounds.min().y), (to, bounds.max().y + 1.0)).to_polygon().into()
        };
        let middle = bounds.min().x.midpoint(bounds.max().x + 1.0);
        let first = Region { geometry: half(bounds.min().x, middle), ..(*before).clone() };
        let second = self.create(half(middle, bounds.max().x + 1.0));
        Some(Edit::batch(
            "Split region",
            vec![Edit::Region(Change::replace(id, before, Arc::new(first))), second],
        ))
    }

    /// Two become one with two parts; the other goes with its labels.
    fn merge(&mut self, which: usize) -> Option<Edit> {
        let ((one, before), (other, gone)) = (self.region(which)?, self.region(which + 1)?);
        let (geo::Geometry::Polygon(a), geo::Geometry::Polygon(b)) = (&before.geometry, &gone.geometry)
        else {
            return None;
        };
        let parts = geo::MultiPolygon::new(vec![a.clone(), b.clone()]);
        let after = Region { geometry: parts.into(), ..(*before).clone() };
        let deleted = self.delete(other).filter(|_| one != other)?;
        Some(Edit::batch("Merge", vec![deleted, Edit::Region(Change::replace(one, before, Arc::new(after)))]))
    }

    fn layer_edit(&mut self, which: usize, deed: u8) -> Option<Edit> {
        let id = self.layer(which)?;
        let before = self.project().layers().get(&id)?.clone();
        let methods = [Method::default(), Method::Translation, Method::Affine, Method::ThinPlate];
        let after = match deed {
            0 => {
                let now = self.now_ms;
                let layer = project::Layer { path: format!("images/{which}.tif"), ..before };
                return Some(Edit::Layer(Change::create(self.session().ids(now).layer(), layer)));
            }
            1 => return Some(Edit::Layer(Change::delete(id, before))),
            2 => project::Layer { role: LayerRole::Before, order: which as i32, ..before.clone() },
            3 => project::Layer { name: format!("image {which}"), ..before.clone() },
            _ => project::Layer { alignment: methods[which % 4], ..before.clone() },
        };
        Some(Edit::Layer(Change::replace(id, before, after)))
    }

    fn arrow_edit(&mut self, which: usize, deed: u8, x: f64) -> Option<Edit> {
        let held = self.project().adjustments();
        let held = held.iter().nth(which % held.len().max(1)).map(|(id, arrow)| (*id, Arc::clone(arrow)));
        match (deed, held) {
            (0, Some((id, before))) => Some(Edit::Adjustment(Change::delete(id, before))),
            (1 | 2, Some((id, before))) => {
                let after = Adjustment { end: [x, -x], ..(*before).clone() };
                Some(Edit::Adjustment(Change::replace(id, before, after)))
            }
            _ => {
                let (layer, now) = (self.layer(which)?, self.now_ms);
                let arrow = Adjustment {
                    layer,
                    source: None,
                    start: [x, x + 1.0],
                    end: [x + 3.0, x],
                    author: ada(),
                    at_ms: Some(now),
                };
                Some(Edit::Adjustment(Change::create(self.session().ids(now).adjustment(), arrow)))
            }
        }
    }

    fn settings_edit(&self, deed: u8) -> Option<Edit> {
        let before = self.project().settings().clone();
        let rule = Rule {
            committee_size: 3 + 2 * u32::from(deed % 2),
            quorum: Quorum::TwoThirds,
            ..before.rule.clone()
        };
        let after = match deed {
            0 => {
                return keep_list_edit(
                    self.project(),
                    "Doubtful",
                    &format!("confidence < 0.{}", self.now_ms % 9),
                );
            }
            1 => return remove_list_edit(self.project(), "Doubtful"),
            2 => Settings { name: format!("Joplin {}", self.now_ms), ..before.clone() },
            _ => Settings { rule, ..before.clone() },
        };
        Some(Edit::Settings(Change::replace((), before, after)))
    }

    /// New names, a class more, a class less (with its labels moved), all of them by the way of the program.
    fn schema_edit(&self, deed: u8) -> Option<Edit> {
        let before = Arc::clone(self.project().schema()?);
        let mut after = (*before).clone();
        after.version += 1;
        match deed {
            0 | 1 => {
                let name = format!("extra {}", after.version);
                let like = after.classes.first()?.clone();
                let extra = Class { code: ClassCode::new(&name), name, digit: None, key: None, ..like };
                after.classes.push(Class { raster_value: None, formerly: Vec::new(), ..extra });
            }
            2 => after.classes.first_mut()?.name = format!("Intact {}", after.version),
            // Only one that was added: votes name the others for good.
            _ => after.classes.retain(|class| !class.code.as_str().starts_with("extra")),
        }
        if deed == 3 {
            return Migration::plan(self.project(), after).edit(self.project());
        }
        Some(Edit::Schema(Change::replace((), before, Arc::new(after))))
    }

    /// Takes back everything that can be, then brings all of it back.
    fn back_and_forth(&mut self) {
        while self.session().redo(&ada(), 1).expect("what was taken back can be brought back").is_some() {}
        let end = self.project().clone();
        let mut undone = 0;
        loop {
            match self.session().undo(&ada(), 2) {
                Ok(Some(_)) => undone += 1,
                Ok(None) => break,
                Err(StoreError::Refused(refused)) => {
                    // Votes are facts and are never undone, so the classes that they name stay.
                    assert!(!end.votes().is_empty() && refused.to_string().contains("votes"), "{refused}");
                    break;
                }
                Err(StoreError::Busy) => assert!(self.session().wait_saved(LONG)),
                Err(error) => panic!("{error}"),
            }
        }
        let start = self.project();
        assert!(start.regions().is_empty() && start.labels().is_empty(), "nothing of the work is left");
        assert!(start.layers().is_empty() && start.adjustments().is_empty());
        assert_eq!(project::violations(start), Vec::<String>::new());
        // Facts stay, and these are the kinds of them that are cast here.
        if end.votes().is_empty() && end.question_votes().next().is_none() {
            assert!(*start == Project::new(), "undone to the start, it is the empty project");
        }
        self.check_file();
        for _ in 0..undone {
            while let Err(error) = self.session().redo(&ada(), 3) {
                assert!(matches!(error, StoreError::Busy), "{error}");
                assert!(self.session().wait_saved(LONG));
            }
        }
        assert!(*self.project() == end, "redone to the end, it is what it was");
        self.check_file();
    }
}

/// Every kind of shape.
fn drawn(shape: u8, x: f64, y: f64) -> geo::Geometry<f64> {
    let square = |x: f64, side: f64| super::fixture::square(x, y, side);
    match shape {
        0 => square(x, 10.0).into(),
        1 => geo::MultiPolygon::new(vec![square(x, 4.0), square(x + 5.0, 4.0)]).into(),
        2 => {
            let (outer, hole) = (square(x, 10.0), super::fixture::square(x + 2.0, y + 2.0, 3.0));
            geo::Polygon::new(outer.exterior().clone(), vec![hole.exterior().clone()]).into()
        }
        3 => geo::LineString::from(vec![(x, y), (x + 9.0, y + 4.0), (x + 12.0, y)]).into(),
        _ => geo::Point::new(x, y).into(),
    }
}

fn operations() -> usize {
    std::env::var("ORTHOSCOPE_OPERATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn an_hour_of_labelling_stays_sound_and_can_be_taken_back_to_the_start(
        hour in prop::collection::vec(operation(), operations()),
        votes in any::<bool>(),
    ) {
        let mut desk = Desk::new(votes);
        for (number, operation) in hour.iter().enumerate() {
            desk.perform(operation);
            if number % 250 == 249 {
                desk.check_file();
            }
        }
        desk.check_file();
        desk.back_and_forth();
    }
}
