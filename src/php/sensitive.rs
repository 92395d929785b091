//! Parameters that hold secrets: PHP leaves them out of every stack trace (`#[\SensitiveParameter]`, since PHP 8.2).

use ext_php_rs::ffi::{HashTable, ext_php_rs_compiler_globals, zend_function, zend_hash_str_find_ptr_lc, zend_string};
use ext_php_rs::types::ZendStr;

/// The parameters, by function and position.
const PARAMETERS: [(&str, &[u32]); 9] = [
    ("wccom_host_register", &[0, 1]),
    ("wccom_host_check", &[0, 1]),
    ("wccom_host_verify", &[0, 1]),
    ("wccom_host_lookup", &[1]),
    ("wccom_host_journal_lock", &[1]),
    ("wccom_host_journal_unlock", &[1]),
    ("wccom_host_journal_read", &[1]),
    ("wccom_host_journal_store", &[0, 2]),
    ("wccom_host_journal_close", &[1]),
];

/// Marks them. The functions have been registered by the time that the module starts.
pub(super) fn mark() {
    unsafe extern "C" {
        fn zend_add_attribute(
            attributes: *mut *mut HashTable,
            name: *mut zend_string,
            argument_count: u32,
            flags: u32,
            offset: u32,
            line: u32,
        ) -> *mut std::ffi::c_void;
    }
    const PERSISTENT: u32 = 1;
    // SAFETY: the engine's globals are there when a module starts.
    let functions = unsafe { (*ext_php_rs_compiler_globals()).function_table };
    for (name, positions) in PARAMETERS {
        // SAFETY: the table holds pointers to functions by their lower-case names; ours are internal ones. The attribute's
        // name is interned for good, and an offset is a parameter's position plus one (zend_add_parameter_attribute()).
        unsafe {
            let function: *mut zend_function =
                zend_hash_str_find_ptr_lc(functions, name.as_ptr().cast(), name.len()).cast();
            if function.is_null() {
                continue;
            }
            for position in positions {
                let attribute = ZendStr::new_interned("SensitiveParameter", true).into_raw();
                let attributes = &raw mut (*function).internal_function.attributes;
                zend_add_attribute(attributes, attribute, 0, PERSISTENT, position + 1, 0);
            }
        }
    }
}
