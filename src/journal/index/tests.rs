use super::*;

#[test]
fn gives_the_last_place_of_each_site_whether_the_table_is_in_memory_or_in_a_file() {
    let mut index = SiteIndex::new(&std::env::temp_dir()).unwrap();
    let site = |number: u64| format!("https://shop-{number}.example.com:443");
    index.in_memory = 4 * FIRST;
    // Enough for two sizes of the file.
    let many = index.in_memory * 5 / 2;
    for number in 0..many {
        assert_eq!(index.insert(&site(number), number).unwrap(), None);
        if number == index.in_memory / 2 {
            assert!(matches!(index.slots, Slots::Memory(_)));
        }
    }
    assert!(matches!(index.slots, Slots::File(_)));
    for number in (0..many).step_by(97) {
        assert_eq!(index.get(&site(number)).unwrap(), Some(number));
        assert_eq!(index.insert(&site(number), number + many).unwrap(), Some(number));
        assert_eq!(index.get(&site(number)).unwrap(), Some(number + many));
    }
    assert_eq!(index.get(&site(many)).unwrap(), None);
}
