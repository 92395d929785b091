//! The helper API: signatures that hold, and those that do not.

use serde_json::json;

use crate::connected_site::{Site, connected_site, sign};
use crate::http::{Answer, register, request, send};
use crate::support::Sandbox;

const ME: &str = "/wp-json/helper/1.0/oauth/me";
const SUBSCRIPTIONS: &str = "/wp-json/helper/1.0/subscriptions";

fn assert_unauthorized(answer: &Answer, code: &str) {
    let error = answer.json();
    assert_eq!((answer.status, &error["code"]), (401, &json!(code)));
    assert_eq!(error["data"], json!({ "status": 401 }));
}

// php -r 'echo hash_hmac("sha256", json_encode(["host"=>"localhost",
//   "request_uri"=>"/wp-json/helper/1.0/subscriptions/?source=wc-cli", "method"=>"GET"]),
//   "f71287fdce053102c71536b1648f27657e8be912");'
#[test]
fn the_signatures_of_these_tests_are_those_of_php() {
    assert_eq!(
        sign(
            "f71287fdce053102c71536b1648f27657e8be912",
            "localhost",
            "/wp-json/helper/1.0/subscriptions/?source=wc-cli",
            "GET"
        ),
        "cfc462880a1c955b7f844049c8e2ddc771403e25d60efdefad796d6af8668887"
    );
}

#[test]
fn a_signed_request_is_answered() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let me = site.get(&sandbox, ME);
    assert_eq!(me.status, 200);
    let email = "customer-1872797@sandbox.invalid";
    assert_eq!(me.json(), json!({ "name": email, "email": email }));
    assert_eq!(sandbox.log().last().unwrap()["authorization"], "ok");
}

#[test]
fn token_and_signature_count_from_the_headers_or_from_the_query_alone() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let signature = sign(&site.secret, "127.0.0.1", ME, "GET");
    let in_headers = site.send(&sandbox, ME, &format!("X-Woo-Signature: {signature}"));
    assert_eq!(in_headers.status, 200);
    let uri = format!("{ME}?token={}&signature={signature}", site.token);
    assert_eq!(send(&sandbox, &request("GET", &uri, &[], "")).unwrap().status, 200);
}

#[test]
fn a_query_is_signed_as_it_is_sent() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    assert_eq!(
        site.get(&sandbox, &format!("{SUBSCRIPTIONS}/?source=wc-cli")).status,
        200
    );
    assert_eq!(site.get(&sandbox, &format!("{SUBSCRIPTIONS}?b=2&a=%C3%A9")).status, 200);
}

#[test]
fn each_flaw_is_refused_by_name() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let good = sign(&site.secret, "127.0.0.1", ME, "GET");
    let header = |signature: &str| format!("X-Woo-Signature: {signature}");
    for wrong in [
        sign("another secret", "127.0.0.1", ME, "GET"),
        sign("", "127.0.0.1", ME, "GET"),
        sign(&site.secret, "127.0.0.1:8080", ME, "GET"),
        sign(&site.secret, "localhost", ME, "GET"),
        sign(&site.secret, "127.0.0.1", SUBSCRIPTIONS, "GET"),
        sign(&site.secret, "127.0.0.1", ME, "POST"),
        good.to_uppercase(),
        String::new(),
    ] {
        assert_unauthorized(&site.send(&sandbox, ME, &header(&wrong)), "invalid_signature");
        // A good one beside it does not help.
        assert_unauthorized(
            &site.send(&sandbox, &format!("{ME}?signature={good}"), &header(&wrong)),
            "invalid_signature",
        );
    }
    assert_unauthorized(&site.send(&sandbox, ME, "X-None: 1"), "no_signature");
    assert_unauthorized(
        &send(&sandbox, &request("GET", ME, &[&header(&good)], "")).unwrap(),
        "no_access_token",
    );
    assert_eq!(sandbox.log().last().unwrap()["authorization"], "missing");

    let stranger = Site {
        token: "0".repeat(40),
        secret: site.secret.clone(),
    };
    assert_unauthorized(&stranger.get(&sandbox, ME), "invalid_token");
    assert_eq!(sandbox.log().last().unwrap()["authorization"], "wrong");
    let two_tokens = format!("{ME}?token={}", stranger.token);
    assert_unauthorized(&site.send(&sandbox, &two_tokens, &header(&good)), "invalid_token");
}

#[test]
fn the_key_of_the_host_plan_opens_nothing_here() {
    let sandbox = Sandbox::start();
    let answer = send(
        &sandbox,
        &request("GET", ME, &["Authorization: Bearer sandbox-key"], ""),
    )
    .unwrap();
    assert_unauthorized(&answer, "invalid_token");
}

#[test]
fn a_new_token_and_the_first_one_share_the_secret() {
    let sandbox = Sandbox::start_with(&["--repeat-token", "new"]);
    let site = connected_site(&sandbox);
    let later = register(&sandbox, "https://example.com");
    let renewed = Site {
        token: later["access_token"].as_str().unwrap().to_owned(),
        secret: site.secret.clone(),
    };
    assert_eq!(site.get(&sandbox, ME).status, 200);
    assert_eq!(renewed.get(&sandbox, ME).status, 200);
}
