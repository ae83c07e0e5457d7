//! The table of passes.

use crate::{Chunk, Frame, Layer, Shape, Source, Style};

/// What a bind group holds; its place in [`Pass::groups`] is its number in the WGSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Binding 0: the [`Frame`] uniform.
    Frame,
    /// Binding 0: the [`Layer`] uniform (dynamic offset); binding 1: the table of colour maps.
    Layer,
    /// Binding 0: an array of bands of unsigned samples; binding 1: the mask.
    UnsignedTile,
    /// Binding 0: an array of bands of signed samples; binding 1: the mask.
    SignedTile,
    /// Binding 0: an array of bands of floating-point samples; binding 1: the mask.
    FloatTile,
    /// Bindings 0–2: read-only storage arrays of [`Shape`], [`Style`] and [`Chunk`].
    Shapes,
    /// Binding 0: the atlas of glyphs.
    Glyphs,
    /// Binding 0: a smoothing sampler; bindings 1 and 2: a cell of coverage and the coarser one around it.
    Coverage,
}

/// The type of one vertex attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    Float32,
    Float32x2,
    Float32x4,
    Uint32,
    /// Four bytes read as 0–1.
    Unorm8x4,
}

impl Attribute {
    /// Bytes that it takes in the vertex.
    pub const fn size(self) -> u64 {
        match self {
            Self::Float32 | Self::Uint32 | Self::Unorm8x4 => 4,
            Self::Float32x2 => 8,
            Self::Float32x4 => 16,
        }
    }

    /// How many numbers the shader receives, and whether they are floats (else unsigned integers).
    pub const fn in_shader(self) -> (u32, bool) {
        match self {
            Self::Float32 => (1, true),
            Self::Float32x2 => (2, true),
            Self::Float32x4 | Self::Unorm8x4 => (4, true),
            Self::Uint32 => (1, false),
        }
    }
}

/// The one vertex buffer of a pass: tightly packed attributes at locations 0, 1, 2 …
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// The packed attributes.
    pub attributes: &'static [Attribute],
    /// True when the buffer steps once per instance and the shader makes the four corners of a strip.
    pub instanced: bool,
}

impl Stream {
    /// Bytes from one vertex (or instance) to the next.
    pub fn stride(&self) -> u64 {
        self.attributes.iter().map(|attribute| attribute.size()).sum()
    }
}

/// One WGSL module with one way to draw.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// What it is called in the table and in messages.
    pub name: &'static str,
    /// The files it is made of: name and text; the pass's own is the last.
    pub parts: &'static [(&'static str, &'static str)],
    /// The entry point of the vertex stage.
    pub vertex: &'static str,
    /// The entry point of the fragment stage.
    pub fragment: &'static str,
    /// The bind groups from 0 upwards.
    pub groups: &'static [Group],
    /// The vertex buffer, where there is one.
    pub stream: Option<Stream>,
    /// True when a function `formula` is to be added to the module, made from an expression.
    pub takes_formula: bool,
}

impl Pass {
    /// The whole module: the shared parts, then the pass. One that takes a formula is not whole without.
    pub fn source(&self) -> String {
        self.parts.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("\n")
    }

    /// The whole module of a pass that takes a formula, with the text of one ([`crate::formula_source`]), for a target
    /// that encodes sRGB itself or not. That is a constant here: naga 30 refuses a function whose constants it has
    /// folded once it puts a value in place of an `override`.
    pub fn source_with(&self, formula: &str, linear_target: bool) -> String {
        let chosen = format!("const LINEAR_TARGET: bool = {linear_target};");
        format!("{}\n{formula}", self.source().replace("override LINEAR_TARGET: bool = false;", &chosen))
    }
}

/// The vertices of the passes that draw tiles: place in pixels, place in texels, fade.
const TILE_VERTEX: Stream = Stream {
    attributes: &[Attribute::Float32x2, Attribute::Float32x2, Attribute::Float32],
    instanced: false,
};

/// Covers the view with the background colour.
pub const BACKGROUND: Pass = Pass {
    name: "background",
    parts: &[part!("frame"), part!("output"), part!("background")],
    vertex: "vertex_background",
    fragment: "fragment_background",
    groups: &[Group::Frame],
    stream: None,
    takes_formula: false,
};

/// Draws tiles of `u8` and `u16` samples.
pub const RASTER_UNSIGNED: Pass = Pass {
    name: "raster_unsigned",
    parts: &[
        part!("frame"),
        part!("output"),
        part!("layer"),
        part!("samples_unsigned"),
        part!("mix"),
        part!("raster"),
    ],
    vertex: "vertex_raster",
    fragment: "fragment_raster",
    groups: &[Group::Frame, Group::Layer, Group::UnsignedTile],
    stream: Some(TILE_VERTEX),
    takes_formula: false,
};

/// Draws tiles of `i16` samples.
pub const RASTER_SIGNED: Pass = Pass {
    name: "raster_signed",
    parts: &[
        part!("frame"),
        part!("output"),
        part!("layer"),
        part!("samples_signed"),
        part!("mix"),
        part!("raster"),
    ],
    groups: &[Group::Frame, Group::Layer, Group::SignedTile],
    ..RASTER_UNSIGNED
};

/// Draws tiles of `f32` samples.
pub const RASTER_FLOAT: Pass = Pass {
    name: "raster_float",
    parts: &[
        part!("frame"),
        part!("output"),
        part!("layer"),
        part!("samples_float"),
        part!("mix"),
        part!("raster"),
    ],
    groups: &[Group::Frame, Group::Layer, Group::FloatTile],
    ..RASTER_UNSIGNED
};

/// Draws what an expression gives over tiles of `u8` and `u16` samples.
pub const FORMULA_UNSIGNED: Pass = Pass {
    name: "formula_unsigned",
    parts: &[
        part!("frame"),
        part!("output"),
        part!("layer"),
        part!("samples_unsigned"),
        part!("functions"),
        part!("angles"),
        part!("sources"),
        part!("raster"),
    ],
    takes_formula: true,
    ..RASTER_UNSIGNED
};

/// Draws what an expression gives over tiles of `i16` samples.
pub const FORMULA_SIGNED: Pass = Pass {
    name: "formula_signed",
    parts: &[
        part!("frame"),
        part!("output"),
        part!("layer"),
        part!("samples_signed"),
        part!("functions"),
        part!("angles"),
        part!("sources"),
        part!("raster"),
    ],
    takes_formula: true,
    ..RASTER_SIGNED
};

/// Draws what an expression gives over tiles of `f32` samples.
pub const FORMULA_FLOAT: Pass = Pass {
    name: "formula_float",
    parts: &[
        part!("frame"),
        part!("output"),
        part!("layer"),
        part!("samples_float"),
        part!("functions"),
        part!("angles"),
        part!("sources"),
        part!("raster"),
    ],
    takes_formula: true,
    ..RASTER_FLOAT
};

/// Hatches tiles that could not be read.
pub const FAILED: Pass = Pass {
    name: "failed",
    parts: &[part!("frame"), part!("output"), part!("hatch"), part!("layer"), part!("failed")],
    vertex: "vertex_failed",
    fragment: "fragment_failed",
    groups: &[Group::Frame, Group::Layer],
    stream: Some(TILE_VERTEX),
    takes_formula: false,
};

/// Draws cells of coverage; vertices are the place in pixels, in the fine and in the coarse texture (0–1), and the shares of
/// the coarse one and of all.
pub const COVERAGE: Pass = Pass {
    name: "coverage",
    parts: &[part!("frame"), part!("output"), part!("coverage")],
    vertex: "vertex_coverage",
    fragment: "fragment_coverage",
    groups: &[Group::Frame, Group::Coverage],
    stream: Some(Stream { attributes: &[Attribute::Float32x2; 4], instanced: false }),
    takes_formula: false,
};

/// Fills shapes; vertices are points of a chunk and the number of their shape.
pub const FILL: Pass = Pass {
    name: "fill",
    parts: &[part!("frame"), part!("output"), part!("hatch"), part!("shapes"), part!("fill")],
    vertex: "vertex_fill",
    fragment: "fragment_fill",
    groups: &[Group::Frame, Group::Shapes],
    stream: Some(Stream { attributes: &[Attribute::Float32x2, Attribute::Uint32], instanced: false }),
    takes_formula: false,
};

/// Draws the rims of edges; instances are the points before, at the start, at the end and after a segment,
/// the number of their shape and the way along the ring.
pub const CASING: Pass = Pass {
    name: "casing",
    parts: &[part!("frame"), part!("output"), part!("shapes"), part!("outline")],
    vertex: "vertex_casing",
    fragment: "fragment_outline",
    groups: &[Group::Frame, Group::Shapes],
    stream: Some(Stream {
        attributes: &[
            Attribute::Float32x2,
            Attribute::Float32x2,
            Attribute::Float32x2,
            Attribute::Float32x2,
            Attribute::Uint32,
            Attribute::Float32,
        ],
        instanced: true,
    }),
    takes_formula: false,
};

/// Draws edges over their rims.
pub const OUTLINE: Pass = Pass { name: "outline", vertex: "vertex_outline", ..CASING };

/// Draws grips; instances are centre, half size and rim, two colours and the form.
pub const HANDLE: Pass = Pass {
    name: "handle",
    parts: &[part!("frame"), part!("output"), part!("handle")],
    vertex: "vertex_handle",
    fragment: "fragment_handle",
    groups: &[Group::Frame],
    stream: Some(Stream {
        attributes: &[
            Attribute::Float32x2,
            Attribute::Float32x2,
            Attribute::Unorm8x4,
            Attribute::Unorm8x4,
            Attribute::Uint32,
        ],
        instanced: true,
    }),
    takes_formula: false,
};

/// Draws the rims of letters; instances are place, size, place in the atlas and two colours.
pub const HALO: Pass = Pass {
    name: "halo",
    parts: &[part!("frame"), part!("output"), part!("glyph")],
    vertex: "vertex_glyph",
    fragment: "fragment_halo",
    groups: &[Group::Frame, Group::Glyphs],
    stream: Some(Stream {
        attributes: &[
            Attribute::Float32x2,
            Attribute::Float32x2,
            Attribute::Float32x2,
            Attribute::Unorm8x4,
            Attribute::Unorm8x4,
        ],
        instanced: true,
    }),
    takes_formula: false,
};

/// Draws letters over their rims.
pub const GLYPH: Pass = Pass { name: "glyph", fragment: "fragment_glyph", ..HALO };

/// Every pass there is.
pub const PASSES: &[Pass] = &[
    BACKGROUND,
    RASTER_UNSIGNED,
    RASTER_SIGNED,
    RASTER_FLOAT,
    FORMULA_UNSIGNED,
    FORMULA_SIGNED,
    FORMULA_FLOAT,
    FAILED,
    COVERAGE,
    FILL,
    CASING,
    OUTLINE,
    HANDLE,
    HALO,
    GLYPH,
];

const _: () = {
    // The uniform address space wants sizes in steps of 16 bytes.
    assert!(size_of::<Frame>().is_multiple_of(16) && size_of::<Layer>().is_multiple_of(16));
    assert!(
        size_of::<Source>() == 32
            && size_of::<Style>() == 32
            && size_of::<Shape>() == 12
            && size_of::<Chunk>() == 24
    );
};
