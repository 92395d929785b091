//! The two arrays that a registration gives: the connection, and the rest.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::types::ZendHashTable;
use serde_json::Value;

use super::array::{self, Name, flag, id, int, text};
use super::convert;
use crate::auth::{Auth, Details};
use crate::client::Registered;

static AUTH: [Name; 6] = [
    Name::new("access_token"),
    Name::new("access_token_secret"),
    Name::new("site_id"),
    Name::new("user_id"),
    Name::new("updated"),
    Name::new("url"),
];
/// In the order of the fields of [`Details::Answered`].
static REST: [Name; 9] = [
    Name::new("customer_id"),
    Name::new("order_id"),
    Name::new("site_id"),
    Name::new("secret_kept"),
    Name::new("api_version"),
    Name::new("url"),
    Name::new("from_journal"),
    Name::new("journaled"),
    Name::new("warnings"),
];

/// Interns the names; only possible while the module starts.
pub(super) fn register() {
    AUTH.iter().chain(&REST).for_each(Name::intern);
}

pub(super) fn auth(auth: &Auth) -> ZendResult<ZBox<ZendHashTable>> {
    let values = [
        text(Some(&auth.access_token))?,
        text(Some(&auth.access_token_secret))?,
        int(Some(auth.site_id)),
        int(Some(auth.user_id)),
        int(Some(auth.updated)),
        text(Some(&auth.url))?,
    ];
    array::of(&AUTH, values)
}

/// What a registration gives beside the connection.
pub(super) fn rest(registered: &Registered) -> ZendResult<ZBox<ZendHashTable>> {
    let from_journal = flag(registered.from_journal);
    let journaled = flag(registered.journaled);
    let warnings = convert::serialized(&registered.warnings)?;
    match &registered.registration {
        Details::Answered(registration) => {
            let values = [
                id(Some(&registration.customer_id))?,
                id(Some(&registration.order_id))?,
                int(Some(registration.site_id)),
                flag(registration.secret_kept),
                text(Some(registration.api_version.as_str()))?,
                text(Some(&registration.url))?,
                from_journal,
                journaled,
                warnings,
            ];
            array::of(&REST, values)
        }
        Details::Kept(kept) => {
            let mut array = match kept {
                Value::Object(fields) => convert::array(fields)?,
                _ => ZendHashTable::new(),
            };
            array.insert("from_journal", from_journal)?;
            array.insert("journaled", journaled)?;
            array.insert("warnings", warnings)?;
            Ok(array)
        }
    }
}
