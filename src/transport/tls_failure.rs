//! What a failed TLS connection means, for the person who reads it: what is wrong, and what to do.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerMisbehaved};

/// The most that is shown of what the server itself has said.
const SHOWN: usize = 200;

pub(super) fn in_words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(problem) => certificate(problem),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "what answers there does not speak TLS. Check the port of base_url, and the proxy".to_owned()
        }
        Error::PeerIncompatible(_)
        | Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedCipherSuite)
        | Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => format!(
            "it wants an old version of TLS, a weak cipher, or a certificate of the client ({error}). TLS 1.2 and 1.3 are \
             spoken here, and there is no such certificate: something old may sit in between, such as a firewall or proxy"
        ),
        Error::AlertReceived(alert) => format!("it refused the TLS connection ({alert:?})"),
        _ => format!("its TLS is not right ({error}). Check base_url, the proxy, and what sits in between"),
    }
}

fn certificate(problem: &CertificateError) -> String {
    match problem {
        CertificateError::ExpiredContext { time, not_after } => format!(
            "its certificate, or one that vouches for it, expired on {}. This machine's clock says {}: if that is right, the \
             server needs a new one",
            date(*not_after),
            date(*time)
        ),
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "its certificate, or one that vouches for it, is not valid before {}. This machine's clock says {}: check it",
            date(*not_before),
            date(*time)
        ),
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "its certificate is not for {}, but for {}. Check base_url, the proxy and DNS: another server answers there",
            expected.to_str(),
            if presented.is_empty() {
                "no name at all (a subjectAltName is wanted)".to_owned()
            } else {
                shown(&presented.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", "))
            }
        ),
        CertificateError::UnknownIssuer => {
            "its certificate is not from an authority that is trusted here, or it does not send the certificates in between. \
             Check ca_file and the system's CA certificates (package ca-certificates)"
                .to_owned()
        }
        CertificateError::BadSignature => {
            "a signature of its certificates is false, or made with too short a key (RSA below 2,048 bits). Somebody in between \
             may pose as it: check ca_file and the proxy"
                .to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its certificate, or one that vouches for it, is signed in a way that is not accepted, such as SHA-1 or MD5. The \
             server needs a new one"
                .to_owned()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not one for servers. The server needs another one".to_owned()
        }
        CertificateError::Other(other) => unacceptable(&other.to_string()),
        other => unacceptable(&other.to_string()),
    }
}

/// The name in `DnsName("shop.example.com")`, as it comes.
fn bare(name: &str) -> &str {
    name.split_once('(')
        .and_then(|(_, name)| name.strip_suffix(')'))
        .map_or(name, |name| name.trim_matches('"'))
}

fn unacceptable(why: &str) -> String {
    format!(
        "its certificate, or one that vouches for it, is not acceptable ({}). The server needs another one",
        shown(why)
    )
}

fn date(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(
            || "a time beyond all calendars".to_owned(),
            |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        )
}

fn shown(text: &str) -> String {
    if text.chars().count() > SHOWN {
        text.chars().take(SHOWN).chain("...".chars()).collect()
    } else {
        text.to_owned()
    }
}
