//! The exception classes, and the one table from errors to exceptions.
//!
//! They are plain subclasses of `RuntimeException`, with public properties: scripts can catch, throw and extend them,
//! and they have a real file, line and trace.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicPtr, Ordering};

use ext_php_rs::args::ArgInfoTables;
use ext_php_rs::builders::ClassBuilder;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::exception::{throw_object, throw_with_code};
use ext_php_rs::ffi::{IS_ARRAY, IS_FALSE, IS_LONG, IS_NULL, IS_STRING, IS_TRUE, zend_string, zend_type};
use ext_php_rs::types::{ZendHashTable, ZendStr, Zval};
use ext_php_rs::zend::{ClassEntry, ExecutorGlobals, ce};

use super::array::{flag, id, int, text};
use crate::error::Error;

/// A class entry, known once the module has started.
struct Class(AtomicPtr<ClassEntry>);

impl Class {
    const fn unknown() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    fn entry(&self) -> &'static ClassEntry {
        // SAFETY: null or the class entry of a module that stays loaded (build.rs links it with `nodelete`).
        unsafe { self.0.load(Ordering::Acquire).as_ref() }.unwrap_or_else(|| ce::exception())
    }
}

/// A public property: its name, its type as PHP's bit mask, and its default.
struct Property(&'static str, u32, Default);

enum Default {
    Null,
    False,
    Zero,
    Text(&'static str),
    EmptyArray,
}

const NULLABLE: u32 = 1 << IS_NULL;
const BOOL: u32 = 1 << IS_FALSE | 1 << IS_TRUE;
const INT: u32 = 1 << IS_LONG;
const STRING: u32 = 1 << IS_STRING;
const ARRAY: u32 = 1 << IS_ARRAY;

macro_rules! class {
    ($entry:ident, $name:literal, $parent:expr, $parent_name:literal, [$($property:expr),* $(,)?]) => {{
        fn parent() -> &'static ClassEntry {
            $parent
        }
        fn registered(entry: &'static mut ClassEntry, methods: ArgInfoTables) {
            // The engine borrows them for the life of the process.
            std::mem::forget(methods);
            $(declare(entry, &$property);)*
            $entry.0.store(entry, Ordering::Release);
        }
        ClassBuilder::new(concat!("WccomHost\\", $name)).extends((parent, $parent_name)).registration(registered).register()
    }};
}

static EXCEPTION: Class = Class::unknown();
static INVALID_REQUEST: Class = Class::unknown();
static CONNECTION: Class = Class::unknown();
static API: Class = Class::unknown();
static OUTCOME_UNKNOWN: Class = Class::unknown();
static UNEXPECTED_RESPONSE: Class = Class::unknown();
static SECRET_UNAVAILABLE: Class = Class::unknown();
static DUPLICATE_SITE: Class = Class::unknown();
static REGISTRATION_CLOSED: Class = Class::unknown();

/// Registers the classes, parents first.
pub(super) fn register() -> ZendResult<()> {
    class!(
        EXCEPTION,
        "Exception",
        runtime_exception(),
        "\\RuntimeException",
        [
            // A script that throws one without a word on the outcome knows nothing of it.
            Property("outcome", STRING, Default::Text("unknown")),
            Property("retryable", BOOL, Default::False),
        ]
    )?;
    class!(
        INVALID_REQUEST,
        "InvalidRequestException",
        EXCEPTION.entry(),
        "\\WccomHost\\Exception",
        [
            Property("outcome", STRING, Default::Text("not_sent")),
            Property("field", STRING, Default::Text("")),
        ]
    )?;
    class!(
        CONNECTION,
        "ConnectionException",
        EXCEPTION.entry(),
        "\\WccomHost\\Exception",
        [Property("outcome", STRING, Default::Text("not_sent")),]
    )?;
    class!(
        API,
        "ApiException",
        EXCEPTION.entry(),
        "\\WccomHost\\Exception",
        [
            Property("outcome", STRING, Default::Text("refused")),
            Property("httpStatus", INT, Default::Zero),
            Property("apiCode", STRING | NULLABLE, Default::Null),
            Property("apiParams", ARRAY, Default::EmptyArray),
            Property("retryAfter", INT | NULLABLE, Default::Null),
        ]
    )?;
    class!(
        OUTCOME_UNKNOWN,
        "OutcomeUnknownException",
        EXCEPTION.entry(),
        "\\WccomHost\\Exception",
        [
            Property("httpStatus", INT, Default::Zero),
            Property("journalFile", STRING | NULLABLE, Default::Null),
        ]
    )?;
    class!(
        UNEXPECTED_RESPONSE,
        "UnexpectedResponseException",
        OUTCOME_UNKNOWN.entry(),
        "\\WccomHost\\OutcomeUnknownException",
        [Property("field", STRING, Default::Text("")),]
    )?;
    class!(
        SECRET_UNAVAILABLE,
        "SecretUnavailableException",
        EXCEPTION.entry(),
        "\\WccomHost\\Exception",
        [
            Property("outcome", STRING, Default::Text("refused")),
            Property("orderId", INT | STRING, Default::Zero),
            Property("siteId", INT, Default::Zero),
        ]
    )?;
    class!(
        DUPLICATE_SITE,
        "DuplicateSiteException",
        INVALID_REQUEST.entry(),
        "\\WccomHost\\InvalidRequestException",
        []
    )?;
    class!(
        REGISTRATION_CLOSED,
        "RegistrationClosedException",
        SECRET_UNAVAILABLE.entry(),
        "\\WccomHost\\SecretUnavailableException",
        []
    )
}

fn runtime_exception() -> &'static ClassEntry {
    unsafe extern "C" {
        static spl_ce_RuntimeException: *mut ClassEntry;
    }
    // SAFETY: SPL is always there and starts before any shared extension.
    unsafe { spl_ce_RuntimeException.as_ref() }.unwrap_or_else(|| ce::exception())
}

/// `ClassBuilder` declares properties without a type.
fn declare(entry: &mut ClassEntry, Property(name, type_mask, default): &Property) {
    unsafe extern "C" {
        fn zend_declare_typed_property(
            class: *mut ClassEntry,
            name: *mut zend_string,
            default: *mut Zval,
            flags: i32,
            doc_comment: *mut zend_string,
            type_: zend_type,
        ) -> *mut std::ffi::c_void;
    }
    const PUBLIC: i32 = 1;
    let mut value = Zval::new();
    // Defaults of internal classes must not be counted: interned texts and the engine's own empty array are not.
    match default {
        Default::Null => value.set_null(),
        Default::False => value.set_bool(false),
        Default::Zero => value.set_long(0),
        // A short text without NUL bytes can always be interned.
        Default::Text(text) => value.set_interned_string(text, true).unwrap_or_default(),
        Default::EmptyArray => set_empty_array(&mut value),
    }
    let mut value = ManuallyDrop::new(value);
    // SAFETY: the class is being registered; the name is interned for good; the engine copies the default.
    unsafe {
        zend_declare_typed_property(
            entry,
            ZendStr::new_interned(name, true).into_raw(),
            &raw mut *value,
            PUBLIC,
            std::ptr::null_mut(),
            zend_type {
                ptr: std::ptr::null_mut(),
                type_mask: *type_mask,
            },
        );
    }
}

fn set_empty_array(value: &mut Zval) {
    let array = ext_php_rs::types::ZendEmptyArray;
    let _ = ext_php_rs::convert::IntoZval::set_zval(array, value, true);
}

/// Throws the exception of an error.
pub(super) fn throw(error: &Error) {
    if !matches!(error, Error::InvalidRequest { .. }) && ExecutorGlobals::has_exception() {
        // The script's own signal handler has thrown: that is what its author wants to catch, whatever has come meanwhile.
        return;
    }
    if let Some(object) = build(error) {
        let _ = throw_object(object);
    }
}

/// Throws PHP's own `TypeError`.
pub(super) fn throw_type_error(message: &str) {
    without_arguments(|| {
        let _ = throw_with_code(ce::type_error(), 0, message);
    });
}

/// The arguments in a trace would hold the key.
pub(super) fn without_arguments<T>(act: impl FnOnce() -> T) -> T {
    let before = std::mem::replace(&mut ExecutorGlobals::get_mut().exception_ignore_args, true);
    let result = act();
    ExecutorGlobals::get_mut().exception_ignore_args = before;
    result
}

/// The exception as an object, with its properties set.
pub(super) fn build(error: &Error) -> Option<Zval> {
    let class = class_of(error);
    let message = error.to_string().replace('\0', "");
    let code = match error {
        Error::Api { http_status, .. }
        | Error::OutcomeUnknown { http_status, .. }
        | Error::UnexpectedResponse { http_status, .. } => i32::from(*http_status),
        _ => 0,
    };
    // Throwing gives it file, line and trace; it is taken back to get its properties.
    without_arguments(|| throw_with_code(class, code, &message)).ok()?;
    let mut object = ExecutorGlobals::take_exception()?;
    let mut set = |name: &str, value: Zval| object.set_property(name, value);
    set("outcome", text(Some(error.outcome().as_str())).ok()?).ok()?;
    set("retryable", flag(error.retryable())).ok()?;
    for (name, value) in properties(error)? {
        set(name, value).ok()?;
    }
    let mut zval = Zval::new();
    zval.set_object(&mut object);
    Some(zval)
}

/// The table: an error's class.
fn class_of(error: &Error) -> &'static ClassEntry {
    match error {
        Error::InvalidRequest { .. } => &INVALID_REQUEST,
        Error::Local { .. } | Error::Interrupted { .. } => &EXCEPTION,
        Error::Connection { .. } => &CONNECTION,
        Error::Api { .. } => &API,
        Error::OutcomeUnknown { .. } => &OUTCOME_UNKNOWN,
        Error::UnexpectedResponse { .. } => &UNEXPECTED_RESPONSE,
        Error::SecretUnavailable { .. } => &SECRET_UNAVAILABLE,
        Error::DuplicateSite => &DUPLICATE_SITE,
        Error::RegistrationClosed { .. } => &REGISTRATION_CLOSED,
    }
    .entry()
}

/// The table: an error's own properties.
fn properties(error: &Error) -> Option<Vec<(&'static str, Zval)>> {
    let path = |path: &Option<std::path::PathBuf>| text(path.as_ref().and_then(|path| path.to_str())).ok();
    Some(match error {
        Error::InvalidRequest { field, .. } => vec![("field", text(Some(field)).ok()?)],
        Error::Local { .. } | Error::Connection { .. } | Error::Interrupted { .. } => vec![],
        Error::Api {
            http_status,
            api_code,
            api_params,
            retry_after,
            ..
        } => {
            let mut params = ZendHashTable::new();
            for (name, words) in api_params {
                params.insert(name.as_str(), words.as_str()).ok()?;
            }
            let mut array = Zval::new();
            array.set_hashtable(params);
            vec![
                ("httpStatus", int(Some(i64::from(*http_status)))),
                ("apiCode", text(api_code.as_deref()).ok()?),
                ("apiParams", array),
                (
                    "retryAfter",
                    int(retry_after.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX))),
                ),
            ]
        }
        Error::OutcomeUnknown {
            http_status,
            journal_file,
            ..
        } => {
            vec![
                ("httpStatus", int(Some(i64::from(*http_status)))),
                ("journalFile", path(journal_file)?),
            ]
        }
        Error::UnexpectedResponse {
            http_status,
            journal_file,
            field,
            ..
        } => vec![
            ("httpStatus", int(Some(i64::from(*http_status)))),
            ("journalFile", path(journal_file)?),
            ("field", text(Some(field)).ok()?),
        ],
        Error::DuplicateSite => vec![("field", text(Some("url")).ok()?)],
        Error::SecretUnavailable { order_id, site_id, .. } | Error::RegistrationClosed { order_id, site_id, .. } => {
            vec![("orderId", id(Some(order_id)).ok()?), ("siteId", int(Some(*site_id)))]
        }
    })
}
