//! Subscriptions: which a site has, and which it uses.

use serde_json::{Value, json};

use crate::connected_site::{HELPER, connected_site, connected_site_at, sign};
use crate::http::{assert_refused, get, post, register, register_request, request, send};
use crate::support::Sandbox;

const ADD_ONS: &str = "woocommerce-product-addons";

#[test]
fn they_are_those_of_the_sites_orders() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let body = json!({
        "url": "https://example.com/", "wpcom_access_token": "t", "products": ["woocommerce-gift-cards"],
    });
    send(&sandbox, &register_request("v2.0", &body.to_string())).unwrap();
    register(&sandbox, "https://another.example");

    let list = site.subscriptions(&sandbox);
    let slugs: Vec<&str> = list.iter().map(|item| item["product_slug"].as_str().unwrap()).collect();
    let package = get(&sandbox, "v1.0/info").json();
    let expected = package["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| &product["slug"]);
    let expected: Vec<&str> = expected.map(|slug| slug.as_str().unwrap()).collect();
    assert_eq!(
        slugs.split_last().unwrap(),
        (&"woocommerce-gift-cards", expected.as_slice())
    );
    let added_later = list.last().unwrap();
    assert_eq!(added_later["product_name"], "WooCommerce Gift Cards");
    assert!(added_later["product_id"].is_u64() && added_later["expires"].is_u64());
    assert_eq!(
        (&added_later["expired"], &added_later["lifetime"]),
        (&json!(false), &json!(false))
    );
    assert_ne!(list[0]["product_key"], list[1]["product_key"]);
    let theme = list.iter().find(|item| item["product_slug"] == "galleria").unwrap();
    assert_eq!(
        (&theme["product_type"], &list[0]["product_type"]),
        (&json!("theme"), &json!("plugin"))
    );
}

fn use_of(list: &[Value], slug: &str) -> (Value, Value, Value) {
    let item = list.iter().find(|item| item["product_slug"] == slug).unwrap();
    (
        item["connections"].clone(),
        item["sites_active"].clone(),
        item["maxed"].clone(),
    )
}

#[test]
fn activating_connects_the_site_and_deactivating_takes_it_away() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let unused = (json!([]), json!(0), json!(false));
    assert_eq!(use_of(&site.subscriptions(&sandbox), ADD_ONS), unused);

    assert_eq!(site.activate(&sandbox, ADD_ONS).status, 200);
    let list = site.subscriptions(&sandbox);
    assert_eq!(use_of(&list, ADD_ONS), (json!([42506]), json!(1), json!(true)));
    assert_eq!(use_of(&list, "galleria"), unused);
    let connections = || get(&sandbox, "v2.0/orders/2666930/connections").json();
    assert_eq!(
        connections(),
        json!([{ "product_slug": ADD_ONS, "url": "https://example.com" }])
    );

    // WooCommerce takes this code for success.
    assert_refused(&site.activate(&sandbox, ADD_ONS), 400, "already_connected");

    let key = json!({ "product_key": site.product_key(&sandbox, ADD_ONS) });
    assert_eq!(site.post(&sandbox, "/deactivate", &key).status, 200);
    assert_eq!(use_of(&site.subscriptions(&sandbox), ADD_ONS), unused);
    assert_eq!(connections(), json!([]));
    assert_refused(&site.post(&sandbox, "/deactivate", &key), 400, "not_connected");
}

#[test]
fn activating_has_to_be_signed_with_its_body() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let body = json!({ "product_key": site.product_key(&sandbox, ADD_ONS) }).to_string();
    let path = format!("{HELPER}/activate");
    let token = format!("Authorization: Bearer {}", site.token);
    let unsigned = request("POST", &path, &[&token], &body);
    assert_refused(&send(&sandbox, &unsigned).unwrap(), 401, "no_signature");
    // Signed, but not the body.
    let signature = format!("X-Woo-Signature: {}", sign(&site.secret, "127.0.0.1", &path, "POST"));
    let half_signed = request("POST", &path, &[&token, &signature], &body);
    assert_refused(&send(&sandbox, &half_signed).unwrap(), 401, "invalid_signature");
    assert_eq!(use_of(&site.subscriptions(&sandbox), ADD_ONS).0, json!([]));
}

#[test]
fn only_a_key_of_the_sites_own_orders_can_be_activated() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let stranger = connected_site_at(&sandbox, "https://another.example");
    let key = json!({ "product_key": site.product_key(&sandbox, ADD_ONS) });
    assert_refused(
        &stranger.post(&sandbox, "/activate", &key),
        404,
        "subscription_not_found",
    );
    let unknown = json!({ "product_key": "none" });
    assert_refused(
        &site.post(&sandbox, "/activate", &unknown),
        404,
        "subscription_not_found",
    );
    assert_refused(
        &site.post(&sandbox, "/activate", &json!({})),
        400,
        "rest_missing_callback_param",
    );
    assert_eq!(use_of(&site.subscriptions(&sandbox), ADD_ONS).0, json!([]));
}

#[test]
fn a_cancel_revokes_the_keys() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let key = json!({ "product_key": site.product_key(&sandbox, ADD_ONS) });
    post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_930 }));
    assert!(site.subscriptions(&sandbox).is_empty());
    assert_refused(&site.post(&sandbox, "/activate", &key), 404, "subscription_not_found");
    assert_eq!(site.get(&sandbox, &format!("{HELPER}/oauth/me")).status, 200);
}
