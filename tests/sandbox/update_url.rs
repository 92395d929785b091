//! A new address for a site, in both versions.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::connected_site::{HELPER, Site, connected_site, connected_site_at};
use crate::http::{Answer, assert_invalid, assert_refused, get, post, register};
use crate::support::Sandbox;

const NEW: &str = "https://new.example";

pub fn signature(url: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

// php -r 'echo hash_hmac("sha256", "https://example.com", "f71287fdce053102c71536b1648f27657e8be912");'
// printf https://example.com | openssl dgst -sha256 -hmac f71287fdce053102c71536b1648f27657e8be912
#[test]
fn the_signatures_of_these_tests_are_those_of_php_and_openssl() {
    assert_eq!(
        signature("https://example.com", "f71287fdce053102c71536b1648f27657e8be912"),
        "9cbd7282b513302ddef05750000a43b257bceae32f10f3c7718a654f4d08d500"
    );
}

fn v1(sandbox: &Sandbox, url: &str, token: &str, signature: &str) -> Answer {
    let body = json!({ "url": url, "access_token": token, "signature": signature });
    post(sandbox, "v1.0/update-url", &body)
}

/// What a person could see of the site.
fn seen(sandbox: &Sandbox, site: &Site) -> Value {
    json!([
        sandbox.state()["sites"],
        sandbox.state()["orders"],
        get(sandbox, "v2.0/sites/42506").json(),
        site.get(sandbox, &format!("{HELPER}/connection-info")).json(),
    ])
}

#[test]
fn v1_answers_true_and_the_site_is_known_by_the_new_address() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    site.activate(&sandbox, "dynamic-pricing");
    let answer = v1(&sandbox, NEW, &site.token, &signature(NEW, &site.secret));
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"true".as_slice()));

    assert_eq!(
        get(&sandbox, "v2.0/orders/2666930/connections").json(),
        json!([{ "product_slug": "dynamic-pricing", "url": NEW }])
    );
    let connections = &get(&sandbox, "v2.0/sites/42506").json()["connections"];
    assert_eq!(connections[0]["site_url"], "new.example");
    let again = register(&sandbox, "https://NEW.example/");
    assert_eq!(
        (&again["site_id"], &again["access_token_secret"]),
        (&json!(42506), &Value::Null)
    );
    let at_the_old_address = register(&sandbox, "https://example.com");
    assert_ne!(at_the_old_address["site_id"], 42506);
    assert!(at_the_old_address["access_token_secret"].is_string());
}

#[test]
fn v1_with_a_wrong_signature_or_token_changes_nothing() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let before = seen(&sandbox, &site);
    let good = signature(NEW, &site.secret);
    for wrong in [
        signature(NEW, "another secret"),
        signature(NEW, &site.token),
        signature("https://example.com", &site.secret),
        signature("https://new.example/", &site.secret),
        good.to_uppercase(),
        good[..63].to_owned(),
        "0".repeat(64),
    ] {
        let answer = v1(&sandbox, NEW, &site.token, &wrong);
        assert_refused(&answer, 403, "invalid_signature");
    }
    assert_refused(&v1(&sandbox, NEW, &"0".repeat(40), &good), 401, "invalid_access_token");
    assert_eq!(seen(&sandbox, &site), before);
}

#[test]
fn v2_answers_as_documented() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let answer = post(
        &sandbox,
        "v2.0/update-url",
        &json!({ "url": NEW, "order_id": 2_666_930 }),
    );
    assert_eq!(answer.status, 200);
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        r#"{"url":"https://new.example","order_id":2666930,"site_id":42506}"#
    );
    let info = site.get(&sandbox, &format!("{HELPER}/connection-info")).json();
    assert_eq!(info["url"], NEW);
    assert_eq!(sandbox.orders()[0]["url"], NEW);
}

#[test]
fn the_address_that_it_has_is_no_news() {
    let sandbox = Sandbox::start();
    connected_site(&sandbox);
    let body = json!({ "url": "https://EXAMPLE.com/", "order_id": "2666930" });
    assert_eq!(post(&sandbox, "v2.0/update-url", &body).status, 200);
    assert_eq!(sandbox.state()["sites"][0]["url"], "https://EXAMPLE.com/");
}

#[test]
fn an_address_of_another_site_is_refused() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    connected_site_at(&sandbox, NEW);
    let before = seen(&sandbox, &site);
    let v2 = post(
        &sandbox,
        "v2.0/update-url",
        &json!({ "url": NEW, "order_id": 2_666_930 }),
    );
    assert_refused(&v2, 409, "site_url_taken");
    let v1 = v1(&sandbox, NEW, &site.token, &signature(NEW, &site.secret));
    assert_refused(&v1, 409, "site_url_taken");
    assert_eq!(seen(&sandbox, &site), before);
}

#[test]
fn what_is_not_right_is_refused_by_name() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    sandbox.seed_orders(&json!({ "count": 1 }));
    let before = seen(&sandbox, &site);
    let update = |body: Value| post(&sandbox, "v2.0/update-url", &body);
    assert_refused(
        &update(json!({ "url": NEW, "order_id": 5 })),
        404,
        "woocommerce_rest_shop_order_invalid_id",
    );
    // A seeded order has no site.
    assert_invalid(&update(json!({ "url": NEW, "order_id": 2_666_931 })), "order_id");
    assert_invalid(&update(json!({ "url": "new.example", "order_id": 2_666_930 })), "url");
    let error = assert_refused(&update(json!({})), 400, "rest_missing_callback_param");
    assert_eq!(error["data"]["params"], json!(["url", "order_id"]));
    let v1 = post(
        &sandbox,
        "v1.0/update-url",
        &json!({ "url": NEW, "order_id": 2_666_930 }),
    );
    let error = assert_refused(&v1, 400, "rest_missing_callback_param");
    assert_eq!(error["data"]["params"], json!(["access_token", "signature"]));
    assert_eq!(seen(&sandbox, &site), before);
}

#[test]
fn no_line_shows_token_or_signature() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let signature = signature(NEW, &site.secret);
    v1(&sandbox, NEW, &site.token, &signature);
    site.get(&sandbox, &format!("{HELPER}/oauth/me"));
    let lines = sandbox.stderr();
    assert!(
        lines.contains("POST /wp-json/wccom/host-plan/v1.0/update-url 200\n"),
        "{lines}"
    );
    for secret in [&site.token, &site.secret, &signature] {
        assert!(!lines.contains(secret.as_str()), "{lines}");
    }
}
