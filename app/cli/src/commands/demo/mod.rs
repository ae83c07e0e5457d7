//! `demo`: the whole job, from imagery to an exported, reviewed dataset, on a synthetic town or on a folder
//! of the user's.

mod folder;
mod simulate;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use dataset::{ExportFormat, ExportSpec, ImportAs, ImportOptions};
use desktop::frame::Setting;
use desktop::offscreen::{self, Look};
use project::review::{Scope, ratings, status};
use project::{Author, LayerRole, Project, Schema, add_layer_edit};
use serde_json::{Value, json};
use spatial::format::count;
use store::Session;

use crate::args::{DemoArgs, ImportFormat};
use crate::commands::render::write_png;
use crate::commands::{doctor, export, import, label, new, vote};
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::progress;
use crate::workspace::{self, now_ms};
use folder::SceneFolder;
use simulate::Crowd;

pub(crate) fn run(args: &DemoArgs, output: &Output) -> anyhow::Result<()> {
    let started = Instant::now();
    let home = args.dir.clone();
    std::fs::create_dir_all(&home).with_context(|| format!("cannot make the folder {}", home.display()))?;
    let mut demo = Demo { home, seed: args.seed, steps: Vec::new() };
    let project_path = demo.home.join("demo.gpkg");
    let fresh = !project_path.exists();
    if fresh {
        demo.build(&project_path, args.scene.as_deref())?;
    } else {
        demo.step(
            "Project",
            format!("{} is there from an earlier run and stays as it is", project_path.display()),
        );
    }
    let project = workspace::load(&project_path)?;
    let exports = demo.export_all(&project_path, &project)?;
    let agreement = serde_json::to_value(ratings(&project, Scope::Blind).table.agreement())?;
    let headless = args.no_window || doctor::display().is_none();
    let mut screenshot = Value::Null;
    if headless {
        screenshot = demo.screenshot(&project_path, args.no_window)?;
    }
    let result = json!({
        "project": project_path,
        "exports": exports,
        "agreement": agreement,
        "review": status(&project).into_iter().map(|(s, n)| (s.key().to_owned(), n)).collect::<std::collections::BTreeMap<_, _>>(),
        "screenshot": screenshot,
        "seconds": started.elapsed().as_secs_f64(),
    });
    output.result(&result, || demo.summary(&project))?;
    if headless {
        return Ok(());
    }
    desktop::run(desktop::LaunchOptions { files: vec![project_path], ..desktop::LaunchOptions::default() })
}

struct Demo {
    home: PathBuf,
    seed: u64,
    steps: Vec<(String, String)>,
}

impl Demo {
    fn step(&mut self, title: &str, what: String) {
        self.steps.push((title.to_owned(), what));
    }

    /// Builds beside the place and moves there, so that an interrupted demo leaves no half project.
    fn build(&mut self, place: &Path, scene: Option<&Path>) -> anyhow::Result<()> {
        let unfinished = self.home.join("demo.unfinished.gpkg");
        if unfinished.exists() {
            std::fs::remove_file(&unfinished)
                .with_context(|| format!("cannot remove {}", unfinished.display()))?;
        }
        let name = scene.map_or_else(
            || format!("Town {}", self.seed),
            |folder| folder.file_name().map_or_else(|| "Demo".into(), |n| n.to_string_lossy().into_owned()),
        );
        let mut session = new::create(&unfinished, &name, &Schema::joint_damage_scale())?;
        match scene {
            Some(folder) => self.of_folder(&mut session, folder)?,
            None => self.of_town(&mut session)?,
        }
        session.close()?;
        std::fs::rename(&unfinished, place)
            .with_context(|| format!("cannot move the project to {}", place.display()))
    }

    /// The synthetic town: everything that is known about it lies beside its imagery.
    fn of_town(&mut self, session: &mut Session) -> anyhow::Result<()> {
        let folder = self.home.join("scene");
        let bar = progress::bar("Building the town", 100);
        let started = Instant::now();
        let files = scenes::write_scene(&folder, self.seed, &scenes::SceneOptions::default(), &|share| {
            bar.set_position((share * 100.0) as u64);
        })?;
        bar.finish_and_clear();
        self.step(
            "Scene",
            format!("town {} in {:.1} s: {}", self.seed, started.elapsed().as_secs_f64(), folder.display()),
        );
        let imagery = [(files.pre.clone(), LayerRole::Before), (files.post.clone(), LayerRole::After)];
        self.add_layers(session, &imagery)?;
        self.import(session, &files.footprints, ImportAs::Regions, None, None)?;
        self.import(session, &files.predictions, ImportAs::Predictions, None, None)?;
        let table = std::fs::read(&files.labels)?;
        let (accepted, rejected) = label::take(session, &table, &Author::new(scenes::ANNOTATOR))?;
        self.step(
            "Labels",
            format!("{} by {}, {} left out", count(accepted as u64), scenes::ANNOTATOR, rejected.len()),
        );
        let plan = vote::take(session, &std::fs::read(&files.votes)?)?;
        self.step(
            "Votes",
            format!("{} in two stages, {} left out", count(plan.accepted as u64), plan.rejected.len()),
        );
        Ok(())
    }

    /// A folder of the user's; people who are not there are simulated, and say so.
    fn of_folder(&mut self, session: &mut Session, folder: &Path) -> anyhow::Result<()> {
        let scene = SceneFolder::read(folder)?;
        self.step("Scene", folder.display().to_string());
        self.add_layers(session, &scene.imagery)?;
        self.import(session, &scene.footprints, ImportAs::Regions, None, None)?;
        let Some(predictions) = &scene.predictions else {
            let hint = "open the project and label it: orthoscope open DIR/demo.gpkg";
            note(&format!("note: no predictions in {}, so nothing is labelled; {hint}", folder.display()));
            return Ok(());
        };
        let classes = [("1", "no damage"), ("2", "minor damage"), ("3", "major damage"), ("4", "destroyed")];
        self.import(session, predictions, ImportAs::Predictions, Some(0.05), Some(&classes))?;
        let mut crowd = Crowd::new(self.seed, now_ms());
        let mut ids = session.ids(now_ms()).clone();
        let edit = crowd.annotate(session.project(), &mut ids);
        session.edit(&simulate::annotator(), now_ms(), edit)?;
        let reviews = crowd.review(session.project(), &mut ids);
        let first = reviews.len();
        session.votes(now_ms(), reviews)?;
        let ballots = crowd.decide(session.project(), &mut ids);
        let second = ballots.len();
        session.votes(now_ms(), ballots)?;
        *session.ids(now_ms()) = ids;
        self.step("Labels", format!("by {}: nobody real has looked at them", simulate::annotator()));
        self.step("Votes", format!("{first} at stage one, {second} by the committee, all simulated"));
        Ok(())
    }

    fn add_layers(&mut self, session: &mut Session, imagery: &[(PathBuf, LayerRole)]) -> anyhow::Result<()> {
        let author = Author::new("demo");
        for (path, role) in imagery {
            let layer = workspace::describe_layer(session.path(), path, Some(*role))?;
            let crs = layer.crs.as_ref().map_or("pixel space".to_owned(), spatial::Crs::label);
            let text = format!("{}: {} × {} px, {crs}", layer.name, layer.width, layer.height);
            let id = session.ids(now_ms()).layer();
            let edit = add_layer_edit(session.project(), id, layer)?;
            session.edit(&author, now_ms(), edit)?;
            self.step("Layer", text);
        }
        Ok(())
    }

    fn import(
        &mut self,
        session: &mut Session,
        file: &Path,
        kind: ImportAs,
        match_overlap: Option<f64>,
        classes: Option<&[(&str, &str)]>,
    ) -> anyhow::Result<()> {
        let read = import::read(file, ImportFormat::Auto)?;
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let model = read.model.clone().unwrap_or_else(|| name.clone());
        let author = match kind {
            ImportAs::Predictions => Author::new(&model),
            _ => Author::new("demo"),
        };
        let class_map =
            classes.unwrap_or_default().iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let options = ImportOptions {
            kind,
            author: (kind == ImportAs::Predictions).then(|| author.clone()),
            source: Some(name.clone()),
            class_map,
            layer: Some(workspace::choose_layer(session.project(), None)?),
            match_overlap,
            at_ms: Some(now_ms()),
            ..ImportOptions::default()
        };
        let plan = import::import(session, read, &options, &author)?;
        if plan.accepted == 0 {
            let why = plan.rejected.first().map_or("it holds no shapes".to_owned(), |r| r.reason.clone());
            return Err(Failure::because(
                format!("Nothing in {} could be taken: {why}", file.display()),
                "look at the file",
            ));
        }
        let text = format!("{name}: {} taken, {} left out", count(plan.accepted as u64), plan.rejected.len());
        self.step("Import", text);
        Ok(())
    }

    /// Every format, of what the review accepted; of everything when nothing is accepted yet.
    fn export_all(&mut self, project_path: &Path, project: &Project) -> anyhow::Result<Value> {
        let accepted = project.regions().keys().any(|id| project.outcome(*id).state.is_accepted());
        let mut written = serde_json::Map::new();
        for format in ExportFormat::ALL {
            let spec = ExportSpec {
                format,
                layer: Some(workspace::choose_layer(project, None)?),
                only_accepted: accepted,
                allow_left_out: true,
                boxes_around: true,
                seed: self.seed,
                replace: true,
                journal_seq: store::Store::open(project_path, store::OpenMode::ReadOnly)?.0.last_seq(),
                program_version: env!("CARGO_PKG_VERSION").to_owned(),
                ..ExportSpec::default()
            };
            let folder = self.home.join("dataset").join(format.key());
            if let Some(parent) = folder.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let report = export::export(project_path, project, &spec, &folder)?;
            let text =
                format!("{}: {} of {} regions", folder.display(), report.regions_out, report.regions_in);
            self.step("Export", text);
            written.insert(format.key().to_owned(), export::report_json(&report));
        }
        Ok(Value::Object(written))
    }

    /// The window's content without a window.
    fn screenshot(&mut self, project_path: &Path, asked: bool) -> anyhow::Result<Value> {
        if !asked {
            note("note: there is no display, so no window opens; the job is done all the same");
        }
        let place = self.home.join("screenshot.png");
        let spinner = progress::spinner("Drawing the window");
        let setting = Setting { author: Some("Ana".into()), ..Setting::default() };
        let picture = offscreen::render(vec![project_path.to_path_buf()], Look::default(), setting)?;
        spinner.finish_and_clear();
        write_png(&place, &picture)?;
        self.step("Picture", place.display().to_string());
        Ok(json!(place))
    }

    fn summary(&self, project: &Project) -> String {
        let mut rows = self.steps.clone();
        let agreement = ratings(project, Scope::Blind).table.agreement();
        if let Some(alpha) = agreement.krippendorff_alpha.ordinal {
            let percent = agreement.percent.unwrap_or_default();
            let text = format!(
                "{percent:.0} % equal votes, Krippendorff α {alpha:.2} (ordinal), {} cases",
                agreement.cases
            );
            rows.push(("Committee".to_owned(), text));
        }
        let counts = status(project).into_iter().filter(|(_, n)| *n > 0);
        let counts: Vec<String> = counts.map(|(state, n)| format!("{} {n}", state.key())).collect();
        rows.push(("Review".to_owned(), counts.join(", ")));
        crate::output::table(&rows)
    }
}
