//! The Rust twins of the structs in the WGSL.

use bytemuck::{Pod, Zeroable};

/// Where the fields of a mirror lie, to be compared with the struct of the same name in the WGSL.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The struct's name on both sides.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// Name, offset and size in bytes of each field, in order.
    pub fields: &'static [(&'static str, usize, usize)],
}

macro_rules! mirrors {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[repr(C)]
            #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
        )*
        /// Every mirror, in no particular order.
        pub const LAYOUTS: &[Layout] = &[$(Layout {
            name: stringify!($name),
            size: size_of::<$name>(),
            fields: &[$((stringify!($field), core::mem::offset_of!($name, $field), size_of::<$type>()),)*],
        },)*];
    };
}

mirrors! {
    /// What every pass of one view shares.
    struct Frame {
        /// Width and height of the view in physical pixels.
        size_px: [f32; 2],
        /// The screen point that the hatches are pinned to, in pixels.
        anchor_px: [f32; 2],
        /// The background, straight alpha, 0–1.
        background: [f32; 4],
        /// Physical pixels per point of the user interface; hatches and dashes grow with it.
        pixels_per_point: f32,
        padding_a: f32,
        padding_b: f32,
        padding_c: f32,
    }

    /// Where the samples of one band of a tile are found, and how they are taken.
    struct Source {
        /// The layer of the tile's texture; past the end = the tile has not got the band.
        layer: u32,
        /// 1 when `no_data` counts.
        has_no_data: u32,
        /// The sample that means "nothing here".
        no_data: f32,
        /// An expression works with `sample · scale + offset`.
        scale: f32,
        offset: f32,
        padding_a: f32,
        padding_b: f32,
        padding_c: f32,
    }

    /// How the samples of one layer become colours.
    struct Layer {
        /// Per channel, the sample that becomes black; the fourth is unused.
        low: [f32; 4],
        /// Per channel, one over the distance from black to white; the fourth is unused.
        scale: [f32; 4],
        /// The colour of the hatch over tiles that could not be read, straight alpha, 0–1.
        failed: [f32; 4],
        /// The bands that are looked at: of a mix red, green and blue, or the one; else those of the expression.
        sources: [Source; 16],
        /// 0 = three bands as red, green and blue; 1 = one number through a colour map; 2 = one number by classes.
        mix_kind: u32,
        /// 0 = nearest; 1 = bilinear.
        filter_kind: u32,
        /// The row of the colour map.
        colormap: u32,
        /// 1 when the colour map runs from its end to its beginning.
        is_reversed: u32,
        /// One over gamma.
        gamma_inverse: f32,
        /// 0–1.
        opacity: f32,
        /// Into how many steps the colour map is cut; up to 1 = smooth.
        steps: f32,
        /// The number of the first class.
        first_class: f32,
    }

    /// How a shape looks; colours are RGBA bytes with the red in the lowest, straight alpha.
    struct Style {
        fill: u32,
        outline: u32,
        casing: u32,
        hatch_color: u32,
        /// Which hatch, in the order of the hatches in `hatch.wgsl`.
        hatch: u32,
        /// Width of the outline in pixels.
        width_px: f32,
        /// Width of the casing on each side of the outline in pixels.
        casing_px: f32,
        /// Length of a dash and of the gap after it in pixels; 0 = solid.
        dash_px: f32,
    }

    /// One shape of a batch.
    struct Shape {
        /// Its row in the table of styles; past the end = hidden.
        style: u32,
        /// Its row in the table of chunks.
        chunk: u32,
        /// The longer side of its box in world units.
        side: f32,
    }

    /// Takes the points of one chunk to the screen: `px = point * scale + offset`.
    struct Chunk {
        scale: [f32; 2],
        offset: [f32; 2],
        /// The size in pixels from which on a shape is drawn wholly (0: whatever its size), and one over the logarithm of
        /// how many times that is the size from which down it is not drawn at all.
        fading: [f32; 2],
    }

    /// What a kernel counts; see `count.wgsl`.
    struct Count {
        /// Samples of each band.
        pixels: u32,
        /// The band of the table of counts that the first band of the samples belongs to.
        first_band: u32,
        /// Bins of each band.
        bins: u32,
        /// 1 when the mask counts.
        has_mask: u32,
        /// Of floats: 1 when a value means "nothing here", and the key of that value.
        has_no_data: u32,
        no_data: u32,
    }

    /// What a kernel makes of each pixel; see `map.wgsl`.
    struct PixelMap {
        pixels: u32,
        bands: u32,
        /// Sample of a pixel and a band: `pixel * pixel_step + band * band_step`.
        pixel_step: u32,
        band_step: u32,
        /// Groups of four rows whose values are squared and summed.
        squares: u32,
        /// Groups of four rows behind those.
        values: u32,
        /// How many of the rows in the latter are there.
        rows: u32,
        /// Numbers that a pixel gets.
        outputs: u32,
        /// Always 0.
        zero: u32,
    }
}
