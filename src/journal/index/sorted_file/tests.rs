use super::*;
use crate::journal::index::site_hash;

impl SortedFile {
    /// Loses what is behind so many bytes.
    pub fn truncate(&self, length: u64) {
        self.file.set_len(length).unwrap();
    }
}

fn written(before: Option<&SortedFile>, newer: &BTreeMap<u64, u64>) -> SortedFile {
    SortedFile::new(&std::env::temp_dir(), before, newer).unwrap()
}

fn entries(file: &SortedFile) -> Vec<(u64, u64)> {
    let mut bytes = vec![0; file.length * ENTRY];
    file.read(0, &mut bytes).unwrap().collect()
}

/// The multiples of `step`, spread over all that a hash can be.
fn map(count: u64, step: u64, place: u64) -> BTreeMap<u64, u64> {
    let hash = |number: u64| (number * step).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..count).map(|number| (hash(number), place + number)).collect()
}

#[test]
fn has_what_was_in_both_and_the_newer_place_of_what_was_in_each() {
    let sizes = [0, 1, 64, 65, 4096, 4097, 9000];
    for (older, newer) in sizes.into_iter().flat_map(|older| sizes.map(|newer| (older, newer))) {
        let (older, newer) = (map(older, 2, 0), map(newer, 3, 1_000_000));
        let file = written(Some(&written(None, &older)), &newer);
        let mut both = older;
        both.extend(newer);
        assert_eq!(
            entries(&file),
            both.iter().map(|(hash, place)| (*hash, *place)).collect::<Vec<_>>()
        );
        for (hash, place) in both.iter().step_by(both.len() / 200 + 1) {
            assert_eq!(file.get(*hash).unwrap(), Some(*place));
            for beside in [hash.wrapping_sub(1), hash.wrapping_add(1)] {
                assert_eq!(file.get(beside).unwrap(), both.get(&beside).copied());
            }
        }
        assert!(both.keys().all(|hash| file.beginnings.has(*hash)));
    }
}

#[test]
fn the_first_and_the_last_of_each_block_are_found() {
    let map = map(10 * BLOCK as u64 + 1, 1, 0);
    let file = written(None, &map);
    for (at, (hash, place)) in map.iter().enumerate() {
        if [0, 1, BLOCK - 1].contains(&(at % BLOCK)) {
            assert_eq!(file.get(*hash).unwrap(), Some(*place));
        }
    }
    assert_eq!(file.get(1).unwrap(), None);
    assert_eq!(file.get(u64::MAX).unwrap(), None);
}

#[test]
fn most_that_is_not_there_needs_no_search() {
    for count in [1000, 1023, 1025, 5000] {
        let hash = |number: u64| site_hash(&number.to_string());
        let file = written(None, &(0..count).map(|number| (hash(number), number)).collect());
        let seem_to_be = (10_000..20_000).filter(|number| file.beginnings.has(hash(*number)));
        assert!(seem_to_be.count() < 2500);
    }
}
