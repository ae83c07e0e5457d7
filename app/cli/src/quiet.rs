//! Keeps Mesa from saying `error: …` on standard error where nothing is wrong.

/// Where no desktop session is (a server, a container, a shell by SSH), Mesa's layer that picks a graphics card tries
/// Wayland and libwayland prints `error: XDG_RUNTIME_DIR is invalid…`, several times, although all is well. A script
/// that looks for our `error:` lines would stumble over it. The layer is told off by a variable of the environment,
/// and that must be there when the process begins: so the process begins again, once, as itself.
///
/// Every command does so, also those that never draw: it costs a few milliseconds there, and no list of the commands
/// that draw has to be kept true.
#[cfg(target_os = "linux")]
pub(crate) fn begin_quietly() {
    use std::os::unix::process::CommandExt as _;
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("XDG_RUNTIME_DIR") || is_set(TOLD_OFF) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let mut again = std::process::Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // Comes back only when it fails; then Mesa says its line, and no more is lost than that.
    let failure = again.args(arguments).env(TOLD_OFF, "1").exec();
    log::debug!("cannot begin again without Mesa's device selection: {failure}");
}

#[cfg(target_os = "linux")]
const TOLD_OFF: &str = "NODEVICE_SELECT";

#[cfg(not(target_os = "linux"))]
pub(crate) fn begin_quietly() {}
