use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::journal::Record;
use crate::journal::tests::{Folder, record, site};

fn open(folder: &Folder) -> Rc<RefCell<BatchLog>> {
    BatchLog::open(&folder.0, Duration::ZERO, &mut || false).unwrap()
}

fn pruned(folder: &Folder, filters: Value) -> Result<u64> {
    let Value::Object(filters) = filters else { panic!() };
    prune(&folder.0, &Pruning::new(filters)?, Duration::ZERO, &mut || false)
}

fn url(state: State) -> String {
    format!(
        "https://{}.example.com",
        serde_json::to_value(state).unwrap().as_str().unwrap().replace('_', "-")
    )
}

const ALL: [State; 7] = [
    State::Sent,
    State::Received,
    State::SecretUnavailable,
    State::Refused,
    State::NotSent,
    State::Closed,
    State::Damaged,
];

/// One site in each state, with another one before.
fn with_all(name: &str) -> Folder {
    let folder = Folder::new(name);
    let log = open(&folder);
    for state in ALL {
        let of = |state| Record {
            answer: (state == State::Sent).then(|| "hidden".to_owned()),
            ..record(state)
        };
        log.borrow_mut().append(&site(&url(state)), &of(State::Sent)).unwrap();
        log.borrow_mut().append(&site(&url(state)), &of(state)).unwrap();
    }
    folder
}

fn states(folder: &Folder) -> Vec<Option<State>> {
    let log = open(folder);
    let state = |state| {
        log.borrow_mut()
            .find(&site(&url(state)))
            .unwrap()
            .map(|record| record.state)
    };
    ALL.into_iter().map(state).collect()
}

#[test]
fn removes_secrets_and_what_was_not_registered_and_keeps_what_an_order_hangs_on() {
    let folder = with_all("prune-default");
    assert_eq!(
        pruned(&folder, json!({"older_than": 1_000_000_000_000_i64})).unwrap(),
        0
    );
    assert_eq!(pruned(&folder, json!({})).unwrap(), 3);
    let left = [
        State::Sent,
        State::Closed,
        State::SecretUnavailable,
        State::Closed,
        State::Damaged,
    ];
    let [sent, closed, unavailable, already, damaged] = left.map(Some);
    assert_eq!(
        states(&folder),
        [sent, closed, unavailable, None, None, already, damaged]
    );
    let content = std::fs::read_to_string(folder.0.join("batch.jsonl")).unwrap();
    assert!(!content.contains("access_token_secret"), "{content}");
    assert_eq!(content.lines().count(), 5);
    assert_eq!(pruned(&folder, json!({})).unwrap(), 0);
}

#[test]
fn forgets_only_the_states_and_sites_that_are_named() {
    let folder = with_all("prune-forget");
    let named = json!({"state": ["sent", "received"], "site": [url(State::Received)], "forget": true});
    assert_eq!(pruned(&folder, named).unwrap(), 1);
    assert_eq!(states(&folder)[..2], [Some(State::Sent), None]);
    let all: Vec<Value> = ALL.iter().map(|state| serde_json::to_value(state).unwrap()).collect();
    assert_eq!(pruned(&folder, json!({"state": all, "forget": true})).unwrap(), 6);
    assert_eq!(states(&folder), [None; 7]);
    let kept = std::fs::read_to_string(folder.0.join("batch.jsonl.forgotten")).unwrap();
    assert!(kept.contains("hidden"), "an answer that may hold the secret");
}

#[test]
fn leaves_the_files_of_single_sites_alone_and_wants_a_folder() {
    let folder = Folder::new("prune-single");
    assert!(pruned(&folder, json!({})).is_err());
    folder
        .journal("https://example.com")
        .write(&record(State::Received))
        .unwrap();
    assert_eq!(pruned(&folder, json!({})).unwrap(), 0);
    assert!(
        folder
            .journal("https://example.com")
            .read()
            .unwrap()
            .unwrap()
            .has_secret()
    );
    assert!(!folder.0.join("batch.jsonl").exists());
}

#[test]
fn a_batch_that_is_running_keeps_its_unknown_sites() {
    let folder = with_all("prune-running");
    let running = open(&folder);
    running.borrow_mut().reserve(3).unwrap();
    let error = pruned(&folder, json!({"state": "sent", "forget": true})).unwrap_err();
    assert!(error.retryable(), "{error}");
    assert_eq!(pruned(&folder, json!({})).unwrap(), 3);
    running
        .borrow_mut()
        .append(&site("https://new.example.com"), &record(State::Sent))
        .unwrap();
    drop(running);
    let new = open(&folder)
        .borrow_mut()
        .find(&site("https://new.example.com"))
        .unwrap();
    assert_eq!(new.unwrap().state, State::Sent);
    // Another process has it.
    let running = open(&folder);
    let elsewhere = std::thread::scope(|scope| scope.spawn(|| pruned(&folder, json!({}))).join().unwrap());
    assert!(elsewhere.unwrap_err().retryable());
    drop(running);
}

#[test]
fn a_signal_handler_that_runs_while_a_log_is_pruned_finds_it_busy_and_can_end_it() {
    let folder = Folder::new("prune-handler");
    let sites: Vec<String> = (0..1500).map(|n| format!("https://site-{n}.example.com")).collect();
    let log = open(&folder);
    for url in &sites {
        log.borrow_mut().append(&site(url), &record(State::Received)).unwrap();
    }
    log.borrow_mut().commit().unwrap();
    drop(log);
    let before = std::fs::read_to_string(folder.0.join("batch.jsonl")).unwrap();
    let Value::Object(all) = json!({ "state": "received" }) else {
        panic!()
    };
    let all = Pruning::new(all).unwrap();
    let mut runs = 0;
    let mut handler = |ends: bool| {
        runs += 1;
        let busy = BatchLog::open(&folder.0, Duration::ZERO, &mut || false).err();
        // The first time the log is read, the second time it is pruned.
        assert!(busy.unwrap().to_string().contains("is being written"));
        ends && runs % 2 == 0
    };
    let ended = prune(&folder.0, &all, Duration::ZERO, &mut || handler(true));
    assert!(matches!(ended, Err(Error::Interrupted { sent: false })));
    assert_eq!(std::fs::read_to_string(folder.0.join("batch.jsonl")).unwrap(), before);
    let pruned = prune(&folder.0, &all, Duration::ZERO, &mut || handler(false));
    assert_eq!(pruned.unwrap(), 1500);
}
