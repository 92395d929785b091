//! The links to the products' files, and the files.

use std::io::{Cursor, Read};

use serde_json::{Value, json};
use zip::ZipArchive;

use crate::http::{Answer, get, request, send};
use crate::support::{KEY, Sandbox, control_request};

fn control(sandbox: &Sandbox, path: &str, body: &Value) {
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    assert_eq!(control_request(control_url, "POST", path, body).0, 200);
}

/// The link without scheme and host.
fn link(sandbox: &Sandbox, slug: &str) -> String {
    let info = get(sandbox, &format!("v1.0/info/{slug}.json")).json();
    let link = info["download_link"].as_str().unwrap();
    link.strip_prefix("http://127.0.0.1:8080").expect(link).to_owned()
}

fn download(sandbox: &Sandbox, link: &str) -> Answer {
    send(sandbox, &request("GET", link, &[], "")).unwrap()
}

fn assert_xml(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("application/xml"))
    );
    let body = String::from_utf8(answer.body.clone()).unwrap();
    assert!(body.contains(&format!("<Code>{code}</Code>")), "{body}");
}

fn file(zip: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut content = String::new();
    archive.by_name(name).expect(name).read_to_string(&mut content).unwrap();
    content
}

fn header<'a>(content: &'a str, name: &str) -> &'a str {
    let start = format!("{name}: ");
    let line = content
        .lines()
        .find_map(|line| line.trim_start_matches(" * ").strip_prefix(&start));
    line.expect(name)
}

#[test]
fn a_link_has_the_documented_shape() {
    let sandbox = Sandbox::start();
    let (path, query) = link(&sandbox, "galleria")
        .split_once('?')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_eq!(path, "/theme-packages/galleria/galleria.zip");
    let pairs: Vec<(&str, &str)> = query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["AWSAccessKeyId", "Expires", "Signature"]);
    let expires: i64 = pairs[1].1.parse().unwrap();
    let lifetime = expires - jiff::Timestamp::now().as_second();
    assert!((3_590..=3_600).contains(&lifetime), "{lifetime}");
    assert!(pairs[2].1.ends_with("%3D"), "{query}");
}

#[test]
fn a_plugin_is_one_that_wordpress_and_woocommerce_recognize() {
    let sandbox = Sandbox::start();
    let answer = download(&sandbox, &link(&sandbox, "dynamic-pricing"));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/zip"))
    );
    assert_eq!(
        answer.header("content-length"),
        Some(answer.body.len().to_string().as_str())
    );
    let main = file(&answer.body, "dynamic-pricing/dynamic-pricing.php");
    assert!(main.starts_with("<?php\n"));
    assert_eq!(header(&main, "Plugin Name"), "Dynamic Pricing");
    assert_eq!(header(&main, "Version"), "3.1.13");
    let (id, file_id) = header(&main, "Woo").split_once(':').unwrap();
    assert_eq!(id, "18643");
    assert!(file_id.len() == 32 && file_id.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn a_theme_is_one_too() {
    let sandbox = Sandbox::start();
    let answer = download(&sandbox, &link(&sandbox, "galleria"));
    let style = file(&answer.body, "galleria/style.css");
    assert_eq!(
        (header(&style, "Theme Name"), header(&style, "Version")),
        ("Galleria", "2.2.17")
    );
    assert!(header(&style, "Woo").starts_with("18609:"));
    assert!(file(&answer.body, "galleria/index.php").contains("wp_head"));
}

#[test]
fn the_file_is_of_the_latest_version() {
    let sandbox = Sandbox::start();
    let link = link(&sandbox, "galleria");
    let before = file(&download(&sandbox, &link).body, "galleria/style.css");
    control(
        &sandbox,
        "/products",
        &json!({ "slug": "galleria", "version": "3.0", "code": "// added" }),
    );
    let body = download(&sandbox, &link).body;
    let after = file(&body, "galleria/style.css");
    assert_eq!(header(&after, "Version"), "3.0");
    assert_eq!(header(&after, "Woo"), header(&before, "Woo"));
    assert!(file(&body, "galleria/functions.php").contains("// added"));
}

#[test]
fn a_file_can_have_any_size() {
    let sandbox = Sandbox::start();
    for size in [2_000, 5_000_000] {
        control(
            &sandbox,
            "/products",
            &json!({ "slug": "dynamic-pricing", "file_size": size }),
        );
        let answer = download(&sandbox, &link(&sandbox, "dynamic-pricing"));
        assert_eq!(answer.body.len(), size);
        file(&answer.body, "dynamic-pricing/dynamic-pricing.php");
    }
}

#[test]
fn an_expired_link_is_refused_and_a_fresh_one_is_not() {
    let sandbox = Sandbox::start_with(&["--link-lifetime", "0"]);
    let expired = link(&sandbox, "galleria");
    let answer = download(&sandbox, &expired);
    assert_xml(&answer, 403, "AccessDenied");
    assert!(
        String::from_utf8(answer.body)
            .unwrap()
            .contains("<Message>Request has expired</Message>")
    );
    control(&sandbox, "/links", &json!({ "lifetime": 60 }));
    assert_eq!(download(&sandbox, &link(&sandbox, "galleria")).status, 200);
    assert_eq!(download(&sandbox, &expired).status, 403);
    assert_eq!(sandbox.log()[1]["error"], "AccessDenied");
}

#[test]
fn a_link_that_was_changed_is_refused() {
    let sandbox = Sandbox::start();
    let good = link(&sandbox, "galleria");
    let (path, query) = good.split_once('?').unwrap();
    let other_path = link(&sandbox, "artificer");
    let other_path = other_path.split('?').next().unwrap();
    let longer = query.replace("Expires=1", "Expires=2");
    for changed in [
        format!("{path}?{longer}"),
        format!("{path}?{query}x"),
        format!("{other_path}?{query}"),
    ] {
        assert_xml(&download(&sandbox, &changed), 403, "SignatureDoesNotMatch");
    }
    assert_xml(&download(&sandbox, path), 403, "AccessDenied");
    let never = query.replace("Expires=", "Expires=x");
    assert_xml(&download(&sandbox, &format!("{path}?{never}")), 403, "AccessDenied");
    assert_eq!(download(&sandbox, &good).status, 200);
}

#[test]
fn a_key_that_is_sent_along_is_refused() {
    let sandbox = Sandbox::start();
    let link = link(&sandbox, "galleria");
    let with_key = request("GET", &link, &[&format!("Authorization: Bearer {KEY}")], "");
    assert_xml(&send(&sandbox, &with_key).unwrap(), 400, "InvalidArgument");
    assert_eq!(sandbox.log().last().unwrap()["authorization"], "ok");
    download(&sandbox, &link);
    assert_eq!(sandbox.log().last().unwrap()["authorization"], "missing");
}

#[test]
fn a_download_meets_its_faults() {
    let sandbox = Sandbox::start();
    let link = link(&sandbox, "galleria");
    let whole = download(&sandbox, &link).body;
    sandbox.fault("download", json!({ "kind": "truncate", "bytes": 100 }));
    let cut = download(&sandbox, &link);
    assert_eq!(cut.body, whole[..100]);
    assert_eq!(cut.header("content-length"), Some(whole.len().to_string().as_str()));
    sandbox.fault(
        "download",
        json!({ "kind": "body", "body": "<html>", "content_type": "text/html" }),
    );
    assert_eq!(download(&sandbox, &link).body, b"<html>");
    sandbox.fault("download", json!({ "kind": "status", "status": 503 }));
    assert_eq!(get(&sandbox, "v1.0/info/galleria.json").status, 200);
    assert_eq!(download(&sandbox, &link).status, 503);
    sandbox.fault("download", json!({ "kind": "reset", "when": "before" }));
    assert!(send(&sandbox, &request("GET", &link, &[], "")).is_err());
}

#[test]
fn no_line_shows_a_signature() {
    let sandbox = Sandbox::start();
    let link = link(&sandbox, "galleria");
    download(&sandbox, &link);
    let lines = sandbox.stderr();
    assert!(
        lines.contains("GET /theme-packages/galleria/galleria.zip 200\n"),
        "{lines}"
    );
    assert!(!lines.contains("Signature") && !lines.contains("Expires"), "{lines}");
}
