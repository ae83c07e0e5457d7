//! General compressions, each unpacked into exactly the bytes that a chunk must have; of a tile at the
//! border of the image, `enough` bytes will do.

use std::cell::RefCell;
use std::io::Read as _;

use crate::error::Fault;

fn ends_early(name: &str) -> Fault {
    Fault::damaged(format!("the {name} data end early"))
}

fn bad(name: &str) -> Fault {
    Fault::damaged(format!("the {name} data are damaged"))
}

/// The fast way needs a stream that is sound to its checksum; the slow way takes what fills the chunk. False
/// where the stream fills the chunk but its checksum is wrong or missing.
pub(crate) fn deflate(packed: &[u8], out: &mut [u8], enough: usize) -> Result<bool, Fault> {
    thread_local! {
        static UNPACKER: RefCell<libdeflater::Decompressor> = RefCell::new(libdeflater::Decompressor::new());
    }
    // Without its header of two bytes and its checksum the stream is plain deflate.
    let bare = packed.get(2..).unwrap_or_default();
    let (is_sound, is_whole) = UNPACKER.with_borrow_mut(|unpacker| {
        let is_sound = unpacker.zlib_decompress(packed, out) == Ok(out.len());
        (is_sound, is_sound || unpacker.deflate_decompress(bare, out) == Ok(out.len()))
    });
    if is_whole {
        return Ok(is_sound);
    }
    let mut stream = flate2::bufread::ZlibDecoder::new(packed);
    fill(&mut stream, out, enough, "deflate")?;
    // The checksum is compared when the end of the stream is read.
    Ok(stream.read(&mut [0]).is_ok())
}

/// The beginning of a stream, which may go on in both.
pub(crate) fn deflate_top(packed: &[u8], out: &mut [u8]) -> Result<(), Fault> {
    thread_local! {
        static UNPACKER: RefCell<flate2::Decompress> = RefCell::new(flate2::Decompress::new(true));
    }
    UNPACKER.with_borrow_mut(|unpacker| {
        unpacker.reset(true);
        let unpacked = unpacker.decompress(packed, out, flate2::FlushDecompress::None);
        unpacked.map_err(|_| bad("deflate"))?;
        if unpacker.total_out() < out.len() as u64 { Err(ends_early("deflate")) } else { Ok(()) }
    })
}

pub(crate) fn zstd(packed: &[u8], out: &mut [u8], enough: usize) -> Result<(), Fault> {
    thread_local! {
        static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
            RefCell::new(zstd::bulk::Decompressor::new().ok());
    }
    let unpack = |unpacker: &mut Option<zstd::bulk::Decompressor<'static>>| {
        unpacker.as_mut().and_then(|u| u.decompress_to_buffer(packed, out).ok())
    };
    if UNPACKER.with_borrow_mut(unpack) == Some(out.len()) {
        return Ok(());
    }
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| bad("ZSTD"))?;
    fill(decoder, out, enough, "ZSTD")
}

/// The dictionary of the strongest preset of xz, and what its decoder needs besides.
const LZMA_MEMORY_KB: u32 = 80 << 10;

/// XZ, as libtiff packs by LZMA: with a delta filter before it.
pub(crate) fn lzma(packed: &[u8], out: &mut [u8], enough: usize) -> Result<(), Fault> {
    fill(lzma_rust2::XzReader::new_mem_limit(packed, false, LZMA_MEMORY_KB), out, enough, "LZMA")
}

/// Unpacks what says its size nowhere, when that is at most `most` bytes.
pub(crate) fn deflate_at_most(packed: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    read_at_most(flate2::bufread::ZlibDecoder::new(packed), most, "deflate")
}

pub(crate) fn zstd_at_most(packed: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| bad("ZSTD"))?;
    read_at_most(decoder, most, "ZSTD")
}

fn read_at_most(stream: impl std::io::Read, most: usize, name: &str) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    std::io::Read::take(stream, most as u64 + 1).read_to_end(&mut out).map_err(|_| bad(name))?;
    if out.len() > most {
        return Err(Fault::damaged(format!("the {name} data hold more than they may")));
    }
    Ok(out)
}

fn fill(mut stream: impl std::io::Read, out: &mut [u8], enough: usize, name: &str) -> Result<(), Fault> {
    let mut filled = 0;
    while filled < out.len() {
        match stream.read(&mut out[filled..]) {
            Ok(n) if n > 0 => filled += n,
            _ if filled >= enough => return Ok(()),
            Ok(_) => return Err(ends_early(name)),
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Err(ends_early(name)),
            Err(_) => return Err(bad(name)),
        }
    }
    Ok(())
}

pub(crate) fn packbits(packed: &[u8], mut out: &mut [u8], enough: usize) -> Result<(), Fault> {
    let spare = out.len() - enough;
    let mut rest = packed;
    while !out.is_empty() {
        let Some((&head, after)) = rest.split_first() else {
            return if out.len() <= spare { Ok(()) } else { Err(ends_early("PackBits")) };
        };
        rest = after;
        if head == 128 {
            continue;
        }
        let is_run = head > 128;
        let n = if is_run { 257 - usize::from(head) } else { usize::from(head) + 1 };
        let fits = n.min(out.len());
        let (now, later) = out.split_at_mut(fits);
        if is_run {
            let (&value, after) = rest.split_first().ok_or_else(|| ends_early("PackBits"))?;
            now.fill(value);
            rest = after;
        } else {
            now.copy_from_slice(rest.get(..fits).ok_or_else(|| ends_early("PackBits"))?);
            rest = rest.get(n..).unwrap_or_default();
        }
        out = later;
    }
    Ok(())
}

pub(crate) fn pack_deflate(raw: &[u8], level: i32) -> Result<Vec<u8>, Fault> {
    let level = libdeflater::CompressionLvl::new(level).unwrap_or_default();
    let mut packer = libdeflater::Compressor::new(level);
    let mut out = vec![0; packer.zlib_compress_bound(raw.len())];
    let len =
        packer.zlib_compress(raw, &mut out).map_err(|e| Fault::System(format!("deflate failed ({e})")))?;
    out.truncate(len);
    Ok(out)
}

pub(crate) fn pack_zstd(raw: &[u8], level: i32) -> Result<Vec<u8>, Fault> {
    thread_local! {
        static PACKER: RefCell<Option<(i32, zstd::bulk::Compressor<'static>)>> = const { RefCell::new(None) };
    }
    PACKER.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(of, _)| *of != level) {
            *kept = Some((level, zstd::bulk::Compressor::new(level)?));
        }
        let packer = kept.as_mut().map(|(_, packer)| packer.compress(raw));
        packer.unwrap_or_else(|| zstd::bulk::compress(raw, level)).map_err(Fault::from)
    })
}
