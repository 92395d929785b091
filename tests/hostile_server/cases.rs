//! How many cases are run, what each of them may take, and where failing ones are kept.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};

use super::choices::Choices;

/// Beyond what the promises allow, since the machine may be busy with something else.
pub const SLACK: Duration = Duration::from_secs(20);

/// What the cases of a test are allowed.
pub struct Cases {
    /// For the file with the seeds.
    pub name: &'static str,
    /// In the short run.
    pub count: u32,
    /// The most random bytes of a case.
    pub bytes: usize,
    /// The most memory that the client has at any time of a case, in bytes.
    pub memory: u64,
}

impl Cases {
    /// Makes cases, and checks what becomes of each. A case that panics, or that takes more than it is allowed, has failed.
    pub fn check<C: Debug>(&self, make: impl Fn(&mut Choices) -> C, play: impl Fn(&C, &Client) -> Result<(), String>) {
        let times = std::env::var("HOSTILE_SERVER_TIMES").map_or(1, |times| times.parse().expect("a number"));
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile_server/seeds");
        let config = Config {
            cases: self.count * times,
            max_shrink_iters: 1000,
            max_shrink_time: 60_000,
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
                format!("{seeds}/{}.txt", self.name).leak(),
            ))),
            ..Config::default()
        };
        let most = std::sync::atomic::AtomicU64::new(0);
        let begin = Instant::now();
        let result = TestRunner::new(config).run(&vec(any::<u8>(), 0..=self.bytes), |bytes| {
            let case = make(&mut Choices::new(&bytes));
            let client = Client::default();
            play(&case, &client).map_err(|problem| TestCaseError::fail(format!("{problem}\n{case:#?}")))?;
            let peak = client.peak.get();
            most.fetch_max(peak, std::sync::atomic::Ordering::Relaxed);
            if peak > self.memory {
                return Err(TestCaseError::fail(format!("{peak} bytes of memory\n{case:#?}")));
            }
            Ok(())
        });
        let most = most.into_inner();
        println!(
            "{}: {} cases in {:.1} s, at most {most} bytes of memory in one",
            self.name,
            self.count * times,
            begin.elapsed().as_secs_f64()
        );
        if let Err(failure) = result {
            panic!("{failure}");
        }
    }
}

/// What the client does in a case is done by it, so that it is measured.
#[derive(Default)]
pub struct Client {
    peak: std::cell::Cell<u64>,
}

impl Client {
    /// Does something, and notes how much memory it has taken: the thread's own, so that a server in another one does not
    /// count.
    pub fn does<T>(&self, act: impl FnOnce() -> T) -> T {
        let mut result = None;
        let measured = measure(|| result = Some(act()));
        self.peak.set(self.peak.get().max(measured.bytes_max));
        result.expect("it was called")
    }

    /// The same, which has to end within a time.
    pub fn does_within<T>(&self, limit: Duration, act: impl FnOnce() -> T) -> Result<T, String> {
        let begin = Instant::now();
        let result = self.does(act);
        match begin.elapsed() {
            took if took > limit + SLACK => Err(format!("it took {took:?}, and not {limit:?}")),
            _ => Ok(result),
        }
    }
}
