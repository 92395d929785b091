//! The operations but for register, against a running sandbox: what is sent again and what never is, what an unknown
//! outcome says, and orders page by page.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use std::collections::HashSet;

use serde_json::{Value, json};
use support::client::{client, client_of, object, register};
use support::{KEY, Sandbox};
use wccom_host::client::HostPlanClient;
use wccom_host::endpoints::install::InstallRequest;
use wccom_host::endpoints::orders::{Filters, Order};
use wccom_host::endpoints::slug::Slug;
use wccom_host::endpoints::update_connected_site::UpdateConnectedSiteRequest;
use wccom_host::endpoints::update_url::UpdateUrlRequest;
use wccom_host::error::{Error, Outcome, Result};
use wccom_host::ids::Id;

fn id(value: &Value) -> Id {
    Id::from_value(value).unwrap()
}

/// A registration: its order, and the connection of its site.
struct Plan {
    order: Id,
    access_token: String,
    access_token_secret: String,
}

type Operation = (&'static str, fn(&HostPlanClient, &Plan) -> Result<Value>);

fn value<T: serde::Serialize>(result: Result<T>) -> Result<Value> {
    result.map(|answer| serde_json::to_value(answer).unwrap())
}

/// What changes something, by the name that the sandbox has for it.
const CHANGES: [Operation; 5] = [
    ("cancel", |client, plan| client.cancel(&plan.order, &mut || false)),
    ("update-url", |client, plan| {
        let request = object(json!({"url": "https://new.example.com", "order_id": plan.order}));
        client.update_url(&UpdateUrlRequest::new(request, None)?, &mut || false)
    }),
    ("update-url", |client, plan| {
        let request = object(json!({
            "url": "https://new.example.com",
            "access_token": plan.access_token,
            "access_token_secret": plan.access_token_secret
        }));
        client.update_url(&UpdateUrlRequest::new(request, None)?, &mut || false)
    }),
    ("update-connected-site", |client, plan| {
        let request = object(json!({"url": "https://new.example.com", "order_id": plan.order}));
        client.update_connected_site(&UpdateConnectedSiteRequest::new(request)?, &mut || false)
    }),
    ("install", |client, plan| {
        let slug = "woocommerce-product-addons";
        let request = object(json!({"product_slug": slug, "url": "https://example.com", "order_id": plan.order}));
        client.install(&InstallRequest::new(request)?, &mut || false)
    }),
];

/// What only reads.
const READS: [Operation; 6] = [
    ("info", |client, _| value(client.package(&mut || false))),
    ("product", |client, _| {
        value(client.product(&Slug::parse("slug", "galleria".to_owned())?, &mut || false))
    }),
    ("order", |client, plan| {
        value(client.order(&plan.order, |order| serde_json::to_value(order).unwrap(), &mut || false))
    }),
    ("connections", |client, plan| {
        value(client.order_connections(&plan.order, &mut || false))
    }),
    ("site", |client, _| {
        value(client.site(&id(&json!(42506)), &mut || false))
    }),
    ("totals", |client, _| value(client.totals(&mut || false))),
];

fn assert_no_secret(error: &Error, plan: &Plan) {
    let text = format!("{error} {error:?}");
    for secret in [KEY, &plan.access_token, &plan.access_token_secret] {
        assert!(!text.contains(secret), "a secret in an error: {text}");
    }
}

/// A sandbox with one order.
fn with_order() -> (Sandbox, HostPlanClient, Plan) {
    let sandbox = Sandbox::start();
    let client = client_of(&sandbox, json!({}));
    let registered = register(&client).unwrap();
    let plan = Plan {
        order: id(&registered.registration.to_value()["order_id"]),
        access_token: registered.auth.access_token,
        access_token_secret: registered.auth.access_token_secret,
    };
    (sandbox, client, plan)
}

#[test]
fn a_change_that_may_have_been_received_is_not_sent_again_and_says_how_to_find_out() {
    let (sandbox, client, plan) = with_order();
    for (name, call) in CHANGES {
        for fault in [
            json!({"kind": "reset", "when": "before"}),
            json!({"kind": "reset", "when": "after"}),
            json!({"kind": "status", "status": 500, "body": "<html>"}),
            json!({"kind": "status", "status": 502, "body": "<html>"}),
            json!({"kind": "body", "body": "<html>"}),
            json!({"kind": "truncate", "bytes": 3}),
            json!({"kind": "body", "body": {"status": ["x"], "success": "x", "site_id": "x"}}),
        ] {
            let before = sandbox.log().len();
            sandbox.fault(name, fault.clone());
            let error = call(&client, &plan).expect_err(name);
            assert_eq!(error.outcome(), Outcome::Unknown, "{name} {fault} {error}");
            assert!(!error.retryable());
            assert_eq!(sandbox.log().len(), before + 1, "{name} {fault} was sent again");
            assert!(error.to_string().contains("wp wccom-host "), "{error}");
            assert!(!error.to_string().contains("An order may exist"), "{error}");
            assert_no_secret(&error, &plan);
        }
    }
}

#[test]
fn advice_about_an_unknown_outcome_names_the_order() {
    let (sandbox, client, plan) = with_order();
    for (index, command) in [
        (0, "order get"),
        (1, "order connections"),
        (3, "order connections"),
        (4, "order connections"),
    ] {
        let (name, call) = CHANGES[index];
        sandbox.fault(name, json!({"kind": "reset", "when": "after"}));
        let advice = format!("`wp wccom-host {command} {}`", plan.order);
        let error = call(&client, &plan).unwrap_err().to_string();
        assert!(error.contains(&advice), "{error}");
    }
}

#[test]
fn a_change_that_is_refused_says_that_nothing_was_changed() {
    let (sandbox, client, plan) = with_order();
    for (name, call) in CHANGES {
        for status in [400, 401, 403, 404, 409, 429] {
            let before = sandbox.log().len();
            let body = json!({"code": "no", "message": "No.", "data": null});
            sandbox.fault(name, json!({"kind": "status", "status": status, "body": body}));
            let error = call(&client, &plan).expect_err(name);
            assert_eq!(error.outcome(), Outcome::Refused, "{name} {status}");
            assert!(!error.to_string().contains("Nothing was created"), "{error}");
            assert_eq!(sandbox.log().len(), before + 1, "{name} {status} was sent again");
            assert_no_secret(&error, &plan);
        }
    }
}

#[test]
fn nothing_is_sent_where_no_connection_can_be_made() {
    let client = client(json!({"base_url": "http://127.0.0.1:9/x", "timeout": 0.5}));
    let plan = Plan {
        order: id(&json!(5)),
        access_token: "e95a8cc87027ec3c303e904d2ea69dd8e0ad0acf".to_owned(),
        access_token_secret: "f71287fdce053102c71536b1648f27657e8be912".to_owned(),
    };
    for (name, call) in CHANGES.into_iter().chain(READS) {
        let error = call(&client, &plan).expect_err(name);
        assert!(matches!(error, Error::Connection { .. }), "{name} {error:?}");
        assert_eq!((error.outcome(), error.retryable()), (Outcome::NotSent, true));
    }
}

#[test]
fn a_read_is_sent_again_until_it_is_answered() {
    let (sandbox, client, plan) = with_order();
    for (name, call) in READS {
        for fault in [
            json!({"kind": "reset", "when": "connect"}),
            json!({"kind": "reset", "when": "before"}),
            json!({"kind": "truncate", "bytes": 1}),
            json!({"kind": "status", "status": 503, "headers": {"Retry-After": "0"}}),
            json!({"kind": "status", "status": 429, "headers": {"Retry-After": "0"}}),
            json!({"kind": "status", "status": 500}),
            json!({"kind": "status", "status": 502, "body": "<html>"}),
        ] {
            sandbox.fault(name, fault.clone());
            let answer = call(&client, &plan);
            assert!(answer.is_ok(), "{name} {fault} {answer:?}");
        }
    }
}

#[test]
fn a_read_that_is_refused_is_not_sent_again_and_is_never_an_unknown_order() {
    let (sandbox, client, plan) = with_order();
    for (name, call) in READS {
        for fault in [
            json!({"kind": "status", "status": 401, "body": {"code": "rest_forbidden", "message": "No.", "data": null}}),
            json!({"kind": "status", "status": 404, "body": {"code": "rest_no_route", "message": "No.", "data": null}}),
            // Longer than the call may take.
            json!({"kind": "status", "status": 429, "headers": {"Retry-After": "60"}}),
            json!({"kind": "body", "body": "<html>"}),
            json!({"kind": "oversize", "bytes": 2_000_000}),
        ] {
            let before = sandbox.log().len();
            sandbox.fault(name, fault.clone());
            let error = call(&client, &plan).expect_err(name);
            assert_eq!(sandbox.log().len(), before + 1, "{name} {fault} was sent again");
            assert!(!error.to_string().contains("order may exist"), "{error}");
            assert_eq!(error.outcome(), Outcome::Refused, "{error}");
            assert_no_secret(&error, &plan);
            match error {
                Error::Api {
                    http_status,
                    retry_after,
                    ..
                } => {
                    assert_eq!(json!(http_status), fault["status"]);
                    assert_eq!(retry_after, (http_status == 429).then_some(60));
                }
                Error::UnexpectedResponse { ref message, .. } => {
                    assert!(message.ends_with("Nothing was changed."), "{message}");
                }
                other => panic!("{name} {fault} {other:?}"),
            }
        }
    }
}

#[test]
fn a_site_lives_from_register_to_cancel() {
    let (sandbox, client, plan) = with_order();
    let [cancel, update_url, _, move_site, install] = CHANGES.map(|(_, call)| call);
    let site = json!(42506);

    let installed = install(&client, &plan).unwrap();
    assert_eq!(
        (&installed["success"], &installed["status"]),
        (&json!(true), &json!("completed"))
    );
    let connections = value(client.order_connections(&plan.order, &mut || false)).unwrap();
    assert_eq!(
        connections,
        json!([{"product_slug": "woocommerce-product-addons", "url": "https://example.com"}])
    );

    let moved = update_url(&client, &plan).unwrap();
    assert_eq!(
        moved,
        json!({"url": "https://new.example.com", "order_id": plan.order, "site_id": site})
    );
    assert_eq!(
        value(client.site(&id(&site), &mut || false)).unwrap()["connections"][0]["site_url"],
        "new.example.com"
    );

    assert_eq!(
        cancel(&client, &plan).unwrap(),
        json!({"order_id": plan.order, "status": "cancelled"})
    );
    assert_eq!(
        client
            .order(&plan.order, |order| order.status.to_string(), &mut || false)
            .unwrap(),
        "cancelled"
    );
    let totals = value(client.totals(&mut || false)).unwrap();
    assert_eq!(totals["total_orders"], json!({"completed": 0, "cancelled": 1}));
    assert_eq!(sandbox.orders().len(), 1);

    let elsewhere = move_site(&client, &plan);
    assert!(elsewhere.is_err() || elsewhere.unwrap()["order_id"] == json!(plan.order));
}

#[test]
fn an_address_is_signed_with_the_sites_own_secret_in_v1() {
    let sandbox = Sandbox::start();
    let client = client_of(&sandbox, json!({}));
    let auth = register(&client).unwrap().auth;
    let update = |secret: &str| {
        let request = object(json!({
            "url": "https://bücher.example", "access_token": auth.access_token, "access_token_secret": secret
        }));
        client.update_url(&UpdateUrlRequest::new(request, None).unwrap(), &mut || false)
    };
    let refused = update("f71287fdce053102c71536b1648f27657e8be912").unwrap_err();
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert_eq!(update(&auth.access_token_secret).unwrap(), json!(true));
    let sent = sandbox.log().pop().unwrap();
    assert!(!sent["body"].as_str().unwrap().contains(&auth.access_token_secret));
    assert!(sent["body"].as_str().unwrap().contains("https://xn--bcher-kva.example"));
}

fn order_id(order: &Order) -> String {
    order.id.to_string()
}

fn pages(client: &HostPlanClient, filters: Value, mut between: impl FnMut(usize)) -> Vec<Vec<String>> {
    let mut pages = client.orders(Filters::new(object(filters)).unwrap());
    let mut read = Vec::new();
    while let Some(page) = pages.next_page(order_id, &mut || false).unwrap() {
        read.push(page);
        between(read.len());
    }
    read
}

#[test]
fn orders_are_read_page_by_page_over_one_connection() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({"count": 250}));
    let before = sandbox.state()["connections"].as_u64().unwrap();
    let read = pages(&client_of(&sandbox, json!({})), json!({}), |_| ());
    assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50]);
    assert_eq!(read.concat().iter().collect::<HashSet<_>>().len(), 250);
    assert_eq!(sandbox.state()["connections"].as_u64().unwrap(), before + 1);
    assert_eq!(sandbox.log().len(), 3, "no page is asked for beyond the last one");
}

#[test]
fn an_order_that_moves_to_the_next_page_is_given_once() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({"count": 250}));
    let client = client_of(&sandbox, json!({}));
    let before: HashSet<Value> = sandbox.orders().iter().map(|order| order["id"].clone()).collect();
    let read = pages(&client, json!({}), |page| {
        if page == 1 {
            sandbox.seed_orders(&json!({"count": 3}));
        }
    });
    let read = read.concat();
    let distinct: HashSet<Value> = read.iter().map(|id| json!(id.parse::<u64>().unwrap())).collect();
    assert_eq!(distinct.len(), read.len(), "an order was given twice");
    assert!(before.is_subset(&distinct), "an order is missing");
}

#[test]
fn no_order_is_left_out_while_those_that_were_read_are_cancelled() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({"count": 450}));
    let client = client_of(&sandbox, json!({}));
    let mut pages = client.orders(Filters::default());
    let mut cancelled = 0;
    while let Some(page) = pages.next_page(|order| order.id.clone(), &mut || false).unwrap() {
        for order in page {
            client.cancel(&order, &mut || false).unwrap();
            cancelled += 1;
        }
    }
    assert_eq!(cancelled, 450);
}

#[test]
fn an_order_is_given_once_however_many_new_ones_come_in_between() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({"count": 300}));
    let client = client_of(&sandbox, json!({}));
    let before: HashSet<String> = pages(&client, json!({}), |_| ()).concat().into_iter().collect();
    let new: Vec<Value> = vec![json!({"date_created_gmt": "2030-01-01T00:00:00"}); 350];
    let read = pages(&client, json!({}), |page| {
        if page == 2 {
            sandbox.seed_orders(&json!(new));
        }
    });
    let read = read.concat();
    let distinct: HashSet<String> = read.iter().cloned().collect();
    assert_eq!(distinct.len(), read.len(), "an order was given twice");
    assert!(before.is_subset(&distinct), "an order is missing");
}

/// A page of orders with these numbers, as the service would answer it.
fn page_of(ids: std::ops::Range<u32>, headers: &Value) -> Value {
    let orders: Vec<Value> = ids.map(|id| json!({"id": id, "status": "completed"})).collect();
    json!({"kind": "status", "status": 200, "headers": headers, "body": orders})
}

#[test]
fn a_service_that_gives_the_same_page_again_and_again_is_not_asked_for_ever() {
    let sandbox = Sandbox::start();
    for headers in [
        json!({"X-WP-Total": "80000", "X-WP-TotalPages": "800"}),
        json!({"X-WP-TotalPages": "800"}),
        json!({}),
    ] {
        for ids in [1..101, 1..1] {
            if headers == json!({}) && ids.is_empty() {
                continue;
            }
            sandbox.reset();
            sandbox.fault_times("orders", 20, page_of(ids, &headers));
            let mut pages = client_of(&sandbox, json!({})).orders(Filters::default());
            let error = loop {
                match pages.next_page(order_id, &mut || false) {
                    Ok(page) => assert!(page.is_some(), "a list of 80,000 orders ended after a page: {headers}"),
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, Error::UnexpectedResponse { .. }), "{error:?}");
            assert!(sandbox.log().len() <= 2, "{headers}");
        }
    }
}

#[test]
fn pages_that_the_service_makes_shorter_are_all_read() {
    let sandbox = Sandbox::start();
    for headers in [
        json!({"X-WP-Total": "120"}),
        json!({"X-WP-Total": "120", "X-WP-TotalPages": "3"}),
    ] {
        for filters in [json!({}), json!({"offset": 0})] {
            for ids in [1..51, 51..101, 101..121] {
                sandbox.fault("orders", page_of(ids, &headers));
            }
            let read = pages(&client_of(&sandbox, json!({})), filters, |_| ());
            assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20], "{headers}");
        }
    }
    let offsets: Vec<Value> = sandbox.log().iter().map(|request| request["query"].clone()).collect();
    assert!(offsets[5].as_str().unwrap().contains("offset=100"), "{offsets:?}");
}

#[test]
fn an_answer_about_another_order_is_not_the_answer_to_a_change() {
    let (sandbox, client, plan) = with_order();
    for index in [0, 1, 3] {
        let (name, call) = CHANGES[index];
        for body in [
            json!({"order_id": 7, "status": "cancelled", "site_id": 1, "url": "https://new.example.com"}),
            json!([7, "cancelled"]),
            json!([42506]),
        ] {
            sandbox.fault(name, json!({"kind": "body", "body": body}));
            assert_eq!(
                call(&client, &plan).unwrap_err().outcome(),
                Outcome::Unknown,
                "{name} {body}"
            );
        }
    }
    let (name, install) = CHANGES[4];
    sandbox.fault(name, json!({"kind": "body", "body": [true]}));
    assert_eq!(install(&client, &plan).unwrap_err().outcome(), Outcome::Unknown);
}

#[test]
fn a_signature_that_the_service_repeats_is_not_shown() {
    let (sandbox, client, plan) = with_order();
    let (name, call) = CHANGES[2];
    call(&client, &plan).unwrap();
    let sent: Value = serde_json::from_str(sandbox.log().pop().unwrap()["body"].as_str().unwrap()).unwrap();
    let signature = sent["signature"].as_str().unwrap();
    let body = json!({"code": "no", "message": format!("Not {signature}."), "data": null});
    sandbox.fault(name, json!({"kind": "status", "status": 403, "body": body}));
    let error = call(&client, &plan).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(signature), "{error}");
}

#[test]
fn an_interrupted_read_is_not_an_unknown_change() {
    let (sandbox, client, _) = with_order();
    sandbox.fault("totals", json!({"kind": "stall", "when": "before"}));
    let error = client.totals(&mut || true).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    sandbox.fault("cancel", json!({"kind": "stall", "when": "before"}));
    let sent = client
        .cancel(&id(&json!(5)), &mut || sandbox.log().len() > 2)
        .unwrap_err();
    assert_eq!(sent.outcome(), Outcome::Unknown);
}

#[test]
fn an_offset_leaves_the_first_orders_out() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({"count": 250}));
    let client = client_of(&sandbox, json!({}));
    let all = pages(&client, json!({}), |_| ()).concat();
    for offset in [0, 30, 100, 249] {
        let read = pages(&client, json!({"offset": offset}), |_| ()).concat();
        assert_eq!(read, all[offset..], "{offset}");
    }
    assert!(pages(&client, json!({"offset": 250}), |_| ()).is_empty());
}

#[test]
fn filters_are_sent_as_the_service_wants_them() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([
        {"status": "cancelled", "date_created_gmt": "2026-01-31T10:00:00"},
        {"status": "refunded", "date_created_gmt": "2026-02-01T10:00:00"},
        {"status": "completed", "date_created_gmt": "2026-02-01T11:00:00", "customer_id": 99}
    ]));
    let client = client_of(&sandbox, json!({}));
    for (filters, expected) in [
        (json!({}), 1),
        (json!({"status": "cancelled"}), 1),
        (json!({"status": "cancelled, refunded"}), 2),
        (json!({"status": ["cancelled", "refunded", "completed"]}), 3),
        (json!({"status": ["cancelled", "refunded"], "after": "2026-02-01"}), 1),
        (
            json!({"status": ["cancelled", "refunded"], "before": "2026-02-01T00:00:00+01:00"}),
            1,
        ),
        (json!({"customer_id": "99"}), 1),
        (json!({"customer_id": 98}), 0),
    ] {
        assert_eq!(
            pages(&client, filters.clone(), |_| ()).concat().len(),
            expected,
            "{filters}"
        );
    }
    for (filters, field) in [
        (json!({"after": "2026-02-01T00:00:00"}), "after"),
        (json!({"after": "yesterday"}), "after"),
        (json!({"before": 5}), "before"),
        (json!({"status": ""}), "status"),
        (json!({"status": []}), "status"),
        (json!({"status": ["Completed"]}), "status"),
        (json!({"status": [5]}), "status"),
        (json!({"customer_id": "x"}), "customer_id"),
        (json!({"offset": -1}), "offset"),
        (json!({"page": 2}), "page"),
    ] {
        match Filters::new(object(filters.clone())).err() {
            Some(Error::InvalidRequest { field: found, .. }) => assert_eq!(found, field, "{filters}"),
            other => panic!("{filters} {other:?}"),
        }
    }
}

#[test]
fn a_page_that_fails_can_be_asked_for_again() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({"count": 150}));
    let mut pages = client_of(&sandbox, json!({})).orders(Filters::default());
    assert_eq!(pages.next_page(order_id, &mut || false).unwrap().unwrap().len(), 100);
    assert_eq!(pages.total(), Some(150));
    sandbox.fault("orders", json!({"kind": "status", "status": 403, "body": "<html>"}));
    assert!(matches!(
        pages.next_page(order_id, &mut || false),
        Err(Error::Api { http_status: 403, .. })
    ));
    assert_eq!(pages.next_page(order_id, &mut || false).unwrap().unwrap().len(), 50);
    assert!(pages.next_page(order_id, &mut || false).unwrap().is_none());
    pages.rewind();
    assert_eq!(pages.next_page(order_id, &mut || false).unwrap().unwrap().len(), 100);
}

#[test]
fn a_connection_that_the_service_has_closed_meanwhile_is_made_again() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({"count": 150}));
    let mut pages = client_of(&sandbox, json!({})).orders(Filters::default());
    assert_eq!(pages.next_page(order_id, &mut || false).unwrap().unwrap().len(), 100);
    sandbox.fault("orders", json!({"kind": "reset", "when": "before"}));
    assert_eq!(pages.next_page(order_id, &mut || false).unwrap().unwrap().len(), 50);
}
