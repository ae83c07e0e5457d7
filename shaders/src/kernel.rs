//! The table of kernels: what the GPU computes that is not a picture.

/// How samples lie in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stored {
    U8,
    U16,
    I16,
    F32,
}

impl Stored {
    /// Bytes of one sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::F32 => 4,
        }
    }

    fn part(self) -> (&'static str, &'static str) {
        match self {
            Self::U8 => part!("stored_u8"),
            Self::U16 => part!("stored_u16"),
            Self::I16 => part!("stored_i16"),
            Self::F32 => part!("stored_f32"),
        }
    }
}

/// What a kernel does with a storage buffer; its place in [`Kernel::buffers`] is its binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    ReadWrite,
}

/// One computation. Binding 0 holds its numbers (a mirror), binding 1 the samples.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// What it is called in the table and in messages; the name of its entry point, too.
    pub name: &'static str,
    /// The files it is made of besides that of the samples; its own is the last.
    pub parts: &'static [(&'static str, &'static str)],
    /// The samples it can work on.
    pub stored: &'static [Stored],
    /// Threads of a workgroup.
    pub threads: u32,
    /// Samples of a band that a thread looks at.
    pub each: u32,
    pub buffers: &'static [Access],
}

impl Kernel {
    /// The whole module for samples of one kind.
    pub fn source(&self, stored: Stored) -> String {
        let parts = std::iter::once(stored.part()).chain(self.parts.iter().copied());
        parts.map(|(_, text)| text).collect::<Vec<_>>().join("\n")
    }

    /// Workgroups that it takes for so many pixels.
    pub fn groups(&self, pixels: u32) -> u32 {
        pixels.div_ceil(self.threads * self.each)
    }

    /// The names of the files, with those of the samples.
    #[cfg(test)]
    pub(crate) fn files(&self) -> Vec<&'static str> {
        self.stored.iter().map(|s| s.part()).chain(self.parts.iter().copied()).map(|(name, _)| name).collect()
    }
}

const COUNTED: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::ReadWrite];

/// Counts the values of bytes. Buffers: [`crate::Count`], samples, mask, counts.
pub const COUNT_BYTES: Kernel = Kernel {
    name: "count_bytes",
    parts: &[part!("count"), part!("count_bytes")],
    stored: &[Stored::U8],
    threads: 256,
    each: 16,
    buffers: COUNTED,
};

/// Counts the values of 16-bit numbers.
pub const COUNT_WIDE: Kernel = Kernel {
    name: "count_wide",
    parts: &[part!("count"), part!("count_wide")],
    stored: &[Stored::U16, Stored::I16],
    ..COUNT_BYTES
};

/// Counts floats between steps; one more buffer has the least key of each bin.
pub const COUNT_STEPS: Kernel = Kernel {
    name: "count_steps",
    parts: &[part!("count"), part!("count_steps")],
    stored: &[Stored::F32],
    buffers: &[Access::Read, Access::Read, Access::Read, Access::ReadWrite, Access::Read],
    ..COUNT_BYTES
};

/// Rows of weights times pixels. Buffers: [`crate::PixelMap`], samples, middles, weights, what is added, results.
pub const MAP_VALUES: Kernel = Kernel {
    name: "map_values",
    parts: &[part!("split"), part!("map"), part!("map_values")],
    stored: &[Stored::U8, Stored::U16, Stored::I16, Stored::F32],
    threads: 64,
    each: 1,
    buffers: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::ReadWrite],
};

/// Squared distances from a background.
pub const MAP_SQUARES: Kernel = Kernel {
    name: "map_squares",
    parts: &[part!("split"), part!("map"), part!("map_squares")],
    ..MAP_VALUES
};

/// The share of these that lies in given directions.
pub const MAP_COHERENCE: Kernel = Kernel {
    name: "map_coherence",
    parts: &[part!("split"), part!("map"), part!("map_coherence")],
    ..MAP_VALUES
};

/// The nearest of some centres.
pub const MAP_NEAREST: Kernel = Kernel {
    name: "map_nearest",
    parts: &[part!("split"), part!("map"), part!("map_nearest")],
    ..MAP_VALUES
};

/// Angles between pixels and spectra.
pub const MAP_ANGLES: Kernel = Kernel {
    name: "map_angles",
    parts: &[part!("split"), part!("functions"), part!("angles"), part!("map"), part!("map_angles")],
    ..MAP_VALUES
};

/// Every kernel there is.
pub const KERNELS: &[Kernel] =
    &[COUNT_BYTES, COUNT_WIDE, COUNT_STEPS, MAP_VALUES, MAP_SQUARES, MAP_COHERENCE, MAP_NEAREST, MAP_ANGLES];
