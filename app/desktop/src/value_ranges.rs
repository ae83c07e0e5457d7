//! Measures the values that black and white are chosen by: in jobs, never twice, and of what is on screen only
//! when the map has come to rest.

use std::time::{Duration, Instant};

use jobs::{JobContext, JobFailure, Priority};
use project::LayerId;
use spatial::Viewport;

use crate::frame::Program;
use crate::map::layer::Extent;
use crate::map::measured::{Measured, Request};
use crate::notice::Tone;
use crate::work;

/// The map lies still when it has not moved for so long.
const STILL: Duration = Duration::from_millis(120);

/// Since when the map has been where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    camera: Viewport,
    since: Instant,
    /// Something is to be measured as soon as the map lies still.
    due: bool,
}

impl Rest {
    pub(crate) fn new(camera: Viewport) -> Self {
        Self { camera, since: Instant::now(), due: false }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.due
    }
}

impl Program {
    pub(crate) fn receive_measured(&mut self) {
        for (id, result) in work::ended_of(&mut self.work.statistics) {
            let Some(layer) = self.state.layers.get_mut(&id) else { continue };
            let request = layer.measuring.take();
            match result {
                Ok(found) => {
                    let refused = found.refused.clone();
                    layer.measured(found);
                    if let Some(why) = refused {
                        self.gpu_left_out("counted the pixels", &why);
                    }
                }
                Err(JobFailure::Cancelled) => {}
                Err(failure) => {
                    layer.unmeasurable = request;
                    self.job_failed(&failure);
                }
            }
        }
    }

    /// Says that the graphics card did not do what it was to, and that it was done all the same.
    pub(crate) fn gpu_left_out(&mut self, done: &str, why: &str) {
        let text = format!("The processor {done} instead of the graphics card; the result is the same.");
        self.state.notices.tell(Tone::Info, text, crate::format::sentence(why));
    }

    /// Starts what is to be measured for the layers as they are shown now.
    pub(crate) fn plan_measuring(&mut self) {
        let camera = self.state.camera;
        if self.rest.camera != camera {
            self.rest = Rest::new(camera);
        }
        self.rest.due = false;
        let moved = self.rest.since.elapsed();
        let wanted = |(id, layer): (&LayerId, &crate::map::layer::MapLayer)| {
            let request = layer.to_measure(&camera)?;
            (layer.measuring.as_ref() != Some(&request)).then_some((*id, layer.extent, request))
        };
        let requests: Vec<_> = self.state.layers.iter().filter_map(wanted).collect();
        for (id, extent, request) in requests {
            if extent == Extent::View && moved < STILL {
                self.rest.due = true;
                self.ctx.request_repaint_after(STILL.saturating_sub(moved));
            } else {
                self.measure(id, request);
            }
        }
    }

    fn measure(&mut self, id: LayerId, request: Request) {
        let Some(layer) = self.state.layers.get_mut(&id) else { return };
        let Some(source) = layer.source().cloned() else { return };
        layer.measuring = Some(request.clone());
        let title = format!("Measure {}", source.image().name);
        let priority = match layer.extent {
            Extent::EveryPixel => Priority::Background,
            Extent::Layer | Extent::View => Priority::Normal,
        };
        let compute = self.compute.clone();
        let body = move |ctx: &JobContext| Measured::of(&source, &request, compute.as_ref(), ctx);
        self.work.statistics.insert(id, self.jobs.spawn(priority, title, body));
    }
}
