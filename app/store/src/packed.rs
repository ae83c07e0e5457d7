//! The journal once more, in few bytes that are read fast: what opening a large project reads instead of the
//! rows of `entry` and `change`.
//!
//! A segment holds consecutive entries, each state of a region or label written once. It names the hash that
//! the chain has after its last entry, and carries a SHA-256 over that and its own bytes; one that does not
//! match its journal or itself is not used, and the journal is read instead. `verify` compares the two entry
//! by entry.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use project::{
    Author, Body, Change, ClassCode, Edit, Entry, EntryBody, GeometrySource, History, Label, LabelId,
    LayerId, Project, Region, RegionId, Response, ResponseId, Seq, VoteId,
};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::gpkg::wkb;
use crate::journal::{Hash, Head};
use crate::layout;

/// Changes not yet in a segment from which closing the project writes one.
pub(crate) const WORTH: usize = 5_000;
/// Bytes of a segment in one row.
const ROW: usize = 16 << 20;
/// How deep batches may be nested; what is written has fewer.
const DEEPEST: u32 = 16;

/// Bytes that a change of a region or label takes at the least.
const LEAST_CHANGE: usize = 18;

/// Why a segment is not used: half a sentence.
type Fault = String;

/// Consecutive entries as the file has them.
struct Segment {
    first: Seq,
    end: Head,
    body: Vec<u8>,
}

/// How many changes an entry makes.
pub(crate) fn changes(body: &EntryBody) -> usize {
    fn of(edit: &Edit) -> usize {
        if let Edit::Batch { edits, .. } = edit { edits.iter().map(of).sum() } else { 1 }
    }
    if let EntryBody::Edit(edit) = body { of(edit) } else { 1 }
}

/// Writes the entries after `packed` up to the end of the journal as a segment; part of the caller's transaction.
pub(crate) fn write(
    db: &Connection,
    project: &Project,
    history: &History,
    packed: Seq,
    end: Head,
) -> rusqlite::Result<()> {
    let mut out = Writer::default();
    for seq in packed + 1..=end.seq {
        let Some(entry) = history.entry(project, seq) else { return Ok(()) };
        // What has no text form is in no journal either.
        if out.entry(&entry).is_err() {
            return Ok(());
        }
    }
    let sum = sum(&end.hash, &out.bytes);
    let mut row = db.prepare("INSERT INTO packed (first, last, hash, sum, body) VALUES (?, ?, ?, ?, ?)")?;
    for part in out.bytes.chunks(ROW) {
        row.execute(params![(packed + 1) as i64, end.seq as i64, end.hash, sum, part])?;
    }
    Ok(())
}

/// Drops every segment.
pub(crate) fn clear(db: &Connection) -> rusqlite::Result<()> {
    db.execute("DELETE FROM packed", []).map(drop)
}

/// Plays what the segments hold. `None` when there are none; an error when they cannot be believed.
pub(crate) fn replay(db: &Connection) -> Result<Option<(Project, History, Head)>, Fault> {
    let sql = |e: rusqlite::Error| e.to_string();
    if layout::kind_of(db, "packed").map_err(sql)?.is_none() {
        return Ok(None);
    }
    let (mut project, mut history) = (Project::new(), History::default());
    let mut head = None;
    while let Some(segment) = segment_after(db, history.last_seq())? {
        let known: Option<Hash> = db
            .prepare_cached("SELECT hash FROM entry WHERE seq = ?")
            .and_then(|mut s| s.query_row([segment.end.seq as i64], |row| row.get(0)).optional())
            .map_err(sql)?;
        if known != Some(segment.end.hash) {
            return Err(format!("it ends with an entry {} that is not the journal's", segment.end.seq));
        }
        let mut reader = Reader { rest: &segment.body, regions: Vec::new(), labels: Vec::new() };
        for seq in segment.first..=segment.end.seq {
            let entry = reader.entry(seq)?;
            history
                .take(&mut project, entry)
                .map_err(|e| format!("its entry {seq} cannot be applied: {e}"))?;
        }
        if !reader.rest.is_empty() {
            return Err("it goes on behind its end".into());
        }
        head = Some(segment.end);
    }
    Ok(head.map(|head| (project, history, head)))
}

/// The segment that begins after an entry, checked against its sum.
fn segment_after(db: &Connection, seq: Seq) -> Result<Option<Segment>, Fault> {
    let sql = |e: rusqlite::Error| e.to_string();
    let mut statement = db
        .prepare_cached("SELECT last, hash, sum, body FROM packed WHERE first = ? ORDER BY fid")
        .map_err(sql)?;
    let mut rows = statement.query([(seq + 1) as i64]).map_err(sql)?;
    let mut found: Option<(Segment, Hash)> = None;
    while let Some(row) = rows.next().map_err(sql)? {
        let (last, hash, sum): (i64, Hash, Hash) =
            (row.get(0).map_err(sql)?, row.get(1).map_err(sql)?, row.get(2).map_err(sql)?);
        let part = row.get_ref(3).map_err(sql)?.as_blob().map_err(|e| e.to_string())?;
        let end = Head { seq: last as Seq, hash };
        let new = || (Segment { first: seq + 1, end, body: Vec::new() }, sum);
        let (segment, known) = found.get_or_insert_with(new);
        if segment.end != end || *known != sum || last <= seq as i64 {
            return Err("its parts do not belong together".into());
        }
        segment.body.extend_from_slice(part);
    }
    match found {
        Some((segment, sum)) if self::sum(&segment.end.hash, &segment.body) != sum => {
            Err("it does not match its checksum".into())
        }
        found => Ok(found.map(|(segment, _)| segment)),
    }
}

fn sum(end: &Hash, body: &[u8]) -> Hash {
    Sha256::new().chain_update(end).chain_update(body).finalize().into()
}

const JSON: u8 = 0;
const REGION: u8 = 1;
const LABEL: u8 = 2;
const BATCH: u8 = 3;
const EDIT: u8 = 0;
const REVERT: u8 = 1;
const VOTE: u8 = 2;
const VISIT: u8 = 3;
const RESPONSE: u8 = 4;
const QUESTION_VOTE: u8 = 5;
const OTHER: u8 = 6;
/// A response whose body is bytes as they are; programs from before read the journal instead.
const PLAIN_RESPONSE: u8 = 7;

/// Makes the bytes of a segment.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    /// By the place in memory of what is shared, which the history keeps there meanwhile: its number among what
    /// was written.
    regions: HashMap<usize, u64>,
    labels: HashMap<usize, u64>,
}

impl Writer {
    fn entry(&mut self, entry: &Entry) -> serde_json::Result<()> {
        self.bytes.extend_from_slice(&entry.at_ms.to_le_bytes());
        self.text(entry.author.name());
        match &entry.body {
            EntryBody::Edit(edit) => {
                self.bytes.push(EDIT);
                self.edit(edit)
            }
            EntryBody::Revert(seq) => {
                self.bytes.push(REVERT);
                self.number(*seq);
                Ok(())
            }
            EntryBody::Vote(vote) => {
                self.bytes.push(VOTE);
                self.blob(&serde_json::to_vec(vote)?);
                Ok(())
            }
            EntryBody::Visit(visit) => {
                self.bytes.push(VISIT);
                self.blob(&serde_json::to_vec(visit)?);
                Ok(())
            }
            EntryBody::Response(response) => {
                self.bytes.push(PLAIN_RESPONSE);
                self.response(response);
                Ok(())
            }
            EntryBody::QuestionVote(vote) => {
                self.bytes.push(QUESTION_VOTE);
                self.blob(&serde_json::to_vec(vote)?);
                Ok(())
            }
            other @ (EntryBody::Opening(_)
            | EntryBody::Remark(_)
            | EntryBody::Member(_)
            | EntryBody::Merge(_)) => {
                self.bytes.push(OTHER);
                self.blob(&serde_json::to_vec(other)?);
                Ok(())
            }
        }
    }

    fn edit(&mut self, edit: &Edit) -> serde_json::Result<()> {
        match edit {
            Edit::Region(change) => {
                self.bytes.push(REGION);
                self.sides(change.id.uuid(), change);
                change.before.iter().chain(&change.after).try_for_each(|region| self.region(region))
            }
            Edit::Label(change) => {
                self.bytes.push(LABEL);
                self.sides(change.id.uuid(), change);
                change.before.iter().chain(&change.after).for_each(|label| self.label(label));
                Ok(())
            }
            Edit::Batch { title, edits } => {
                self.bytes.push(BATCH);
                self.text(title);
                self.number(edits.len() as u64);
                edits.iter().try_for_each(|edit| self.edit(edit))
            }
            other => {
                self.bytes.push(JSON);
                self.blob(&serde_json::to_vec(other)?);
                Ok(())
            }
        }
    }

    fn sides<K, V>(&mut self, id: Uuid, change: &Change<K, V>) {
        self.id(id);
        self.bytes.push(u8::from(change.before.is_some()) | u8::from(change.after.is_some()) << 1);
    }

    fn region(&mut self, region: &Arc<Region>) -> serde_json::Result<()> {
        let next = self.regions.len() as u64;
        let number = *self.regions.entry(Arc::as_ptr(region) as usize).or_insert(next);
        self.number(number);
        if number < next {
            return Ok(());
        }
        let Region { geometry, layer, source, source_id, attributes } = &**region;
        self.bytes.push(u8::from(layer.is_some()) | u8::from(source_id.is_some()) << 1);
        if let Some(layer) = layer {
            self.id(layer.uuid());
        }
        self.text(&source.0);
        if let Some(id) = source_id {
            self.text(id);
        }
        let attributes = if attributes.is_empty() { Vec::new() } else { serde_json::to_vec(attributes)? };
        self.blob(&attributes);
        let mut shape = Vec::with_capacity(128);
        wkb::write(geometry, &mut shape);
        self.blob(&shape);
        Ok(())
    }

    fn label(&mut self, label: &Arc<Label>) {
        let next = self.labels.len() as u64;
        let number = *self.labels.entry(Arc::as_ptr(label) as usize).or_insert(next);
        self.number(number);
        if number < next {
            return;
        }
        let Label {
            region,
            class,
            author,
            confidence,
            note,
            seconds,
            at_ms,
            replies_to,
            layer,
            schema_version,
        } = &**label;
        self.id(region.uuid());
        self.text(class.as_str());
        self.text(author.name());
        let there = [
            confidence.is_some(),
            seconds.is_some(),
            at_ms.is_some(),
            layer.is_some(),
            schema_version.is_some(),
        ];
        self.bytes.push(there.iter().rev().fold(0, |bits, there| bits << 1 | u8::from(*there)));
        for number in confidence.iter().chain(seconds) {
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
        if let Some(at) = at_ms {
            self.bytes.extend_from_slice(&at.to_le_bytes());
        }
        self.text(note);
        self.number(replies_to.len() as u64);
        for vote in replies_to {
            self.id(vote.uuid());
        }
        if let Some(layer) = layer {
            self.id(layer.uuid());
        }
        if let Some(version) = schema_version {
            self.number(u64::from(*version));
        }
    }

    /// Nothing of it needs to be parsed: there may be very many, and hardly one is looked at.
    fn response(&mut self, response: &Response) {
        let Response { id, provider, tool, request, status, headers, body, latency_ms, fetched_at_ms, terms } =
            response;
        self.id(id.uuid());
        self.text(provider);
        self.text(tool);
        self.text(request);
        self.number(u64::from(*status));
        self.number(headers.len() as u64);
        for (name, value) in headers {
            self.text(name);
            self.text(value);
        }
        self.number(body.len());
        self.text(body.sha256());
        self.blob(body.packed());
        self.number(u64::from(*latency_ms));
        self.bytes.extend_from_slice(&fetched_at_ms.to_le_bytes());
        self.text(terms);
    }

    fn id(&mut self, id: Uuid) {
        self.bytes.extend_from_slice(id.as_bytes());
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    fn blob(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }
}

/// Reads the bytes of a segment, which anybody may have made.
struct Reader<'a> {
    rest: &'a [u8],
    regions: Vec<Arc<Region>>,
    labels: Vec<Arc<Label>>,
}

impl<'a> Reader<'a> {
    fn entry(&mut self, seq: Seq) -> Result<Entry, Fault> {
        let at_ms = i64::from_le_bytes(self.take()?);
        let author = author(self.text()?)?;
        let body = match self.byte()? {
            EDIT => EntryBody::Edit(self.edit(DEEPEST)?),
            REVERT => EntryBody::Revert(self.number()?),
            VOTE => EntryBody::Vote(serde_json::from_slice(self.blob()?).map_err(|e| e.to_string())?),
            VISIT => EntryBody::Visit(serde_json::from_slice(self.blob()?).map_err(|e| e.to_string())?),
            RESPONSE => EntryBody::Response(serde_json::from_slice(self.blob()?).map_err(|e| e.to_string())?),
            PLAIN_RESPONSE => EntryBody::Response(Arc::new(self.response()?)),
            QUESTION_VOTE => {
                EntryBody::QuestionVote(serde_json::from_slice(self.blob()?).map_err(|e| e.to_string())?)
            }
            OTHER => serde_json::from_slice(self.blob()?).map_err(|e| e.to_string())?,
            other => return Err(format!("its entry {seq} is of the unknown kind {other}")),
        };
        Ok(Entry { seq, at_ms, author, body })
    }

    fn edit(&mut self, deeper: u32) -> Result<Edit, Fault> {
        match self.byte()? {
            JSON => serde_json::from_slice(self.blob()?).map_err(|e| e.to_string()),
            REGION => {
                let (id, sides) = (RegionId::from_uuid(self.id()?), self.byte()?);
                let before = if sides & 1 == 0 { None } else { Some(self.region()?) };
                let after = if sides & 2 == 0 { None } else { Some(self.region()?) };
                Ok(Edit::Region(Change { id, before, after }))
            }
            LABEL => {
                let (id, sides) = (LabelId::from_uuid(self.id()?), self.byte()?);
                let before = if sides & 1 == 0 { None } else { Some(self.label()?) };
                let after = if sides & 2 == 0 { None } else { Some(self.label()?) };
                Ok(Edit::Label(Change { id, before, after }))
            }
            BATCH => {
                let deeper = deeper.checked_sub(1).ok_or("its batches are nested too deep")?;
                let title = self.text()?.to_owned();
                // A change takes at least two bytes.
                let count = self.count(2)?;
                let mut edits = Vec::with_capacity(count.min(self.rest.len() / LEAST_CHANGE + 1));
                for _ in 0..count {
                    edits.push(self.edit(deeper)?);
                }
                Ok(Edit::Batch { title, edits })
            }
            other => Err(format!("it has a change of the unknown kind {other}")),
        }
    }

    fn region(&mut self) -> Result<Arc<Region>, Fault> {
        let number = self.number()? as usize;
        if let Some(known) = self.regions.get(number) {
            return Ok(Arc::clone(known));
        }
        let there = self.byte()?;
        let layer = if there & 1 == 0 { None } else { Some(LayerId::from_uuid(self.id()?)) };
        let source = GeometrySource::new(self.text()?);
        let source_id = if there & 2 == 0 { None } else { Some(self.text()?.to_owned()) };
        let attributes = match self.blob()? {
            [] => BTreeMap::new(),
            json => serde_json::from_slice(json).map_err(|e| e.to_string())?,
        };
        let geometry = wkb::read(self.blob()?)?.ok_or("it has a region without a shape")?;
        let region = Arc::new(Region { geometry, layer, source, source_id, attributes });
        self.regions.push(Arc::clone(&region));
        Ok(region)
    }

    fn label(&mut self) -> Result<Arc<Label>, Fault> {
        let number = self.number()? as usize;
        if let Some(known) = self.labels.get(number) {
            return Ok(Arc::clone(known));
        }
        let region = RegionId::from_uuid(self.id()?);
        let class = ClassCode::new(self.text()?);
        let author = author(self.text()?)?;
        let there = self.byte()?;
        let mut float = |bit: u8| -> Result<Option<f64>, Fault> {
            if there & bit == 0 { Ok(None) } else { Ok(Some(f64::from_le_bytes(self.take()?))) }
        };
        let (confidence, seconds) = (float(1)?, float(2)?);
        let at_ms = if there & 4 == 0 { None } else { Some(i64::from_le_bytes(self.take()?)) };
        let note = self.text()?.to_owned();
        let replies = self.count(16)?;
        let replies_to = (0..replies).map(|_| self.id().map(VoteId::from_uuid)).collect::<Result<_, _>>()?;
        let layer = if there & 8 == 0 { None } else { Some(LayerId::from_uuid(self.id()?)) };
        let schema_version = if there & 16 == 0 {
            None
        } else {
            Some(u32::try_from(self.number()?).map_err(|_| "it has a version that is no number".to_owned())?)
        };
        let label = Label {
            region,
            class,
            author,
            confidence,
            note,
            seconds,
            at_ms,
            replies_to,
            layer,
            schema_version,
        };
        let label = Arc::new(label);
        self.labels.push(Arc::clone(&label));
        Ok(label)
    }

    fn response(&mut self) -> Result<Response, Fault> {
        let id = ResponseId::from_uuid(self.id()?);
        let (provider, tool) = (self.text()?.to_owned(), self.text()?.to_owned());
        let request = self.text()?.to_owned();
        let status = self.small("a status")?;
        let count = self.count(2)?;
        let mut headers = BTreeMap::new();
        for _ in 0..count {
            headers.insert(self.text()?.to_owned(), self.text()?.to_owned());
        }
        let (bytes, sha256) = (self.number()?, self.text()?);
        let body = Body::as_packed(bytes, sha256, self.blob()?);
        let latency_ms = self.small("a latency")?;
        let fetched_at_ms = i64::from_le_bytes(self.take()?);
        let terms = self.text()?.to_owned();
        Ok(Response { id, provider, tool, request, status, headers, body, latency_ms, fetched_at_ms, terms })
    }

    fn small<T: TryFrom<u64>>(&mut self, what: &str) -> Result<T, Fault> {
        T::try_from(self.number()?).map_err(|_| format!("it has {what} that is no number of its kind"))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or("it ends too early")?;
        self.rest = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn id(&mut self) -> Result<Uuid, Fault> {
        self.take().map(Uuid::from_bytes)
    }

    fn number(&mut self) -> Result<u64, Fault> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("it has a number that does not end".into())
    }

    /// A count of things of at least `bytes_each`, refused where the rest cannot hold so many.
    fn count(&mut self, bytes_each: usize) -> Result<usize, Fault> {
        let count = self.number()?;
        let room = self.rest.len() / bytes_each;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= room)
            .ok_or_else(|| "it announces more than it has".into())
    }

    fn blob(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.count(1)?;
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(taken)
    }

    fn text(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.blob()?).map_err(|e| e.to_string())
    }
}

/// A name as it was written, without a look at its white space.
fn author(name: &str) -> Result<Author, Fault> {
    Author::deserialize(name.into_deserializer()).map_err(|e: serde::de::value::Error| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(write: impl FnOnce(&mut Writer)) -> Entry {
        let mut out = Writer::default();
        write(&mut out);
        let mut reader = Reader { rest: &out.bytes, regions: Vec::new(), labels: Vec::new() };
        let entry = reader.entry(7).expect("sound");
        assert!(reader.rest.is_empty());
        entry
    }

    #[test]
    fn a_response_is_read_as_it_was_and_as_older_programs_packed_it() {
        let response = Response {
            id: ResponseId::from_uuid(Uuid::from_u128(9)),
            provider: "photon".into(),
            tool: "nearby".into(),
            request: "{}".into(),
            status: 599,
            headers: BTreeMap::from([("content-type".to_owned(), String::new())]),
            body: Body::pack(b"[1, 2]").expect("short"),
            latency_ms: u32::MAX,
            fetched_at_ms: -1,
            terms: "ODbL ©".into(),
        };
        let json = serde_json::to_vec(&response).expect("a JSON form");
        let body = EntryBody::Response(Arc::new(response));
        let entry = Entry { seq: 7, at_ms: -5, author: Author::new("Ana"), body };
        assert_eq!(read(|out| out.entry(&entry).expect("written")), entry);
        let old = read(|out| {
            out.bytes.extend_from_slice(&entry.at_ms.to_le_bytes());
            out.text("Ana");
            out.bytes.push(RESPONSE);
            out.blob(&json);
        });
        assert_eq!(old, entry);
    }
}
