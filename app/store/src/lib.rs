//! Keeps the journal of a project, and the tables that other programs read, in one GeoPackage.
//!
//! Five nouns: a [`Store`] is one open file; a [`Commit`] is one entry of the journal with the rows it
//! renews; the [`Journal`] reads the entries back, each checked against a chain of hashes; a [`Session`]
//! is a project being worked on, every edit applied in memory and appended to the file; a
//! [`Verification`] says whether a file is what its journal says.
//!
//! The journal is the truth. The tables `region`, `label`, `vote`, `layer`, `adjustment`, `screening`,
//! `screening_cell`, `response`, `question` and what belongs to it, `run`, `run_reply`, `schema` and `setting` are a
//! cache of it for QGIS, GDAL and their like, and are never read back.
//!
//! ```
//! use store::{Identity, OpenMode, Store};
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("town.gpkg");
//! Store::create(&path, &Identity::new("example", 0), "Ada")?.close()?;
//! let (store, loaded) = Store::open(&path, OpenMode::ReadOnly)?;
//! assert!(loaded.project.regions().is_empty());
//! assert!(store.verify()?.is_clean());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ahead;
mod aside;
pub mod backups;
mod carried;
mod commit;
mod connect;
mod copies;
mod current;
mod error;
pub mod features;
mod file;
mod gpkg;
mod handed;
mod hits;
mod journal;
mod layout;
mod lock;
mod merge;
mod migrate;
mod packed;
mod questions;
mod responses;
mod screening;
mod sealing;
mod session;
mod signatures;
mod signer;
mod time;
mod verify;
mod voucher;
mod writer;

pub use ahead::{Adopted, EntryBase, Ready};
pub use aside::SetAside;
pub use carried::{Carried, Origin, Origins, Page, Source, make_file};
pub use commit::Commit;
pub use error::StoreError;
pub use file::{Identity, Loaded, OpenMode, Store};
pub use gpkg::well_known_binary;
pub use hits::count_hit;
pub use journal::Journal;
pub use layout::VERSION as FILE_VERSION;
pub use lock::{Holder, ReadOnlyReason};
pub use merge::{CopySummary, MemberShare, MergePlan, MergeReport};
pub use session::{Session, rescue};
pub use signatures::Signatures;
pub use signer::Signer;
pub use verify::{Verification, verify_file};
pub use voucher::{is_signed_by, journal_end, journal_hash_at, signed_in};
pub use writer::{SessionWriter, Ticket};

#[cfg(test)]
mod tests;
