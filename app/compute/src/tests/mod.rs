//! The GPU against the processor. Any adapter will do, also one that is a program.

mod counts;
mod products;
mod samples;

use std::sync::OnceLock;

use renderer::{Gpu, GpuPreference};

use crate::{Compute, Preference};

/// A device of its own, for tests that break it.
fn fresh() -> Gpu {
    match Gpu::headless(&GpuPreference::Fastest) {
        Ok(gpu) => gpu,
        Err(error) => {
            panic!("These tests compute and need an adapter. {error} {}", error.hint().unwrap_or_default())
        }
    }
}

/// The one device of all other tests.
fn compute() -> Compute {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    Compute::wanted(GPU.get_or_init(fresh), Preference::Gpu).expect("any adapter is taken")
}

/// The same numbers every time, from 0 to 1.
fn grain(n: usize) -> f64 {
    let mixed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 32)) & 0xffff_ffff) as f64 / f64::from(u32::MAX)
}

#[test]
fn a_program_that_poses_as_an_adapter_is_left_alone_unless_it_is_named() {
    let gpu = fresh();
    let software = gpu.describe().software;
    assert_eq!(Compute::wanted(&gpu, Preference::ByAdapter).is_none(), software);
    assert!(Compute::wanted(&gpu, Preference::Processor).is_none());
}
