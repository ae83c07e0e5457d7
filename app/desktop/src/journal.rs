//! What the history panel shows, as plain values: which entries pass its filter, and the one that is chosen.
//!
//! Without a filter the panel reads the history itself. With one, entries are looked through a little at a
//! time, the newest first, so that a journal of any length never holds the window up.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::ReadingOrder;
use project::review::Rule;
use project::{Author, ClassCode, Deed, Edit, History, Project, Refusal, RegionId, Seq, Tree, TreeRow, What};

/// Time for looking through entries, per frame.
const BUDGET: Duration = Duration::from_millis(4);
/// Entries between two looks at the clock.
const AT_ONCE: u64 = 32;
/// Edits of more changes are not tried out beforehand.
const TRIED: usize = 2_000;

/// Which entries are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub author: Option<Author>,
    /// A part of what the entry says, whatever the case.
    pub text: String,
}

impl Filter {
    /// True when every entry passes.
    pub fn is_open(&self) -> bool {
        self.author.is_none() && self.text.trim().is_empty()
    }
}

/// What the history panel asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryAsk {
    Filter(Filter),
    /// Choose an entry, select what it touched and go there.
    Show(Seq),
    /// Take one entry back alone, however old.
    TakeBack(Seq),
    /// Show the states with their branches, or the entries one after the other.
    States(bool),
    /// Bring the project into the state that an entry made.
    GoTo(Seq),
}

/// What a person calls things.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    pub project: &'a Project,
    pub order: &'a ReadingOrder,
}

impl Names<'_> {
    /// By its place in the order of reading, as in the filmstrip.
    pub fn region(&self, id: RegionId) -> String {
        match self.order.position(id) {
            Some(place) => format!("region {}", spatial::format::count(place as u64 + 1)),
            None => "a region that is gone".to_owned(),
        }
    }

    pub fn class(&self, code: &ClassCode) -> String {
        let class = self.project.schema().and_then(|schema| schema.class(code));
        class.map_or_else(|| code.to_string(), |class| class.name.clone())
    }

    /// An entry as one line.
    pub fn sentence(&self, deed: &Deed<'_>) -> String {
        deed.sentence(|id| self.region(id), |code| self.class(code))
    }
}

/// What the answers of a search depend on beside the entries.
#[derive(Clone, Debug)]
struct Basis {
    filter: Filter,
    member: Author,
    /// Gives regions their numbers.
    order: Arc<ReadingOrder>,
    /// Says which votes are sealed.
    rule: Rule,
}

impl Basis {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.order, &other.order)
            && (&self.filter, &self.member, &self.rule) == (&other.filter, &other.member, &other.rule)
    }
}

/// What is known about the chosen entry.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    seq: Seq,
    last: Seq,
    /// Who asks.
    member: Author,
    refusal: Option<Refusal>,
}

/// The states that the project has been in, as far as somebody looks at them.
#[derive(Clone, Debug, Default)]
struct States {
    tree: Tree,
    /// The newest first.
    rows: Vec<TreeRow>,
    lanes: usize,
    /// Rows that pass the filter, where there is one, and of which search.
    passing: Vec<usize>,
    passing_of: (usize, Seq, Seq),
}

/// The history panel.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    pub filter: Filter,
    pub chosen: Option<Seq>,
    /// The states are shown, with their branches.
    pub shows_states: bool,
    states: States,
    known: Option<Known>,
    basis: Option<Basis>,
    /// Entries that pass the filter, oldest first.
    found: VecDeque<Seq>,
    /// Entries looked through: above the first, up to the second.
    looked: (Seq, Seq),
    /// Votes of open committees by case, which say more once the committee is complete.
    sealed: HashMap<RegionId, Vec<Seq>>,
}

impl Journal {
    /// How many entries are shown.
    pub fn len(&self, history: &History) -> usize {
        if self.filter.is_open() { history.last_seq() as usize } else { self.found.len() }
    }

    /// The entry in a row, the newest in row 0.
    pub fn row(&self, history: &History, row: usize) -> Option<Seq> {
        if self.filter.is_open() {
            return history.last_seq().checked_sub(row as u64).filter(|seq| *seq > 0);
        }
        self.found.len().checked_sub(row + 1).map(|at| self.found[at])
    }

    /// How many states are shown.
    pub fn state_count(&self) -> usize {
        if self.filter.is_open() { self.states.rows.len() } else { self.states.passing.len() }
    }

    /// The state in a row, the newest in row 0, with the entry that made it.
    pub fn state(&self, row: usize) -> Option<(Seq, TreeRow)> {
        let at = if self.filter.is_open() { row } else { *self.states.passing.get(row)? };
        let place = *self.states.rows.get(at)?;
        Some((self.states.tree.made_by(place.state)?, place))
    }

    /// Columns that the branches stand in.
    pub fn lanes(&self) -> usize {
        self.states.lanes
    }

    /// The states that the project has been in, up to now.
    pub fn tree(&mut self, history: &History) -> &Tree {
        self.states.tree.follow(history);
        &self.states.tree
    }

    /// True for the state that the project is in.
    pub fn is_here(&self, place: &TreeRow) -> bool {
        place.state == self.states.tree.here()
    }

    /// How many entries it takes to get to a state.
    pub fn distance(&self, place: &TreeRow) -> usize {
        self.states.tree.distance(place.state)
    }

    /// Follows the journal to the present state, while somebody looks on.
    fn look_at_states(&mut self, history: &History) {
        if !self.shows_states {
            return;
        }
        let states = &mut self.states;
        if states.tree.follow(history) || states.rows.len() + 1 != states.tree.len() {
            states.rows = states.tree.rows();
            states.lanes = states.rows.iter().map(|row| usize::from(row.lane) + 1).max().unwrap_or(1);
        }
        let of = (self.found.len(), self.looked.0, self.looked.1);
        if !self.filter.is_open() && states.passing_of != of {
            let last = states.tree.len() - 1;
            let row = |seq: &Seq| states.tree.made(*seq).map(|state| last - state);
            states.passing = self.found.iter().rev().filter_map(row).collect();
            states.passing_of = of;
        }
    }

    /// True while older entries have still to be looked through.
    pub fn is_looking(&self) -> bool {
        !self.filter.is_open() && self.looked.0 > 0
    }

    /// Why the chosen entry cannot be taken back alone, as far as it is known.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.known.as_ref()?.refusal.as_ref()
    }

    /// Looks on for a few milliseconds. True when there is more to look through.
    pub fn look(
        &mut self,
        history: &History,
        project: &Project,
        order: &Arc<ReadingOrder>,
        member: &Author,
    ) -> bool {
        self.ask_about_chosen(history, project, member);
        let more = self.search(history, project, order, member);
        self.look_at_states(history);
        more
    }

    /// True when there is more to look through.
    fn search(
        &mut self,
        history: &History,
        project: &Project,
        order: &Arc<ReadingOrder>,
        member: &Author,
    ) -> bool {
        if self.filter.is_open() {
            (self.basis, self.looked) = (None, (0, 0));
            self.states.passing_of = (0, 0, 0);
            return false;
        }
        let last = history.last_seq();
        let basis = Basis {
            filter: self.filter.clone(),
            member: member.clone(),
            order: Arc::clone(order),
            rule: project.settings().rule.clone(),
        };
        if !self.basis.as_ref().is_some_and(|known| known.is(&basis)) {
            self.basis = Some(basis);
            self.found.clear();
            self.sealed.clear();
            self.looked = (last, last);
            self.states.passing_of = (0, 0, 0);
        }
        let names = Names { project, order };
        // What never reached the disk was forgotten again.
        while self.found.back().is_some_and(|seq| *seq > last) {
            self.found.pop_back();
        }
        self.looked = (self.looked.0.min(last), self.looked.1.min(last));
        let start = Instant::now();
        let spent = |at: Seq| at.is_multiple_of(AT_ONCE) && start.elapsed() > BUDGET;
        while self.looked.1 < last {
            self.looked.1 += 1;
            let seq = self.looked.1;
            if self.passes(history, names, member, seq) {
                self.found.push_back(seq);
            }
            self.open_seals(history, names, member, seq);
            if spent(seq) {
                return true;
            }
        }
        while self.looked.0 > 0 {
            let seq = self.looked.0;
            self.looked.0 -= 1;
            if self.passes(history, names, member, seq) {
                self.found.push_front(seq);
            }
            if spent(seq) {
                return true;
            }
        }
        false
    }

    fn passes(&mut self, history: &History, names: Names<'_>, member: &Author, seq: Seq) -> bool {
        let Some(line) = history.line(seq) else { return false };
        let deed = line.deed(names.project, member);
        let Some(author) = deed.author else {
            if let What::Vote(id) = line.what
                && let Some(vote) = names.project.votes().get(&id)
            {
                self.sealed.entry(vote.case).or_default().push(seq);
            }
            return false;
        };
        if self.filter.author.as_ref().is_some_and(|wanted| wanted != author) {
            return false;
        }
        let wanted = self.filter.text.trim().to_lowercase();
        wanted.is_empty()
            || author.name().to_lowercase().contains(&wanted)
            || names.sentence(&deed).to_lowercase().contains(&wanted)
    }

    /// A new vote may complete a committee, whose votes then say what they are.
    fn open_seals(&mut self, history: &History, names: Names<'_>, member: &Author, seq: Seq) {
        let Some(What::Vote(id)) = history.line(seq).map(|line| line.what) else { return };
        let Some(case) = names.project.votes().get(&id).map(|vote| vote.case) else { return };
        for earlier in self.sealed.remove(&case).unwrap_or_default() {
            if self.passes(history, names, member, earlier)
                && let Err(at) = self.found.binary_search(&earlier)
            {
                self.found.insert(at, earlier);
            }
        }
    }

    fn ask_about_chosen(&mut self, history: &History, project: &Project, member: &Author) {
        let last = history.last_seq();
        let Some(seq) = self.chosen.filter(|seq| *seq <= last) else {
            (self.chosen, self.known) = (None, None);
            return;
        };
        let same = |known: &Known| (known.seq, known.last, &known.member) == (seq, last, member);
        if self.known.as_ref().is_some_and(same) {
            return;
        }
        // What is too large to be tried out says so when it is asked for.
        let small = history.effect(seq).is_none_or(|edit| changes(edit) <= TRIED);
        let refusal = if small { history.refusal(project, member, seq) } else { None };
        self.known = Some(Known { seq, last, member: member.clone(), refusal });
    }
}

fn changes(edit: &Edit) -> usize {
    match edit {
        Edit::Batch { edits, .. } => edits.iter().map(changes).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use project::review::{Stage, Verdict, Vote};
    use project::{Change, Entry, EntryBody, GeometrySource, IdSource, Label, Region, Schema};

    use super::*;

    struct World {
        project: Project,
        history: History,
        ids: IdSource,
        order: Arc<ReadingOrder>,
        journal: Journal,
    }

    impl World {
        /// One region that Ana has labelled: four entries, the rule's among them.
        fn new() -> (Self, RegionId) {
            let (project, history, ids) = (Project::new(), History::default(), IdSource::new(1, 1));
            let (order, journal) = (Arc::default(), Journal::default());
            let mut world = Self { project, history, ids, order, journal };
            let schema = Arc::new(Schema::joint_damage_scale());
            world.write("Ana", EntryBody::Edit(Edit::Schema(Change::create((), schema))));
            let id = world.ids.region();
            let region = Region {
                geometry: geo::Rect::new((0.0, 0.0), (9.0, 9.0)).to_polygon().into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: None,
                attributes: std::collections::BTreeMap::new(),
            };
            world.write("Ana", EntryBody::Edit(Edit::Region(Change::create(id, Arc::new(region)))));
            let label = Label {
                region: id,
                class: ClassCode::new("no damage"),
                author: Author::new("Ana"),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: None,
                replies_to: Vec::new(),
                layer: None,
                schema_version: None,
            };
            let label_id = world.ids.label();
            world.write("Ana", EntryBody::Edit(Edit::Label(Change::create(label_id, label))));
            world.order = Arc::new(ReadingOrder::new(&world.project));
            (world, id)
        }

        fn write(&mut self, author: &str, body: EntryBody) {
            let entry =
                Entry { seq: self.history.last_seq() + 1, at_ms: 0, author: Author::new(author), body };
            self.history.advance(&mut self.project, &entry).expect("sound");
        }

        fn vote(&mut self, member: &str, case: RegionId) {
            let vote = Vote {
                seal: None,
                shape: None,
                id: self.ids.vote(),
                case,
                member: Author::new(member),
                stage: Stage::Two,
                verdict: Verdict::Edit,
                class: Some(ClassCode::new("destroyed")),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: None,
            };
            self.write(member, EntryBody::Vote(vote));
        }

        fn found(&mut self, filter: Filter) -> Vec<Seq> {
            self.journal.filter = filter;
            let member = Author::new("Ana");
            while self.journal.look(&self.history, &self.project, &self.order, &member) {}
            let rows = self.journal.len(&self.history);
            (0..rows).filter_map(|row| self.journal.row(&self.history, row)).collect()
        }
    }

    fn text(text: &str) -> Filter {
        Filter { author: None, text: text.to_owned() }
    }

    #[test]
    fn entries_are_found_by_words_and_by_author_the_newest_first() {
        let (mut world, case) = World::new();
        assert_eq!(world.found(Filter::default()), [3, 2, 1]);
        assert_eq!(world.found(text("REGION 1")), [3, 2]);
        assert_eq!(world.found(text("no damage")), [3], "a class by its name");
        assert_eq!(world.found(text("unheard of")), Vec::<Seq>::new());
        world.write("Ben", EntryBody::Revert(3));
        assert_eq!(world.found(text("no damage")), [4, 3], "new entries join what was found");
        let ben = Filter { author: Some(Author::new("Ben")), text: String::new() };
        assert_eq!(world.found(ben), [4]);
        let _ = case;
    }

    #[test]
    fn a_search_learns_of_a_sealed_vote_only_when_the_committee_is_complete() {
        let (mut world, case) = World::new();
        for member in ["Ben", "Cem"] {
            world.vote(member, case);
        }
        assert_eq!(world.found(text("ben")), Vec::<Seq>::new());
        let cem = Filter { author: Some(Author::new("Cem")), text: String::new() };
        assert_eq!(world.found(cem), Vec::<Seq>::new());
        assert_eq!(world.found(text("destroyed")), Vec::<Seq>::new());
        world.vote("Dia", case);
        assert_eq!(world.found(text("destroyed")), [6, 5, 4], "found without searching anew");
    }

    #[test]
    fn what_can_be_said_about_the_chosen_entry_follows_the_journal() {
        let (mut world, _) = World::new();
        let member = Author::new("Ana");
        world.journal.chosen = Some(2);
        world.journal.look(&world.history, &world.project, &world.order, &member);
        let refusal = world.journal.refusal().map(ToString::to_string).unwrap_or_default();
        assert!(refusal.contains("entry 3 came after it"), "{refusal}");
        world.write("Ana", EntryBody::Revert(3));
        world.journal.look(&world.history, &world.project, &world.order, &member);
        assert_eq!(world.journal.refusal(), None);
        world.journal.chosen = Some(3);
        world.journal.look(&world.history, &world.project, &world.order, &member);
        assert_eq!(world.journal.refusal(), Some(&Refusal::TakenBack { by: 4 }));
    }
}
