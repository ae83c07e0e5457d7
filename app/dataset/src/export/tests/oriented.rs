//! Turned boxes in text files, and back.

use std::collections::BTreeSet;

use super::*;

/// A box turned by 30°, one across the border of two chips, an upright one, and a triangle.
fn bench() -> Bench {
    let turned = |x: f64, y: f64, length: f64, width: f64, degrees: f64| -> Geometry<f64> {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let at = |u: f64, v: f64| (x + u * cos - v * sin, y + u * sin + v * cos);
        let (l, w) = (length / 2.0, width / 2.0);
        let ring = vec![at(-l, -w), at(l, -w), at(l, w), at(-l, w), at(-l, -w)];
        geo::Polygon::new(ring.into(), Vec::new()).into()
    };
    let triangle: Geometry<f64> = wkt!(POLYGON((140. 70., 150. 70., 145. 80., 140. 70.))).into();
    Bench::new(
        &layer(),
        &[
            (turned(30.0, 30.0, 20.0, 8.0, 30.0), Some("no damage")),
            (turned(64.0, 20.0, 30.0, 6.0, 0.0), Some("destroyed")),
            (turned(160.0, 40.0, 10.0, 10.0, 0.0), Some("minor damage")),
            (triangle, Some("major damage")),
        ],
    )
}

/// Every text file of an export, by name, with its lines.
fn lines(bench: &Bench, export: &str, folder: &str) -> Vec<(PathBuf, Vec<String>)> {
    let mut found: Vec<_> = fs::read_dir(bench.out(export).join(folder))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("text");
            (path, text.lines().map(str::to_owned).collect())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn dota_and_yolo_come_back_as_the_same_boxes_and_classes() {
    let bench = bench();
    for (format, folder) in [(ExportFormat::Dota, "labelTxt"), (ExportFormat::YoloObb, "labels")] {
        let spec = ExportSpec { allow_left_out: true, ..bench.spec(format) };
        let report = bench.export(&spec, format.key()).expect("exports");
        assert_eq!((report.regions_out, report.left_out.len()), (3, 1), "the triangle is no box");
        assert!(report.left_out[0].reason.contains("no turned box"), "{report:?}");
        let (mut whole, mut classes) = (0, BTreeSet::new());
        for (path, _) in lines(&bench, format.key(), folder) {
            let file = read_features(&path, &Limits::default()).expect("read");
            let (empty, layer) = project(&layer());
            let author = Some(Author::new("eve"));
            let options = ImportOptions {
                kind: ImportAs::Labels,
                author,
                layer: Some(layer),
                ..ImportOptions::default()
            };
            let plan = plan_import(&empty, file.features, &options, &mut ids()).expect("plans");
            assert!(plan.rejected.is_empty(), "{:?}", plan.rejected);
            let mut empty = empty;
            empty.apply(&plan.edit).expect("applies");
            for (id, region) in empty.regions() {
                let class = empty.label_of(*id).map(|(_, l)| l.class.to_string()).expect("labelled");
                let back = multi(&region.geometry);
                let same = bench.project.regions().values().any(|old| {
                    let old = multi(&old.geometry);
                    let differs = overlay::symmetric_difference(&old, &back).unsigned_area();
                    differs < 1e-2 * old.unsigned_area()
                });
                whole += usize::from(same);
                classes.insert(class);
            }
        }
        assert!(whole >= 2, "{format:?}: those that a chip shows whole are where they were");
        assert_eq!(classes.len(), 3, "{format:?}: {classes:?}");
    }
}

#[test]
fn boxes_around_take_in_what_is_none_and_corners_stay_in_their_chip() {
    let bench = bench();
    let spec = |format| ExportSpec { boxes_around: true, ..bench.spec(format) };
    let report = bench.export(&spec(ExportFormat::YoloObb), "y").expect("exports");
    assert_eq!((report.regions_out, report.left_out.len()), (4, 0));
    for (path, lines) in lines(&bench, "y", "labels") {
        let picture = bench.out("y/images").join(path.file_stem().expect("a name")).with_extension("png");
        assert!(picture.is_file(), "{}", picture.display());
        for line in lines {
            let numbers: Vec<f64> = line.split(' ').map(|n| n.parse().expect("a number")).collect();
            assert!(numbers.len() == 9 && numbers[1..].iter().all(|n| (0.0..=1.0).contains(n)), "{line}");
        }
    }
    let yaml = fs::read_to_string(bench.out("y/data.yaml")).expect("there");
    assert!(yaml.contains("train: images\n") && yaml.contains("  3: \"destroyed\"\n"), "{yaml}");
    bench.export(&spec(ExportFormat::Dota), "d").expect("exports");
    let all: Vec<String> = lines(&bench, "d", "labelTxt").into_iter().flat_map(|(_, lines)| lines).collect();
    let named: BTreeSet<&str> = all.iter().filter_map(|line| line.split(' ').nth(8)).collect();
    assert_eq!(named, BTreeSet::from(["no-damage", "destroyed", "minor-damage", "major-damage"]));
    let halves: Vec<&String> = all.iter().filter(|line| line.contains("destroyed")).collect();
    assert!(
        halves.len() >= 2 && halves.iter().any(|line| line.ends_with(" 1")),
        "cut is difficult: {halves:?}"
    );
}

#[test]
fn coco_says_the_box_of_what_is_one() {
    let bench = bench();
    bench.export(&bench.spec(ExportFormat::Coco), "c").expect("exports");
    let coco = json(bench.out("c/annotations.json"));
    let of = |name: &str| {
        let all = coco["annotations"].as_array().expect("a list").iter();
        all.filter(|a| a["source_id"] == name && a["visible"] == 1.0).cloned().collect::<Vec<_>>()
    };
    let turned = of("b0");
    let rbox: Vec<f64> =
        turned[0]["rbox"].as_array().expect("five").iter().filter_map(Value::as_f64).collect();
    for (found, meant) in rbox.iter().zip([30.0, 30.0, 20.0, 8.0, 30.0]) {
        assert!((found - meant).abs() < 1e-2, "{rbox:?}");
    }
    assert!(of("b3").iter().all(|a| a.get("rbox").is_none()), "a triangle has none");
    let around = ExportSpec { boxes_around: true, ..bench.spec(ExportFormat::Coco) };
    bench.export(&around, "a").expect("exports");
    let coco = json(bench.out("a/annotations.json"));
    let all = coco["annotations"].as_array().expect("a list");
    assert!(
        all.iter().filter(|a| a["source_id"] == "b3" && a["visible"] == 1.0).all(|a| a["rbox"].is_array())
    );
}
