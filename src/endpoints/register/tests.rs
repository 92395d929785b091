use super::*;
use serde_json::json;

fn request(value: Value) -> Result<RegisterRequest> {
    let Value::Object(map) = value else { panic!("not a map") };
    RegisterRequest::new(map, None)
}

fn body(value: Value) -> Value {
    serde_json::from_slice(&request(value).unwrap().body()).unwrap()
}

/// A good request with one thing changed.
fn with(name: &str, value: Value) -> Value {
    let mut request = json!({"url": "https://example.com", "wpcom_access_token": "token"});
    request.as_object_mut().unwrap().insert(name.to_owned(), value);
    request
}

fn refused_field(value: &Value) -> String {
    match request(value.clone()).err() {
        Some(Error::InvalidRequest { field, message }) => {
            assert!(message.starts_with(&field), "{message}");
            field
        }
        other => panic!("{value}: {other:?}"),
    }
}

#[test]
fn sends_the_documented_v2_body() {
    let sample = json!({
        "url": "https://example.com",
        "wpcom_access_token": "#(*$!%^@)",
        "products": ["woocommerce-subscriptions", "woocommerce-bookings"],
        "metadata": {"customer_email": "ada@example.com", "customer_first_name": "Ada"},
    });
    let request = request(sample.clone()).unwrap();
    assert_eq!(request.api_version, ApiVersion::V2);
    assert_eq!(request.email(), Some("ada@example.com"));
    assert_eq!(serde_json::from_slice::<Value>(&request.body()).unwrap(), sample);
}

#[test]
fn a_customer_without_a_token_beside_it_selects_v1() {
    let sample = json!({
        "url": "https://example.com",
        "customer": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "wpcom_user_id": 7},
    });
    let request = request(sample.clone()).unwrap();
    assert_eq!(request.api_version, ApiVersion::V1);
    assert_eq!(request.email(), Some("ada@example.com"));
    assert_eq!(serde_json::from_slice::<Value>(&request.body()).unwrap(), sample);
}

#[test]
fn sends_customer_and_token_together_in_v2() {
    let sample = with("customer", json!({"email": "ada@example.com"}));
    assert_eq!(request(sample.clone()).unwrap().api_version, ApiVersion::V2);
    assert_eq!(body(sample.clone()), sample);
}

#[test]
fn sends_every_field_in_the_order_of_the_documentation() {
    let request = request(json!({
        "metadata": {"b": "\u{e9}\"", "a": ""},
        "products": ["woocommerce-bookings"],
        "wpcom_access_token": "t",
        "customer": {"wpcom_user_id": 7, "wpcom_access_token": "u", "email": "a@b", "last_name": "L", "first_name": "F"},
        "url": "https://m\u{fc}ller.example/",
    }));
    let expected = concat!(
        r#"{"url":"https://xn--mller-kva.example/","customer":{"first_name":"F","last_name":"L","email":"a@b","#,
        r#""wpcom_access_token":"u","wpcom_user_id":7},"wpcom_access_token":"t","products":["woocommerce-bookings"],"#,
        r#""metadata":{"b":"é\"","a":""}}"#,
    );
    assert_eq!(String::from_utf8(request.unwrap().body()).unwrap(), expected);
}

#[test]
fn a_digit_string_will_do_for_wpcom_user_id() {
    let sent = body(json!({"url": "https://example.com", "customer": {"email": "a@b", "wpcom_user_id": "7"}}));
    assert_eq!(sent["customer"]["wpcom_user_id"], json!(7));
}

#[test]
fn duplicate_products_are_sent_once_and_empty_metadata_not_at_all() {
    assert_eq!(
        body(with("products", json!(["b", "a", "b"])))["products"],
        json!(["b", "a"])
    );
    assert!(body(with("metadata", json!([]))).get("metadata").is_none());
}

#[test]
fn a_bad_field_is_named() {
    for (field, value) in [
        ("url", json!({"wpcom_access_token": "t"})),
        ("url", with("url", json!(null))),
        ("url", with("url", json!(5))),
        ("url", with("url", json!("ftp://example.com"))),
        ("wpcom_access_token", json!({"url": "https://example.com"})),
        ("wpcom_access_token", with("wpcom_access_token", json!(""))),
        ("wpcom_access_token", with("wpcom_access_token", json!(["t"]))),
        ("wpcom_access_token", with("wpcom_access_token", json!("a\nb"))),
        ("products", with("products", json!("subscriptions"))),
        ("products", with("products", json!([]))),
        ("products", with("products", json!({"a": "b"}))),
        ("products[0]", with("products", json!([["nested"]]))),
        ("products[0]", with("products", json!([""]))),
        ("products[1]", with("products", json!(["a", "B"]))),
        ("products[1]", with("products", json!(["a", 5]))),
        ("metadata", with("metadata", json!(["a"]))),
        ("metadata", with("metadata", json!("a=b"))),
        ("metadata", with("metadata", json!({"": "b"}))),
        ("metadata.a", with("metadata", json!({"a": {"b": "c"}}))),
        ("metadata.a", with("metadata", json!({"a": 5}))),
        ("metadata.a", with("metadata", json!({"a": "b\0"}))),
        (
            "metadata.customer_email",
            with("metadata", json!({"customer_email": "nobody"})),
        ),
        ("customer", with("customer", json!("ada"))),
        ("customer.email", with("customer", json!({"email": "a@b@c"}))),
        (
            "customer.email",
            json!({"url": "https://example.com", "customer": {"wpcom_user_id": 1}}),
        ),
        (
            "customer.wpcom_access_token",
            json!({"url": "https://example.com", "customer": {"email": "a@b"}}),
        ),
        ("customer.wpcom_user_id", with("customer", json!({"wpcom_user_id": 0}))),
        ("customer.first_name", with("customer", json!({"first_name": "a\nb"}))),
        ("customer.mail", with("customer", json!({"mail": "a@b"}))),
        ("urls", with("urls", json!("x"))),
    ] {
        assert_eq!(refused_field(&value), field, "{value}");
    }
    let many: Map<String, Value> = (0..65).map(|n| (n.to_string() + "x", json!("v"))).collect();
    assert_eq!(refused_field(&with("metadata", many.into())), "metadata");
}

#[test]
fn v1_wants_the_token_in_customer() {
    let Value::Object(map) = with("customer", json!({"email": "a@b", "wpcom_user_id": 1})) else {
        unreachable!()
    };
    let error = RegisterRequest::new(map, Some(ApiVersion::V1)).err().unwrap();
    assert_eq!(error.to_string(), "wpcom_access_token belongs into customer in v1.0");
}

fn sample() -> Value {
    json!({"customer_id": 1_872_797, "order_id": 2_666_930, "access_token": "e95a8cc87027ec3c303e904d2ea69dd8e0ad0acf",
        "access_token_secret": "f71287fdce053102c71536b1648f27657e8be912", "site_id": 42506})
}

fn answer(change: impl FnOnce(&mut Map<String, Value>)) -> std::result::Result<RegisterResponse, Malformed> {
    let mut sample = sample();
    change(sample.as_object_mut().unwrap());
    RegisterResponse::parse(sample.to_string().as_bytes())
}

#[test]
fn reads_the_documented_answer_and_ignores_further_fields() {
    let response = answer(|answer| {
        answer.insert("expires".to_owned(), json!(1));
        answer.insert("site_id".to_owned(), json!("42506"));
        answer.insert("order_id".to_owned(), json!("18446744073709551616"));
    })
    .unwrap();
    assert_eq!(response.site_id, 42506);
    assert_eq!(response.order_id.to_string(), "18446744073709551616");
    assert_eq!(
        response.access_token_secret.as_deref(),
        Some("f71287fdce053102c71536b1648f27657e8be912")
    );
    assert_eq!(
        answer(|a| {
            a.insert("access_token_secret".to_owned(), Value::Null);
        })
        .unwrap()
        .access_token_secret,
        None
    );
}

#[test]
fn the_last_one_counts_where_an_answer_has_a_field_twice() {
    let twice = sample()
        .to_string()
        .replacen('{', r#"{"site_id":1,"access_token":7,"#, 1);
    let response = RegisterResponse::parse(twice.as_bytes()).ok().unwrap();
    assert_eq!(response.site_id, 42506);
    assert_eq!(response.access_token, "e95a8cc87027ec3c303e904d2ea69dd8e0ad0acf");
}

#[test]
fn names_the_field_of_an_answer_that_is_missing_or_malformed() {
    for name in [
        "customer_id",
        "order_id",
        "access_token",
        "access_token_secret",
        "site_id",
    ] {
        assert_eq!(
            answer(|a| {
                a.shift_remove(name);
            })
            .err()
            .unwrap()
            .field,
            name
        );
        for bad in [json!({}), json!(true), json!(-1), json!(1.5), json!("")] {
            assert_eq!(
                answer(|a| {
                    a.insert(name.to_owned(), bad.clone());
                })
                .err()
                .unwrap()
                .field,
                name,
                "{bad}"
            );
        }
    }
    assert_eq!(
        answer(|a| {
            a.insert("access_token".to_owned(), Value::Null);
        })
        .err()
        .unwrap()
        .field,
        "access_token"
    );
    assert_eq!(
        answer(|a| {
            a.insert("access_token".to_owned(), json!("a b"));
        })
        .err()
        .unwrap()
        .field,
        "access_token"
    );
    assert_eq!(
        answer(|a| {
            a.insert("site_id".to_owned(), json!("9223372036854775808"));
        })
        .err()
        .unwrap()
        .field,
        "site_id"
    );
}

#[test]
fn an_answer_that_is_no_json_object_is_described_and_not_shown() {
    for (body, problem) in [
        ("", "it is empty"),
        ("null", "it is not a JSON object"),
        ("[]", "it is not a JSON object"),
        ("true", "it is not a JSON object"),
        ("  <html>", "it is an HTML page"),
        ("{\"customer_id\":1", "its JSON is cut off"),
        ("\x1f\u{fffd}", "it is not JSON"),
    ] {
        let malformed = RegisterResponse::parse(body.as_bytes()).err().unwrap();
        assert_eq!((malformed.field.as_str(), malformed.problem.as_str()), ("", problem));
    }
}
