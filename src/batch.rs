//! Many registrations at once.
//!
//! One thread does it all, in turns: it reads requests until as many are in flight as may be, writes what is about to be
//! sent and what has been answered into the journal with one sync for all of it, sends, hands the results to the caller, and
//! waits for the next answers. So no request leaves before the journal knows it, no result is handed over before it is on
//! the disk, and the caller's code never runs inside a future.

mod failing;
mod in_flight;
mod memory;
mod options;
mod pace;
mod summary;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;

pub use self::options::{BatchOptions, Shard};
pub use self::summary::{Stopped, Summary};

use self::failing::{Failing, is_about_all};
use self::in_flight::InFlight;
use self::memory::{Commit, Memory};
use self::pace::{Pace, Wait};
use self::summary::Ending;
use crate::client::registration::{not_journaled, still_unknown, with_journal};
use crate::client::site_registration::settle;
use crate::client::{HostPlanClient, Registered, SiteRegistration};
use crate::config::Config;
use crate::endpoints::ApiVersion;
use crate::endpoints::register::RegisterRequest;
use crate::error::{Error, Outcome, Result};
use crate::fault_point::reach;
use crate::journal::Record;
use crate::runtime::SLICE;
use crate::transport::{Answer, Failure};

/// How often a request is sent that the service refuses because it is busy.
const ATTEMPTS: u32 = 6;
/// A service that asks to wait longer is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// Requests that are read in one turn.
const AT_ONCE: usize = 64;
/// What to do about an unknown outcome where there is no site.
const LOOKUP: &str = "`wp wccom-host journal lookup` looks for its order.";
/// How long requests are read before what is read is sent: the iterable may be slow.
const READING: Duration = Duration::from_millis(10);

/// Who wants the registrations.
pub trait Caller {
    /// What a request is known by.
    type Key;

    /// The next request, or why it is none. `None` after the last.
    fn next(&mut self) -> Option<(Self::Key, Result<SiteRegistration>)>;

    /// Takes a result. `false`: nothing more shall begin. What is in flight is still handed over.
    fn take(&mut self, key: Self::Key, result: Result<Registered>) -> bool;

    /// Whether nothing more shall begin; asked while the batch waits.
    fn interrupted(&mut self) -> bool;
}

/// A site that is to be registered, until it has its result.
struct Begun<K> {
    key: K,
    site: SiteRegistration,
    /// What the journal has of it, if there is one.
    record: Option<Record>,
    attempts: u32,
    sent: Instant,
}

/// What a turn hands over.
struct Ended<K> {
    key: K,
    result: Result<Registered>,
}

struct Batch<'a, C: Caller> {
    caller: &'a mut C,
    client: HostPlanClient,
    options: BatchOptions,
    process: u32,
    /// The requests, but for their bodies.
    templates: Vec<(ApiVersion, Request<Bytes>)>,
    memory: Memory,
    pace: Pace,
    in_flight: InFlight<Begun<C::Key>>,
    /// Refused by a busy service: to be sent again, or to be handed over with this error.
    again: VecDeque<(Begun<C::Key>, Error)>,
    /// To be sent in this turn.
    starting: Vec<(Begun<C::Key>, Request<Bytes>)>,
    ended: Vec<Ended<C::Key>>,
    is_reading: bool,
    begun: u64,
    /// Whether nothing more may begin, not even what was refused by a busy service.
    is_stopping: bool,
    failing: Failing,
    summary: Summary,
}

/// Registers every site that the caller names, once.
///
/// # Errors
/// What keeps the batch from beginning: nothing was sent then. In a child that the caller's code has forked,
/// [`Error::Interrupted`]: the batch is its parent's.
pub fn run(config: Config, options: BatchOptions, caller: &mut impl Caller) -> Result<Summary> {
    let begin = Instant::now();
    let process = std::process::id();
    let mut batch = Batch::new(process, config, options, caller)?;
    if let Err(forked) = batch.all_turns() {
        // Sockets, epoll and journal are the parent's, and dropping them would end its batch.
        std::mem::forget(batch);
        return Err(forked);
    }
    batch.summary.seconds = begin.elapsed().as_secs_f64();
    Ok(batch.summary)
}

impl<'a, C: Caller> Batch<'a, C> {
    fn new(process: u32, config: Config, options: BatchOptions, caller: &'a mut C) -> Result<Self> {
        if !options.dry_run {
            config.key()?;
        }
        let memory = Memory::open(&config, &options, caller)?;
        let in_flight = InFlight::new(&config.network, &config.base_url, options.concurrency)?;
        Ok(Self {
            caller,
            process,
            templates: Vec::new(),
            memory,
            pace: Pace::new(options.concurrency, options.per_second, Instant::now()),
            in_flight,
            again: VecDeque::new(),
            starting: Vec::new(),
            ended: Vec::new(),
            is_reading: true,
            begun: 0,
            is_stopping: false,
            failing: Failing::default(),
            summary: Summary::default(),
            client: HostPlanClient::new(config),
            options,
        })
    }

    fn all_turns(&mut self) -> Result<()> {
        // While it waited for the journal, a signal handler may have forked.
        self.check_process()?;
        while self.turn()? {}
        Ok(())
    }

    /// Whether there is another turn to come.
    fn turn(&mut self) -> Result<bool> {
        self.read()?;
        self.commit();
        self.launch();
        self.hand_over()?;
        if !self.is_reading && self.in_flight.len() == 0 && self.again.is_empty() && self.ended.is_empty() {
            return Ok(false);
        }
        self.wait()?;
        Ok(true)
    }

    /// Reads requests until nothing more may begin.
    fn read(&mut self) -> Result<()> {
        let begin = Instant::now();
        let before = self.memory.place();
        for _ in 0..AT_ONCE {
            // A dry run tells of a wrong request before it reads the next one.
            let has_something_to_tell = self.options.dry_run && !self.ended.is_empty();
            if !self.may_begin() || has_something_to_tell || begin.elapsed() > READING {
                break;
            }
            if let Some((begun, _)) = self.again.pop_front() {
                if let Some(begun) = self.unless_registered(begun) {
                    self.start(begun);
                }
                continue;
            }
            let next = self.caller.next();
            self.check_process()?;
            match next {
                None => self.is_reading = false,
                Some((key, site)) => self.consider(key, site),
            }
        }
        if self.memory.has_changed_since(before) {
            // The iterable's own code may have registered what it gave before.
            for (begun, request) in taken(&mut self.starting) {
                if let Some(begun) = self.unless_registered(begun) {
                    self.starting.push((begun, request));
                }
            }
        }
        Ok(())
    }

    fn may_begin(&self) -> bool {
        (self.is_reading || !self.again.is_empty())
            && self
                .pace
                .allows(self.in_flight.len() + self.starting.len(), Instant::now())
    }

    /// Decides what is to be done for a site.
    fn consider(&mut self, key: C::Key, site: Result<SiteRegistration>) {
        if self.options.limit == Some(self.begun) {
            // What was read now was read to see whether the limit cuts anything off.
            self.is_reading = false;
            self.summary.stopped.get_or_insert(Stopped::Limit);
            return;
        }
        self.summary.total += 1;
        let site = match site {
            Ok(site) => site,
            Err(error) => return self.end(key, Err(error)),
        };
        if self.options.shard.is_some_and(|shard| !shard.has(site.home_url())) {
            self.summary.skipped += 1;
            return;
        }
        let earlier = match self.memory.has_seen(&site) {
            Ok(false) => self.memory.earlier(site.home_url()),
            Ok(true) => Err(Error::DuplicateSite),
            Err(error) => Err(error),
        };
        match earlier {
            Err(error) => {
                if !matches!(error, Error::DuplicateSite) {
                    self.stop(Stopped::Journal, Some(error.to_string()));
                }
                self.end(key, Err(error));
            }
            Ok(Some(record)) if !record.state.may_be_sent() => {
                if self.options.only_failed {
                    self.summary.skipped += 1;
                } else {
                    self.answer_from_journal(key, &site, record);
                }
            }
            Ok(None) if self.options.only_failed => self.summary.skipped += 1,
            Ok(_) if self.options.dry_run => self.summary.to_send += 1,
            Ok(_) => self.begin(key, site),
        }
    }

    fn answer_from_journal(&mut self, key: C::Key, site: &SiteRegistration, record: Record) {
        let file = self.memory.file().unwrap_or_default();
        let result = site.earlier_run(record, |record| still_unknown(record, LOOKUP, &file));
        self.end(key, result);
    }

    fn begin(&mut self, key: C::Key, site: SiteRegistration) {
        self.begun += 1;
        let record = self.memory.record(&site);
        self.start(Begun {
            key,
            site,
            record,
            attempts: 0,
            sent: Instant::now(),
        });
    }

    /// A site again, unless the caller's own code has registered it meanwhile.
    fn unless_registered(&mut self, begun: Begun<C::Key>) -> Option<Begun<C::Key>> {
        match self.memory.earlier(begun.site.home_url()) {
            Ok(Some(record)) if !record.state.may_be_sent() => {
                self.answer_from_journal(begun.key, &begun.site, record);
                None
            }
            Ok(_) => Some(begun),
            Err(error) => {
                self.stop(Stopped::Journal, Some(error.to_string()));
                self.end(begun.key, Err(error));
                None
            }
        }
    }

    /// Puts a request among those of this turn.
    fn start(&mut self, begun: Begun<C::Key>) {
        match self.request(&begun.site.request) {
            Ok(request) => {
                self.pace.has_begun(Instant::now());
                self.starting.push((begun, request));
            }
            Err(error) => self.end(begun.key, Err(error)),
        }
    }

    fn request(&mut self, register: &RegisterRequest) -> Result<Request<Bytes>> {
        let version = register.api_version;
        let known = self.templates.iter().find(|(of, _)| *of == version);
        let mut request = if let Some((_, template)) = known {
            template.clone()
        } else {
            let template = self.client.registration_request(version)?;
            self.templates.push((version, template.clone()));
            template
        };
        *request.body_mut() = register.body().into();
        Ok(request)
    }

    /// Writes what is about to be sent, and waits until that and what has been answered is on the disk.
    fn commit(&mut self) {
        let answers = self.in_flight.len() + self.starting.len();
        let starting = self
            .starting
            .iter_mut()
            .filter_map(|(begun, _)| Some((begun.site.home_url(), begun.record.as_mut()?)));
        let Some(Commit { announced, synced }) = self.memory.commit(starting, answers) else {
            return;
        };
        for ended in &mut self.ended {
            match (&mut ended.result, &synced) {
                (Ok(registered), Ok(())) => registered.journaled = true,
                (Ok(registered), Err(error)) if !registered.from_journal => {
                    registered.warnings.push(not_journaled(error));
                }
                _ => {}
            }
        }
        let Err(error) = announced.and(synced) else {
            return reach("batch-committed");
        };
        for (begun, _) in std::mem::take(&mut self.starting) {
            let message = format!("Nothing was sent. {error}");
            let not_sent = Error::Local {
                message,
                retryable: false,
            };
            self.end(begun.key, Err(not_sent));
        }
        self.stop(Stopped::Journal, Some(error.to_string()));
    }

    fn launch(&mut self) {
        if self.starting.is_empty() {
            return;
        }
        reach("batch-sent");
        let now = Instant::now();
        let starting = taken(&mut self.starting);
        self.in_flight.send(starting.into_iter().map(|(mut begun, request)| {
            begun.attempts += 1;
            begun.sent = now;
            (begun, request)
        }));
    }

    fn hand_over(&mut self) -> Result<()> {
        for Ended { key, result } in taken(&mut self.ended) {
            self.summary.count(Ending::of(&result));
            if self.options.dry_run && result.is_ok() {
                continue;
            }
            let goes_on = self.caller.take(key, result);
            self.check_process()?;
            if !goes_on {
                self.stop(Stopped::Callback, None);
            }
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        let longest = if self.may_begin() || !self.ended.is_empty() {
            Duration::ZERO
        } else if self.is_reading || !self.again.is_empty() {
            let until_next = self.pace.next().saturating_duration_since(Instant::now());
            // If it is not for the time, it is for an answer.
            if until_next.is_zero() {
                SLICE
            } else {
                until_next.min(SLICE)
            }
        } else {
            SLICE
        };
        // The service works on the other half meanwhile. With a journal, one sync for all of them is faster.
        let most = if self.memory.has_log() {
            usize::MAX
        } else {
            self.in_flight.len().div_ceil(2)
        };
        for (begun, result) in self.in_flight.wait(longest, most) {
            self.settle(begun, result);
        }
        // The caller's code, which may take its time, comes before the next sync.
        self.memory.write();
        reach("batch-received");
        let interrupted = self.caller.interrupted();
        self.check_process()?;
        if interrupted {
            self.stop(Stopped::Callback, None);
        }
        Ok(())
    }

    /// Writes what became of a request, and decides whether it is sent again.
    fn settle(&mut self, mut begun: Begun<C::Key>, result: std::result::Result<Answer, Failure>) {
        let wait = Wait::asked_for(&result);
        let result = self.client.registration_result(&begun.site, result);
        if !matches!(&result, Err((error, _)) if error.outcome() == Outcome::NotSent) {
            self.summary.sent += 1;
        }
        reach("batch-answered");
        if let Some(record) = &mut begun.record {
            settle(record, &result);
            self.memory.append(begun.site.home_url(), record);
        }
        self.adapt(result.as_ref().err().map(|(error, _)| error), wait, begun.sent);

        match result {
            Err((error, _)) if wait.is_some() && begun.attempts < ATTEMPTS && !self.is_stopping => {
                self.again.push_back((begun, error));
            }
            Err((error, _)) => {
                let error = match self.memory.file() {
                    Some(file) => with_journal(error, &file),
                    None => error,
                };
                if let Some(reason) = self.failing.has_failed(&error, begun.sent) {
                    self.stop(Stopped::Failing, Some(reason));
                }
                self.end(begun.key, Err(error));
            }
            Ok(registered) => {
                self.failing.has_succeeded();
                self.end(begun.key, Ok(registered));
            }
        }
    }

    fn adapt(&mut self, failure: Option<&Error>, wait: Option<Wait>, begun: Instant) {
        let now = Instant::now();
        match (failure, wait) {
            (_, Some(wait)) => {
                if let Wait::For(asked) = wait
                    && asked > LONGEST_WAIT
                {
                    let reason = format!("WooCommerce.com asks to wait for {} s.", asked.as_secs());
                    return self.stop(Stopped::Failing, Some(reason));
                }
                self.pace.is_asked_to_wait(wait, begun, now);
            }
            (Some(error), None) if is_about_all(error) => self.pace.slow_down(begun, now),
            _ => self.pace.has_succeeded(),
        }
    }

    fn end(&mut self, key: C::Key, result: Result<Registered>) {
        self.ended.push(Ended { key, result });
    }

    /// Begins nothing more. The first reason counts.
    fn stop(&mut self, stopped: Stopped, reason: Option<String>) {
        self.is_reading = false;
        if !self.is_stopping {
            self.is_stopping = true;
            self.summary.stopped = Some(stopped);
            self.summary.reason = reason;
        }
        for (begun, error) in std::mem::take(&mut self.again) {
            self.end(begun.key, Err(error));
        }
    }

    /// The caller's code may have forked.
    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            Ok(())
        } else {
            Err(Error::Interrupted { sent: false })
        }
    }
}

/// What is in the list, which keeps its room for the next turn.
fn taken<T>(list: &mut Vec<T>) -> Vec<T> {
    let room = list.capacity();
    std::mem::replace(list, Vec::with_capacity(room))
}
