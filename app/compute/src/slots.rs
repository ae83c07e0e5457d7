//! A few places for slices of work: as many as are under way at once, so that no more is uploaded than fits them.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use crate::device::Compute;
use crate::error::ComputeError;

/// Places that are free.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    free: Mutex<Receiver<T>>,
    back: SyncSender<T>,
}

/// The way back of a place.
#[derive(Clone, Debug)]
pub(crate) struct Return<T>(SyncSender<T>);

impl<T> Slots<T> {
    pub(crate) fn new(all: Vec<T>) -> Self {
        let (back, free) = sync_channel(all.len());
        for one in all {
            // There is room for all.
            let _ = back.try_send(one);
        }
        Self { free: Mutex::new(free), back }
    }

    /// Waits for a free place.
    pub(crate) fn take(&self, compute: &Compute) -> Result<T, ComputeError> {
        compute.wait(|| self.free.lock().unwrap_or_else(PoisonError::into_inner).try_recv().ok())
    }

    pub(crate) fn way_back(&self) -> Return<T> {
        Return(self.back.clone())
    }
}

impl<T> Return<T> {
    pub(crate) fn give(&self, one: T) {
        // There is room for all; nobody waits when the work has ended.
        let _ = self.0.try_send(one);
    }
}
