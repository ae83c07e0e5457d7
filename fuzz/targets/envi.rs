//! The header of an ENVI file beside 4096 bytes of numbers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let numbers: Vec<u8> = (0..4096_u32).map(|i| (i * 7) as u8).collect();
    orthoscope_fuzz::examine("a.hdr", bytes, &[("a.dat", &numbers)]);
});
