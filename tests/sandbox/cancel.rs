//! Cancelling an order, and what follows from it.

use serde_json::json;

use crate::connected_site::connected_site;
use crate::http::{assert_invalid, assert_refused, get, post, request, send};
use crate::support::Sandbox;

#[test]
fn the_answer_is_as_documented() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([{ "id": 2_666_932 }]));
    let answer = post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_932 }));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, br#"{"order_id":2666932,"status":"cancelled"}"#);
    assert_eq!(sandbox.log()[0]["order_id"], 2_666_932);
}

#[test]
fn it_changes_orders_totals_and_sites() {
    let sandbox = Sandbox::start();
    let site = connected_site(&sandbox);
    site.activate(&sandbox, "dynamic-pricing");
    let ids = |status: &str| {
        let orders = get(&sandbox, &format!("v2.0/orders?status={status}")).json();
        orders
            .as_array()
            .unwrap()
            .iter()
            .map(|order| order["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((ids("completed"), ids("cancelled")), (vec![json!(2_666_930)], vec![]));
    assert_eq!(
        get(&sandbox, "v2.0/totals").json()["total_connections"],
        json!({ "dynamic-pricing": 1 })
    );

    post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_930 }));

    assert_eq!((ids("completed"), ids("cancelled")), (vec![], vec![json!(2_666_930)]));
    assert_eq!(get(&sandbox, "v2.0/orders/2666930").json()["status"], "cancelled");
    assert_eq!(get(&sandbox, "v2.0/orders/2666930/connections").json(), json!([]));
    assert_eq!(
        get(&sandbox, "v2.0/sites/42506").json(),
        json!({ "order_ids": { "completed": [], "cancelled": [2_666_930] }, "connections": [] })
    );
    let totals = get(&sandbox, "v2.0/totals").json();
    assert_eq!(totals["total_orders"], json!({ "completed": 0, "cancelled": 1 }));
    assert_eq!(totals["total_connections"], json!([]));
}

#[test]
fn the_order_was_modified_then() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([{ "date_created_gmt": "2019-06-12T19:13:26" }]));
    post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_930 }));
    let order = get(&sandbox, "v2.0/orders/2666930").json();
    assert_eq!(order["date_created_gmt"], "2019-06-12T19:13:26");
    assert!(order["date_modified_gmt"].as_str().unwrap() > "2026");
    assert!(order["date_modified"].as_str().unwrap() > order["date_modified_gmt"].as_str().unwrap());
}

#[test]
fn a_cancelled_order_can_be_cancelled_again() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([{ "status": "cancelled", "date_created_gmt": "2019-06-12T19:13:26" }]));
    let answer = post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_930 }));
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("cancelled")));
    let order = get(&sandbox, "v2.0/orders/2666930").json();
    assert_eq!(order["date_modified_gmt"], order["date_created_gmt"]);
}

#[test]
fn an_order_of_any_size_and_as_digits() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([{ "id": 18_734_003_407_356_u64 }]));
    let answer = post(&sandbox, "v1.0/cancel", &json!({ "order_id": "18734003407356" }));
    assert_eq!(answer.json()["order_id"], 18_734_003_407_356_u64);
}

#[test]
fn what_cannot_be_cancelled_is_refused() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({ "count": 1 }));
    let cancel = |body| post(&sandbox, "v1.0/cancel", &body);
    let unknown = "woocommerce_rest_shop_order_invalid_id";
    assert_refused(&cancel(json!({ "order_id": 2_666_931 })), 404, unknown);
    assert_refused(&cancel(json!({})), 400, "rest_missing_callback_param");
    for (order_id, code) in [
        (json!("abc"), "rest_invalid_type"),
        (json!(""), "rest_invalid_type"),
        (json!(1.5), "rest_invalid_type"),
        (json!(true), "rest_invalid_type"),
        (json!(0), "rest_out_of_bounds"),
        (json!(-1), "rest_out_of_bounds"),
    ] {
        let problem = assert_invalid(&cancel(json!({ "order_id": order_id })), "order_id");
        assert_eq!(problem, code, "{order_id}");
    }
    assert_invalid(&cancel(json!({ "order_id": 2_666_930, "reason": "none" })), "reason");
    let v2 = post(&sandbox, "v2.0/cancel", &json!({ "order_id": 2_666_930 }));
    assert_refused(&v2, 404, "rest_no_route");
    let without_key = request("POST", "/wp-json/wccom/host-plan/v1.0/cancel", &[], "{}");
    assert_refused(&send(&sandbox, &without_key).unwrap(), 401, "rest_forbidden");
    assert_eq!(sandbox.orders()[0]["status"], "completed");
}
