//! Each fault, as a client sees it on the wire.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::http::{Answer, connect, good_request, read, register, request, send};
use crate::support::{KEY, Sandbox, control_request};

const URL: &str = "https://example.com";

fn with_fault(fault: Value) -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.fault("register", fault);
    sandbox
}

fn answer(sandbox: &Sandbox) -> Answer {
    send(sandbox, &good_request(URL)).unwrap()
}

/// Asks until it is so; a test that waits for the whole time has failed.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Nothing comes, and the connection stays open.
fn assert_silent(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let error = stream.read(&mut [0]).expect_err("nothing to read");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

/// Whether the sandbox still holds its end of the connection from this port.
fn is_held(sandbox: &Sandbox, client: SocketAddr) -> bool {
    const TIME_WAIT: &str = "06";
    let end = |address: SocketAddr| format!(":{:04X}", address.port());
    let (server, client) = (end(sandbox.address()), end(client));
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[1].ends_with(&server) && fields[2].ends_with(&client) && fields[3] != TIME_WAIT
    })
}

fn assert_reset(sandbox: &Sandbox) {
    let mut stream = connect(sandbox);
    // A reset that is there before the request is written fails the writing, and the reading then ends as if in peace.
    let written = stream.write_all(good_request(URL).as_bytes());
    let error = written.and_then(|()| read(&mut stream)).err().expect("no answer");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_canned_status_is_not_processed() {
    let sandbox = with_fault(json!({
        "kind": "status", "status": 429, "headers": { "Retry-After": 7, "X-Cdn": "yes" }, "body": "<html>Slow down</html>",
    }));
    let refused = answer(&sandbox);
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("7"));
    assert_eq!(refused.header("x-cdn"), Some("yes"));
    assert_eq!(refused.header("content-type"), Some("text/html; charset=UTF-8"));
    assert_eq!(refused.body, b"<html>Slow down</html>");
    assert!(sandbox.orders().is_empty());
    assert_eq!(sandbox.log()[0]["status"], 429);
    assert_eq!(sandbox.log()[0]["fault"], "status");
}

#[test]
fn a_canned_status_can_be_processed() {
    let fault = json!({ "kind": "status", "status": 500, "body": { "code": "x" }, "process": true });
    let sandbox = with_fault(fault);
    let failed = answer(&sandbox);
    assert_eq!((failed.status, failed.json()), (500, json!({ "code": "x" })));
    assert_eq!(failed.header("content-type"), Some("application/json; charset=UTF-8"));
    assert_eq!(sandbox.orders().len(), 1);
    assert_eq!(sandbox.log()[0]["order_id"], 2_666_930);
}

#[test]
fn a_delay_comes_before_or_after_the_processing() {
    for when in ["before", "after"] {
        let sandbox = with_fault(json!({ "kind": "delay", "ms": 300, "when": when }));
        let start = Instant::now();
        assert_eq!(answer(&sandbox).status, 200);
        assert!(start.elapsed() >= Duration::from_millis(300), "{when}");
    }
}

#[test]
fn a_slow_server_goes_on_without_its_client() {
    let sandbox = with_fault(json!({ "kind": "delay", "ms": 300, "when": "before" }));
    let mut stream = connect(&sandbox);
    stream.write_all(good_request(URL).as_bytes()).unwrap();
    wait_until("the request is read", || sandbox.log().len() == 1);
    assert!(sandbox.orders().is_empty());
    drop(stream);
    wait_until("the order is made", || sandbox.orders().len() == 1);
}

#[test]
fn a_reset_at_connect_comes_before_any_request() {
    let sandbox = with_fault(json!({ "kind": "reset", "when": "connect" }));
    // Nothing is written: an ordinary close would be an end of file.
    let error = connect(&sandbox).read(&mut [0]).expect_err("no connection");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(sandbox.log().is_empty());
    assert_eq!(sandbox.state()["connections"], 1);
    assert_eq!(answer(&sandbox).status, 200);
}

#[test]
fn a_fault_at_connect_waits_for_a_new_connection() {
    let sandbox = Sandbox::start();
    let mut kept = connect(&sandbox);
    let request = good_request(URL).replace("Connection: close\r\n", "");
    for expected_orders in [1, 2] {
        kept.write_all(request.as_bytes()).unwrap();
        wait_until("an answer", || sandbox.orders().len() == expected_orders);
        if expected_orders == 1 {
            sandbox.fault("register", json!({ "kind": "reset", "when": "connect" }));
        }
    }
    assert_eq!(sandbox.state()["faults_waiting"], 1);
    assert_reset(&sandbox);
    assert_eq!(sandbox.state()["faults_waiting"], 0);
}

#[test]
fn a_reset_before_the_processing_leaves_no_order() {
    let sandbox = with_fault(json!({ "kind": "reset", "when": "before" }));
    assert_reset(&sandbox);
    assert_eq!(sandbox.log()[0]["status"], 0);
    assert!(sandbox.orders().is_empty());
}

#[test]
fn a_reset_after_the_processing_leaves_an_order() {
    let sandbox = with_fault(json!({ "kind": "reset", "when": "after" }));
    assert_reset(&sandbox);
    assert_eq!(sandbox.log()[0]["status"], 0);
    assert_eq!(sandbox.orders().len(), 1);
    assert_eq!(register(&sandbox, URL)["access_token_secret"], Value::Null);
}

#[test]
fn a_stall_lasts_until_the_client_goes_away() {
    for (when, orders) in [("handshake", 0), ("before", 0), ("after", 1)] {
        let sandbox = with_fault(json!({ "kind": "stall", "when": when }));
        let mut stream = connect(&sandbox);
        stream.write_all(good_request(URL).as_bytes()).unwrap();
        let requests = usize::from(when != "handshake");
        wait_until("the fault is met", || {
            sandbox.state()["faults_waiting"] == 0
                && sandbox.log().len() == requests
                && sandbox.orders().len() == orders
        });
        assert_silent(&mut stream);
        let client = stream.local_addr().unwrap();
        assert!(is_held(&sandbox, client), "{when}");
        drop(stream);
        wait_until(when, || !is_held(&sandbox, client));
    }
}

#[test]
fn a_stalled_body_stops_in_the_middle() {
    let sandbox = with_fault(json!({ "kind": "stall", "when": "body" }));
    let mut stream = connect(&sandbox);
    stream.write_all(good_request(URL).as_bytes()).unwrap();
    let mut received = Vec::new();
    let body = loop {
        let mut buffer = [0; 1024];
        let size = stream.read(&mut buffer).unwrap();
        received.extend_from_slice(&buffer[..size]);
        let text = String::from_utf8(received.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned();
        let half = length.parse::<usize>().unwrap() / 2;
        assert!(body.len() <= half);
        if body.len() == half {
            break body.to_owned();
        }
    };
    assert!(body.starts_with("{\"customer_id\":"));
    assert_silent(&mut stream);
    assert_eq!(sandbox.orders().len(), 1);
    let client = stream.local_addr().unwrap();
    drop(stream);
    wait_until("the connection ends", || !is_held(&sandbox, client));
}

#[test]
fn a_stall_ends_with_the_sandbox() {
    let mut sandbox = with_fault(json!({ "kind": "stall", "when": "before" }));
    let mut stream = connect(&sandbox);
    stream.write_all(good_request(URL).as_bytes()).unwrap();
    wait_until("the request is read", || sandbox.log().len() == 1);
    assert_eq!(sandbox.stop(), Some(0));
    let mut rest = Vec::new();
    assert_eq!(stream.read_to_end(&mut rest).unwrap_or(0), 0);
}

#[test]
fn a_body_can_be_replaced() {
    let sandbox = Sandbox::start();
    for (body, sent) in [
        (json!("<html>"), "<html>"),
        (json!(""), ""),
        (json!(null), "null"),
        (json!([]), "[]"),
        (json!({ "order_id": 1 }), "{\"order_id\":1}"),
    ] {
        sandbox.fault("register", json!({ "kind": "body", "body": body }));
        let replaced = answer(&sandbox);
        assert_eq!((replaced.status, replaced.body.as_slice()), (200, sent.as_bytes()));
    }
    let fault = json!({ "kind": "body", "body": "ok", "content_type": "text/plain", "status": 201 });
    sandbox.fault("register", fault);
    let replaced = answer(&sandbox);
    assert_eq!(
        (replaced.status, replaced.header("content-type")),
        (201, Some("text/plain"))
    );
    assert_eq!(sandbox.orders().len(), 6);
}

#[test]
fn fields_of_the_answer_can_be_changed() {
    let sandbox = with_fault(json!({
        "kind": "patch", "set": { "order_id": 18_446_744_073_709_551_615_u64, "extra": [1] }, "remove": ["site_id"],
    }));
    let body = String::from_utf8(answer(&sandbox).body).unwrap();
    assert!(
        body.starts_with("{\"customer_id\":1872797,\"order_id\":18446744073709551615,\"access_token\":"),
        "{body}"
    );
    assert!(body.ends_with(",\"extra\":[1]}") && !body.contains("site_id"), "{body}");

    sandbox.fault("orders", json!({ "kind": "patch", "set": { "id": "5" } }));
    let headers = [format!("Authorization: Bearer {KEY}")];
    let list = request("GET", "/wp-json/wccom/host-plan/v2.0/orders", &[&headers[0]], "");
    assert_eq!(send(&sandbox, &list).unwrap().json()[0]["id"], "5");
}

#[test]
fn an_answer_can_be_cut_off() {
    let sandbox = with_fault(json!({ "kind": "truncate", "bytes": 20 }));
    let cut = answer(&sandbox);
    assert_eq!(cut.status, 200);
    assert_eq!(cut.body, b"{\"customer_id\":18727");
    assert!(cut.header("content-length").unwrap().parse::<usize>().unwrap() > 100);
    assert_eq!(sandbox.orders().len(), 1);
    assert_eq!(sandbox.log()[0]["status"], 200);
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size + 2..];
    }
}

fn peak_memory(sandbox: &Sandbox) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", sandbox.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn an_oversized_body_ends_with_the_answer() {
    const SIZE: usize = 100 << 20;
    let sandbox = with_fault(json!({ "kind": "oversize", "bytes": SIZE }));
    let big = answer(&sandbox);
    assert_eq!((big.status, big.header("transfer-encoding")), (200, Some("chunked")));
    let body = unchunk(&big.body);
    assert_eq!(body.len(), SIZE);
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert!(answer["access_token_secret"].is_string());
    assert!(peak_memory(&sandbox) < 50 << 20);
}

#[test]
fn a_gzip_bomb_unpacks_to_the_answer() {
    const SIZE: u64 = 100 << 20;
    let sandbox = with_fault(json!({ "kind": "gzip-bomb", "bytes": SIZE }));
    let bomb = answer(&sandbox);
    assert_eq!((bomb.status, bomb.header("content-encoding")), (200, Some("gzip")));
    let body = unchunk(&bomb.body);
    assert!(body.len() < 1 << 20);
    let mut unpacked = Vec::new();
    GzDecoder::new(body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked.len() as u64, SIZE);
    assert!(unpacked.ends_with(b"\"site_id\":42506}"));
    assert!(peak_memory(&sandbox) < 50 << 20);
}

#[test]
fn a_redirect_is_not_processed() {
    let sandbox = with_fault(json!({ "kind": "redirect", "status": 308, "location": "http://127.0.0.1:9/x" }));
    let redirect = answer(&sandbox);
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (308, Some("http://127.0.0.1:9/x"))
    );
    assert!(sandbox.orders().is_empty());
}

#[test]
fn faults_are_met_in_order_and_by_their_operation() {
    let sandbox = Sandbox::start();
    let status = |status: u16| json!({ "kind": "status", "status": status });
    sandbox.fault("any", status(504));
    sandbox.fault("orders", status(502));
    sandbox.fault_times("register", 2, status(500));
    sandbox.fault("register", status(503));
    let statuses: Vec<u16> = (0..5).map(|_| answer(&sandbox).status).collect();
    assert_eq!(statuses, [500, 500, 503, 504, 200]);
    assert_eq!(sandbox.state()["faults_waiting"], 1);
}

#[test]
fn each_operation_meets_its_own_fault() {
    let sandbox = Sandbox::start();
    let host_plan = "/wp-json/wccom/host-plan";
    let helper = "/wp-json/helper/1.0";
    let operations = [
        ("register", "POST", format!("{host_plan}/v1.0/register")),
        ("register", "POST", format!("{host_plan}/v2.0/register")),
        ("cancel", "POST", format!("{host_plan}/v1.0/cancel")),
        ("update-url", "POST", format!("{host_plan}/v1.0/update-url")),
        ("update-url", "POST", format!("{host_plan}/v2.0/update-url")),
        (
            "update-connected-site",
            "POST",
            format!("{host_plan}/v2.0/update-connected-site"),
        ),
        ("install", "POST", format!("{host_plan}/v2.0/install")),
        ("info", "GET", format!("{host_plan}/v1.0/info")),
        ("product", "GET", format!("{host_plan}/v1.0/info/galleria.json")),
        ("orders", "GET", format!("{host_plan}/v2.0/orders?page=2")),
        ("order", "GET", format!("{host_plan}/v2.0/orders/2666930")),
        (
            "connections",
            "GET",
            format!("{host_plan}/v2.0/orders/2666930/connections"),
        ),
        ("site", "GET", format!("{host_plan}/v2.0/sites/42506")),
        ("totals", "GET", format!("{host_plan}/v2.0/totals")),
        ("me", "GET", format!("{helper}/oauth/me")),
        ("subscriptions", "GET", format!("{helper}/subscriptions/?source=wc-cli")),
        ("activate", "POST", format!("{helper}/activate")),
        ("deactivate", "POST", format!("{helper}/deactivate")),
        ("connection-info", "GET", format!("{helper}/connection-info/?url=x")),
        ("update-check", "POST", format!("{helper}/update-check")),
        ("update-check", "POST", format!("{helper}/update-check-public")),
        ("notices", "GET", format!("{helper}/notices")),
        ("download", "GET", "/plugin-packages/a/a.zip".to_owned()),
        ("download", "GET", "/theme-packages/a/a.zip".to_owned()),
    ];
    for (index, (operation, _, _)) in operations.iter().enumerate() {
        let status = 500 + u16::try_from(index).unwrap();
        sandbox.fault(operation, json!({ "kind": "status", "status": status }));
    }
    for (index, (_, method, path)) in operations.iter().enumerate() {
        let answer = send(&sandbox, &request(method, path, &[], "")).unwrap();
        assert_eq!(usize::from(answer.status), 500 + index, "{path}");
    }
    assert_eq!(sandbox.state()["faults_waiting"], 0);
}

#[test]
fn a_fault_that_cannot_be_is_refused_in_words() {
    let sandbox = Sandbox::start();
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    for (fault, word) in [
        (
            json!({ "operation": "register", "fault": { "kind": "explode" } }),
            "explode",
        ),
        (
            json!({ "operation": "subscribe", "fault": { "kind": "delay", "ms": 1 } }),
            "subscribe",
        ),
        (
            json!({ "operation": "register", "fault": { "kind": "delay", "seconds": 1 } }),
            "seconds",
        ),
        (
            json!({ "operation": "register", "fault": { "kind": "status", "status": 99 } }),
            "status",
        ),
        (
            json!({ "operation": "register", "times": 0, "fault": { "kind": "delay", "ms": 1 } }),
            "times",
        ),
        (
            json!({ "operation": "any", "fault": { "kind": "status", "status": 429, "headers": { "Retry-After": "1\r\n" } } }),
            "Retry-After",
        ),
        (
            json!({ "operation": "any", "fault": { "kind": "status", "status": 429, "headers": { "Retry After": "1" } } }),
            "Retry After",
        ),
        (
            json!({ "operation": "register", "one_in": 0, "fault": { "kind": "delay", "ms": 1 } }),
            "one_in",
        ),
        (
            json!({ "operation": "register", "fault": { "kind": "reset", "when": "after", "code": "no-error" } }),
            "no-error",
        ),
        (
            json!({ "operation": "any", "fault": { "kind": "redirect", "status": 302, "location": "\n" } }),
            "location",
        ),
    ] {
        let (status, answer) = control_request(control_url, "POST", "/faults", &fault);
        assert_eq!(status, 400);
        assert!(answer.contains(word), "{answer}");
    }
    assert_eq!(control_request(control_url, "GET", "/nothing", &Value::Null).0, 404);
    assert_eq!(sandbox.state()["faults_waiting"], 0);
}
