//! A member with their file: sharing a project, sending what is new in the file, fetching what is new on the server.

use std::collections::HashSet;
use std::path::Path;

use project::review::{Opening, Stage};
use project::{Author, EntryHash, Project, VoteId};
use store::{MergePlan, MergeReport, OpenMode, Origin, Session, SetAside, Signer, Source, Store};

use crate::{About, Address, Connection, Kept, ServerError};

/// A file, and who works on it.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    pub path: &'a Path,
    /// Where preferences are kept: what is remembered of servers lies beside them.
    pub folder: &'a Path,
    pub signer: Option<&'a Signer>,
    /// Name and version of the program.
    pub program: &'a str,
    /// Unix milliseconds.
    pub at_ms: i64,
}

/// What sending did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Entries that the server did not have.
    pub entries: u64,
    /// What sealed votes say, given into the server's keeping.
    pub openings: u64,
}

/// What is on the server and not in the file, read and checked; nothing is written yet.
#[derive(Debug)]
pub struct Fetched {
    /// What joining it does; `None` where there is nothing new.
    pub plan: Option<MergePlan>,
    /// Entries that came.
    pub entries: u64,
    /// What came and is not taken, and why.
    pub aside: Vec<SetAside>,
    cursor: String,
}

/// What sharing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    pub sent: Sent,
    /// PostGIS shows the regions as a map; `None` where a lead did not look.
    pub has_map: Option<bool>,
    pub about: About,
}

/// What one exchange did.
#[derive(Clone, Debug, PartialEq)]
pub struct Synced {
    pub sent: Sent,
    /// Entries that came.
    pub fetched: u64,
    /// What came and is not taken, and why.
    pub aside: Vec<SetAside>,
    /// Sealed votes that were opened because their rounds are over.
    pub opened: usize,
    /// What joining did, where something came.
    pub report: Option<MergeReport>,
    pub about: About,
    /// The file was made.
    pub is_new: bool,
}

/// Votes of committees that are still voting which say openly what they say.
pub fn unsealed_open_votes(project: &Project) -> usize {
    let nobody = Author::new("");
    let open = project.votes().values().filter(|vote| vote.stage == Stage::Two && !vote.is_sealed());
    open.filter(|vote| !project.vote_is_visible_to(&nobody, vote)).count()
}

impl Desk<'_> {
    /// Makes a project of this file on a server, with whoever is connected as its lead, and sends everything; for a project
    /// that is there, brings the server's schema up to date and sends what is new.
    ///
    /// `show_open_votes`: that open votes of committees which are still voting can be read by who fetches is known and meant.
    pub fn share(
        &self,
        address: &Address,
        author: &Author,
        show_open_votes: bool,
        each: &mut dyn FnMut(u64),
    ) -> Result<Shared, ServerError> {
        let source = Source::open(self.path)?;
        let origins = source.origins()?;
        let (_, loaded) = Store::open(self.path, OpenMode::ReadOnly)?;
        let count = unsealed_open_votes(&loaded.project);
        if count > 0 && !show_open_votes {
            return Err(ServerError::OpenVotes { count });
        }
        let mut connection = Connection::to(address)?;
        let committee = loaded.project.settings().rule.committee_size.max(1);
        connection.establish(&origins, author.name(), committee, self.program)?;
        let about = self.check(&mut connection)?;
        let mut kept = Kept::new(self.path, address);
        let sent = self.send(&mut connection, &mut kept, about.leads, each)?;
        let has_map = about.leads.then(|| govern(&mut connection, &loaded.project)).transpose()?;
        Ok(Shared { sent, has_map, about })
    }

    /// Sends, fetches, joins, opens sealed votes whose rounds are over, and sends that. Where the file does not exist, it is
    /// made of what the server has. `address` is only needed the first time.
    pub fn sync(&self, address: Option<&Address>, each: &mut dyn FnMut(u64)) -> Result<Synced, ServerError> {
        let is_new = !self.path.exists();
        let mut kept = self.kept(address)?;
        // An address that was given may have a password, which is kept nowhere.
        let place = address.cloned().map_or_else(|| kept.address(), Ok)?;
        let mut connection = Connection::open(&place)?;
        if is_new {
            return self.make(&mut connection, &mut kept, each);
        }
        let about = self.check(&mut connection)?;
        let author = Author::new(&about.author);
        let mut sent = self.send(&mut connection, &mut kept, false, each)?;
        let fetched = self.fetch(&mut connection, &kept, &about, each)?;
        let (entries, aside) = (fetched.entries, fetched.aside.clone());
        let noted = fetched.noted();
        let report = match fetched.plan {
            Some(plan) => {
                let signer = self.known_signer(plan.project());
                Some(plan.carry_out(&author, signer, self.at_ms)?)
            }
            None => None,
        };
        noted.note(&mut kept, self.folder)?;
        let opened = self.open_votes(&mut connection, &author)?;
        let more = self.send(&mut connection, &mut kept, false, each)?;
        sent.entries += more.entries;
        sent.openings += more.openings;
        if about.leads {
            let (_, loaded) = Store::open(self.path, OpenMode::ReadOnly)?;
            govern(&mut connection, &loaded.project)?;
        }
        Ok(Synced { sent, fetched: entries, aside, opened, report, about, is_new })
    }

    /// What is remembered of the file's server, or begins to be.
    pub fn kept(&self, address: Option<&Address>) -> Result<Kept, ServerError> {
        let known = Kept::load(self.folder, self.path);
        match (known, address) {
            (Some(known), None) => Ok(known),
            (Some(known), Some(address)) if known.address == address.to_string() => Ok(known),
            (_, Some(address)) => Ok(Kept::new(self.path, address)),
            (None, None) => Err(ServerError::NotShared { path: self.path.to_owned() }),
        }
    }

    /// The key, where the project knows whose it is: nobody is introduced by an entry that only joins.
    fn known_signer(&self, project: &Project) -> Option<&Signer> {
        self.signer.filter(|signer| project.members().contains_key(&signer.public()))
    }

    fn make(
        &self,
        connection: &mut Connection,
        kept: &mut Kept,
        each: &mut dyn FnMut(u64),
    ) -> Result<Synced, ServerError> {
        let about = connection.about()?;
        let listing = connection.news("")?;
        let entries = connection.entries(&listing.entries, &mut |n| each(n as u64))?;
        let (fetched, author) = (entries.len() as u64, Author::new(&about.author));
        let introduced = |signer: &&Signer| {
            let key = signer.public().to_string();
            entries.iter().any(|one| one.kind == "member" && one.body.contains(&key))
        };
        let signer = self.signer.filter(introduced);
        let origin = Origin {
            from: &connection.at,
            project_id: &about.project_id,
            floor: about.floor,
            program: self.program,
            author: &author,
            signer,
            at_ms: self.at_ms,
        };
        let aside = store::make_file(self.path, origin, entries)?;
        self.path.clone_into(&mut kept.path);
        Noted::of(&aside, listing.cursor).note(kept, self.folder)?;
        let opened = self.open_votes(connection, &author)?;
        let sent = self.send(connection, kept, false, each)?;
        Ok(Synced {
            sent,
            fetched: fetched - aside.len() as u64,
            aside,
            opened,
            report: None,
            about,
            is_new: true,
        })
    }

    /// Refuses a server that keeps another project than the file.
    pub fn check(&self, connection: &mut Connection) -> Result<About, ServerError> {
        let about = connection.about()?;
        let origins = Source::open(self.path)?.origins()?;
        if about.project_id != origins.project_id
            || about.start != origins.start
            || about.floor != origins.floor
        {
            return Err(ServerError::OtherProject { at: connection.at.clone(), path: self.path.to_owned() });
        }
        Ok(about)
    }

    /// Sends what the server does not have. Broken off at any point it goes on from there the next time: each lot is on the
    /// server whole or not at all, and an entry that is there is not taken twice.
    pub fn send(
        &self,
        connection: &mut Connection,
        kept: &mut Kept,
        publish: bool,
        each: &mut dyn FnMut(u64),
    ) -> Result<Sent, ServerError> {
        let source = Source::open(self.path)?;
        if kept.sent > 0 && source.hash_at(kept.sent)? != kept.sent_hash {
            // Another file lies there now.
            (kept.sent, kept.joined, kept.cursor, kept.aside) = (0, 0, String::new(), Vec::new());
        }
        let origins = source.origins()?;
        let openings =
            self.signer.map_or_else(|| Ok(Vec::new()), |signer| signer.sealed_here(&origins.project_id))?;
        let mut sent = Sent::default();
        loop {
            let page = source.page(kept.sent, kept.joined)?;
            let hashes: Vec<EntryHash> = page.entries.iter().map(|one| one.hash).collect();
            let lacking: HashSet<EntryHash> = connection.lacking(&hashes)?.into_iter().collect();
            let entries: Vec<_> =
                page.entries.into_iter().filter(|one| lacking.contains(&one.hash)).collect();
            let with: &[Opening] = if page.is_last { &openings } else { &[] };
            let (new, deposited) = connection.append(&entries, with, publish)?;
            sent.entries += new;
            sent.openings += deposited;
            each(sent.entries);
            (kept.sent, kept.joined) = (page.through, page.seen);
            kept.sent_hash = source.hash_at(page.through)?;
            kept.save(self.folder)?;
            if page.is_last {
                break;
            }
        }
        if sent != Sent::default() {
            connection.tell()?;
        }
        Ok(sent)
    }

    /// Entries that the file has and that are not known to be on the server.
    pub fn waiting(&self, kept: &Kept) -> Result<usize, ServerError> {
        let source = Source::open(self.path)?;
        let valid = kept.sent == 0 || source.hash_at(kept.sent)? == kept.sent_hash;
        let (sent, joined) = if valid { (kept.sent, kept.joined) } else { (0, 0) };
        let page = source.page(sent, joined)?;
        Ok(page.entries.iter().filter(|one| !one.is_merge()).count())
    }

    /// Fetches what is new, and says what joining it would do.
    pub fn fetch(
        &self,
        connection: &mut Connection,
        kept: &Kept,
        about: &About,
        each: &mut dyn FnMut(u64),
    ) -> Result<Fetched, ServerError> {
        let listing = connection.news(&kept.cursor)?;
        let mut wanted = listing.entries;
        // What was set aside before is looked at again: it may be sound to a newer program.
        let listed: HashSet<EntryHash> = wanted.iter().map(|(hash, _)| *hash).collect();
        let again: Vec<EntryHash> =
            kept.aside.iter().filter(|hash| !listed.contains(hash)).copied().collect();
        wanted.extend(connection.sizes(&again)?);
        if !wanted.is_empty() {
            let held = Source::open(self.path)?.hashes()?;
            wanted.retain(|(hash, _)| !held.contains(hash));
        }
        let entries = connection.entries(&wanted, &mut |n| each(n as u64))?;
        let count = entries.len() as u64;
        if entries.is_empty() {
            return Ok(Fetched { plan: None, entries: 0, aside: Vec::new(), cursor: listing.cursor });
        }
        let plan = MergePlan::of_carried(self.path, &connection.at, &about.project_id, about.floor, entries)?;
        let aside = plan.set_aside().to_vec();
        let entries = count - aside.len() as u64;
        Ok(Fetched { plan: (!plan.is_empty()).then_some(plan), entries, aside, cursor: listing.cursor })
    }

    /// Opens what was sealed here, and what the server may say by now, where the file is not open elsewhere.
    fn open_votes(&self, connection: &mut Connection, author: &Author) -> Result<usize, ServerError> {
        let (_, loaded) = Store::open(self.path, OpenMode::ReadOnly)?;
        if !loaded.project.votes().values().any(|vote| vote.is_sealed()) {
            return Ok(0);
        }
        let mode = OpenMode::ReadWrite { holder: author.name().to_owned() };
        let mut session = Session::open(self.path, mode)?;
        if let Some(signer) = self.signer {
            session = session.signed_by(signer.clone(), author.clone());
        }
        let sealed = |project: &Project| project.votes().values().filter(|vote| vote.is_sealed()).count();
        let before = sealed(session.project());
        session.open_due(self.at_ms)?;
        let openings = due_from(connection, session.project(), author)?;
        session.open_votes(author, self.at_ms, openings)?;
        let opened = before - sealed(session.project());
        session.close()?;
        Ok(opened)
    }
}

/// What a lead's program tells the server: members, the size of committees, and the regions. Returns whether PostGIS shows them.
pub(crate) fn govern(connection: &mut Connection, project: &Project) -> Result<bool, ServerError> {
    connection.govern(project)?;
    connection.put_regions(project)
}

impl Fetched {
    /// What is to be remembered once it was joined.
    pub fn noted(&self) -> Noted {
        Noted::of(&self.aside, self.cursor.clone())
    }
}

/// How far what was fetched goes, and what of it was set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    cursor: String,
    aside: Vec<EntryHash>,
}

impl Noted {
    fn of(aside: &[SetAside], cursor: String) -> Self {
        Self { cursor, aside: aside.iter().map(|one| one.hash).collect() }
    }

    /// Remembers that what was fetched is in the file.
    pub fn note(self, kept: &mut Kept, folder: &Path) -> Result<(), ServerError> {
        /// Entries set aside that are remembered one by one; with more, listings go on from where they were.
        const MOST: usize = 500;
        if self.aside.len() <= MOST {
            (kept.cursor, kept.aside) = (self.cursor, self.aside);
        }
        kept.save(folder)
    }
}

/// What sealed votes say whose rounds are over, as the server knows it. So that not everybody writes the same into the
/// journal, whoever voted last opens the votes of a round, and a lead those of whoever stays away.
pub fn due_from(
    connection: &mut Connection,
    project: &Project,
    author: &Author,
) -> Result<Vec<Opening>, ServerError> {
    let leads = project.role_of(author) == project::Role::Lead;
    let mut due: Vec<VoteId> = Vec::new();
    let sealed = project.votes().values().filter(|vote| vote.is_sealed());
    let cases: std::collections::BTreeSet<_> = sealed.map(|vote| vote.case).collect();
    for case in cases.into_iter().filter(|case| project.committee_is_full(*case)) {
        let votes = || project.votes_on(case).filter(|vote| vote.stage == Stage::Two);
        if leads || votes().last().is_some_and(|vote| &vote.member == author) {
            due.extend(votes().filter(|vote| vote.is_sealed()).map(|vote| vote.id));
        }
    }
    if due.is_empty() { Ok(Vec::new()) } else { connection.openings(&due) }
}
