//! Reads parts of files on servers and in object stores, and keeps them in a bounded cache on disk.
//!
//! Five nouns: an [`Address`] says where a file is (`https://…`, `s3://…`, `gs://…`, `az://…`); a [`Remote`]
//! holds the connections, their limits and the cache; a [`RemoteFile`] is an open file of one known state, read
//! at any offset; a [`DiskCache`] keeps what was read, for the next time, under a budget of bytes; a
//! [`RemoteError`] says which kind of thing went wrong.
//!
//! Requests run on threads of this crate, and callers wait for them: nothing outside sees an async runtime.
//! Call it from worker threads only. [`while_wanted`] lets a caller that is no longer wanted stop waiting.
//!
//! Credentials come from the environment and go to the server they are for, nowhere else; an address that holds
//! one is refused, because addresses are kept in projects and shown.
//!
//! ```no_run
//! let address = remote::Address::parse("https://example.org/mosaic.tif")?;
//! let file = remote::Remote::shared().open(&address)?;
//! let mut head = [0; 16];
//! file.read_at(&mut head, 0)?;
//! # Ok::<(), remote::RemoteError>(())
//! ```

mod address;
mod connection;
mod disk;
mod error;
mod fetch;
mod file;
mod names;
mod store;
mod threads;
mod wanted;

pub use address::Address;
pub use disk::DiskCache;
pub use error::RemoteError;
pub use file::RemoteFile;
pub use names::Names;
pub use store::{Environment, Remote, Settings};
pub use threads::{ASK_EVERY, NoResult, forbid, wait_for};
pub use wanted::while_wanted;
