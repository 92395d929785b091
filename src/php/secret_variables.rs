//! Takes secrets out of the environment, and out of what the kernel still shows of the one that the process began with.

use std::ffi::{CString, c_char, c_void};
use std::ops::Range;

use super::allocator::explicit_bzero;

unsafe extern "C" {
    fn getenv(name: *const c_char) -> *mut c_char;
    fn unsetenv(name: *const c_char) -> i32;
    fn strlen(text: *const c_char) -> usize;
}

/// Removes a variable, and zeroes its value.
pub(super) fn remove(name: &str) {
    let Ok(name) = CString::new(name) else { return };
    // SAFETY: the name is NUL-terminated. The value is NUL-terminated text in writable memory: the stack of the program's start,
    // or what setenv() or putenv() was given. PHP changes its environment from one thread only, as getenv() wants it.
    unsafe {
        let value = getenv(name.as_ptr());
        if !value.is_null() {
            explicit_bzero(value.cast(), strlen(value));
            unsetenv(name.as_ptr());
        }
    }
}

/// Zeroes the value of a variable that has been removed, where `/proc/self/environ` still has it: PHP works with a copy of the
/// environment, and its first one stays as it was.
pub(super) fn hide_from_proc(name: &str) {
    let prefix = format!("{name}=");
    let Ok(first) = std::fs::read("/proc/self/environ") else {
        return;
    };
    let Some(place) = place().filter(|place| place.len() == first.len()) else {
        return;
    };
    let mut start = place.start;
    for entry in first.split_inclusive(|byte| *byte == 0) {
        if let Some(value) = entry.strip_prefix(prefix.as_bytes()) {
            // SAFETY: the kernel has just read this entry from there; it is this process's own stack, which stays.
            unsafe { explicit_bzero((start + prefix.len()) as *mut c_void, value.len()) };
        }
        start += entry.len();
    }
}

/// Where the first environment lies: the fields 50 and 51 of `/proc/self/stat`, of which the second, a name in parentheses, may
/// hold anything.
fn place() -> Option<Range<usize>> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(50 - 3).map(|field| field.trim().parse().ok());
    let place = fields.next()??..fields.next()??;
    (place.start > 0).then_some(place)
}
