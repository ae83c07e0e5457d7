//! What can go wrong between the scene and the pixels.

/// Why something was not drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// The machine offers nothing to draw with.
    #[error("No graphics adapter fits {wanted}. Found: {found}.")]
    NoAdapter {
        /// What was asked for.
        wanted: String,
        /// What there is.
        found: String,
    },
    /// The adapter is there but does not open.
    #[error("The graphics adapter {adapter} cannot be used: {reason}.")]
    Device {
        /// The adapter's name.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
    /// The device has gone (driver reset, unplugged, crashed); everything on it must be made anew.
    #[error("The graphics device was lost: {0}.")]
    Lost(String),
    /// The device has no memory left for what was asked.
    #[error("The graphics memory is full.")]
    OutOfMemory,
    /// The driver refused a command.
    #[error("The graphics driver refused a command: {0}.")]
    Refused(String),
    /// A tile larger than the device takes.
    #[error(
        "A tile of {width} × {height} px with {bands} bands is larger than this graphics adapter takes ({max_side} px, {max_bands} bands)."
    )]
    TileTooLarge { width: u32, height: u32, bands: u32, max_side: u32, max_bands: u32 },
    /// A tile whose numbers do not agree.
    #[error(
        "A tile of {width} × {height} px with {bands} bands needs {expected} {what}, but {actual} were given."
    )]
    TileShape { width: u32, height: u32, bands: u32, what: &'static str, expected: u64, actual: u64 },
    /// A picture that cannot be made in one piece.
    #[error(
        "A picture of {width} × {height} px is not possible on this graphics adapter (1 to {max_side} px a side)."
    )]
    PictureSize { width: u32, height: u32, max_side: u32 },
    /// More geometry than fits a buffer of the device.
    #[error(
        "{what} need {bytes} bytes of graphics memory in one piece, but this adapter gives at most {max_bytes}."
    )]
    TooMuch { what: &'static str, bytes: u64, max_bytes: u64 },
    /// A target that the renderer cannot draw to exactly.
    #[error("Cannot draw to the pixel format {0}.")]
    Target(String),
    /// The bytes are not a font.
    #[error("The font cannot be read: {0}.")]
    Font(String),
}

impl GpuError {
    /// What the user can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoAdapter { .. } => Some(
                "Install a Vulkan driver for the graphics card, or Mesa's software renderer: \
                 apt-get install libvulkan1 mesa-vulkan-drivers",
            ),
            Self::Device { .. } => Some("Update the graphics driver, or choose another adapter by its name."),
            Self::Lost(_) => Some("Start the program again; update the graphics driver if it happens often."),
            Self::OutOfMemory => {
                Some("Close other programs that use the graphics card, or lower the tile budget.")
            }
            Self::TileTooLarge { .. } => Some("Read the image in smaller tiles."),
            Self::PictureSize { .. } => Some("Ask for a smaller picture."),
            Self::TooMuch { .. } => Some("Split the shapes into several batches."),
            Self::Refused(_) | Self::TileShape { .. } | Self::Target(_) => {
                Some("This is a bug; please report it with the text of the error.")
            }
            Self::Font(_) => Some("Give a TrueType or OpenType file."),
        }
    }
}
