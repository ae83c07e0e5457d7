//! Files that change while they are open: cut short, overwritten, replaced, deleted, made larger. Whatever happens, a read
//! is an answer or a sentence, never the end of the process.

use std::path::{Path, PathBuf};

use raster::write::{NewImage, WriteOptions};
use raster::{
    ColorRole, OpenOptions, OverviewStore, ReadError, SampleBuffer, SampleType, Samples, Source, TileCache,
};
use spatial::TileKey;

const SIDE: u32 = 512;

/// Tiles of 128 pixels of noise that no packing makes small, so that a cut takes some of them.
fn write(path: &Path, salt: u32) {
    let new = NewImage::new(SIDE, SIDE, SampleType::U8, &[ColorRole::Gray]);
    let options = WriteOptions { tile_px: Some(128), overviews: true, ..WriteOptions::default() };
    let value = |i: u32| ((i ^ salt).wrapping_mul(2_654_435_761) >> 13) as u8;
    let samples = SampleBuffer::U8((0..SIDE * SIDE).map(value).collect());
    raster::write::image(path, &new, &options, &samples).expect("written");
}

fn open(path: &Path) -> Source {
    // Nothing is kept in memory, so that each read asks the disk.
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    let options = OpenOptions { cache: TileCache::new(0), overviews, ..OpenOptions::default() };
    Source::open_with(path, &options).expect("opens")
}

fn tiles(source: &Source) -> Vec<TileKey> {
    let pyramid = source.pyramid();
    let whole = [0.0, 0.0, f64::from(SIDE), f64::from(SIDE)];
    (0..pyramid.levels().len() as u8).flat_map(|level| pyramid.tiles_in(level, whole)).collect()
}

fn read_all(source: &Source) -> Vec<Result<Samples, ReadError>> {
    let read: Vec<_> = tiles(source).into_iter().map(|key| source.read_tile(key, &[0])).collect();
    for error in read.iter().filter_map(|result| result.as_ref().err()) {
        let said = error.to_string();
        assert!(said.contains("picture.tif") && said.ends_with('.'), "{said}");
        assert!(!error.hint().is_empty());
    }
    read
}

fn picture(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("picture.tif");
    write(&path, 1);
    path
}

#[test]
fn a_file_that_is_cut_while_it_is_open_costs_the_tiles_that_are_gone() {
    let folder = tempfile::tempdir().expect("folder");
    let path = picture(&folder);
    let len = std::fs::metadata(&path).expect("there").len();
    let whole = std::fs::read(&path).expect("read");
    let source = open(&path);
    let before = read_all(&source);
    assert!(before.iter().all(Result::is_ok));
    let mut failures = Vec::new();
    for cut in [len - 1, len * 3 / 4, len / 2, len / 4, 100, 0] {
        let file = std::fs::OpenOptions::new().write(true).open(&path).expect("opens");
        file.set_len(cut).expect("cut");
        failures.push(read_all(&source).iter().filter(|tile| tile.is_err()).count());
        // Longer again, and full of nothing: decoding says so, or gives what nothing unpacks to.
        file.set_len(len).expect("longer");
        read_all(&source);
        std::fs::write(&path, &whole).expect("as it was");
    }
    assert!(failures.windows(2).all(|pair| pair[0] <= pair[1]), "{failures:?}");
    assert_eq!(failures.last(), Some(&before.len()), "of an empty file nothing is left");
    let same = read_all(&source).into_iter().zip(before).all(|(now, then)| {
        now.expect("whole again").values.as_bytes() == then.expect("read").values.as_bytes()
    });
    assert!(same, "once it is whole again every tile can be read, without opening it anew");
}

#[test]
fn a_file_that_is_replaced_deleted_or_overwritten_while_it_is_open_is_an_answer_or_a_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    let path = picture(&folder);
    let source = open(&path);
    let before = read_all(&source);
    let bytes = |tiles: &[Result<Samples, ReadError>]| -> Vec<Vec<u8>> {
        let tile = |t: &Result<Samples, ReadError>| t.as_ref().expect("read").values.as_bytes().to_vec();
        tiles.iter().map(tile).collect()
    };
    // Another file takes its name: the one that is open stays what it was, and opening finds the other.
    let other = folder.path().join("other.tif");
    write(&other, 77);
    std::fs::rename(&other, &path).expect("replaced");
    if cfg!(unix) {
        assert_eq!(bytes(&read_all(&source)), bytes(&before));
    }
    let second = open(&path);
    assert_ne!(bytes(&read_all(&second)), bytes(&before));
    // Overwritten in place by another image, then by noise, then deleted.
    write(&path, 5);
    read_all(&second);
    let noise: Vec<u8> = (0..400_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
    std::fs::write(&path, noise).expect("overwritten");
    read_all(&second);
    std::fs::remove_file(&path).expect("deleted");
    read_all(&second);
    let error = Source::open(&path).expect_err("it is gone").to_string();
    assert!(error.contains("picture.tif") && error.contains("no such file"), "{error}");
}

#[test]
fn threads_that_read_while_the_file_changes_end_with_answers_and_sentences() {
    let folder = tempfile::tempdir().expect("folder");
    let path = picture(&folder);
    let whole = std::fs::read(&path).expect("read");
    let source = open(&path);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let source = &source;
            let reads = move || (0..20).for_each(|_| drop(read_all(source)));
            std::thread::Builder::new()
                .name(format!("reader {thread}"))
                .spawn_scoped(scope, reads)
                .expect("spawned");
        }
        for round in 0..100_u64 {
            let file = std::fs::OpenOptions::new().write(true).open(&path).expect("opens");
            file.set_len(whole.len() as u64 * (round % 7) / 6).expect("cut");
            std::fs::write(&path, &whole).expect("whole");
        }
    });
    assert!(read_all(&source).iter().all(Result::is_ok));
}
