//! `wccom_host_take_key()` and `wccom_host_forget_key()`: a key that was read before the code of others runs.

use std::cell::RefCell;

use ext_php_rs::types::Zval;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::arguments::Arguments;
use super::secret_variables;
use crate::config::KEY_VARIABLE;
use crate::error::{Error, Result};

/// What else the commands take from the environment.
const TOKEN_VARIABLE: &str = "WCCOM_HOST_WPCOM_ACCESS_TOKEN";

thread_local! {
    /// For each thread, since a thread-safe PHP serves a request on each.
    static KEPT: RefCell<Option<SecretString>> = const { RefCell::new(None) };
}

pub(super) fn take_key(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let key = arguments.config(0).map(|config| config.key().cloned().ok());
    secret_variables::remove(KEY_VARIABLE);
    for name in [KEY_VARIABLE, TOKEN_VARIABLE] {
        if std::env::var_os(name).is_none() {
            secret_variables::hide_from_proc(name);
        }
    }
    let key = key?;
    result.set_bool(key.is_some());
    KEPT.set(key);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "as every function")]
pub(super) fn forget_key(_arguments: &mut Arguments, _result: &mut Zval) -> Result<()> {
    forget();
    Ok(())
}

/// Also at the end of a request.
pub(super) fn forget() {
    KEPT.set(None);
}

/// Refuses options that say where the kept key goes, and who is trusted: the settings of php.ini say so, and code of others may
/// make calls while the key is kept. A proxy sees no key: what goes through it is TLS.
pub(super) fn check_options(options: &Map<String, Value>) -> Result<()> {
    let given = |name: &&str| options.get(*name).is_some_and(|value| !value.is_null());
    let uses_kept = KEPT.with_borrow(Option::is_some) && !["key", "key_file"].iter().any(given);
    match ["base_url", "ca_file"]
        .iter()
        .find(|name| given(name))
        .filter(|_| uses_kept)
    {
        Some(name) => Err(Error::invalid(
            *name,
            format!("cannot be given with the key that wccom_host_take_key() keeps; set wccom_host.{name} in php.ini"),
        )),
        None => Ok(()),
    }
}

/// A variable of the environment; the key that was kept stands in for the one that was there.
pub(super) fn variable(name: &str) -> Option<String> {
    if name == KEY_VARIABLE
        && let Some(key) = KEPT.with_borrow(|kept| kept.as_ref().map(|key| key.expose_secret().to_owned()))
    {
        return Some(key);
    }
    std::env::var(name).ok()
}
