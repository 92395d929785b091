//! Union types, which `FunctionBuilder` cannot declare, for reflection.

use ext_php_rs::ffi::{IS_ARRAY, IS_FALSE, IS_LONG, IS_STRING, IS_TRUE, zend_function, zend_internal_arg_info};

use super::arguments::Kind;
use super::functions::{Declaration, Returns};

/// Declares `int|string` and `iterable` parameters, and results that are `array|bool`.
pub(super) fn declare(function: &Declaration, entry: *mut zend_function) {
    // SAFETY: the entry is that of an internal function which this module has just registered. Its parameters follow its
    // return type in one array, which the module owns and nobody reads yet.
    unsafe {
        let parameters: *mut zend_internal_arg_info = (*entry).internal_function.arg_info;
        for (index, parameter) in function.parameters.iter().enumerate() {
            if parameter.kind == Kind::Id {
                (*parameters.add(index)).type_.type_mask |= 1 << IS_LONG | 1 << IS_STRING;
            }
            if parameter.kind == Kind::Iterable {
                (*parameters.add(index)).type_.type_mask |= 1 << IS_ARRAY;
            }
        }
        if function.returns == Returns::ArrayOrBool {
            (*parameters.sub(1)).type_.type_mask |= 1 << IS_ARRAY | 1 << IS_TRUE | 1 << IS_FALSE;
        }
    }
}
