//! Faults by share, limits, and what is kept of many requests.

use std::collections::HashSet;
use std::io::Write;

use serde_json::{Value, json};

use crate::http::{connect, good_request, read_kept, register, send};
use crate::support::{Sandbox, control_request};

/// The statuses of that many registers, each of another site, one after the other on connections as they are kept open.
fn statuses(sandbox: &Sandbox, count: usize) -> Vec<u16> {
    let mut stream = connect(sandbox);
    let mut statuses = Vec::new();
    for number in 0..count {
        let request = good_request(&format!("https://site-{number}.example")).replace("Connection: close\r\n", "");
        stream.write_all(request.as_bytes()).unwrap();
        let answer = read_kept(&mut stream);
        if answer.header("connection") == Some("close") {
            stream = connect(sandbox);
        }
        statuses.push(answer.status);
    }
    statuses
}

fn stand(sandbox: &Sandbox, request: &Value) {
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    let (status, answer) = control_request(control_url, "POST", "/faults", request);
    assert_eq!(status, 200, "{answer}");
}

fn status(operation: &str, one_in: u32, status: u16) -> Value {
    json!({ "operation": operation, "one_in": one_in, "fault": { "kind": "status", "status": status } })
}

#[test]
fn one_of_each_so_many_requests_meets_a_standing_fault() {
    let sandbox = Sandbox::start();
    stand(&sandbox, &status("register", 10, 500));
    let met = statuses(&sandbox, 100);
    let places: Vec<usize> = met
        .chunks(10)
        .map(|row| {
            assert_eq!(row.iter().filter(|status| **status == 500).count(), 1, "{row:?}");
            row.iter().position(|status| *status == 500).unwrap()
        })
        .collect();
    let different: HashSet<_> = places.iter().collect();
    assert!(different.len() > 3, "not in step with anything: {places:?}");
    assert_eq!(sandbox.state()["faults_standing"], 1);

    let again = Sandbox::start();
    stand(&again, &status("register", 10, 500));
    assert_eq!(statuses(&again, 100), met, "the same in each run");
}

#[test]
fn several_faults_stand_together_and_are_met_by_their_share() {
    let sandbox = Sandbox::start();
    stand(&sandbox, &status("register", 10, 500));
    stand(&sandbox, &status("register", 10, 502));
    stand(&sandbox, &status("orders", 1, 503));
    stand(&sandbox, &status("any", 20, 504));
    sandbox.fault("register", json!({ "kind": "status", "status": 418 }));
    let met = statuses(&sandbox, 200);
    let count = |status: u16| met.iter().filter(|met| **met == status).count();
    assert_eq!(count(500), 20);
    // One in ten of the 180 that are left, and so on; a row is perhaps not complete.
    assert_eq!(count(502), 18);
    assert_eq!(count(418), 1);
    assert!((8..=9).contains(&count(504)), "{}", count(504));
    assert_eq!(count(200), 200 - 20 - 18 - 1 - count(504));
}

#[test]
fn a_standing_fault_ends_after_its_times_or_when_it_is_deleted() {
    let sandbox = Sandbox::start();
    let mut twice = status("register", 1, 500);
    twice["times"] = json!(2);
    stand(&sandbox, &twice);
    assert_eq!(sandbox.state()["faults_waiting"], 2);
    assert_eq!(statuses(&sandbox, 3), [500, 500, 200]);

    stand(&sandbox, &status("register", 1, 500));
    assert_eq!(statuses(&sandbox, 2), [500, 500]);
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    let (status, answer) = control_request(control_url, "DELETE", "/faults", &Value::Null);
    assert_eq!(
        (status, answer.as_str()),
        (200, r#"{"faults_waiting":0,"faults_standing":0}"#)
    );
    assert_eq!(statuses(&sandbox, 1), [200]);
}

#[test]
fn a_share_of_the_connections_can_break() {
    let sandbox = Sandbox::start();
    let fault = json!({ "kind": "reset", "when": "connect" });
    stand(&sandbox, &json!({ "operation": "any", "one_in": 4, "fault": fault }));
    let broken = (0..20).filter(|_| send(&sandbox, &good_request("https://example.com")).is_err());
    assert_eq!(broken.count(), 5);
}

#[test]
fn registers_beyond_the_rate_are_turned_away_for_a_second() {
    let sandbox = Sandbox::start_with(&["--per-second", "5"]);
    let met = statuses(&sandbox, 6);
    // A test that takes long enough is let through further.
    assert_eq!(met[..5], [200; 5]);
    let answer = (0..1_000)
        .map(|_| send(&sandbox, &good_request("https://beyond.example")).unwrap())
        .find(|answer| answer.status != 200)
        .expect("one that is turned away");
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    assert_eq!(answer.json()["code"], "too_many_requests");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(register(&sandbox, "https://beyond.example")["access_token_secret"].is_string());
}

#[test]
fn the_last_answer_of_a_connection_says_so() {
    let sandbox = Sandbox::start_with(&["--max-requests-per-connection", "2"]);
    assert_eq!(statuses(&sandbox, 5), [200; 5]);
    assert_eq!(sandbox.state()["connections"], 3);
    assert!(sandbox.log().iter().all(|entry| entry["protocol"] == "HTTP/1.1"));

    let sandbox = Sandbox::start();
    sandbox.fault("register", json!({ "kind": "goaway" }));
    assert_eq!(statuses(&sandbox, 3), [200; 3]);
    assert_eq!(sandbox.state()["connections"], 2);
}

#[test]
fn the_log_keeps_the_latest_requests() {
    for (arguments, kept) in [
        ([].as_slice(), 1_000),
        (&["--log-size", "5"], 5),
        (&["--log-size", "0"], 0),
    ] {
        let sandbox = Sandbox::start_with(arguments);
        statuses(&sandbox, 1_010);
        let log = sandbox.log();
        assert_eq!(log.len(), kept);
        assert_eq!(sandbox.stderr().is_empty(), kept == 0);
        if kept > 0 {
            assert_eq!(
                (&log[0]["seq"], &log[kept - 1]["seq"]),
                (&json!(1_011 - kept), &json!(1_010))
            );
            assert_eq!(log[kept - 1]["order_id"], 2_666_930 + 1_009);
        }
    }
}

#[test]
fn orders_and_sites_are_counted() {
    let sandbox = Sandbox::start();
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    let count = || -> Value {
        let (_, answer) = control_request(control_url, "GET", "/state/count", &Value::Null);
        serde_json::from_str(&answer).unwrap()
    };
    statuses(&sandbox, 1_005);
    let all = json!({ "orders": 1_005, "sites": 1_005, "addresses": 1_005, "most_orders_of_a_site": 1 });
    assert_eq!(count(), all);
    let state = sandbox.state();
    assert_eq!(
        (&state["order_count"], &state["site_count"]),
        (&json!(1_005), &json!(1_005))
    );
    assert_eq!(state["sites"].as_array().unwrap().len(), 1_000);
    assert_eq!(state["sites"][999]["url"], "https://site-1004.example");
    register(&sandbox, "https://SITE-7.example/");
    let all = json!({ "orders": 1_006, "sites": 1_005, "addresses": 1_006, "most_orders_of_a_site": 2 });
    assert_eq!(count(), all);
}

#[test]
fn the_sites_are_listed_with_what_they_were_given() {
    let sandbox = Sandbox::start();
    let given = register(&sandbox, "https://a.example");
    let body = json!({ "url": "https://b.example", "order_id": given["order_id"] });
    crate::http::post(&sandbox, "v2.0/update-connected-site", &body);
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    let (_, lines) = control_request(control_url, "GET", "/sites", &Value::Null);
    let sites: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        json!({
            "site_id": given["site_id"], "url": "https://a.example",
            "access_tokens": [given["access_token"]], "access_token_secret": given["access_token_secret"],
        }),
        json!({ "site_id": 42_507, "url": "https://b.example", "access_tokens": [], "access_token_secret": null }),
    ];
    assert_eq!(sites, expected);
}
