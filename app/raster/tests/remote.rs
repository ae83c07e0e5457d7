//! Images on a server: the same pixels as from a disk, in few questions, and a sentence when the server fails.

#[expect(dead_code, reason = "the tests of the connection itself use all of its manners")]
#[path = "../../remote/tests/served/server.rs"]
mod server;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use raster::write::{NewImage, Packing, WriteOptions};
use raster::{
    ColorRole, Fault, OpenOptions, OverviewStore, Remote, SampleBuffer, SampleType, Source, TileCache, write,
};
use remote::{DiskCache, Environment, Settings};
use server::{Manner, Server};
use spatial::{Crs, GeoTransform, TileKey};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn options(folder: &Path) -> OpenOptions {
    let settings = Settings {
        connect_timeout: Duration::from_secs(1),
        silence_timeout: Duration::from_millis(500),
        retries: 1,
        first_pause: Duration::from_millis(10),
        retry_for: Duration::from_secs(3),
        cache: Some(DiskCache::in_folder(&folder.join("remote"), 64 << 20)),
        environment: Environment::default(),
        ..Settings::default()
    };
    OpenOptions {
        cache: TileCache::new(8 << 20),
        overviews: OverviewStore::in_folder(&folder.join("overviews")),
        remote: Remote::new(settings),
        ..OpenOptions::default()
    }
}

/// A tiled image with overviews, of noise that does not pack well.
fn scene(path: &Path, side: u32, overviews: bool) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let roles = [ColorRole::Red, ColorRole::Green, ColorRole::Blue];
    let place = GeoTransform::new([500_000.0, 0.5, 0.0, 4_100_000.0, 0.0, -0.5]);
    let new = NewImage::new(side, side, SampleType::U8, &roles).at(Some(Crs::from_epsg(32615)?), place);
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 26) as u8
    };
    let values = SampleBuffer::U8((0..side * side * 3).map(|_| next()).collect());
    let how =
        WriteOptions { tile_px: Some(256), packing: Packing::Deflate, overviews, ..WriteOptions::default() };
    write::image(path, &new, &how, &values)?;
    Ok(std::fs::read(path)?)
}

#[test]
fn an_image_on_a_server_is_the_image_in_few_questions() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scene.tif");
    let bytes = scene(&path, 2048, true)?;
    let server = Server::of(bytes.clone());
    let options = options(folder.path());
    let local = Source::open_with(&path, &options)?;
    let url = PathBuf::from(server.url("deep/scene.tif?v=3"));
    let far = Source::open_with(&url, &options)?;
    assert_eq!((far.path(), far.image().name.as_str()), (url.as_path(), "scene.tif"));
    assert_eq!(far.image().transform, local.image().transform);
    assert_eq!(far.pyramid(), local.pyramid());
    let opened = server.asked();
    assert!(opened.len() <= 3, "{} questions to open it", opened.len());
    let coarsest = far.pyramid().levels().len() as u8 - 1;
    let key = TileKey { level: coarsest, col: 0, row: 0 };
    assert_eq!(far.read_tile(key, &[0, 1, 2])?, local.read_tile(key, &[0, 1, 2])?);
    assert!(server.asked().len() <= 2, "the first view");
    let (w, h) = (900, 700);
    assert_eq!(
        far.read_window(0, 300, 500, w, h, &[0, 1, 2])?,
        local.read_window(0, 300, 500, w, h, &[0, 1, 2])?
    );
    let asked = server.asked();
    let sent: usize = asked.iter().map(|r| r.sent).sum();
    assert!(sent < bytes.len() / 2, "{sent} of {} bytes for a part of it", bytes.len());
    assert!(asked.len() <= 8, "20 tiles in {} questions", asked.len());
    drop(far);
    let far = Source::open_with(&url, &OpenOptions { cache: TileCache::new(8 << 20), ..options })?;
    assert_eq!(far.read_window(0, 300, 500, w, h, &[0])?, local.read_window(0, 300, 500, w, h, &[0])?);
    assert_eq!(server.asked().iter().map(|r| r.sent).sum::<usize>(), 0, "all of it is kept");
    Ok(())
}

#[test]
fn what_a_server_does_wrong_is_said_and_never_shown_as_pixels() -> Outcome {
    let folder = tempfile::tempdir()?;
    let bytes = scene(&folder.path().join("scene.tif"), 1024, false)?;
    let server = Server::of(bytes.clone());
    let url = PathBuf::from(server.url("scene.tif"));
    let options =
        OpenOptions { remote: options(&folder.path().join("other")).remote, ..options(folder.path()) };
    for manner in
        [Manner::Status(404), Manner::Status(500), Manner::Truncated(9), Manner::WrongRange, Manner::Silent]
    {
        server.behave(manner.clone());
        let began = Instant::now();
        let error = Source::open_with(&url, &options).expect_err("refused");
        assert!(matches!(error.fault, Fault::Remote(_)) && !error.hint().is_empty(), "{manner:?}: {error}");
        let text = error.to_string();
        assert!(text.starts_with("Cannot open scene.tif: ") && text.contains("127.0.0.1"), "{text}");
        assert!(began.elapsed() < Duration::from_secs(9), "{manner:?}: {:?}", began.elapsed());
    }
    server.behave(Manner::Good);
    let source = Source::open_with(&url, &options)?;
    assert!(!source.wants_overviews(), "making them would fetch the whole file");
    server.behave(Manner::Truncated(100));
    let (last, all) = (TileKey { level: 0, col: 3, row: 3 }, [0, 1, 2]);
    let error = source.read_tile(last, &all).expect_err("cut short");
    assert!(error.to_string().contains("tile 3,3 of scene.tif"), "{error}");
    server.behave(Manner::Good);
    assert!(source.read_tile(last, &all).is_ok(), "it can be tried again");
    server.replace(scene(&folder.path().join("scene.tif"), 1000, false)?, Some("\"two\""));
    let error = source.read_tile(TileKey { level: 0, col: 1, row: 3 }, &all).expect_err("changed");
    assert!(error.to_string().contains("changed") && error.hint().contains("again"), "{error}");
    assert_eq!(Source::open_with(&url, &options)?.image().width, 1000, "opened anew it is the new one");
    Ok(())
}

#[test]
fn an_address_that_holds_a_secret_is_refused_and_not_repeated() {
    for url in ["https://me:hunter2@a.org/x.tif", "s3://b/x.tif?X-Amz-Signature=hunter2"] {
        let error = Source::open(Path::new(url)).expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        assert!(error.hint().contains("environment"));
    }
}

fn mosaic(source: &str, relative: u8, side: u32) -> String {
    let band = |n: u32| {
        format!(
            "<VRTRasterBand dataType=\"Byte\" band=\"{n}\"><SimpleSource><SourceFilename relativeToVRT=\"{relative}\">\
             {source}</SourceFilename><SourceBand>{n}</SourceBand></SimpleSource></VRTRasterBand>"
        )
    };
    let bands: String = (1..=3).map(band).collect();
    format!("<VRTDataset rasterXSize=\"{side}\" rasterYSize=\"{side}\">{bands}</VRTDataset>")
}

#[test]
fn mosaics_name_files_on_their_own_server_and_none_in_private_networks_or_on_this_machine() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scene.tif");
    let bytes = scene(&path, 512, false)?;
    let local = path.to_string_lossy().into_owned();
    let server = Server::of_files(vec![
        ("d/scene.tif".into(), bytes),
        ("d/good.vrt".into(), mosaic("scene.tif", 1, 512).into_bytes()),
        ("d/thief.vrt".into(), mosaic(&local, 0, 512).into_bytes()),
    ]);
    let options = options(folder.path());
    let whole = Source::open_with(&path, &options)?.read_window(0, 0, 0, 512, 512, &[0, 1, 2])?;
    let far = Source::open_with(server.url("d/good.vrt").as_ref(), &options)?;
    assert_eq!(far.read_window(0, 0, 0, 512, 512, &[0, 1, 2])?.values, whole.values);
    let thief = Source::open_with(server.url("d/thief.vrt").as_ref(), &options).expect_err("refused");
    assert!(thief.to_string().contains("a file of this machine"), "{thief}");
    let strange = folder.path().join("strange.vrt");
    std::fs::write(&strange, mosaic(&format!("/vsicurl/{}", server.url("d/scene.tif")), 0, 512))?;
    server.asked();
    let error = match Source::open_with(&strange, &options) {
        Ok(source) => source.read_window(0, 0, 0, 9, 9, &[0]).expect_err("refused").to_string(),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("private network"), "{error}");
    assert!(server.asked().is_empty(), "nobody was asked");
    Ok(())
}

const REMARKS: &str =
    "<PAMDataset><PAMRasterBand band=\"1\"><Description>roofs</Description></PAMRasterBand></PAMDataset>";

#[test]
fn what_an_image_on_a_server_lacks_is_looked_for_beside_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let plain = |name: &str, side: u32, value: u8| {
        let new = NewImage::new(side, side, SampleType::U8, &[ColorRole::Gray]);
        let values = SampleBuffer::U8(vec![value; (side * side) as usize]);
        write::image(
            &path(name),
            &new,
            &WriteOptions { overviews: false, ..WriteOptions::default() },
            &values,
        )
    };
    plain("scene.tif", 1100, 40)?;
    plain("scene.tif.ovr", 550, 60)?;
    std::fs::write(path("scene.tif.aux.xml"), REMARKS)?;
    std::fs::write(path("scene.tfw"), "0.5\n0\n0\n-0.5\n500000.25\n4099999.75\n")?;
    std::fs::write(path("scene.prj"), Crs::from_epsg(32615)?.to_wkt())?;
    let names = ["scene.tif", "scene.tif.ovr", "scene.tif.aux.xml", "scene.tfw", "scene.prj"];
    let files = names.map(|name| Ok::<_, std::io::Error>((format!("/{name}"), std::fs::read(path(name))?)));
    let server = Server::of_files(files.into_iter().collect::<Result<_, _>>()?);
    let options = options(folder.path());
    let local = Source::open_with(&path("scene.tif"), &options)?;
    let far = Source::open_with(server.url("d/scene.tif").as_ref(), &options)?;
    assert_eq!(far.image().warnings, Vec::<String>::new());
    assert!(server.asked().len() <= 8, "each name is asked for once");
    assert_eq!(far.pyramid(), local.pyramid());
    assert_eq!(far.pyramid().levels().len(), 2);
    assert_eq!(far.image().transform, local.image().transform);
    assert!(far.image().transform.is_some() && far.image().bands[0].name.as_deref() == Some("roofs"));
    assert_eq!(far.image().crs.as_ref().and_then(Crs::epsg), Some(32615));
    assert_eq!(far.read_window(1, 5, 5, 9, 9, &[0])?.value(0, 0, 0), Some(60.0));
    // With a question mark the address is that of one file only.
    let alone = Source::open_with(server.url("d?f=/scene.tif").as_ref(), &options)?;
    assert!(alone.image().transform.is_none() && alone.pyramid().levels().len() == 1);
    Ok(())
}

#[test]
fn a_server_that_fails_beside_the_image_is_said_and_the_image_is_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let bytes = scene(&folder.path().join("scene.tif"), 1100, false)?;
    let server =
        Server::of_files(vec![("/scene.tif".into(), bytes), ("/scene.tif.ovr".into(), b"<html>".to_vec())]);
    let source = Source::open_with(server.url("scene.tif").as_ref(), &options(folder.path()))?;
    assert_eq!(source.pyramid().levels().len(), 1, "what is no image is no overview");
    assert!(
        source.image().warnings.iter().all(|w| !w.contains("not known")),
        "{:?}",
        source.image().warnings
    );
    Ok(())
}

/// Files are read, never mapped: one that shrinks or goes while it is open is an error of a tile.
#[test]
fn a_file_that_shrinks_or_goes_while_it_is_open_ends_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scene.tif");
    scene(&path, 1024, false)?;
    let source = Source::open_with(&path, &options(folder.path()))?;
    let tile = |col, row| source.read_tile(TileKey { level: 0, col, row }, &[0, 1, 2]);
    assert!(tile(0, 0).is_ok());
    let len = std::fs::metadata(&path)?.len();
    std::fs::OpenOptions::new().write(true).open(&path)?.set_len(len / 2)?;
    let error = tile(3, 3).expect_err("its end is gone");
    assert!(error.to_string().contains("ends early"), "{error}");
    std::fs::OpenOptions::new().write(true).open(&path)?.set_len(0)?;
    assert!(tile(2, 0).is_err());
    std::fs::remove_file(&path)?;
    assert!(tile(1, 0).is_err() && tile(0, 0).is_ok(), "what was read stays");
    Ok(())
}
