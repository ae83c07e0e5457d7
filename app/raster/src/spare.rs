//! Memory that was used and will be used again: fresh pages from the system cost more than unpacking some
//! files does.
//!
//! Buffers that are no longer needed lie on a shelf per kind of number, all shelves together at most
//! [`MOST_BYTES`]. What is taken from a shelf is as good as new: all zeros.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::number::NumberType;
use crate::numbers::{Numbers, with_numbers};
use crate::samples::{SampleBuffer, SampleType, with_values};

/// Bytes on all shelves.
const MOST_BYTES: usize = 48 << 20;
/// Buffers smaller than this are left to the allocator, which has such at hand.
const LEAST_BYTES: usize = 64 << 10;
/// Buffers on one shelf.
const MOST_BUFFERS: usize = 64;

static HELD: AtomicUsize = AtomicUsize::new(0);

/// Buffers of one kind of number.
pub(crate) type Shelf<T> = Mutex<Vec<Vec<T>>>;

/// A number whose buffers are kept.
pub(crate) trait Kept: Copy + Default + 'static {
    fn shelf() -> &'static Shelf<Self>;
}

macro_rules! kept {
    ($($t:ty),+) => {$(
        impl Kept for $t {
            fn shelf() -> &'static Shelf<Self> {
                static SHELF: Shelf<$t> = Mutex::new(Vec::new());
                &SHELF
            }
        }
    )+};
}
kept!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

/// `len` zeros in memory that is hardly larger, so that whoever counts it counts right.
pub(crate) fn zeros<T: Kept>(len: usize) -> Vec<T> {
    match take(len, len.saturating_add(len / 32)) {
        Some(mut kept) => {
            kept.clear();
            kept.resize(len, T::default());
            kept
        }
        None => vec![T::default(); len],
    }
}

/// The same for packed bytes that are soon kept again, in memory of any size that is enough.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    let mut kept =
        take(len, len.saturating_mul(8)).unwrap_or_else(|| Vec::with_capacity(len.saturating_add(len / 4)));
    kept.clear();
    kept.resize(len, 0);
    kept
}

fn take<T: Kept>(len: usize, most: usize) -> Option<Vec<T>> {
    if len * size_of::<T>() < LEAST_BYTES {
        return None;
    }
    let mut shelf = T::shelf().lock().unwrap_or_else(PoisonError::into_inner);
    // The newest is the most likely to be in the processor's cache.
    let fits = |kept: &Vec<T>| (len..=most).contains(&kept.capacity());
    let kept = shelf.iter().rposition(fits).map(|at| shelf.remove(at))?;
    HELD.fetch_sub(kept.capacity() * size_of::<T>(), Ordering::Relaxed);
    Some(kept)
}

/// Puts a buffer on its shelf, where there is room.
pub(crate) fn keep<T: Kept>(buffer: Vec<T>) {
    let bytes = buffer.capacity() * size_of::<T>();
    if !(LEAST_BYTES..=MOST_BYTES).contains(&bytes) {
        return;
    }
    if HELD.fetch_add(bytes, Ordering::Relaxed) + bytes > MOST_BYTES {
        HELD.fetch_sub(bytes, Ordering::Relaxed);
        return;
    }
    let mut shelf = T::shelf().lock().unwrap_or_else(PoisonError::into_inner);
    if shelf.len() == MOST_BUFFERS {
        // The oldest is of a size that nobody asked for since.
        let oldest = shelf.remove(0);
        HELD.fetch_sub(oldest.capacity() * size_of::<T>(), Ordering::Relaxed);
    }
    shelf.push(buffer);
}

/// Zeros of a kind of number that files hold.
pub(crate) fn numbers(kind: NumberType, len: usize) -> Numbers {
    match kind {
        NumberType::U8 => Numbers::U8(zeros(len)),
        NumberType::I8 => Numbers::I8(zeros(len)),
        NumberType::U16 => Numbers::U16(zeros(len)),
        NumberType::I16 => Numbers::I16(zeros(len)),
        NumberType::U32 => Numbers::U32(zeros(len)),
        NumberType::I32 => Numbers::I32(zeros(len)),
        NumberType::U64 => Numbers::U64(zeros(len)),
        NumberType::I64 => Numbers::I64(zeros(len)),
        NumberType::F16 | NumberType::F32 => Numbers::F32(zeros(len)),
        NumberType::F64 => Numbers::F64(zeros(len)),
    }
}

/// Zeros of a kind of number that samples are handed out as.
pub(crate) fn samples(kind: SampleType, len: usize) -> SampleBuffer {
    match kind {
        SampleType::U8 => SampleBuffer::U8(zeros(len)),
        SampleType::U16 => SampleBuffer::U16(zeros(len)),
        SampleType::I16 => SampleBuffer::I16(zeros(len)),
        SampleType::F32 => SampleBuffer::F32(zeros(len)),
    }
}

/// Keeps the memory of samples that nobody needs any more.
pub(crate) fn keep_samples(samples: SampleBuffer) {
    with_values!(samples, values => keep(values));
}

/// Keeps the memory of a chunk unless somebody else holds it.
pub(crate) fn keep_chunk(chunk: Arc<Numbers>) {
    if let Ok(chunk) = Arc::try_unwrap(chunk) {
        keep_numbers(chunk);
    }
}

/// Keeps the memory of numbers that nobody needs any more.
pub(crate) fn keep_numbers(numbers: Numbers) {
    with_numbers!(numbers, values => keep(values));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, of kinds that no other test of this crate uses so large: shelves are shared by the whole program,
    /// and others may fill them meanwhile.
    #[test]
    fn what_is_kept_comes_back_as_zeros_where_it_fits_and_shelves_have_a_bound() {
        let len = LEAST_BYTES;
        keep::<i64>(vec![7; len]);
        let has_room = !i64::shelf().lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        assert!(take::<i64>(len / 2, len - 1).is_none(), "it is too large");
        assert!(take::<i64>(len + 1, len * 2).is_none(), "it is too small");
        let again: Vec<i64> = zeros(len - 5);
        assert!(again.len() == len - 5 && again.iter().all(|n| *n == 0));
        assert!(!has_room || again.capacity() >= len, "what was kept is used again");
        assert!(take::<i64>(len, len).is_none(), "it was taken");

        for _ in 0..20 {
            keep::<u64>(Vec::with_capacity(1 << 20));
        }
        let held: usize =
            u64::shelf().lock().unwrap_or_else(PoisonError::into_inner).iter().map(Vec::capacity).sum();
        assert!(held * 8 <= MOST_BYTES, "{held}");
        while take::<u64>(1 << 20, 2 << 20).is_some() {}
        keep::<u64>(Vec::with_capacity(16));
        assert!(take::<u64>(16, 32).is_none(), "small ones are left to the allocator");
    }
}
