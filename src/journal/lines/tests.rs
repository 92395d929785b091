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
fn finds_a_line_by_its_beginning_wherever_a_chunk_ends() {
    let needle = br#"{"site":"a","#;
    for shift in 0..40 {
        let mut content = needle.to_vec();
        content.extend(b"1}\n");
        let before = CHUNK - 20 + shift;
        content.resize(before, b'x');
        // In the middle of a line it is no beginning.
        content.extend(needle);
        content.push(b'\n');
        let place = content.len() as u64;
        content.extend(needle);
        content.extend(b"2}\n   ");
        let last = content.len() as u64;
        content.extend(needle);
        let end = content.len() as u64;
        assert_eq!(
            places_of(&file(&content), needle, end).unwrap(),
            [0, place, last],
            "{shift}"
        );
        assert_eq!(places_of(&file(&content), needle, last).unwrap(), [0, place], "{shift}");
    }
}
