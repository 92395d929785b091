//! The ini settings `wccom_host.*`: `PHP_INI_SYSTEM`, so that code on a customer's site cannot point the key elsewhere.

use std::ffi::{CStr, CString, c_char, c_int};

use ext_php_rs::flags::IniEntryPermission;
use ext_php_rs::zend::{IniEntryDef, IniEntryDefs};

const SYSTEM: IniEntryPermission = IniEntryPermission::System;

/// One for each of [`crate::config::SETTINGS`]. No secret may stand here: `ini_get()` shows it.
static ENTRIES: IniEntryDefs<8> = IniEntryDefs::new([
    IniEntryDef::new(
        c"wccom_host.base_url",
        c"https://woocommerce.com/wp-json/wccom/host-plan",
        SYSTEM,
    ),
    IniEntryDef::new(
        c"wccom_host.helper_base_url",
        c"https://woocommerce.com/wp-json/helper/1.0",
        SYSTEM,
    ),
    IniEntryDef::new(c"wccom_host.ca_file", c"", SYSTEM),
    IniEntryDef::new(c"wccom_host.proxy", c"", SYSTEM),
    IniEntryDef::new(c"wccom_host.timeout", c"60", SYSTEM),
    IniEntryDef::new(c"wccom_host.connect_timeout", c"10", SYSTEM),
    IniEntryDef::new(c"wccom_host.journal", c"", SYSTEM),
    IniEntryDef::end(),
]);

pub(super) fn register(module_number: i32) {
    IniEntryDef::register(ENTRIES.as_slice(), module_number);
}

/// The setting of an option. The certificates that PHP's own clients are told to trust are trusted here too.
pub(super) fn setting(name: &str) -> Option<String> {
    let own = read(&format!("wccom_host.{name}"));
    match name {
        "ca_file" => own
            .or_else(|| configured("curl.cainfo"))
            .or_else(|| configured("openssl.cafile"))
            .or_else(|| configured("openssl.capath")),
        _ => own,
    }
}

/// The value that the system's configuration gave, past any `ini_set()` or .user.ini of a site.
fn read(name: &str) -> Option<String> {
    unsafe extern "C" {
        fn zend_ini_string(name: *const c_char, name_length: usize, orig: c_int) -> *mut c_char;
    }
    let name = CString::new(name).ok()?;
    // SAFETY: the name is NUL-terminated and as long as said; PHP answers null or a NUL-terminated text that it owns.
    let value = unsafe {
        let value = zend_ini_string(name.as_ptr(), name.count_bytes(), 1);
        if value.is_null() {
            return None;
        }
        CStr::from_ptr(value)
    };
    value.to_str().ok().filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The value in php.ini (or `-d`), whether or not the extension that declares the setting is loaded.
fn configured(name: &str) -> Option<String> {
    unsafe extern "C" {
        fn cfg_get_string(name: *const c_char, result: *mut *mut c_char) -> c_int;
    }
    let name = CString::new(name).ok()?;
    let mut value: *mut c_char = std::ptr::null_mut();
    // SAFETY: the name is NUL-terminated; PHP sets null or a NUL-terminated text that it owns.
    let value = unsafe {
        cfg_get_string(name.as_ptr(), &raw mut value);
        if value.is_null() {
            return None;
        }
        CStr::from_ptr(value)
    };
    value.to_str().ok().filter(|value| !value.is_empty()).map(str::to_owned)
}
