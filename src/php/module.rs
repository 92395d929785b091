//! The module entry: what PHP finds when it loads the shared object.

use ext_php_rs::ffi::{php_info_print_table_end, php_info_print_table_row, php_info_print_table_start};
use ext_php_rs::prelude::*;
use ext_php_rs::zend::ModuleEntry;

use super::functions::{Declaration, FUNCTIONS};
use super::journal_records::Journal;
use super::orders::Orders;
use super::{declarations, environment, exceptions, ini, interrupt, kept_key, locks, order_array, registration_arrays};
use crate::runtime;

/// `PHP_MINIT_FUNCTION`.
fn startup(_type: i32, module_number: i32) -> i32 {
    // A panic becomes PHP's `Error`, which reports it; the standard hook would report it a second time, on stderr.
    std::panic::set_hook(Box::new(|_| {}));
    // It fails only where it is set already.
    let _ = runtime::ON_THREAD_START.set(interrupt::take_no_signals);
    ini::register(module_number);
    declarations::complete();
    order_array::register();
    registration_arrays::register();
    match exceptions::register() {
        Ok(()) => 0,
        Err(_) => -1,
    }
}

/// `PHP_RINIT_FUNCTION`.
extern "C" fn request_startup(_type: i32, _module_number: i32) -> i32 {
    environment::note();
    0
}

/// `PHP_RSHUTDOWN_FUNCTION`.
extern "C" fn request_shutdown(_type: i32, _module_number: i32) -> i32 {
    locks::drop_all();
    kept_key::forget();
    0
}

/// `PHP_MINFO_FUNCTION`: the table of `phpinfo()` and `php --ri wccom_host`.
extern "C" fn info(module: *mut ModuleEntry) {
    unsafe extern "C" {
        fn display_ini_entries(module: *mut ModuleEntry);
    }
    let rows = [(c"wccom_host support", c"enabled"), (c"Version", VERSION)];
    // SAFETY: PHP calls this while it prints the module's table; the row has as many texts as its first argument says,
    // and the texts are NUL-terminated.
    unsafe {
        php_info_print_table_start();
        for (name, value) in rows {
            php_info_print_table_row(2, name.as_ptr(), value.as_ptr());
        }
        php_info_print_table_end();
        display_ini_entries(module);
    }
}

const VERSION: &std::ffi::CStr =
    match std::ffi::CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

#[php_module]
#[php(startup = startup)]
fn module(module: ModuleBuilder) -> ModuleBuilder {
    let module = module
        .name("wccom_host")
        .version(crate::VERSION)
        .request_startup_function(request_startup)
        .request_shutdown_function(request_shutdown)
        .info_function(info)
        .class::<Orders>()
        .class::<Journal>();
    FUNCTIONS
        .iter()
        .map(Declaration::build)
        .fold(module, ModuleBuilder::function)
}
