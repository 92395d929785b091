//! Versions, ciphers, certificates of clients and renegotiation, with a server that speaks all of them.

use std::thread;

use serde_json::{Value, json};
use wccom_host::error::Outcome;

use crate::attempt::{WAYS, Way, refusal};
use crate::certificates::{Certificates, GOOD, Wanted};
use crate::server::Server;
use crate::service::REGISTRATION;

fn certificates() -> Certificates {
    let certificates = Certificates::new();
    certificates.key("rsa", &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    certificates.issue("ecdsa-server", &GOOD);
    certificates.issue("rsa-server", &Wanted { key: "rsa", ..GOOD });
    certificates
}

fn start(certificates: &Certificates, connections: usize, arguments: &[&str]) -> Server {
    let (certificate, key) = (certificates.file("ecdsa-server.pem"), certificates.file("leaf.key"));
    let (second, second_key) = (certificates.file("rsa-server.pem"), certificates.file("rsa.key"));
    let both = [
        "-cert",
        &certificate,
        "-key",
        &key,
        "-dcert",
        &second,
        "-dkey",
        &second_key,
    ];
    Server::start(connections, &[&both[..], arguments].concat())
}

fn options(certificates: &Certificates, server: &Server) -> Value {
    json!({"base_url": format!("https://{}", server.address()), "ca_file": certificates.file("root.pem"), "timeout": 20})
}

/// Registers, with this answer in these parts to the request that came.
fn answered(certificates: &Certificates, arguments: &[&str], parts: &[&str]) -> wccom_host::error::Result<()> {
    let mut server = start(certificates, 1, arguments);
    let mut options = options(certificates, &server);
    options["timeout"] = 10.into();
    let client = thread::spawn(move || Way::Alone.register(&options));
    server.wait_for("metadata");
    for part in parts {
        server.write(part);
        // Each is a read of its own for the server, so that its commands stand at the beginning of one.
        thread::sleep(std::time::Duration::from_millis(300));
    }
    client.join().unwrap()
}

fn answer() -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{REGISTRATION}",
        REGISTRATION.len()
    )
}

#[test]
fn old_versions_and_weak_ciphers_get_nothing() {
    let certificates = certificates();
    for arguments in [
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"][..],
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AES256-GCM-SHA384:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "CAMELLIA128-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "NULL-SHA256:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-RSA-NULL-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AECDH-NULL-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ADH-AES256-GCM-SHA384:@SECLEVEL=0"],
        &["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"],
        &["-tls1_2", "-curves", "secp521r1"],
        &[
            "-tls1_2",
            "-sigalgs",
            "ECDSA+SHA1:RSA+SHA1",
            "-cipher",
            "ALL:@SECLEVEL=0",
        ],
    ] {
        let server = start(&certificates, 2, arguments);
        let options = options(&certificates, &server);
        for way in WAYS {
            refusal(way, &options);
        }
        server.assert_nothing_came(&format!("{arguments:?}"));
    }
}

#[test]
fn good_versions_and_ciphers_work() {
    let certificates = certificates();
    for arguments in [
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"][..],
        &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"],
        &["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"],
        &["-tls1_2", "-curves", "P-384"],
        &["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"],
        &["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
        // A new key share is asked for.
        &["-tls1_3", "-curves", "P-384"],
        &["-tls1_3", "-early_data", "-max_early_data", "16384"],
    ] {
        let result = answered(&certificates, arguments, &[&answer()]);
        assert!(result.is_ok(), "{arguments:?}: {result:?}");
    }
}

#[test]
fn a_server_that_wants_the_certificate_of_a_client() {
    let certificates = certificates();
    let root = certificates.file("root.pem");
    let wanted = ["-CAfile", &root, "-verify", "2"];
    let required = ["-CAfile", &root, "-Verify", "2", "-verify_return_error"];
    for version in ["-tls1_2", "-tls1_3"] {
        let result = answered(&certificates, &[&wanted[..], &[version]].concat(), &[&answer()]);
        assert!(result.is_ok(), "{version}: {result:?}");
    }
    let server = start(&certificates, 2, &[&required[..], &["-tls1_2"]].concat());
    let options_1_2 = options(&certificates, &server);
    for way in WAYS {
        refusal(way, &options_1_2);
    }
    server.assert_nothing_came("-Verify");
    // In TLS 1.3 the client is through with the handshake first: the refusal finds the request on its way, or not.
    let server = start(&certificates, 1, &[&required[..], &["-tls1_3"]].concat());
    let error = Way::Alone.register(&options(&certificates, &server)).unwrap_err();
    match error.outcome() {
        Outcome::NotSent => server.assert_nothing_came("-Verify with TLS 1.3"),
        outcome => assert_eq!(outcome, Outcome::Unknown, "{error}"),
    }
}

/// The client refuses, and a server of openssl ends the connection then.
#[test]
fn a_server_that_renegotiates_gets_no_new_handshake_and_leaves_an_unknown_outcome() {
    let certificates = certificates();
    let answer = answer();
    let (first, rest) = answer.split_at(60);
    for (what, parts, expected) in [
        ("never", vec![first, rest], "registered"),
        ("in the middle of the answer", vec![first, "r\n", rest], "unknown"),
        ("before the answer", vec!["r\n", &answer], "unknown"),
        ("after the answer", vec![&answer, "r\n"], "registered"),
    ] {
        let result = answered(&certificates, &["-tls1_2", "-legacy_renegotiation"], &parts);
        let outcome = result
            .as_ref()
            .map_or_else(|error| error.outcome().as_str(), |()| "registered");
        assert_eq!(outcome, expected, "{what}: {result:?}");
    }
}
