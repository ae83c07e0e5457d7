//! k-means.

use super::*;

/// Three heaps of pixels, in turns.
fn heaps() -> TestCube {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let middles = [[0.0, 0.0, 5.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0]];
    let samples: Vec<f32> =
        (0..60 * 60).flat_map(|i| middles[i % 3]).map(|m| (m + 0.3 * normal(&mut random)) as f32).collect();
    TestCube::of(60, 3, &samples)
}

#[test]
fn heaps_that_lie_apart_are_found() {
    let cube = heaps();
    let options = ClusterOptions { clusters: 3, ..ClusterOptions::default() };
    let found = Clusters::find(&cube.cube(), &options, &go_on).expect("clusters");
    assert!(found.settled);
    assert_eq!(found.sizes, [1200, 1200, 1200]);
    let labels = collected(cube.shape, |sink| found.assign(&cube.cube(), &go_on, sink)).expect("labels");
    assert!((3..labels.len()).all(|i| labels[i] == labels[i % 3]), "each heap is one cluster");
    assert!(labels[0] != labels[1] && labels[1] != labels[2] && labels[0] != labels[2]);
    for i in 0..3 {
        let centre = found.centre(labels[i][0] as usize - 1);
        let middle = [[0.0, 0.0, 5.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0]][i];
        assert!(centre.iter().zip(middle).all(|(c, m)| (c - m).abs() < 0.05), "{centre:?}");
    }
    let per_pixel = found.spread / 3600.0;
    assert!((per_pixel - 3.0 * 0.09).abs() < 0.02, "the spread is that of the noise: {per_pixel}");
}

#[test]
fn a_seed_gives_the_same_clusters_on_any_number_of_threads() {
    let cube = TestCube::mixed(200, 300, 4, 1);
    let options = ClusterOptions { clusters: 5, passes: 6, seed: 42, ..ClusterOptions::default() };
    let find = || Clusters::find(&cube.cube(), &options, &go_on).expect("clusters");
    let one = on_threads(1, find);
    assert_eq!(one, on_threads(3, find));
    let other = ClusterOptions { seed: 43, ..options };
    assert_ne!(one, Clusters::find(&cube.cube(), &other, &go_on).expect("clusters"), "seeds differ");
}

#[test]
fn one_pass_moves_centres_to_the_means_of_their_pixels() {
    let cube = TestCube::of(4, 1, &[0.0, 1.0, 9.0, 11.0]);
    let options = ClusterOptions { clusters: 2, passes: 1, ..ClusterOptions::default() };
    let found = Clusters::from_centres(&cube.cube(), vec![2.0, 8.0], &options, &go_on).expect("clusters");
    assert_eq!((found.centre(0), found.centre(1)), (&[0.5][..], &[10.0][..]));
    assert_eq!((found.sizes.as_slice(), found.spread), (&[2, 2][..], 4.0 + 1.0 + 1.0 + 9.0));
    let lost = Clusters::from_centres(&cube.cube(), vec![2.0, 8.0, 500.0], &options, &go_on);
    assert_eq!(lost.expect("clusters").centre(2), [500.0], "a centre without pixels stays");
}

#[test]
fn pixels_that_are_all_alike_settle_at_once() {
    let cube = TestCube::of(8, 2, &[3.0; 128]);
    let options = ClusterOptions { clusters: 2, ..ClusterOptions::default() };
    let found = Clusters::find(&cube.cube(), &options, &go_on).expect("clusters");
    assert!(found.settled && found.spread == 0.0);
}
