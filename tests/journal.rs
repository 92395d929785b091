//! What is on the disk after every way that a register can end, and what the next one makes of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use std::thread;

use serde_json::{Value, json};
use support::Sandbox;
use support::client::{Folder, client_of, failure, register, request};
use wccom_host::error::{Error, Outcome};
use wccom_host::site_url::SiteUrl;

fn options(folder: &Folder) -> Value {
    json!({"journal": folder.path().to_str().unwrap()})
}

#[test]
fn a_received_registration_is_returned_again_without_a_request() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let first = register(&client_of(&sandbox, options(&folder))).unwrap();
    let records = folder.records();
    assert_eq!(records[0]["state"], "received");
    assert_eq!(
        records[0]["auth"]["access_token_secret"],
        first.auth.access_token_secret
    );

    let second = register(&client_of(&sandbox, options(&folder))).unwrap();
    assert!(second.from_journal && !first.from_journal);
    assert_eq!(
        serde_json::to_value(second.auth).unwrap(),
        serde_json::to_value(first.auth).unwrap()
    );
    assert_eq!(second.registration.to_value(), first.registration.to_value());
    assert_eq!(sandbox.orders().len(), 1);
}

#[test]
fn an_unknown_outcome_blocks_the_next_register_until_the_record_is_closed() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault("register", json!({"kind": "reset", "when": "after"}));
    let client = client_of(&sandbox, options(&folder));
    for _ in 0..2 {
        match failure(&client) {
            Error::OutcomeUnknown {
                journal_file: Some(file),
                message,
                ..
            } => {
                assert!(file.exists() && message.contains("recover"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sandbox.orders().len(), 1, "the second was not sent");
    let record = &folder.records()[0];
    assert_eq!(
        (record["state"].as_str(), record["email"].as_str()),
        (Some("sent"), Some("ada@example.com"))
    );

    let found = client
        .lookup(
            &SiteUrl::parse("url", "https://example.com/".to_owned()).unwrap(),
            &mut || false,
        )
        .unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].matches_email);
}

#[test]
fn an_answer_that_was_not_understood_is_kept_since_it_may_hold_the_secret() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault(
        "register",
        json!({"kind": "patch", "set": {"site_id": null}, "remove": []}),
    );
    assert_eq!(
        failure(&client_of(&sandbox, options(&folder))).outcome(),
        Outcome::Unknown
    );
    let record = &folder.records()[0];
    assert_eq!(
        (record["state"].as_str(), record["http_status"].as_i64()),
        (Some("sent"), Some(200))
    );
    let answer: Value = serde_json::from_str(record["answer"].as_str().unwrap()).unwrap();
    assert_eq!(answer["access_token_secret"].as_str().unwrap().len(), 40);
}

#[test]
fn nothing_is_left_when_certainly_no_order_was_made() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault(
        "register",
        json!({"kind": "status", "status": 400, "body": "{\"code\":\"rest_invalid_param\",\"message\":\"No.\",\"data\":null}", "content_type": "application/json"}),
    );
    assert_eq!(
        failure(&client_of(&sandbox, options(&folder))).outcome(),
        Outcome::Refused
    );
    assert!(folder.records().is_empty());

    let mut unreachable = options(&folder);
    unreachable["proxy"] = "".into();
    unreachable["ca_file"] = "/nowhere.pem".into();
    let tls = Sandbox::start_tls();
    assert_eq!(failure(&client_of(&tls, unreachable)).outcome(), Outcome::NotSent);
    assert!(folder.records().is_empty());
}

#[test]
fn a_missing_secret_is_kept_if_the_same_connection_is_stored_and_unavailable_otherwise() {
    let sandbox = Sandbox::start();
    let first = register(&client_of(&sandbox, json!({}))).unwrap().auth;

    // The same token is stored.
    let folder = Folder::new();
    let mut same = options(&folder);
    same["current_auth"] = serde_json::to_value(&first).unwrap();
    let kept = register(&client_of(&sandbox, same)).unwrap();
    assert_eq!(kept.auth.access_token_secret, first.access_token_secret);
    assert_eq!(kept.registration.to_value()["secret_kept"], true);

    // Another token is stored.
    let folder = Folder::new();
    let mut other = options(&folder);
    other["current_auth"] = json!({"access_token": "other", "access_token_secret": "other-secret"});
    assert!(matches!(
        failure(&client_of(&sandbox, other)),
        Error::SecretUnavailable { .. }
    ));
    assert_eq!(folder.records()[0]["state"], "secret_unavailable");
}

#[test]
fn a_register_that_gave_no_secret_is_not_repeated_and_ends_well_once_the_secret_is_known() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let first = register(&client_of(&sandbox, json!({}))).unwrap().auth;
    for _ in 0..3 {
        match failure(&client_of(&sandbox, options(&folder))) {
            Error::SecretUnavailable { order_id, .. } => assert_eq!(order_id.to_value(), sandbox.orders()[1]["id"]),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sandbox.orders().len(), 2, "the first, and the one that gave no secret");

    // A backup of the site has been restored.
    let mut restored = options(&folder);
    restored["current_auth"] = serde_json::to_value(&first).unwrap();
    let kept = register(&client_of(&sandbox, restored)).unwrap();
    assert!(kept.from_journal);
    assert_eq!(kept.auth.access_token_secret, first.access_token_secret);
    assert_eq!(sandbox.orders().len(), 2);
}

#[test]
fn finds_an_order_of_any_status_and_with_a_clock_an_hour_apart() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault("register", json!({"kind": "reset", "when": "before"}));
    let client = client_of(&sandbox, options(&folder));
    assert_eq!(failure(&client).outcome(), Outcome::Unknown);
    let hour_ago = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1))
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string();
    sandbox.seed_orders(&json!([
        {"status": "processing", "date_created_gmt": hour_ago, "url": "https://other.example", "customer_email": "x@example.com"},
        {"status": "cancelled", "url": "https://example.com", "customer_email": "ada@example.com"},
    ]));
    let found = client.lookup(&request().url, &mut || false).unwrap();
    assert_eq!(found.len(), 2, "{found:?}");

    sandbox.fault(
        "orders",
        json!({"kind": "patch", "set": {"date_created_gmt": "soon"}, "remove": []}),
    );
    assert_eq!(
        client.lookup(&request().url, &mut || false).unwrap().len(),
        2,
        "an unreadable date hides no order"
    );
}

#[test]
fn two_registers_of_one_site_at_once_make_one_order() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault("register", json!({"kind": "delay", "ms": 200, "when": "after"}));
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| register(&client_of(&sandbox, options(&folder)))))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap().unwrap())
            .collect()
    });
    assert_eq!(sandbox.orders().len(), 1);
    assert_eq!(results.iter().filter(|result| !result.from_journal).count(), 1);
    assert!(
        results
            .iter()
            .all(|result| result.auth.access_token_secret == results[0].auth.access_token_secret)
    );
}

#[test]
fn a_site_that_is_registered_under_another_address_has_the_journal_of_its_own_address() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let mut options = options(&folder);
    options["home_url"] = "https://home.example/".into();
    let registered = register(&client_of(&sandbox, options)).unwrap();
    assert_eq!(registered.auth.url, "https://home.example/");
    assert_eq!(registered.registration.to_value()["url"], "https://example.com");
    let record = &folder.records()[0];
    assert_eq!(
        (record["url"].as_str(), record["home_url"].as_str()),
        (Some("https://example.com"), Some("https://home.example/"))
    );
}

#[test]
fn a_journal_that_cannot_be_written_means_that_nothing_is_sent() {
    let sandbox = Sandbox::start();
    let failure = failure(&client_of(&sandbox, json!({"journal": "/proc/wccom-host"})));
    assert!(matches!(failure, Error::Local { .. }), "{failure:?}");
    assert!(failure.to_string().starts_with("Nothing was sent."), "{failure}");
    assert_eq!(sandbox.log().len(), 0);
}

#[test]
fn an_interrupted_register_leaves_a_record_if_and_only_if_it_was_sent() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault("register", json!({"kind": "stall", "when": "after"}));
    let client = client_of(&sandbox, options(&folder));
    let sent = client.register(request(), false, &mut || !sandbox.orders().is_empty());
    assert!(matches!(sent, Err(Error::Interrupted { sent: true })));
    assert_eq!(folder.records()[0]["state"], "sent");
}

#[test]
fn finds_the_order_among_many_and_reads_every_page() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault("register", json!({"kind": "stall", "when": "after"}));
    let mut options = options(&folder);
    options["timeout"] = json!(1);
    let client = client_of(&sandbox, options);
    assert_eq!(failure(&client).outcome(), Outcome::Unknown);
    // More than two pages of other customers' orders since then.
    sandbox.seed_orders(&json!({"count": 250}));
    let found = client.lookup(&request().url, &mut || false).unwrap();
    let mine: Vec<_> = found.iter().filter(|order| order.matches_email).collect();
    assert_eq!(mine.len(), 1);
    let made = sandbox.orders();
    let order = made
        .iter()
        .find(|order| order["customer_email"] == "ada@example.com")
        .unwrap();
    assert_eq!(mine[0].id.to_value(), order["id"]);
}
