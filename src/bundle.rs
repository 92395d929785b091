//! A file of CA certificates as systems ship it, read at a small part of what the general reader takes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// The certificates of a text that has only certificates in PEM form, and comments between them. `None` for every other
/// text: what counts in it is for the general reader (`rustls_pki_types::pem`) to say.
pub(crate) fn certificates(text: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let mut certificates = Vec::new();
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    while let Some(line) = lines.next() {
        if line == BEGIN {
            certificates.push(certificate(&mut lines)?);
        } else if line.starts_with(b"-----") {
            return None;
        }
    }
    Some(certificates)
}

/// The lines until the end of the section. Another section's first line is not Base64, and so leads to `None`.
fn certificate<'a>(lines: &mut impl Iterator<Item = &'a [u8]>) -> Option<CertificateDer<'static>> {
    let mut base64 = Vec::with_capacity(4096);
    for line in lines {
        if line == END {
            return STANDARD.decode(&base64).ok().map(CertificateDer::from);
        }
        base64.extend_from_slice(line);
    }
    None
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// What the general reader finds.
    fn expected(text: &[u8]) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().unwrap()
    }

    fn section(base64: &str) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn finds_the_certificates_that_the_general_reader_finds() {
        let long = section(&format!("{}\n{}\nTQ==", "AQID".repeat(16), "////".repeat(16)));
        let bundles = [
            String::new(),
            "no certificate\n".to_owned(),
            section("TWFu"),
            long.clone() + &long,
            format!(
                "# A comment\n{long}\nSubject: CN=Root - of ----- trust\n\n{}",
                section("TWE=")
            ),
            (long + &section("TQ==")).replace('\n', "\r\n"),
        ];
        for bundle in bundles {
            assert_eq!(
                certificates(bundle.as_bytes()),
                Some(expected(bundle.as_bytes())),
                "{bundle}"
            );
        }
    }

    #[test]
    fn reads_the_bundle_of_this_machine() {
        let Ok(bundle) = std::fs::read("/etc/ssl/certs/ca-certificates.crt") else {
            return;
        };
        assert_eq!(certificates(&bundle), Some(expected(&bundle)));
    }

    #[test]
    fn leaves_every_other_text_to_the_general_reader() {
        let good = section("TWFu");
        for text in [
            good.replace("-----END CERTIFICATE-----\n", ""),
            good.replace("END CERTIFICATE", "END TRUSTED CERTIFICATE"),
            good.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            good.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE----- "),
            good.replace("TWFu", "TW Fu"),
            good.replace("TWFu", "TWF"),
            good.replace("TWFu", "not Base64"),
            format!("-----BEGIN CERTIFICATE-----\nTWFu\n{good}"),
            format!("-----BEGIN PRIVATE KEY-----\n{good}-----END PRIVATE KEY-----\n"),
        ] {
            assert_eq!(certificates(text.as_bytes()), None, "{text}");
        }
    }
}
