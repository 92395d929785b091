//! A register in both ways that there are: alone, by reqwest, and in a batch, by h2 where the service speaks it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wccom_host::batch::{self, BatchOptions, Caller};
use wccom_host::client::{Registered, SiteRegistration};
use wccom_host::config::{Config, SiteOptions};
use wccom_host::error::{Error, Result};

use crate::support::KEY;
use crate::support::client::{TOKEN, client, object, register, request};

#[derive(Clone, Copy, Debug)]
pub enum Way {
    Alone,
    Batch,
}

pub const WAYS: [Way; 2] = [Way::Alone, Way::Batch];

impl Way {
    pub fn register(self, options: &Value) -> Result<()> {
        match self {
            Self::Alone => register(&client(options.clone())).map(|_| ()),
            Self::Batch => in_batch(options),
        }
    }
}

fn in_batch(options: &Value) -> Result<()> {
    let mut all = object(json!({"key": KEY, "timeout": 5}));
    all.extend(object(options.clone()));
    let options = BatchOptions::take(&mut all)?;
    let mut site = One(Some(request()), None);
    batch::run(Config::new(all, |_| None, |_| None)?, options, &mut site)?;
    site.1.expect("a result")
}

struct One(
    Option<wccom_host::endpoints::register::RegisterRequest>,
    Option<Result<()>>,
);

impl Caller for One {
    type Key = ();

    fn next(&mut self) -> Option<((), Result<SiteRegistration>)> {
        let request = self.0.take()?;
        let options = SiteOptions::default();
        Some(((), Ok(SiteRegistration { request, options })))
    }

    fn take(&mut self, (): (), result: Result<Registered>) -> bool {
        self.1 = Some(result.map(|_| ()));
        true
    }

    fn interrupted(&mut self) -> bool {
        false
    }
}

/// A failure that is not sent and not worth another try, before the time is over; and its words, without secrets.
pub fn refusal(way: Way, options: &Value) -> String {
    let begin = Instant::now();
    let error = way.register(options).expect_err("no registration");
    assert!(begin.elapsed() < Duration::from_secs(15), "{error:?}");
    assert!(
        matches!(error, Error::Connection { retryable: false, .. }),
        "{way:?}: {error:?}"
    );
    words(&error)
}

pub fn words(error: &Error) -> String {
    let all = format!("{error} {error:?}");
    assert!(
        !all.contains(KEY) && !all.contains(TOKEN),
        "a secret in an error: {all}"
    );
    error.to_string()
}
