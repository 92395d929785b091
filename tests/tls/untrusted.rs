//! Certificates that must not be trusted.

use serde_json::{Value, json};

use crate::attempt::{WAYS, Way, refusal};
use crate::certificates::{AUTHORITY, Certificates, FOR_THIS_MACHINE, GOOD, Wanted, openssl};
use crate::proxies::Proxy;
use crate::server::Server;

/// As a server that presents this certificate, with the others of `chain` behind it.
fn server(certificates: &Certificates, connections: usize, name: &str, key: &str, chain: &[&str]) -> Server {
    let chain_file = format!("{name}.chain");
    certificates.bundle(&chain_file, chain);
    let (certificate, key) = (
        certificates.file(&format!("{name}.pem")),
        certificates.file(&format!("{key}.key")),
    );
    let chain_file = certificates.file(&chain_file);
    let mut arguments = vec!["-cert", &certificate, "-key", &key, "-cipher", "ALL:@SECLEVEL=0"];
    if !chain.is_empty() {
        arguments.extend(["-cert_chain", &chain_file]);
    }
    Server::start(connections, &arguments)
}

fn options(certificates: &Certificates, ca_file: &str, host: &str, server: &Server) -> Value {
    json!({
        "base_url": format!("https://{host}:{}", server.address().port()),
        "ca_file": certificates.file(ca_file),
        "timeout": 20,
    })
}

/// Nothing is sent to it, alone and in a batch, and the message says these things.
fn assert_refused(certificates: &Certificates, host: &str, name: &str, key: &str, chain: &[&str], words: &[&str]) {
    assert_refused_by("root.pem", certificates, host, name, key, chain, words);
}

fn assert_refused_by(
    ca_file: &str,
    certificates: &Certificates,
    host: &str,
    name: &str,
    key: &str,
    chain: &[&str],
    words: &[&str],
) {
    let server = server(certificates, 2, name, key, chain);
    let options = options(certificates, ca_file, host, &server);
    for way in WAYS {
        let message = refusal(way, &options);
        for word in words {
            assert!(message.contains(word), "{name} {way:?}: {message}");
        }
    }
    server.assert_nothing_came(name);
}

fn refused(certificates: &Certificates, name: &str, wanted: &Wanted, words: &[&str]) {
    certificates.issue(name, wanted);
    assert_refused(certificates, "127.0.0.1", name, wanted.key, &[], words);
}

/// What shows that the others fail for their fault alone: the request arrives.
fn assert_accepted(certificates: &Certificates, name: &str, chain: &[&str]) {
    let server = server(certificates, 1, name, "leaf", chain);
    let mut options = options(certificates, "root.pem", "127.0.0.1", &server);
    options["timeout"] = 1.into();
    let error = Way::Alone.register(&options).unwrap_err();
    assert_eq!(error.outcome().as_str(), "unknown", "{name}: {error}");
    server.wait_for("Authorization".to_lowercase().as_str());
}

#[test]
fn a_certificate_that_is_in_order_is_trusted() {
    let certificates = Certificates::new();
    certificates.issue("good", &GOOD);
    assert_accepted(&certificates, "good", &[]);
}

#[test]
fn times_that_are_not_now() {
    let certificates = Certificates::new();
    let expired = Wanted {
        until: "20210203000000Z",
        ..GOOD
    };
    refused(
        &certificates,
        "expired",
        &expired,
        &["expired on 2021-02-03 00:00 UTC", "clock says 20"],
    );
    let early = Wanted {
        from: "21000203000000Z",
        ..GOOD
    };
    refused(&certificates, "early", &early, &["not valid before 2100-02-03"]);
}

#[test]
fn names_that_are_others() {
    let certificates = Certificates::new();
    let name = |subject_alt_name: &str| FOR_THIS_MACHINE.replace("DNS:localhost,IP:127.0.0.1,IP:::1", subject_alt_name);
    for (case, host, names) in [
        ("host", "localhost", "DNS:shop.example.org"),
        ("address", "127.0.0.1", "IP:127.0.0.2"),
        ("address-as-name", "127.0.0.1", "DNS:127.0.0.1"),
        ("name-instead-of-address", "127.0.0.1", "DNS:localhost"),
        ("address-instead-of-name", "localhost", "IP:127.0.0.1"),
        ("wildcard-of-everything", "localhost", "DNS:*"),
        ("wildcard-in-an-address", "127.0.0.1", "DNS:*.0.0.1"),
        ("wildcard-in-a-word", "localhost", "DNS:local*"),
        ("nul", "localhost", "email:localhost"),
    ] {
        let extensions = name(names);
        certificates.issue(
            case,
            &Wanted {
                extensions: &extensions,
                common_name: host,
                ..GOOD
            },
        );
        assert_refused(&certificates, host, case, "leaf", &[], &["its certificate is not for"]);
    }
    let common_name_only = FOR_THIS_MACHINE.split("\nsubjectAltName").next().unwrap();
    certificates.issue(
        "no-names",
        &Wanted {
            extensions: common_name_only,
            common_name: "localhost",
            ..GOOD
        },
    );
    assert_refused(
        &certificates,
        "localhost",
        "no-names",
        "leaf",
        &[],
        &["its certificate is not for"],
    );
}

/// Names that this machine has not: a proxy leads them all to the server.
#[test]
fn wildcards_hold_for_one_label_and_no_more() {
    let certificates = Certificates::new();
    for (number, (host, pattern, is_good)) in [
        ("shop.example.com", "*.example.com", true),
        ("SHOP.example.com", "*.EXAMPLE.com", true),
        ("example.com", "*.example.com", false),
        ("a.shop.example.com", "*.example.com", false),
        ("shop.example.com", "*.*.com", false),
        ("shop.example.com", "sh*.example.com", false),
        ("shop.example.com", "*op.example.com", false),
        ("shop.example.com", "shop.*.com", false),
        ("shop.example.com", "*", false),
        ("shop.example.com.evil.example", "*.example.com", false),
        ("shop.example.com", "shop.example.com.evil.example", false),
        ("xn--bcher-kva.example.com", "xn--*.example.com", false),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("wildcard-{number}");
        let extensions = FOR_THIS_MACHINE.replace("DNS:localhost,IP:127.0.0.1,IP:::1", &format!("DNS:{pattern}"));
        certificates.issue(
            &name,
            &Wanted {
                extensions: &extensions,
                ..GOOD
            },
        );
        let server = server(&certificates, 1, &name, "leaf", &[]);
        let mut options = options(&certificates, "root.pem", host, &server);
        options["proxy"] = Proxy::to(server.address()).url().into();
        if is_good {
            options["timeout"] = 1.into();
            let error = Way::Alone.register(&options).unwrap_err();
            assert_eq!(error.outcome().as_str(), "unknown", "{host} {pattern}: {error}");
            server.wait_for("authorization");
        } else {
            let message = refusal(Way::Alone, &options);
            assert!(
                message.contains("its certificate is not for"),
                "{host} {pattern}: {message}"
            );
            server.assert_nothing_came(pattern);
        }
    }
}

#[test]
fn issuers_that_are_not_known() {
    let certificates = Certificates::new();
    certificates.key("another", &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    certificates.authority("another", "another");
    refused(
        &certificates,
        "unknown",
        &Wanted {
            issuer: "another",
            ..GOOD
        },
        &["not from an authority that is trusted here"],
    );
    refused(
        &certificates,
        "self-signed",
        &Wanted {
            issuer: "self-signed",
            key: "leaf",
            ..GOOD
        },
        &["not from an authority that is trusted here"],
    );
    let with_its_issuer = ["another"];
    assert_refused(
        &certificates,
        "127.0.0.1",
        "unknown",
        "leaf",
        &with_its_issuer,
        &["not from an authority that is trusted here"],
    );
    // The same name and another key: only the signature tells them apart.
    certificates.issue(
        "imitation",
        &Wanted {
            issuer: "imitation",
            common_name: "wccom-host test root",
            key: "another",
            extensions: AUTHORITY,
            ..GOOD
        },
    );
    std::fs::copy(certificates.path("another.key"), certificates.path("imitation.key")).unwrap();
    refused(
        &certificates,
        "imitated",
        &Wanted {
            issuer: "imitation",
            ..GOOD
        },
        &["is false"],
    );
}

fn with_intermediate(certificates: &Certificates, name: &str, wanted: &Wanted) {
    certificates.key(name, &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    certificates.issue(
        name,
        &Wanted {
            common_name: name,
            key: name,
            ..*wanted
        },
    );
    certificates.issue(&format!("below-{name}"), &Wanted { issuer: name, ..GOOD });
}

#[test]
fn intermediates_that_do_not_hold() {
    let certificates = Certificates::new();
    let authority = Wanted {
        extensions: AUTHORITY,
        ..GOOD
    };
    with_intermediate(&certificates, "in-order", &authority);
    assert_accepted(&certificates, "below-in-order", &["in-order"]);
    assert_refused(
        &certificates,
        "127.0.0.1",
        "below-in-order",
        "leaf",
        &[],
        &["not from an authority that is trusted here"],
    );

    let not_ca = AUTHORITY.replace("CA:TRUE", "CA:FALSE");
    let no_basic_constraints = "keyUsage=critical,keyCertSign";
    let for_other_names =
        format!("{AUTHORITY}\nnameConstraints=critical,permitted;DNS:example.org,permitted;IP:10.0.0.0/255.0.0.0");
    let not_for_this = format!("{AUTHORITY}\nnameConstraints=critical,excluded;IP:127.0.0.0/255.0.0.0");
    for (name, wanted, words) in [
        (
            "ended",
            Wanted {
                until: "20210203000000Z",
                ..authority
            },
            &["expired on 2021-02-03 00:00 UTC", "clock says 20"][..],
        ),
        (
            "not-begun",
            Wanted {
                from: "21000203000000Z",
                ..authority
            },
            &["not valid before 2100-02-03"],
        ),
        (
            "not-ca",
            Wanted {
                extensions: &not_ca,
                ..authority
            },
            &["EndEntityUsedAsCa"],
        ),
        (
            "no-constraints",
            Wanted {
                extensions: no_basic_constraints,
                ..authority
            },
            &["EndEntityUsedAsCa"],
        ),
        (
            "version-1",
            Wanted {
                extensions: "",
                ..authority
            },
            &["UnsupportedCertVersion"],
        ),
        (
            "for-other-names",
            Wanted {
                extensions: &for_other_names,
                ..authority
            },
            &["NameConstraintViolation"],
        ),
        (
            "not-for-this",
            Wanted {
                extensions: &not_for_this,
                ..authority
            },
            &["NameConstraintViolation"],
        ),
        (
            "sha-1",
            Wanted {
                digest: "sha1",
                ..authority
            },
            &["SHA-1"],
        ),
    ] {
        with_intermediate(&certificates, name, &wanted);
        assert_refused(
            &certificates,
            "127.0.0.1",
            &format!("below-{name}"),
            "leaf",
            &[name],
            words,
        );
    }
    // As many authorities below each other as pathlen allows, and one more.
    let last = AUTHORITY.replace("CA:TRUE", "CA:TRUE,pathlen:0");
    with_intermediate(
        &certificates,
        "last",
        &Wanted {
            extensions: &last,
            ..authority
        },
    );
    with_intermediate(
        &certificates,
        "one-more",
        &Wanted {
            issuer: "last",
            ..authority
        },
    );
    assert_refused(
        &certificates,
        "127.0.0.1",
        "below-one-more",
        "leaf",
        &["one-more", "last"],
        &["PathLenConstraintViolated"],
    );
}

/// webpki takes an authority of the store as it is, a name and a key; and of those in between it looks at whether they are
/// authorities (CA:TRUE), not at what their key is for. There is no look at revocation lists.
#[test]
fn what_is_not_looked_at() {
    let certificates = Certificates::new();
    let ended = Wanted {
        until: "20210203000000Z",
        common_name: "wccom-host test root",
        key: "root",
        extensions: AUTHORITY,
        ..GOOD
    };
    certificates.issue("root", &ended);
    certificates.issue("good", &GOOD);
    assert_accepted(&certificates, "good", &[]);
    let no_signing = AUTHORITY.replace("keyCertSign,", "");
    with_intermediate(
        &certificates,
        "no-signing",
        &Wanted {
            extensions: &no_signing,
            ..GOOD
        },
    );
    assert_accepted(&certificates, "below-no-signing", &["no-signing"]);
}

#[test]
fn signatures_and_keys_that_are_too_weak() {
    let certificates = Certificates::new();
    refused(
        &certificates,
        "ecdsa-sha1",
        &Wanted { digest: "sha1", ..GOOD },
        &["SHA-1"],
    );
    for (bits, digest, words) in [
        ("2048", "md5", "MD5"),
        ("2048", "sha1", "SHA-1"),
        ("1024", "sha256", "RSA below 2,048 bits"),
    ] {
        certificates.key("rsa", &["RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")]);
        certificates.issue(
            "rsa",
            &Wanted {
                issuer: "rsa",
                common_name: "rsa",
                key: "rsa",
                extensions: AUTHORITY,
                ..GOOD
            },
        );
        certificates.issue(
            "weak",
            &Wanted {
                issuer: "rsa",
                digest,
                ..GOOD
            },
        );
        let trusted = ["rsa", "root"];
        certificates.bundle("both.pem", &trusted);
        std::fs::rename(certificates.path("both.pem"), certificates.path("trusted.pem")).unwrap();
        assert_refused_by("trusted.pem", &certificates, "127.0.0.1", "weak", "leaf", &[], &[words]);
    }
    // The key of the server itself.
    refused(
        &certificates,
        "rsa-1024",
        &Wanted { key: "rsa", ..GOOD },
        &["RSA below 2,048 bits"],
    );
}

#[test]
fn kinds_that_are_not_for_servers() {
    let certificates = Certificates::new();
    refused(
        &certificates,
        "version-1",
        &Wanted {
            extensions: "",
            common_name: "127.0.0.1",
            ..GOOD
        },
        &["UnsupportedCertVersion"],
    );
    let text = openssl(&["x509", "-noout", "-text", "-in", &certificates.file("version-1.pem")]);
    assert!(text.contains("Version: 1"), "{text}");
    let for_clients = FOR_THIS_MACHINE.replace("serverAuth", "clientAuth");
    refused(
        &certificates,
        "client",
        &Wanted {
            extensions: &for_clients,
            ..GOOD
        },
        &["not one for servers"],
    );
    let authority = FOR_THIS_MACHINE.replace("CA:FALSE", "CA:TRUE");
    refused(
        &certificates,
        "authority",
        &Wanted {
            extensions: &authority,
            ..GOOD
        },
        &["CaUsedAsEndEntity"],
    );
    let unknown_critical = format!("{FOR_THIS_MACHINE}\n1.2.3.4=critical,ASN1:NULL");
    refused(
        &certificates,
        "critical",
        &Wanted {
            extensions: &unknown_critical,
            ..GOOD
        },
        &["UnsupportedCriticalExtension"],
    );
}

#[test]
fn chains_without_end() {
    let certificates = Certificates::new();
    let authority = Wanted {
        extensions: AUTHORITY,
        ..GOOD
    };
    let mut chain = Vec::new();
    let mut issuer = "root".to_owned();
    for depth in 0..12 {
        let name = format!("depth-{depth}");
        with_intermediate(
            &certificates,
            &name,
            &Wanted {
                issuer: &issuer,
                ..authority
            },
        );
        chain.insert(0, name.clone());
        issuer = name;
    }
    let parts: Vec<&str> = chain.iter().map(String::as_str).collect();
    assert_refused(
        &certificates,
        "127.0.0.1",
        "below-depth-11",
        "leaf",
        &parts,
        &["MaximumPathDepthExceeded"],
    );
    // Many that have the same name and do not fit: each could be the issuer of each.
    certificates.authority("root", "root");
    let many = vec!["leaf-issuer"; 120];
    certificates.key("leaf-issuer", &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    certificates.issue(
        "leaf-issuer",
        &Wanted {
            issuer: "leaf-issuer",
            key: "leaf-issuer",
            common_name: "wccom-host test root",
            extensions: AUTHORITY,
            ..GOOD
        },
    );
    certificates.issue(
        "confusing",
        &Wanted {
            issuer: "leaf-issuer",
            ..GOOD
        },
    );
    assert_refused(
        &certificates,
        "127.0.0.1",
        "confusing",
        "leaf",
        &many,
        &["MaximumSignatureChecksExceeded"],
    );
}
