#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| orthoscope_fuzz::examine("a.jp2", bytes, &[]));
