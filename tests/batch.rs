//! Many registrations at once, against a running sandbox: what is sent, what the caller gets, what the journal knows
//! meanwhile, and how the batch reacts to a service that is busy, broken or gone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use support::client::{Folder, TOKEN, object};
use support::{KEY, Sandbox};
use wccom_host::batch::{self, BatchOptions, Caller, Stopped, Summary};
use wccom_host::client::{Registered, SiteRegistration};
use wccom_host::config::{Config, SiteOptions};
use wccom_host::endpoints::register::RegisterRequest;
use wccom_host::error::{Error, Outcome, Result};
use wccom_host::site_url::SiteUrl;

type Next<'a> = Box<dyn FnMut(usize) -> Option<String> + 'a>;
type Take<'a> = Box<dyn FnMut(&str, &Result<Registered>) -> bool + 'a>;

/// A caller that numbers its sites, and remembers what it got.
struct Sites<'a> {
    next: Next<'a>,
    take: Take<'a>,
    read: usize,
    results: BTreeMap<String, Result<Registered>>,
    home_urls: Vec<&'static str>,
    stop: bool,
}

impl<'a> Sites<'a> {
    fn new(addresses: impl IntoIterator<Item = String> + 'a) -> Self {
        let mut addresses: Vec<String> = addresses.into_iter().collect();
        addresses.reverse();
        Self {
            next: Box::new(move |_| addresses.pop()),
            take: Box::new(|_, _| true),
            read: 0,
            results: BTreeMap::new(),
            home_urls: Vec::new(),
            stop: false,
        }
    }

    fn taking(mut self, take: impl FnMut(&str, &Result<Registered>) -> bool + 'a) -> Self {
        self.take = Box::new(take);
        self
    }

    fn run(&mut self, sandbox: &Sandbox, options: Value) -> Summary {
        run(self, sandbox.base_url(), options).unwrap()
    }

    fn secrets(&self) -> BTreeMap<String, String> {
        let secret = |(key, result): (&String, &Result<Registered>)| {
            let registered = result.as_ref().ok()?;
            Some((key.clone(), registered.auth.access_token_secret.clone()))
        };
        self.results.iter().filter_map(secret).collect()
    }

    fn failures(&self) -> Vec<(&str, &Error)> {
        self.results
            .iter()
            .filter_map(|(key, result)| Some((key.as_str(), result.as_ref().err()?)))
            .collect()
    }
}

impl Caller for Sites<'_> {
    type Key = String;

    fn next(&mut self) -> Option<(String, Result<SiteRegistration>)> {
        let url = (self.next)(self.read)?;
        self.read += 1;
        let request =
            json!({"url": url, "wpcom_access_token": TOKEN, "metadata": {"customer_email": "ada@example.com"}});
        let site = RegisterRequest::new(object(request), None).map(|request| SiteRegistration {
            request,
            options: SiteOptions {
                home_url: (!self.home_urls.is_empty())
                    .then(|| SiteUrl::parse("home_url", self.home_urls.remove(0).to_owned()).unwrap()),
                ..SiteOptions::default()
            },
        });
        Some((format!("{:06} {url}", self.read), site))
    }

    fn take(&mut self, key: String, result: Result<Registered>) -> bool {
        let goes_on = (self.take)(&key, &result);
        assert!(self.results.insert(key, result).is_none(), "a result was given twice");
        goes_on
    }

    fn interrupted(&mut self) -> bool {
        self.stop
    }
}

fn run(sites: &mut Sites, base_url: &str, options: Value) -> Result<Summary> {
    let mut all = object(json!({"key": KEY, "timeout": 5, "base_url": base_url}));
    all.extend(object(options));
    let options = BatchOptions::take(&mut all)?;
    batch::run(Config::new(all, |_| None, |_| None)?, options, sites)
}

fn shops(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("https://shop-{number}.example.com"))
}

fn tls(sandbox: &Sandbox) -> Value {
    json!({"ca_file": sandbox.ca_file()})
}

fn with(mut options: Value, more: Value) -> Value {
    options.as_object_mut().unwrap().extend(object(more));
    options
}

/// Every count, to see that nothing is counted twice or not at all.
fn sum(summary: &Summary) -> u64 {
    summary.registered
        + summary.from_journal
        + summary.closed
        + summary.refused
        + summary.not_sent
        + summary.unknown
        + summary.secret_unavailable
        + summary.invalid
        + summary.duplicate
        + summary.skipped
        + summary.to_send
}

fn distinct(orders: &[Value], field: &str) -> usize {
    orders
        .iter()
        .map(|order| order[field].to_string())
        .collect::<HashSet<_>>()
        .len()
}

#[test]
fn registers_every_site_once_over_one_connection() {
    let sandbox = Sandbox::start_tls();
    let mut sites = Sites::new(shops(200));
    let summary = sites.run(&sandbox, tls(&sandbox));
    assert_eq!(
        (summary.total, summary.registered, summary.sent, summary.stopped),
        (200, 200, 200, None)
    );
    assert_eq!(sum(&summary), 200);
    assert_eq!(sandbox.orders().len(), 200);
    assert_eq!(distinct(&sandbox.orders(), "site_id"), 200);
    for (key, result) in &sites.results {
        let registered = result.as_ref().unwrap();
        assert_eq!(registered.auth.url, key.split_once(' ').unwrap().1);
        assert!(!registered.auth.access_token_secret.is_empty() && !registered.from_journal && !registered.journaled);
    }
    let log = sandbox.log();
    assert!(log.iter().all(|entry| entry["protocol"] == "HTTP/2.0"), "{:?}", log[0]);
    assert_eq!(distinct(&log, "connection"), 1);
}

#[test]
fn sends_the_same_head_and_body_over_http_1_and_http_2() {
    let seen = |sandbox: &Sandbox, options: Value| {
        assert_eq!(Sites::new(shops(1)).run(sandbox, options).registered, 1);
        let entry = sandbox.log().remove(0);
        let mut headers = object(entry["headers"].clone());
        headers.remove("host");
        let mut names: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        names.sort();
        (entry["protocol"].clone(), names, entry["body"].clone())
    };
    let (plain, tls_sandbox) = (Sandbox::start(), Sandbox::start_tls());
    let over_http_1 = seen(&plain, json!({}));
    let over_http_2 = seen(&tls_sandbox, tls(&tls_sandbox));
    assert_eq!(
        (&over_http_1.0, &over_http_2.0),
        (&json!("HTTP/1.1"), &json!("HTTP/2.0"))
    );
    assert_eq!(over_http_1.1, over_http_2.1);
    assert_eq!(over_http_1.2, over_http_2.2);
}

#[test]
fn a_certificate_that_is_not_trusted_ends_the_batch_with_nothing_sent() {
    let sandbox = Sandbox::start_with(&["--tls", "--cert-fault", "untrusted"]);
    let mut sites = Sites::new(shops(100));
    let summary = sites.run(&sandbox, with(tls(&sandbox), json!({"concurrency": 4})));
    assert_eq!(
        (summary.stopped, summary.sent, summary.unknown),
        (Some(Stopped::Failing), 0, 0)
    );
    let (_, error) = sites.failures()[0];
    assert!(matches!(error, Error::Connection { retryable: false, .. }), "{error}");
    assert_eq!(sandbox.log().len(), 0);
}

#[test]
fn a_handshake_that_stalls_is_not_sent_and_all_wait_for_the_same_one() {
    let sandbox = Sandbox::start_tls();
    sandbox.fault_times("any", 100, json!({"kind": "stall", "when": "handshake"}));
    let mut sites = Sites::new(shops(16));
    let summary = sites.run(
        &sandbox,
        with(tls(&sandbox), json!({"connect_timeout": 0.3, "timeout": 0.5})),
    );
    assert_eq!((summary.not_sent, summary.unknown), (16, 0));
    assert!(
        sites
            .failures()
            .iter()
            .all(|(_, error)| matches!(error, Error::Connection { retryable: true, .. }))
    );
}

#[test]
fn a_new_connection_follows_one_that_was_reset_and_only_what_it_carried_is_unknown() {
    let sandbox = Sandbox::start_tls();
    sandbox.fault_one_in(
        "register",
        100,
        json!({"kind": "reset", "when": "after", "scope": "connection"}),
    );
    let mut sites = Sites::new(shops(300));
    let summary = sites.run(&sandbox, with(tls(&sandbox), json!({"concurrency": 4})));
    assert_eq!((summary.registered + summary.unknown, summary.stopped), (300, None));
    assert!((3..=12).contains(&summary.unknown), "{summary:?}");
    assert_eq!(
        sandbox
            .orders()
            .iter()
            .filter(|order| order["site_id"].is_null())
            .count(),
        0
    );
    assert_eq!(distinct(&sandbox.orders(), "site_id"), sandbox.orders().len());
}

#[test]
fn keeps_just_so_many_in_flight_and_reads_no_further() {
    let sandbox = Sandbox::start();
    sandbox.fault_times("register", 60, json!({"kind": "stall", "when": "after"}));
    let mut sites = Sites::new(shops(60));
    sites.stop = true;
    let summary = sites.run(&sandbox, json!({"concurrency": 7, "timeout": 1}));
    assert_eq!((sites.read, summary.unknown), (7, 7));
    assert_eq!(sandbox.orders().len(), 7);
}

#[test]
fn a_site_that_comes_twice_is_sent_once() {
    let sandbox = Sandbox::start();
    let again = ["https://shop-3.example.com/", "HTTPS://Shop-4.Example.COM"].map(str::to_owned);
    let mut sites = Sites::new(shops(10).chain(again));
    let summary = sites.run(&sandbox, json!({}));
    assert_eq!((summary.registered, summary.duplicate, summary.total), (10, 2, 12));
    assert_eq!(sandbox.orders().len(), 10);
    let failures = sites.failures();
    assert!(
        failures.len() == 2 && failures.iter().all(|(_, error)| matches!(error, Error::DuplicateSite)),
        "{failures:?}"
    );
}

#[test]
fn one_address_under_two_home_urls_is_one_site() {
    let sandbox = Sandbox::start();
    let mut sites = Sites::new(["https://x.example.com".to_owned(), "https://x.example.com".to_owned()]);
    sites.home_urls = vec!["https://a.example.com", "https://b.example.com"];
    let summary = sites.run(&sandbox, json!({}));
    assert_eq!((summary.registered, summary.duplicate), (1, 1));
    assert_eq!(sandbox.orders().len(), 1);
}

#[test]
fn a_wrong_request_is_reported_and_the_others_go_on() {
    let sandbox = Sandbox::start();
    let wrong = ["ftp://example.com", "", "https://example.com/?x"].map(str::to_owned);
    let mut sites = Sites::new(wrong.into_iter().chain(shops(5)));
    let summary = sites.run(&sandbox, json!({}));
    assert_eq!((summary.registered, summary.invalid, sum(&summary)), (5, 3, 8));
    assert_eq!(sandbox.log().len(), 5);
}

#[test]
fn the_next_run_sends_nothing_and_gives_the_same_secrets() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let journal = json!({"journal": folder.path()});
    let mut first = Sites::new(shops(50));
    assert_eq!(first.run(&sandbox, journal.clone()).registered, 50);
    assert!(first.results.values().all(|result| result.as_ref().unwrap().journaled));

    let mut second = Sites::new(shops(60));
    let summary = second.run(&sandbox, journal);
    assert_eq!((summary.from_journal, summary.registered, summary.sent), (50, 10, 10));
    assert_eq!(sandbox.orders().len(), 60);
    let secrets = second.secrets();
    assert!(first.secrets().iter().all(|(key, secret)| secrets[key] == *secret));
}

#[test]
fn a_site_with_an_unknown_outcome_is_never_sent_again() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let journal = json!({"journal": folder.path()});
    sandbox.fault("register", json!({"kind": "reset", "when": "after"}));
    let mut first = Sites::new(shops(20));
    let summary = first.run(&sandbox, journal.clone());
    assert_eq!((summary.registered, summary.unknown), (19, 1));
    let (key, error) = first.failures()[0];
    let key = key.to_owned();
    assert!(matches!(error, Error::OutcomeUnknown { journal_file: Some(file), .. } if file.ends_with("batch.jsonl")));

    let mut second = Sites::new(shops(20));
    let summary = second.run(&sandbox, journal.clone());
    assert_eq!((summary.from_journal, summary.unknown, summary.sent), (19, 1, 0));
    let failures = second.failures();
    assert_eq!(failures[0].0, key);
    assert_eq!(failures[0].1.outcome(), Outcome::Unknown);
    assert!(
        failures[0].1.to_string().contains("journal lookup"),
        "{}",
        failures[0].1
    );
    assert_eq!(sandbox.orders().len(), 20);

    let mut failed_ones = Sites::new(shops(20));
    let summary = failed_ones.run(&sandbox, with(journal, json!({"only_failed": true})));
    assert_eq!((summary.skipped, summary.sent), (20, 0));
}

#[test]
fn only_failed_sends_what_was_refused_and_nothing_else() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let journal = json!({"journal": folder.path()});
    let refusal =
        json!({"code": "rest_invalid_param", "message": "Invalid parameter(s): url", "data": {"status": 400}});
    sandbox.fault_times("register", 3, json!({"kind": "status", "status": 400, "body": refusal}));
    let mut first = Sites::new(shops(20));
    let summary = first.run(&sandbox, journal.clone());
    assert_eq!((summary.registered, summary.refused), (17, 3));
    let refused: HashSet<String> = first.failures().iter().map(|(key, _)| (*key).to_owned()).collect();

    let mut second = Sites::new(shops(30));
    let summary = second.run(&sandbox, with(journal, json!({"only_failed": true})));
    assert_eq!((summary.registered, summary.skipped, sum(&summary)), (3, 27, 30));
    assert_eq!(second.results.keys().cloned().collect::<HashSet<_>>(), refused);
    assert_eq!(sandbox.orders().len(), 20);
}

#[test]
fn only_failed_wants_a_journal() {
    let error = run(
        &mut Sites::new(shops(1)),
        "https://127.0.0.1:1",
        json!({"only_failed": true}),
    )
    .unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { field, .. } if field == "only_failed"));
}

#[test]
fn sends_no_more_than_the_limit() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let options = json!({"journal": folder.path(), "limit": 8});
    let run = |count| Sites::new(shops(count)).run(&sandbox, options.clone());
    let summary = run(20);
    assert_eq!(
        (summary.registered, summary.total, summary.stopped),
        (8, 8, Some(Stopped::Limit))
    );
    let summary = run(20);
    assert_eq!(
        (summary.from_journal, summary.registered, summary.stopped),
        (8, 8, Some(Stopped::Limit))
    );
    let summary = run(24);
    assert_eq!(
        (summary.from_journal, summary.registered, summary.stopped),
        (16, 8, None)
    );
    assert_eq!(sandbox.orders().len(), 24);
}

#[test]
fn a_retry_after_beyond_all_time_ends_the_batch_and_costs_no_answer() {
    let (sandbox, folder) = (Sandbox::start_tls(), Folder::new());
    let never = json!({"kind": "status", "status": 429, "headers": {"Retry-After": "18446744073709551615"}});
    sandbox.fault("register", never);
    let mut sites = Sites::new(shops(40));
    let summary = sites.run(&sandbox, with(tls(&sandbox), json!({"journal": folder.path()})));
    assert_eq!((summary.stopped, summary.refused), (Some(Stopped::Failing), 1));
    assert_eq!(sandbox.orders().len() as u64, summary.registered);
    assert_eq!(sites.secrets().len() as u64, summary.registered);
}

#[test]
fn the_limit_does_not_keep_a_busy_service_from_being_asked_again() {
    let sandbox = Sandbox::start();
    let busy = json!({"kind": "status", "status": 429, "headers": {"Retry-After": "0"}});
    sandbox.fault_times("register", 2, busy);
    let summary = Sites::new(shops(10)).run(&sandbox, json!({"limit": 2, "concurrency": 2}));
    assert_eq!(
        (summary.registered, summary.refused, summary.stopped),
        (2, 0, Some(Stopped::Limit))
    );
}

#[test]
fn what_the_caller_registers_while_it_waits_for_a_busy_service_is_not_sent_again() {
    let (sandbox, folder) = (Sandbox::start_tls(), Folder::new());
    let options = with(tls(&sandbox), json!({"journal": folder.path(), "concurrency": 2}));
    sandbox.fault(
        "register",
        json!({"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}),
    );
    let mut nested = None;
    let mut sites = Sites::new(shops(2)).taking(|_, _| {
        if nested.is_none() {
            nested = Some(Sites::new(shops(1)).run(&sandbox, options.clone()).registered);
        }
        true
    });
    let summary = sites.run(&sandbox, options.clone());
    drop(sites);
    assert_eq!(nested, Some(1));
    assert_eq!((summary.registered, summary.from_journal), (1, 1));
    assert_eq!(sandbox.orders().len(), 2);
}

#[test]
fn a_busy_service_is_waited_for_and_asked_again() {
    let sandbox = Sandbox::start_tls();
    sandbox.fault_one_in(
        "register",
        5,
        json!({"kind": "status", "status": 429, "headers": {"Retry-After": "0"}}),
    );
    let mut sites = Sites::new(shops(100));
    let summary = sites.run(&sandbox, tls(&sandbox));
    assert_eq!((summary.registered, summary.stopped), (100, None));
    assert!(summary.sent >= 120, "{summary:?}");
    assert_eq!(sandbox.orders().len(), 100);
    assert_eq!(distinct(&sandbox.orders(), "site_id"), 100);
}

#[test]
fn obeys_a_rate_limit_of_the_service_and_gets_through() {
    let sandbox = Sandbox::start_with(&["--per-second", "40"]);
    let mut sites = Sites::new(shops(100));
    let summary = sites.run(&sandbox, json!({}));
    assert_eq!((summary.registered, summary.stopped), (100, None));
    let refused = sandbox.log().iter().filter(|entry| entry["status"] == 429).count();
    assert_eq!(summary.sent, 100 + refused as u64);
    // Without a common pause, each of the 16 would be refused again and again.
    assert!((1..60).contains(&refused), "{refused}");
}

#[test]
fn a_service_that_stays_busy_is_a_refusal_in_the_end() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    sandbox.fault_times(
        "register",
        8,
        json!({"kind": "status", "status": 429, "headers": {"Retry-After": "0"}}),
    );
    let journal = json!({"journal": folder.path()});
    let mut sites = Sites::new(shops(1));
    let summary = sites.run(&sandbox, journal.clone());
    assert_eq!((summary.refused, summary.sent), (1, 6));
    assert!(matches!(sites.failures()[0].1, Error::Api { http_status: 429, .. }));
    assert_eq!(Sites::new(shops(1)).run(&sandbox, journal).registered, 1);
}

#[test]
fn a_service_that_asks_to_wait_for_hours_ends_the_batch() {
    let sandbox = Sandbox::start();
    let busy = json!({"code": "busy", "message": "Later.", "data": {"status": 503}});
    sandbox.fault_times(
        "register",
        16,
        json!({"kind": "status", "status": 503, "headers": {"Retry-After": "7200"}, "body": busy}),
    );
    let mut sites = Sites::new(shops(100));
    let summary = sites.run(&sandbox, json!({}));
    assert_eq!((summary.stopped, summary.sent), (Some(Stopped::Failing), 16));
    assert!(summary.reason.unwrap().contains("7200 s"));
    assert_eq!(summary.refused, 16);
}

#[test]
fn what_would_fail_for_every_site_ends_the_batch() {
    let sandbox = Sandbox::start();
    let mut sites = Sites::new(shops(500));
    let summary = sites.run(&sandbox, json!({"key": "wrong"}));
    assert_eq!(summary.stopped, Some(Stopped::Failing));
    // Those that were in flight at the first refusal, 30 more, and what was in flight by then.
    assert!((31..=62).contains(&summary.refused), "{summary:?}");
    assert_eq!(summary.total, summary.refused);
    assert!(!format!("{summary:?}").contains(KEY));

    // A gateway that fails after the order was made would leave a hundred thousand unknown ones behind.
    sandbox.fault_times(
        "register",
        500,
        json!({"kind": "status", "status": 502, "process": true}),
    );
    let summary = Sites::new(shops(500)).run(&sandbox, json!({"concurrency": 4}));
    assert_eq!(summary.stopped, Some(Stopped::Failing));
    assert!((31..=38).contains(&summary.unknown), "{summary:?}");
}

#[test]
fn a_service_that_is_not_there_ends_the_batch_and_nothing_is_unknown() {
    let mut gone = Sandbox::start();
    let base_url = gone.base_url().to_owned();
    gone.stop();
    let folder = Folder::new();
    let mut sites = Sites::new(shops(500));
    let options = json!({"timeout": 0.2, "concurrency": 4, "journal": folder.path()});
    let summary = run(&mut sites, &base_url, options).unwrap();
    assert_eq!(
        (summary.stopped, summary.unknown, summary.sent),
        (Some(Stopped::Failing), 0, 0)
    );
    assert!((31..=38).contains(&summary.not_sent), "{summary:?}");
    assert!(
        sites
            .failures()
            .iter()
            .all(|(_, error)| matches!(error, Error::Connection { .. }))
    );

    let sandbox = Sandbox::start();
    assert_eq!(
        Sites::new(shops(40))
            .run(&sandbox, json!({"journal": folder.path()}))
            .registered,
        40
    );
}

#[test]
fn failures_of_single_sites_do_not_end_the_batch() {
    let sandbox = Sandbox::start();
    let refusal =
        json!({"code": "rest_invalid_param", "message": "Invalid parameter(s): url", "data": {"status": 400}});
    sandbox.fault_times(
        "register",
        100,
        json!({"kind": "status", "status": 400, "body": refusal}),
    );
    let summary = Sites::new(shops(120)).run(&sandbox, json!({}));
    assert_eq!((summary.refused, summary.registered, summary.stopped), (100, 20, None));
}

#[test]
fn requests_that_the_service_never_took_are_sent_again() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-requests-per-connection", "20"]);
    sandbox.fault_one_in(
        "register",
        10,
        json!({"kind": "reset", "when": "before", "code": "refused-stream"}),
    );
    let mut sites = Sites::new(shops(300));
    let summary = sites.run(&sandbox, tls(&sandbox));
    assert_eq!((summary.registered, summary.unknown, summary.stopped), (300, 0, None));
    assert_eq!(sandbox.orders().len(), 300);
    assert_eq!(distinct(&sandbox.orders(), "site_id"), 300);
}

#[test]
fn a_stream_that_broke_off_is_unknown_and_its_neighbours_are_not() {
    let sandbox = Sandbox::start_tls();
    sandbox.fault_one_in("register", 50, json!({"kind": "reset", "when": "after"}));
    let mut sites = Sites::new(shops(200));
    let summary = sites.run(&sandbox, tls(&sandbox));
    assert_eq!((summary.registered, summary.unknown), (196, 4));
    assert_eq!(sandbox.orders().len(), 200);
}

#[test]
fn what_is_in_flight_is_handed_over_after_the_caller_has_stopped() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let mut taken = 0;
    let mut sites = Sites::new(shops(500)).taking(|_, _| {
        taken += 1;
        taken < 5
    });
    let summary = sites.run(&sandbox, json!({"journal": folder.path()}));
    assert_eq!(summary.stopped, Some(Stopped::Callback));
    let (read, results) = (sites.read, sites.results.len());
    assert_eq!(read, results, "every request that was read has its result");
    assert_eq!(sandbox.orders().len(), results);
    assert!(results < 100, "{results}");
    assert_eq!(sites.secrets().len(), results);
}

#[test]
fn an_interrupt_ends_a_batch_that_waits_for_a_busy_service() {
    let sandbox = Sandbox::start();
    sandbox.fault_times(
        "register",
        4,
        json!({"kind": "status", "status": 429, "headers": {"Retry-After": "3000"}}),
    );
    let mut sites = Sites::new(shops(4));
    sites.stop = true;
    let summary = sites.run(&sandbox, json!({"concurrency": 4}));
    assert_eq!((summary.refused, summary.stopped), (4, Some(Stopped::Callback)));
}

#[test]
fn the_disk_knows_of_every_request_before_it_is_sent_and_of_every_answer_before_it_is_given() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let file = folder.path().join("batch.jsonl");
    let mut checked = 0;
    let mut sites = Sites::new(shops(60)).taking(|key, result| {
        let url = key.split_once(' ').unwrap().1;
        let lines = std::fs::read_to_string(&file).unwrap();
        let records: Vec<Value> = lines
            .lines()
            .filter_map(|line| serde_json::from_str(line.trim()).ok())
            .collect();
        let states: Vec<&Value> = records
            .iter()
            .filter(|record| record["home_url"] == *url)
            .map(|record| &record["state"])
            .collect();
        assert_eq!(states, ["sent", "received"]);
        let secret = &result.as_ref().unwrap().auth.access_token_secret;
        assert!(lines.contains(secret.as_str()));
        // Nothing has reached the service that the file does not name.
        let sent = records.iter().filter(|record| record["state"] == "sent").count();
        assert!(sandbox.log().len() <= sent);
        checked += 1;
        true
    });
    sites.run(&sandbox, json!({"journal": folder.path(), "concurrency": 8}));
    drop(sites);
    assert_eq!(checked, 60);
}

#[test]
fn what_was_announced_to_a_journal_that_fails_and_not_sent_is_sent_by_the_next_run() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let (file, moved) = (folder.path().join("batch.jsonl"), folder.path().join("moved"));
    let options = json!({"journal": folder.path(), "concurrency": 4});
    let mut first = Sites::new(shops(20)).taking(|_, _| {
        if !moved.exists() {
            std::fs::rename(&file, &moved).unwrap();
            std::fs::write(&file, "").unwrap();
        }
        true
    });
    let summary = first.run(&sandbox, options.clone());
    assert_eq!(summary.stopped, Some(Stopped::Journal));
    let not_sent = first.failures();
    assert!(!not_sent.is_empty() && not_sent.len() == usize::try_from(summary.not_sent).unwrap());
    for (_, error) in not_sent {
        assert!(error.to_string().contains("Nothing was sent"), "{error}");
    }
    std::fs::rename(&moved, &file).unwrap();
    let next = Sites::new(shops(20)).run(&sandbox, options);
    assert_eq!(
        (next.unknown, next.from_journal, next.registered),
        (0, summary.registered, 20 - summary.registered)
    );
}

#[test]
fn the_time_of_the_callers_own_code_does_not_count() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-concurrent-streams", "2"]);
    sandbox.fault_times("register", 30, json!({"kind": "delay", "ms": 100}));
    let mut taken = 0;
    let mut sites = Sites::new(shops(30)).taking(|_, _| {
        taken += 1;
        if taken == 1 {
            // Longer than the time of a request that waits for its place.
            std::thread::sleep(Duration::from_millis(2500));
        }
        true
    });
    let summary = sites.run(&sandbox, with(tls(&sandbox), json!({"timeout": 2})));
    assert_eq!((summary.registered, summary.unknown), (30, 0), "{summary:?}");
}

#[test]
fn a_request_that_was_late_to_leave_has_the_whole_time_for_its_answer() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-concurrent-streams", "1"]);
    sandbox.fault_times("register", 2, json!({"kind": "delay", "ms": 800}));
    // The second one waits for its place until four fifths of its time are over.
    let summary = Sites::new(shops(2)).run(&sandbox, with(tls(&sandbox), json!({"timeout": 1})));
    assert_eq!((summary.registered, summary.unknown), (2, 0), "{summary:?}");
}

#[test]
fn an_answer_that_came_while_the_caller_was_busy_is_an_answer() {
    let sandbox = Sandbox::start_tls();
    sandbox.fault_times("register", 40, json!({"kind": "delay", "ms": 100}));
    let mut taken = 0;
    let mut sites = Sites::new(shops(40)).taking(|_, _| {
        taken += 1;
        if taken == 3 {
            // Longer than the time that a call may take.
            std::thread::sleep(Duration::from_millis(1500));
        }
        true
    });
    let summary = sites.run(&sandbox, with(tls(&sandbox), json!({"timeout": 1})));
    assert_eq!((summary.registered, summary.stopped), (40, None));
}

#[test]
fn a_connection_that_the_service_closed_meanwhile_is_not_used() {
    let sandbox = Sandbox::start_with(&["--max-requests-per-connection", "1"]);
    let mut sites = Sites::new(shops(30)).taking(|_, _| {
        std::thread::sleep(Duration::from_millis(15));
        true
    });
    let summary = sites.run(&sandbox, json!({"concurrency": 2}));
    assert_eq!((summary.registered, summary.unknown), (30, 0));
}

#[test]
fn a_dry_run_tells_what_would_happen_and_sends_and_writes_nothing() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let journal = json!({"journal": folder.path()});
    let dry = json!({"journal": folder.path(), "dry_run": true, "key": null});
    let mut sites = Sites::new(shops(5).chain(["nonsense".to_owned()]).chain(shops(2)));
    let summary = sites.run(&sandbox, dry.clone());
    assert_eq!(
        (summary.to_send, summary.invalid, summary.duplicate, summary.sent),
        (5, 1, 2, 0)
    );
    assert_eq!(sites.results.len(), 3, "only what would fail is handed over");
    assert!(!folder.path().exists());

    sandbox.fault("register", json!({"kind": "reset", "when": "after"}));
    Sites::new(shops(3)).run(&sandbox, with(journal, json!({"concurrency": 1})));
    let before = std::fs::read(folder.path().join("batch.jsonl")).unwrap();
    let mut sites = Sites::new(shops(5));
    let summary = sites.run(&sandbox, dry);
    assert_eq!((summary.unknown, summary.from_journal, summary.to_send), (1, 2, 2));
    assert_eq!(sites.results.len(), 1);
    assert_eq!(std::fs::read(folder.path().join("batch.jsonl")).unwrap(), before);
    assert_eq!(sandbox.log().len(), 3);
}

#[test]
fn all_shards_together_are_the_whole_and_no_site_is_in_two() {
    let sandbox = Sandbox::start();
    let folders: Vec<Folder> = (0..4).map(|_| Folder::new()).collect();
    let mut keys = Vec::new();
    for (index, folder) in folders.iter().enumerate() {
        let mut sites = Sites::new(shops(80));
        let options = json!({"journal": folder.path(), "shard": format!("{index}/4")});
        let summary = sites.run(&sandbox, options);
        assert_eq!(summary.registered + summary.skipped, 80);
        assert!(summary.registered > 5, "{summary:?}");
        keys.extend(sites.results.into_keys());
    }
    assert_eq!((keys.len(), keys.iter().collect::<HashSet<_>>().len()), (80, 80));
    assert_eq!(sandbox.orders().len(), 80);

    let other = json!({"journal": folders[0].path(), "shard": "0/5"});
    let error = run(&mut Sites::new(shops(80)), sandbox.base_url(), other).unwrap_err();
    assert!(
        matches!(&error, Error::InvalidRequest { field, message } if field == "shard" && message.contains("0/4")),
        "{error}"
    );
    let none = json!({"journal": folders[0].path()});
    assert!(run(&mut Sites::new(shops(80)), sandbox.base_url(), none).is_err());
    assert_eq!(sandbox.orders().len(), 80);
}

#[test]
fn no_more_requests_begin_in_a_second_than_asked_for() {
    let sandbox = Sandbox::start();
    let mut sites = Sites::new(shops(30));
    let summary = sites.run(&sandbox, json!({"per_second": 20}));
    assert_eq!(summary.registered, 30);
    // 30 at 20 a second: the last one begins after 1.45 s, or what could be caught up earlier.
    assert!(summary.seconds > 1.3, "{}", summary.seconds);
}

#[test]
fn an_answer_that_stalls_is_kept_as_far_as_it_came() {
    for sandbox in [Sandbox::start(), Sandbox::start_tls()] {
        let folder = Folder::new();
        sandbox.fault("register", json!({"kind": "stall", "when": "body"}));
        let mut options = json!({"journal": folder.path(), "timeout": 1});
        if sandbox.base_url().starts_with("https") {
            options = with(options, tls(&sandbox));
        }
        let mut sites = Sites::new(shops(4));
        let summary = sites.run(&sandbox, options);
        assert_eq!((summary.registered, summary.unknown), (3, 1));
        let (_, error) = sites.failures()[0];
        assert!(
            matches!(error, Error::UnexpectedResponse { http_status: 200, .. })
                && error.to_string().contains("did not end within 1 s"),
            "{error:?}"
        );
        let lines = std::fs::read_to_string(folder.path().join("batch.jsonl")).unwrap();
        let answers: Vec<Value> = lines
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line.trim()).ok())
            .filter(|record| record["answer"].is_string())
            .collect();
        assert_eq!((answers.len(), &answers[0]["http_status"]), (1, &json!(200)));
        assert!(answers[0]["answer"].as_str().unwrap().starts_with("{\"customer_id\":"));
    }
}

#[test]
fn a_request_that_finds_no_new_connection_is_not_sent() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-requests-per-connection", "5"]);
    let mut taken = 0;
    let mut sites = Sites::new(shops(20)).taking(|_, _| {
        taken += 1;
        if taken == 1 {
            sandbox.fault_times("any", 100, json!({"kind": "stall", "when": "handshake"}));
        }
        true
    });
    let summary = sites.run(
        &sandbox,
        with(
            tls(&sandbox),
            json!({"concurrency": 4, "timeout": 0.6, "connect_timeout": 5}),
        ),
    );
    assert_eq!((summary.unknown, summary.registered), (0, 5), "{summary:?}");
    assert_eq!(summary.not_sent, 15);
    assert_eq!(sandbox.orders().len(), 5);
}

#[test]
fn a_request_that_gets_no_connection_through_the_proxy_any_more_is_not_sent() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-requests-per-connection", "5"]);
    let proxy = proxy_for(1, sandbox.address());
    let options = json!({"concurrency": 4, "timeout": 0.6, "connect_timeout": 5, "proxy": format!("http://{proxy}")});
    let summary = Sites::new(shops(20)).run(&sandbox, with(tls(&sandbox), options));
    assert_eq!(summary.unknown, 0, "{summary:?}");
    assert_eq!(sandbox.orders().len() as u64, summary.registered);
    assert!(
        summary.registered >= 1 && summary.registered + summary.not_sent == 20,
        "{summary:?}"
    );
}

#[test]
fn what_is_unknown_behind_a_proxy_has_reached_the_service() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-concurrent-streams", "2"]);
    sandbox.fault_times("register", 12, json!({"kind": "delay", "ms": 3000, "when": "after"}));
    let proxy = proxy_for(100, sandbox.address());
    let options = json!({"concurrency": 12, "timeout": 1.5, "proxy": format!("http://{proxy}")});
    let summary = Sites::new(shops(12)).run(&sandbox, with(tls(&sandbox), options));
    assert_eq!((summary.unknown, sandbox.orders().len()), (12, 12), "{summary:?}");
}

/// A proxy that makes so many connections, and lets the others wait for theirs.
fn proxy_for(connections: usize, upstream: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for (number, connection) in listener.incoming().enumerate() {
            let mut near = connection.unwrap();
            if number >= connections {
                waiting.push(near);
                continue;
            }
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") {
                near.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let mut far = TcpStream::connect(upstream).unwrap();
            let (mut near_too, mut far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut near_too, &mut far_too);
            });
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut far, &mut near);
                let _ = near.shutdown(Shutdown::Both);
            });
        }
    });
    address
}

#[test]
fn a_request_that_waits_for_a_place_on_the_connection_is_not_sent() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-concurrent-streams", "1"]);
    sandbox.fault_times("register", 16, json!({"kind": "delay", "ms": 300}));
    let summary = Sites::new(shops(16)).run(&sandbox, with(tls(&sandbox), json!({"timeout": 1})));
    assert!(summary.unknown <= 1 && summary.registered >= 2, "{summary:?}");
    assert_eq!(summary.registered + summary.unknown + summary.not_sent, 16);
    assert!(sandbox.log().len() as u64 <= summary.registered + summary.unknown);
}

#[test]
fn a_service_that_takes_few_streams_gets_every_request() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-concurrent-streams", "3"]);
    let summary = Sites::new(shops(300)).run(&sandbox, with(tls(&sandbox), json!({"concurrency": 64})));
    assert_eq!((summary.registered, summary.sent, summary.stopped), (300, 300, None));
    assert_eq!(distinct(&sandbox.log(), "connection"), 1);
}

#[test]
fn a_connection_that_breaks_takes_only_the_requests_that_it_carried() {
    let sandbox = Sandbox::start_with(&["--tls", "--max-concurrent-streams", "8"]);
    let reset = json!({"kind": "reset", "when": "after", "scope": "connection"});
    sandbox.fault_one_in("register", 100, reset);
    let summary = Sites::new(shops(300)).run(&sandbox, with(tls(&sandbox), json!({"concurrency": 64})));
    assert_eq!(summary.registered + summary.unknown, 300, "{summary:?}");
    // Three resets, of connections with at most eight requests each.
    assert!((3..=24).contains(&summary.unknown), "{summary:?}");
}

#[test]
fn an_unavailable_service_is_believed_only_in_its_own_words() {
    let busy = json!({"code": "busy", "message": "Later.", "data": {"status": 503}});
    for (body, outcomes) in [(busy, (1, 0)), (json!("<html>Backend fetch failed</html>"), (0, 1))] {
        let sandbox = Sandbox::start();
        sandbox.fault(
            "register",
            json!({"kind": "status", "status": 503, "headers": {"Retry-After": "0"}, "body": body}),
        );
        let summary = Sites::new(shops(1)).run(&sandbox, json!({}));
        assert_eq!((summary.registered, summary.unknown), outcomes);
    }
}

#[test]
fn nothing_is_sent_before_the_service_says_how_many_requests_it_takes() {
    let sandbox = Sandbox::start_tls();
    let relay = relay_without_settings(sandbox.address());
    let base_url = sandbox
        .base_url()
        .replace(&sandbox.address().to_string(), &relay.to_string());
    let options = with(tls(&sandbox), json!({"concurrency": 4, "timeout": 0.5}));
    let summary = run(&mut Sites::new(shops(4)), &base_url, options).unwrap();
    assert_eq!((summary.not_sent, summary.unknown), (4, 0));
    assert_eq!(sandbox.log().len(), 0);
}

/// Lets the TLS handshake pass, and nothing that the service says after it.
fn relay_without_settings(upstream: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut near = connection.unwrap();
            let mut far = TcpStream::connect(upstream).unwrap();
            let (mut near_too, mut far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            let is_shaken = Arc::new(AtomicBool::new(false));
            let is_shaken_too = Arc::clone(&is_shaken);
            std::thread::spawn(move || {
                let mut bytes = [0; 8192];
                for flight in 0.. {
                    let length = near.read(&mut bytes).unwrap_or(0);
                    is_shaken.store(flight > 0, Ordering::SeqCst);
                    if length == 0 || far.write_all(&bytes[..length]).is_err() {
                        return;
                    }
                }
            });
            std::thread::spawn(move || {
                let mut bytes = [0; 8192];
                while let Ok(length @ 1..) = far_too.read(&mut bytes) {
                    if !is_shaken_too.load(Ordering::SeqCst) && near_too.write_all(&bytes[..length]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}
