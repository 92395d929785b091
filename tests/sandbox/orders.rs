//! The list of orders: items, filters, pages.

use std::io::{BufReader, Write};

use serde_json::{Value, json};

use crate::http::{Answer, connect, post, read_kept, register, request, send};
use crate::support::{KEY, Sandbox};

const ORDERS: &str = "/wp-json/wccom/host-plan/v2.0/orders";

fn orders(sandbox: &Sandbox, query: &str) -> Answer {
    let path = format!("{ORDERS}{query}");
    send(
        sandbox,
        &request("GET", &path, &[&format!("Authorization: Bearer {KEY}")], ""),
    )
    .unwrap()
}

fn ids(answer: &Answer) -> Vec<u64> {
    let items = answer.json();
    items
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item["id"].as_u64().unwrap())
        .collect()
}

#[test]
fn an_item_is_as_documented() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([{
        "id": 3_960_664, "date_created_gmt": "2026-03-21T19:05:13", "customer_id": 7, "customer_email": "a@example.com",
    }]));
    assert_eq!(
        orders(&sandbox, "").json(),
        json!([{
            "id": 3_960_664,
            "status": "completed",
            "date_created": "2026-03-21T21:05:13",
            "date_created_gmt": "2026-03-21T19:05:13",
            "date_modified": "2026-03-21T21:05:13",
            "date_modified_gmt": "2026-03-21T19:05:13",
            "customer_id": 7,
            "customer_email": "a@example.com",
            "line_items": [{ "name": "eCommerce Plan" }],
        }])
    );
}

#[test]
fn a_registration_is_listed() {
    let sandbox = Sandbox::start();
    let registered = register(&sandbox, "https://example.com");
    let list = orders(&sandbox, "");
    assert_eq!(list.json()[0]["id"], registered["order_id"]);
    assert_eq!(list.json()[0]["customer_id"], registered["customer_id"]);
}

#[test]
fn pages_are_announced_in_the_headers() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({ "count": 45 }));
    let first = orders(&sandbox, "");
    assert_eq!(ids(&first).len(), 20);
    assert_eq!(first.header("x-wp-total"), Some("45"));
    assert_eq!(first.header("x-wp-totalpages"), Some("3"));
    assert_eq!(first.header("cache-control"), Some("max-age=60"));
    let link = |page: u8, rel: &str| format!("<http://127.0.0.1:8080{ORDERS}?page={page}>; rel=\"{rel}\"");
    assert_eq!(first.header("link"), Some(link(2, "next").as_str()));

    let second = orders(&sandbox, "?page=2");
    assert_eq!(
        second.header("link"),
        Some(format!("{}, {}", link(1, "prev"), link(3, "next")).as_str())
    );
    let last = orders(&sandbox, "?page=3");
    assert_eq!(last.header("link"), Some(link(2, "prev").as_str()));

    let all: Vec<u64> = [first, second, last].iter().flat_map(ids).collect();
    let newest_first: Vec<u64> = (2_666_930..2_666_975).rev().collect();
    assert_eq!(all, newest_first);
    assert!(ids(&orders(&sandbox, "?page=4")).is_empty());
}

#[test]
fn a_hundred_thousand_orders_are_read_whole_and_without_duplicates() {
    const COUNT: u64 = 100_000;
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({ "count": COUNT, "since": "2024-01-01T00:00:00" }));
    sandbox.seed_orders(&json!([{ "status": "cancelled" }, { "date_created_gmt": "2019-06-12T19:13:26" }]));
    let mut seen = Vec::new();
    let mut stream = connect(&sandbox);
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let headers = [&*format!("Authorization: Bearer {KEY}")];
    for page in 1..=1_001 {
        let path = format!("{ORDERS}?per_page=100&page={page}");
        let request = request("GET", &path, &headers, "").replace("Connection: close\r\n", "");
        stream.write_all(request.as_bytes()).unwrap();
        let answer = read_kept(&mut answers);
        assert_eq!(answer.header("x-wp-total"), Some("100001"));
        seen.extend(ids(&answer));
    }
    // The one from 2019 is the last, though it came last; the cancelled one is left out.
    let newest_first = (2_666_930..2_666_930 + COUNT).rev();
    assert!(seen.into_iter().eq(newest_first.chain([2_766_931])));
    let dates = |query: &str| orders(&sandbox, query).json()[0]["date_created_gmt"].clone();
    assert_eq!(dates("?offset=99999"), "2024-01-01T00:00:00");
    assert_eq!(dates("?page=1001&per_page=100"), "2019-06-12T19:13:26");
}

#[test]
fn a_list_follows_each_change() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({ "count": 2 }));
    assert_eq!(ids(&orders(&sandbox, "")), [2_666_931, 2_666_930]);
    sandbox.seed_orders(&json!({ "count": 1 }));
    assert_eq!(ids(&orders(&sandbox, "")), [2_666_932, 2_666_931, 2_666_930]);
    post(&sandbox, "v1.0/cancel", &json!({ "order_id": 2_666_931 }));
    assert_eq!(ids(&orders(&sandbox, "")), [2_666_932, 2_666_930]);
    assert_eq!(ids(&orders(&sandbox, "?status=cancelled")), [2_666_931]);
    assert_eq!(ids(&orders(&sandbox, "")), [2_666_932, 2_666_930]);
}

#[test]
fn of_orders_of_one_second_the_higher_number_is_the_newer() {
    let sandbox = Sandbox::start();
    let date = "2026-01-01T10:00:00";
    sandbox.seed_orders(&json!([
        { "date_created_gmt": "2026-01-01T12:00:00" }, { "date_created_gmt": date }, { "date_created_gmt": date },
        { "date_created_gmt": "2026-01-01T11:00:00" },
    ]));
    assert_eq!(ids(&orders(&sandbox, "")), [2_666_930, 2_666_933, 2_666_932, 2_666_931]);
}

#[test]
fn the_state_shows_the_latest_orders_and_counts_all() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({ "count": 1_001 }));
    let state = sandbox.state();
    assert_eq!(state["order_count"], 1_001);
    let shown = state["orders"].as_array().unwrap();
    assert_eq!((shown.len(), &shown[999]["id"]), (1_000, &json!(2_667_930)));
}

#[test]
fn a_link_keeps_the_other_filters() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({ "count": 3 }));
    let first = orders(&sandbox, "?status=completed,cancelled&per_page=1");
    let link =
        format!("<http://127.0.0.1:8080{ORDERS}?status%5B%5D=completed%2Ccancelled&per_page=1&page=2>; rel=\"next\"");
    assert_eq!(first.header("link"), Some(link.as_str()));
    let path = link
        .trim_start_matches("<http://127.0.0.1:8080")
        .split('>')
        .next()
        .unwrap();
    assert_eq!(ids(&orders(&sandbox, path.trim_start_matches(ORDERS))), [2_666_931]);
}

#[test]
fn an_offset_replaces_the_page() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!({ "count": 5 }));
    assert_eq!(ids(&orders(&sandbox, "?offset=3&per_page=100")), [2_666_931, 2_666_930]);
}

#[test]
fn filters_choose_by_status_customer_and_time() {
    let sandbox = Sandbox::start();
    sandbox.seed_orders(&json!([
        { "id": 3_000_001, "date_created_gmt": "2026-01-01T10:00:00", "customer_id": 1 },
        { "id": 3_000_002, "date_created_gmt": "2026-01-01T11:00:00", "customer_id": 2, "status": "cancelled" },
        { "id": 3_000_003, "date_created_gmt": "2026-01-01T12:00:00", "customer_id": 2 },
    ]));
    for (query, expected) in [
        ("", vec![3_000_003, 3_000_001]),
        ("?status=cancelled", vec![3_000_002]),
        ("?status=cancelled,completed", vec![3_000_003, 3_000_002, 3_000_001]),
        (
            "?status[]=cancelled&status[]=completed",
            vec![3_000_003, 3_000_002, 3_000_001],
        ),
        ("?status%5B0%5D=cancelled", vec![3_000_002]),
        ("?customer_id=2", vec![3_000_003]),
        ("?after=2026-01-01T10:00:00Z", vec![3_000_003]),
        ("?after=2026-01-01T11:59:59%2B01:00", vec![3_000_003]),
        ("?before=2026-01-01T12:00:00Z", vec![3_000_001]),
        (
            "?before=2026-01-01T12:00:01Z&after=2026-01-01T09:59:59Z",
            vec![3_000_003, 3_000_001],
        ),
        // Without a zone: the shop's time, two hours ahead.
        ("?after=2026-01-01T13:00:00", vec![3_000_003]),
    ] {
        assert_eq!(ids(&orders(&sandbox, query)), expected, "{query}");
    }
}

#[test]
fn a_filter_out_of_range_is_refused() {
    let sandbox = Sandbox::start();
    for (query, name, code) in [
        ("?per_page=101", "per_page", "rest_out_of_bounds"),
        ("?per_page=0", "per_page", "rest_out_of_bounds"),
        ("?page=0", "page", "rest_out_of_bounds"),
        ("?page=-1", "page", "rest_out_of_bounds"),
        ("?offset=x", "offset", "rest_out_of_bounds"),
        ("?status=any", "status", "rest_not_in_enum"),
        ("?status=", "status", "rest_not_in_enum"),
        ("?after=yesterday", "after", "rest_invalid_date"),
        ("?after=2026-01-01", "after", "rest_invalid_date"),
        ("?before=1767225600", "before", "rest_invalid_date"),
        ("?email=a", "email", "rest_additional_properties_forbidden"),
    ] {
        let answer = orders(&sandbox, query);
        let error = answer.json();
        assert_eq!(
            (answer.status, &error["code"]),
            (400, &json!("rest_invalid_param")),
            "{query}"
        );
        assert_eq!(error["data"]["details"][name]["code"], code, "{query}");
    }
}

#[test]
fn the_key_is_needed() {
    let sandbox = Sandbox::start();
    let answer = send(&sandbox, &request("GET", ORDERS, &[], "")).unwrap();
    assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("rest_forbidden")));
}

#[test]
fn seeds_are_checked_and_a_reset_forgets_all() {
    let sandbox = Sandbox::start();
    let products = sandbox.state()["products"].take();
    assert!(products.as_array().unwrap().len() >= 8);
    register(&sandbox, "https://example.com");
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    for wrong in [
        json!([{ "status": "lost" }]),
        json!([{ "id": 1 }]),
        json!({ "number": 3 }),
        json!({ "count": 1, "since": "yesterday" }),
        json!({ "count": 1, "status": "lost" }),
        json!([{ "emial": "" }]),
    ] {
        let (status, answer) = crate::support::control_request(control_url, "POST", "/orders", &wrong);
        assert_eq!(status, 400, "{wrong}");
        assert!(serde_json::from_str::<Value>(&answer).unwrap()["error"].is_string());
    }
    sandbox.fault(
        "register",
        json!({ "kind": "redirect", "status": 302, "location": "/" }),
    );
    sandbox.reset();
    let state = sandbox.state();
    assert_eq!(
        state,
        json!({
            "orders": [], "order_count": 0, "sites": [], "site_count": 0, "products": products, "connections": 0,
            "faults_waiting": 0, "faults_standing": 0,
        })
    );
    assert!(sandbox.log().is_empty());
    assert!(register(&sandbox, "https://example.com")["access_token_secret"].is_string());
}
