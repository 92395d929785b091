use std::collections::HashMap;

use super::*;

fn index(in_memory: usize) -> SiteIndex {
    let mut index = SiteIndex::new(&std::env::temp_dir()).unwrap();
    index.in_memory = in_memory;
    index
}

#[test]
fn gives_the_last_place_of_each_site_whether_it_is_in_memory_or_in_a_file() {
    let mut index = index(4000);
    let site = |number: u64| format!("https://shop-{number}.example.com:443");
    assert!(index.is_empty());
    let many = 10_000;
    for number in 0..many {
        assert_eq!(index.insert(&site(number), number).unwrap(), None);
        assert!(!index.is_empty());
        assert_eq!(index.older.is_some(), number >= 4000);
        assert_eq!(index.recent.len() as u64, number % 4000 + 1);
    }
    for number in (0..many).step_by(97) {
        assert_eq!(index.get(&site(number)).unwrap(), Some(number));
        assert_eq!(index.insert(&site(number), number + many).unwrap(), Some(number));
        assert_eq!(index.get(&site(number)).unwrap(), Some(number + many));
    }
    assert_eq!(index.get(&site(many)).unwrap(), None);
}

/// Hashes of each kind: even ones as of sites, some that are close together, and those at both ends.
fn hashes(count: u64) -> Vec<u64> {
    let hash = |number: u64| match number % 5 {
        0 => number,
        1 => u64::MAX - number,
        2 => (1 << 63) + number,
        _ => site_hash(&number.to_string()),
    };
    (0..count).map(hash).chain([u64::MAX]).collect()
}

#[test]
fn gives_what_a_map_gives_however_little_is_kept_in_memory() {
    let small = [(1, 20), (2, 50), (7, 200), (64, 1000)];
    let large = [(100, 6400), (1000, 20_000), (3000, 2999)];
    for (in_memory, count) in small.into_iter().chain(large) {
        let hashes = hashes(count);
        let mut index = index(in_memory);
        let mut map = HashMap::new();
        // In no order, some twice or more often, and some never.
        for turn in 0..count {
            let random = site_hash(&format!("{in_memory} {turn}"));
            let hash = hashes[usize::try_from(random % count).unwrap()];
            assert_eq!(index.put(hash, turn).unwrap(), map.insert(hash, turn));
            if turn % 3 == 0 {
                let hash = hashes[usize::try_from((random >> 32) % count).unwrap()];
                assert_eq!(index.search(hash).unwrap(), map.get(&hash).copied());
            }
        }
        for hash in hashes {
            for hash in [hash.wrapping_sub(1), hash, hash.wrapping_add(1)] {
                assert_eq!(index.search(hash).unwrap(), map.get(&hash).copied());
            }
        }
    }
}

#[test]
fn a_file_that_cannot_be_written_keeps_new_sites_out_and_lets_the_others_have_their_places() {
    let mut index = index(100);
    for hash in 0..300 {
        index.put(hash, hash).unwrap();
    }
    // Its beginning is left: enough to look for some, and not to make a new file of it.
    index.older.as_ref().unwrap().truncate(1024);
    let new = 1 << 63;
    assert_eq!(index.search(new).unwrap(), None);
    index.put(new, 1).unwrap_err();
    assert_eq!(index.search(new).unwrap(), None);
    for known in [0, 60, 200, 299] {
        assert_eq!(index.put(known, 1000).unwrap(), Some(known));
        assert_eq!(index.put(known, 2000).unwrap(), Some(1000));
    }
    for (hash, place) in [(1, 1), (60, 2000), (201, 201), (299, 2000)] {
        assert_eq!(index.search(hash).unwrap(), Some(place));
    }
    index.put(new, 1).unwrap_err();
    // Whether this one is there cannot be read any more.
    index.search(150).unwrap_err();
    index.put(150, 1).unwrap_err();
    assert!(!index.recent.contains_key(&150));
}

#[test]
fn needs_no_folder_of_its_own() {
    let mut index = SiteIndex::new(Path::new("/nowhere")).unwrap();
    index.in_memory = 10;
    for hash in 0..100 {
        assert_eq!(index.put(hash, hash).unwrap(), None);
    }
    assert_eq!(index.search(7).unwrap(), Some(7));
}
