//! Counts how often values occur.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use raster::statistics::{CountPlan, Counter, CounterError, Counting};
use raster::{SampleType, Samples};
use renderer::wgpu;
use shaders::{COUNT_BYTES, COUNT_STEPS, COUNT_WIDE, Count, Kernel, Stored};

use crate::device::{Compute, Made};
use crate::error::ComputeError;
use crate::slots::Slots;

impl Counter for Compute {
    fn start<'a>(&'a self, plan: &CountPlan) -> Result<Box<dyn Counting + 'a>, CounterError> {
        Ok(Box::new(Run::new(self, plan)?))
    }
}

/// Buffers of a slice.
#[derive(Debug)]
struct Slot {
    numbers: wgpu::Buffer,
    samples: wgpu::Buffer,
    mask: wgpu::Buffer,
    bound: wgpu::BindGroup,
}

/// A count under way.
struct Run<'a> {
    compute: &'a Compute,
    plan: CountPlan,
    kernel: &'static Kernel,
    made: Arc<Made>,
    /// Samples that fit a slot.
    capacity: usize,
    slots: Slots<Slot>,
    counts: wgpu::Buffer,
    fetched: wgpu::Buffer,
    counted: Mutex<Counted>,
}

/// What was counted so far.
struct Counted {
    /// Samples since counts were fetched.
    since: u64,
    totals: Vec<u64>,
}

/// A part of a window: bands of the window and pixels of each.
struct Slice {
    bands: Range<usize>,
    pixels: Range<usize>,
}

fn kernel_of(kind: SampleType) -> (&'static Kernel, Stored) {
    match kind {
        SampleType::U8 => (&COUNT_BYTES, Stored::U8),
        SampleType::U16 => (&COUNT_WIDE, Stored::U16),
        SampleType::I16 => (&COUNT_WIDE, Stored::I16),
        SampleType::F32 => (&COUNT_STEPS, Stored::F32),
    }
}

impl<'a> Run<'a> {
    fn new(compute: &'a Compute, plan: &CountPlan) -> Result<Self, ComputeError> {
        let (kernel, stored) = kernel_of(plan.kind);
        let made = compute.kernel(kernel, stored)?;
        let bins = plan.bands.len() * plan.bins;
        let bytes = bins as u64 * 4;
        compute.fits("The counts", bytes)?;
        let capacity = compute.measures.counted_bytes / stored.bytes();
        let steps: Vec<u32> = plan.bands.iter().flat_map(|band| &band.steps).copied().collect();
        if stored == Stored::F32 && steps.len() != bins {
            return Err(ComputeError::OtherSamples);
        }
        compute
            .gpu
            .watched(|| {
                let counts = compute.buffer(bytes);
                let steps = (stored == Stored::F32).then(|| compute.filled(bytemuck::cast_slice(&steps)));
                let slot = |_| {
                    let numbers = compute.buffer(size_of::<Count>() as u64);
                    let samples = compute.buffer((capacity * stored.bytes()) as u64);
                    let mask = compute.buffer(capacity as u64);
                    let mut buffers = vec![&numbers, &samples, &mask, &counts];
                    buffers.extend(steps.as_ref());
                    let bound = compute.bind(&made, &buffers);
                    Slot { numbers, samples, mask, bound }
                };
                let slots = Slots::new((0..compute.measures.slots).map(slot).collect());
                let counted = Mutex::new(Counted { since: 0, totals: vec![0; bins] });
                let (fetched, plan) = (compute.fetched(bytes), plan.clone());
                Self {
                    compute,
                    plan,
                    kernel,
                    made: Arc::clone(&made),
                    capacity,
                    slots,
                    counts,
                    fetched,
                    counted,
                }
            })
            .map_err(ComputeError::from)
    }

    /// All bands at once where they fit and are counted alike, else band after band.
    fn slices(&self, plane: usize) -> Vec<Slice> {
        let bands = self.plan.bands.len();
        let alike = self.plan.bands.windows(2).all(|two| two[0].no_data == two[1].no_data);
        if alike && plane * bands <= self.capacity {
            return vec![Slice { bands: 0..bands, pixels: 0..plane }];
        }
        let of_band = |band: usize| {
            let starts = (0..plane).step_by(self.capacity);
            starts.map(move |start| (band, start))
        };
        let one = |(band, start): (usize, usize)| Slice {
            bands: band..band + 1,
            pixels: start..(start + self.capacity).min(plane),
        };
        (0..bands).flat_map(of_band).map(one).collect()
    }

    fn count(&self, samples: &Samples, slice: &Slice) -> Result<(), ComputeError> {
        let slot = self.slots.take(self.compute)?;
        let submitted = self.submit(&slot, samples, slice);
        let way_back = self.slots.way_back();
        if submitted.is_ok() {
            self.compute.gpu.queue.on_submitted_work_done(move || way_back.give(slot));
        } else {
            way_back.give(slot);
        }
        submitted
    }

    fn submit(&self, slot: &Slot, samples: &Samples, slice: &Slice) -> Result<(), ComputeError> {
        let plane = samples.plane_len();
        let size = self.plan.kind.size();
        let bytes = samples.values.as_bytes();
        let pixels = slice.pixels.len();
        let span = if slice.bands.len() == 1 {
            let first = slice.bands.start * plane + slice.pixels.start;
            first * size..(first + pixels) * size
        } else {
            0..plane * slice.bands.len() * size
        };
        let no_data = self.plan.bands[slice.bands.start].no_data;
        let numbers = Count {
            pixels: pixels as u32,
            first_band: slice.bands.start as u32,
            bins: self.plan.bins as u32,
            has_mask: u32::from(samples.valid.is_some()),
            has_no_data: u32::from(no_data.is_some()),
            no_data: no_data.unwrap_or_default(),
        };
        let groups = [self.kernel.groups(numbers.pixels), slice.bands.len() as u32];
        let mut counted = self.room_for(pixels as u64)?;
        counted.since += pixels as u64;
        // Submitted while the counts are held, so that none is fetched in between.
        self.compute.gpu.watched(|| {
            self.compute.write(&slot.numbers, bytemuck::bytes_of(&numbers));
            self.compute.write(&slot.samples, &bytes[span]);
            if let Some(valid) = &samples.valid {
                self.compute.write(&slot.mask, &valid[slice.pixels.clone()]);
            }
            let encoder = self.compute.dispatch(&self.made, &slot.bound, groups);
            self.compute.gpu.queue.submit([encoder.finish()]);
        })?;
        Ok(())
    }

    /// The counts, with room for so many more samples: a bin gets at most one for each pixel.
    fn room_for(&self, pixels: u64) -> Result<MutexGuard<'_, Counted>, ComputeError> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.since + pixels > self.compute.measures.fetched_after {
            self.fetch(&mut counted)?;
        }
        Ok(counted)
    }

    fn fetch(&self, counted: &mut Counted) -> Result<(), ComputeError> {
        let bytes = counted.totals.len() * 4;
        self.compute.gpu.watched(|| {
            let device = &self.compute.gpu.device;
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            encoder.copy_buffer_to_buffer(&self.counts, 0, &self.fetched, 0, self.counts.size());
            encoder.clear_buffer(&self.counts, 0, None);
            self.compute.gpu.queue.submit([encoder.finish()]);
        })?;
        let found = self.compute.fetch(&self.fetched, bytes)?;
        let found = found.as_chunks::<4>().0.iter().map(|word| u32::from_ne_bytes(*word));
        counted.totals.iter_mut().zip(found).for_each(|(total, count)| *total += u64::from(count));
        counted.since = 0;
        Ok(())
    }
}

impl Counting for Run<'_> {
    fn add(&self, samples: &Samples) -> Result<(), CounterError> {
        if samples.values.kind() != self.plan.kind
            || samples.values.len() != samples.plane_len() * self.plan.bands.len()
        {
            return Err(ComputeError::OtherSamples.into());
        }
        for slice in self.slices(samples.plane_len()) {
            self.count(samples, &slice)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<Vec<u64>>, CounterError> {
        let mut counted = self.room_for(0)?;
        self.fetch(&mut counted)?;
        Ok(counted.totals.chunks_exact(self.plan.bins).map(<[u64]>::to_vec).collect())
    }
}
