//! Why a question has no answer, by kind.

use plugin_api::{QueryError, ReadError, RequestError, Tool};

/// One sentence; [`AskError::hint`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("no provider is called `{0}`")]
    NoProvider(String),
    #[error("the secret {name} is missing{}", said(keyring.as_deref()))]
    NoKey { name: String, keyring: Option<String> },
    #[error("the network is forbidden, and nothing is kept for this {}", tool.text().to_lowercase())]
    Offline { tool: Tool },
    #[error(
        "that is no address of a service: one begins with https:// or http:// and has no user, password or query"
    )]
    Endpoint,
    #[error("that is no name of a secret: one has letters, digits and _ only")]
    KeyName,
    #[error("a secret is not sent to {host} without encryption")]
    Plain { host: String },
    #[error("{host} is none of the provider's own hosts")]
    ForeignHost { host: String },
    #[error("{host} lies in a private network")]
    Private { host: String },
    #[error("the service sends elsewhere, to {to}")]
    Redirect { to: String },
    #[error("{provider} takes no more requests now{}", after(*after_s))]
    Quota { provider: String, after_s: Option<u64> },
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Unreadable(ReadError),
    #[error("{host} did not answer within {seconds} s")]
    Timeout { host: String, seconds: u64 },
    #[error("{host} cannot be reached: {reason}")]
    Unreachable { host: String, reason: String },
    #[error("the answer is longer than {} MB", .0 >> 20)]
    TooLong(usize),
    #[error("stopped")]
    Stopped,
    #[error("the answer cannot be kept: {0}")]
    Unfit(String),
    #[error("{0}")]
    Local(String),
}

fn said(keyring: Option<&str>) -> String {
    keyring.map_or_else(String::new, |why| format!(" ({why})"))
}

fn after(seconds: Option<u64>) -> String {
    seconds.map_or_else(String::new, |s| format!("; it says to come back in {s} s"))
}

impl AskError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Query(_) => "docs/places.md shows the query of each tool".into(),
            Self::Request(RequestError::Unsupported { .. }) | Self::NoProvider(_) => {
                "`orthoscope providers` lists who has which tool".into()
            }
            Self::Request(_) => "`orthoscope providers` says what each provider takes".into(),
            Self::NoKey { name, .. } => format!(
                "set the environment variable {name}, or keep it in the system's keyring: `orthoscope providers --keep-key {name}`"
            ),
            Self::Offline { .. } => "ask once without --offline; the answer is then kept".into(),
            Self::Endpoint => "such as --endpoint https://nominatim.example.org".into(),
            Self::KeyName => {
                "give the name of an environment variable or of an entry of the keyring, such as OPENAI_API_KEY, and never the secret itself".into()
            }
            Self::Plain { .. } => "give the address with https://".into(),
            Self::ForeignHost { .. } | Self::Redirect { .. } | Self::Private { .. } => {
                "nothing was sent there; name the service's own address with --endpoint if you trust it"
                    .into()
            }
            Self::Quota { .. } => "wait, or look at your plan with the provider".into(),
            Self::Refused(_) => "these are the service's own words; check key, plan and query".into(),
            Self::Unreadable(_) => {
                "nothing was kept; the address may be no map service, or its answers have changed".into()
            }
            Self::Timeout { .. } | Self::Unreachable { .. } => {
                "check the network; what was asked before is answered with --offline".into()
            }
            Self::TooLong(_) => "ask for less: a smaller radius or limit".into(),
            Self::Stopped => "nothing was kept".into(),
            Self::Unfit(_) => "report this with the query".into(),
            Self::Local(_) => "docs/places.md says what the local provider answers from".into(),
        }
    }
}

impl From<ReadError> for AskError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Refused { .. } => Self::Refused(error.to_string()),
            other => Self::Unreadable(other),
        }
    }
}
