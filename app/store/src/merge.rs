//! Joining copies of one project: what is new in them, what it comes to, and writing that beside the file and into its
//! place. The model is told in [`project::merging`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use std::sync::Arc;

use project::merging::{Conflict, Delta, Element, LeftOut, Merge, Mismatch, United};
use project::review::Stage;
use project::{Author, ConflictId, Entry, EntryBody, EntryHash, Project, Seq};
use rusqlite::{Connection, params};

use crate::aside::Sieve;
use crate::journal::Written;
use crate::signatures::{self, Contents, Found, Signed};
use crate::{OpenMode, SetAside, Signer, Store, StoreError, connect, layout};

/// What one copy brings.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct CopySummary {
    pub path: PathBuf,
    /// Entries that it has.
    pub entries: u64,
    /// Entries that none of the files before it has; that it was joined with others is none of them.
    pub new: u64,
}

/// What one member brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct MemberShare {
    pub member: String,
    pub edits: u64,
    pub votes: u64,
    pub visits: u64,
    pub other: u64,
    /// Unix milliseconds by their clock, which may be wrong.
    pub first_ms: i64,
    pub last_ms: i64,
}

/// What joining does, or did.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MergeReport {
    pub copies: Vec<CopySummary>,
    pub members: Vec<MemberShare>,
    /// What copies say against each other and the project did not have before.
    pub conflicts: Vec<(ConflictId, Arc<Conflict>)>,
    /// Conflicts that end with it.
    pub settled: usize,
    /// What is to be known before it is done: missing signatures, unknown keys, second keys of a name.
    pub doubts: Vec<String>,
    pub regions_changed: usize,
}

impl MergeReport {
    /// Entries that are taken over.
    pub fn taken(&self) -> u64 {
        self.copies.iter().map(|copy| copy.new).sum()
    }
}

/// Copies read and joined in memory; nothing is written yet.
#[derive(Debug)]
pub struct MergePlan {
    target: PathBuf,
    /// The end of the target's journal when it was read.
    head: (Seq, EntryHash),
    report: MergeReport,
    missing: Vec<Missing>,
    merge: Option<Merge>,
    after: Project,
    aside: Vec<SetAside>,
}

/// An entry that the target lacks.
#[derive(Debug)]
pub(crate) struct Missing {
    element: Element,
    written: Written,
    signed: Option<Signed>,
}

/// A file of the project, read.
pub(crate) struct Copy {
    pub(crate) path: PathBuf,
    pub(crate) project_id: String,
    pub(crate) contents: Contents,
    /// What members wrote after they were removed was refused where it comes from.
    pub(crate) vouched: bool,
}

impl MergePlan {
    /// Reads a project and copies of it and says what joining them would do. Nothing is changed.
    pub fn of(target: &Path, copies: &[PathBuf]) -> Result<Self, StoreError> {
        let (_, loaded) = Store::open(target, OpenMode::ReadOnly)?;
        let own = Copy::read(target, |_| false)?;
        let held: HashSet<EntryHash> = own.contents.found.iter().map(|one| one.element.hash).collect();
        let read = |path: &PathBuf| Copy::read(path, |hash| !held.contains(&hash));
        let others = copies.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        others.iter().try_for_each(|copy| own.check_same(copy))?;
        let united = unite(&own, &others).map_err(|mismatch| name_mismatch(&mismatch, &own, &others))?;
        Self::with(target, &loaded.project, &own, others, &held, united)
    }

    /// The same with what came from elsewhere. What is unsound of that is set aside, with what follows it; the rest is taken.
    pub(crate) fn of_one(target: &Path, other: Copy, aside: Vec<SetAside>) -> Result<Self, StoreError> {
        let (_, loaded) = Store::open(target, OpenMode::ReadOnly)?;
        let own = Copy::read(target, |_| false)?;
        let held = own.contents.found.iter().map(|one| one.element.hash).collect();
        own.check_same(&other)?;
        let mut sieve = Sieve::new(own.contents.found.iter(), other.contents.found, aside);
        loop {
            let found = std::mem::take(&mut sieve.found);
            let contents = Contents { found, ..other.contents };
            let others = vec![Copy {
                contents,
                path: other.path.clone(),
                project_id: other.project_id.clone(),
                ..other
            }];
            match unite(&own, &others) {
                Ok(united) => {
                    let plan = Self::with(target, &loaded.project, &own, others, &held, united)?;
                    return Ok(Self { aside: sieve.aside, ..plan });
                }
                Err(mismatch) => {
                    let refused = name_mismatch(&mismatch, &own, &others);
                    sieve.found = others.into_iter().flat_map(|copy| copy.contents.found).collect();
                    if !sieve.leave_out(&mismatch, &held) {
                        return Err(refused);
                    }
                }
            }
        }
    }

    fn with(
        target: &Path,
        before: &Project,
        own: &Copy,
        others: Vec<Copy>,
        held: &HashSet<EntryHash>,
        (united, after, left_out): Whole,
    ) -> Result<Self, StoreError> {
        let (mut seen, mut summaries) = (held.clone(), Vec::new());
        for copy in &others {
            let said = copy.contents.found.iter().map(|one| &one.element).filter(|one| says_something(one));
            let new = said.filter(|element| seen.insert(element.hash)).count() as u64;
            summaries.push(CopySummary { path: copy.path.clone(), entries: copy.contents.last, new });
        }
        let (missing, joined) = united.missing(|hash| held.contains(&hash));
        let missing: Vec<Element> = missing.into_iter().cloned().collect();
        let mut doubts = check_members(before, &after, &missing, &others)?;
        let new: HashSet<EntryHash> = missing.iter().map(|element| element.hash).collect();
        let left_out = left_out.into_iter().filter(|one| new.contains(&one.at));
        doubts.extend(left_out.map(|one| format!("entry {} is left out: {}", one.seq, one.what)));
        doubts.extend(decided_without_leading(&after, &missing));
        let delta = Delta::between(before, &after);
        let new = after.conflicts().iter().filter(|(id, _)| !before.conflicts().contains_key(*id));
        let report = MergeReport {
            copies: summaries,
            members: shares(&missing),
            conflicts: new.map(|(id, conflict)| (*id, Arc::clone(conflict))).collect(),
            settled: before.conflicts().keys().filter(|id| !after.conflicts().contains_key(*id)).count(),
            doubts,
            regions_changed: delta.regions().len(),
        };
        let head = own.contents.found.iter().filter(|one| one.element.seq == own.contents.last);
        let head = head.map(|one| one.element.hash).next().unwrap_or(own.contents.start);
        // Two copies that only say that they were joined say the same, and would do so to and fro for ever. What the project
        // has that was not for its author to change is mended all the same.
        let wanted = missing.iter().any(says_something) || after != *before;
        let merge = wanted.then(|| Merge { joined, delta: Arc::new(delta) });
        let missing = with_writing(missing, others);
        let head = (own.contents.last, head);
        Ok(Self { target: target.to_owned(), head, report, missing, merge, after, aside: Vec::new() })
    }

    /// What it does.
    pub fn report(&self) -> &MergeReport {
        &self.report
    }

    /// The project as it will be.
    pub fn project(&self) -> &Project {
        &self.after
    }

    /// What came from elsewhere and is not taken, and why.
    pub fn set_aside(&self) -> &[SetAside] {
        &self.aside
    }

    /// The number of the last entry of the file that it is for, what joining does, and the entries that it brings.
    pub(crate) fn into_parts(self) -> (Seq, Option<Merge>, Vec<Missing>) {
        (self.head.0, self.merge, self.missing)
    }

    /// True when the copies have nothing that the project lacks.
    pub fn is_empty(&self) -> bool {
        self.merge.is_none()
    }

    /// Does it, in the name of whoever joins: written beside the file, checked, and moved into its place. Returns what
    /// was done.
    pub fn carry_out(
        self,
        author: &Author,
        signer: Option<&Signer>,
        at_ms: i64,
    ) -> Result<MergeReport, StoreError> {
        let Some(merge) = self.merge else { return Ok(self.report) };
        let mode = OpenMode::ReadWrite { holder: author.name().to_owned() };
        let (store, loaded) = Store::open(&self.target, mode)?;
        if let Some(reason) = loaded.read_only {
            return Err(StoreError::ReadOnly(reason));
        }
        if store.head_hash() != self.head.1 {
            let (expected, found) = (0, store.last_seq());
            return Err(StoreError::Overtaken { path: self.target, expected, found });
        }
        let target = store.path().to_path_buf();
        // Everything in one file, and the lock kept.
        let hold = store.rest()?;
        let beside = connect::beside(&target, ".joining");
        let done = write_beside(&target, &beside, &self.after, |store| {
            let seq = store.last_seq() + 1;
            let entry = Entry { seq, at_ms, author: author.clone(), body: EntryBody::Merge(Arc::new(merge)) };
            store.sign_with(signer.cloned());
            store.write_joined(&entry, &self.after, |db| write_missing(db, seq, &self.missing))
        })
        .and_then(|()| std::fs::rename(&beside, &target).map_err(|e| StoreError::io("write", &target, e)));
        if done.is_err() {
            for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
                let _ = std::fs::remove_file(connect::beside(&beside, suffix));
            }
        }
        drop(hold);
        done.map(|()| self.report)
    }
}

/// All that copies have in its order, what it comes to, and what of it was not for its author to say.
type Whole = (United, Project, Vec<LeftOut>);

fn unite(own: &Copy, others: &[Copy]) -> Result<Whole, Mismatch> {
    let all = std::iter::once(own).chain(others);
    let elements = all.flat_map(|copy| copy.contents.found.iter().map(|one| one.element.clone()));
    let united = United::of(own.contents.start, own.contents.floor, elements)?;
    let (project, left_out) = united.played()?;
    Ok((united, project, left_out))
}

fn says_something(element: &Element) -> bool {
    !matches!(element.body, EntryBody::Merge(_))
}

fn write_beside(
    target: &Path,
    beside: &Path,
    after: &Project,
    write: impl FnOnce(&mut Store) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    std::fs::copy(target, beside).map_err(|e| StoreError::io("copy", target, e))?;
    let (mut store, _) = Store::open(beside, OpenMode::ReadWrite { holder: String::new() })?;
    if let Some(reason) = store.read_only() {
        return Err(StoreError::ReadOnly(reason.clone()));
    }
    write(&mut store)?;
    store.close()?;
    // What is moved into place must open and say what it should.
    let (_, written) = Store::open(beside, OpenMode::ReadOnly)?;
    if written.project != *after {
        return Err(StoreError::Unstorable("a project that its journal does not make".into()));
    }
    let file = std::fs::File::open(beside).map_err(|e| StoreError::io("read", beside, e))?;
    file.sync_all().map_err(|e| StoreError::io("write", beside, e))
}

pub(crate) fn write_missing(db: &Connection, seq: u64, missing: &[Missing]) -> rusqlite::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let mut insert = db.prepare(
        "INSERT INTO merged (seq, hash, before, number, at_ms, author, kind, body, first_change, changes, key, \
         signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for one in missing {
        let first = one.written.insert_changes(db, seq)?;
        let (kind, body, changes) = one.written.parts();
        let Element { hash, before, seq: number, at_ms, author, .. } = &one.element;
        insert.execute(params![
            seq as i64,
            hash.0,
            before.0,
            *number as i64,
            at_ms,
            author.name(),
            kind,
            body,
            first,
            changes.len() as i64,
            one.signed.map(|(key, _)| key.0),
            one.signed.map(|(_, signature)| signature)
        ])?;
    }
    Ok(())
}

impl Copy {
    fn read(path: &Path, wanted: impl Fn(EntryHash) -> bool) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::NotFound { path: path.to_path_buf() });
        }
        let db = connect::reading(path)?;
        layout::vet(&db, path)?;
        let sql = |e| StoreError::sqlite("read", path, e);
        let snapshot = db.unchecked_transaction().map_err(sql)?;
        let contents = Contents::read(&db, path, wanted)?;
        let project_id = layout::meta(&db, "project").map_err(sql)?.unwrap_or_default();
        drop(snapshot);
        Ok(Self { path: path.to_path_buf(), project_id, contents, vouched: false })
    }

    fn check_same(&self, other: &Self) -> Result<(), StoreError> {
        if self.project_id == other.project_id && self.contents.floor == other.contents.floor {
            return Ok(());
        }
        Err(unjoinable(
            &other.path,
            "it is a copy of another project".into(),
            "Copies are made by copying the project's file; import the labels of another project instead.",
        ))
    }

    fn has(&self, hash: EntryHash) -> bool {
        self.contents.found.iter().any(|one| one.element.hash == hash)
    }
}

fn unjoinable(path: &Path, why: String, hint: &'static str) -> StoreError {
    StoreError::Unjoinable { path: path.to_path_buf(), why, hint }
}

/// A mismatch with the file that it is in.
fn name_mismatch(mismatch: &Mismatch, own: &Copy, others: &[Copy]) -> StoreError {
    let (Mismatch::Orphan { at, .. }
    | Mismatch::Circle { at, .. }
    | Mismatch::BadRevert { at, .. }
    | Mismatch::Altered { at, .. }) = mismatch;
    let file = others.iter().find(|copy| copy.has(*at)).unwrap_or(own);
    unjoinable(
        &file.path,
        mismatch.to_string(),
        "Ask its member for the file as their program wrote it; nothing was changed.",
    )
}

/// Refuses what is forged or by members who were removed; what is only doubtful is told.
fn check_members(
    before: &Project,
    after: &Project,
    missing: &[Element],
    others: &[Copy],
) -> Result<Vec<String>, StoreError> {
    let mut doubts = Vec::new();
    let new: HashSet<EntryHash> = missing.iter().map(|element| element.hash).collect();
    for copy in others {
        let found = || copy.contents.found.iter().filter(|one| new.contains(&one.element.hash));
        // What came from elsewhere was looked at one by one.
        let wrong = if copy.vouched { HashSet::new() } else { signatures::broken(found()) };
        let signed =
            signatures::check(found(), copy.contents.found.iter(), copy.contents.floor, after, &wrong);
        if let Some(broken) = signed.broken.first() {
            return Err(unjoinable(
                &copy.path,
                broken.clone(),
                "Somebody altered it after it was signed; ask its member for the file as their program wrote it.",
            ));
        }
        let gone = |one: &Found| Some((one.element.seq, removed(before, one)?.clone()));
        if let Some((seq, name)) = found().find_map(gone).filter(|_| !copy.vouched) {
            return Err(unjoinable(
                &copy.path,
                format!("entry {seq} is by {name}, who was removed from the members"),
                "Bring the member back first, if their work is wanted: orthoscope member PROJECT NAME --role annotator.",
            ));
        }
        doubts.extend(signed.faults.into_iter().map(|fault| format!("{}: {fault}", copy.path.display())));
    }
    doubts.extend(second_keys(before, after));
    Ok(doubts)
}

/// Who wrote an entry, by key or by name, where they were removed from the members.
fn removed<'a>(project: &'a Project, one: &'a Found) -> Option<&'a Author> {
    let by_key = one.signed.and_then(|(key, _)| project.members().get(&key)).filter(|member| member.removed);
    let author = &one.element.author;
    by_key.map(|member| &member.name).or_else(|| Some(author).filter(|author| project.is_removed(author)))
}

/// Ties that somebody decided who leads nothing: the votes are facts and count, and a lead may want to vote anew.
fn decided_without_leading(after: &Project, missing: &[Element]) -> Vec<String> {
    let decided = |element: &Element| match &element.body {
        EntryBody::Vote(vote) if vote.stage == Stage::Lead && !after.may_manage(&vote.member) => {
            Some(format!(
                "entry {}: {} decides what the committee is divided on, and does not lead the project",
                element.seq, vote.member
            ))
        }
        _ => None,
    };
    missing.iter().filter_map(decided).collect()
}

/// Names that come with a key they did not have: another computer of theirs, or somebody else.
fn second_keys(before: &Project, after: &Project) -> Vec<String> {
    let new = after.members().values().filter(|member| !before.members().contains_key(&member.key));
    let second = new.filter(|member| before.keys_of(&member.name).next().is_some());
    second
        .map(|member| {
            let (name, key) = (&member.name, member.key.short());
            format!("{name} comes with another key, {key}: a second computer of theirs, or somebody else")
        })
        .collect()
}

fn shares(missing: &[Element]) -> Vec<MemberShare> {
    let mut shares: BTreeMap<&Author, MemberShare> = BTreeMap::new();
    for element in missing.iter().filter(|element| says_something(element)) {
        let share = shares.entry(&element.author).or_insert_with(|| MemberShare {
            member: element.author.to_string(),
            first_ms: element.at_ms,
            last_ms: element.at_ms,
            ..MemberShare::default()
        });
        match &element.body {
            EntryBody::Edit(_) | EntryBody::Revert(_) => share.edits += 1,
            EntryBody::Vote(_) | EntryBody::QuestionVote(_) => share.votes += 1,
            EntryBody::Visit(_) => share.visits += 1,
            EntryBody::Response(_)
            | EntryBody::Opening(_)
            | EntryBody::Remark(_)
            | EntryBody::Member(_)
            | EntryBody::Merge(_) => {
                share.other += 1;
            }
        }
        share.first_ms = share.first_ms.min(element.at_ms);
        share.last_ms = share.last_ms.max(element.at_ms);
    }
    shares.into_values().collect()
}

fn with_writing(missing: Vec<Element>, others: Vec<Copy>) -> Vec<Missing> {
    let mut writings: HashMap<EntryHash, (Written, Option<Signed>)> = HashMap::new();
    for one in others.into_iter().flat_map(|copy| copy.contents.found) {
        if let Some(written) = one.written {
            let held = writings.entry(one.element.hash).or_insert((written, one.signed));
            held.1 = held.1.or(one.signed);
        }
    }
    missing
        .into_iter()
        .filter_map(|element| {
            let (written, signed) = writings.remove(&element.hash)?;
            Some(Missing { element, written, signed })
        })
        .collect()
}
