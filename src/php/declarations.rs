//! What the builder of functions cannot declare: union types, and parameters that hold secrets.

use ext_php_rs::ffi::{HashTable, ext_php_rs_compiler_globals, zend_function, zend_hash_str_find_ptr_lc, zend_string};
use ext_php_rs::types::ZendStr;

use super::functions::FUNCTIONS;
use super::types;

/// Declares it. The functions have been registered by the time that the module starts.
pub(super) fn complete() {
    // SAFETY: the engine's globals are there when a module starts.
    let table = unsafe { (*ext_php_rs_compiler_globals()).function_table };
    for function in FUNCTIONS {
        let name = function.name;
        // SAFETY: the table holds pointers to functions by their lower-case names; ours are internal ones.
        let entry: *mut zend_function =
            unsafe { zend_hash_str_find_ptr_lc(table, name.as_ptr().cast(), name.len()).cast() };
        if entry.is_null() {
            continue;
        }
        types::declare(function, entry);
        for (position, parameter) in function.parameters.iter().enumerate() {
            if parameter.is_sensitive {
                mark_sensitive(entry, u32::try_from(position).unwrap_or_default());
            }
        }
    }
}

/// PHP leaves it out of every stack trace (`#[\SensitiveParameter]`, since PHP 8.2).
fn mark_sensitive(entry: *mut zend_function, position: u32) {
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
    // SAFETY: an internal function of this module. The attribute's name is interned for good, and an offset is a parameter's
    // position plus one (zend_add_parameter_attribute()).
    unsafe {
        let attribute = ZendStr::new_interned("SensitiveParameter", true).into_raw();
        let attributes = &raw mut (*entry).internal_function.attributes;
        zend_add_attribute(attributes, attribute, 0, PERSISTENT, position + 1, 0);
    }
}
