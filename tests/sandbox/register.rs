//! Registrations: the secret that comes once, and what is refused.

use std::io::Write;
use std::net::Shutdown;

use serde_json::{Value, json};

use crate::http::{WPCOM_TOKEN, connect, good_request, read, refused, register, register_request, request, send};
use crate::support::{KEY, Sandbox};

const V2_REGISTER: &str = "/wp-json/wccom/host-plan/v2.0/register";

#[test]
fn the_secret_comes_with_the_first_registration_only() {
    let sandbox = Sandbox::start();
    let first = register(&sandbox, "https://example.com");
    let later = register(&sandbox, "https://EXAMPLE.com:443//");

    let names: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "customer_id",
            "order_id",
            "access_token",
            "access_token_secret",
            "site_id"
        ]
    );
    for name in ["access_token", "access_token_secret"] {
        let value = first[name].as_str().unwrap();
        assert!(
            value.len() == 40 && value.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{name}"
        );
    }
    assert_eq!(later["access_token_secret"], Value::Null);
    assert_eq!(later["access_token"], first["access_token"]);
    assert_eq!(later["site_id"], first["site_id"]);
    assert_eq!(later["customer_id"], first["customer_id"]);
    assert_ne!(later["order_id"], first["order_id"]);
}

#[test]
fn scheme_host_port_and_path_make_a_site() {
    let sandbox = Sandbox::start();
    let urls = [
        "https://example.com",
        "http://example.com",
        "https://example.com:8443",
        "https://example.com/shop",
        "https://www.example.com",
    ];
    for url in urls {
        assert!(register(&sandbox, url)["access_token_secret"].is_string(), "{url}");
    }
    assert_eq!(sandbox.state()["sites"].as_array().unwrap().len(), urls.len());
}

#[test]
fn trailing_slashes_make_no_other_site() {
    let sandbox = Sandbox::start();
    register(&sandbox, "https://example.com/shop/");
    for url in ["https://example.com/shop", "https://example.com/shop//"] {
        assert_eq!(register(&sandbox, url)["access_token_secret"], Value::Null, "{url}");
    }
}

#[test]
fn a_repeated_registration_can_give_a_new_token() {
    let sandbox = Sandbox::start_with(&["--repeat-token", "new"]);
    let first = register(&sandbox, "https://example.com");
    let later = register(&sandbox, "https://example.com");
    assert_ne!(later["access_token"], first["access_token"]);
    assert_eq!(later["access_token_secret"], Value::Null);
}

#[test]
fn both_versions_take_all_documented_fields() {
    let sandbox = Sandbox::start();
    let customer = json!({
        "first_name": "John", "last_name": "Doe", "email": "john.doe@example.com", "wpcom_user_id": 123,
        "wpcom_access_token": WPCOM_TOKEN,
    });
    let mut body = json!({
        "url": "https://example.com", "customer": customer, "products": ["a-slug", "a-slug", "b_2"],
        "metadata": { "customer_first_name": "Jane" },
    });
    assert_eq!(
        send(&sandbox, &register_request("v1.0", &body.to_string()))
            .unwrap()
            .status,
        200
    );
    body["wpcom_access_token"] = json!(WPCOM_TOKEN);
    body["metadata"]["customer_email"] = json!("jane@example.com");
    assert_eq!(
        send(&sandbox, &register_request("v2.0", &body.to_string()))
            .unwrap()
            .status,
        200
    );

    let orders = sandbox.orders();
    assert_eq!(orders[0]["api_version"], "v1.0");
    assert_eq!(orders[0]["customer_email"], "john.doe@example.com");
    assert_eq!(orders[0]["products"], json!(["a-slug", "b_2"]));
    assert_eq!(orders[1]["api_version"], "v2.0");
    assert_eq!(orders[1]["customer_email"], "jane@example.com");
    assert_eq!(orders[1]["metadata"]["customer_first_name"], "Jane");
}

#[test]
fn a_customer_is_known_by_the_address_or_else_by_the_token() {
    let sandbox = Sandbox::start();
    let customer = |token: &str, email: Option<&str>| {
        let mut body = json!({ "url": "https://example.com", "wpcom_access_token": token });
        if let Some(email) = email {
            body["metadata"] = json!({ "customer_email": email });
        }
        let answer = send(&sandbox, &register_request("v2.0", &body.to_string())).unwrap();
        answer.json()["customer_id"].as_u64().unwrap()
    };
    assert_eq!(customer("t", Some("ada@example.com")), 1_872_797);
    assert_eq!(customer("u", Some("ada@example.com")), 1_872_797);
    assert_eq!(customer("t", Some("grace@example.com")), 1_872_798);
    assert_eq!(customer("t", None), 1_872_799);
    assert_eq!(customer("u", None), 1_872_800);
    assert_eq!(customer("t", None), 1_872_799);
}

#[test]
fn missing_parameters_are_a_list() {
    let sandbox = Sandbox::start();
    let error = refused(&sandbox, "v2.0", "{}");
    assert_eq!(error["code"], "rest_missing_callback_param");
    assert_eq!(error["message"], "Missing parameter(s): url, wpcom_access_token");
    assert_eq!(
        error["data"],
        json!({ "status": 400, "params": ["url", "wpcom_access_token"] })
    );

    let error = refused(&sandbox, "v1.0", r#"{"url":"https://example.com","customer":null}"#);
    assert_eq!(error["data"]["params"], json!(["customer"]));
}

#[test]
fn a_body_of_another_type_has_no_parameters() {
    let sandbox = Sandbox::start();
    let wrong = good_request("https://example.com").replace("application/json", "text/plain");
    assert_eq!(
        send(&sandbox, &wrong).unwrap().json()["code"],
        "rest_missing_callback_param"
    );
    let right = good_request("https://example.com").replace("application/json", "Application/JSON; charset=utf-8");
    assert_eq!(send(&sandbox, &right).unwrap().status, 200);
}

#[test]
fn invalid_parameters_are_an_object_with_details() {
    let sandbox = Sandbox::start();
    let error = refused(
        &sandbox,
        "v2.0",
        r#"{"url":5,"wpcom_access_token":"t","products":["a",{}]}"#,
    );
    assert_eq!(
        error,
        json!({
            "code": "rest_invalid_param",
            "message": "Invalid parameter(s): url, products",
            "data": {
                "status": 400,
                "params": { "url": "url is not of type string.", "products": "products[1] is not of type string." },
                "details": {
                    "url": {
                        "code": "rest_invalid_type", "message": "url is not of type string.",
                        "data": { "param": "url" },
                    },
                    "products": {
                        "code": "rest_invalid_type", "message": "products[1] is not of type string.",
                        "data": { "param": "products[1]" },
                    },
                },
            },
        })
    );
}

#[test]
fn each_wrong_field_of_v2_is_named() {
    let sandbox = Sandbox::start();
    let good = json!({ "url": "https://example.com", "wpcom_access_token": "t" });
    for (name, value) in [
        ("wpcom_access_token", json!("")),
        ("wpcom_access_token", json!("a\nb")),
        ("wpcom_access_token", json!("x".repeat(64 * 1024))),
        ("wpcom_access_token", json!(7)),
        ("products", json!("a-slug")),
        ("products", json!([""])),
        ("products", json!(["UPPER"])),
        ("products", json!([["nested"]])),
        ("products", json!(null)),
        ("metadata", json!([])),
        ("metadata", json!({ "a": 1 })),
        ("metadata", json!({ "a": { "b": "c" } })),
        ("metadata", json!({ "": "a" })),
        ("metadata", json!({ "customer_email": "nobody" })),
        ("customer", json!("John")),
        ("customer", json!({ "age": 5 })),
        ("customer", json!({ "email": "a@b@c" })),
        ("produkts", json!([])),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let error = refused(&sandbox, "v2.0", &body.to_string());
        assert_eq!(error["code"], "rest_invalid_param", "{body}");
        assert!(error["data"]["params"][name].is_string(), "{body}: {error}");
        assert!(error["data"]["details"][name]["code"].is_string(), "{body}: {error}");
    }
    assert!(sandbox.orders().is_empty());
}

#[test]
fn v1_needs_an_email_and_who_it_is_at_wordpress_com() {
    let sandbox = Sandbox::start();
    for (customer, problem) in [
        (json!({}), "email is a required property of customer."),
        (
            json!({ "email": "a@example.com" }),
            "wpcom_user_id is a required property of customer.",
        ),
        (
            json!({ "email": "a@example.com", "wpcom_user_id": "5" }),
            "customer[wpcom_user_id] is not of type integer.",
        ),
        (
            json!({ "email": "a@example.com", "wpcom_user_id": 0 }),
            "customer[wpcom_user_id] must be greater than or equal to 1",
        ),
    ] {
        let body = json!({ "url": "https://example.com", "customer": customer });
        let error = refused(&sandbox, "v1.0", &body.to_string());
        assert_eq!(error["data"]["params"]["customer"], problem);
    }
    let top_level =
        r#"{"url":"https://e.com","customer":{"email":"a@b.c","wpcom_user_id":1},"wpcom_access_token":"t"}"#;
    assert!(refused(&sandbox, "v1.0", top_level)["data"]["params"]["wpcom_access_token"].is_string());
}

#[test]
fn an_address_that_is_not_a_sites_is_refused() {
    let sandbox = Sandbox::start();
    let too_long = format!("https://example.com/{}", "a".repeat(2048));
    for url in [
        "",
        "example.com",
        "/shop",
        "ftp://example.com",
        "https:example.com",
        "https://",
        "https:///shop",
        "https://user@example.com",
        "https://user:password@example.com",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "https://exa mple.com",
        " https://example.com",
        "https://example.com\n",
        "https://example.com/\\shop",
        "https://bücher.example",
        "https://example.com:port",
        too_long.as_str(),
    ] {
        let body = json!({ "url": url, "wpcom_access_token": "t" });
        let error = refused(&sandbox, "v2.0", &body.to_string());
        assert_eq!(error["data"]["details"]["url"]["code"], "rest_invalid_url", "{url:?}");
    }
    for url in [
        "http://localhost:8080",
        "http://10.0.0.1/a/b/",
        "https://[::1]:8443",
        "https://xn--bcher-kva.example",
    ] {
        register(&sandbox, url);
    }
}

#[test]
fn a_body_that_is_not_json_is_told_apart() {
    let sandbox = Sandbox::start();
    let error = refused(&sandbox, "v2.0", r#"{"url": "https"#);
    assert_eq!(error["code"], "rest_invalid_json");
    let data = json!({ "status": 400, "json_error_code": 4, "json_error_message": "Syntax error" });
    assert_eq!(error["data"], data);
    assert_eq!(refused(&sandbox, "v2.0", "[1]")["code"], "rest_missing_callback_param");
}

#[test]
fn the_key_is_needed_and_has_to_be_the_right_one() {
    let sandbox = Sandbox::start();
    for (credentials, status, authorization) in [
        ("X-None: 1", 401, "missing"),
        ("Authorization: Basic abc", 401, "missing"),
        ("Authorization: Bearer wrong", 403, "wrong"),
        ("Authorization: Bearer sandbox-key-and-more", 403, "wrong"),
    ] {
        let answer = send(&sandbox, &request("POST", V2_REGISTER, &[credentials], "{}")).unwrap();
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (status, &json!("rest_forbidden")),
            "{credentials}"
        );
        assert_eq!(sandbox.log().last().unwrap()["authorization"], authorization);
    }
}

#[test]
fn another_key_can_be_chosen() {
    let sandbox = Sandbox::start_with(&["--key", "another"]);
    let request = good_request("https://example.com");
    assert_eq!(send(&sandbox, &request).unwrap().status, 403);
    assert_eq!(send(&sandbox, &request.replace(KEY, "another")).unwrap().status, 200);
}

#[test]
fn anything_else_is_no_route() {
    let sandbox = Sandbox::start();
    for (method, path) in [
        ("GET", V2_REGISTER),
        ("POST", "/wp-json/wccom/host-plan/v3.0/register"),
        ("GET", "/"),
    ] {
        let answer = send(&sandbox, &request(method, path, &[], "")).unwrap();
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (404, &json!("rest_no_route")),
            "{method} {path}"
        );
    }
}

#[test]
fn the_log_keeps_the_request_and_the_lines_keep_no_secret() {
    let sandbox = Sandbox::start();
    let registered = register(&sandbox, "https://example.com");
    let log = sandbox.log();
    assert_eq!(log.len(), 1);
    let entry = &log[0];
    assert_eq!(
        (&entry["seq"], &entry["method"], &entry["path"]),
        (&json!(1), &json!("POST"), &json!(V2_REGISTER))
    );
    assert_eq!((&entry["version"], &entry["status"]), (&json!("v2.0"), &json!(200)));
    assert_eq!(
        (&entry["authorization"], &entry["content_type"]),
        (&json!("ok"), &json!("application/json"))
    );
    let body = json!({ "url": "https://example.com", "wpcom_access_token": WPCOM_TOKEN }).to_string();
    assert_eq!(entry["body"], body);
    assert_eq!(entry["order_id"], registered["order_id"]);
    assert_eq!(entry["headers"]["authorization"], Value::Null);

    let lines = sandbox.stderr();
    assert!(
        lines.contains("POST /wp-json/wccom/host-plan/v2.0/register 200 order 2666930"),
        "{lines}"
    );
    let state = sandbox.state().to_string();
    for secret in [
        &registered["access_token"],
        &registered["access_token_secret"],
        &json!(WPCOM_TOKEN),
        &json!(KEY),
    ] {
        let secret = secret.as_str().unwrap();
        assert!(!lines.contains(secret) && !state.contains(secret), "{secret}");
    }
}

#[test]
fn a_body_that_is_too_long_or_breaks_off_is_not_processed() {
    let sandbox = Sandbox::start();
    let long = register_request("v2.0", &" ".repeat(2 << 20));
    let mut stream = connect(&sandbox);
    // The answer can come before all is written.
    let _ = stream.write_all(long.as_bytes());
    let _ = read(&mut stream);
    let whole = good_request("https://example.com");
    let mut stream = connect(&sandbox);
    stream.write_all(&whole.as_bytes()[..whole.len() - 1]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let _ = read(&mut stream);
    let statuses: Vec<u64> = sandbox
        .log()
        .iter()
        .map(|entry| entry["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [413, 400]);
    assert!(sandbox.orders().is_empty());
}
