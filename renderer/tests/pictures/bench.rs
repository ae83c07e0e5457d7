//! What a frame costs.
