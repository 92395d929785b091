//! What a request is known by, which may be an object with a destructor.

use std::mem::ManuallyDrop;

use ext_php_rs::types::Zval;

use super::{Halt, Halts, guarded};

pub(super) struct Key {
    /// There until it is dropped.
    value: ManuallyDrop<Zval>,
    halt: Halts,
}

impl Key {
    pub(super) fn new(value: Zval, halt: &Halts) -> Self {
        Self {
            value: ManuallyDrop::new(value),
            halt: Halts::clone(halt),
        }
    }

    pub(super) fn value(&self) -> &Zval {
        &self.value
    }
}

impl Drop for Key {
    /// A destructor that throws stops the batch as the callback does.
    fn drop(&mut self) {
        // SAFETY: nobody has it any more.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        if !value.is_object() && !value.is_array() {
            return;
        }
        if self.halt.borrow().as_ref().is_some_and(Halt::is_the_end) {
            // The engine frees it at the end of the request.
            std::mem::forget(value);
            return;
        }
        guarded(&self.halt, || drop(value));
    }
}
