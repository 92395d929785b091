//! Named steps at which a test build can be made to kill itself, as a machine that loses power would.

/// Does nothing, except in a build with the feature `fault-points`: there, the process ends with SIGKILL if
/// `WCCOM_HOST_FAULT_POINT` has this name.
#[cfg(not(feature = "fault-points"))]
pub(crate) fn reach(_name: &str) {}

#[cfg(feature = "fault-points")]
pub(crate) fn reach(name: &str) {
    if std::env::var_os("WCCOM_HOST_FAULT_POINT").is_some_and(|wanted| wanted == name) {
        // The shell's own kill, since not every system has the program.
        let _ = std::process::Command::new("sh")
            .args(["-c", "kill -KILL $PPID"])
            .status();
        std::process::abort();
    }
}
