#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| orthoscope_fuzz::examine("a.h5", bytes, &[]));
