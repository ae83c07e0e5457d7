//! Who signed what: every entry that a journal has, of its own and of copies that were joined, and whether the signatures
//! are what they should be.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use project::merging::Element;
use project::{Author, EntryBody, EntryHash, MemberKey, Project, Seq};
use rusqlite::Connection;

use crate::journal::{self, Doubt, Hash, Head, Parts, RawEntry, Written};
use crate::{StoreError, layout, signer};

/// A signature with the key that it claims to be by.
pub(crate) type Signed = (MemberKey, [u8; 64]);

/// An entry with who signed it, and its own writing where that was asked for.
pub(crate) struct Found {
    pub(crate) element: Element,
    pub(crate) signed: Option<Signed>,
    pub(crate) written: Option<Written>,
}

/// Everything that a file knows: its own entries and those of copies that were joined.
pub(crate) struct Contents {
    pub(crate) found: Vec<Found>,
    pub(crate) start: EntryHash,
    /// Entries up to this number came from a copy that was saved from memory: without signatures, and without the
    /// entries that were joined before.
    pub(crate) floor: Seq,
    /// Of its own entries.
    pub(crate) last: Seq,
}

/// The key of the floor in the file.
pub(crate) const FLOOR: &str = "saved_from_memory";

impl Contents {
    /// Reads everything, each entry checked against its hash. The writing is kept of what `wanted` says.
    pub(crate) fn read(
        db: &Connection,
        path: &Path,
        wanted: impl Fn(EntryHash) -> bool,
    ) -> Result<Self, StoreError> {
        let sql = |e| StoreError::sqlite("read", path, e);
        let start = journal::start(db).map_err(sql)?;
        let floor = layout::meta(db, FLOOR).map_err(sql)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut found = Vec::new();
        let signatures = own_signatures(db).map_err(sql)?;
        let head = own(db, start, |element, written| {
            let signed = signatures.get(&element.seq).copied();
            let written = wanted(element.hash).then_some(written);
            found.push(Found { element, signed, written });
        })
        .map_err(|doubt| doubt.into_error(path))?;
        if layout::meta(db, "head").map_err(sql)?.is_none_or(|noted| noted != head.to_text()) {
            let what = format!("its journal stops at entry {}, before its end", head.seq);
            return Err(StoreError::Damaged { path: path.to_path_buf(), what });
        }
        joined(db, |one| {
            let written = one.written.filter(|_| wanted(one.element.hash));
            found.push(Found { written, ..one });
        })
        .map_err(|doubt| doubt.into_error(path))?;
        Ok(Self { found, start: EntryHash(start.hash), floor, last: head.seq })
    }
}

/// The file's own entries.
fn own(db: &Connection, start: Head, mut take: impl FnMut(Element, Written)) -> Result<Head, Doubt> {
    let mut statement = db.prepare(&format!("{} ORDER BY seq", journal::ENTRY_COLUMNS))?;
    let mut rows = statement.query([])?;
    let mut head = start;
    while let Some(row) = rows.next()? {
        let raw = RawEntry::from_row(row)?;
        if raw.seq != head.seq as i64 + 1 {
            return Err(Doubt::Damage(format!("entry {} of its journal is missing", head.seq + 1)));
        }
        let before = head.hash;
        let (entry, hash, changes) = raw.read(db, &before, raw.seq, Parts::Kept)?;
        head = Head { seq: entry.seq, hash };
        let (before, hash) = (EntryHash(before), EntryHash(hash));
        let element = Element {
            hash,
            before,
            seq: entry.seq,
            at_ms: entry.at_ms,
            author: entry.author,
            body: entry.body,
        };
        // What a merge changed stays in the file that it was made in.
        let changes = if matches!(element.body, EntryBody::Merge(_)) { Vec::new() } else { changes };
        take(element, Written::as_it_was(raw, changes));
    }
    Ok(head)
}

/// The entries of copies that were joined.
fn joined(db: &Connection, mut take: impl FnMut(Found)) -> Result<(), Doubt> {
    if layout::kind_of(db, "merged")?.is_none() {
        return Ok(());
    }
    let mut statement = db.prepare(
        "SELECT number, NULL, at_ms, author, kind, body, first_change, changes, hash, seq, before, key, \
         signature FROM merged ORDER BY fid",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let raw = RawEntry::from_row(row)?;
        let (kept_under, before): (i64, Hash) = (row.get(9)?, row.get(10)?);
        let key: Option<[u8; 32]> = row.get(11)?;
        let signature: Option<[u8; 64]> = row.get(12)?;
        let (entry, hash, changes) = raw.read(db, &before, kept_under, Parts::None)?;
        let element = Element {
            hash: EntryHash(hash),
            before: EntryHash(before),
            seq: entry.seq,
            at_ms: entry.at_ms,
            author: entry.author,
            body: entry.body,
        };
        let signed = key.map(MemberKey).zip(signature);
        take(Found { element, signed, written: Some(Written::as_it_was(raw, changes)) });
    }
    Ok(())
}

fn own_signatures(db: &Connection) -> rusqlite::Result<HashMap<Seq, Signed>> {
    if layout::kind_of(db, "signature")?.is_none() {
        return Ok(HashMap::new());
    }
    let mut statement = db.prepare("SELECT seq, key, signature FROM signature")?;
    let rows = statement.query_map([], |row| {
        let key: [u8; 32] = row.get(1)?;
        Ok((row.get::<_, i64>(0)? as Seq, (MemberKey(key), row.get::<_, [u8; 64]>(2)?)))
    })?;
    rows.collect()
}

/// How the entries of a file are signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Signatures {
    /// By the key of whoever wrote them.
    pub good: u64,
    /// By the key of a member, in another's name: whose key, in whose name, how many.
    pub for_others: Vec<(Author, Author, u64)>,
    /// From before their author had a key, or from a copy that was saved from memory.
    pub old: u64,
    /// Signatures that are missing, broken, or by a key that no member has; one sentence each.
    pub faults: Vec<String>,
    /// Those of the faults that prove that something was altered.
    #[serde(skip)]
    pub(crate) broken: Vec<String>,
}

/// How many faults of one kind and author are named one by one.
const NAMED: usize = 3;

/// Checks every signature; `members`: the project that all entries come to.
///
/// `keys`: where members may have been introduced; `wrong`: the places of those whose signature does not [fit](broken).
pub(crate) fn check<'a>(
    found: impl Iterator<Item = &'a Found>,
    keys: impl Iterator<Item = &'a Found>,
    floor: Seq,
    members: &Project,
    wrong: &HashSet<usize>,
) -> Signatures {
    let mut report = Signatures::default();
    let keyed = first_keys(keys);
    let mut others: BTreeMap<(&Author, &Author), u64> = BTreeMap::new();
    let mut faults: BTreeMap<(String, &Author), Vec<Seq>> = BTreeMap::new();
    for (place, one) in found.enumerate() {
        let Element { seq, author, .. } = &one.element;
        match &one.signed {
            Some(_) if wrong.contains(&place) => {
                faults.entry(("a signature that does not fit".into(), author)).or_default().push(*seq);
            }
            Some((key, _)) => match members.members().get(key) {
                Some(member) if member.name == *author => report.good += 1,
                Some(member) => *others.entry((&member.name, author)).or_default() += 1,
                None => {
                    let what = format!("a signature by the key {}, which no member has", key.short());
                    faults.entry((what, author)).or_default().push(*seq);
                }
            },
            None if *seq <= floor || keyed.get(author).is_none_or(|first| seq < first) => report.old += 1,
            None => faults.entry(("no signature".into(), author)).or_default().push(*seq),
        }
    }
    report.for_others = others.into_iter().map(|((key, name), n)| (key.clone(), name.clone(), n)).collect();
    for ((what, author), seqs) in faults {
        let named: Vec<String> = seqs.iter().take(NAMED).map(ToString::to_string).collect();
        let more = seqs.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let entries = if seqs.len() == 1 { "entry" } else { "entries" };
        let sentence = format!("{entries} {}{more} by {author}: {what}", named.join(", "));
        if what.contains("does not fit") {
            report.broken.push(sentence.clone());
        }
        report.faults.push(sentence);
    }
    report
}

/// The number, in the journal that it was written to, from which on an author has a key.
fn first_keys<'a>(found: impl Iterator<Item = &'a Found>) -> HashMap<&'a Author, Seq> {
    let mut first: HashMap<&Author, Seq> = HashMap::new();
    for one in found {
        if let EntryBody::Member(member) = &one.element.body {
            let known = first.entry(&member.name).or_insert(one.element.seq);
            *known = (*known).min(one.element.seq);
        }
    }
    first
}

/// The places of the entries whose signature does not fit, found on all cores.
pub(crate) fn broken<'a>(found: impl Iterator<Item = &'a Found>) -> HashSet<usize> {
    let signed: Vec<(usize, EntryHash, Signed)> =
        found.enumerate().filter_map(|(place, one)| Some((place, one.element.hash, one.signed?))).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = signed.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = signed
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let bad = part.iter().filter(|(_, hash, (key, s))| !signer::is_by(key, &hash.0, s));
                    bad.map(|(place, ..)| *place).collect::<Vec<_>>()
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    })
}
