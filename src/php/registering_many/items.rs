//! What a `Traversable` gives, one by one.

use ext_php_rs::types::{ZendIterator, Zval};
use ext_php_rs::zend::ExecutorGlobals;

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
        let value = self.value()?;
        let key = self.iterator.get_current_key()?;
        Some((key, value))
    }

    /// Read before the key, as in `foreach`, since the key may be code of the script. And not by `get_current_data()`, which
    /// makes a reference of whatever pointer it gets: an iterator may have none for what has been removed meanwhile.
    fn value(&mut self) -> Option<Zval> {
        // SAFETY: the iterator is live, and has the functions of its class; null, or a value that lives until it is moved.
        let value = unsafe { (*self.iterator.funcs).get_current_data?(self.iterator).as_ref() };
        let value = value.map(Zval::shallow_clone);
        value.filter(|_| !ExecutorGlobals::has_exception())
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
