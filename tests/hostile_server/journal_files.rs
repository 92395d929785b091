//! A journal's files with any bytes in them: a site that may have been sent is never sent again.

use std::time::Duration;

use serde_json::json;
use wccom_host::auth::Auth;
use wccom_host::journal::log::BatchLog;
use wccom_host::journal::records::Records;
use wccom_host::journal::{Record, SiteJournal, State};
use wccom_host::site_url::SiteUrl;

use super::bodies;
use super::cases::Cases;
use super::choices::Choices;
use super::sites::url;
use super::support::client::Folder;

const SITES: usize = 3;

fn address(site: usize) -> SiteUrl {
    SiteUrl::parse("url", url(site)).unwrap()
}

fn record(site: usize, state: State) -> Record {
    Record {
        state,
        auth: (state == State::Received).then(|| Auth {
            access_token: "token".to_owned(),
            access_token_secret: format!("secret-{site}"),
            site_id: 1,
            user_id: 2,
            updated: 3,
            url: url(site),
        }),
        registration: None,
        url: url(site),
        home_url: url(site),
        api_version: "v2.0".to_owned(),
        email: None,
        started: 1,
        http_status: 0,
        reason: None,
        answer: None,
    }
}

fn private(folder: &Folder) {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(folder.path()).unwrap();
}

#[test]
fn a_site_with_a_file_of_any_bytes_is_never_one_without() {
    let cases = Cases {
        name: "site_files",
        count: 1000,
        bytes: 120,
        memory: 16 * 1024 * 1024,
    };
    let whole = serde_json::to_string(&record(0, State::Received)).unwrap();
    cases.check(
        |choices| {
            (
                bodies::body(choices, &whole),
                choices.one_in(3).then(|| bodies::body(choices, &whole)),
            )
        },
        |(file, newer), measured| {
            let folder = Folder::new();
            private(&folder);
            let journal = SiteJournal::at(folder.path(), &address(0));
            std::fs::write(journal.file(), file).unwrap();
            if let Some(newer) = newer {
                std::fs::write(format!("{}.new", journal.file().display()), newer).unwrap();
            }
            let read = measured.does_within(Duration::from_secs(1), || journal.read())?;
            // One that a newer version has written stops the next register as well.
            let Ok(read) = read else { return Ok(()) };
            let record = read.ok_or("there is no record")?;
            let mut records = Records::open(folder.path()).map_err(|error| error.to_string())?;
            let listed = measured
                .does(|| records.next(|_, _| true))
                .map_err(|error| error.to_string())?;
            let is_listed = listed.is_some_and(|(_, listed)| listed.state == record.state);
            is_listed.then_some(()).ok_or_else(|| "it is not listed".to_owned())
        },
    );
}

/// A log, as written, and then with some of its bytes changed.
fn log(choices: &mut Choices) -> (Vec<State>, Vec<u8>) {
    let states: Vec<State> = (0..SITES)
        .map(|_| choices.of(&[State::Received, State::Sent, State::Closed, State::SecretUnavailable]))
        .collect();
    let folder = Folder::new();
    let open = BatchLog::open(folder.path(), Duration::from_secs(20), &mut || false).unwrap();
    for (site, state) in states.iter().enumerate() {
        open.borrow_mut()
            .append(&address(site), &record(site, State::Sent))
            .unwrap();
        open.borrow_mut().append(&address(site), &record(site, *state)).unwrap();
    }
    open.borrow_mut().write().unwrap();
    drop(open);
    let mut bytes = std::fs::read(folder.path().join("batch.jsonl")).unwrap();
    while bytes.last().is_some_and(|byte| *byte == b' ') {
        bytes.pop();
    }
    let line = |bytes: &[u8], choices: &mut Choices| {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>();
        lines
            .get(choices.below(lines.len().max(1)))
            .map_or(Vec::new(), |line| line.to_vec())
    };
    for _ in 0..choices.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = choices.below(bytes.len());
        match choices.below(8) {
            0 => bytes[at] ^= 1 << choices.below(8),
            1 => bytes.truncate(at),
            2 => bytes[at] = choices.byte(),
            3 => drop(bytes.splice(at..at, choices.raw(40))),
            4 => drop(bytes.drain(at..(at + choices.size(60)).min(bytes.len()))),
            5 => bytes.extend(line(&bytes, choices)),
            6 => {
                let line = line(&bytes, choices);
                bytes.splice(at..at, line);
            }
            _ => {
                let zeros = vec![choices.of(&[0, b' ', b'\n', b'{', b'[', b'"']); choices.size(9000)];
                bytes.splice(at..at, zeros);
            }
        }
    }
    (states, bytes)
}

#[test]
fn a_site_whose_address_is_left_in_a_damaged_log_is_never_sent_again() {
    let cases = Cases {
        name: "logs",
        count: 300,
        bytes: 60,
        memory: 16 * 1024 * 1024,
    };
    cases.check(log, |(states, bytes), measured| {
        let folder = Folder::new();
        private(&folder);
        std::fs::write(folder.path().join("batch.jsonl"), bytes).unwrap();
        let shown = || bytes.escape_ascii().to_string();
        let open = || {
            measured.does_within(Duration::from_secs(1), || {
                BatchLog::open(folder.path(), Duration::from_secs(20), &mut || false)
            })
        };
        // A log that cannot be understood as a whole may be refused; nothing is sent then.
        let Ok(log) = open()? else { return Ok(()) };
        // The beginning of a line whose rest was never written was never synced either: nothing was sent for it.
        let text = &bytes[..bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)];
        for (site, state) in states.iter().enumerate() {
            let named = format!("\"site\":{}", json!(address(site).site()));
            let is_named = memchr::memmem::find(text, named.as_bytes()).is_some();
            let found = measured
                .does(|| log.borrow_mut().find(&address(site)))
                .map_err(|error| error.to_string())?;
            let may_be_sent = found.as_ref().is_none_or(|record| record.state.may_be_sent());
            if is_named && may_be_sent {
                return Err(format!("site {site} ({state:?}) would be sent, with {}", shown()));
            }
            if let Some(auth) = found.and_then(|record| record.auth)
                && auth.access_token_secret != format!("secret-{site}")
            {
                return Err(format!(
                    "site {site} has {}, with {}",
                    auth.access_token_secret,
                    shown()
                ));
            }
        }
        Ok(())
    });
}
