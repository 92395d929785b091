//! What the WordPress around a script knows: the user as whom requests from WooCommerce.com shall run.

use ext_php_rs::types::{ZendCallable, ZendHashTable, Zval};

/// The current user, or else (in `wp eval` there is none) the administrator with the lowest id; on multisite the super
/// admin with the lowest id. `None` outside of WordPress, as on a control host.
pub(super) fn user_id() -> Option<i64> {
    let current = call("get_current_user_id", &[])?;
    match current.long() {
        Some(id) if id > 0 => Some(id),
        _ => first_administrator(),
    }
}

fn first_administrator() -> Option<i64> {
    let mut query = ZendHashTable::new();
    query.insert("orderby", "ID").ok()?;
    query.insert("number", 1).ok()?;
    query.insert("fields", "ID").ok()?;
    if call("is_multisite", &[])?.is_true() {
        query.insert("blog_id", 0).ok()?;
        query.insert("login__in", call("get_super_admins", &[])?).ok()?;
    } else {
        query.insert("role", "administrator").ok()?;
    }
    let mut argument = Zval::new();
    argument.set_hashtable(query);
    let users = call("get_users", &[argument])?;
    let first = users.array()?.values().next()?;
    first.long().or_else(|| first.str()?.parse().ok())
}

fn call(function: &str, arguments: &[Zval]) -> Option<Zval> {
    let arguments = arguments.iter().map(|argument| argument as _).collect();
    ZendCallable::try_from_name(function).ok()?.try_call(arguments).ok()
}
