//! A project being worked on: every edit is applied in memory and appended to the file.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use project::question::QuestionVote;
use project::remark::Remark;
use project::review::Vote;
use project::screening::Visit;
use project::{
    Author, Edit, EditError, Entry, EntryBody, History, IdSource, Member, Project, Response, ResponseId, Seq,
    Touched,
};

use crate::packed::WORTH;
use crate::{
    Commit, Identity, Loaded, OpenMode, ReadOnlyReason, SessionWriter, Signer, Store, StoreError,
    Verification, commit, connect, verify_file,
};

/// A project in memory and its file, kept in step. Commands write at once; the window hands its edits to a
/// writer thread ([`Session::in_background`]); all else is the same.
///
/// ```
/// use project::{Author, Change, Edit, Settings};
/// use store::{Identity, Session};
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("town.gpkg");
/// let mut session = Session::create(&path, &Identity::new("example", 0), "Ada")?;
/// let before = session.project().settings().clone();
/// let after = Settings { name: "Town".into(), ..before.clone() };
/// session.edit(&Author::new("Ada"), 0, Edit::Settings(Change::replace((), before, after)))?;
/// session.undo(&Author::new("Ada"), 1)?;
/// assert_eq!(session.project().settings().name, "");
/// session.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    pub(crate) project: Project,
    pub(crate) history: History,
    pub(crate) ids: IdSource,
    pub(crate) sink: Sink,
    draft: Option<String>,
    read_only: Option<ReadOnlyReason>,
    path: std::path::PathBuf,
    pub(crate) project_id: String,
    /// Whose key signs, under which name.
    pub(crate) signer: Option<(Signer, Author)>,
    hits: HashMap<ResponseId, u64>,
}

#[derive(Debug)]
pub(crate) enum Sink {
    Direct(Box<Store>),
    Background(SessionWriter),
}

/// How long closing waits for the disk before it says that something was not saved.
const PATIENCE: Duration = Duration::from_mins(1);

impl Session {
    /// Makes a new, empty project. `holder` is the member's name, shown to whoever opens it meanwhile.
    pub fn create(path: &Path, identity: &Identity, holder: &str) -> Result<Self, StoreError> {
        let store = Store::create(path, identity, holder)?;
        let loaded =
            Loaded { project: Project::new(), history: History::default(), read_only: None, draft: None };
        Ok(Self::new(store, loaded))
    }

    /// Opens a project; where it cannot be edited, for reading: see [`Session::read_only`].
    pub fn open(path: &Path, mode: OpenMode) -> Result<Self, StoreError> {
        let (store, loaded) = Store::open(path, mode)?;
        Ok(Self::new(store, loaded))
    }

    fn new(store: Store, loaded: Loaded) -> Self {
        let Loaded { project, history, read_only, draft } = loaded;
        let path = store.path().to_path_buf();
        let hits = store.hits();
        let project_id = store.project_id().unwrap_or_default();
        let seed = RandomState::new().build_hasher().finish();
        let (ids, sink, signer) = (IdSource::new(0, seed), Sink::Direct(Box::new(store)), None);
        Self { project, history, ids, sink, draft, read_only, path, project_id, signer, hits }
    }

    /// Signs every entry from now on with a key, and introduces it to the project under a name where the project does not
    /// know it. To be asked for before [`Session::in_background`].
    #[must_use]
    pub fn signed_by(mut self, signer: Signer, name: Author) -> Self {
        if let Sink::Direct(store) = &mut self.sink {
            store.sign_with(Some(signer.clone()));
            self.signer = Some((signer, name));
        }
        self
    }

    /// Takes identities from another source: tests and demos that must come out the same every time.
    #[must_use]
    pub fn with_ids(mut self, ids: IdSource) -> Self {
        self.ids = ids;
        self
    }

    /// Moves the writing to a thread of its own, so that no edit waits for the disk.
    pub fn in_background(self) -> Result<Self, StoreError> {
        let sink = match self.sink {
            Sink::Direct(store) => Sink::Background(SessionWriter::start(*store)?),
            background @ Sink::Background(_) => background,
        };
        Ok(Self { sink, ..self })
    }

    pub fn project(&self) -> &Project {
        &self.project
    }

    pub fn history(&self) -> &History {
        &self.history
    }

    /// Where the file is, with links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why nothing can be changed, where that is so.
    pub fn read_only(&self) -> Option<&ReadOnlyReason> {
        self.read_only.as_ref()
    }

    /// The shape that was being drawn when the project was last open, or the latest kept since.
    pub fn draft(&self) -> Option<&str> {
        self.draft.as_deref()
    }

    /// Hands out identities that carry the time `now_ms`.
    pub fn ids(&mut self, now_ms: i64) -> &mut IdSource {
        self.ids.set_time(now_ms.max(0) as u64);
        &mut self.ids
    }

    /// Applies an edit and appends it to the journal; refused or failed, everything is as before.
    pub fn edit(&mut self, author: &Author, at_ms: i64, edit: Edit) -> Result<Touched, StoreError> {
        self.project.may_edit(author, &edit)?;
        self.append(author, at_ms, EntryBody::Edit(edit))
    }

    /// Takes back the newest thing that can be; `None` when there is nothing.
    pub fn undo(&mut self, author: &Author, at_ms: i64) -> Result<Option<Touched>, StoreError> {
        let Some((seq, _)) = self.history.undo_target() else { return Ok(None) };
        let done = self.revert(author, at_ms, seq);
        self.pass_over_refused(&done, false);
        done.map(Some)
    }

    /// Brings back the newest thing taken back; `None` when there is nothing.
    pub fn redo(&mut self, author: &Author, at_ms: i64) -> Result<Option<Touched>, StoreError> {
        let Some((seq, _)) = self.history.redo_target() else { return Ok(None) };
        let done = self.revert(author, at_ms, seq);
        self.pass_over_refused(&done, true);
        done.map(Some)
    }

    /// What others went on from cannot be taken back: the next time, what was done before it is.
    fn pass_over_refused(&mut self, done: &Result<Touched, StoreError>, redo: bool) {
        if matches!(done, Err(StoreError::Refused(_))) {
            self.history.pass_over(redo);
        }
    }

    /// Takes back one entry alone, however old; refused where something touched it since, and where it is not the author's
    /// to change.
    pub fn revert(&mut self, author: &Author, at_ms: i64, seq: Seq) -> Result<Touched, StoreError> {
        if let Some(effect) = self.history.effect(seq) {
            self.project.may_edit(author, &effect.clone().inverse())?;
        }
        self.append(author, at_ms, EntryBody::Revert(seq))
    }

    /// Casts a vote in its member's name.
    pub fn vote(&mut self, at_ms: i64, vote: Vote) -> Result<Touched, StoreError> {
        self.votes(at_ms, [vote])
    }

    /// Casts votes, all or none of them, in one transaction.
    pub fn votes(
        &mut self,
        at_ms: i64,
        votes: impl IntoIterator<Item = Vote>,
    ) -> Result<Touched, StoreError> {
        let votes: Vec<Vote> = votes.into_iter().collect();
        votes.iter().try_for_each(|vote| self.project.may_cast(vote))?;
        let votes = self.sealed_where_due(votes)?;
        let entries = votes.into_iter().map(|vote| (vote.member.clone(), EntryBody::Vote(vote)));
        let mut touched = self.append_all(at_ms, entries)?;
        if self.project.settings().rule.sealed {
            touched.regions.extend(self.open_due(at_ms)?.regions);
        }
        Ok(touched)
    }

    /// Says who somebody is from now on: their part, their colour, or that they are removed.
    /// Refused where that is not the author's to say.
    pub fn member(&mut self, author: &Author, at_ms: i64, member: Member) -> Result<Touched, StoreError> {
        self.project.may_say_of(author, &member)?;
        self.append(author, at_ms, EntryBody::Member(Arc::new(member)))
    }

    /// Keeps what a member says to others, or that they have read it, in that member's name.
    pub fn remark(&mut self, at_ms: i64, remark: Remark) -> Result<Touched, StoreError> {
        if self.project.is_removed(&remark.member) {
            let why = format!("{} was removed from the members", remark.member);
            return Err(EditError::Invalid(why).into());
        }
        let member = remark.member.clone();
        self.append(&member, at_ms, EntryBody::Remark(Arc::new(remark)))
    }

    /// The member whose key signs, where the project does not know it yet.
    pub(crate) fn introduction(&self) -> Option<(Author, EntryBody)> {
        let (signer, name) = self.signer.as_ref()?;
        let key = signer.public();
        if self.project.members().contains_key(&key) {
            return None;
        }
        let member = Member::joining(&self.project, key, name.clone());
        Some((name.clone(), EntryBody::Member(Arc::new(member))))
    }

    /// Keeps what a member saw and says of cells, in that member's name.
    pub fn visit(&mut self, at_ms: i64, visit: Visit) -> Result<Touched, StoreError> {
        let member = visit.member.clone();
        self.append(&member, at_ms, EntryBody::Visit(visit))
    }

    /// Keeps what a service answered; `author` is who asked.
    pub fn respond(
        &mut self,
        author: &Author,
        at_ms: i64,
        response: Response,
    ) -> Result<Touched, StoreError> {
        self.append(author, at_ms, EntryBody::Response(Arc::new(response)))
    }

    /// The same for many, all or none of them, in one transaction.
    pub fn respond_all(
        &mut self,
        author: &Author,
        at_ms: i64,
        responses: impl IntoIterator<Item = Response>,
    ) -> Result<Touched, StoreError> {
        let bodies = responses.into_iter().map(|response| EntryBody::Response(Arc::new(response)));
        self.append_all(at_ms, bodies.map(|body| (author.clone(), body)))
    }

    /// Casts votes on questions in their members' names, all or none of them, in one transaction.
    pub fn question_votes(
        &mut self,
        at_ms: i64,
        votes: impl IntoIterator<Item = QuestionVote>,
    ) -> Result<Touched, StoreError> {
        let entries = votes.into_iter().map(|vote| (vote.member.clone(), EntryBody::QuestionVote(vote)));
        self.append_all(at_ms, entries)
    }

    /// Counts that a kept answer was used instead of asking again. That is no part of the project: it is written
    /// beside the journal as soon as the disk has time, and a counter that is lost is no loss.
    pub fn note_hit(&mut self, at_ms: i64, response: ResponseId) {
        *self.hits.entry(response).or_default() += 1;
        if self.read_only.is_some() {
            return;
        }
        match &mut self.sink {
            Sink::Direct(store) => drop(store.count_hits(&[(response, at_ms)])),
            Sink::Background(writer) => writer.count_hit(response, at_ms),
        }
    }

    /// How often a kept answer was used instead of asking again.
    pub fn hits(&self, response: ResponseId) -> u64 {
        self.hits.get(&response).copied().unwrap_or(0)
    }

    fn append(&mut self, author: &Author, at_ms: i64, body: EntryBody) -> Result<Touched, StoreError> {
        self.append_all(at_ms, [(author.clone(), body)])
    }

    /// Memory first, then the file; what the file does not take is taken back from memory.
    pub(crate) fn append_all(
        &mut self,
        at_ms: i64,
        bodies: impl IntoIterator<Item = (Author, EntryBody)>,
    ) -> Result<Touched, StoreError> {
        if let Some(reason) = &self.read_only {
            return Err(StoreError::ReadOnly(reason.clone()));
        }
        let start = self.history.last_seq();
        let mut touched = Touched::default();
        let mut commits = Vec::new();
        let mut applied = Ok(());
        for (author, body) in self.introduction().into_iter().chain(bodies) {
            let entry = Entry { seq: self.history.last_seq() + 1, at_ms, author, body };
            match self.advance(entry, &mut touched) {
                Ok(commit) => commits.push(commit),
                Err(e) => {
                    applied = Err(e);
                    break;
                }
            }
        }
        let done = applied.and_then(|()| self.sink.write(commits));
        if let Err(e) = done {
            while self.history.last_seq() > start {
                self.history.retract(&mut self.project)?;
            }
            return Err(e);
        }
        Ok(touched)
    }

    fn advance(&mut self, entry: Entry, all: &mut Touched) -> Result<Commit, StoreError> {
        commit::check(&entry)?;
        let touched = self.history.advance(&mut self.project, &entry)?;
        let commit = Commit::of_checked(entry, &self.project, &touched);
        all.regions.extend(touched.regions);
        all.layers.extend(touched.layers);
        all.adjustments.extend(touched.adjustments);
        all.relations.extend(touched.relations);
        all.screenings.extend(touched.screenings);
        all.cells.extend(touched.cells);
        all.responses.extend(touched.responses);
        all.questions.extend(touched.questions);
        all.runs.extend(touched.runs);
        all.conflicts.extend(touched.conflicts);
        all.assignments.extend(touched.assignments);
        all.remarks.extend(touched.remarks);
        all.members.extend(touched.members);
        all.everything |= touched.everything;
        Ok(commit)
    }

    /// Keeps the shape that is being drawn, so that a crash does not lose it; `None` when it is done.
    pub fn save_draft(&mut self, draft: Option<&str>) -> Result<(), StoreError> {
        if let Some(reason) = &self.read_only {
            return Err(StoreError::ReadOnly(reason.clone()));
        }
        match &mut self.sink {
            Sink::Direct(store) => store.save_draft(draft)?,
            Sink::Background(writer) => writer.save_draft(draft),
        }
        self.draft = draft.map(str::to_owned);
        Ok(())
    }

    /// The number of the newest entry that would survive a power cut.
    pub fn acked(&self) -> Seq {
        match &self.sink {
            Sink::Direct(store) => store.last_seq(),
            Sink::Background(writer) => writer.acked(),
        }
    }

    /// True when everything on screen is on disk.
    pub fn is_saved(&self) -> bool {
        self.acked() == self.history.last_seq()
    }

    /// What keeps the writer thread from saving; edits are refused until [`Session::retry`] succeeds.
    pub fn failure(&self) -> Option<Arc<StoreError>> {
        match &self.sink {
            Sink::Direct(_) => None,
            Sink::Background(writer) => writer.failure(),
        }
    }

    /// Tries again to write what waits.
    pub fn retry(&self) {
        if let Sink::Background(writer) = &self.sink {
            writer.retry();
        }
    }

    /// Waits until everything is on disk; false when that failed or took too long.
    pub fn wait_saved(&self, at_most: Duration) -> bool {
        match &self.sink {
            Sink::Direct(_) => true,
            Sink::Background(writer) => writer.wait_for(self.history.last_seq(), at_most),
        }
    }

    /// The store itself, to read whole entries; `None` while a writer thread has it: open the file a second
    /// time for reading then.
    pub fn store(&self) -> Option<&Store> {
        match &self.sink {
            Sink::Direct(store) => Some(store),
            Sink::Background(_) => None,
        }
    }

    /// Checks the file as it is on disk, after everything that waits was written.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        match &self.sink {
            Sink::Direct(store) => store.verify(),
            Sink::Background(_) => {
                self.wait_saved(PATIENCE);
                verify_file(&self.path)
            }
        }
    }

    /// Writes everything that is on screen to a new file, from memory alone: for a project whose own file cannot
    /// be written any more. See [`rescue`].
    pub fn rescue(&self, to: &Path, identity: &Identity) -> Result<(), StoreError> {
        rescue(&self.project, &self.history, self.draft.as_deref(), to, identity)
    }

    /// Writes what waits and closes the file: everything in one file, nothing beside it.
    pub fn close(self) -> Result<(), StoreError> {
        if self.is_saved() {
            // Kept too long does no harm.
            let _ = self.forget_opened();
        }
        let (mut store, failure) = match self.sink {
            Sink::Direct(store) => (*store, None),
            Sink::Background(writer) => writer.finish()?,
        };
        if failure.is_none() {
            // A copy for speed: where it cannot be written, nothing is lost.
            let _ = store.pack(&self.project, &self.history, WORTH);
        }
        let closed = store.close();
        failure.map_or(closed, |failure| Err(StoreError::Stopped(failure.to_string())))
    }
}

impl Sink {
    /// All or none. Directly: on disk when this returns; in the background: taken over.
    pub(crate) fn write(&mut self, commits: Vec<Commit>) -> Result<(), StoreError> {
        match self {
            _ if commits.is_empty() => Ok(()),
            Self::Direct(store) => store.write(&commits).map(|_| ()),
            Self::Background(writer) => writer.submit(commits).map(|_| ()),
        }
    }
}

/// Entries that a rescue writes in one transaction.
const RESCUED_AT_ONCE: u64 = 1_000;

/// Writes a project and its whole history to a new file, from memory alone. What is written is replayed on the
/// way and must come out the same; nothing half-written bears the name.
pub fn rescue(
    project: &Project,
    history: &History,
    draft: Option<&str>,
    to: &Path,
    identity: &Identity,
) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Exists { path: to.to_path_buf() });
    }
    let beside = connect::beside(to, ".part");
    let written = write_all(project, history, draft, &beside, identity);
    let named = written.and_then(|()| {
        let named = std::fs::rename(&beside, to).and_then(|()| connect::flush_folder(to));
        named.map_err(|e| StoreError::io("create", to, e))
    });
    if named.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    named
}

fn write_all(
    project: &Project,
    history: &History,
    draft: Option<&str>,
    to: &Path,
    identity: &Identity,
) -> Result<(), StoreError> {
    let (mut store, mut copy, mut lines) =
        (Store::create(to, identity, "")?, Project::new(), History::default());
    let mut next = 1;
    while next <= history.last_seq() {
        let mut commits = Vec::new();
        while next <= history.last_seq() && (commits.len() as u64) < RESCUED_AT_ONCE {
            let missing = || StoreError::Unstorable(format!("entry {next}, which is not in memory"));
            let entry = history.entry(project, next).ok_or_else(missing)?;
            let touched = lines.advance(&mut copy, &entry)?;
            commits.push(Commit::new(entry, &copy, &touched)?);
            next += 1;
        }
        store.write(&commits)?;
    }
    if copy != *project {
        return Err(StoreError::Unstorable("a project that its history does not make".into()));
    }
    if draft.is_some() {
        store.save_draft(draft)?;
    }
    store.note_saved_from_memory()?;
    store.close()
}
