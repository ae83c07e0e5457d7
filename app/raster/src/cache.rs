//! Decoded chunks of images in memory, the least recently used dropped first.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lru::LruCache;

use crate::duty;
use crate::numbers::Numbers;
use crate::spare;

/// Which decoded chunk: source, directory within it, column, row, plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChunkKey {
    pub(crate) source: u64,
    pub(crate) part: u16,
    pub(crate) plane: u16,
    pub(crate) col: u64,
    pub(crate) row: u64,
}

/// A number that no other open image has.
pub(crate) fn next_source_id() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Decoded parts of images under one byte budget; cheap to clone, shared by all sources that are given it.
#[derive(Clone, Debug)]
pub struct TileCache {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    budget: usize,
    state: Mutex<State>,
    /// One of these is held while a chunk is decoded, so that two threads do not decode the same strip.
    busy: [Mutex<()>; 64],
}

#[derive(Debug)]
struct State {
    held: usize,
    chunks: LruCache<ChunkKey, Arc<Numbers>>,
}

/// Memory of the cache that sources share by default.
const DEFAULT_BUDGET_BYTES: usize = 160 << 20;

impl TileCache {
    /// A cache that holds at most `budget` bytes of samples.
    pub fn new(budget: usize) -> Self {
        let state = Mutex::new(State { held: 0, chunks: LruCache::unbounded() });
        Self { inner: Arc::new(Inner { budget, state, busy: [const { Mutex::new(()) }; 64] }) }
    }

    /// The cache that sources share unless they are given another.
    pub fn shared() -> Self {
        static SHARED: OnceLock<TileCache> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(DEFAULT_BUDGET_BYTES)).clone()
    }

    /// The most bytes it holds.
    pub fn budget(&self) -> usize {
        self.inner.budget
    }

    /// Bytes held now.
    pub fn held(&self) -> usize {
        self.lock().held
    }

    /// Drops everything.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.chunks.clear();
        state.held = 0;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, key: &ChunkKey) -> Option<Arc<Numbers>> {
        self.lock().chunks.get(key).cloned()
    }

    fn put(&self, key: ChunkKey, chunk: &Arc<Numbers>) {
        let size = size_of_chunk(chunk);
        if size > self.inner.budget {
            return;
        }
        let mut state = self.lock();
        if let Some(old) = state.chunks.put(key, Arc::clone(chunk)) {
            state.held -= size_of_chunk(&old);
        }
        state.held += size;
        while state.held > self.inner.budget {
            let Some((_, old)) = state.chunks.pop_lru() else { break };
            state.held -= size_of_chunk(&old);
            spare::keep_chunk(old);
        }
    }

    /// The chunk from memory, or made by `make` once even when several threads ask at the same time.
    pub(crate) fn get_or_make<E>(
        &self,
        key: ChunkKey,
        make: impl FnOnce() -> Result<Numbers, E>,
    ) -> Result<Arc<Numbers>, E> {
        if let Some(chunk) = self.get(&key) {
            return Ok(chunk);
        }
        duty::note();
        let lane = (key.row.wrapping_mul(31) ^ key.col.wrapping_mul(17) ^ u64::from(key.plane)) % 64;
        let _busy = self.inner.busy[lane as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chunk) = self.get(&key) {
            return Ok(chunk);
        }
        let chunk = Arc::new(make()?);
        self.put(key, &chunk);
        Ok(chunk)
    }

    /// Forgets the chunks of a source that is gone.
    pub(crate) fn forget(&self, source: u64) {
        let mut state = self.lock();
        let gone: Vec<ChunkKey> =
            state.chunks.iter().map(|(k, _)| *k).filter(|k| k.source == source).collect();
        for key in gone {
            if let Some(old) = state.chunks.pop(&key) {
                state.held -= size_of_chunk(&old);
            }
        }
    }
}

fn size_of_chunk(chunk: &Numbers) -> usize {
    chunk.bytes() + 128
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(row: u64) -> ChunkKey {
        ChunkKey { source: 1, part: 0, plane: 0, col: 0, row }
    }

    #[test]
    fn memory_stays_under_the_budget_and_the_oldest_goes_first() {
        let cache = TileCache::new(4000);
        for row in 0..10 {
            cache.put(key(row), &Arc::new(Numbers::U8(vec![0; 1000])));
            assert!(cache.held() <= 4000);
        }
        assert!(cache.get(&key(9)).is_some() && cache.get(&key(0)).is_none());
        cache.put(key(77), &Arc::new(Numbers::U8(vec![0; 5000])));
        assert!(cache.get(&key(77)).is_none(), "larger than the whole budget");
    }

    #[test]
    fn a_closed_source_leaves_nothing_behind() {
        let cache = TileCache::new(4000);
        cache.put(key(0), &Arc::new(Numbers::U8(vec![0; 1000])));
        cache.forget(1);
        assert_eq!(cache.held(), 0);
    }

    #[test]
    fn threads_that_want_the_same_chunk_make_it_once() {
        let cache = TileCache::new(1 << 20);
        let made = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let chunk = cache.get_or_make(key(3), || {
                        made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        std::thread::sleep(std::time::Duration::from_millis(5));
                        Ok::<_, ()>(Numbers::U8(vec![7; 10]))
                    });
                    assert_eq!(chunk.map(|c| c.len()), Ok(10));
                });
            }
        });
        assert_eq!(made.load(std::sync::atomic::Ordering::SeqCst), 1);
    }
}
