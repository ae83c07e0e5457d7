//! The house rules that a compiler does not hold: who may depend on whom, how long a file or a function
//! may be, and words that must not stand in the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use harness::root;

/// The crate contract of ARCHITECTURE.md: workspace crates that each crate may depend on.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("spatial", &[]),
    ("agreement", &["spatial"]),
    ("jobs", &[]),
    ("expression", &[]),
    ("shaders", &["expression"]),
    ("spectral", &[]),
    ("segment", &["spatial"]),
    ("project", &["agreement", "spatial"]),
    ("editing", &["project", "segment", "spatial"]),
    ("query", &["expression", "project", "spatial"]),
    ("questions", &["plugin-api", "project", "spatial"]),
    ("remote", &[]),
    ("raster", &["remote", "spatial"]),
    ("store", &["project", "spatial"]),
    ("server", &["project", "spatial", "store"]),
    ("dataset", &["project", "raster", "segment", "spatial"]),
    ("cubes", &["raster", "spectral"]),
    ("renderer", &["expression", "shaders", "spatial"]),
    ("compute", &["raster", "renderer", "shaders", "spectral"]),
    ("learning", &["renderer", "spatial"]),
    ("unet", &["learning"]),
    ("farseg", &["learning"]),
    ("onnx", &["learning"]),
    ("sam", &["learning"]),
    ("teaching", &["farseg", "learning", "onnx", "project", "raster", "spatial", "unet"]),
    ("similar", &["project"]),
    ("scenes", &["project", "raster", "spatial"]),
    ("plugin-api", &[]),
    ("azure", &["plugin-api"]),
    ("declared", &["plugin-api"]),
    ("google", &["plugin-api"]),
    ("graphhopper", &["plugin-api"]),
    ("here", &["plugin-api"]),
    ("mapbox", &["plugin-api"]),
    ("nominatim", &["plugin-api"]),
    ("openrouteservice", &["plugin-api"]),
    ("osrm", &["plugin-api"]),
    ("overpass", &["plugin-api"]),
    ("photon", &["plugin-api"]),
    ("tomtom", &["plugin-api"]),
    (
        "places",
        &[
            "azure",
            "declared",
            "google",
            "graphhopper",
            "here",
            "mapbox",
            "nominatim",
            "openrouteservice",
            "osrm",
            "overpass",
            "photon",
            "plugin-api",
            "project",
            "query",
            "questions",
            "remote",
            "spatial",
            "tomtom",
        ],
    ),
    ("paper", &[]),
    ("report", &["agreement", "paper", "project", "questions"]),
    ("picture", &["expression", "paper", "project", "raster", "renderer", "segment", "spatial"]),
    (
        "desktop",
        &[
            "agreement",
            "compute",
            "cubes",
            "dataset",
            "editing",
            "expression",
            "jobs",
            "learning",
            "paper",
            "picture",
            "places",
            "project",
            "query",
            "questions",
            "raster",
            "remote",
            "renderer",
            "report",
            "sam",
            "scenes",
            "segment",
            "server",
            "similar",
            "spatial",
            "spectral",
            "store",
            "teaching",
        ],
    ),
    (
        "cli",
        &[
            "agreement",
            "compute",
            "cubes",
            "dataset",
            "desktop",
            "editing",
            "expression",
            "jobs",
            "learning",
            "paper",
            "picture",
            "places",
            "project",
            "query",
            "questions",
            "raster",
            "renderer",
            "report",
            "sam",
            "scenes",
            "segment",
            "server",
            "similar",
            "spatial",
            "spectral",
            "store",
            "teaching",
            "unet",
        ],
    ),
];

/// Externals that a crate must never see, even if it is convenient.
const NEVER: &[(&str, &[&str])] = &[
    ("spatial", &["egui", "wgpu", "rusqlite"]),
    ("agreement", &["egui", "wgpu", "rusqlite", "jiff", "reqwest"]),
    ("paper", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("report", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("project", &["egui", "wgpu", "rusqlite", "rayon", "jiff"]),
    ("editing", &["egui", "wgpu", "rusqlite", "rayon"]),
    ("questions", &["egui", "wgpu", "rusqlite", "reqwest", "jiff"]),
    ("remote", &["egui", "wgpu", "rusqlite"]),
    ("raster", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "object_store"]),
    ("spectral", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("segment", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("compute", &["egui", "eframe", "egui-wgpu", "rusqlite", "reqwest"]),
    ("cubes", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("store", &["egui", "wgpu", "reqwest"]),
    ("server", &["egui", "eframe", "egui-wgpu", "wgpu", "rusqlite", "reqwest"]),
    ("dataset", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("learning", &["egui", "eframe", "egui-wgpu", "rusqlite", "reqwest"]),
    ("teaching", &["egui", "wgpu", "burn", "rusqlite", "reqwest"]),
    ("similar", &["egui", "wgpu", "burn", "rusqlite", "reqwest", "jiff"]),
    ("farseg", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("onnx", &["egui", "wgpu", "burn", "rusqlite", "reqwest"]),
    ("sam", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("unet", &["egui", "wgpu", "rusqlite", "reqwest"]),
    ("renderer", &["egui", "eframe", "egui-wgpu", "rusqlite", "tiff"]),
    ("shaders", &["egui", "wgpu"]),
    ("expression", &["egui", "wgpu", "rusqlite"]),
    ("query", &["egui", "wgpu", "rusqlite"]),
    ("jobs", &["egui", "wgpu", "rusqlite"]),
    ("picture", &["egui", "eframe", "rusqlite"]),
    ("plugin-api", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("azure", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("declared", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("google", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("graphhopper", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("here", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("mapbox", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("nominatim", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("openrouteservice", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("osrm", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("overpass", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("photon", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("tomtom", &["egui", "wgpu", "rusqlite", "reqwest", "tokio", "jiff"]),
    ("places", &["egui", "wgpu", "rusqlite", "jiff"]),
    ("scenes", &["egui", "wgpu", "rusqlite"]),
];

fn short(name: &str) -> Option<&str> {
    name.strip_prefix("orthoscope-").filter(|n| *n != "tests")
}

fn crates() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .expect("cargo metadata runs in the checkout");
    let normal = cargo_metadata::DependencyKind::Normal;
    let crates = metadata.packages.iter().filter_map(|package| {
        let dependencies = package.dependencies.iter().filter(|d| d.kind == normal);
        Some((short(&package.name)?.to_owned(), dependencies.map(|d| d.name.clone()).collect()))
    });
    crates.collect()
}

#[test]
fn crates_depend_only_on_whom_the_contract_allows() {
    let allowed: BTreeMap<_, _> = MAY_DEPEND_ON.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, dependencies) in crates() {
        let Some(allowed) = allowed.get(name.as_str()) else {
            wrong.push(format!("{name} is not in the contract"));
            continue;
        };
        let ours = dependencies.iter().filter_map(|d| short(d));
        wrong.extend(ours.filter(|d| !allowed.contains(d)).map(|d| format!("{name} must not depend on {d}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_never_see_what_they_must_not() {
    let all = crates();
    let wrong: Vec<String> = NEVER
        .iter()
        .flat_map(|(name, banned)| banned.iter().map(move |b| (name, b)))
        .filter(|(name, banned)| all.get(**name).is_some_and(|d| d.contains(**banned)))
        .map(|(name, banned)| format!("{name} must not see {banned}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_contract_is_what_the_architecture_document_says() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let missing: Vec<&str> = MAY_DEPEND_ON
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !text.contains(&format!("| `{name}` |")))
        .collect();
    assert!(missing.is_empty(), "no row in ARCHITECTURE.md's crate table for: {missing:?}");
}

fn sources(extensions: &[&str]) -> Vec<PathBuf> {
    fn walk(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.flatten().map(|e| e.path()) {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                walk(&path, extensions, found);
            } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), extensions, &mut found);
    assert!(found.len() > 20, "the walk over the sources found next to nothing");
    found
}

#[test]
fn files_stay_under_800_lines() {
    let long: Vec<String> = sources(&["rs", "wgsl"])
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).ok()?.lines().count();
            (lines > 800).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Lines of each function, by indentation: rustfmt closes a function at the column where it began.
fn long_functions(text: &str, limit: usize) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let heads = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn ", "pub const fn "];
        if !heads.iter().any(|head| trimmed.starts_with(head))
            || trimmed.ends_with('}')
            || trimmed.ends_with(';')
        {
            continue;
        }
        let indent = line.len() - trimmed.len();
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[start..].iter().position(|l| **l == close).map(|n| n + 1)
            && length > limit
        {
            let name = trimmed.split('(').next().unwrap_or(trimmed);
            long.push((name.to_owned(), length));
        }
    }
    long
}

#[test]
fn functions_stay_under_80_lines() {
    let mut wrong = Vec::new();
    for path in sources(&["rs"]) {
        let text = fs::read_to_string(&path).expect("source file");
        let long = long_functions(&text, 80).into_iter();
        wrong.extend(long.map(|(name, lines)| format!("{}: {name} has {lines} lines", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_measure_of_functions_can_fail() {
    let body = "    step();\n".repeat(90);
    let text = format!("impl A {{\n  fn short() {{\n  }}\n}}\nfn long() {{\n{body}}}\n");
    assert_eq!(long_functions(&text, 80), vec![("fn long".to_owned(), 92)]);
}

#[test]
fn sql_lives_in_store_and_shaders_in_shaders() {
    let sql = ["\"SELECT ", "\"INSERT INTO ", "\"CREATE TABLE ", "\"DELETE FROM ", "\"PRAGMA "];
    let mut wrong = Vec::new();
    for path in sources(&["rs"]) {
        let place = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path).expect("source file");
        let allowed = ["app/store/", "app/server/", "tests/"].iter().any(|home| place.starts_with(home));
        if !allowed && sql.iter().any(|word| text.contains(word)) {
            wrong.push(format!("{place}: SQL outside app/store and app/server"));
        }
        let wgsl = text.contains("@fragment") || text.contains("@vertex") || text.contains("@compute");
        if wgsl && !place.starts_with("shaders/") && !place.starts_with("tests/") {
            wrong.push(format!("{place}: WGSL outside shaders"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_unfinished_in_the_sources() {
    let marks = [["to", "do!("].concat(), ["unimple", "mented!("].concat(), ["FIX", "ME"].concat()];
    let mut wrong = Vec::new();
    for path in sources(&["rs", "wgsl"]) {
        let text = fs::read_to_string(&path).expect("source file");
        let found = marks.iter().filter(|mark| text.contains(mark.as_str()));
        wrong.extend(found.map(|mark| format!("{}: {mark}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
