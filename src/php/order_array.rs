//! An order as an array, made a hundred thousand times when all orders are read: the names of its fields are strings that
//! the engine has already, so that none is made, hashed and counted for each order.

use std::sync::atomic::{AtomicPtr, Ordering};

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::types::{ArrayKey, ZendHashTable, ZendStr, Zval};

use crate::endpoints::orders::Order;
use crate::ids::Id;

/// A name that is interned for the life of the process.
struct Name(&'static str, AtomicPtr<ZendStr>);

impl Name {
    const fn new(name: &'static str) -> Self {
        Self(name, AtomicPtr::new(std::ptr::null_mut()))
    }

    fn key(&self) -> ArrayKey<'static> {
        // SAFETY: null, or an interned string, which is never freed.
        match unsafe { self.1.load(Ordering::Relaxed).as_ref() } {
            Some(interned) => ArrayKey::ZendString(interned),
            None => ArrayKey::Str(self.0),
        }
    }
}

/// In the order of the documentation.
static FIELDS: [Name; 11] = [
    Name::new("id"),
    Name::new("status"),
    Name::new("date_created"),
    Name::new("date_created_gmt"),
    Name::new("date_created_timestamp"),
    Name::new("date_modified"),
    Name::new("date_modified_gmt"),
    Name::new("date_modified_timestamp"),
    Name::new("customer_id"),
    Name::new("customer_email"),
    Name::new("line_items"),
];
static NAME: Name = Name::new("name");

/// Interns the names; only possible while the module starts.
pub(super) fn register() {
    for Name(name, interned) in FIELDS.iter().chain([&NAME]) {
        interned.store(ZendStr::new_interned(name, true).into_raw(), Ordering::Relaxed);
    }
}

/// The array of an order of a list, which has no `metadata`.
pub(super) fn of(order: &Order) -> ZendResult<Zval> {
    let values = [
        id(Some(&order.id))?,
        text(Some(&order.status))?,
        text(order.date_created.as_deref())?,
        text(order.date_created_gmt.as_deref())?,
        int(order.date_created_timestamp),
        text(order.date_modified.as_deref())?,
        text(order.date_modified_gmt.as_deref())?,
        int(order.date_modified_timestamp),
        id(order.customer_id.as_ref())?,
        text(order.customer_email.as_deref())?,
        line_items(order)?,
    ];
    let mut array = ZendHashTable::with_capacity(11);
    for (name, value) in FIELDS.iter().zip(values) {
        array.insert(name.key(), value)?;
    }
    Ok(zval(array))
}

fn line_items(order: &Order) -> ZendResult<Zval> {
    let mut items = ZendHashTable::new();
    for item in &order.line_items {
        let mut array = ZendHashTable::with_capacity(1);
        array.insert(NAME.key(), text(Some(&item.name))?)?;
        items.push(zval(array))?;
    }
    Ok(zval(items))
}

fn id(id: Option<&Id>) -> ZendResult<Zval> {
    match id.map(|id| (id, id.as_i64())) {
        None => Ok(Zval::null()),
        Some((_, Some(number))) => Ok(int(Some(number))),
        Some((id, None)) => text(Some(&id.to_string())),
    }
}

fn text(text: Option<&str>) -> ZendResult<Zval> {
    let mut zval = Zval::new();
    match text {
        Some(text) => zval.set_string(text, false)?,
        None => zval.set_null(),
    }
    Ok(zval)
}

fn int(number: Option<i64>) -> Zval {
    let mut zval = Zval::new();
    match number {
        Some(number) => zval.set_long(number),
        None => zval.set_null(),
    }
    zval
}

fn zval(array: ZBox<ZendHashTable>) -> Zval {
    let mut zval = Zval::new();
    zval.set_hashtable(array);
    zval
}
