//! Arrays with the same names each time, made by the thousand: the names are strings that the engine has already, so that
//! none is made, hashed and counted for each array.

use std::sync::atomic::{AtomicPtr, Ordering};

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::types::{ArrayKey, ZendHashTable, ZendStr, Zval};

use crate::ids::Id;

/// A name that is interned for the life of the process.
pub(super) struct Name(&'static str, AtomicPtr<ZendStr>);

impl Name {
    pub(super) const fn new(name: &'static str) -> Self {
        Self(name, AtomicPtr::new(std::ptr::null_mut()))
    }

    /// Only possible while the module starts.
    pub(super) fn intern(&self) {
        let interned = ZendStr::new_interned(self.0, true).into_raw();
        self.1.store(interned, Ordering::Relaxed);
    }

    fn key(&self) -> ArrayKey<'static> {
        // SAFETY: null, or an interned string, which is never freed.
        match unsafe { self.1.load(Ordering::Relaxed).as_ref() } {
            Some(interned) => ArrayKey::ZendString(interned),
            None => ArrayKey::Str(self.0),
        }
    }
}

/// The array with these names and values.
pub(super) fn of<const N: usize>(names: &[Name; N], values: [Zval; N]) -> ZendResult<ZBox<ZendHashTable>> {
    let mut array = ZendHashTable::with_capacity(u32::try_from(N)?);
    for (name, value) in names.iter().zip(values) {
        array.insert(name.key(), value)?;
    }
    Ok(array)
}

pub(super) fn id(id: Option<&Id>) -> ZendResult<Zval> {
    match id.map(|id| (id, id.as_i64())) {
        None => Ok(Zval::null()),
        Some((_, Some(number))) => Ok(int(Some(number))),
        Some((id, None)) => text(Some(&id.to_string())),
    }
}

pub(super) fn text(text: Option<&str>) -> ZendResult<Zval> {
    let mut zval = Zval::new();
    match text {
        Some(text) => zval.set_string(text, false)?,
        None => zval.set_null(),
    }
    Ok(zval)
}

pub(super) fn int(number: Option<i64>) -> Zval {
    let mut zval = Zval::new();
    match number {
        Some(number) => zval.set_long(number),
        None => zval.set_null(),
    }
    zval
}

pub(super) fn flag(value: bool) -> Zval {
    let mut zval = Zval::new();
    zval.set_bool(value);
    zval
}

pub(super) fn zval(array: ZBox<ZendHashTable>) -> Zval {
    let mut zval = Zval::new();
    zval.set_hashtable(array);
    zval
}
