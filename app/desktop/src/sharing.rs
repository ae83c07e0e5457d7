//! A project on a server as the window shows it: how it stands with what others do, and the dialogs about it.

use project::Role;

use crate::exchange::Trouble;

/// How it stands between the window and the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing was heard yet.
    Asking,
    /// The server has everything, and everything that it has is here.
    Together,
    /// The server does not answer: since when, by the clock on the wall, and why.
    Away { since: String, why: String },
    /// Nothing is asked of the network, because the user wants that.
    Offline,
    /// The server, or this program, refuses to go on.
    Refused(Trouble),
}

/// The server of the open project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The address, without a password.
    pub address: String,
    pub host: String,
    pub database: String,
    pub condition: Condition,
    /// Entries that the server does not have yet.
    pub waiting: usize,
    /// What came and is not taken, one sentence each.
    pub aside: Vec<String>,
    /// The name that the server knows the user by.
    pub author: Option<String>,
    pub leads: bool,
}

impl Shared {
    /// How it stands, in a few words for the status bar.
    pub fn words(&self) -> String {
        let waiting = match self.waiting {
            0 => String::new(),
            1 => ", 1 waits".to_owned(),
            n => format!(", {} wait", spatial::format::count(n as u64)),
        };
        match &self.condition {
            Condition::Asking => format!("Asking {}…", self.host),
            Condition::Together if self.waiting == 0 => format!("Shared on {}: all sent", self.host),
            Condition::Together => format!("Shared on {}{waiting}", self.host),
            Condition::Away { since, .. } => format!("{} away since {since}{waiting}", self.host),
            Condition::Offline => format!("Not asking {}{waiting}", self.host),
            Condition::Refused(_) => format!("{} refuses{waiting}", self.host),
        }
    }
}

/// Text that is shown to nobody, not even to whoever reads a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// What a dialog about a server is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errand {
    /// Put the open project there.
    #[default]
    Share,
    /// Make a file of a project that is there.
    Fetch,
    /// The password of the server that the open project is on.
    Enter,
}

/// What is typed into the dialog about a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShareForm {
    pub errand: Errand,
    pub address: String,
    pub password: Hidden,
    /// The system's keyring is to keep the password.
    pub remember: bool,
    /// Committee votes are sealed from now on.
    pub seal: bool,
    /// Votes that committees have cast openly may be read by the others.
    pub show_open_votes: bool,
    /// The file that is made.
    pub file: String,
}

/// The dialog about a server.
#[derive(Clone, Debug)]
pub struct ShareDraft {
    pub form: ShareForm,
    pub is_running: bool,
    pub trouble: Option<Trouble>,
    /// Open votes in committees that are still voting.
    pub open_votes: usize,
}

/// Somebody who was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    pub name: String,
    /// The address that they open.
    pub address: String,
    /// The password that was made for them: it is shown this once.
    pub password: Option<Hidden>,
}

/// The dialog that lets somebody in.
#[derive(Clone, Debug)]
pub struct AdmitDraft {
    pub name: String,
    pub role: Role,
    pub is_running: bool,
    pub outcome: Option<Result<Admitted, Trouble>>,
}

/// What the dialogs and the status bar ask for.
#[derive(Clone, Debug)]
pub enum ShareAsk {
    /// Open the dialog.
    Begin(Errand),
    Form(Box<ShareForm>),
    Go,
    Close,
    /// Try again now.
    Retry,
    /// Exchange nothing any more; the file stays as it is.
    Leave,
    /// Open the dialog that lets somebody in.
    Admit,
    AdmitForm(String, Role),
    AdmitGo,
    CloseAdmit,
}
