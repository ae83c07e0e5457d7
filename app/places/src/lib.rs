//! Asks map services and models once, keeps what they answer for ever, and answers from the project itself.
//!
//! Six nouns: a [`Question`] is a query with the provider that is asked, as one canonical request whose SHA-256 is its
//! key; an [`Interview`] is many questions to a model; the [`Registry`] knows every provider; the [`Network`] sends what may be sent, slowly enough, and lets no answer
//! grow without end; [`Keys`] are the user's secrets, put in while a request is sent and taken out of what comes back; a
//! [`LocalMap`] answers the same questions from regions, labels and extracts of OpenStreetMap.
//!
//! ```
//! use places::{LocalMap, Question, plugin_api::{Query, Tool}};
//! let map = LocalMap::default();
//! let query = Query::parse(Tool::TextSearch, r#"{"text":"school"}"#)?;
//! let question = Question::local(map.into(), query);
//! let again = Query::parse(Tool::TextSearch, r#"{"limit":5,"text":"school"}"#)?;
//! assert_eq!(question.key(), Question::local(LocalMap::default().into(), again).key());
//! # Ok::<(), plugin_api::QueryError>(())
//! ```

mod canonical;
mod chat;
mod context;
mod difference;
mod error;
mod interview;
mod keys;
mod local;
mod network;
mod picture;
mod question;
mod registry;
mod secret;
mod shelf;

pub use chat::{CHAT, Chat, ChatReply, Endpoint, Manner, Said, said_in, usual_pace};
pub use context::{Card, Layout, context};
pub use difference::difference;
pub use error::AskError;
pub use interview::{Commission, Forecast, Interview, Keeper, Line, Proposed, Tally, Terms, Way};
pub use keys::{Keys, NoKeys, UserKeys};
pub use local::{LocalMap, MapError};
pub use network::{Network, Pauses};
pub use picture::{PICTURE, PictureOf};
pub use plugin_api;
pub use question::{Question, Reply};
pub use registry::{LOCAL, Registry, asked, provider_folder, read_again};
pub use secret::Secret;
pub use shelf::Shelf;
