//! A plan that moves to another site.

use serde_json::{Value, json};

use crate::connected_site::{connected_site, connected_site_at};
use crate::http::{assert_invalid, assert_refused, get, post, register};
use crate::support::Sandbox;

const OTHER: &str = "https://other.example";

fn move_order(sandbox: &Sandbox, url: &str) -> Value {
    let body = json!({ "url": url, "order_id": 2_666_930 });
    let answer = post(sandbox, "v2.0/update-connected-site", &body);
    assert_eq!(answer.status, 200);
    answer.json()
}

#[test]
fn the_answer_is_as_documented() {
    let sandbox = Sandbox::start();
    connected_site(&sandbox);
    let body = json!({ "url": OTHER, "order_id": 2_666_930 });
    let answer = post(&sandbox, "v2.0/update-connected-site", &body);
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        r#"{"order_id":2666930,"site_id":42507,"url":"https://other.example"}"#
    );
}

#[test]
fn the_order_and_its_connections_go_to_the_other_site() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let other = connected_site_at(&sandbox, OTHER);
    site.activate(&sandbox, "dynamic-pricing");
    assert_eq!(move_order(&sandbox, "https://OTHER.example/")["site_id"], 42507);

    assert_eq!(
        get(&sandbox, "v2.0/orders/2666930/connections").json(),
        json!([{ "product_slug": "dynamic-pricing", "url": "https://OTHER.example/" }])
    );
    let empty = json!({ "order_ids": { "completed": [], "cancelled": [] }, "connections": [] });
    assert_eq!(get(&sandbox, "v2.0/sites/42506").json(), empty);
    let moved = get(&sandbox, "v2.0/sites/42507").json();
    assert_eq!(moved["order_ids"]["completed"], json!([2_666_930, 2_666_931]));
    assert_eq!(moved["connections"][0]["order_id"], "2666930");
    assert!(site.subscriptions(&sandbox).is_empty());
    let keys = other.subscriptions(&sandbox);
    let in_use = keys.iter().filter(|item| item["connections"] == json!([42507]));
    assert_eq!(in_use.count(), 1);
}

#[test]
fn a_site_that_is_made_by_a_move_gives_its_secret_to_the_first_registration() {
    let sandbox = Sandbox::start();
    connected_site(&sandbox);
    move_order(&sandbox, OTHER);
    let first = register(&sandbox, OTHER);
    assert_eq!(first["site_id"], 42507);
    assert!(first["access_token"].is_string() && first["access_token_secret"].is_string());
    assert_eq!(register(&sandbox, OTHER)["access_token_secret"], Value::Null);
}

#[test]
fn what_is_not_right_is_refused_and_changes_nothing() {
    let sandbox = Sandbox::start();
    connected_site(&sandbox);
    sandbox.seed_orders(&json!([{ "status": "cancelled" }]));
    let before = sandbox.state()["orders"].take();
    let update = |body: Value| post(&sandbox, "v2.0/update-connected-site", &body);
    assert_refused(
        &update(json!({ "url": OTHER, "order_id": 5 })),
        404,
        "woocommerce_rest_shop_order_invalid_id",
    );
    assert_refused(
        &update(json!({ "url": OTHER, "order_id": 2_666_931 })),
        400,
        "order_not_completed",
    );
    assert_invalid(&update(json!({ "url": "", "order_id": 2_666_930 })), "url");
    assert_refused(&update(json!({ "url": OTHER })), 400, "rest_missing_callback_param");
    let v1 = post(&sandbox, "v1.0/update-connected-site", &json!({}));
    assert_refused(&v1, 404, "rest_no_route");
    assert_eq!(sandbox.state()["orders"], before);
    assert_eq!(sandbox.state()["sites"].as_array().unwrap().len(), 1);
}
