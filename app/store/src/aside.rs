//! Entries from elsewhere that are not taken: unreadable, not signed as they say, or following such a one. They are named, and
//! stop nobody else's.

use std::collections::{BTreeMap, HashSet};

use project::merging::{Element, Mismatch};
use project::{EntryBody, EntryHash, MemberKey, Seq};

use crate::Carried;
use crate::journal::Doubt;
use crate::signatures::{self, Found};

/// An entry from elsewhere that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SetAside {
    #[serde(skip)]
    pub hash: EntryHash,
    /// Whose it says that it is.
    pub author: String,
    /// Its number in the journal that it was written to.
    pub number: Seq,
    /// Why, after "set aside: ".
    pub why: String,
}

impl SetAside {
    /// Whose, how many and why: one sentence for each author and reason.
    pub fn sentences(aside: &[Self]) -> Vec<String> {
        /// Entries that are named one by one.
        const NAMED: usize = 3;
        let mut groups: BTreeMap<(&str, &str), Vec<Seq>> = BTreeMap::new();
        for one in aside {
            groups.entry((&one.author, &one.why)).or_default().push(one.number);
        }
        let sentence = |((author, why), numbers): ((&str, &str), Vec<Seq>)| {
            let named: Vec<String> = numbers.iter().take(NAMED).map(ToString::to_string).collect();
            let more = numbers.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let entries = if numbers.len() == 1 { "entry" } else { "entries" };
            format!("{entries} {}{more} by {author} set aside: {why}", named.join(", "))
        };
        groups.into_iter().map(sentence).collect()
    }
}

/// Entries that fit their hashes and can be read; the others are set aside.
pub(crate) fn believed(entries: Vec<Carried>) -> (Vec<Found>, Vec<SetAside>) {
    let (mut found, mut aside) = (Vec::with_capacity(entries.len()), Vec::new());
    for one in entries {
        let (hash, author, number) = (one.hash, one.author.clone(), one.number);
        match one.believe() {
            Ok(one) => found.push(one),
            Err(Doubt::Damage(_) | Doubt::Sql(_)) => {
                let why = "it cannot be read, or does not match its checksum".to_owned();
                aside.push(SetAside { hash, author, number, why });
            }
        }
    }
    (found, aside)
}

/// Mismatches that are looked at one by one; from then on everything of their authors goes.
const PATIENCE: usize = 16;

/// What is sound of entries from elsewhere, and what is not.
pub(crate) struct Sieve {
    pub(crate) found: Vec<Found>,
    pub(crate) aside: Vec<SetAside>,
    tries: usize,
}

impl Sieve {
    /// `own`: what the file has. Signatures are checked; a key must be one that a member has, here or by these entries.
    pub(crate) fn new<'a>(
        own: impl Iterator<Item = &'a Found>,
        found: Vec<Found>,
        mut aside: Vec<SetAside>,
    ) -> Self {
        let wrong = signatures::broken(found.iter());
        let sound = found.iter().enumerate().filter(|(place, _)| !wrong.contains(place));
        let mut keys: HashSet<MemberKey> = sound.filter_map(|(_, one)| introduced(one)).collect();
        keys.extend(own.filter_map(introduced));
        let mut kept = Vec::with_capacity(found.len());
        for (place, one) in found.into_iter().enumerate() {
            let key = one.signed.as_ref().map(|(key, _)| key);
            let why = match key.filter(|key| !keys.contains(*key)) {
                _ if wrong.contains(&place) => "its signature does not fit".to_owned(),
                Some(key) => format!("it is signed by the key {}, which no member has", key.short()),
                None => {
                    kept.push(one);
                    continue;
                }
            };
            aside.push(named(&one.element, why));
        }
        let mut sieve = Self { found: kept, aside, tries: 0 };
        sieve.leave_out_followers();
        sieve
    }

    /// Leaves out what makes no history with the rest; false where that is not among what came.
    pub(crate) fn leave_out(&mut self, mismatch: &Mismatch, held: &HashSet<EntryHash>) -> bool {
        let (Mismatch::Orphan { at, seq, author }
        | Mismatch::Circle { at, seq, author }
        | Mismatch::BadRevert { at, seq, author }
        | Mismatch::Altered { at, seq, author }) = mismatch;
        self.tries += 1;
        let all_of_theirs = self.tries > PATIENCE;
        // Of two that say the same the one goes that came.
        let is_twin = |one: &Element| held.contains(at) && one.seq == *seq && one.author == *author;
        let goes = |one: &Element| {
            one.hash == *at
                || is_twin(one)
                || all_of_theirs && one.author == *author && !held.contains(&one.hash)
        };
        let why = match mismatch {
            Mismatch::Orphan { .. } => "it follows an entry that is not there",
            Mismatch::Circle { .. } => "it comes before itself",
            Mismatch::BadRevert { .. } => "it takes back something that is no change",
            Mismatch::Altered { .. } => "it stands in two histories, of which one was altered",
        };
        let (out, kept): (Vec<Found>, Vec<Found>) =
            std::mem::take(&mut self.found).into_iter().partition(|one| goes(&one.element));
        self.found = kept;
        self.aside.extend(out.iter().map(|one| named(&one.element, why.to_owned())));
        self.leave_out_followers();
        !out.is_empty()
    }

    /// Whatever names something that is set aside goes, too.
    fn leave_out_followers(&mut self) {
        let mut gone: HashSet<EntryHash> = self.aside.iter().map(|one| one.hash).collect();
        loop {
            let before = gone.len();
            let mut kept = Vec::with_capacity(self.found.len());
            for one in std::mem::take(&mut self.found) {
                if !follows(&one.element, &gone) {
                    kept.push(one);
                    continue;
                }
                gone.insert(one.element.hash);
                self.aside.push(named(&one.element, "it follows an entry that is set aside".to_owned()));
            }
            self.found = kept;
            if gone.len() == before {
                return;
            }
        }
    }
}

fn introduced(one: &Found) -> Option<MemberKey> {
    match &one.element.body {
        EntryBody::Member(member) => Some(member.key),
        _ => None,
    }
}

fn follows(one: &Element, gone: &HashSet<EntryHash>) -> bool {
    let joined = match &one.body {
        EntryBody::Merge(merge) => merge.joined.as_slice(),
        _ => &[],
    };
    gone.contains(&one.before) || joined.iter().any(|hash| gone.contains(hash))
}

fn named(one: &Element, why: String) -> SetAside {
    SetAside { hash: one.hash, author: one.author.to_string(), number: one.seq, why }
}
