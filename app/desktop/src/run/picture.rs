//! “Save picture…”: what the map shows, drawn anew at any size beside the window, and written.

use std::path::PathBuf;

use jobs::{Job, JobContext, JobFailure, Priority};
use picture::sheet::{self, Format, LegendLine, Scale, Sheet};
use picture::{LayerView, view};
use renderer::{RENDER_IMAGE_FORMAT, Renderer, RgbaImage, ShapeScene};
use spatial::{GeoTransform, Viewport, format};

use super::view::{grown, with_ground};
use crate::frame::Program;
use crate::map::compare;
use crate::map::north::north_deg;
use crate::map::regions;
use crate::map::scale_bar::scale_bar;
use crate::panels::classes::class_color;
use crate::picture_draft::{Part, PictureDraft};
use crate::state::{State, union};
use crate::{fonts, format as words};

/// What the picture dialog asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum PictureAsk {
    /// The dialog says this now.
    Draft(Box<PictureDraft>),
    ChooseFile,
    Save,
    Close,
}

impl Program {
    /// Opens the dialog, as it was left.
    pub(super) fn begin_picture(&mut self) {
        if self.state.aids.picture.is_some() {
            return;
        }
        let folder =
            self.state.project_folder().filter(|_| self.state.project.as_ref().is_some_and(|p| !p.scratch));
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let title = self.state.project.as_ref().map(crate::state::OpenProject::title).unwrap_or_default();
        let draft = PictureDraft::new(&folder, &title, self.state.camera.size_px[0] as u32);
        self.state.aids.picture = Some(draft);
    }

    pub(super) fn picture_ask(&mut self, ask: PictureAsk) {
        match ask {
            PictureAsk::Draft(draft) => self.state.aids.picture = Some(*draft),
            PictureAsk::ChooseFile => self.ask_for_file(crate::work::Purpose::Picture),
            PictureAsk::Save => self.save_picture(),
            PictureAsk::Close => {
                (self.state.aids.picture, self.map_work.picture) = (None, None);
            }
        }
    }

    /// Esc closes the dialog, but not while it draws. True when it was open.
    pub(crate) fn close_picture(&mut self) -> bool {
        let open = self.state.aids.picture.as_ref();
        let was_open = open.is_some();
        if open.is_some_and(|draft| draft.running.is_none()) {
            self.state.aids.picture = None;
        }
        was_open
    }

    fn save_picture(&mut self) {
        let Some(draft) = self.state.aids.picture.clone().filter(|d| d.running.is_none()) else { return };
        let path = PathBuf::from(draft.path.trim());
        let Some((camera, form)) = camera_of(&self.state, &draft).zip(Format::of(&path)) else { return };
        let mut sheet = furnish(&self.state, &draft, &camera);
        let shapes = if draft.regions { shapes(&self.state, &camera, draft.dpi) } else { Vec::new() };
        let layers: Vec<LayerView> = in_order(&self.state);
        let gpu = self.gpu();
        let background = self.state.theme.color.canvas.to_array();
        let body = move |ctx: &JobContext| -> Result<PathBuf, JobFailure> {
            let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT)?;
            // Vectors stay what they are where the form can hold them.
            let (drawn, kept) = if form.is_vector() { (Vec::new(), shapes) } else { (shapes, Vec::new()) };
            let mut go_on = |done, all| {
                ctx.progress(done, all);
                ctx.check().is_ok()
            };
            let found =
                view::draw_in_blocks(&gpu, &mut renderer, &layers, &drawn, &camera, background, &mut go_on)?;
            ctx.check()?;
            let Some(found) = found else { return Err(JobFailure::Cancelled) };
            for error in &found.failed {
                ctx.warn(error.to_string());
            }
            (sheet.image, sheet.shapes) = (found.image, kept);
            sheet::write(&sheet, &path)?;
            Ok(path)
        };
        let job: Job<PathBuf> = self.jobs.spawn(Priority::Normal, "Save picture", body);
        if let Some(draft) = &mut self.state.aids.picture {
            (draft.running, draft.trouble) = (Some(job.id()), None);
        }
        self.map_work.picture = Some(job);
    }

    /// Notes that a picture was written, or why not.
    pub(crate) fn receive_picture(&mut self) {
        let Some(result) = self.map_work.picture.as_ref().and_then(Job::poll) else { return };
        self.map_work.picture = None;
        match result {
            Ok(path) => {
                self.state.aids.picture = None;
                self.state.notices.done(format!("The picture is in {}.", path.display()));
            }
            Err(failure) => {
                let hint = failure.error::<sheet::SheetError>().map_or("", sheet::SheetError::hint);
                let text = words::sentence(&failure.to_string());
                if let Some(draft) = &mut self.state.aids.picture {
                    draft.running = None;
                    let stopped = matches!(failure, JobFailure::Cancelled);
                    draft.trouble = (!stopped).then(|| format!("{text} {}", words::sentence(hint)));
                }
            }
        }
    }
}

/// The regions of the picture, as wide on paper as they are on the screen.
pub(super) fn shapes(state: &State, camera: &Viewport, dpi: f64) -> Vec<ShapeScene> {
    let Some(project) = state.shown() else { return Vec::new() };
    let alternative = state.preferences.alternative_colors;
    let looks = &state.preferences.class_looks;
    let seen = project.regions_in(camera.bounds()).filter(|(id, _)| !regions::is_hidden(project, *id, looks));
    let mut found: Vec<_> = seen.collect();
    found.sort_by_key(|(id, _)| *id);
    let drawn = found.into_iter().flat_map(|(id, region)| {
        let style =
            regions::style(project, id, (alternative, &state.preferences.class_looks), (dpi / 96.0) as f32);
        picture::region::screen_shapes(&region.geometry, &style, camera)
    });
    drawn.collect()
}

/// The layers as they lie on each other, those that the map shows.
pub(super) fn in_order(state: &State) -> Vec<LayerView> {
    let ids = compare::top_first(state);
    let visible = ids.iter().rev().filter_map(|id| state.layers.get(id)?.view());
    visible.filter(|view| view.rendering.visible).cloned().collect()
}

/// The camera of the picture; `None` where there is nothing in it.
pub(crate) fn camera_of(state: &State, draft: &PictureDraft) -> Option<Viewport> {
    let width = f64::from(draft.width_px.max(1));
    let of_box = |bounds: spatial::WorldRect| {
        let height = (width * bounds.height() / bounds.width().max(1e-12)).round().clamp(1.0, 1e6);
        Viewport::fit(bounds, [width, height], 0.0)
    };
    match draft.part {
        Part::View => {
            let [w, h] = state.camera.size_px;
            let height = (width * h / w.max(1.0)).round().max(1.0);
            Some(Viewport::new(state.camera.center, state.camera.resolution * w / width, [width, height]))
        }
        Part::Everything => {
            let bounds = state.world_bounds()?;
            Some(of_box(grown(bounds, bounds.width().max(bounds.height()) * 0.01)))
        }
        Part::Selection => {
            let project = state.content()?;
            let bounds =
                state.selected().iter().filter_map(|id| project.region(*id)?.bounds()).reduce(union)?;
            Some(of_box(with_ground(bounds)))
        }
    }
}

/// Everything that is on the picture but the map.
fn furnish(state: &State, draft: &PictureDraft, camera: &Viewport) -> Sheet {
    let crs = state.content().and_then(project::Project::crs);
    let bar = scale_bar(camera, crs, camera.size_px[0] * 0.22).filter(|_| draft.scale_bar);
    let north = state.aids.ground.as_deref().filter(|_| draft.north_arrow);
    let corner = camera.world_from_screen(spatial::ScreenPoint { x: 0.0, y: 0.0 });
    let step = camera.resolution;
    let transform = GeoTransform::new([corner.x, step, 0.0, corner.y, 0.0, -step]);
    Sheet {
        image: RgbaImage { width: 0, height: 0, pixels: Vec::new() },
        dpi: draft.dpi,
        shapes: Vec::new(),
        title: draft.title.clone(),
        legend: if draft.legend { legend(state, draft, camera) } else { Vec::new() },
        scale: bar.map(|bar| Scale { text: bar.text, length_px: bar.length_px }),
        north_deg: north.and_then(|ground| north_deg(camera, ground)),
        credit: crate::map::overlay::layer_credits(state).join(" · "),
        placed: crs.cloned().zip(transform),
        fonts: fonts::FOR_PICTURES.to_vec(),
    }
}

/// The classes of the regions in the picture, and the colours of layers that show one number.
fn legend(state: &State, draft: &PictureDraft, camera: &Viewport) -> Vec<LegendLine> {
    let color = |class: &project::Class| {
        let [r, g, b, _] = class_color(state, class).to_array();
        [r, g, b]
    };
    let project = state.content().filter(|_| draft.regions);
    let mut lines =
        project.map_or_else(Vec::new, |project| sheet::legend::of_regions(project, camera, color));
    lines.extend(in_order(state).iter().rev().flat_map(sheet::legend::of_layer));
    lines
}

/// How large the picture is, in words.
pub(crate) fn size_text(camera: &Viewport, dpi: f64) -> String {
    let [w, h] = camera.size_px;
    let cm = |px: f64| format::decimal(px / dpi * 2.54, 1);
    format!("{} × {} = {} × {}\u{a0}cm", format::count(w as u64), format::pixels(h as u64), cm(w), cm(h))
}
