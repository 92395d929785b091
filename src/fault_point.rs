//! Named steps at which a test build can be made to kill itself, as a machine that loses power would.

/// Does nothing, except in a build with the feature `fault-points`: there, the process ends with SIGKILL if
/// `WCCOM_HOST_FAULT_POINT` has this name.
#[cfg(not(feature = "fault-points"))]
pub(crate) fn reach(_name: &str) {}

#[cfg(feature = "fault-points")]
pub(crate) fn reach(name: &str) {
    if std::env::var_os("WCCOM_HOST_FAULT_POINT").is_some_and(|wanted| wanted == name) {
        let _ = std::process::Command::new("kill")
            .args(["-KILL", &std::process::id().to_string()])
            .status();
        std::process::abort();
    }
}
