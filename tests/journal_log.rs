//! A batch's log and processes: what is left of it when they are killed, and when several work on it at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use wccom_host::auth::Auth;
use wccom_host::journal::log::BatchLog;
use wccom_host::journal::{Record, SiteJournal, State};
use wccom_host::site_url::SiteUrl;

const PATIENCE: Duration = Duration::from_secs(30);

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wccom-host-log-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.0.join("batch.jsonl")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn site(url: &str) -> SiteUrl {
    SiteUrl::parse("url", url.to_owned()).unwrap()
}

fn record(url: &str, state: State) -> Record {
    Record {
        state,
        auth: (state == State::Received).then(|| Auth {
            access_token: "token".to_owned(),
            access_token_secret: format!("secret of {url}"),
            site_id: 1,
            user_id: 2,
            updated: 3,
            url: url.to_owned(),
        }),
        registration: None,
        url: url.to_owned(),
        home_url: url.to_owned(),
        api_version: "v2.0".to_owned(),
        email: None,
        started: 1,
        http_status: 0,
        // Long enough for a log that soon has to be rewritten.
        reason: (state == State::Refused).then(|| "r".repeat(20_000)),
        answer: None,
    }
}

/// Runs one of the tests below that are ignored, in a process of its own.
fn process(test: &str, folder: &Path, fault_point: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test, "--nocapture"])
        .env("WCCOM_HOST_TEST_FOLDER", folder)
        .env("WCCOM_HOST_FAULT_POINT", fault_point)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn folder_of_process() -> PathBuf {
    std::env::var_os("WCCOM_HOST_TEST_FOLDER").unwrap().into()
}

#[test]
#[ignore = "it is the process that another test kills"]
fn registers_until_it_is_killed() {
    let folder = folder_of_process();
    for number in 0.. {
        // Opened again and again, so that it is rewritten, too.
        let log = BatchLog::open(&folder, PATIENCE, &mut || false).unwrap();
        let mut log = log.borrow_mut();
        let batch: Vec<String> = (0..10)
            .map(|site| format!("https://{}-{number}-{site}.example.com", std::process::id()))
            .collect();
        for (states, word) in [
            (&[State::Refused, State::Refused, State::Sent][..], "sent"),
            (&[State::Received], "received"),
        ] {
            log.reserve(batch.len()).unwrap();
            for (url, state) in batch
                .iter()
                .flat_map(|url| states.iter().map(move |state| (url, state)))
            {
                log.append(&site(url), &record(url, *state)).unwrap();
            }
            log.commit().unwrap();
            for url in &batch {
                println!("\ncommitted {word} {url}");
            }
        }
    }
}

#[test]
fn what_was_committed_survives_kill_9_at_any_time() {
    let folder = Folder::new("killed");
    let mut committed = HashMap::new();
    for round in 0..12 {
        let mut child = process("registers_until_it_is_killed", &folder.0, "");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_note = |line: &String| line.starts_with("committed ");
        let mut note = |line: &str| {
            let mut words = line.split(' ').skip(1);
            let (state, url) = (words.next().unwrap(), words.next().unwrap());
            committed.insert(url.to_owned(), state.to_owned());
        };
        // The first ones are killed while they open the log.
        for line in lines.by_ref().map(Result::unwrap).filter(is_note).take(round * 15) {
            note(&line);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        lines.map(Result::unwrap).filter(is_note).for_each(|line| note(&line));

        let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
        for (url, state) in &committed {
            let found = log.borrow_mut().find(&site(url)).unwrap().unwrap();
            match state.as_str() {
                "sent" => assert!(
                    matches!(found.state, State::Sent | State::Received),
                    "{url}: {:?}",
                    found.state
                ),
                _ => assert_eq!(found.auth.unwrap().access_token_secret, format!("secret of {url}")),
            }
        }
    }
    assert!(committed.values().any(|state| state == "received"));
    assert!(!folder.0.join("batch.jsonl.damaged").exists());
}

#[test]
fn single_registers_close_their_sites_at_the_same_time() {
    let folder = Folder::new("closing");
    let urls: Vec<String> = (0..40).map(|number| format!("https://{number}.example.com")).collect();
    let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
    for url in &urls {
        log.borrow_mut()
            .append(&site(url), &record(url, State::Received))
            .unwrap();
    }
    drop(log);
    let path = &folder.0;
    thread::scope(|scope| {
        for urls in urls.chunks(10) {
            scope.spawn(move || {
                for url in urls {
                    let journal = SiteJournal::open(path, &site(url)).unwrap();
                    let _lock = journal.lock(PATIENCE, &mut || false).map_err(|_| ()).ok().unwrap();
                    assert!(journal.close().unwrap());
                }
            });
        }
    });
    assert!(!folder.log().contains("secret of"));
    let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
    for url in &urls {
        assert_eq!(log.borrow_mut().find(&site(url)).unwrap().unwrap().state, State::Closed);
    }
}

/// The memory of this process that is its own, in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let anonymous = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    anonymous.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The time that this thread has worked, whatever else the machine does.
fn worked() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(statistics.split(' ').next().unwrap().parse().unwrap())
}

fn since(begin: Duration) -> Duration {
    worked().saturating_sub(begin)
}

#[test]
#[ignore = "it measures, and wants a release build: cargo test --release --test journal_log -- --ignored --exact a_large_log_is_opened_quickly_and_in_constant_memory --nocapture"]
fn a_large_log_is_opened_quickly_and_in_constant_memory() {
    let folder = Folder::new("large");
    let url = |number: u32| format!("https://shop-{number}.customers.example.com");
    let mut taken = Vec::new();
    for (from, to) in [(0, 10_000), (10_000, 100_000), (100_000, 1_000_000)] {
        let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
        let begin = worked();
        for number in from..to {
            let url = url(number);
            log.borrow_mut().reserve(16).unwrap();
            for state in [State::Sent, State::Received] {
                log.borrow_mut().append(&site(&url), &record(&url, state)).unwrap();
            }
        }
        let append = since(begin) / (2 * (to - from));
        log.borrow_mut().commit().unwrap();
        drop(log);

        let begin = worked();
        let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
        let open = since(begin);
        let begin = worked();
        for number in (0..to).step_by(10) {
            assert!(log.borrow_mut().find(&site(&url(number))).unwrap().is_some());
        }
        let find = since(begin) / (to / 10);
        taken.push((to, open, memory()));
        drop(log);

        let read = |url: &str| {
            let begin = worked();
            let record = SiteJournal::open(&folder.0, &site(url)).unwrap().read().unwrap();
            (record.map(|record| record.state), since(begin))
        };
        let (known, unknown) = (read(&url(to / 2)), read("https://unknown.example.com"));
        assert_eq!((known.0, unknown.0), (Some(State::Received), None));
        let bytes = folder.0.join("batch.jsonl").metadata().unwrap().len();
        println!(
            "{to} sites, {} MiB: append {append:?}, open {open:?}, find {find:?}, single lookup {:?} and {:?}, memory {} KiB",
            bytes >> 20,
            known.1,
            unknown.1,
            memory()
        );
    }
    assert!(taken[1].1 < Duration::from_secs(1));
    assert!(taken[2].2 < taken[0].2 + 4 * 1024);
}

#[cfg(feature = "fault-points")]
mod fault_points {
    use wccom_host::journal::filters::Pruning;
    use wccom_host::journal::prune::prune;

    use super::*;

    const A: &str = "https://a.example.com";
    const B: &str = "https://b.example.com";

    #[test]
    #[ignore = "it is the process that another test lets kill itself"]
    fn prunes() {
        let pruning = Pruning::new(serde_json::Map::new()).unwrap();
        prune(&folder_of_process(), &pruning, PATIENCE, &mut || false).unwrap();
        println!("\ndone");
    }

    #[test]
    #[ignore = "it is the process that another test lets kill itself"]
    fn closes() {
        for url in [A, B] {
            SiteJournal::open(&folder_of_process(), &site(url))
                .unwrap()
                .close()
                .unwrap();
        }
        println!("\ndone");
    }

    fn state(folder: &Folder, url: &str) -> State {
        let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
        let record = log.borrow_mut().find(&site(url)).unwrap().unwrap();
        assert_eq!(record.auth.is_some(), record.state == State::Received);
        record.state
    }

    fn with(name: &str, records: &[(&str, State)]) -> Folder {
        let folder = Folder::new(name);
        let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
        for (url, state) in records {
            log.borrow_mut().append(&site(url), &record(url, *state)).unwrap();
        }
        folder
    }

    /// Whether it has ended before it was done.
    fn is_killed(test: &str, folder: &Folder, fault_point: &str) -> bool {
        let output = process(test, &folder.0, fault_point).wait_with_output().unwrap();
        !String::from_utf8(output.stdout).unwrap().contains("\ndone")
    }

    #[test]
    fn a_rewriting_that_is_killed_leaves_the_old_log_or_the_new_one() {
        let folder = with("rewriting", &[(A, State::Sent), (A, State::Received), (B, State::Sent)]);
        assert!(is_killed("fault_points::prunes", &folder, "log-rewritten"));
        assert_eq!((state(&folder, A), state(&folder, B)), (State::Received, State::Sent));
        assert!(is_killed("fault_points::prunes", &folder, "log-replaced"));
        assert_eq!((state(&folder, A), state(&folder, B)), (State::Closed, State::Sent));
        assert!(!folder.log().contains("secret of"));
        assert!(!is_killed("fault_points::prunes", &folder, ""));
    }

    #[test]
    fn a_closing_that_is_killed_leaves_a_site_that_is_not_sent_again() {
        let folder = with(
            "closing-killed",
            &[
                (A, State::Sent),
                (A, State::Received),
                (B, State::Refused),
                (B, State::Sent),
            ],
        );
        assert!(is_killed("fault_points::closes", &folder, "log-closed"));
        assert!(folder.log().contains("secret of"));
        assert_eq!((state(&folder, A), state(&folder, B)), (State::Closed, State::Sent));
        assert!(
            !folder.log().contains("secret of"),
            "the next one that opens it removes it"
        );
        assert!(is_killed("fault_points::closes", &folder, "log-line-removed"));
        assert_eq!(state(&folder, B), State::Sent, "what says least goes first");
        assert!(!is_killed("fault_points::closes", &folder, ""));
        let log = BatchLog::open(&folder.0, PATIENCE, &mut || false).unwrap();
        assert!(log.borrow_mut().find(&site(B)).unwrap().is_none());
    }
}
