//! The image cube: read in the background while its panel is open, its faces sent to the GPU when they change.

use std::collections::BTreeMap;
use std::sync::Arc;

use cubes::{Room, Thinned};
use editing::{CUBE_BANDS, Pane};
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::cube::{Block, Face, Placed, Turn};
use project::LayerId;
use raster::{SampleBuffer, Samples};
use renderer::{GpuError, Renderer, TileSamples, TileValues};

use crate::cube::{CubeAsk, ImageCube, Loaded, bands_of};
use crate::frame::Program;

/// A layer, by its view: opened again it has another number.
type Which = (LayerId, u64);

/// What is being read, and what is on the GPU.
#[derive(Debug, Default)]
pub(crate) struct CubeWork {
    reading: Option<(Which, Job<Thinned>)>,
    sent: BTreeMap<Face, Sent>,
}

/// What a face on the GPU holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sent {
    /// Bands of the image as they are stored.
    Bands(Vec<usize>),
    /// One band, so deep.
    Depth(u32),
    /// A cut along this column or row.
    Along(u32),
}

impl CubeWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.reading.is_some()
    }
}

impl Program {
    pub(super) fn cube(&mut self, ask: CubeAsk) {
        let cube = &mut self.state.cube;
        match ask {
            CubeAsk::Turn(turn) => cube.turn = turn.kept(),
            CubeAsk::Cut(block) => {
                let Block { size, start, .. } = cube.block;
                cube.block = Block { size, start, ..block }.kept();
            }
            CubeAsk::Colormap(colormap) => cube.colormap = colormap,
            CubeAsk::Reset => {
                let first = cube.loaded.as_ref().map(|loaded| loaded.first);
                (cube.turn, cube.block) = (Turn::default(), first.unwrap_or(cube.block));
            }
            CubeAsk::Retry => cube.trouble = None,
        }
    }

    /// The layer that the panel is to show, while it is open.
    fn cube_wanted(&self) -> Option<Which> {
        let is_open = !self.state.panels_hidden && self.state.arrangement().is_open(Pane::Cube);
        let (id, view) = self.state.shown_layer().and_then(|(id, l)| Some((id, l.view()?)))?;
        (is_open && bands_of(view.source.image()) >= CUBE_BANDS).then_some((id, view.number))
    }

    /// Reads the cube that the panel is to show, drops it when nobody looks at it, and keeps its faces on the GPU.
    pub(crate) fn plan_cube(&mut self) -> Result<(), GpuError> {
        self.receive_cube();
        let wanted = self.cube_wanted();
        if self.cube_work.reading.as_ref().is_some_and(|(which, _)| Some(*which) != wanted) {
            (self.cube_work.reading, self.state.cube.reading) = (None, None);
        }
        let loaded = self.state.cube.loaded.as_ref().map(|l| (l.layer, l.view));
        if loaded.is_some() && loaded != wanted {
            self.drop_cube();
        }
        let Some(which) = wanted else { return Ok(()) };
        let failed = self.state.cube.trouble.as_ref().is_some_and(|(layer, _)| *layer == which.0);
        if self.state.cube.loaded.is_none() && self.cube_work.reading.is_none() && !failed {
            self.read_cube(which);
        }
        self.follow_bad_bands();
        self.send_faces()
    }

    fn read_cube(&mut self, which: Which) {
        let Some(source) = self.state.layers.get(&which.0).and_then(|l| l.source()).cloned() else { return };
        let title = format!("Read the image cube of {}", source.image().name);
        let body = move |ctx: &JobContext| -> Result<Thinned, JobFailure> {
            let go_on = |share: f64| {
                ctx.progress((share * 1000.0) as u64, 1000);
                !ctx.is_cancelled()
            };
            let job = ctx.clone();
            let read = || Thinned::read(&source, Room::SCREEN, &go_on);
            let read = raster::while_wanted(move || !job.is_cancelled(), read);
            ctx.check()?;
            Ok(read?)
        };
        let job = self.jobs.spawn(Priority::Normal, title, body);
        self.state.cube.reading = Some(job.id());
        self.cube_work.reading = Some((which, job));
    }

    fn receive_cube(&mut self) {
        let Some((which, result)) =
            self.cube_work.reading.as_ref().and_then(|(which, job)| Some((*which, job.poll()?)))
        else {
            return;
        };
        (self.cube_work.reading, self.state.cube.reading) = (None, None);
        self.ctx.request_repaint();
        match result {
            Ok(data) => self.loaded_cube(which, data),
            Err(JobFailure::Cancelled) => {
                self.state.cube.trouble = Some((which.0, "Reading the cube was stopped.".to_owned()));
            }
            Err(failure) => {
                let why = crate::format::sentence(&failure.to_string());
                self.state.cube.trouble = Some((which.0, why));
            }
        }
    }

    fn loaded_cube(&mut self, (layer, view): Which, data: Thinned) {
        let Some(source) = self.state.layers.get(&layer).and_then(|l| l.source()) else { return };
        let bad = self.state.spectra.bad(layer, source);
        let limits = data.limits(&bad).unwrap_or([0.0, 1.0]);
        let number = self.next_number();
        let cube = &mut self.state.cube;
        let [left, upper, columns, rows] = data.filled();
        let first = Block { start: [left, upper], columns, rows, ..Block::whole(data.size()) };
        cube.block = first;
        (cube.loaded, cube.trouble) =
            (Some(Loaded { layer, view, data: Arc::new(data), number, limits, first, bad }), None);
    }

    pub(crate) fn drop_cube(&mut self) {
        self.cube_work.sent.clear();
        if let Some(loaded) = self.state.cube.loaded.take() {
            self.renderer.lock().tiles_mut().forget_layer(loaded.number);
        }
    }

    /// Bands that were called bad meanwhile, or good, change the sides and their colours.
    fn follow_bad_bands(&mut self) {
        let Some(loaded) = &mut self.state.cube.loaded else { return };
        let Some(source) = self.state.layers.get(&loaded.layer).and_then(|l| l.source()) else { return };
        let bad = self.state.spectra.bad(loaded.layer, source);
        if bad != loaded.bad {
            loaded.limits = loaded.data.limits(&bad).unwrap_or([0.0, 1.0]);
            loaded.bad = bad;
            self.cube_work.sent.retain(|face, _| *face == Face::Top);
        }
    }

    /// Sends the faces that are seen and not on the GPU as they are to be.
    fn send_faces(&mut self) -> Result<(), GpuError> {
        let cube = &self.state.cube;
        let Some(loaded) = &cube.loaded else { return Ok(()) };
        let Some(view) = self.state.layers.get(&loaded.layer).and_then(|l| l.view()) else { return Ok(()) };
        let shown = view.rendering.mix.bands();
        let mut renderer = self.renderer.lock();
        // Which faces are seen does not depend on the size of the picture.
        for face in Placed::new(cube.block, cube.turn, [0.0, 0.0, 1.0, 1.0]).faces() {
            let wanted = to_send(cube, face, shown);
            let held: &[usize] = if let Sent::Bands(bands) = &wanted { bands } else { &[0] };
            let is_there = renderer.tiles().has(face.tile(loaded.number), held);
            if is_there && self.cube_work.sent.get(&face) == Some(&wanted) {
                continue;
            }
            if let Some(samples) = samples_of(loaded, face, &wanted) {
                send(&mut renderer, loaded, face, &wanted, &samples)?;
                self.cube_work.sent.insert(face, wanted);
                self.ctx.request_repaint();
            }
        }
        Ok(())
    }
}

/// What a face is to hold.
fn to_send(cube: &ImageCube, face: Face, shown: &[usize]) -> Sent {
    let Block { start: [left, upper], columns, rows, off, .. } = cube.block;
    match face {
        Face::Top if off == 0 => Sent::Bands(shown.to_vec()),
        Face::Top => Sent::Depth(off),
        Face::Right => Sent::Along(columns - 1),
        Face::Lower => Sent::Along(rows - 1),
        Face::Left => Sent::Along(left),
        Face::Upper => Sent::Along(upper),
    }
}

fn samples_of(loaded: &Loaded, face: Face, wanted: &Sent) -> Option<Samples> {
    let (data, bad) = (&loaded.data, &loaded.bad);
    Some(match (wanted, face) {
        (Sent::Bands(bands), _) => data.planes(bands)?,
        (Sent::Depth(depth), _) => data.layer(*depth),
        (Sent::Along(at), Face::Right | Face::Left) => data.along_column(*at, bad),
        (Sent::Along(at), _) => data.along_row(*at, bad),
    })
}

fn send(
    renderer: &mut Renderer,
    loaded: &Loaded,
    face: Face,
    wanted: &Sent,
    samples: &Samples,
) -> Result<(), GpuError> {
    let id = face.tile(loaded.number);
    let tiles = renderer.tiles_mut();
    match (wanted, &samples.values) {
        // In place of what was there, with its own mask.
        (Sent::Depth(_) | Sent::Along(_), SampleBuffer::F32(values)) => {
            let (width, height) = (samples.width, samples.height);
            let (values, valid) = (TileValues::F32(values), samples.valid.as_deref());
            tiles.upload(id, &TileSamples { width, height, bands: 1, values, valid })
        }
        _ => picture::upload(tiles, id, samples, &samples.bands),
    }
}
