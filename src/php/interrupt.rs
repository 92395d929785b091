//! Lets PHP's signal handlers (`pcntl_async_signals`, `pcntl_alarm`) run while a call is under way.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::panic::AssertUnwindSafe;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use ext_php_rs::ffi::zend_interrupt_function;
use ext_php_rs::zend::{CatchError, ExecutorGlobals, bailout, try_catch};

thread_local! {
    /// Whether a handler has met a fatal error, after which the engine ends the script: first the call ends in order.
    static IS_FATAL: Cell<bool> = const { Cell::new(false) };
}

/// Runs the handlers of signals that have come, and says whether the call must stop because one of them has thrown.
pub(super) fn pending() -> bool {
    match try_catch(AssertUnwindSafe(run_handlers)) {
        Ok(must_stop) => must_stop,
        Err(CatchError::Panic(message)) => std::panic::resume_unwind(Box::new(message)),
        Err(_bailout) => {
            IS_FATAL.set(true);
            true
        }
    }
}

/// Goes on with a fatal error that has ended the call, when nothing of that is left. Does nothing without one.
pub(super) fn end_after_fatal() {
    if IS_FATAL.take() {
        // SAFETY: the engine was about to end the script, and frees the rest itself.
        unsafe { bailout() }
    }
}

/// The same as [`pending`], but that a fatal error leaves it.
pub(super) fn run_handlers() -> bool {
    if due() {
        ExecutorGlobals::get_mut().cancel_interrupt();
        let frame = ExecutorGlobals::get().current_execute_data;
        // SAFETY: PHP calls this function of its own accord at the same kind of place, between two opcodes, with the
        // running frame; no guard of the globals is held meanwhile.
        unsafe {
            if let Some(handle) = zend_interrupt_function {
                handle(frame);
            }
        }
    }
    ExecutorGlobals::has_exception()
}

/// Whether the script's time is over (`max_execution_time`). The engine ends it as soon as the call has returned.
pub(super) fn is_timed_out() -> bool {
    // SAFETY: a C bool that a signal handler writes (zend_atomic_bool is a struct of just one since PHP 8.2).
    unsafe { &*ptr::from_ref(&ExecutorGlobals::get().timed_out).cast::<AtomicBool>() }.load(Ordering::SeqCst)
}

/// Ends a script whose time is over, as the engine would after the call: with its fatal error. Nothing is dropped.
pub(super) fn end_for_time() -> ! {
    unsafe extern "C" {
        fn zend_timeout() -> !;
    }
    // SAFETY: the engine's own function, in the script's thread; it leaves by `bailout()`.
    unsafe { zend_timeout() }
}

/// Keeps signals from the calling thread, which is not PHP's: the handlers of `pcntl` note them without a lock, and a signal
/// that comes while another one is handled waits for PHP's thread only if no other takes it.
pub(super) fn take_no_signals() {
    unsafe extern "C" {
        fn sigfillset(set: *mut c_void) -> c_int;
        fn pthread_sigmask(how: c_int, set: *const c_void, old: *mut c_void) -> c_int;
    }
    const SIG_BLOCK: c_int = 0;
    // Larger than any C library's sigset_t.
    let mut all = [0_u64; 32];
    let all = all.as_mut_ptr().cast();
    // SAFETY: the set is written before it is read, and nothing else is asked for.
    unsafe {
        sigfillset(all);
        pthread_sigmask(SIG_BLOCK, all, ptr::null_mut());
    }
}

fn due() -> bool {
    // SAFETY: as above.
    let interrupted = unsafe { &*ptr::from_ref(&ExecutorGlobals::get().vm_interrupt).cast::<AtomicBool>() };
    interrupted.load(Ordering::SeqCst) && !is_timed_out()
}
