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

/// A time-out is left to the engine, which ends the script as soon as the call has returned.
fn due() -> bool {
    let globals = ExecutorGlobals::get();
    // SAFETY: both are a C bool that signal handlers write (zend_atomic_bool is a struct of just one since PHP 8.2).
    let (interrupted, timed_out) = unsafe {
        (
            &*ptr::from_ref(&globals.vm_interrupt).cast::<AtomicBool>(),
            &*ptr::from_ref(&globals.timed_out).cast::<AtomicBool>(),
        )
    };
    interrupted.load(Ordering::SeqCst) && !timed_out.load(Ordering::SeqCst)
}
