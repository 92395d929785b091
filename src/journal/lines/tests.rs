use std::io::Write;

use super::*;

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

/// Place, text and whether it is ended of each, and where the next begins.
fn lines(content: &[u8], chunk: usize) -> Vec<(u64, String, bool, u64)> {
    let file = file(content);
    let mut lines = Lines::new(&file, 0, content.len() as u64, chunk);
    let mut all = Vec::new();
    while let Some(line) = lines.next().unwrap() {
        let text = String::from_utf8(line.text.to_vec()).unwrap();
        all.push((line.place, text, line.is_ended, line.end));
    }
    all
}

#[test]
fn gives_lines_without_what_is_blank_whatever_is_read_at_a_time() {
    let content = b"one\n   \n\0\0two \n\n  three three\nfo";
    let line = |place, text: &str, is_ended, end| (place, text.to_owned(), is_ended, end);
    for chunk in [1, 2, 3, 5, 7, 100] {
        assert_eq!(
            lines(content, chunk),
            [
                line(0, "one", true, 4),
                line(10, "two", true, 15),
                line(18, "three three", true, 30),
                line(30, "fo", false, 32)
            ],
            "{chunk}"
        );
    }
    for blank in [&b""[..], b"\n", b"  \0 \n  ", b"    "] {
        assert!(lines(blank, 2).is_empty());
    }
    assert_eq!(lines(b"one\n     ", 2), [line(0, "one", true, 4)]);
}

#[test]
fn room_and_a_file_that_is_cut_off_meanwhile_take_no_memory_and_no_time() {
    let content = [&b"one\n"[..], &vec![b' '; 3 * CHUNK], b"two\n"].concat();
    let file = file(&content);
    let mut lines = Lines::new(&file, 0, content.len() as u64, CHUNK);
    assert_eq!(lines.next().unwrap().unwrap().text, b"one");
    assert_eq!(lines.next().unwrap().unwrap().text, b"two");
    assert!(lines.buffer.capacity() <= 2 * CHUNK, "{}", lines.buffer.capacity());
    let mut longer = Lines::new(&file, 0, 2 * content.len() as u64, CHUNK);
    for _ in 0..2 {
        longer.next().unwrap().unwrap();
    }
    assert!(longer.next().unwrap().is_none());
}

#[test]
fn what_is_too_long_is_given_in_pieces_that_begin_where_a_line_may() {
    let (one, two) = (r#"{"site":"one""#, r#"{"site":"two"}"#);
    let content = [one, &"x".repeat(MAX_LINE - 20), two, &"y".repeat(MAX_LINE), "\nend\n"].concat();
    let place_of_two = (one.len() + MAX_LINE - 20) as u64;
    for chunk in [CHUNK, MAX_LINE, 3 * MAX_LINE] {
        let places: Vec<_> = lines(content.as_bytes(), chunk)
            .into_iter()
            .map(|(place, text, is_ended, end)| (place, text.len() as u64, is_ended, end))
            .collect();
        let (end, rest) = (content.len() as u64, place_of_two + MAX_LINE as u64);
        assert_eq!(
            places,
            [
                (0, place_of_two, true, place_of_two),
                (place_of_two, MAX_LINE as u64, true, rest),
                (rest, two.len() as u64, true, end - 4),
                (end - 4, 3, true, end)
            ],
            "{chunk}"
        );
    }
}
