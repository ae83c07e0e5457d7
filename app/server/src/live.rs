//! An exchange beside a session that has the file open: what comes is handed to the session, which appends it; the file is
//! neither closed nor written anew.

use project::Author;
use project::review::Opening;
use store::{EntryBase, Ready, SetAside};

use crate::desk::govern;
use crate::{About, Address, Connection, Desk, Kept, Noted, Sent, ServerError, due_from};

/// What an exchange goes on from.
#[derive(Debug)]
pub struct Beside {
    pub address: Address,
    /// What is remembered of the file's server.
    pub kept: Kept,
    /// Whose session it is.
    pub author: Author,
    /// Where the session is: everything up to there is in the file.
    pub base: EntryBase,
    /// What was fetched before, if that is in the file by now.
    pub noted: Option<Noted>,
    /// A lead's program tells the server of members, rules and regions, too: that looks at every region.
    pub governs: bool,
}

/// What an exchange did, and what the session is to do now.
#[derive(Debug)]
pub struct Exchanged {
    pub about: About,
    pub kept: Kept,
    pub sent: Sent,
    /// Entries that came.
    pub fetched: u64,
    pub aside: Vec<SetAside>,
    /// What came, for [`Session::adopt`](store::Session::adopt).
    pub ready: Option<Ready>,
    /// What is to be remembered once that is in the file.
    pub noted: Option<Noted>,
    /// Something came while the session went on: it is to be fetched again, from where the session is then.
    pub is_overtaken: bool,
    /// New conflicts between what came and what was here.
    pub conflicts: usize,
    /// Sealed votes that are to be opened, for [`Session::open_votes`](store::Session::open_votes).
    pub openings: Vec<Opening>,
}

impl Desk<'_> {
    /// Sends what the file has, fetches what it lacks, and works out what joining that comes to.
    pub fn exchange(&self, beside: Beside) -> Result<Exchanged, ServerError> {
        let Beside { address, mut kept, author, base, noted, governs } = beside;
        let mut connection = Connection::open(&address)?;
        let about = self.check(&mut connection)?;
        if about.author != author.name() {
            let (author, expected) = (author.name().to_owned(), about.author);
            return Err(ServerError::OtherName { author, expected });
        }
        if let Some(noted) = noted {
            noted.note(&mut kept, self.folder)?;
        }
        let sent = self.send(&mut connection, &mut kept, false, &mut |_| {})?;
        let fetched = self.fetch(&mut connection, &kept, &about, &mut |_| {})?;
        let noted = fetched.noted();
        let mut done = Exchanged {
            about,
            kept,
            sent,
            fetched: fetched.entries,
            aside: fetched.aside,
            ready: None,
            noted: None,
            is_overtaken: false,
            conflicts: 0,
            openings: Vec::new(),
        };
        if let Some(plan) = fetched.plan {
            done.conflicts = plan.report().conflicts.len();
            done.ready = base.join(&author, self.at_ms, plan)?;
            done.is_overtaken = done.ready.is_none();
            done.noted = Some(noted).filter(|_| done.ready.is_some());
            return Ok(done);
        }
        noted.note(&mut done.kept, self.folder)?;
        done.openings = due_from(&mut connection, base.project(), &author)?;
        if governs && done.about.leads {
            govern(&mut connection, base.project())?;
        }
        Ok(done)
    }
}
