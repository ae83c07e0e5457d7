//! Why a project on a server cannot be reached, read or written.

use std::error::Error as _;

use postgres::error::SqlState;

/// What went wrong. After any of these the file is as it was, and what was not sent is sent the next time.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("{text} is no address of a PostgreSQL database: {why}")]
    Address { text: String, why: String },
    #[error("the server at {at} cannot be reached: {why}")]
    Unreachable { at: String, why: String },
    #[error("the server at {at} does not let {user} in: {why}")]
    Denied { at: String, user: String, why: String },
    /// The connection went while something was under way.
    #[error("the connection to {at} was lost: {why}")]
    Lost { at: String, why: String },
    #[error("{at} holds no Orthoscope project")]
    NoProject { at: String },
    #[error("{at} holds another project already")]
    Taken { at: String },
    #[error("{at} holds another project than {}", path.display())]
    OtherProject { at: String, path: std::path::PathBuf },
    #[error(
        "the project at {at} is kept by a newer Orthoscope (version {version}, this program knows up to {supported})"
    )]
    Newer { at: String, version: u32, supported: u32 },
    #[error("the server at {at} is PostgreSQL {found}, and at least {least} is needed")]
    TooOld { at: String, found: String, least: u32 },
    #[error("the database at {at} keeps its text as {encoding}, and UTF8 is needed")]
    Encoding { at: String, encoding: String },
    /// The server's own rules refuse what was asked.
    #[error("the server refuses this: {why}")]
    Refused { code: String, why: String },
    #[error("the server says something that cannot be: {0}")]
    Nonsense(String),
    /// A copy that does not know which server it is shared on.
    #[error("{} is not shared on a server", path.display())]
    NotShared { path: std::path::PathBuf },
    #[error(
        "{count} votes of committees that are still voting are not sealed; whoever fetches the project could read them"
    )]
    OpenVotes { count: usize },
    #[error("you are {author} here and {expected} on the server")]
    OtherName { author: String, expected: String },
    #[error("{0} is not a name that a member can have")]
    BadName(String),
    #[error("cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: std::path::PathBuf, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error("the server cannot do this: {0}")]
    Sql(String),
}

impl ServerError {
    /// What to do about it, in one sentence, where there is something to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Address { .. } => "Write it like postgres://ana@host/town.",
            Self::Unreachable { .. } | Self::Lost { .. } => {
                "Go on working: what you do is kept in your file and sent with the next `orthoscope sync`, once, when the server answers."
            }
            Self::Denied { .. } => {
                "Check the name and the password (in the address, in PGPASSWORD, or in ~/.pgpass), or ask the project's lead to add you."
            }
            Self::NoProject { .. } => "Share a project there first: orthoscope share PROJECT ADDRESS.",
            Self::Taken { .. } | Self::OtherProject { .. } => {
                "One database holds one project: check the address, or make another database."
            }
            Self::Newer { .. } => "Update Orthoscope; neither your file nor the server was changed.",
            Self::TooOld { .. } => "Ask for PostgreSQL 14 or newer.",
            Self::Encoding { .. } => "Make the database with: createdb -E UTF8 -T template0 NAME.",
            Self::Refused { code, .. } => match code.as_str() {
                "OS001" => "Ask the project's lead to add you: orthoscope share member add PROJECT NAME.",
                "OS002" => "Ask the project's lead; what you did is still in your file.",
                "OS003" => {
                    "Give your file to a lead, who can join it (orthoscope merge) and send what others wrote; it is still in your file."
                }
                "OS007" => "Ask a lead of the project to do it.",
                _ => "What you did is still in your file; `orthoscope verify` says whether that is sound.",
            },
            Self::Nonsense(_) | Self::Sql(_) => {
                "Ask whoever runs the server to look into its log; your file was not changed."
            }
            Self::NotShared { .. } => {
                "Say where, once: orthoscope sync PROJECT postgres://you@host/town; or share it: orthoscope share PROJECT postgres://…"
            }
            Self::OpenVotes { .. } => {
                "Let these committees finish first, or share it all the same with --show-open-votes."
            }
            Self::OtherName { .. } => {
                "Set the name that the lead added you by (Preferences, or --author), or ask to be added by yours."
            }
            Self::BadName(_) => "Use letters, digits and spaces.",
            Self::Io { .. } => "Check the disk and the path.",
            Self::Store(error) => return error.hint(),
        })
    }

    /// True where trying again later may do.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Lost { .. })
    }

    /// Sorts what PostgreSQL reports by what it means to the user; `at` names the server.
    pub(crate) fn of(at: &str, error: &postgres::Error) -> Self {
        let at = at.to_owned();
        let Some(db) = error.as_db_error() else {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            return Self::Lost { at, why };
        };
        let why = db.message().to_owned();
        match db.code() {
            code if code.code().starts_with("OS") => Self::Refused { code: code.code().to_owned(), why },
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            | &SqlState::QUERY_CANCELED => Self::Lost { at, why },
            &SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME | &SqlState::UNDEFINED_FUNCTION => {
                Self::NoProject { at }
            }
            &SqlState::INSUFFICIENT_PRIVILEGE => Self::Refused {
                code: "OS001".into(),
                why: format!("you are no member of the project ({why})"),
            },
            _ => Self::Sql(why),
        }
    }

    /// The same for the attempt to connect.
    pub(crate) fn connecting(at: &str, user: &str, error: &postgres::Error) -> Self {
        let at = at.to_owned();
        let why =
            |error: &postgres::Error| error.source().map_or_else(|| error.to_string(), ToString::to_string);
        match error.as_db_error() {
            Some(db)
                if [&SqlState::CANNOT_CONNECT_NOW, &SqlState::TOO_MANY_CONNECTIONS].contains(&db.code()) =>
            {
                Self::Unreachable { at, why: db.message().to_owned() }
            }
            Some(db) => Self::Denied { at, user: user.to_owned(), why: db.message().to_owned() },
            None if format!("{error} {}", why(error)).contains("password") => {
                Self::Denied { at, user: user.to_owned(), why: "it asks for a password".into() }
            }
            None => Self::Unreachable { at, why: why(error) },
        }
    }

    pub(crate) fn io(doing: &'static str, path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io { doing, path: path.to_path_buf(), source }
    }

    /// True where two who wrote at once got in each other's way, and trying again at once does.
    pub(crate) fn is_a_tie(error: &postgres::Error) -> bool {
        error.code().is_some_and(|code| {
            [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE, SqlState::UNIQUE_VIOLATION]
                .contains(code)
        })
    }
}
