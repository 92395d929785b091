//! One order, its connections, one site, and totals.

use serde_json::{Value, json};

use crate::connected_site::{connected_site, connected_site_at};
use crate::http::{assert_refused, get, post, request, send};
use crate::support::Sandbox;

#[test]
fn one_order_has_metadata_too() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([{
        "id": 4_262_918, "date_created_gmt": "2019-06-12T19:13:26", "customer_id": 2_442_392,
        "customer_email": "user@example.com", "products": ["woocommerce-bookings"],
    }, { "metadata": { "plan": "gold" } }]));
    let order = get(&sandbox, "v2.0/orders/4262918");
    assert_eq!(order.header("cache-control"), Some("max-age=60"));
    assert_eq!(
        order.json(),
        json!({
            "id": 4_262_918,
            "status": "completed",
            "date_created": "2019-06-12T21:13:26",
            "date_created_gmt": "2019-06-12T19:13:26",
            "date_modified": "2019-06-12T21:13:26",
            "date_modified_gmt": "2019-06-12T19:13:26",
            "customer_id": 2_442_392,
            "customer_email": "user@example.com",
            "line_items": [{ "name": "eCommerce Plan" }, { "name": "WooCommerce Bookings" }],
            "metadata": [],
        })
    );
    let other = get(&sandbox, "v2.0/orders/4262919").json();
    assert_eq!(other["metadata"], json!({ "plan": "gold" }));
    let mut listed = get(&sandbox, "v2.0/orders?per_page=1&offset=1").json()[0].take();
    listed["metadata"] = json!([]);
    assert_eq!(listed, order.json());
}

#[test]
fn a_registrations_metadata_is_shown() {
    let sandbox = Sandbox::start();
    let metadata = json!({ "customer_email": "ada@example.com", "plan": "gold" });
    let body = json!({ "url": "https://example.com", "wpcom_access_token": "t", "metadata": metadata });
    post(&sandbox, "v2.0/register", &body);
    assert_eq!(get(&sandbox, "v2.0/orders/2666930").json()["metadata"], metadata);
}

#[test]
fn a_site_is_as_documented() {
    let sandbox = Sandbox::start();
    let site = connected_site_at(&sandbox, "http://example.com/shop/");
    site.activate(&sandbox, "woocommerce-shipping-usps");
    site.activate(&sandbox, "woocommerce-bookings");
    let again = json!({ "url": "http://example.com/shop", "wpcom_access_token": "t", "products": [] });
    post(&sandbox, "v2.0/register", &again);
    post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_931 }));
    let answer = get(&sandbox, "v2.0/sites/42506");
    assert_eq!(answer.header("cache-control"), Some("max-age=60"));
    let connection =
        |name: &str| json!({ "order_id": "2666930", "site_url": "example.com/shop", "product_slug": name });
    assert_eq!(
        answer.json(),
        json!({
            "order_ids": { "completed": [2_666_930], "cancelled": [2_666_931] },
            "connections": [connection("USPS Shipping Method"), connection("WooCommerce Bookings")],
        })
    );
}

#[test]
fn totals_are_as_documented() {
    let sandbox = Sandbox::start();
    let order = |date: &str, status: &str, connected: bool| json!({ "date_created_gmt": date, "status": status, "connected": connected, "products": ["galleria", "wooslider"] });
    sandbox.seed_orders(&json!([
        order("2019-06-12T19:13:26", "completed", true),
        order("2019-06-30T21:59:59", "completed", false),
        order("2018-12-01T00:00:00", "completed", true),
        order("2018-12-02T00:00:00", "cancelled", false),
        // In the shop's time this is July.
        order("2019-06-30T22:00:00", "completed", true),
        order("2019-06-12T19:13:26", "processing", false),
    ]));
    let answer = get(&sandbox, "v2.0/totals");
    assert_eq!(answer.header("cache-control"), Some("max-age=60"));
    let both = |count: u8| json!({ "galleria": count, "wooslider": count });
    let expected = json!({
        "total_orders": { "completed": 4, "cancelled": 1 },
        "total_connections": both(3),
        "total_orders_by_month": {
            "12-2018": { "completed": 1, "cancelled": 1 },
            "6-2019": { "completed": 2, "cancelled": 0 },
            "7-2019": { "completed": 1, "cancelled": 0 },
        },
        "total_connections_by_month": { "12-2018": both(1), "6-2019": both(1), "7-2019": both(1) },
    });
    // The text, since the months are in order.
    assert_eq!(String::from_utf8(answer.body).unwrap(), expected.to_string());
}

#[test]
fn nothing_is_an_empty_list_as_in_php() {
    let sandbox = Sandbox::start();
    assert_eq!(
        get(&sandbox, "v2.0/totals").json(),
        json!({
            "total_orders": { "completed": 0, "cancelled": 0 },
            "total_connections": [],
            "total_orders_by_month": [],
            "total_connections_by_month": [],
        })
    );
}

#[test]
fn what_there_is_not_is_not_found() {
    let sandbox = Sandbox::start();
    connected_site(&sandbox);
    for (path, code) in [
        ("v2.0/orders/5", "woocommerce_rest_shop_order_invalid_id"),
        (
            "v2.0/orders/99999999999999999999999",
            "woocommerce_rest_shop_order_invalid_id",
        ),
        ("v2.0/orders/5/connections", "woocommerce_rest_shop_order_invalid_id"),
        ("v2.0/sites/42507", "rest_site_invalid_id"),
        ("v2.0/sites/1", "rest_site_invalid_id"),
        ("v2.0/orders/abc", "rest_no_route"),
        ("v2.0/sites/-1", "rest_no_route"),
        ("v2.0/sites", "rest_no_route"),
        ("v1.0/orders/2666930", "rest_no_route"),
        ("v1.0/totals", "rest_no_route"),
    ] {
        assert_refused(&get(&sandbox, path), 404, code);
    }
}

#[test]
fn each_needs_the_key() {
    let sandbox = Sandbox::start();
    connected_site(&sandbox);
    for path in [
        "v2.0/orders/2666930",
        "v2.0/orders/2666930/connections",
        "v2.0/sites/42506",
        "v2.0/totals",
        "v1.0/info",
        "v1.0/info/galleria.json",
    ] {
        let path = format!("/wp-json/wccom/host-plan/{path}");
        let without = send(&sandbox, &request("GET", &path, &[], "")).unwrap();
        assert_refused(&without, 401, "rest_forbidden");
        let wrong = request("GET", &path, &["Authorization: Bearer wrong"], "");
        assert_refused(&send(&sandbox, &wrong).unwrap(), 403, "rest_forbidden");
    }
    assert_eq!(
        get(&sandbox, "v2.0/sites/42506").json()["connections"],
        Value::Array(vec![])
    );
}
