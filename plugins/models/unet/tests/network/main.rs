//! The U-Net: what it computes, and that it learns.

mod roofs;
mod torch;
