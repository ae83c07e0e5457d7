//! The provider over requests and bodies made after its documentation.

#[test]
fn it_asks_and_reads_as_documented() {
    let recording = plugin_api::kit::recorded(include_str!("recorded.json")).expect("a recording");
    assert_eq!(plugin_api::kit::faults(&photon::Photon::default(), &recording), Vec::<String>::new());
}
