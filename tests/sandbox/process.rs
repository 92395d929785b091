//! The program: how it starts, and how it ends.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::http::{good_request, request, send};
use crate::support::Sandbox;

fn run(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_wccom-host-sandbox");
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn the_ready_file_says_what_the_first_line_says() {
    let sandbox = Sandbox::start_tls();
    let file: Value = serde_json::from_slice(&fs::read(sandbox.ready_file()).unwrap()).unwrap();
    assert_eq!(&file, sandbox.ready());
    assert_eq!(file["pid"], sandbox.pid());
    assert!(
        fs::read_to_string(sandbox.ca_file())
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    assert!(
        file["helper_base_url"]
            .as_str()
            .unwrap()
            .ends_with("/wp-json/helper/1.0")
    );
}

#[test]
fn it_ends_when_standard_input_closes() {
    let mut sandbox = Sandbox::start_tls();
    let (ready_file, ca_file) = (sandbox.ready_file(), sandbox.ca_file().to_owned());
    assert_eq!(sandbox.stop(), Some(0));
    assert!(!ready_file.exists() && !ca_file.exists());
}

#[test]
fn it_ends_on_a_signal() {
    for signal in ["TERM", "INT"] {
        // Without --exit-with-stdin a sandbox whose test has failed would stay: this one ends when it is dropped.
        let mut sandbox = Sandbox::start();
        // The shell's own kill, since not every system has the program.
        let kill = Command::new("sh")
            .args(["-c", &format!("kill -s {signal} {}", sandbox.pid())])
            .status()
            .unwrap();
        assert!(kill.success());
        assert_eq!(sandbox.wait(), Some(0), "{signal}");
    }
}

#[test]
fn a_start_that_fails_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with(&format!("wccom-host-sandbox: cannot listen on {address}: ")),
        "{error}"
    );

    let output = run(&["--ready-file", "/nowhere/ready.json"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("cannot write /nowhere/ready.json"), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn wrong_arguments_are_exit_code_2() {
    for arguments in [
        ["--tls", "--exit-with-stdin"].as_slice(),
        &["--install-answer", "maybe"],
        &["--product-types", "plugin"],
        &["--link-lifetime", "-1"],
        &["--cert-fault", "expired"],
        &["--key", ""],
        &["--key", "two words"],
        &["--control-listen", "0.0.0.0:0"],
        &["--repeat-token", "other"],
        &["--per-second", "0"],
        &["--max-requests-per-connection", "0"],
        &["--max-concurrent-streams", "0"],
        &["--log-size", "-1"],
        &["--port", "8080"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn the_key_in_the_environment_is_not_shown() {
    let output = Command::new(env!("CARGO_BIN_EXE_wccom-host-sandbox"))
        .arg("--help")
        .env("WCCOM_HOST_SANDBOX_KEY", "from-the-environment")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(
        !String::from_utf8(output.stdout)
            .unwrap()
            .contains("from-the-environment")
    );
}

#[test]
fn help_shows_every_fault_and_endpoint() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for kind in [
        "status",
        "delay",
        "reset",
        "goaway",
        "stall",
        "body",
        "patch",
        "truncate",
        "oversize",
        "gzip-bomb",
        "redirect",
    ] {
        assert!(help.contains(&format!("{{\"kind\":\"{kind}\"")), "{kind}");
    }
    for path in [
        "/v1.0/register",
        "/v2.0/register",
        "/v1.0/cancel",
        "/v1.0/update-url",
        "/v2.0/update-url",
        "/v2.0/update-connected-site",
        "/v2.0/install",
        "/v1.0/info",
        "/v1.0/info/<slug>.json",
        "/v2.0/orders",
        "/v2.0/orders/<id>",
        "/v2.0/orders/<id>/connections",
        "/v2.0/sites/<id>",
        "/v2.0/totals",
        "/oauth/me",
        "/oauth/invalidate_token",
        "/subscriptions",
        "/activate",
        "/deactivate",
        "/connection-info",
        "/update-check",
        "/update-check-public",
        "/notices",
        "/product-usage-notice-rules",
        "/_sandbox/faults",
        "/_sandbox/log",
        "/_sandbox/state",
        "/_sandbox/state/count",
        "/_sandbox/sites",
        "/_sandbox/orders",
        "/_sandbox/products",
        "/_sandbox/links",
        "/_sandbox/reset",
    ] {
        let is_shown = help
            .lines()
            .any(|line| line.split_whitespace().any(|word| word.ends_with(path)));
        assert!(is_shown, "{path}");
    }
}

#[test]
fn each_fault_of_the_manual_is_accepted() {
    let sandbox = Sandbox::start();
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    let examples = help
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("{\"kind\":"));
    let mut count = 0;
    for example in examples {
        sandbox.fault("any", serde_json::from_str(example).expect(example));
        count += 1;
    }
    assert!(count >= 12, "{count}");
}

#[test]
fn lines_can_go_to_a_file() {
    let folder = std::env::temp_dir().join(format!("wccom-host-sandbox-log-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("requests.log");
    let sandbox = Sandbox::start_with(&["--log-file", file.to_str().unwrap()]);
    send(&sandbox, &good_request("https://example.com")).unwrap();
    assert!(
        fs::read_to_string(&file)
            .unwrap()
            .contains("/v2.0/register 200 order 2666930\n")
    );
    assert_eq!(sandbox.stderr(), "");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_service_shows_its_control_api_to_this_machine() {
    let sandbox = Sandbox::start();
    let answer = send(&sandbox, &request("GET", "/_sandbox/state", &[], "")).unwrap();
    assert_eq!((answer.status, &answer.json()["connections"]), (200, &Value::from(1)));
    assert!(sandbox.log().is_empty());
}
