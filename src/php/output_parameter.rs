//! Variables that are passed by reference, assigned as PHP assigns them.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::ffi::{HashTable, zend_reference};
use ext_php_rs::types::{ZendHashTable, Zval};

/// Puts an array into a variable that was passed by reference. What was in it may have a destructor, and a typed property
/// may refuse the array: either can leave an exception behind.
pub(super) fn assign(variable: &mut Zval, array: ZBox<ZendHashTable>) {
    unsafe extern "C" {
        fn zend_try_assign_typed_ref_arr(reference: *mut zend_reference, array: *mut HashTable) -> i32;
    }
    if !variable.is_reference() {
        return;
    }
    // SAFETY: the zval is a reference, which the frame of the call keeps alive. No borrow of its value is held while a
    // destructor runs: the old value has left the variable by then. The engine takes the array over.
    unsafe {
        let reference = variable.value.ref_;
        if (*reference).sources.ptr.is_null() {
            let mut new = Zval::new();
            new.set_hashtable(array);
            let old = std::mem::replace(&mut (*reference).val, new);
            drop(old);
        } else {
            zend_try_assign_typed_ref_arr(reference, array.into_raw());
        }
    }
}
