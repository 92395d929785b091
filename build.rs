//! Keeps the extension in memory until the process ends: a thread that is stuck in a DNS lookup may outlive the call
//! that began it, and must not wake up in code that PHP has unloaded.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let linux = std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "linux");
    if linux && std::env::var_os("CARGO_FEATURE_PHP").is_some() {
        println!("cargo:rustc-link-arg=-Wl,-z,nodelete");
    }
}
