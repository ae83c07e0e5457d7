//! The stories that Orthoscope must be able to tell, and the rules of its house.

mod tidy;
