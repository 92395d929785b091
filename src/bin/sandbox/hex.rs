//! Lower-case hex, and random numbers in it.

use std::sync::Mutex;

use tokio_rustls::rustls::crypto::ring::default_provider;

use crate::app::lock;

/// As many bytes as the system is asked for at a time: it takes longer to ask than to get them.
const SUPPLY: usize = 4096;

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
    let digits: Vec<[u8; 2]> = bytes.iter().map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    String::from_utf8(digits.into_flattened()).unwrap_or_default()
}

/// That many random bytes, in hex.
pub fn random_hex(bytes: usize) -> Result<String, String> {
    Ok(hex(&random(bytes)?))
}

/// That many random bytes.
pub fn random(bytes: usize) -> Result<Vec<u8>, String> {
    static SUPPLIED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let mut supplied = lock(&SUPPLIED);
    if supplied.len() < bytes {
        let mut supply = vec![0; bytes.max(SUPPLY)];
        default_provider()
            .secure_random
            .fill(&mut supply)
            .map_err(|_| "The system gave no random numbers.".to_owned())?;
        *supplied = supply;
    }
    let rest = supplied.len() - bytes;
    Ok(supplied.split_off(rest))
}
