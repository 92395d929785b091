//! Lower-case hex, and random numbers in it.

use std::fmt::Write;

use tokio_rustls::rustls::crypto::ring::default_provider;

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// That many random bytes.
pub fn random_hex(bytes: usize) -> Result<String, String> {
    let mut random = vec![0; bytes];
    default_provider()
        .secure_random
        .fill(&mut random)
        .map_err(|_| "The system gave no random numbers.".to_owned())?;
    Ok(hex(&random))
}
