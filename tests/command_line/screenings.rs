//! Screenings on the command line: planned, gone through by members, and proved.

use std::fs;

use project::screening::{CellState, Look, Seen, Visit};
use project::{Author, LayerRole};
use store::{OpenMode, Session};

use crate::program::{Town, json, run, text};

/// Says what two cells are, as the window does.
fn go_through(town: &Town) {
    let mode = OpenMode::ReadWrite { holder: "Ana".into() };
    let mut session = Session::open(&town.project(), mode).expect("opens");
    let plan = *session.project().screenings().keys().next().expect("a plan");
    let cells = session.project().screenings()[&plan].cells();
    let said =
        [("Ana", 0, CellState::Done, Seen::ALL), ("Ben", 1, CellState::Empty, Seen::default().with(2, 2))];
    for (member, place, state, seen) in said {
        let look = Look { cell: cells.order()[place], state: Some(state), seconds: Some(12.5), seen };
        let at_ms = Some(1_700_000_000_000);
        let visit = Visit { screening: plan, member: Author::new(member), looks: vec![look], at_ms };
        session.visit(1_700_000_000_000, visit).expect("said");
    }
    session.close().expect("closes");
}

#[test]
fn a_screening_is_planned_gone_through_and_proved_with_files_that_others_can_check() {
    let town = Town::new();
    let folder = town.path();
    let empty = run(folder, &["screening", "town.gpkg"]);
    assert!(empty.out.contains("no screening") && empty.code == 0, "{}", empty.out);
    let planned = json(
        folder,
        &["screening", "town.gpkg", "plan", "--cell", "256", "--overlap", "12.5", "--name", "All"],
    );
    assert_eq!(
        (planned["cell_px"].as_u64(), planned["overlap_px"].as_u64()),
        (Some(256), Some(32)),
        "{planned}"
    );
    let cells = planned["cells"].as_u64().expect("a number");
    assert!(cells > 6 && planned["states"]["untouched"].as_u64() == Some(cells), "{planned}");
    go_through(&town);

    let listed = json(folder, &["screening", "town.gpkg", "list"]);
    let plan = &listed["screenings"][0];
    assert_eq!((plan["settled"].as_u64(), plan["states"]["done"].as_u64()), (Some(2), Some(1)), "{plan}");
    assert_eq!(plan["members"][0]["member"], "Ana");
    assert_eq!(plan["left_seconds"].as_f64(), Some(12.5 * (cells - 2) as f64));
    let table = run(folder, &["screening", "town.gpkg", "cells", "All"]).out;
    assert!(table.contains(",Ana,done,12.5,1.000") && table.contains(",Ben,empty,12.5,0.004"), "{table}");
    let of_ben = json(folder, &["screening", "town.gpkg", "cells", "--member", "Ben"]);
    let said: Vec<_> =
        of_ben["cells"].as_array().expect("cells").iter().filter(|c| c["said"][0].is_object()).collect();
    assert_eq!((said.len(), said[0]["said"][0]["last_at"].as_str()), (1, Some("2023-11-14T22:13:20Z")));

    let written = json(folder, &["screening", "town.gpkg", "export", "-o", "proof"]);
    let proof = fs::read_to_string(folder.join("proof/cells.geojson")).expect("written");
    let proof: serde_json::Value = serde_json::from_str(&proof).expect("JSON");
    assert_eq!(proof["features"].as_array().map(Vec::len), Some(cells as usize));
    assert_eq!(proof["journal"], written["journal"]);
    let seq = json(folder, &["info", "town.gpkg"])["journal_seq"].clone();
    assert_eq!(proof["journal"]["entries"], seq);
    assert!(proof["journal"]["hash"].as_str().is_some_and(|hash| hash.len() == 64));
    let raster = json(folder, &["stats", "proof/coverage.tif"]);
    assert_eq!(raster["bands"][0]["max"].as_f64(), Some(1.0), "{raster}");
    let layer = json(folder, &["info", "town.gpkg"])["layer_list"][1].clone();
    let place = json(folder, &["info", "proof/coverage.tif"]);
    assert!(place["crs"]["epsg"].is_u64() && layer["crs"].is_string(), "{place} {layer}");
    assert!(
        run(folder, &["screening", "town.gpkg", "export", "-o", "proof"]).refusal().contains("has files")
    );
    assert!(
        run(folder, &["screening", "town.gpkg", "export", "-o", "p", "--member", "Cem"])
            .refusal()
            .contains("Cem")
    );

    let history = run(folder, &["history", "town.gpkg", "--last", "3"]).out;
    assert!(
        history.contains("Plan the screening “All”") && history.contains("column 2 of “All”: empty"),
        "{history}"
    );
    let undone = run(folder, &["history", "town.gpkg", "--undo", &seq.to_string()]);
    assert!(undone.refusal().contains("fact"), "{}", undone.err);
    let verified = json(folder, &["verify", "town.gpkg"]);
    assert_eq!(verified["replay_equal"], true, "{verified}");
    assert!(verified["violations"].as_array().is_some_and(Vec::is_empty), "{verified}");
}

#[test]
fn a_task_polygon_cuts_the_plan_and_what_cannot_be_planned_is_said() {
    let town = Town::new();
    let folder = town.path();
    let footprints = text(&town.files.footprints);
    let all = json(folder, &["screening", "town.gpkg", "plan", "--cell", "64", "--name", "All"]);
    let some = json(
        folder,
        &["screening", "town.gpkg", "plan", "--cell", "64", "--name", "Task", "--area", &footprints],
    );
    let count = |plan: &serde_json::Value| plan["cells"].as_u64().expect("a number");
    assert!(count(&some) > 0 && count(&some) < count(&all), "{some}");
    let refused = |arguments: &[&str]| {
        let all = [&["screening", "town.gpkg", "plan"][..], arguments].concat();
        run(folder, &all).refusal().to_owned()
    };
    assert!(refused(&["--cell", "1"]).contains("16 to 8192"));
    assert!(refused(&["--name", "All"]).contains("exists already"));
    assert!(refused(&["--overlap", "90", "--name", "x"]).contains("half"));
    assert!(refused(&["--layer", "7", "--name", "x"]).contains("no layer"));
    let doubtful = run(folder, &["screening", "town.gpkg", "cells"]);
    assert!(
        doubtful.refusal().contains("Which screening") && doubtful.err.contains("All, Task"),
        "{}",
        doubtful.err
    );
    let session = Session::open(&town.project(), OpenMode::ReadOnly).expect("opens");
    let layers = session.project().layers();
    let of = |plan: &project::screening::Screening| layers[&plan.layer].role;
    assert!(
        session.project().screenings().values().all(|plan| of(plan) == LayerRole::After),
        "the after-event layer"
    );
}
