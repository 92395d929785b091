use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;

use super::*;
use crate::journal::State;
use crate::journal::tests::{Folder, record, site};

const NO_TIME: Duration = Duration::ZERO;

fn open(folder: &Folder) -> Rc<RefCell<BatchLog>> {
    BatchLog::open(&folder.0, NO_TIME, &mut || false).unwrap()
}

fn of(url: &str, state: State) -> Record {
    Record {
        home_url: url.to_owned(),
        ..record(state)
    }
}

/// Appends these and closes the log.
fn write(folder: &Folder, records: &[(&str, State)]) {
    let log = open(folder);
    let mut log = log.borrow_mut();
    for (url, state) in records {
        log.append(&site(url), &of(url, *state)).unwrap();
    }
    log.commit().unwrap();
}

fn state(folder: &Folder, url: &str) -> Option<State> {
    let log = open(folder);
    let record = log.borrow_mut().find(&site(url)).unwrap();
    record.map(|record| record.state)
}

fn content(folder: &Folder) -> String {
    std::fs::read_to_string(folder.0.join("batch.jsonl")).unwrap()
}

fn set_content(folder: &Folder, content: impl AsRef<[u8]>) {
    std::fs::write(folder.0.join("batch.jsonl"), content).unwrap();
}

const A: &str = "https://a.example.com";
const B: &str = "https://b.example.com/shop";
const C: &str = "https://c.example.com:8443";

#[test]
fn the_last_record_of_a_site_counts_under_every_spelling_and_after_it_was_opened_again() {
    let folder = Folder::new("log-last");
    write(&folder, &[(A, State::Sent), (B, State::Sent), (A, State::Received)]);
    for _ in 0..2 {
        assert_eq!(state(&folder, "https://A.example.com:443//"), Some(State::Received));
        assert_eq!(state(&folder, B), Some(State::Sent));
        assert_eq!(state(&folder, C), None);
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0), 0o700);
    assert_eq!(mode(&folder.0.join("batch.jsonl")), 0o600);
}

#[test]
fn what_was_added_is_found_at_once_and_written_together() {
    let folder = Folder::new("log-pending");
    let log = open(&folder);
    let mut log = log.borrow_mut();
    for state in [State::Sent, State::Received] {
        for url in [A, B] {
            log.append(&site(url), &of(url, state)).unwrap();
        }
        assert_eq!(log.find(&site(A)).unwrap().unwrap().state, state);
        assert_eq!(log.find(&site(B)).unwrap().unwrap().home_url, B);
        assert!(log.find(&site(C)).unwrap().is_none());
    }
    assert_eq!(content(&folder), "");
    log.commit().unwrap();
    assert_eq!(content(&folder).lines().count(), 4);
    log.append(&site(C), &of(C, State::Received)).unwrap();
    assert!(log.close(&site(C).site(), None).unwrap(), "also before it was written");
    assert_eq!(log.find(&site(C)).unwrap().unwrap().state, State::Closed);
}

#[test]
fn a_file_that_a_single_register_of_this_process_makes_is_seen() {
    let folder = Folder::new("log-noted");
    write(&folder, &[(A, State::Refused)]);
    let log = open(&folder);
    assert_eq!(log.borrow_mut().find(&site(A)).unwrap().unwrap().state, State::Refused);
    folder.journal(A).begin(&of(A, State::Sent)).unwrap();
    assert_eq!(log.borrow_mut().find(&site(A)).unwrap().unwrap().state, State::Sent);
    // What a kill has left of one counts as well.
    drop(log);
    let (file, new_file) = (folder.journal(A).file, folder.journal(A).new_file());
    std::fs::write(new_file, serde_json::to_vec(&of(A, State::Received)).unwrap()).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!(state(&folder, A), Some(State::Received));
}

#[test]
fn a_site_s_own_file_comes_before_the_log() {
    let folder = Folder::new("log-file");
    write(&folder, &[(A, State::Refused)]);
    folder.journal(A).write(&of(A, State::Sent)).unwrap();
    assert_eq!(state(&folder, A), Some(State::Sent));
    assert_eq!(folder.journal(A).read().unwrap().unwrap().state, State::Sent);
}

#[test]
fn an_answer_changes_neither_the_size_of_the_file_nor_its_room_and_the_room_is_given_back() {
    let folder = Folder::new("log-room");
    let log = open(&folder);
    let size = || std::fs::metadata(folder.0.join("batch.jsonl")).unwrap();
    log.borrow_mut().reserve(100).unwrap();
    let before = size();
    assert!(before.len() >= 100 * ROOM && before.blocks() * 512 >= before.len());
    for _ in 0..100 {
        log.borrow_mut().append(&site(A), &of(A, State::Received)).unwrap();
    }
    assert_eq!(size().len(), before.len());
    // One answer can be larger than all the room.
    let answer = Some("x".repeat(3 * 1024 * 1024));
    let answered = Record {
        answer,
        ..of(B, State::Sent)
    };
    log.borrow_mut().append(&site(B), &answered).unwrap();
    log.borrow_mut().commit().unwrap();
    assert_eq!(
        log.borrow_mut().find(&site(B)).unwrap().unwrap().answer,
        answered.answer
    );
    drop(log);
    assert!(content(&folder).ends_with("}\n"));
    assert_eq!(state(&folder, B), Some(State::Sent));
    assert_eq!(state(&folder, A), Some(State::Received));
}

#[test]
fn a_line_that_was_cut_off_does_not_hide_the_one_before() {
    let folder = Folder::new("log-cut");
    write(&folder, &[(A, State::Sent)]);
    let sent = content(&folder);
    write(&folder, &[(A, State::Received)]);
    let whole = content(&folder);
    for length in (sent.len()..whole.len() - 1).step_by(7) {
        for room in ["", "     ", "\0\0\0"] {
            set_content(&folder, format!("{}{room}", &whole[..length]));
            assert_eq!(
                folder.journal(A).read().unwrap().unwrap().state,
                State::Sent,
                "{length}"
            );
            assert_eq!(state(&folder, A), Some(State::Sent), "{length}");
            assert_eq!(content(&folder), sent, "{length}");
            set_content(&folder, format!("{}{room}", &whole[..length]));
            let log = open(&folder);
            assert_eq!(
                content(&folder).replace('\0', " ").trim_end_matches(' '),
                sent,
                "it is gone at once"
            );
            drop(log);
            // What follows is not glued to it.
            write(&folder, &[(B, State::Sent)]);
            assert_eq!(
                (state(&folder, A), state(&folder, B)),
                (Some(State::Sent), Some(State::Sent))
            );
        }
    }
    let aside = std::fs::read_to_string(folder.0.join("batch.jsonl.damaged")).unwrap();
    assert!(
        aside.contains(r#""access_token_secret":"s""#),
        "a secret that was whole is kept"
    );
}

#[test]
fn a_line_that_lacks_only_its_newline_is_whole() {
    let folder = Folder::new("log-newline");
    write(&folder, &[(A, State::Sent), (A, State::Received)]);
    let whole = content(&folder);
    set_content(&folder, whole.trim_end());
    assert_eq!(folder.journal(A).read().unwrap().unwrap().state, State::Received);
    write(&folder, &[(B, State::Sent)]);
    assert!(content(&folder).starts_with(&whole));
    assert_eq!(state(&folder, A), Some(State::Received));
}

#[test]
fn a_damaged_line_is_kept_aside_and_its_site_is_not_sent_unless_a_later_line_says_more() {
    let folder = Folder::new("log-damaged");
    write(
        &folder,
        &[
            (A, State::Sent),
            (B, State::Received),
            (C, State::Received),
            (A, State::Received),
        ],
    );
    let sent = line::of_record(&site(B).site(), &of(B, State::Sent)).unwrap();
    let lines: Vec<String> = content(&folder).lines().map(str::to_owned).collect();
    let torn = |line: &str| format!("{}{}", &line[..line.len() / 2], " ".repeat(line.len() - line.len() / 2));
    let headless = |line: &str| format!("{}{}", " ".repeat(30), &line[30..]);
    // A's first line is torn, B's too; a line lost its beginning; the rest is whole.
    let damaged = [
        torn(&lines[0]),
        torn(&lines[1]),
        headless(&lines[2]),
        lines[2].clone(),
        lines[3].clone(),
    ];
    set_content(&folder, [sent, (damaged.join("\n") + "\n").into_bytes()].concat());
    assert_eq!(folder.journal(B).read().unwrap().unwrap().state, State::Damaged);
    for _ in 0..2 {
        assert_eq!(state(&folder, A), Some(State::Received));
        assert_eq!(state(&folder, B), Some(State::Damaged));
        assert_eq!(state(&folder, C), Some(State::Received));
        let record = folder.journal(B).read().unwrap().unwrap();
        assert_eq!(
            (record.state, record.home_url.as_str()),
            (State::Damaged, "https://b.example.com:443/shop")
        );
    }
    let aside = std::fs::read_to_string(folder.0.join("batch.jsonl.damaged")).unwrap();
    let aside: Vec<&str> = aside.lines().map(str::trim).collect();
    assert_eq!(
        aside,
        [damaged[0].trim(), damaged[1].trim(), damaged[2].trim()],
        "each once"
    );
    assert_eq!(
        content(&folder).matches(damaged[2].trim()).count(),
        1,
        "only in the whole line"
    );
}

#[test]
fn lines_that_a_loss_of_power_left_out_cost_only_themselves() {
    let folder = Folder::new("log-hole");
    write(
        &folder,
        &[
            (A, State::Sent),
            (B, State::Sent),
            (C, State::Sent),
            (A, State::Received),
            (C, State::Received),
        ],
    );
    let whole = content(&folder);
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let (from, to) = (
        lines[0].len() + lines[1].len() / 2,
        whole.len() - lines[4].len() - lines[3].len() / 2,
    );
    for blank in [b' ', 0] {
        let mut bytes = whole.clone().into_bytes();
        bytes[from..to].fill(blank);
        set_content(&folder, bytes);
        // What is left of its answer names it.
        assert_eq!(state(&folder, A), Some(State::Damaged));
        assert_eq!(state(&folder, B), Some(State::Damaged));
        assert_eq!(state(&folder, C), Some(State::Received));
    }
}

#[test]
fn a_log_that_is_mostly_dead_is_rewritten_with_the_last_line_of_each_site() {
    let folder = Folder::new("log-compaction");
    let log = open(&folder);
    log.borrow_mut().bind_to_shard(Some("1/4")).unwrap();
    let urls: Vec<String> = (0..1000)
        .map(|number| format!("https://{number}.example.com"))
        .collect();
    for state in [State::Sent, State::Refused, State::Sent, State::Received] {
        for url in &urls {
            log.borrow_mut().append(&site(url), &of(url, state)).unwrap();
        }
    }
    drop(log);
    assert_eq!(content(&folder).lines().count(), 1 + 4 * urls.len());
    let log = open(&folder);
    assert_eq!(content(&folder).lines().count(), 1 + urls.len());
    for url in &urls {
        assert_eq!(
            log.borrow_mut()
                .find(&site(url))
                .unwrap()
                .unwrap()
                .auth
                .unwrap()
                .access_token_secret,
            "s"
        );
    }
    // It goes on as before.
    log.borrow_mut().append(&site(A), &of(A, State::Sent)).unwrap();
    drop(log);
    assert_eq!(state(&folder, A), Some(State::Sent));
    assert!(open(&folder).borrow_mut().bind_to_shard(None).is_err());
}

#[test]
fn two_sites_with_one_number_in_the_index_are_two_sites() {
    let folder = Folder::new("log-collision");
    write(&folder, &[(A, State::Received), (B, State::Sent)]);
    let log = open(&folder);
    let mut log = log.borrow_mut();
    let place_of_b = log.index.get(&site(B).site()).unwrap().unwrap();
    log.index.insert(&site(A).site(), place_of_b).unwrap();
    log.index.insert(&site(C).site(), place_of_b).unwrap();
    assert_eq!(log.find(&site(A)).unwrap().unwrap().state, State::Received);
    assert!(log.find(&site(C)).unwrap().is_none());
    log.rewrite(&mut |_, _, _| Ok(Fate::Keep)).unwrap();
    assert_eq!(log.find(&site(A)).unwrap().unwrap().state, State::Received);
    assert_eq!(log.find(&site(B)).unwrap().unwrap().state, State::Sent);
}

#[test]
fn a_signal_handler_that_runs_while_a_log_is_read_finds_it_busy_and_can_end_it() {
    let folder = Folder::new("log-handler");
    let sites: Vec<String> = (0..2500).map(|n| format!("https://site-{n}.example.com")).collect();
    let records: Vec<_> = sites.iter().map(|site| (site.as_str(), State::Received)).collect();
    write(&folder, &records);
    let mut runs = 0;
    let log = BatchLog::open(&folder.0, NO_TIME, &mut || {
        runs += 1;
        let nested = BatchLog::open(&folder.0, NO_TIME, &mut || false).err().unwrap();
        assert!(nested.to_string().contains("is being written"), "{nested}");
        assert!(folder.journal(&sites[2499]).close().is_err());
        let known = folder.journal(&sites[2499]).read().unwrap();
        assert_eq!(known.map(|record| record.state), Some(State::Received));
        folder.journal(A).write(&record(State::Sent)).unwrap();
        false
    })
    .unwrap();
    assert_eq!(runs, 2);
    assert!(log.borrow().has_site_files());
    drop(log);
    let ended = BatchLog::open(&folder.0, NO_TIME, &mut || true).err();
    assert!(matches!(ended, Some(Error::Interrupted { sent: false })));
    assert_eq!(state(&folder, &sites[2499]), Some(State::Received));
}

#[test]
fn rewriting_keeps_the_room_of_the_requests_in_flight() {
    let folder = Folder::new("log-rewrite-room");
    let log = open(&folder);
    let mut log = log.borrow_mut();
    log.append(&site(A), &of(A, State::Sent)).unwrap();
    log.reserve(16).unwrap();
    log.rewrite(&mut |_, _, _| Ok(Fate::Keep)).unwrap();
    let size = std::fs::metadata(folder.0.join("batch.jsonl")).unwrap().len();
    assert!(size >= log.log.end + 16 * ROOM, "{size}");
}

#[test]
fn a_log_belongs_to_one_shard() {
    let folder = Folder::new("log-shard");
    let log = open(&folder);
    // Nothing was sent yet.
    log.borrow_mut().bind_to_shard(Some("0/4")).unwrap();
    log.borrow_mut().bind_to_shard(Some("1/4")).unwrap();
    log.borrow_mut().append(&site(A), &of(A, State::Sent)).unwrap();
    drop(log);
    for other in [Some("0/4"), Some("1/5"), None] {
        let error = open(&folder).borrow_mut().bind_to_shard(other).unwrap_err();
        assert!(
            matches!(&error, Error::InvalidRequest { field, message } if field == "shard" && message.contains("1/4")),
            "{error:?}"
        );
    }
    open(&folder).borrow_mut().bind_to_shard(Some("1/4")).unwrap();

    let folder = Folder::new("log-no-shard");
    write(&folder, &[(A, State::Sent)]);
    assert!(open(&folder).borrow_mut().bind_to_shard(Some("0/4")).is_err());
    open(&folder).borrow_mut().bind_to_shard(None).unwrap();
}

/// What another process would get: what is held is held by a thread.
fn elsewhere<T: Send>(act: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(act).join().unwrap())
}

#[test]
fn a_batch_and_single_registers_keep_each_other_out_but_not_those_of_the_same_process() {
    let folder = Folder::new("log-locks");
    let never = &mut || false;
    let lock = |url: &str| folder.journal(url).lock(NO_TIME, &mut || false);
    let is_free = || elsewhere(|| BatchLog::open(&folder.0, NO_TIME, &mut || false).is_ok());
    let single = lock(A).map_err(|_| ()).ok().unwrap();
    assert!(elsewhere(|| lock(B).is_ok()), "singles share the folder");
    assert!(!elsewhere(|| lock(A).is_ok()));
    assert!(!is_free());

    let log = BatchLog::open(&folder.0, NO_TIME, never).unwrap();
    assert!(Rc::ptr_eq(&log, &open(&folder)), "a batch in the callback of another");
    let in_callback = lock(B).map_err(|_| ()).ok().unwrap();
    let busy = elsewhere(|| lock(C).err().unwrap());
    assert!(
        matches!(&busy, Error::Local { retryable: true, message } if message.contains("batch")),
        "{busy}"
    );
    let interrupted = elsewhere(|| {
        folder
            .journal(C)
            .lock(Duration::from_secs(60), &mut || true)
            .err()
            .unwrap()
    });
    assert!(matches!(interrupted, Error::Interrupted { sent: false }));

    drop(log);
    assert!(elsewhere(|| lock(C).is_ok()), "the batch is over");
    assert!(
        !elsewhere(|| lock(A).is_ok()) && !elsewhere(|| lock(B).is_ok()),
        "and the sites are still locked"
    );
    assert!(!is_free());
    in_callback.release();
    assert!(!is_free());
    single.release();
    assert!(is_free());
}

#[test]
fn a_batch_that_does_not_get_the_folder_leaves_the_sites_of_its_process_locked() {
    let folder = Folder::new("log-share");
    let own = folder
        .journal(A)
        .lock(NO_TIME, &mut || false)
        .map_err(|_| ())
        .ok()
        .unwrap();
    let (journal, (locked, is_locked), (release, may_release)) =
        (folder.journal(B), mpsc::channel(), mpsc::channel::<()>());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let lock = journal.lock(NO_TIME, &mut || false);
            locked.send(lock.is_ok()).unwrap();
            may_release.recv().unwrap_err();
        });
        assert!(is_locked.recv().unwrap());
        assert!(BatchLog::open(&folder.0, Duration::from_millis(50), &mut || false).is_err());
        drop(release);
    });
    assert!(elsewhere(|| BatchLog::open(&folder.0, NO_TIME, &mut || false).is_err()));
    drop(own);
    assert!(elsewhere(|| BatchLog::open(&folder.0, NO_TIME, &mut || false).is_ok()));
}

#[test]
fn closing_a_registration_removes_its_secret_from_the_disk_and_keeps_the_site_from_being_sent() {
    let folder = Folder::new("log-close");
    write(
        &folder,
        &[
            (A, State::Sent),
            (A, State::Received),
            (B, State::Received),
            (C, State::Refused),
        ],
    );
    // A batch was killed, with room reserved and a line half written.
    set_content(
        &folder,
        content(&folder) + r#"{"site":"https://c.exam"# + &" ".repeat(100_000),
    );
    for url in [A, B] {
        let journal = folder.journal(url);
        assert!(journal.close().unwrap());
        assert!(!journal.close().unwrap(), "closed already");
        assert_eq!(journal.read().unwrap().unwrap().state, State::Closed);
    }
    assert!(!folder.journal(C).close().unwrap(), "it may be sent again");
    assert!(folder.journal(C).read().unwrap().is_none());
    assert!(
        !content(&folder).contains("access_token_secret"),
        "{}",
        content(&folder)
    );
    assert_eq!(
        (state(&folder, A), state(&folder, B), state(&folder, C)),
        (Some(State::Closed), Some(State::Closed), Some(State::Refused))
    );

    // And the same while a batch of this process is running.
    let folder = Folder::new("log-close-within");
    let log = open(&folder);
    log.borrow_mut().reserve(1).unwrap();
    log.borrow_mut().append(&site(A), &of(A, State::Received)).unwrap();
    assert!(folder.journal(A).close().unwrap());
    assert!(!content(&folder).contains("access_token_secret"));
    log.borrow_mut().append(&site(B), &of(B, State::Received)).unwrap();
    drop(log);
    assert_eq!(
        (state(&folder, A), state(&folder, B)),
        (Some(State::Closed), Some(State::Received))
    );
}

#[test]
fn a_batch_s_unknown_outcome_is_closed_by_removing_it_but_for_an_answer_that_may_hold_the_secret() {
    let folder = Folder::new("log-decided");
    let log = open(&folder);
    let answered = Record {
        answer: Some("hidden".to_owned()),
        ..of(A, State::Sent)
    };
    for record in [of(A, State::Refused), of(A, State::Sent), answered] {
        log.borrow_mut().append(&site(A), &record).unwrap();
    }
    log.borrow_mut()
        .append(&site(B), &of(B, State::SecretUnavailable))
        .unwrap();
    assert!(folder.journal(A).close().unwrap());
    assert!(log.borrow_mut().find(&site(A)).unwrap().is_none());
    drop(log);
    assert!(folder.journal(B).close().unwrap());
    assert_eq!((state(&folder, A), state(&folder, B)), (None, None));
    assert_eq!(content(&folder).trim(), "");
    let kept = std::fs::read_to_string(folder.0.join("batch.jsonl.forgotten")).unwrap();
    assert!(kept.contains("hidden") && kept.lines().count() == 1, "{kept}");
}

#[test]
fn a_single_registration_of_a_site_that_a_batch_knows_stays_known_when_it_is_closed() {
    let folder = Folder::new("log-single");
    write(&folder, &[(A, State::Refused)]);
    for (url, expected) in [(A, Some(State::Closed)), (B, None)] {
        let journal = folder.journal(url);
        journal.write(&of(url, State::Received)).unwrap();
        assert!(journal.close().unwrap());
        assert_eq!(state(&folder, url), expected);
    }
    // One that was not made leaves the log as it is.
    write(&folder, &[(C, State::NotSent)]);
    folder.journal(C).write(&of(C, State::Sent)).unwrap();
    assert!(folder.journal(C).close().unwrap());
    assert_eq!(state(&folder, C), Some(State::NotSent));
}

#[test]
fn a_log_that_others_can_read_is_refused() {
    let folder = Folder::new("log-modes");
    write(&folder, &[(A, State::Sent)]);
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o750)).unwrap();
    let error = BatchLog::open(&folder.0, NO_TIME, &mut || false).err().unwrap();
    assert!(error.to_string().contains("chmod 700"), "{error}");
}

#[test]
fn a_new_file_that_was_not_put_in_place_is_removed() {
    let folder = Folder::new("log-new-file");
    write(&folder, &[(A, State::Received)]);
    let new_file = folder.0.join("batch.jsonl.new");
    std::fs::copy(folder.0.join("batch.jsonl"), &new_file).unwrap();
    assert_eq!(state(&folder, A), Some(State::Received));
    assert!(!new_file.exists(), "it has a copy of the secret");
    std::fs::copy(folder.0.join("batch.jsonl"), &new_file).unwrap();
    assert!(folder.journal(A).close().unwrap());
    assert!(!new_file.exists(), "and so when the site is closed");
}

#[test]
fn a_rewriting_whose_folder_cannot_be_synced_goes_on_in_the_new_file_and_says_so() {
    let folder = Folder::new("log-rewrite-sync");
    write(&folder, &[(A, State::Sent), (A, State::Received)]);
    let log = open(&folder);
    let mut log = log.borrow_mut();
    log.folder = folder.0.join("gone");
    log.rewrite(&mut |_, _, _| Ok(Fate::Keep)).unwrap_err();
    assert_eq!(
        content(&folder).trim_end().lines().count(),
        1,
        "the new one is in place"
    );
    log.append(&site(B), &of(B, State::Received)).unwrap();
    log.commit().unwrap_err();
    assert!(
        content(&folder).contains(B),
        "what comes is written where it will be found"
    );
    log.folder.clone_from(&folder.0);
    assert_eq!(log.find(&site(A)).unwrap().unwrap().state, State::Received);
    assert_eq!(log.find(&site(B)).unwrap().unwrap().state, State::Received);
}

#[test]
fn a_log_that_is_removed_or_moved_while_a_batch_is_running_is_written_again() {
    let folder = Folder::new("log-removed");
    let file = folder.0.join("batch.jsonl");
    let log = open(&folder);
    log.borrow_mut().append(&site(A), &of(A, State::Received)).unwrap();
    log.borrow_mut().commit().unwrap();
    std::fs::remove_file(&file).unwrap();
    log.borrow_mut().append(&site(B), &of(B, State::Received)).unwrap();
    log.borrow_mut().commit().unwrap();
    assert!(content(&folder).contains(A) && content(&folder).contains(B));
    std::fs::rename(&file, folder.0.join("moved")).unwrap();
    log.borrow_mut().commit().unwrap();
    log.borrow_mut().append(&site(C), &of(C, State::Sent)).unwrap();
    log.borrow_mut().commit().unwrap();
    drop(log);
    for (url, expected) in [(A, State::Received), (B, State::Received), (C, State::Sent)] {
        assert_eq!(state(&folder, url), Some(expected));
    }
}

#[test]
fn a_log_that_is_not_at_its_place_any_more_takes_nothing() {
    let folder = Folder::new("log-replaced");
    let file = folder.0.join("batch.jsonl");
    let moved = folder.0.with_extension("moved");
    let _ = std::fs::remove_dir_all(&moved);
    let replace_file = || {
        std::fs::copy(&file, folder.0.join("copy")).unwrap();
        std::fs::rename(folder.0.join("copy"), &file).unwrap();
    };
    let move_folder = || std::fs::rename(&folder.0, &moved).unwrap();
    let remove_folder = || std::fs::remove_dir_all(&folder.0).unwrap();
    let replace_folder = || {
        std::fs::remove_dir_all(&folder.0).unwrap();
        std::fs::create_dir(&folder.0).unwrap();
    };
    let changes: [&dyn Fn(); 4] = [&replace_file, &move_folder, &remove_folder, &replace_folder];
    for change in changes {
        let log = open(&folder);
        log.borrow_mut().append(&site(A), &of(A, State::Sent)).unwrap();
        log.borrow_mut().commit().unwrap();
        change();
        log.borrow_mut().append(&site(A), &of(A, State::Received)).unwrap();
        let error = log.borrow_mut().commit().unwrap_err();
        assert!(error.to_string().contains("moved, removed or replaced"), "{error}");
        let _ = std::fs::remove_dir_all(&folder.0);
    }
    std::fs::remove_dir_all(&moved).unwrap();
}

#[test]
fn what_was_announced_and_not_sent_is_taken_back() {
    let folder = Folder::new("log-take-back");
    for is_written in [false, true] {
        let log = open(&folder);
        let mut log = log.borrow_mut();
        log.bind_to_shard(Some("0/2")).unwrap();
        log.append(&site(A), &of(A, State::Refused)).unwrap();
        log.reserve(3).unwrap();
        log.commit().unwrap();
        log.append(&site(B), &of(B, State::Received)).unwrap();
        log.announce().unwrap();
        for url in [A, C] {
            log.append(&site(url), &of(url, State::Sent)).unwrap();
        }
        if is_written {
            log.commit().unwrap();
        }
        log.take_back();
        // Whatever comes later takes nothing back.
        log.take_back();
        let states = |log: &mut BatchLog| [A, B, C].map(|url| Some(log.find(&site(url)).unwrap()?.state));
        let expected = [Some(State::Refused), Some(State::Received), None];
        assert_eq!(states(&mut log), expected);
        log.append(&site(A), &of(A, State::Received)).unwrap();
        log.commit().unwrap();
        assert!(!content(&folder).contains(C));
        assert_eq!(states(&mut log)[..2], [Some(State::Received); 2]);
        drop(log);
        assert_eq!(state(&folder, C), None);
        assert!(open(&folder).borrow_mut().bind_to_shard(Some("1/2")).is_err());
        std::fs::remove_dir_all(&folder.0).unwrap();
    }
}

#[test]
fn the_first_announcement_of_a_shard_leaves_its_shard() {
    let folder = Folder::new("log-take-back-shard");
    let log = open(&folder);
    let mut log = log.borrow_mut();
    log.bind_to_shard(Some("0/2")).unwrap();
    log.announce().unwrap();
    log.append(&site(A), &of(A, State::Sent)).unwrap();
    log.commit().unwrap();
    log.take_back();
    log.append(&site(B), &of(B, State::Sent)).unwrap();
    drop(log);
    assert_eq!((state(&folder, A), state(&folder, B)), (None, Some(State::Sent)));
    assert!(open(&folder).borrow_mut().bind_to_shard(None).is_err());
}

/// The same lines as they were before there were checksums.
fn without_checksums(content: &str) -> String {
    let lines = content.lines().map(|line| {
        let end = line.rfind(r#","crc32""#).unwrap_or(line.len() - 1);
        format!("{}}}\n", &line[..end])
    });
    lines.collect()
}

/// Looks at the log with one bit flipped: both before and after somebody opens it, nobody may order A or B again, nor get
/// another secret than that of the site.
fn check_with_flipped_bit(folder: &Folder, whole: &str, at: usize, bit: usize) {
    let mut bytes = whole.as_bytes().to_vec();
    bytes[at] ^= 1 << bit;
    set_content(folder, &bytes);
    let what = format!("bit {bit} of byte {at}: {}", String::from_utf8_lossy(&bytes));
    for is_opened in [false, true] {
        for (url, expected) in [(A, State::Received), (B, State::Sent)] {
            let record = if is_opened {
                open(folder).borrow_mut().find(&site(url)).unwrap()
            } else {
                folder.journal(url).read().unwrap()
            };
            let record = record.unwrap_or_else(|| panic!("{url} would be ordered again: {what}"));
            if record.state == expected {
                assert_eq!(
                    (record.home_url.as_str(), record.has_secret()),
                    (url, url == A),
                    "{what}"
                );
            } else {
                assert_eq!(record.state, State::Damaged, "{url}: {what}");
                assert!(is_opened || !record.has_secret());
            }
        }
    }
}

#[test]
fn one_flipped_bit_has_no_site_ordered_again_and_gives_no_wrong_secret() {
    let folder = Folder::new("log-flipped");
    write(&folder, &[(A, State::Received), (B, State::Sent)]);
    let whole = content(&folder);
    for at in 0..whole.len() {
        let is_newline = whole.as_bytes()[at] == b'\n';
        for bit in (0..8).filter(|bit| is_newline || at % 24 == 3 * bit) {
            check_with_flipped_bit(&folder, &whole, at, bit);
            let _ = std::fs::remove_file(folder.0.join("batch.jsonl.damaged"));
        }
    }
}

#[test]
fn a_log_without_checksums_is_read_and_a_flipped_bit_has_no_site_ordered_again() {
    let folder = Folder::new("log-flipped-old");
    write(&folder, &[(A, State::Received), (B, State::Sent)]);
    let whole = without_checksums(&content(&folder));
    set_content(&folder, &whole);
    assert_eq!(
        (state(&folder, A), state(&folder, B)),
        (Some(State::Received), Some(State::Sent))
    );
    let second = whole.find('\n').unwrap() + 1;
    for begin in [0, second] {
        // The key and the address.
        for at in begin..begin + 30 {
            check_with_flipped_bit(&folder, &whole, at, at % 8);
        }
    }
    for newline in [second - 1, whole.len() - 1] {
        for bit in 0..8 {
            check_with_flipped_bit(&folder, &whole, newline, bit);
        }
    }
}

#[test]
fn a_secret_with_a_flipped_bit_is_damaged_and_what_was_in_its_line_is_kept() {
    let folder = Folder::new("log-flipped-secret");
    write(&folder, &[(A, State::Received)]);
    let flipped = content(&folder).replace(r#""access_token_secret":"s""#, r#""access_token_secret":"r""#);
    set_content(&folder, &flipped);
    assert_eq!(folder.journal(A).read().unwrap().unwrap().state, State::Damaged);
    assert_eq!(state(&folder, A), Some(State::Damaged));
    let kept = std::fs::read_to_string(folder.0.join("batch.jsonl.damaged")).unwrap();
    assert_eq!(kept, flipped);
}

#[test]
fn a_log_of_a_newer_version_is_left_alone_and_nothing_is_sent() {
    let folder = Folder::new("log-newer");
    write(&folder, &[(A, State::Sent)]);
    let old = content(&folder);
    let [later, unknown_state] = crate::journal::tests::newer_records()
        .map(|record| [br#"{"site":"https://b.example.com:443/shop","#, &record[1..]].concat());
    let unknown_line = br#"{"sites":["https://b.example.com:443/shop"]}"#.to_vec();
    for newer in [later, unknown_state, unknown_line] {
        let newer = old.clone() + &String::from_utf8(line::with_checksum(newer)).unwrap();
        set_content(&folder, &newer);
        let mut records = crate::journal::records::Records::open(&folder.0);
        let listed = records.as_mut().map(|records| records.next(|_, _| true).map(drop));
        let errors = [
            BatchLog::open(&folder.0, NO_TIME, &mut || false).err(),
            BatchLog::open_to_read(&folder.0, NO_TIME, &mut || false).err(),
            folder.journal(B).read().err(),
            folder.journal(B).close().err(),
            match listed {
                Err(error) => Some(std::mem::replace(error, Error::DuplicateSite)),
                Ok(listed) => listed.err(),
            },
        ];
        for error in errors {
            let message = error.expect(&newer).to_string();
            assert!(
                message.contains("newer version") && message.contains("batch.jsonl"),
                "{message}"
            );
        }
        assert_eq!(content(&folder), newer);
        assert!(!folder.0.join("batch.jsonl.damaged").exists());
    }
}

#[test]
fn a_log_that_is_cut_off_anywhere_has_every_whole_line() {
    let folder = Folder::new("log-cut-anywhere");
    write(&folder, &[(A, State::Received), (B, State::Sent), (C, State::Received)]);
    let whole = content(&folder);
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at).collect();
    for length in 0..=whole.len() {
        set_content(&folder, &whole[..length]);
        // Opening it takes a while, since it syncs.
        let log = (length % 9 == 0).then(|| open(&folder));
        for ((url, expected), end) in [(A, State::Received), (B, State::Sent), (C, State::Received)]
            .iter()
            .zip(&ends)
        {
            let state = match &log {
                Some(log) => log.borrow_mut().find(&site(url)).unwrap(),
                None => folder.journal(url).read().unwrap(),
            };
            assert_eq!(
                state.map(|record| record.state),
                (length >= *end).then_some(*expected),
                "{url}, {length} bytes"
            );
        }
    }
}

#[test]
fn closing_one_of_two_sites_in_a_damaged_line_leaves_the_other_one_damaged() {
    let folder = Folder::new("log-close-glued");
    write(&folder, &[(A, State::Received), (B, State::Sent), (C, State::Sent)]);
    let glued = content(&folder).replacen('\n', "j", 1);
    set_content(&folder, &glued);
    assert!(folder.journal(B).close().unwrap());
    assert!(folder.journal(B).read().unwrap().is_none());
    assert_eq!(folder.journal(A).read().unwrap().unwrap().state, State::Damaged);
    assert_eq!(
        (state(&folder, A), state(&folder, B), state(&folder, C)),
        (Some(State::Damaged), None, Some(State::Sent))
    );
}

#[test]
fn a_later_closed_line_of_one_of_two_sites_in_a_damaged_line_leaves_the_other_one_damaged() {
    let folder = Folder::new("log-two-in-one-closed");
    write(&folder, &[(A, State::Sent), (B, State::Sent), (B, State::Closed)]);
    // The newline after A's line is lost, and some bytes before it.
    let content = content(&folder);
    let (a, rest) = content.split_once('\n').unwrap();
    set_content(&folder, [&a[..a.len() - 30], rest].concat());
    for _ in 0..2 {
        assert_eq!(state(&folder, A), Some(State::Damaged));
        assert_eq!(state(&folder, B), Some(State::Closed));
    }
}

#[test]
fn a_line_without_end_costs_little_memory_and_no_site() {
    let folder = Folder::new("log-long");
    write(&folder, &[(A, State::Sent)]);
    let line = content(&folder);
    let junk = "x".repeat(3 * crate::journal::lines::MAX_LINE);
    write(&folder, &[(B, State::Sent)]);
    let b = content(&folder).split_off(line.len());
    for end in ["", "\n"] {
        set_content(&folder, format!("{}{junk}{}{end}", line.trim_end(), b.trim_end()));
        assert_eq!(folder.journal(A).read().unwrap().unwrap().state, State::Damaged);
        assert_eq!(folder.journal(B).read().unwrap().unwrap().state, State::Damaged);
        assert_eq!(state(&folder, A), Some(State::Damaged));
        assert_eq!(state(&folder, B), Some(State::Damaged));
        assert!(content(&folder).trim().len() < 4096, "it was put aside");
    }
}

#[test]
fn a_site_whose_request_is_in_flight_is_not_closed() {
    let folder = Folder::new("log-close-in-flight");
    let log = open(&folder);
    log.borrow_mut().append(&site(A), &of(A, State::Sent)).unwrap();
    let unknown = Record {
        reason: Some("The connection broke off.".to_owned()),
        ..of(B, State::Sent)
    };
    log.borrow_mut().append(&site(B), &unknown).unwrap();
    let error = folder.journal(A).close().unwrap_err();
    assert!(error.retryable() && error.to_string().contains("in flight"), "{error}");
    assert_eq!(log.borrow_mut().find(&site(A)).unwrap().unwrap().state, State::Sent);
    assert!(folder.journal(B).close().unwrap(), "that has ended");
    log.borrow_mut().append(&site(A), &of(A, State::Received)).unwrap();
    assert!(folder.journal(A).close().unwrap());
    drop(log);
    assert_eq!(state(&folder, A), Some(State::Closed));
}

#[test]
fn a_log_that_is_only_read_is_not_changed() {
    let folder = Folder::new("log-read-only");
    let read = || BatchLog::open_to_read(&folder.0, NO_TIME, &mut || false).unwrap();
    assert!(read().is_none() && !folder.0.exists());
    let urls: Vec<String> = (0..1000).map(|n| format!("https://{n}.example.com")).collect();
    let all = |state| urls.iter().map(move |url| (url.as_str(), state)).collect::<Vec<_>>();
    for state in [State::Sent, State::Refused, State::Sent, State::Received] {
        write(&folder, &all(state));
    }
    write(&folder, &[(A, State::Received), (B, State::Sent), (C, State::Received)]);
    // To be compacted; a secret that was left, a damaged line, and a fragment.
    let closed = line::of_record(&site(A).site(), &of(A, State::Closed)).unwrap();
    let damaged = content(&folder).replace(r#"{"site":"https://b."#, r#"{"sjte":"https://b."#);
    let whole = damaged + std::str::from_utf8(&closed).unwrap() + r#"{"site":"https://c.example.com:8443","sta"#;
    set_content(&folder, &whole);
    std::fs::write(folder.0.join("batch.jsonl.new"), "").unwrap();
    let is_free = || elsewhere(|| folder.journal(A).lock(NO_TIME, &mut || false).is_ok());
    assert!(is_free());
    let names = || {
        let entries = std::fs::read_dir(&folder.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let log = read().unwrap();
    let expected = [
        (urls[7].as_str(), Some(State::Received)),
        (A, Some(State::Closed)),
        (B, Some(State::Damaged)),
        (C, Some(State::Received)),
        ("https://d.example.com", None),
    ];
    for (url, state) in expected {
        let record = log.borrow_mut().find(&site(url)).unwrap();
        assert_eq!(record.map(|record| record.state), state, "{url}");
    }
    log.borrow_mut().reserve(0).unwrap();
    log.borrow_mut().commit().unwrap();
    assert!(is_free(), "also to single registers");
    drop(log);
    assert!(content(&folder) == whole && names() == before);
}
