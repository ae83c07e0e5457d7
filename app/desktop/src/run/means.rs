//! The mean of a case's pixels in every layer, read beside the window once the case has been on the card for a moment.

use std::sync::Arc;
use std::time::Duration;

use cubes::ImageCube;
use editing::Pane;
use geo::Geometry;
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::{band_name, cards};
use project::RegionId;
use raster::Source;

use super::spectra::in_pixels;
use crate::alignment;
use crate::frame::Program;
use crate::review::{LayerMean, Means};

/// Whoever goes through a card a second reads nothing.
const PATIENCE: Duration = Duration::from_millis(400);
/// Samples of one layer at most; what is larger is for the panel of spectra.
const MOST: f64 = 5e7;

/// What is being read of which case.
pub(super) type Reading = (RegionId, Job<Means>);

/// A layer, what it is called on the card, and where the case lies in its pixels.
type Seen = (String, Arc<Source>, Geometry<f64>);

impl Program {
    pub(super) fn plan_means(&mut self) {
        if let Some((case, job)) = &self.review_work.means
            && let Some(result) = job.poll()
        {
            let case = *case;
            self.review_work.means = None;
            // What cannot be read is said by the map.
            let means = result.unwrap_or(Means { case, layers: Vec::new() });
            self.state.review.means = Some(means);
            self.ctx.request_repaint();
        }
        let desk = &self.state.review;
        let watched = self.state.arrangement().is_open(Pane::Votes) && !self.state.panels_hidden;
        let Some((case, since)) = desk.case.filter(|_| watched && !desk.grid.open) else { return };
        if desk.means.as_ref().is_some_and(|means| means.case == case) {
            return;
        }
        if self.review_work.means.as_ref().is_some_and(|(of, _)| *of == case) {
            return;
        }
        self.review_work.means = None;
        if let Some(wait) = PATIENCE.checked_sub(since.elapsed()) {
            self.ctx.request_repaint_after(wait);
            return;
        }
        let seen = self.seen_by(case);
        let body = move |ctx: &JobContext| -> Result<Means, JobFailure> {
            let mut layers = Vec::new();
            for one in &seen {
                ctx.check()?;
                layers.extend(mean(one, ctx));
            }
            Ok(Means { case, layers })
        };
        let job = self.jobs.spawn(Priority::Background, "Read what the case is like", body);
        self.review_work.means = Some((case, job));
    }

    /// Every open layer that shows a case, as the card has them.
    fn seen_by(&self, case: RegionId) -> Vec<Seen> {
        let region = self.state.content().and_then(|project| project.region(case));
        let Some((region, bounds)) = region.and_then(|region| Some((region, region.bounds()?))) else {
            return Vec::new();
        };
        let mut layers = self.state.layers_top_first();
        layers.sort_by_key(|(_, layer)| cards::order(layer.role));
        let of = |(id, layer): (project::LayerId, &project::Layer)| {
            let view = self.state.layers.get(&id)?.view().filter(|view| cards::shows(view, bounds))?;
            let shown = alignment::on_layer(&self.state, id, region);
            let shape = in_pixels(shown.as_ref().unwrap_or(&region.geometry), &view.placement)?;
            Some((cards::title(layer), Arc::clone(&view.source), shape))
        };
        layers.into_iter().filter_map(of).collect()
    }
}

/// `None` where no pixel of the layer lies in it, or too many do.
fn mean((name, source, shape): &Seen, ctx: &JobContext) -> Option<LayerMean> {
    use geo::BoundingRect as _;
    let cube = ImageCube::of_all(source).ok()?;
    let around = shape.bounding_rect()?;
    if around.width() * around.height() * cube.bands().len() as f64 > MOST {
        return None;
    }
    let found = cubes::of_region(&cube, shape, &|_| !ctx.is_cancelled()).ok()?;
    let image = source.image();
    Some(LayerMean {
        name: name.clone(),
        bands: cube.bands().iter().map(|band| band_name(image, *band)).collect(),
        values: found.bands().iter().map(|band| band.mean).collect(),
        nm: cube.wavelengths(),
        pixels: usize::try_from(found.pixels()).unwrap_or(usize::MAX),
    })
}
