//! The variables that say which way requests take and who is trusted, as this process was given them. A script can change
//! its environment with `putenv()`: before each call they are put back, so that code on a customer's site cannot point the key
//! elsewhere.

use std::cell::RefCell;
use std::env;
use std::ffi::OsString;

use crate::system_store;
use crate::transport::proxy;

type Variable = (&'static str, Option<OsString>);

thread_local! {
    static GIVEN: RefCell<Vec<Variable>> = const { RefCell::new(Vec::new()) };
}

/// Notes them at the start of a request, before its script: at the start of the process, php-fpm has not yet set what its
/// pool's configuration names.
pub(super) fn note() {
    let names = proxy::ADDRESS_VARIABLES
        .into_iter()
        .chain(proxy::EXCEPTION_VARIABLES)
        .chain(system_store::VARIABLES);
    GIVEN.replace(names.map(|name| (name, env::var_os(name))).collect());
}

/// Puts them back. PHP does so itself at the end of a request, with what it remembers.
pub(super) fn restore() {
    GIVEN.with_borrow(|given| {
        for (name, given) in given {
            if env::var_os(name) == *given {
                continue;
            }
            // SAFETY: this is the thread that runs PHP, whose own `putenv()` has the same need: that no other thread reads
            // the environment.
            unsafe {
                match given {
                    Some(value) => env::set_var(name, value),
                    None => env::remove_var(name),
                }
            }
        }
    });
}
