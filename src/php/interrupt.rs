//! Lets PHP's signal handlers (`pcntl_async_signals`, `pcntl_alarm`) run while a call is under way.

use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use ext_php_rs::ffi::zend_interrupt_function;
use ext_php_rs::zend::ExecutorGlobals;

/// Runs the handlers of signals that have come, and says whether the call must stop because one of them has thrown.
pub(super) fn pending() -> bool {
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

fn due() -> bool {
    // SAFETY: as above.
    let interrupted = unsafe { &*ptr::from_ref(&ExecutorGlobals::get().vm_interrupt).cast::<AtomicBool>() };
    interrupted.load(Ordering::SeqCst) && !is_timed_out()
}
