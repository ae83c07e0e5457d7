//! What the table of regions shows, as plain values: what was typed, what was found, in which order.
//!
//! A job does the looking, on a copy of the project, and hands back flat facts about every region; the window
//! never waits for it, and shows what was found before until it is done.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use editing::{ReadingOrder, Selection};
use project::{AttributeValue, Author, ClassCode, Edit, History, Project, RegionId, Seq, Touched};
use query::{
    Asker, Column, Condition, Facts, Needs, Order, Query, QueryError, Sums, Vocabulary, sums, take_edits,
};

/// What the table shows of what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    #[default]
    Rows,
    Classes,
    Pictures,
}

impl View {
    pub const ALL: [Self; 3] = [Self::Rows, Self::Classes, Self::Pictures];

    pub const fn text(self) -> &'static str {
        match self {
            Self::Rows => "Rows",
            Self::Classes => "Sums",
            Self::Pictures => "Pictures",
        }
    }
}

/// How a row that was clicked joins the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    One,
    /// In or out.
    Toggle,
    /// Everything from the primary row to this.
    UpTo,
}

/// The order by how much regions look like one.
#[derive(Clone, Debug)]
pub struct Like {
    pub of: RegionId,
    /// Places in that order; who has none comes last.
    pub ranks: Arc<HashMap<RegionId, u32>>,
    /// Regions that were not looked at yet.
    pub left: usize,
}

/// What the table asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum FinderAsk {
    Text(String),
    Order(Order),
    View(View),
    /// Next and previous go through what was found only, or through everything.
    Only(bool),
    SelectFound,
    Pick(RegionId, Pick),
    Label(Vec<RegionId>, ClassCode),
    /// `None` takes the attribute off.
    Attribute(Vec<RegionId>, String, Option<AttributeValue>),
    /// Keep the condition under a name in the project.
    Keep(String),
    Remove(String),
    /// The columns to show, by their keys; none: the usual ones.
    Columns(Vec<String>),
    /// What was found, or what of it is selected, as CSV.
    Copy,
    /// The rows whose pictures are on the screen.
    Looked(Range<usize>),
    /// The regions that look most like one; without it like the selected one.
    Like(Option<RegionId>),
}

/// What an answer depends on beside the project.
#[derive(Clone, Debug)]
pub struct Question {
    pub text: String,
    pub order: Order,
    pub member: Author,
    /// Gives regions their numbers.
    pub reading: Arc<ReadingOrder>,
    /// In place of the numbers, where the order is that of likeness.
    pub like: Option<Arc<HashMap<RegionId, u32>>>,
    /// It is asked, or shown, when regions last changed, which only the journal knows.
    pub edits: bool,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.order, &self.member) == (&other.text, &other.order, &other.member)
            && self.edits == other.edits
            && Arc::ptr_eq(&self.reading, &other.reading)
            && match (&self.like, &other.like) {
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                (a, b) => a.is_none() && b.is_none(),
            }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Places among the facts, in the order asked for.
    pub rows: Vec<u32>,
    /// Where each fact stands among the rows; `u32::MAX`: nowhere.
    row_of: Vec<u32>,
    pub sums: Sums,
}

/// An answer of the job.
#[derive(Clone, Debug)]
pub struct Answer {
    pub facts: Arc<Facts>,
    pub vocabulary: Arc<Vocabulary>,
    pub question: Question,
    /// The journal's newest entry that the facts know.
    pub seq: Seq,
    pub found: Result<Found, QueryError>,
}

impl Answer {
    /// What was found, in its order.
    fn regions(&self) -> Vec<RegionId> {
        let Ok(found) = &self.found else { return Vec::new() };
        found.rows.iter().map(|at| self.facts.rows()[*at as usize].id).collect()
    }
}

/// What the job needs to answer.
#[derive(Debug)]
pub struct Task {
    pub project: Project,
    pub seq: Seq,
    pub question: Question,
    /// What was known before, and what was touched since.
    pub before: Option<(Arc<Facts>, Arc<Vocabulary>)>,
    pub touched: Vec<RegionId>,
    pub everything: bool,
    /// Entries of the journal that the facts do not know, where it is asked when regions last changed.
    pub edits: Edits,
}

/// What was taken out of the journal to learn when regions last changed. It is taken in parts, some in each frame, for
/// a long journal is more than a frame has time for.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// What a job has not looked at yet, the oldest first.
    waiting: Vec<(i64, Arc<Edit>)>,
    /// `waiting` begins at the first entry.
    anew: bool,
    /// The last entry that was taken.
    upto: Seq,
    retractions: u64,
}

/// After a change of more regions all are looked at anew.
const MANY: usize = 1_000;

/// Entries of the journal that are taken in one frame.
const TAKEN: u64 = 20_000;

impl Edits {
    /// Takes what is new, or a part of it. True when nothing is left to take.
    fn follow(&mut self, history: &History) -> bool {
        if self.retractions != history.retractions() || self.upto > history.last_seq() {
            *self = Self { anew: true, retractions: history.retractions(), ..Self::default() };
        }
        self.anew |= self.upto == 0;
        self.waiting.extend(history.effects_from(self.upto + 1, TAKEN));
        self.upto = history.last_seq().min(self.upto + TAKEN);
        self.upto == history.last_seq()
    }

    /// What a job is to look at.
    fn hand_over(&mut self) -> Self {
        let left = Self { upto: self.upto, retractions: self.retractions, ..Self::default() };
        std::mem::replace(self, left)
    }

    /// When each region last changed, with what was known before.
    fn known(self, before: Option<&Arc<HashMap<RegionId, i64>>>) -> Arc<HashMap<RegionId, i64>> {
        let before = before.filter(|_| !self.anew).cloned().unwrap_or_default();
        if self.waiting.is_empty() {
            return before;
        }
        let mut known = Arc::unwrap_or_clone(before);
        take_edits(&mut known, self.waiting);
        Arc::new(known)
    }
}

impl Task {
    /// Looks at what changed, and answers.
    pub fn answer(self) -> Answer {
        let Self { project, seq, question, before, touched, everything, edits } = self;
        let needs = Needs { measures: true, edits: false };
        let unchanged = touched.is_empty() && !everything;
        let known = before.as_ref().and_then(|(facts, _)| facts.edits().cloned());
        let (mut facts, vocabulary) = match before {
            Some((facts, vocabulary)) if unchanged => (facts, vocabulary),
            Some((facts, _)) => {
                let facts = Arc::new(facts.follow(&project, needs, &touched, everything));
                (facts, Arc::new(Vocabulary::of(&project)))
            }
            None => (Arc::new(Facts::of(&project, needs)), Arc::new(Vocabulary::of(&project))),
        };
        if question.edits {
            let edits = edits.known(known.as_ref());
            if facts.edits().is_none_or(|known| !Arc::ptr_eq(known, &edits)) {
                facts = Arc::new(Arc::unwrap_or_clone(facts).with_edits(edits));
            }
        }
        let found = find(&facts, &vocabulary, &question);
        Answer { facts, vocabulary, question, seq, found }
    }
}

fn condition(text: &str, vocabulary: &Vocabulary, member: &Author) -> Result<Condition, QueryError> {
    Condition::new(&Query::parse(text)?, vocabulary, &Asker::new(member))
}

fn find(facts: &Facts, vocabulary: &Vocabulary, question: &Question) -> Result<Found, QueryError> {
    let mut rows: Vec<u32> = if question.text.trim().is_empty() {
        (0..facts.rows().len() as u32).collect()
    } else {
        condition(&question.text, vocabulary, &question.member)?.rows(facts)
    };
    let places: Vec<u32> = match question.order.column {
        Column::Place => {
            let place = |id: RegionId| match &question.like {
                Some(ranks) => ranks.get(&id).copied().unwrap_or(u32::MAX),
                None => question.reading.position(id).map_or(u32::MAX, |at| at as u32),
            };
            facts.rows().iter().map(|row| place(row.id)).collect()
        }
        _ => Vec::new(),
    };
    question.order.sort(facts, &mut rows, |at| places.get(at as usize).copied().unwrap_or(u32::MAX));
    let mut row_of = vec![u32::MAX; facts.rows().len()];
    rows.iter().enumerate().for_each(|(row, at)| row_of[*at as usize] = row as u32);
    let sums = sums(facts, &rows);
    Ok(Found { rows, row_of, sums })
}

/// The table of regions.
#[derive(Clone, Debug)]
pub struct Finder {
    pub text: String,
    pub order: Order,
    /// The order is that of likeness, whatever `order` says.
    pub like: Option<Like>,
    pub view: View,
    /// Next and previous go through what was found only.
    pub only: bool,
    /// What is wrong with what was typed.
    pub wrong: Option<QueryError>,
    /// The newest answer.
    pub answer: Option<Answer>,
    /// The newest answer that found something out, be it nothing.
    shown: Option<Answer>,
    /// Rows whose pictures are on the screen.
    pub looked: Range<usize>,
    /// The row where going through what was found is.
    pub at: Option<usize>,
    touched: Vec<RegionId>,
    everything: bool,
    edits: Edits,
}

impl Default for Finder {
    fn default() -> Self {
        Self {
            text: String::new(),
            order: Order { column: Column::Place, descending: false },
            like: None,
            view: View::Rows,
            only: false,
            wrong: None,
            answer: None,
            shown: None,
            looked: 0..0,
            at: None,
            touched: Vec::new(),
            everything: false,
            edits: Edits::default(),
        }
    }
}

impl Finder {
    /// What was typed last; what is wrong with it is known at once.
    pub fn type_text(&mut self, text: String, member: &Author) {
        self.wrong = self.fault(&text, member);
        self.text = text;
    }

    /// Puts what looks most like a region first.
    pub fn resemble(&mut self, region: RegionId) {
        self.order = Order { column: Column::Place, descending: false };
        // What was found before stays in its order until something is known.
        let ranks = self.like.take().map(|like| like.ranks).unwrap_or_default();
        self.like = Some(Like { of: region, ranks, left: 0 });
    }

    fn fault(&self, text: &str, member: &Author) -> Option<QueryError> {
        if text.trim().is_empty() {
            return None;
        }
        match &self.answer {
            Some(answer) => condition(text, &answer.vocabulary, member).err(),
            None => Query::parse(text).err(),
        }
    }

    /// True when it is asked when regions last changed: by a condition, the order, or a column that is shown.
    pub fn asks_for_edits(&self, columns: &[Column], member: &Author) -> bool {
        let needs = |text: &str| {
            let vocabulary = &self.answer.as_ref()?.vocabulary;
            Some(condition(text, vocabulary, member).ok()?.needs().edits)
        };
        // Before anything is known of the project the word alone says it.
        let asked = needs(&self.text).unwrap_or_else(|| self.text.contains("edited"));
        asked || self.order.column == Column::Edited || columns.contains(&Column::Edited)
    }

    /// Follows an edit or a vote.
    pub fn follow(&mut self, touched: &Touched) {
        self.everything |= touched.everything || !touched.layers.is_empty() || touched.regions.len() > MANY;
        if !self.everything {
            self.touched.extend(&touched.regions);
        }
    }

    /// What the job has to do so that the answer is of now; `None` when it is, what was typed means nothing, or the
    /// journal is still being taken.
    pub fn task(&mut self, project: &Project, history: &History, question: Question) -> Option<Task> {
        let (known, seq) = (self.answer.as_ref(), history.last_seq());
        if known.is_some_and(|answer| answer.seq == seq && answer.question == question) {
            return None;
        }
        if question.edits && !self.edits.follow(history) {
            return None;
        }
        let edits = if question.edits { self.edits.hand_over() } else { Edits::default() };
        let known = self.answer.as_ref();
        let before = known.map(|answer| (Arc::clone(&answer.facts), Arc::clone(&answer.vocabulary)));
        let unseen = known.is_some_and(|answer| answer.seq != seq);
        let touched = std::mem::take(&mut self.touched);
        let everything = std::mem::take(&mut self.everything) || unseen && touched.is_empty();
        Some(Task { project: project.clone(), seq, question, before, touched, everything, edits })
    }

    /// True while entries of the journal are left to take.
    pub fn takes_edits(&self, history: &History) -> bool {
        self.edits.upto < history.last_seq()
    }

    /// A job ended without an answer: what was touched is not known any more.
    pub fn lost(&mut self) {
        self.everything = true;
        self.edits = Edits::default();
    }

    /// Takes an answer. What it takes the place of comes back, to be let go of where nobody waits.
    pub fn receive(&mut self, answer: Answer) -> [Option<Answer>; 2] {
        let mut before = None;
        match &answer.found {
            Ok(_) => {
                self.wrong = self.wrong.take().filter(|_| self.text != answer.question.text);
                before = self.shown.replace(answer.clone());
            }
            Err(error) if self.text == answer.question.text => self.wrong = Some(error.clone()),
            Err(_) => {}
        }
        [before, self.answer.replace(answer)]
    }

    /// The facts and rows to show.
    pub fn shown(&self) -> Option<(&Facts, &Found)> {
        let answer = self.shown.as_ref()?;
        Some((&answer.facts, answer.found.as_ref().ok()?))
    }

    /// True when what is shown is what was asked for last.
    pub fn is_current(&self) -> bool {
        self.wrong.is_some() || self.shown.as_ref().is_some_and(|answer| answer.question.text == self.text)
    }

    /// How many regions are shown.
    pub fn len(&self) -> usize {
        self.shown().map_or(0, |(_, found)| found.rows.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The region in a row.
    pub fn region(&self, row: usize) -> Option<RegionId> {
        let (facts, found) = self.shown()?;
        Some(facts.rows()[*found.rows.get(row)? as usize].id)
    }

    /// The row of a region.
    pub fn row_of(&self, id: RegionId) -> Option<usize> {
        let (facts, found) = self.shown()?;
        let row = *found.row_of.get(facts.place(id)?)?;
        (row != u32::MAX).then_some(row as usize)
    }

    /// Every region that is shown, in its order.
    pub fn regions(&self) -> Vec<RegionId> {
        self.shown.as_ref().map(Answer::regions).unwrap_or_default()
    }

    /// What selects every region that is shown, wherever it runs.
    pub fn finding(&self) -> impl FnOnce() -> Selection + Send + use<> {
        let shown = self.shown.clone();
        move || shown.iter().flat_map(Answer::regions).collect()
    }

    /// The next region that is wanted of what was found, or the one before: from the row of `from`, else from
    /// where it was when it was last in the list.
    pub fn step(
        &self,
        from: Option<RegionId>,
        back: bool,
        wanted: impl Fn(RegionId) -> bool,
    ) -> Option<RegionId> {
        let count = self.len();
        let here = from.and_then(|id| self.row_of(id));
        let start = match (here, self.at) {
            (Some(row), _) if back => row + count - 1,
            (Some(row), _) => row + 1,
            // What was there has left the list, and the next has taken its place.
            (None, Some(row)) if back => row + count - 1,
            (None, row) => row.unwrap_or(if back { count.saturating_sub(1) } else { 0 }),
        };
        let row = |i: usize| if back { (start + count - i % count) % count } else { (start + i) % count };
        (0..count).filter_map(|i| self.region(row(i))).find(|id| wanted(*id))
    }
}

#[cfg(test)]
mod tests {
    use project::{Change, Edit, Entry, EntryBody, GeometrySource, IdSource, Region, Schema};

    use super::*;

    fn town(count: usize) -> (Project, Vec<RegionId>) {
        let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
        let schema = Schema::joint_damage_scale();
        project.apply(&Edit::Schema(Change::create((), schema))).expect("sound");
        let regions = (0..count).map(|i| {
            let id = ids.region();
            let side = 10.0 + i as f64;
            let region = Region {
                geometry: geo::Rect::new((0.0, 0.0), (side, side)).to_polygon().into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: None,
                attributes: std::collections::BTreeMap::new(),
            };
            project.apply(&Edit::Region(Change::create(id, region))).expect("sound");
            id
        });
        let regions = regions.collect();
        (project, regions)
    }

    /// A journal that long, of which nothing is asked.
    fn journal(seq: Seq) -> History {
        let (mut project, mut history) = (Project::new(), History::default());
        for seq in 1..=seq {
            let before = project.settings().clone();
            let after = project::Settings { name: seq.to_string(), ..before.clone() };
            let body = EntryBody::Edit(Edit::Settings(Change::replace((), before, after)));
            let entry = Entry { seq, at_ms: 0, author: Author::new("Ana"), body };
            history.take(&mut project, entry).expect("sound");
        }
        history
    }

    fn ask(finder: &mut Finder, project: &Project, seq: Seq) -> bool {
        ask_of(finder, project, &journal(seq))
    }

    fn ask_of(finder: &mut Finder, project: &Project, history: &History) -> bool {
        let member = Author::new("Ana");
        let question = Question {
            text: finder.text.clone(),
            order: finder.order.clone(),
            edits: finder.asks_for_edits(&[], &member),
            member,
            reading: finder.answer.as_ref().map_or_else(Arc::default, |a| Arc::clone(&a.question.reading)),
            like: finder.like.as_ref().map(|like| Arc::clone(&like.ranks)),
        };
        let task = finder.task(project, history, question);
        let asked = task.is_some();
        if let Some(task) = task {
            finder.receive(task.answer());
        }
        asked
    }

    #[test]
    fn what_is_found_follows_the_words_the_order_and_the_project() {
        let (mut project, regions) = town(5);
        let mut finder = Finder::default();
        let ana = Author::new("Ana");
        assert!(ask(&mut finder, &project, 1));
        assert!(!ask(&mut finder, &project, 1), "nothing changed");
        assert_eq!(finder.len(), 5);
        finder.type_text("area_m2 > 130".into(), &ana);
        finder.order = Order { column: Column::Area, descending: true };
        assert!(ask(&mut finder, &project, 1));
        assert_eq!(finder.regions(), [regions[4], regions[3], regions[2]]);
        assert_eq!((finder.row_of(regions[3]), finder.row_of(regions[0])), (Some(1), None));
        finder.type_text("area_m2 > ".into(), &ana);
        assert!(finder.wrong.is_some());
        assert!(ask(&mut finder, &project, 1));
        assert_eq!(finder.len(), 3, "what was found stays until something else is");
        finder.type_text("area_m2 > 130".into(), &ana);
        assert!(finder.wrong.is_none());
        let gone = project.region(regions[3]).expect("there").clone();
        let touched = project.apply(&Edit::Region(Change::delete(regions[3], gone))).expect("sound");
        finder.follow(&touched);
        assert!(ask(&mut finder, &project, 2));
        assert_eq!(finder.regions(), [regions[4], regions[2]]);
    }

    #[test]
    fn what_looks_most_alike_comes_first_and_what_is_not_known_last() {
        let (project, regions) = town(4);
        let mut finder = Finder::default();
        assert!(ask(&mut finder, &project, 1));
        finder.resemble(regions[2]);
        let ranks = HashMap::from([(regions[2], 0), (regions[0], 1), (regions[3], 2)]);
        finder.like = Some(Like { of: regions[2], ranks: Arc::new(ranks), left: 1 });
        assert!(ask(&mut finder, &project, 1), "another order");
        assert_eq!(finder.regions(), [regions[2], regions[0], regions[3], regions[1]]);
        assert!(!ask(&mut finder, &project, 1), "nothing changed");
        finder.type_text("area_m2 < 140".into(), &Author::new("Ana"));
        assert!(ask(&mut finder, &project, 1));
        assert_eq!(finder.regions(), [regions[0], regions[1]], "of what was found");
    }

    #[test]
    fn when_regions_last_changed_is_asked_of_the_journal_and_follows_it() {
        let (mut project, mut history) = (Project::new(), History::default());
        let mut ids = IdSource::new(1, 1);
        let write = |project: &mut Project, history: &mut History, at_ms: i64, body: EntryBody| {
            let entry = Entry { seq: history.last_seq() + 1, at_ms, author: Author::new("Ana"), body };
            history.take(project, entry).expect("sound")
        };
        let day = 86_400_000;
        let mut regions = Vec::new();
        for n in 1..=3 {
            let region = Region {
                geometry: geo::Rect::new((0.0, 0.0), (9.0, 9.0)).to_polygon().into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: None,
                attributes: std::collections::BTreeMap::new(),
            };
            let id = ids.region();
            let edit = Edit::Region(Change::create(id, region));
            write(&mut project, &mut history, n * day, EntryBody::Edit(edit));
            regions.push(id);
        }
        let mut finder = Finder::default();
        finder.type_text("edited > 1970-01-03T12:00".into(), &Author::new("Ana"));
        assert_eq!(finder.wrong, None);
        assert!(ask_of(&mut finder, &project, &history));
        assert_eq!(finder.regions(), [regions[2]], "the others are older");
        assert!(!ask_of(&mut finder, &project, &history), "nothing changed");
        let before = project.region(regions[0]).expect("there").clone();
        let after = Region { source_id: Some("osm/1".into()), ..(*before).clone() };
        let edit = Edit::Region(Change::replace(regions[0], before, after));
        let touched = write(&mut project, &mut history, 5 * day, EntryBody::Edit(edit));
        finder.follow(&touched);
        assert!(ask_of(&mut finder, &project, &history));
        finder.order = Order { column: Column::Edited, descending: true };
        assert!(ask_of(&mut finder, &project, &history));
        assert_eq!(finder.regions(), [regions[0], regions[2]], "the newest first");
        // What never reached the disk was never done.
        let touched = history.retract(&mut project).expect("forgotten");
        finder.follow(&touched);
        assert!(ask_of(&mut finder, &project, &history));
        assert_eq!(finder.regions(), [regions[2]]);
    }

    #[test]
    fn a_long_journal_is_taken_in_parts() {
        let history = journal(2 * TAKEN + 5);
        let mut edits = Edits::default();
        assert_eq!([(); 3].map(|()| edits.follow(&history)), [false, false, true]);
        let taken = edits.hand_over();
        assert_eq!((taken.waiting.len() as u64, taken.anew), (2 * TAKEN + 5, true));
        assert!(edits.follow(&history) && edits.hand_over().waiting.is_empty());
    }

    #[test]
    fn going_through_what_was_found_goes_on_where_a_region_left_the_list() {
        let (project, regions) = town(4);
        let order = Order { column: Column::Area, descending: false };
        let mut finder = Finder { order, ..Finder::default() };
        ask(&mut finder, &project, 1);
        let all = |_: RegionId| true;
        assert_eq!(finder.step(None, false, all), Some(regions[0]));
        assert_eq!(finder.step(Some(regions[0]), false, all), Some(regions[1]));
        assert_eq!(finder.step(Some(regions[0]), true, all), Some(regions[3]), "around the start");
        assert_eq!(finder.step(Some(regions[3]), false, all), Some(regions[0]), "around the end");
        assert_eq!(finder.step(Some(regions[0]), false, |id| id == regions[0]), Some(regions[0]));
        finder.type_text("area_m2 != 121".into(), &Author::new("Ana"));
        ask(&mut finder, &project, 1);
        finder.at = Some(1);
        assert_eq!(finder.step(Some(regions[1]), false, all), Some(regions[2]), "what took its place");
        assert_eq!(finder.step(Some(regions[1]), true, all), Some(regions[0]));
        assert_eq!(Finder::default().step(None, false, all), None);
    }
}
