use std::os::unix::fs::PermissionsExt;

use super::*;

pub(super) fn site(url: &str) -> SiteUrl {
    SiteUrl::parse("url", url.to_owned()).unwrap()
}

pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wccom-host-journal-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    pub(super) fn journal(&self, url: &str) -> SiteJournal {
        SiteJournal::open(&self.0, &site(url)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) fn record(state: State) -> Record {
    Record {
        state,
        auth: (state == State::Received).then(|| Auth {
            access_token: "t".to_owned(),
            access_token_secret: "s".to_owned(),
            site_id: 1,
            user_id: 2,
            updated: 3,
            url: "https://example.com".to_owned(),
        }),
        registration: None,
        url: "https://example.com".to_owned(),
        home_url: "https://example.com".to_owned(),
        api_version: "v2.0".to_owned(),
        email: None,
        started: 1,
        http_status: 0,
        reason: None,
        answer: None,
    }
}

/// A folder of another user, which only root can make.
fn somebody_elses(name: &str) -> Option<Folder> {
    let folder = Folder::new(name);
    folder.journal("https://example.com");
    std::os::unix::fs::chown(&folder.0, Some(65_534), None).ok()?;
    Some(folder)
}

#[test]
fn nothing_is_begun_in_the_folder_of_another_user() {
    let Some(folder) = somebody_elses("owner") else {
        return;
    };
    let journal = folder.journal("https://example.com");
    // Without the lock nothing is begun. A lock that is left behind would keep the owner out.
    let lock = journal.lock(std::time::Duration::ZERO, &mut || false);
    let lock = lock.err().unwrap().to_string();
    assert!(lock.contains("belongs to another user (uid 65534)"), "{lock}");
    let batch = BatchLog::open(&folder.0, std::time::Duration::ZERO, &mut || false);
    let batch = batch.err().unwrap().to_string();
    assert!(batch.contains("belongs to another user (uid 65534)"), "{batch}");
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
}

#[test]
fn a_link_in_the_folder_is_not_followed() {
    let folder = Folder::new("links");
    let victim = std::env::temp_dir().join(format!("wccom-host-victim-{}", std::process::id()));
    std::fs::write(&victim, "{\"site\":\"https://example.com\"").unwrap();
    let journal = folder.journal("https://example.com");
    let name = journal.file().file_stem().unwrap().to_str().unwrap().to_owned();
    for link in [
        format!("{name}.lock"),
        format!("{name}.json.new"),
        "batch.jsonl".to_owned(),
    ] {
        std::os::unix::fs::symlink(&victim, folder.0.join(link)).unwrap();
    }
    assert!(journal.lock(std::time::Duration::ZERO, &mut || false).is_err());
    assert!(journal.write(&record(State::Sent)).is_err());
    assert!(LogFile::change(&folder.0).is_err());
    assert!(BatchLog::open(&folder.0, std::time::Duration::ZERO, &mut || false).is_err());
    assert_eq!(
        std::fs::read_to_string(&victim).unwrap(),
        "{\"site\":\"https://example.com\""
    );
    std::fs::remove_file(&victim).unwrap();
}

#[test]
fn a_link_to_the_record_of_another_site_is_not_read() {
    let (folder, others) = (Folder::new("linked-record"), Folder::new("victim-record"));
    let victim = others.journal("https://victim.example.com");
    victim.write(&record(State::Received)).unwrap();
    let journal = folder.journal("https://example.com");
    for link in [journal.file().to_owned(), journal.new_file()] {
        std::os::unix::fs::symlink(victim.file(), &link).unwrap();
        let read = journal.read().err().unwrap().to_string();
        assert!(
            read.contains("Links in the journal's folder are not followed"),
            "{read}"
        );
        std::fs::remove_file(&link).unwrap();
    }
}

#[test]
fn a_record_is_private_and_found_again_under_every_spelling_of_the_site() {
    let folder = Folder::new("private");
    folder
        .journal("https://example.com")
        .write(&record(State::Sent))
        .unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0), 0o700);
    let journal = folder.journal("https://EXAMPLE.com:443//");
    assert_eq!(mode(journal.file()), 0o600);
    assert_eq!(journal.read().unwrap().unwrap().state, State::Sent);
    assert!(folder.journal("http://example.com").read().unwrap().is_none());
    assert!(journal.close().unwrap());
    assert!(!journal.close().unwrap());
    assert!(journal.read().unwrap().is_none());
}

#[test]
fn an_answer_that_was_synced_but_not_renamed_is_found() {
    let folder = Folder::new("renamed");
    let journal = folder.journal("https://example.com");
    journal.write(&record(State::Sent)).unwrap();
    std::fs::write(
        journal.new_file(),
        serde_json::to_vec(&record(State::Received)).unwrap(),
    )
    .unwrap();
    assert_eq!(journal.read().unwrap().unwrap().auth.unwrap().access_token_secret, "s");
    assert!(journal.close().unwrap());
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0, "no secret stays");
}

#[test]
fn an_answer_that_is_cut_off_does_not_hide_that_a_request_was_sent() {
    let folder = Folder::new("torn");
    let journal = folder.journal("https://example.com");
    journal.write(&record(State::Sent)).unwrap();
    let whole = serde_json::to_vec(&record(State::Received)).unwrap();
    for length in 0..whole.len() {
        std::fs::write(journal.new_file(), &whole[..length]).unwrap();
        assert_eq!(journal.read().unwrap().unwrap().state, State::Sent, "{length}");
    }
}

#[test]
fn an_answer_goes_into_the_room_that_was_taken_even_if_the_folder_is_gone() {
    let folder = Folder::new("reserved");
    let journal = folder.journal("https://example.com");
    let reservation = journal.begin(&record(State::Sent)).unwrap();
    assert_eq!(std::fs::metadata(journal.new_file()).unwrap().len(), RESERVED as u64);
    assert_eq!(journal.read().unwrap().unwrap().state, State::Sent);
    journal.finish(reservation, &record(State::Received)).unwrap();
    assert_eq!(journal.read().unwrap().unwrap().auth.unwrap().access_token_secret, "s");
    assert!(!journal.new_file().exists());

    journal.close().unwrap();
    let reservation = journal.begin(&record(State::Sent)).unwrap();
    std::fs::remove_dir_all(&folder.0).unwrap();
    journal.finish(reservation, &record(State::Received)).unwrap();
    assert_eq!(journal.read().unwrap().unwrap().state, State::Received);
}

#[test]
fn a_record_that_was_not_renamed_before_anything_was_sent_is_none() {
    let folder = Folder::new("unsent");
    let journal = folder.journal("https://example.com");
    std::fs::write(journal.new_file(), serde_json::to_vec(&record(State::Sent)).unwrap()).unwrap();
    assert!(journal.read().unwrap().is_none());
}

#[test]
fn an_answer_that_was_not_understood_outlives_its_record() {
    let folder = Folder::new("forgotten");
    let journal = folder.journal("https://example.com");
    for number in ["json.forgotten", "json.forgotten.1"] {
        let answered = Record {
            answer: Some("secret".to_owned()),
            ..record(State::Sent)
        };
        journal.write(&answered).unwrap();
        assert!(journal.close().unwrap());
        let kept = std::fs::read_to_string(journal.file().with_extension(number)).unwrap();
        assert!(kept.contains("secret"));
    }
}

#[test]
fn a_damaged_record_is_not_an_empty_journal() {
    let folder = Folder::new("damaged");
    let journal = folder.journal("https://example.com");
    std::fs::write(journal.file(), b"{\"state\":\"sent\"").unwrap();
    assert_eq!(journal.read().unwrap().unwrap().state, State::Damaged);
    assert!(journal.close().unwrap());
    assert!(journal.read().unwrap().is_none());
    assert!(
        journal.file().with_extension("json.forgotten").exists(),
        "it may hold the secret"
    );
}

#[test]
fn a_record_that_is_cut_off_or_has_a_flipped_bit_is_damaged_and_never_a_wrong_one() {
    let folder = Folder::new("flipped");
    let journal = folder.journal("https://example.com");
    journal.write(&record(State::Received)).unwrap();
    let whole = std::fs::read(journal.file()).unwrap();
    let expected = serde_json::to_value(journal.read().unwrap().unwrap()).unwrap();
    let check = |content: &[u8], what: String| {
        std::fs::write(journal.file(), content).unwrap();
        let record = journal.read().unwrap().unwrap_or_else(|| panic!("forgotten: {what}"));
        if record.state != State::Damaged {
            assert_eq!(serde_json::to_value(record).unwrap(), expected, "{what}");
        }
    };
    for length in 0..=whole.len() {
        check(&whole[..length], format!("{length} bytes"));
    }
    for (at, bit) in (0..whole.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        check(&flipped, format!("bit {bit} of byte {at}"));
    }
}

#[test]
fn a_record_without_a_checksum_is_read() {
    let folder = Folder::new("unchecked");
    let journal = folder.journal("https://example.com");
    std::fs::write(journal.file(), serde_json::to_vec(&record(State::Received)).unwrap()).unwrap();
    assert_eq!(journal.read().unwrap().unwrap().auth.unwrap().access_token_secret, "s");
}

/// A record of which this program does not know what it means: of a later version, or with a state that is new.
pub(super) fn newer_records() -> [Vec<u8>; 2] {
    let mut record = serde_json::to_value(record(State::Received)).unwrap();
    record["version"] = 2.into();
    let later = serde_json::to_vec(&record).unwrap();
    record["version"] = 1.into();
    record["state"] = "on_hold".into();
    [later, serde_json::to_vec(&record).unwrap()]
}

#[test]
fn a_record_of_a_newer_version_is_left_alone_and_nothing_is_sent() {
    let folder = Folder::new("newer");
    let journal = folder.journal("https://example.com");
    for (newer, name) in newer_records()
        .into_iter()
        .zip([journal.file().to_owned(), journal.new_file()])
    {
        let newer = line::with_checksum(newer);
        std::fs::write(&name, &newer).unwrap();
        for error in [journal.read().err().unwrap(), journal.close().err().unwrap()] {
            let message = error.to_string();
            assert!(
                message.contains("newer version") && message.contains(name.to_str().unwrap()),
                "{message}"
            );
        }
        let mut records = records::Records::open(&folder.0).unwrap();
        assert!(records.next(|_, _| true).is_err() || name == journal.new_file());
        assert_eq!(std::fs::read(&name).unwrap(), newer);
        std::fs::remove_file(&name).unwrap();
    }
}

#[test]
fn a_folder_that_others_can_read_is_refused() {
    let folder = Folder::new("modes");
    std::fs::create_dir(&folder.0).unwrap();
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o750)).unwrap();
    let error = SiteJournal::open(&folder.0, &site("https://example.com"))
        .err()
        .unwrap();
    assert!(error.to_string().contains("chmod 700"), "{error}");
}

#[test]
fn a_lock_is_held_by_one_at_a_time_for_each_site() {
    let folder = Folder::new("lock");
    let never = &mut || false;
    let journal = folder.journal("https://example.com");
    let lock = journal.lock(Duration::ZERO, never).unwrap();
    let error = folder
        .journal("https://example.com/")
        .lock(Duration::from_millis(30), never)
        .err()
        .unwrap();
    assert!(matches!(error, Error::Local { retryable: true, .. }));
    assert!(
        folder
            .journal("https://other.example")
            .lock(Duration::ZERO, never)
            .is_ok()
    );
    let interrupted = journal.lock(Duration::from_secs(60), &mut || true).err().unwrap();
    assert!(matches!(interrupted, Error::Interrupted { sent: false }));
    lock.release();
    assert!(journal.lock(Duration::ZERO, never).is_ok());
}
