//! TLS: a certificate that holds, and those that do not.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::http::{connect, good_request, read, request};
use crate::support::{KEY, Sandbox};

type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// Trusts the sandbox's CA.
pub fn client_config(sandbox: &Sandbox) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(sandbox.ca_file()).unwrap())
        .unwrap();
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn tls(sandbox: &Sandbox, name: &str) -> TlsStream {
    let config = client_config(sandbox);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), connect(sandbox))
}

fn refusal(sandbox: &Sandbox) -> String {
    let error = tls(sandbox, "127.0.0.1").write_all(b"GET").expect_err("no handshake");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    error.to_string()
}

#[test]
fn the_certificate_is_for_all_names_of_this_machine() {
    let sandbox = Sandbox::start_tls();
    assert!(sandbox.base_url().starts_with("https://127.0.0.1:"));
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut stream = tls(&sandbox, name);
        stream
            .write_all(good_request("https://example.com").as_bytes())
            .unwrap();
        assert_eq!(read(&mut stream).unwrap().status, 200, "{name}");
    }
}

#[test]
fn links_lead_back_to_the_encrypted_service() {
    let sandbox = Sandbox::start_tls();
    let mut stream = tls(&sandbox, "127.0.0.1");
    let path = "/wp-json/wccom/host-plan/v1.0/info/galleria.json";
    let info = request("GET", path, &[&format!("Authorization: Bearer {KEY}")], "");
    stream.write_all(info.as_bytes()).unwrap();
    let link = read(&mut stream).unwrap().json()["download_link"].take();
    let start = "https://127.0.0.1:8080/theme-packages/";
    assert!(link.as_str().unwrap().starts_with(start), "{link}");
}

#[test]
fn a_bad_certificate_is_bad_in_the_way_that_was_asked_for() {
    for (fault, error) in [
        ("expired", "expired"),
        ("wrong-host", "not valid for name"),
        ("untrusted", "BadSignature"),
    ] {
        let sandbox = Sandbox::start_with(&["--tls", "--cert-fault", fault]);
        let refusal = refusal(&sandbox);
        assert!(refusal.contains(error), "{fault}: {refusal}");
        assert!(sandbox.log().is_empty());
    }
}

#[test]
fn a_stalled_handshake_is_never_answered() {
    let sandbox = Sandbox::start_tls();
    sandbox.fault("any", json!({ "kind": "stall", "when": "handshake" }));
    let mut stream = tls(&sandbox, "127.0.0.1");
    stream
        .sock
        .set_read_timeout(Some(std::time::Duration::from_millis(200)))
        .unwrap();
    let error = stream.write_all(b"GET").expect_err("no handshake");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(sandbox.state()["faults_waiting"], 0);
}

fn ending(sandbox: &Sandbox) -> io::Result<Vec<u8>> {
    let mut stream = tls(sandbox, "127.0.0.1");
    stream.write_all(good_request("https://example.com").as_bytes())?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).map(|_| received)
}

#[test]
fn resets_and_cuts_work_below_tls() {
    let sandbox = Sandbox::start_tls();
    for when in ["connect", "before", "after"] {
        sandbox.fault("register", json!({ "kind": "reset", "when": when }));
        assert_eq!(
            ending(&sandbox).unwrap_err().kind(),
            ErrorKind::ConnectionReset,
            "{when}"
        );
    }
    assert_eq!(sandbox.orders().len(), 1);
    sandbox.fault("register", json!({ "kind": "truncate", "bytes": 5 }));
    assert!(ending(&sandbox).unwrap().ends_with(b"\r\n\r\n{\"cus"));
}
