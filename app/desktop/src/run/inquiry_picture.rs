//! A picture of what the map shows, kept as evidence.

use std::time::Instant;

use image::ImageEncoder as _;
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::{LayerView, view};
use places::PictureOf;
use project::question::{Evidence, View};
use renderer::{RENDER_IMAGE_FORMAT, Renderer};
use spatial::{Crs, Viewport};

use super::picture::{in_order, shapes};
use crate::asking::QuestionAsk;
use crate::frame::Program;

/// Pixels of the longer side of a picture that is kept, at most.
const LONGEST_PX: f64 = 1_600.0;

/// A picture that was drawn.
#[derive(Debug)]
pub(crate) struct Drawn {
    of: PictureOf,
    view: View,
    png: Vec<u8>,
    latency_ms: u32,
}

impl Program {
    /// Draws what the map shows, labels and all, and cites it once it is kept.
    pub(super) fn cite_picture(&mut self) {
        if self.questions_work.inquiry.picture.is_some() {
            return;
        }
        let state = &self.state;
        let [w, h] = state.camera.size_px;
        let smaller = (LONGEST_PX / w.max(h).max(1.0)).min(1.0);
        let size = [(w * smaller).round().max(1.0), (h * smaller).round().max(1.0)];
        let camera = Viewport::new(state.camera.center, state.camera.resolution / smaller, size);
        let view = self.view_on_map();
        let Some(project) = state.content() else { return };
        let path = |id| project.layers().get(id).map(|layer: &project::Layer| layer.path.clone());
        let of = PictureOf {
            bounds: view.bounds,
            crs: project.crs().map(Crs::label),
            layers: view.layers.iter().filter_map(path).collect(),
            size_px: size.map(|side| side as u32),
        };
        let drawn = if state.labels_hidden { Vec::new() } else { shapes(state, &camera, 96.0) };
        let layers: Vec<LayerView> = in_order(state);
        let gpu = self.gpu();
        let background = state.theme.color.canvas.to_array();
        let body = move |ctx: &JobContext| -> Result<Drawn, JobFailure> {
            let begun = Instant::now();
            let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT)?;
            let mut go_on = |done, all| {
                ctx.progress(done, all);
                ctx.check().is_ok()
            };
            let found =
                view::draw_in_blocks(&gpu, &mut renderer, &layers, &drawn, &camera, background, &mut go_on)?;
            ctx.check()?;
            let Some(found) = found else { return Err(JobFailure::Cancelled) };
            // A picture with holes is no evidence.
            if let Some(error) = found.failed.first() {
                return Err(JobFailure::message(error.to_string()));
            }
            let mut png = Vec::new();
            let (width, height) = (found.image.width, found.image.height);
            let encoder = image::codecs::png::PngEncoder::new(&mut png);
            encoder.write_image(&found.image.pixels, width, height, image::ExtendedColorType::Rgba8)?;
            let latency_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
            Ok(Drawn { of, view, png, latency_ms })
        };
        self.questions_work.inquiry.picture = Some(self.jobs.spawn(Priority::Normal, "Draw this view", body));
    }

    pub(super) fn receive_view_picture(&mut self) {
        let Some(result) = self.questions_work.inquiry.picture.as_ref().and_then(Job::poll) else { return };
        self.questions_work.inquiry.picture = None;
        let drawn = match result {
            Ok(drawn) => drawn,
            Err(failure) => return self.job_failed(&failure),
        };
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let id = open.session.ids(at_ms).response();
        match drawn.of.into_response(id, &drawn.png, drawn.latency_ms, at_ms) {
            Ok(response) => match open.session.respond(&author, at_ms, response) {
                Ok(touched) => {
                    self.after(&touched);
                    // The view says where it is; the picture, what was seen there.
                    self.question(QuestionAsk::Cite(Evidence::View(drawn.view)));
                    self.question(QuestionAsk::Cite(Evidence::Response(id)));
                }
                Err(error) => self.refused(&error),
            },
            Err(error) => {
                let text = crate::format::sentence(&error.to_string());
                self.state.notices.problem(text, error.hint());
            }
        }
    }
}
