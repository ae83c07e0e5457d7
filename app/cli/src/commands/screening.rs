//! `screening`: plans to go over a layer cell by cell, how far they are, and the proof of what was looked at.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use dataset::JournalEnd;
use project::screening::{CellPath, CellState, Progress, Screening, add_screening_edit};
use project::{Author, Layer, Project, ScreeningId};
use serde_json::{Value, json};
use store::{OpenMode, Store};

use crate::args::ImportFormat;
use crate::failure::Failure;
use crate::output::{Output, note, table};
use crate::progress;
use crate::workspace::{self, choose_layer, now_ms, sha256_of, write_whole};

#[derive(Debug, Args)]
pub(crate) struct ScreeningArgs {
    pub(crate) project: PathBuf,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every plan and how far it is.
    List,
    /// Every cell of a plan in the order of the path, and what each member says of it.
    Cells {
        /// The plan; default: the only one.
        name: Option<String>,
        /// Only what this member says.
        #[arg(long, value_name = "NAME")]
        member: Option<String>,
    },
    /// Lay a grid of cells over a layer.
    Plan(PlanArgs),
    /// Write the proof: the cells as GeoJSON, and a GeoTIFF of how many members saw each place at full resolution.
    Export {
        /// The plan; default: the only one.
        name: Option<String>,
        /// The folder to make.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// Only what this member saw, in the raster.
        #[arg(long, value_name = "NAME")]
        member: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Along {
    #[default]
    Rows,
    Columns,
}

#[derive(Debug, Args)]
struct PlanArgs {
    /// What the plan is called.
    #[arg(long, default_value = "Screening")]
    name: String,
    /// The layer (name or number); default: the only one, or the after-event one.
    #[arg(long)]
    layer: Option<String>,
    /// Side of a cell in pixels of the layer.
    #[arg(long, value_name = "PX", default_value_t = Screening::FIRST_CELL_PX)]
    cell: u32,
    /// How much of a cell lies in the next one too, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = Screening::FIRST_OVERLAP * 100.0)]
    overlap: f64,
    /// Only cells that meet the polygons of this file (GeoJSON, GeoPackage).
    #[arg(long, value_name = "FILE")]
    area: Option<PathBuf>,
    /// Go to and fro along rows or columns.
    #[arg(long, value_enum, default_value = "rows")]
    path: Along,
    /// How many members are to look at each cell.
    #[arg(long, default_value_t = 1)]
    times: u32,
    /// Screen pixels for a pixel of the image from which on a place counts as seen.
    #[arg(long, default_value_t = 1.0)]
    native: f64,
    /// Keep cells in which the image has no data.
    #[arg(long)]
    keep_empty: bool,
    /// Who plans.
    #[arg(long, default_value = "command line")]
    author: String,
}

pub(crate) fn run(args: &ScreeningArgs, output: &Output) -> anyhow::Result<()> {
    match args.what.as_ref().unwrap_or(&What::List) {
        What::List => list(&workspace::load(&args.project)?, output),
        What::Cells { name, member } => {
            let project = workspace::load(&args.project)?;
            cells(&project, chosen(&project, name.as_deref())?, member.as_deref(), output)
        }
        What::Plan(plan) => self::plan(&args.project, plan, output),
        What::Export { name, output: folder, member } => {
            export(&args.project, name.as_deref(), folder, member.as_deref(), output)
        }
    }
}

fn chosen(project: &Project, name: Option<&str>) -> anyhow::Result<ScreeningId> {
    let plans = project.screenings();
    let hint = || match plans.values().map(|plan| plan.name.as_str()).collect::<Vec<_>>()[..] {
        [] => "make one with: orthoscope screening PROJECT plan".to_owned(),
        ref names => format!("the project has {}", names.join(", ")),
    };
    match name {
        Some(name) => {
            let found = plans.iter().find(|(id, plan)| plan.name == name || id.to_string() == name);
            found
                .map(|(id, _)| *id)
                .ok_or_else(|| Failure::because(format!("There is no screening `{name}`"), hint()))
        }
        None if plans.len() == 1 => plans.keys().next().copied().context("a plan"),
        None => Err(Failure::because("Which screening is meant is not said", hint())),
    }
}

fn counts(states: impl Iterator<Item = Option<CellState>>) -> Value {
    let mut untouched = 0;
    let mut said = [0; CellState::ALL.len()];
    for state in states {
        match state.and_then(|state| CellState::ALL.iter().position(|other| *other == state)) {
            Some(at) => said[at] += 1,
            None => untouched += 1,
        }
    }
    let mut value = json!({ "untouched": untouched });
    for (state, n) in CellState::ALL.iter().zip(said) {
        value[state.key()] = json!(n);
    }
    value
}

fn summary(project: &Project, id: ScreeningId, plan: &Screening) -> Value {
    let cells = plan.cells();
    let progress = Progress::of(project, id, &cells);
    let members: Vec<Value> = progress
        .members
        .iter()
        .map(|(member, own)| {
            let states: serde_json::Map<String, Value> =
                own.states.iter().map(|(state, n)| (state.key().to_owned(), json!(n))).collect();
            json!({
                "member": member, "settled": own.settled, "states": states, "seconds": own.seconds,
                "median_seconds": own.median_seconds, "seen_share": own.seen_share,
            })
        })
        .collect();
    json!({
        "id": id,
        "name": plan.name,
        "layer": project.layers().get(&plan.layer).map(|layer| &layer.name),
        "cell_px": plan.cell_px,
        "overlap_px": plan.overlap_px,
        "path": plan.path,
        "times": plan.times,
        "cells": progress.cells,
        "wanted": progress.wanted,
        "settled": progress.settled,
        "states": counts(progress.states.iter().copied()),
        "members": members,
        "median_seconds": progress.median_seconds,
        "left_seconds": progress.left_seconds(),
    })
}

fn list(project: &Project, output: &Output) -> anyhow::Result<()> {
    let plans: Vec<Value> =
        project.screenings().iter().map(|(id, plan)| summary(project, *id, plan)).collect();
    output.result(&json!({ "screenings": plans }), || {
        if plans.is_empty() {
            return "The project has no screening; plan one with: orthoscope screening PROJECT plan\n"
                .to_owned();
        }
        plans.iter().map(told).collect::<Vec<_>>().join("\n")
    })
}

fn told(plan: &Value) -> String {
    let seconds = |value: &Value| value.as_f64().map_or("–".to_owned(), |s| format!("{s:.1} s"));
    let states = plan["states"].as_object().into_iter().flatten();
    let states: Vec<String> = states
        .filter(|(_, n)| n.as_u64() != Some(0))
        .map(|(state, n)| format!("{n} {}", state.replace('_', " ")))
        .collect();
    let left =
        plan["left_seconds"].as_f64().map_or("–".to_owned(), |s| format!("{:.0} min", (s / 60.0).ceil()));
    let mut text = table(&[
        ("Screening", plan["name"].as_str().unwrap_or_default().to_owned()),
        ("Layer", plan["layer"].as_str().unwrap_or_default().to_owned()),
        (
            "Cells",
            format!("{} of {} px, overlapping by {} px", plan["cells"], plan["cell_px"], plan["overlap_px"]),
        ),
        ("Done", format!("{} of {}", plan["settled"], plan["wanted"])),
        ("States", states.join(", ")),
        ("A cell takes", seconds(&plan["median_seconds"])),
        ("Left", left),
    ]);
    for member in plan["members"].as_array().into_iter().flatten() {
        let name = member["member"].as_str().unwrap_or_default();
        let share = member["seen_share"].as_f64().unwrap_or_default() * 100.0;
        let (settled, median) = (&member["settled"], seconds(&member["median_seconds"]));
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "  {name}: {settled} cells, {median} each, {share:.1} % seen at full resolution");
    }
    text
}

fn cells(project: &Project, id: ScreeningId, member: Option<&str>, output: &Output) -> anyhow::Result<()> {
    let plan = &project.screenings()[&id];
    let cells = plan.cells();
    let mut rows = Vec::new();
    for (place, cell) in cells.order().iter().enumerate() {
        let (column, row) = cells.grid.place(*cell);
        let said: Vec<Value> = project
            .standings(id, *cell)
            .into_iter()
            .filter(|(author, _)| member.is_none_or(|wanted| author.name() == wanted))
            .map(|(author, standing)| {
                json!({
                    "member": author,
                    "state": standing.state.map_or("untouched", CellState::key),
                    "seconds": standing.seconds,
                    "seen_share": plan.share(*cell, standing.seen),
                    "looks": standing.looks,
                    "first_at": standing.first_ms.map(time),
                    "last_at": standing.last_ms.map(time),
                })
            })
            .collect();
        rows.push(json!({
            "cell": cell, "place": place + 1, "row": row + 1, "column": column + 1,
            "pixels": cells.grid.rect(*cell), "said": said,
        }));
    }
    output.result(&json!({ "screening": plan.name, "cells": rows }), || {
        let mut text = "place,row,column,member,state,seconds,seen\n".to_owned();
        for row in &rows {
            let place = format!("{},{},{}", row["place"], row["row"], row["column"]);
            let said = row["said"].as_array().into_iter().flatten();
            let lines: Vec<String> = said
                .map(|said| {
                    let of = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
                    let number = |key: &str| said[key].as_f64().unwrap_or_default();
                    let member = query::csv_line(std::iter::once(query::Cell::Text(of("member"))));
                    let (seconds, seen) = (number("seconds"), number("seen_share"));
                    format!("{place},{},{},{seconds:.1},{seen:.3}\n", member.trim_end(), of("state"))
                })
                .collect();
            if lines.is_empty() {
                text.extend([&place, ",,untouched,0,0\n"]);
            }
            text.extend(lines);
        }
        text
    })
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| at.to_string())
}

fn plan(path: &Path, args: &PlanArgs, output: &Output) -> anyhow::Result<()> {
    let mut session = workspace::edit(path, &args.author)?;
    let id = choose_layer(session.project(), args.layer.as_deref())?;
    let layer = session.project().layers()[&id].clone();
    let mut plan = Screening {
        cell_px: args.cell,
        overlap_px: Screening::overlap_of(args.cell, args.overlap / 100.0),
        path: match args.path {
            Along::Rows => CellPath::Rows,
            Along::Columns => CellPath::Columns,
        },
        times: args.times,
        native: args.native,
        ..Screening::over(args.name.trim(), id, [layer.width, layer.height])
    };
    if let Some(file) = &args.area {
        let read = super::import::read(file, ImportFormat::Auto)?;
        plan.area = dataset::area_of_features(&layer, &read.features)?;
    }
    if let Some(fault) = plan.fault() {
        return Err(refused(&fault));
    }
    if !args.keep_empty {
        plan = without_empty(path, &layer, plan)?;
    }
    let new = session.ids(now_ms()).screening();
    let left_out: u32 = plan.left_out.iter().map(|run| run[1]).sum();
    let edit = add_screening_edit(session.project(), new, plan).map_err(|e| refused(&e.to_string()))?;
    session.edit(&Author::new(&args.author), now_ms(), edit)?;
    let mut value = summary(session.project(), new, &session.project().screenings()[&new]);
    value["left_out"] = json!(left_out);
    session.close()?;
    output.result(&value, || {
        let out =
            if left_out == 0 { String::new() } else { format!("; {left_out} without data are left out") };
        format!("{} cells of {} px over {}{out}", value["cells"], args.cell, layer.name)
    })
}

fn refused(why: &str) -> anyhow::Error {
    Failure::because(
        format!("This cannot be planned: {why}"),
        "--cell, --overlap, --area and --name change it",
    )
}

/// Leaves out cells in which the image holds nothing, where its file can be read.
fn without_empty(path: &Path, layer: &Layer, plan: Screening) -> anyhow::Result<Screening> {
    let source = match workspace::open_layer(path, layer) {
        Ok(source) => source,
        Err(why) => {
            note(&format!("the image cannot be read, so cells without data stay in the plan: {why:#}"));
            return Ok(plan);
        }
    };
    let bar = progress::bar("Looking for cells without data", 1000);
    let found = dataset::cells_without_data(&source, &plan, &mut |share| {
        bar.set_position((share * 1000.0) as u64);
        true
    })?;
    bar.finish_and_clear();
    let Some(cells) = found else {
        note(
            "the image is too large to look for cells without data; build its overviews first to leave them out",
        );
        return Ok(plan);
    };
    Ok(plan.leaving_out(cells))
}

fn export(
    path: &Path,
    name: Option<&str>,
    folder: &Path,
    member: Option<&str>,
    output: &Output,
) -> anyhow::Result<()> {
    let (store, loaded) = Store::open(path, OpenMode::ReadOnly)?;
    let project = &loaded.project;
    let id = chosen(project, name)?;
    let member = member.map(Author::new);
    if let Some(member) = &member {
        let known = project.seen_cells(id).any(|cell| project.standings(id, cell).contains_key(member));
        if !known {
            let what = format!("{member} has looked at no cell of it");
            return Err(Failure::because(what, "`orthoscope screening PROJECT list` says who has"));
        }
    }
    if folder.exists() && std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        let what = format!("{} has files in it already", folder.display());
        return Err(Failure::because(what, "name a new folder, or an empty one"));
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let journal = JournalEnd { entries: store.last_seq(), hash: store.journal_hash() };
    let cells = dataset::screening_geojson(project, id, &journal, &time)?;
    let items = cells["features"].as_array().map_or(0, Vec::len);
    let (geojson, raster) = (folder.join("cells.geojson"), folder.join("coverage.tif"));
    write_whole(&geojson, &serde_json::to_vec_pretty(&cells)?)?;
    dataset::write_coverage(&raster, project, id, member.as_ref())?;
    let written = [
        json!({ "path": geojson, "items": items, "sha256": sha256_of(&geojson)? }),
        json!({ "path": raster, "items": 1, "sha256": sha256_of(&raster)? }),
    ];
    let value = json!({
        "screening": project.screenings()[&id].name,
        "journal": { "entries": journal.entries, "hash": journal.hash },
        "written": written,
    });
    output.result(&value, || {
        format!("{items} lines on cells in {}, coverage in {}", geojson.display(), raster.display())
    })
}
