//! Makes of each pixel what a product makes of it.

use std::ops::Range;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use renderer::wgpu;
use shaders::{PixelMap, Stored};
use spectral::{
    Block, Cube, Engine, EngineError, Interleave, LinearMap, Progress, Rows, Shape, Sink, SpectralError,
    Values,
};

use crate::device::Compute;
use crate::error::ComputeError;
use crate::pack::Packed;
use crate::slots::Slots;

/// Slices that each thread has between two reports.
const SLICES_A_THREAD: usize = 2;
/// The most workgroups in a row that every adapter takes.
const MOST_GROUPS: usize = 65_535;
/// Mesa's software adapter leaves a thread's loops after 65,535 rounds, without a word.
const MOST_ROUNDS_IN_SOFTWARE: usize = 60_000;
/// A row of pixels may take so many times the bytes of a usual slice.
const LONG_ROW: usize = 4;

impl Engine for Compute {
    fn name(&self) -> String {
        self.adapter().to_owned()
    }

    fn map(
        &self,
        cube: &dyn Cube,
        map: &LinearMap,
        progress: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<(), EngineError> {
        let Shape { width, height, bands } = cube.shape();
        if bands != map.bands() {
            let name = "The product".to_owned();
            return Err(SpectralError::Length { name, values: map.bands(), bands }.into());
        }
        let run = Run::new(self, map, width).map_err(refused)?;
        let firsts: Vec<usize> = (0..height).step_by(run.rows).collect();
        let wave = SLICES_A_THREAD * rayon::current_num_threads().max(1);
        for (number, some) in firsts.chunks(wave).enumerate() {
            if !progress((number * wave) as f64 / firsts.len() as f64) {
                return Err(SpectralError::Stopped.into());
            }
            let one = |first: &usize| run.slice(cube, *first..(*first + run.rows).min(height));
            let done: Vec<Result<Rows, EngineError>> = some.par_iter().map(one).collect();
            for rows in done {
                sink(rows?).map_err(SpectralError::Write)?;
            }
        }
        if progress(1.0) { Ok(()) } else { Err(SpectralError::Stopped.into()) }
    }
}

fn refused(error: ComputeError) -> EngineError {
    EngineError::Engine(error.into())
}

/// Buffers of a slice.
#[derive(Debug)]
struct Slot {
    numbers: wgpu::Buffer,
    samples: wgpu::Buffer,
    results: wgpu::Buffer,
    fetched: wgpu::Buffer,
}

/// A map under way.
struct Run<'a> {
    compute: &'a Compute,
    packed: Packed,
    width: usize,
    /// Rows of a slice.
    rows: usize,
    middles: wgpu::Buffer,
    weights: wgpu::Buffer,
    added: wgpu::Buffer,
    slots: Slots<Slot>,
}

impl<'a> Run<'a> {
    fn new(compute: &'a Compute, map: &LinearMap, width: usize) -> Result<Self, ComputeError> {
        let packed = Packed::new(map, compute.most_bytes())?;
        if compute.is_software() && packed.rounds > MOST_ROUNDS_IN_SOFTWARE {
            return Err(ComputeError::TooLong);
        }
        let measures = compute.measures;
        let (bands, outputs) = (map.bands(), map.outputs());
        // Samples may be floats; results are.
        let bytes_a_pixel = bands.max(outputs) * 4;
        let of_a_row = width * bytes_a_pixel;
        let most = compute.most_bytes().min((LONG_ROW * measures.mapped_bytes) as u64);
        if of_a_row as u64 > most {
            return Err(ComputeError::TooLarge { what: "A row of pixels", needed: of_a_row as u64, most });
        }
        let pixels = (measures.mapped_bytes / bytes_a_pixel)
            .min(measures.products / packed.products.max(1))
            .min(MOST_GROUPS * packed.kernel.threads as usize);
        let rows = (pixels / width.max(1)).max(1);
        let pixels = (rows * width) as u64;
        compute.fits("The pixels of a slice", pixels * bytes_a_pixel as u64)?;
        if packed.kernel.groups(pixels as u32) as usize > MOST_GROUPS {
            let most = (MOST_GROUPS * packed.kernel.threads as usize) as u64;
            return Err(ComputeError::TooLarge { what: "A row of pixels", needed: pixels, most });
        }
        compute
            .gpu
            .watched(|| {
                let slot = |_| Slot {
                    numbers: compute.buffer(size_of::<PixelMap>() as u64),
                    samples: compute.buffer(pixels * bands as u64 * 4),
                    results: compute.buffer(pixels * outputs as u64 * 4),
                    fetched: compute.fetched(pixels * outputs as u64 * 4),
                };
                Self {
                    compute,
                    width,
                    rows,
                    middles: compute.filled(bytemuck::cast_slice(&packed.middles)),
                    weights: compute.filled(bytemuck::cast_slice(&packed.weights)),
                    added: compute.filled(bytemuck::cast_slice(&packed.added)),
                    slots: Slots::new((0..measures.slots).map(slot).collect()),
                    packed,
                }
            })
            .map_err(ComputeError::from)
    }

    /// Reads some rows and computes them.
    fn slice(&self, cube: &dyn Cube, rows: Range<usize>) -> Result<Rows, EngineError> {
        let mut values = None;
        cube.with_rows(rows.start, rows.len(), &mut |block| values = Some(self.block(&block)))
            .map_err(SpectralError::Read)?;
        let values = values.ok_or_else(|| SpectralError::Read("the cube gave no rows".into()))?;
        let values = values.map_err(refused)?;
        let bands = self.packed.numbers.outputs as usize;
        Ok(Rows { first: rows.start, rows: rows.len(), bands, values })
    }

    fn block(&self, block: &Block<'_>) -> Result<Vec<f32>, ComputeError> {
        let slot = self.slots.take(self.compute)?;
        let found = self.submit(&slot, block).and_then(|bytes| self.compute.fetch(&slot.fetched, bytes));
        self.slots.way_back().give(slot);
        let words = found?;
        let mut values: Vec<f32> =
            words.as_chunks::<4>().0.iter().map(|word| f32::from_ne_bytes(*word)).collect();
        if let Some(valid) = block.valid {
            for plane in values.chunks_exact_mut(block.pixels) {
                plane.iter_mut().zip(valid).filter(|(_, v)| **v == 0).for_each(|(n, _)| *n = f32::NAN);
            }
        }
        Ok(values)
    }

    /// Starts a slice; how many bytes come of it.
    fn submit(&self, slot: &Slot, block: &Block<'_>) -> Result<usize, ComputeError> {
        let bands = self.packed.numbers.bands as usize;
        if block.pixels > self.rows * self.width || block.values.len() != block.pixels * bands {
            return Err(ComputeError::OtherSamples);
        }
        let (stored, bytes): (_, &[u8]) = match block.values {
            Values::U8(v) => (Stored::U8, v),
            Values::U16(v) => (Stored::U16, bytemuck::cast_slice(v)),
            Values::I16(v) => (Stored::I16, bytemuck::cast_slice(v)),
            Values::F32(v) => (Stored::F32, bytemuck::cast_slice(v)),
        };
        let (pixel_step, band_step) = match block.interleave {
            Interleave::Pixel => (bands, 1),
            Interleave::Band => (1, block.pixels),
        };
        let numbers = PixelMap {
            pixels: block.pixels as u32,
            pixel_step: pixel_step as u32,
            band_step: band_step as u32,
            ..self.packed.numbers
        };
        let made = self.compute.kernel(self.packed.kernel, stored)?;
        let size = block.pixels * numbers.outputs as usize * 4;
        self.compute.gpu.watched(|| {
            self.compute.write(&slot.numbers, bytemuck::bytes_of(&numbers));
            self.compute.write(&slot.samples, bytes);
            let buffers =
                [&slot.numbers, &slot.samples, &self.middles, &self.weights, &self.added, &slot.results];
            let bound = self.compute.bind(&made, &buffers);
            let groups = [self.packed.kernel.groups(numbers.pixels), self.packed.threads];
            let mut encoder = self.compute.dispatch(&made, &bound, groups);
            encoder.copy_buffer_to_buffer(&slot.results, 0, &slot.fetched, 0, size as u64);
            self.compute.gpu.queue.submit([encoder.finish()]);
        })?;
        Ok(size)
    }
}
