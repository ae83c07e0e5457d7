//! Draws a scene of plain data with wgpu, on screen and headless by the same code.
//!
//! Five nouns: a [`Gpu`] is the device; a [`Scene`] says what to draw; [`TileTextures`] keep raw samples on
//! the GPU; a [`Renderer`] prepares scenes and paints them into any pass; [`render_image`] brings the
//! picture back as an [`RgbaImage`].
//!
//! Nothing here knows a window, a file, a region or a coordinate reference system: positions come in as
//! screen pixels, but for [`ShapeBatch`]es, which stay on the GPU and are taken to the screen in f64 per
//! chunk. Samples are display-referred: with a stretch of 0–255, gamma 1 and full opacity, bytes come out
//! as they went in.
//!
//! ```no_run
//! use renderer::*;
//! let gpu = Gpu::headless(&GpuPreference::Fastest)?;
//! let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT)?;
//! let id = TileId::new(0, 0, 0, 0);
//! let values = TileValues::U8(&[200; 64 * 64 * 3]);
//! renderer.tiles_mut().upload(id, &TileSamples { width: 64, height: 64, bands: 3, values, valid: None })?;
//! let mut scene = Scene::new([64, 64], [0, 0, 0, 255]);
//! let mesh = TileMesh::rect(0.0, 0.0, 64.0, 64.0);
//! let tile = TileDraw { id, mesh, source: [0.0, 0.0, 64.0, 64.0], fade: 1.0, failed: false };
//! scene.layers.push(LayerScene::rgb(vec![tile]));
//! let picture = render_image(&gpu, &mut renderer, &scene)?;
//! assert_eq!(picture.pixel(0, 0), Some([200, 200, 200, 255]));
//! # Ok::<(), GpuError>(())
//! ```

mod batches;
mod border;
mod buffers;
mod colormap;
mod context;
mod coverage;
mod error;
mod geometry;
mod glyphs;
mod gpu;
mod handles;
mod labels;
mod offscreen;
mod outlines;
mod pipelines;
mod raster;
mod renderer;
mod resident;
mod scene;
mod tiles;

pub use batches::{BatchReport, Batches};
pub use colormap::{Colormap, ColormapKind};
pub use coverage::CoverageCells;
pub use error::GpuError;
pub use gpu::{Gpu, GpuDescription, GpuPreference, adapters, best_adapter, device_descriptor};
pub use offscreen::{RENDER_IMAGE_FORMAT, RgbaImage, render_image};
pub use renderer::{Prepared, Renderer, ViewId};
pub use scene::*;
pub use tiles::{TileCounters, TileSamples, TileTextures, TileValues};
/// The wgpu that this crate is built on, for callers that hand over their device.
pub use wgpu;
