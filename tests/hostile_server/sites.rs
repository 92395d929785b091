//! Some sites for a batch, and what has become of each.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wccom_host::batch::{self, BatchOptions, Caller, Summary};
use wccom_host::client::{Registered, SiteRegistration};
use wccom_host::config::{Config, SiteOptions};
use wccom_host::endpoints::register::RegisterRequest;
use wccom_host::error::Result;

use super::support::KEY;
use super::support::client::{TOKEN, object};

/// How long a service that asks to wait is waited for: the batch would be patient for hours.
const PATIENCE: Duration = Duration::from_millis(1500);

pub struct Sites {
    count: usize,
    read: usize,
    begin: Instant,
    /// By the number of the site. One that was not read has none.
    pub results: BTreeMap<usize, Result<Registered>>,
    /// Sites that were given two results.
    pub doubled: Vec<usize>,
}

pub fn url(site: usize) -> String {
    format!("https://shop-{site}.example.com")
}

/// The site of a request's body, as far as it came.
pub fn site_of(body: &[u8]) -> Option<usize> {
    let rest = body.strip_prefix(br#"{"url":"https://shop-"#)?;
    let digits = rest.split(|byte| *byte == b'.').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl Sites {
    /// Registers so many.
    pub fn register(count: usize, options: Value) -> (Self, Summary) {
        let mut sites = Self {
            count,
            read: 0,
            begin: Instant::now(),
            results: BTreeMap::new(),
            doubled: Vec::new(),
        };
        let mut all = object(json!({"key": KEY, "connect_timeout": 20}));
        all.extend(object(options));
        let options = BatchOptions::take(&mut all).unwrap();
        let config = Config::new(all, |_| None, |_| None).unwrap();
        let summary = batch::run(config, options, &mut sites).unwrap();
        (sites, summary)
    }

    /// Everyone who was read has one result, and the summary counts them.
    pub fn have_one_result_each(&self, summary: &Summary) -> std::result::Result<(), String> {
        let counted = summary.registered
            + summary.from_journal
            + summary.refused
            + summary.not_sent
            + summary.unknown
            + summary.secret_unavailable;
        let is_good = self.doubled.is_empty() && self.results.len() == self.read && counted == self.read as u64;
        is_good.then_some(()).ok_or_else(|| {
            format!(
                "{} sites, {} results, {:?} twice: {summary:?}",
                self.read,
                self.results.len(),
                self.doubled
            )
        })
    }
}

impl Caller for Sites {
    type Key = usize;

    fn next(&mut self) -> Option<(usize, Result<SiteRegistration>)> {
        if self.read == self.count {
            return None;
        }
        let site = self.read;
        self.read += 1;
        let request = json!({"url": url(site), "wpcom_access_token": TOKEN});
        let request = RegisterRequest::new(object(request), None);
        let options = SiteOptions::default();
        Some((site, request.map(|request| SiteRegistration { request, options })))
    }

    fn take(&mut self, site: usize, result: Result<Registered>) -> bool {
        if self.results.insert(site, result).is_some() {
            self.doubled.push(site);
        }
        true
    }

    fn interrupted(&mut self) -> bool {
        self.begin.elapsed() > PATIENCE
    }
}
