//! Installations by `WooCommerce.com`.

use serde_json::{Value, json};

use crate::connected_site::connected_site;
use crate::http::{Answer, assert_invalid, assert_refused, get, post};
use crate::support::Sandbox;

fn install(sandbox: &Sandbox, slug: &str, url: &str, order_id: u64) -> Answer {
    let body = json!({ "product_slug": slug, "url": url, "order_id": order_id });
    post(sandbox, "v2.0/install", &body)
}

fn good(sandbox: &Sandbox) -> String {
    connected_site(sandbox);
    let answer = install(sandbox, "dynamic-pricing", "https://example.com", 2_666_930);
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).unwrap()
}

#[test]
fn both_documented_answers_can_be_had() {
    let rest = r#""order_id":2666930,"product_id":18643,"product_slug":"dynamic-pricing","url":"https://example.com"}"#;
    let sandbox = Sandbox::start();
    assert_eq!(good(&sandbox), format!(r#"{{"success":true,"request_id":168,{rest}"#));
    let sandbox = Sandbox::start_with(&["--install-answer", "status"]);
    assert_eq!(
        good(&sandbox),
        format!(r#"{{"request_id":168,"status":"completed",{rest}"#)
    );
}

#[test]
fn the_product_is_connected_then() {
    let sandbox = Sandbox::start();
    good(&sandbox);
    let connections = || get(&sandbox, "v2.0/orders/2666930/connections").json();
    let one = json!([{ "product_slug": "dynamic-pricing", "url": "https://example.com" }]);
    assert_eq!(connections(), one);
    let again = install(&sandbox, "dynamic-pricing", "https://EXAMPLE.com/", 2_666_930).json();
    assert_eq!(again["request_id"], 169);
    assert_eq!(connections(), one);
    install(&sandbox, "galleria", "https://example.com", 2_666_930);
    assert_eq!(connections().as_array().unwrap().len(), 2);
}

#[test]
fn what_does_not_fit_is_refused() {
    let sandbox = Sandbox::start();
    connected_site(&sandbox);
    let only_one = json!({
        "url": "https://second.example", "wpcom_access_token": "t", "products": ["galleria"],
    });
    post(&sandbox, "v2.0/register", &only_one);
    sandbox.seed_orders(&json!([{ "status": "completed", "products": ["galleria"] }]));
    post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_930 }));

    let url = "https://second.example";
    let refused: [(Answer, &str); 3] = [
        (install(&sandbox, "galleria", "https://example.com", 2_666_931), "url"),
        (install(&sandbox, "dynamic-pricing", url, 2_666_931), "product_slug"),
        // A seeded order has no site.
        (install(&sandbox, "galleria", url, 2_666_932), "url"),
    ];
    for (answer, name) in &refused {
        assert_eq!(assert_invalid(answer, name), "rest_invalid_param");
    }
    assert_invalid(&install(&sandbox, "Galleria", url, 2_666_931), "product_slug");
    assert_refused(
        &install(&sandbox, "unheard-of", url, 2_666_931),
        404,
        "rest_product_invalid_slug",
    );
    assert_refused(
        &install(&sandbox, "galleria", "https://example.com", 2_666_930),
        400,
        "order_not_completed",
    );
    assert_refused(
        &install(&sandbox, "galleria", url, 5),
        404,
        "woocommerce_rest_shop_order_invalid_id",
    );
    let error = assert_refused(
        &post(&sandbox, "v2.0/install", &json!({ "url": url })),
        400,
        "rest_missing_callback_param",
    );
    assert_eq!(error["data"]["params"], json!(["product_slug", "order_id"]));
    assert_refused(&post(&sandbox, "v1.0/install", &json!({})), 404, "rest_no_route");
    assert_eq!(
        get(&sandbox, "v2.0/totals").json()["total_connections"],
        Value::Array(vec![])
    );
}
