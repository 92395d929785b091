//! What a connected site asks about itself and about new versions.

use serde_json::{Value, json};

use crate::connected_site::{HELPER, Site, connected_site};
use crate::http::{Answer, assert_refused, request, send};
use crate::support::{Sandbox, control_request};

/// As `WooCommerce` asks: by number, with the hash of the file if the product is installed.
fn asked() -> Value {
    json!({ "products": {
        "18643": { "product_id": 18643, "file_id": "83d1524e8f5f1913e58889f83d442c32" },
        "18609": { "product_id": 18609, "file_id": "" },
        "5": { "product_id": 5, "file_id": "" },
    } })
}

fn get(sandbox: &Sandbox, site: &Site, path: &str) -> Value {
    let answer = site.get(sandbox, &format!("{HELPER}{path}"));
    assert_eq!(answer.status, 200);
    answer.json()
}

#[test]
fn updates_are_by_number_and_with_a_link_for_what_is_in_use() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    site.activate(&sandbox, "dynamic-pricing");
    let mut updates = site.post(&sandbox, "/update-check", &asked()).json();
    let package = updates["18643"]["package"].take();
    let path = package.as_str().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap();
    let file: Answer = send(&sandbox, &request("GET", path, &[], "")).unwrap();
    assert_eq!(
        (file.status, file.header("content-type")),
        (200, Some("application/zip"))
    );
    updates["18643"]["package"] = json!("");
    let update = |slug: &str, version: &str| {
        json!({
            "version": version, "url": format!("https://woocommerce.com/products/{slug}/"), "slug": slug,
            "package": "", "upgrade_notice": "",
        })
    };
    assert_eq!(
        updates,
        json!({ "18643": update("dynamic-pricing", "3.1.13"), "18609": update("galleria", "2.2.17") })
    );
}

#[test]
fn a_published_version_is_an_update() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    let version = json!({ "slug": "dynamic-pricing", "version": "4.0" });
    control_request(control_url, "POST", "/products", &version);
    let updates = site.post(&sandbox, "/update-check", &asked()).json();
    assert_eq!(updates["18643"]["version"], "4.0");
}

#[test]
fn the_public_check_needs_no_signature_and_gives_no_links() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    site.activate(&sandbox, "dynamic-pricing");
    let check = |path: &str, body: &Value| {
        let path = format!("{HELPER}/{path}");
        send(&sandbox, &request("POST", &path, &[], &body.to_string())).unwrap()
    };
    let updates = check("update-check-public", &asked()).json();
    assert_eq!(
        (&updates["18643"]["version"], &updates["18643"]["package"]),
        (&json!("3.1.13"), &json!(""))
    );
    assert_eq!(
        check("update-check-public", &json!({ "products": [] })).json(),
        json!([])
    );
    assert_refused(&check("update-check", &asked()), 401, "no_access_token");
}

#[test]
fn the_connections_address_is_the_registered_one() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    let info = |url: &str| get(&sandbox, &site, &format!("/connection-info/?url={url}"));
    assert_eq!(
        info("https%3A%2F%2Fexample.com%2F"),
        json!({ "url": "https://example.com", "alert_url_mismatch": false })
    );
    assert_eq!(info("https%3A%2F%2Fmoved.example")["alert_url_mismatch"], true);
}

#[test]
fn what_woocommerce_asks_besides_is_answered() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    assert_eq!(get(&sandbox, &site, "/notices"), json!([]));
    let rules = request("GET", &format!("{HELPER}/product-usage-notice-rules"), &[], "");
    assert_eq!(send(&sandbox, &rules).unwrap().json(), json!([]));
    let info = get(&sandbox, &site, "/info?product_id=18609");
    assert_eq!(
        (&info["_product_type"], &info["name"]),
        (&json!("theme"), &json!("Galleria"))
    );
    assert!(info.get("download_link").is_none());
}

#[test]
fn a_site_that_disconnects_itself_is_unknown_then() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    assert_eq!(site.post(&sandbox, "/oauth/invalidate_token", &json!({})).status, 200);
    assert_refused(&site.get(&sandbox, &format!("{HELPER}/oauth/me")), 401, "invalid_token");
}
