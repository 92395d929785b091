use std::time::Duration;

use super::*;
use crate::journal::State;
use crate::journal::log::BatchLog;
use crate::journal::tests::{Folder, record, site};

fn of(url: &str, state: State) -> Record {
    Record {
        home_url: url.to_owned(),
        ..record(state)
    }
}

fn write(folder: &Folder, records: &[(&str, State)]) {
    let log = BatchLog::open(&folder.0, Duration::ZERO, &mut || false).unwrap();
    for (url, state) in records {
        log.borrow_mut().append(&site(url), &of(url, *state)).unwrap();
    }
}

fn all(folder: &Folder) -> Vec<(String, State)> {
    let mut records = Records::open(&folder.0).unwrap();
    let mut all = Vec::new();
    while let Some((file, record)) = records.next(|_, _| true).unwrap() {
        assert!(file.exists());
        all.push((record.home_url, record.state));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn gives_the_last_record_of_each_site_of_the_log_and_of_single_sites() {
    let folder = Folder::new("records");
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| format!("https://{name}.example.com"));
    write(
        &folder,
        &[
            (&a, State::Sent),
            (&b, State::Sent),
            (&c, State::Refused),
            (&a, State::Received),
        ],
    );
    folder.journal(&c).write(&of(&c, State::Received)).unwrap();
    folder.journal(&d).write(&of(&d, State::SecretUnavailable)).unwrap();
    let lock = folder.journal(&d).lock(Duration::ZERO, &mut || false);
    let expected = [
        (a.clone(), State::Received),
        (b, State::Sent),
        (c, State::Received),
        (d.clone(), State::SecretUnavailable),
    ];
    assert_eq!(all(&folder), expected);
    drop(lock);

    // While a batch is writing: room, and a line that is not whole.
    let log = folder.0.join("batch.jsonl");
    let content = std::fs::read_to_string(&log).unwrap();
    std::fs::write(
        &log,
        format!("{content}{{\"site\":\"https://a.example.com:443\",\"sta{:5000}", ""),
    )
    .unwrap();
    assert_eq!(all(&folder), expected);

    let mut records = Records::open(&folder.0).unwrap();
    let (file, record) = records
        .next(|_, record| record.state == State::SecretUnavailable)
        .unwrap()
        .unwrap();
    assert_eq!((file.as_path(), record.home_url), (folder.journal(&d).file(), d));
    assert_eq!(
        Records::open(&folder.0)
            .unwrap()
            .next(|site, _| site == "https://a.example.com:443")
            .unwrap()
            .unwrap()
            .1
            .home_url,
        a
    );
}

#[test]
fn what_is_damaged_is_not_left_out() {
    let folder = Folder::new("records-damaged");
    write(
        &folder,
        &[
            ("https://a.example.com", State::Received),
            ("https://b.example.com", State::Sent),
        ],
    );
    let log = folder.0.join("batch.jsonl");
    let content = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, content.replacen("\"auth\"", "auth", 1)).unwrap();
    std::fs::write(folder.journal("https://c.example.com").file(), "{").unwrap();
    let states: Vec<_> = all(&folder).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, [State::Damaged, State::Damaged, State::Sent]);
}

#[test]
fn a_folder_that_is_not_there_is_no_empty_journal() {
    let folder = Folder::new("records-missing");
    let error = Records::open(&folder.0).err().unwrap();
    assert!(error.to_string().contains("No such file"), "{error}");
    assert!(!folder.0.exists());
}
