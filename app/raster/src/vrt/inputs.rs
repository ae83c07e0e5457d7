//! The images that a mosaic is put together from: opened when they are needed, a few at a time.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::error::Fault;
use crate::source::{OpenOptions, Source};

/// Images that stay open; a system allows about a thousand files.
const MOST_OPEN: NonZeroUsize = NonZeroUsize::new(96).expect("more than none");

/// The files of a mosaic.
#[derive(Debug)]
pub(super) struct Inputs {
    files: Vec<PathBuf>,
    options: OpenOptions,
    open: Mutex<LruCache<u32, Result<Source, Fault>>>,
}

impl Inputs {
    pub(super) fn new(files: Vec<PathBuf>, options: &OpenOptions, opened_for: Vec<PathBuf>) -> Self {
        let options = OpenOptions { opened_for, ..options.clone() };
        Self { files, options, open: Mutex::new(LruCache::new(MOST_OPEN)) }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.files.iter().cloned()
    }

    /// One of them. What cannot be opened is not tried again while it is remembered.
    pub(super) fn open(&self, file: u32) -> Result<Source, Fault> {
        let known = self.lock().get(&file).cloned();
        if let Some(known) = known {
            return known;
        }
        let path = &self.files[file as usize];
        // Not under the lock: opening may take long, and a mosaic within a mosaic opens others.
        let opened =
            Source::open_with(path, &self.options).map_err(|error| within(&error.file, &error.fault));
        self.lock().put(file, opened.clone());
        opened
    }

    /// What went wrong in one of them, said for the mosaic.
    pub(super) fn fault(&self, file: u32, fault: &Fault) -> Fault {
        let path = &self.files[file as usize];
        within(&path.file_name().unwrap_or_default().to_string_lossy(), fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<u32, Result<Source, Fault>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same kind of fault, with the name of the source in front.
fn within(name: &str, fault: &Fault) -> Fault {
    let text = format!("its source {name} cannot be used: {fault}");
    match fault {
        Fault::System(_) => Fault::System(text),
        Fault::Damaged(_) => Fault::Damaged(text),
        Fault::TooLarge(_) => Fault::TooLarge(text),
        Fault::NotAnImage(_) | Fault::Unsupported(_) | Fault::OutOfRange(_) => Fault::Unsupported(text),
        Fault::Remote(error) => Fault::Remote(error.clone()),
        Fault::Stopped => Fault::Stopped,
    }
}
