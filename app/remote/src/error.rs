//! What can go wrong between here and a server, by kind.

/// Why a file on a server cannot be opened or read. No variant ever holds a credential: addresses that hold one
/// are refused before anything is said about them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The address cannot be one of a file.
    #[error("{0}")]
    Address(String),
    /// The address holds a credential.
    #[error("the address holds a {0}, and addresses are kept in projects and shown")]
    Secret(&'static str),
    /// The server cannot be reached.
    #[error("{host} cannot be reached: {reason}")]
    NoRoute { host: String, reason: String },
    /// The server did not answer in time.
    #[error("{host} did not answer in time")]
    TimedOut { host: String },
    /// There is no such file.
    #[error("{host} has no such file")]
    NotFound { host: String },
    /// The server wants other credentials.
    #[error("{host} does not let you read it")]
    Denied { host: String },
    /// The server answers with whole files only.
    #[error(
        "{host} sends no parts of files, and {whole} more than the {granted_mb} MB that are downloaded whole"
    )]
    NoRanges { host: String, whole: String, granted_mb: u64 },
    /// The file on the server is no longer the one that was opened.
    #[error("it was changed on {host} while it was open")]
    Changed { host: String },
    /// The server sends its readers to a place that is refused.
    #[error("{host} sends on to {to}, which is refused: {reason}")]
    Redirected { host: String, to: String, reason: &'static str },
    /// A file of somebody else's names a place in a private network.
    #[error("{host} lies in a private network, and a file that names it is no reason to go there")]
    Private { host: String },
    /// The server has trouble of its own.
    #[error("{host} has trouble: it answers with status {status}")]
    Server { host: String, status: u16 },
    /// The answer contradicts itself or the question.
    #[error("the answer of {host} cannot be used: {reason}")]
    Broken { host: String, reason: String },
    /// There is nothing in it.
    #[error("the file is empty, or {host} has no part of it to send")]
    Empty { host: String },
    /// The user has forbidden the network.
    #[error("nothing may be asked of the network: you work offline")]
    Forbidden,
    /// Nobody waits for it any more.
    #[error("it was stopped")]
    Stopped,
}

impl RemoteError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Address(_) => {
                "Give a whole address, such as https://host/folder/image.tif, s3://bucket/key, gs://bucket/key or az://container/name."
            }
            Self::Secret(_) => {
                "Give credentials in the environment (AWS_ACCESS_KEY_ID, GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_NAME and their like) and the address without them."
            }
            Self::NoRoute { .. } => "Check the spelling of the address, the network, and proxy or firewall.",
            Self::TimedOut { .. } => {
                "Try again; if it stays so, the network or the server is too slow or gone."
            }
            Self::NotFound { .. } => "Check the spelling of the address, also upper and lower case.",
            Self::Denied { .. } => {
                "Give credentials in the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, GOOGLE_SERVICE_ACCOUNT, or AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY."
            }
            Self::NoRanges { .. } => "Download the file and open the copy.",
            Self::Changed { .. } => "Open it again to see the new file.",
            Self::Redirected { .. } => "Give the address of the file itself, if you trust it.",
            Self::Private { .. } => "Open that address itself, if you trust it.",
            Self::Server { .. } => "Try again later.",
            Self::Broken { .. } => {
                "Something on the way does not keep to HTTP: download the file and open the copy."
            }
            Self::Empty { .. } => "Check that the file was uploaded whole.",
            Self::Forbidden => "Switch “Offline” off to read from servers again.",
            Self::Stopped => "Start it again to finish it.",
        }
    }
}
