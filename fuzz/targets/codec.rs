//! One chunk of a TIFF: the first byte chooses the compression, the second the kind of number.
#![no_main]

const COMPRESSIONS: [u16; 16] =
    [2, 3, 4, 5, 7, 8, 32771, 32773, 33003, 34712, 34887, 34925, 50000, 50001, 50002, 1];
/// Bits, sample format, samples, predictor, planes apart.
const KINDS: [[u16; 5]; 8] = [
    [8, 1, 1, 1, 1], [8, 1, 3, 2, 1], [1, 1, 1, 1, 1], [16, 1, 1, 2, 1],
    [32, 3, 1, 3, 1], [64, 3, 2, 1, 2], [12, 1, 1, 1, 1], [16, 2, 4, 1, 1],
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [compression, kind, packed @ ..] = bytes else { return };
    let compression = COMPRESSIONS[usize::from(*compression) % COMPRESSIONS.len()];
    let [bits, format, samples, predictor, planes] = KINDS[usize::from(*kind) % KINDS.len()];
    let (width, height) = (37_u32, 29_u32);
    let mut file = b"II\x2a\0\0\0\0\0".to_vec();
    file.extend(packed);
    file.resize(file.len().next_multiple_of(2), 0);
    let chunks = if planes == 2 { u32::from(samples) } else { 1 };
    let lists = file.len() as u32;
    (0..chunks).for_each(|_| file.extend(8_u32.to_le_bytes()));
    (0..chunks).for_each(|_| file.extend((packed.len() as u32).to_le_bytes()));
    let depths = file.len() as u32;
    (0..samples.max(4)).for_each(|_| file.extend(bits.to_le_bytes()));
    let at = file.len() as u32;
    file[4..8].copy_from_slice(&at.to_le_bytes());
    let short = |n: u16| (3_u16, 1_u32, u32::from(n));
    let list = |at: u32, first: u32| if chunks == 1 { (4, 1, first) } else { (4, chunks, at) };
    let depth = match samples {
        1 => short(bits),
        2 => (3, 2, u32::from(bits) << 16 | u32::from(bits)),
        n => (3, u32::from(n), depths),
    };
    let photometric = if samples >= 3 { 2 } else { 1 };
    let entries: Vec<(u16, (u16, u32, u32))> = vec![
        (256, (4, 1, width)),
        (257, (4, 1, height)),
        (258, depth),
        (259, short(compression)),
        (262, short(photometric)),
        (273, list(lists, 8)),
        (277, short(samples)),
        (278, (4, 1, height)),
        (279, list(lists + 4 * chunks, packed.len() as u32)),
        (284, short(planes)),
        (317, short(predictor)),
        (339, (3, 1, u32::from(format))),
    ];
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, (kind, count, value)) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    orthoscope_fuzz::examine("a.tif", &file, &[]);
});
