//! An order as an array, made a hundred thousand times when all orders are read.

use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::types::{ZendHashTable, Zval};

use super::array::{self, Name, id, int, text, zval};
use crate::endpoints::orders::Order;

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
static NAME: [Name; 1] = [Name::new("name")];

/// Interns the names; only possible while the module starts.
pub(super) fn register() {
    FIELDS.iter().chain(&NAME).for_each(Name::intern);
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
    array::of(&FIELDS, values).map(zval)
}

fn line_items(order: &Order) -> ZendResult<Zval> {
    let mut items = ZendHashTable::new();
    for item in &order.line_items {
        items.push(zval(array::of(&NAME, [text(Some(&item.name))?])?))?;
    }
    Ok(zval(items))
}
