//! The allocator of this library: memory that it gives back is zeroed. A key, a token or a secret passes through buffers that
//! are not ours: a header's, a connection's, a parser's. Whoever had it last, nothing of it stays in the process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;

struct Zeroing;

#[global_allocator]
static ALLOCATOR: Zeroing = Zeroing;

unsafe extern "C" {
    /// As `memset()`, but not left out by a compiler that sees memory given back.
    pub(super) fn explicit_bzero(pointer: *mut c_void, size: usize);
}

// SAFETY: the system's allocator does the work. `realloc()` is the trait's own, which moves and gives back here.
unsafe impl GlobalAlloc for Zeroing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller promises memory of this size, which nobody uses any more.
        unsafe {
            explicit_bzero(pointer.cast(), layout.size());
            System.dealloc(pointer, layout);
        }
    }
}
