//! Every bad day of a register, against a running sandbox or a socket of the test: what the caller learns, and whether
//! an order was made.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs
)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Sandbox;
use support::client::{Folder, TOKEN, client, client_of, failure, outcome, register};
use wccom_host::error::{Error, Outcome};

#[test]
fn a_registration_gives_the_auth_array_in_order() {
    let sandbox = Sandbox::start();
    let registered = register(&client_of(&sandbox, json!({}))).unwrap();
    let auth = serde_json::to_value(&registered.auth).unwrap();
    let keys: Vec<&String> = auth.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "access_token",
            "access_token_secret",
            "site_id",
            "user_id",
            "updated",
            "url"
        ]
    );
    assert_eq!(
        (auth["user_id"].as_i64(), auth["url"].as_str()),
        (Some(7), Some("https://example.com"))
    );
    assert_eq!(auth["access_token_secret"].as_str().unwrap().len(), 40);
    let order = &sandbox.orders()[0];
    assert_eq!(order["id"], registered.registration.to_value()["order_id"]);

    let log = sandbox.log();
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0]["method"].as_str(), log[0]["authorization"].as_str()),
        (Some("POST"), Some("ok"))
    );
    assert_eq!(log[0]["content_type"], "application/json");
    let body: Value = serde_json::from_str(log[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["wpcom_access_token"], TOKEN);
}

/// `(status, body, headers, outcome, api_code, retry_after, retryable)`
#[test]
fn an_error_answer_is_refused_or_unknown_by_its_status() {
    let html = "<html><body>wccom</body></html>";
    let missing = r#"{"code":"rest_missing_callback_param","message":"Missing parameter(s): url","data":{"status":400,"params":["url"]}}"#;
    let invalid = r#"{"code":"rest_invalid_param","message":"Invalid parameter(s): url","data":{"status":400,"params":{"url":"Bad."},"details":{}}}"#;
    let forbidden = r#"{"code":"rest_forbidden","message":"Sorry.","data":{"status":401}}"#;
    let no_route = r#"{"code":"rest_no_route","message":"No route.","data":null}"#;
    let conflict = r#"{"code":"conflict","message":"Conflict.","data":null}"#;
    let error = r#"{"code":"internal_server_error","message":"Oops.","data":null}"#;
    let sandbox = Sandbox::start();
    for (status, body, headers, expected, code, retry_after, retryable) in [
        (
            400,
            missing,
            json!({}),
            Outcome::Refused,
            Some("rest_missing_callback_param"),
            None,
            false,
        ),
        (
            400,
            invalid,
            json!({}),
            Outcome::Refused,
            Some("rest_invalid_param"),
            None,
            false,
        ),
        (
            401,
            forbidden,
            json!({}),
            Outcome::Refused,
            Some("rest_forbidden"),
            None,
            false,
        ),
        (403, html, json!({}), Outcome::Refused, None, None, false),
        (
            404,
            no_route,
            json!({}),
            Outcome::Refused,
            Some("rest_no_route"),
            None,
            false,
        ),
        (
            409,
            conflict,
            json!({}),
            Outcome::Refused,
            Some("conflict"),
            None,
            false,
        ),
        (429, html, json!({}), Outcome::Refused, None, None, true),
        (
            429,
            html,
            json!({"Retry-After": "7"}),
            Outcome::Refused,
            None,
            Some(7),
            true,
        ),
        (500, error, json!({}), Outcome::Unknown, None, None, false),
        (502, html, json!({}), Outcome::Unknown, None, None, false),
        (503, html, json!({}), Outcome::Unknown, None, None, false),
        // Varnish, when the backend did not answer in time.
        (
            503,
            html,
            json!({"Retry-After": "7"}),
            Outcome::Unknown,
            None,
            None,
            false,
        ),
        (503, error, json!({}), Outcome::Unknown, None, None, false),
        (
            503,
            error,
            json!({"Retry-After": "7"}),
            Outcome::Refused,
            Some("internal_server_error"),
            Some(7),
            true,
        ),
        (504, html, json!({}), Outcome::Unknown, None, None, false),
    ] {
        let content_type = if body == html { "text/html" } else { "application/json" };
        sandbox.fault(
            "register",
            json!({"kind": "status", "status": status, "headers": headers, "body": body, "content_type": content_type}),
        );
        let failure = failure(&client_of(&sandbox, json!({})));
        assert_eq!(failure.outcome(), expected, "{status}");
        assert_eq!(failure.retryable(), retryable, "{status}");
        match &failure {
            Error::Api {
                http_status,
                api_code,
                retry_after: after,
                ..
            } => {
                assert_eq!((*http_status, api_code.as_deref(), *after), (status, code, retry_after));
            }
            Error::OutcomeUnknown { http_status, .. } => assert_eq!(*http_status, status),
            other => panic!("{status}: {other:?}"),
        }
        assert!(!failure.to_string().contains("<html>"), "a raw body: {failure}");
    }
    assert_eq!(sandbox.log().len(), 15, "nothing was sent twice");
}

#[test]
fn a_2xx_that_is_not_the_documented_answer_is_unknown_and_names_the_field() {
    let sandbox = Sandbox::start();
    let body = |body: &str| json!({"kind": "body", "status": 200, "content_type": "application/json", "body": body});
    let patch = |set: Value, remove: Value| json!({"kind": "patch", "set": set, "remove": remove});
    let faults = [
        ("", body("<html>")),
        ("", body("")),
        ("", body("null")),
        ("", body("[]")),
        ("", json!({"kind": "truncate", "bytes": 20})),
        ("", json!({"kind": "oversize", "bytes": 104_857_600})),
        ("", json!({"kind": "gzip-bomb", "bytes": 104_857_600})),
        ("order_id", patch(json!({}), json!(["order_id"]))),
        ("access_token_secret", patch(json!({}), json!(["access_token_secret"]))),
        (
            "access_token_secret",
            patch(json!({"access_token_secret": ""}), json!([])),
        ),
        ("access_token", patch(json!({"access_token": 5}), json!([]))),
        ("site_id", patch(json!({"site_id": "9223372036854775808"}), json!([]))),
        ("customer_id", patch(json!({"customer_id": "1e3"}), json!([]))),
    ];
    for (wanted, fault) in &faults {
        sandbox.fault("register", fault.clone());
        match failure(&client_of(&sandbox, json!({}))) {
            Error::UnexpectedResponse {
                field,
                http_status: 200,
                ..
            } => assert_eq!(field, *wanted, "{fault}"),
            other => panic!("{fault}: {other:?}"),
        }
    }
    assert_eq!(
        sandbox.orders().len(),
        faults.len(),
        "each made its order, and one only"
    );
}

#[test]
fn ids_as_strings_ids_beyond_64_bits_and_further_fields_are_accepted() {
    let sandbox = Sandbox::start();
    let set = json!({"site_id": "42506", "order_id": "18446744073709551616", "customer_id": 18_446_744_073_709_551_615_u64, "more": {}});
    sandbox.fault("register", json!({"kind": "patch", "set": set, "remove": []}));
    let registered = register(&client_of(&sandbox, json!({}))).unwrap();
    assert_eq!(registered.auth.site_id, 42506);
    assert_eq!(registered.registration.to_value()["order_id"], "18446744073709551616");
    assert_eq!(
        registered.registration.to_value()["customer_id"],
        "18446744073709551615"
    );
}

#[test]
fn a_redirect_is_refused_and_the_other_host_sees_nothing() {
    let sandbox = Sandbox::start();
    let elsewhere = Sandbox::start();
    for status in [301, 302, 303, 307, 308] {
        for target in [&sandbox, &elsewhere] {
            let location = format!("{}/v2.0/register", target.base_url());
            sandbox.fault(
                "register",
                json!({"kind": "redirect", "status": status, "location": location}),
            );
            match failure(&client_of(&sandbox, json!({}))) {
                Error::Api { http_status, .. } => assert_eq!(http_status, status),
                other => panic!("{status}: {other:?}"),
            }
        }
    }
    assert_eq!(elsewhere.log().len(), 0);
    assert_eq!(sandbox.log().len(), 10);
    assert_eq!(sandbox.orders().len(), 0);
}

#[test]
fn a_connection_that_was_never_made_is_not_sent() {
    // A port that was free a moment ago.
    let refused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for base_url in [format!("http://{refused}"), "https://wccom-host.invalid".to_owned()] {
        let error = failure(&client(json!({"base_url": base_url, "timeout": 1})));
        assert!(
            matches!(error, Error::Connection { retryable: true, .. }),
            "{base_url}: {error:?}"
        );
    }
}

#[test]
fn a_connection_that_was_never_made_is_tried_again_until_it_can_be_made() {
    let sandbox = Sandbox::start();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client(json!({"base_url": format!("http://{free}/wp-json/wccom/host-plan"), "timeout": 10}));
    // The first attempt is refused at once. The listener comes into being at the end of the first slice of the call.
    let mut relay = None;
    let registered = client.register(support::client::request(), false, &mut || {
        relay.get_or_insert_with(|| relay_to(sandbox.address(), TcpListener::bind(free).unwrap()));
        false
    });
    assert!(registered.is_ok() && relay.is_some());
    assert_eq!(sandbox.orders().len(), 1);
}

/// Passes one connection on.
fn relay_to(upstream: SocketAddr, listener: TcpListener) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let mut far = TcpStream::connect(upstream).unwrap();
        let (mut near_too, mut far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        thread::spawn(move || std::io::copy(&mut near_too, &mut far_too));
        let _ = std::io::copy(&mut far, &mut near);
    })
}

#[test]
fn a_reset_once_connected_is_unknown_and_nothing_is_sent_again() {
    let sandbox = Sandbox::start();
    for (when, orders) in [("before", 0), ("after", 1)] {
        sandbox.reset();
        sandbox.fault("register", json!({"kind": "reset", "when": when}));
        let failure = failure(&client_of(&sandbox, json!({})));
        assert!(
            matches!(failure, Error::OutcomeUnknown { http_status: 0, .. }),
            "{when}: {failure:?}"
        );
        assert_eq!(sandbox.log().len(), 1, "{when}");
        assert_eq!(sandbox.orders().len(), orders, "{when}");
    }
}

#[test]
fn a_stall_ends_at_the_deadline_as_not_sent_or_unknown() {
    let plain = Sandbox::start();
    let tls = Sandbox::start_tls();
    for (sandbox, when, expected) in [
        (&tls, "handshake", Outcome::NotSent),
        (&plain, "before", Outcome::Unknown),
        (&plain, "after", Outcome::Unknown),
        (&plain, "body", Outcome::Unknown),
    ] {
        sandbox.fault("register", json!({"kind": "stall", "when": when}));
        let mut options = json!({"timeout": 1, "connect_timeout": 1});
        if when == "handshake" {
            options["ca_file"] = sandbox.ca_file().to_str().unwrap().into();
        }
        let begin = Instant::now();
        assert_eq!(outcome(&client_of(sandbox, options)), expected, "{when}");
        assert!(
            begin.elapsed() < Duration::from_secs(3),
            "{when}: {:?}",
            begin.elapsed()
        );
    }
}

#[test]
fn an_answer_that_stalls_is_kept_as_far_as_it_came() {
    let whole = json!({"customer_id": 1, "order_id": 2, "access_token": "a", "access_token_secret": "s", "site_id": 3});
    let whole = whole.to_string();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{whole}", whole.len() + 1);
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]).unwrap();
        connection.write_all(answer.as_bytes()).unwrap();
        // Silence, until the client goes.
        let _ = connection.read_to_end(&mut Vec::new());
    });
    let sandbox = Sandbox::start();
    sandbox.fault("register", json!({"kind": "stall", "when": "body"}));
    for (base_url, beginning) in [
        (format!("http://{address}"), whole.as_str()),
        (sandbox.base_url().to_owned(), "{\"customer_id\":"),
    ] {
        let folder = Folder::new();
        let error = failure(&client(
            json!({"base_url": base_url, "timeout": 1, "journal": folder.path()}),
        ));
        assert!(
            matches!(
                error,
                Error::UnexpectedResponse {
                    http_status: 200,
                    outcome: Outcome::Unknown,
                    ..
                }
            ) && error.to_string().contains("did not end within 1 s"),
            "{error:?}"
        );
        let record = &folder.records()[0];
        assert_eq!(
            (&record["state"], &record["http_status"]),
            (&json!("sent"), &json!(200))
        );
        assert!(
            record["answer"].as_str().unwrap().starts_with(beginning),
            "the answer is lost"
        );
    }
    server.join().unwrap();
}

#[test]
fn a_connection_that_is_accepted_and_never_answered_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let error = failure(&client(json!({"base_url": base_url, "timeout": 0.5})));
    assert!(
        matches!(error, Error::OutcomeUnknown { http_status: 0, .. }),
        "{error:?}"
    );
}

#[test]
fn a_certificate_that_cannot_be_trusted_is_not_sent() {
    for fault in ["expired", "wrong-host", "untrusted"] {
        let sandbox = Sandbox::start_with(&["--tls", "--cert-fault", fault]);
        let begin = Instant::now();
        let failure = failure(&client_of(
            &sandbox,
            json!({"ca_file": sandbox.ca_file().to_str().unwrap()}),
        ));
        assert!(
            matches!(failure, Error::Connection { retryable: false, .. }),
            "{fault}: {failure:?}"
        );
        assert!(begin.elapsed() < Duration::from_secs(2), "{fault} is not tried again");
        assert_eq!(sandbox.log().len(), 0, "{fault}");
    }
    // The system's store does not know the sandbox's CA either.
    let sandbox = Sandbox::start_tls();
    assert_eq!(outcome(&client_of(&sandbox, json!({}))), Outcome::NotSent);
    assert!(
        register(&client_of(
            &sandbox,
            json!({"ca_file": sandbox.ca_file().to_str().unwrap()})
        ))
        .is_ok()
    );
}

#[test]
fn a_proxy_is_used_for_https_and_sees_no_key() {
    let sandbox = Sandbox::start_tls();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let seen = thread::spawn(move || {
        let (mut connection, _) = proxy.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            connection.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        connection
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        String::from_utf8(head).unwrap()
    });
    let options =
        json!({"proxy": format!("http://{address}"), "ca_file": sandbox.ca_file().to_str().unwrap(), "timeout": 1});
    assert_eq!(outcome(&client_of(&sandbox, options)), Outcome::NotSent);
    let head = seen.join().unwrap();
    assert!(head.starts_with("CONNECT 127.0.0.1:"), "{head}");
    assert!(!head.contains(support::KEY), "{head}");
    assert_eq!(sandbox.log().len(), 0);
}

#[test]
fn a_proxy_that_is_not_there_is_named_without_its_credentials() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = format!("http://ada:pass-word@{free}");
    let options = json!({"proxy": proxy, "base_url": "https://wccom-host.invalid", "timeout": 1});
    let error = failure(&client(options));
    assert_eq!(error.outcome(), Outcome::NotSent);
    let (message, debug) = (error.to_string(), format!("{error:?}"));
    assert!(
        message.contains(&format!(
            "no connection to wccom-host.invalid:443 through the proxy {free}: "
        )),
        "{message}"
    );
    assert!(!debug.contains("pass-word") && !debug.contains("ada:"), "{debug}");
}

#[test]
fn an_interrupt_says_whether_the_request_was_sent() {
    let sandbox = Sandbox::start();
    sandbox.fault("register", json!({"kind": "stall", "when": "after"}));
    let client = client_of(&sandbox, json!({}));
    let sent = client.register(support::client::request(), false, &mut || !sandbox.orders().is_empty());
    assert!(matches!(sent, Err(Error::Interrupted { sent: true })));

    let tls = Sandbox::start_tls();
    tls.fault("register", json!({"kind": "stall", "when": "handshake"}));
    let client = client_of(&tls, json!({"ca_file": tls.ca_file().to_str().unwrap()}));
    let not_sent = client.register(support::client::request(), false, &mut || true);
    assert!(matches!(not_sent, Err(Error::Interrupted { sent: false })));
}

#[test]
fn a_verified_connection_is_described_and_a_wrong_one_refused() {
    use secrecy::SecretString;
    let sandbox = Sandbox::start();
    let client = client_of(&sandbox, json!({}));
    let auth = register(&client).unwrap().auth;
    let verify = |secret: &str| {
        let (token, secret) = (
            SecretString::from(auth.access_token.clone()),
            SecretString::from(secret.to_owned()),
        );
        client.verify(&token, &secret, &mut || false)
    };
    assert_eq!(verify(&auth.access_token_secret).unwrap()["email"], "ada@example.com");
    let refused = verify("another").unwrap_err();
    assert!(matches!(refused, Error::Api { http_status: 401, .. }), "{refused:?}");
    assert!(!format!("{refused:?}").contains(&auth.access_token));
    sandbox.fault_times(
        "me",
        20,
        json!({"kind": "status", "status": 502, "body": "<html>", "content_type": "text/html"}),
    );
    assert_eq!(
        verify(&auth.access_token_secret).unwrap_err().outcome(),
        Outcome::Refused,
        "a read makes no order"
    );
}
