//! Who computes: the graphics card or the processor.

use compute::{Compute, Preference};
use renderer::{Gpu, GpuPreference};
use spectral::ComputedBy;

use crate::args::DeviceArgs;

/// Samples from which opening a graphics card pays.
const ENOUGH_SAMPLES: u64 = 1 << 24;

/// The graphics card where it is asked for, or where there is one and the work is large.
pub(crate) fn chosen(args: DeviceArgs, samples: u64) -> anyhow::Result<Option<Compute>> {
    let preference = args.preference();
    if preference == Preference::Processor
        || (preference == Preference::ByAdapter && samples < ENOUGH_SAMPLES)
    {
        return Ok(None);
    }
    match Gpu::headless(&GpuPreference::Fastest) {
        Ok(gpu) => Ok(Compute::wanted(&gpu, preference)),
        Err(_) if preference == Preference::ByAdapter => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Who it was, in one word or by the name of the adapter; why it was not the graphics card is said aside.
pub(crate) fn named(by: &ComputedBy) -> &str {
    match by {
        ComputedBy::Engine(adapter) => adapter,
        ComputedBy::Processor { refused } => {
            if let Some(why) = refused {
                crate::output::note(&format!(
                    "note: the processor did it instead of the graphics card: {why}"
                ));
            }
            "processor"
        }
    }
}
