//! Nothing on standard error where nothing is wrong.

use crate::program::run_without_session;

#[test]
fn a_command_that_draws_says_nothing_of_its_own_where_no_desktop_session_is() {
    let folder = tempfile::tempdir().expect("folder");
    let ran = run_without_session(folder.path(), &["doctor", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.json()["problems"].is_array());
}

#[test]
fn beginning_again_keeps_every_argument_as_it_was() {
    let folder = tempfile::tempdir().expect("folder");
    let name = "no such  file '*.tif";
    let ran = run_without_session(folder.path(), &["render", name, "-o", "out.png"]);
    assert!(ran.refusal().contains(name), "{}", ran.err);
}
