//! Lower-case hex, and random numbers in it.

use tokio_rustls::rustls::crypto::ring::default_provider;

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(digit).collect()
}

/// That many random bytes, in hex.
pub fn random_hex(bytes: usize) -> Result<String, String> {
    Ok(hex(&random(bytes)?))
}

/// That many random bytes.
pub fn random(bytes: usize) -> Result<Vec<u8>, String> {
    let mut random = vec![0; bytes];
    default_provider()
        .secure_random
        .fill(&mut random)
        .map_err(|_| "The system gave no random numbers.".to_owned())?;
    Ok(random)
}
