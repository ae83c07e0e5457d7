//! Keeps the journal of a project in PostgreSQL, and sends and fetches entries.
//!
//! The file of each member stays the whole project: it is a copy, and the server is one more place where the entries of all
//! copies lie. What the server adds is that they come together by themselves, that it knows who sends, and that a committee
//! is blind by the server's own rules (`sql/0001_journal.sql`): what a sealed vote says, and an entry with an open vote in
//! it, are shown to nobody but its member until as many have voted as the rule asks for.
//!
//! Five nouns: an [`Address`] says where and who; a [`Connection`] is one open one; a [`Desk`] is a member with their file,
//! which shares, sends and fetches, also [`Beside`] a session that has the file open; a [`Kept`] is what is remembered of a
//! file's server beside the preferences; a [`Watch`] tells when there is news.

mod address;
mod connection;
mod desk;
mod error;
mod fetch;
mod kept;
mod live;
mod members;
mod migrations;
mod openings;
mod regions;
mod send;
mod watch;

pub use address::{Address, is_address};
pub use connection::{About, Connection};
pub use desk::{Desk, Fetched, Noted, Sent, Shared, Synced, due_from, unsealed_open_votes};
pub use error::ServerError;
pub use kept::Kept;
pub use live::{Beside, Exchanged};
pub use members::{Added, RemoteMember};
pub use watch::{News, Watch};
