//! What a `Traversable` gives, one by one.

use ext_php_rs::types::{ZendIterator, Zval};

pub(super) struct Items<'a> {
    pub(super) iterator: &'a mut ZendIterator,
    pub(super) has_begun: bool,
}

impl Items<'_> {
    /// As `foreach` does it: a generator must not run on before its value is wanted.
    pub(super) fn next(&mut self) -> Option<(Zval, Zval)> {
        let has_moved = if self.has_begun {
            self.iterator.move_forward()
        } else {
            self.has_begun = true;
            self.iterator.rewind()
        };
        if !has_moved || !self.iterator.valid() {
            return None;
        }
        let key = self.iterator.get_current_key()?;
        let value = self.iterator.get_current_data()?.shallow_clone();
        Some((key, value))
    }
}

impl Drop for Items<'_> {
    fn drop(&mut self) {
        unsafe extern "C" {
            fn zend_iterator_dtor(iterator: *mut ZendIterator);
        }
        // SAFETY: get_iterator() has given it with one reference, which nobody else gives up.
        unsafe { zend_iterator_dtor(self.iterator) };
    }
}
