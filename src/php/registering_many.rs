//! `wccom_host_register_many()`: requests out of any iterable, results into a callback, in the script's own thread.

use std::panic::AssertUnwindSafe;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::exception::throw_object;
use ext_php_rs::ffi::zend_object;
use ext_php_rs::types::array::Iter as Elements;
use ext_php_rs::types::{ArrayKey, ZendCallable, ZendObject, ZendStr, Zval};
use ext_php_rs::zend::{CatchError, ExecutorGlobals, bailout, try_catch};

mod items;

use self::items::Items;
use super::arguments::{Arguments, converted};
use super::{array, convert, exceptions, interrupt, registration_arrays};
use crate::batch::{self, BatchOptions, Caller};
use crate::client::{Registered, SiteRegistration};
use crate::config::{Config, SiteOptions};
use crate::endpoints::ApiVersion;
use crate::endpoints::register::RegisterRequest;
use crate::error::{Error, Result};
use crate::fields::Fields;

pub(super) fn register_many(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let mut options = arguments.map(1)?;
    let batch_options = BatchOptions::take(&mut options)?;
    let config = Config::new(options, super::ini::setting, |name| std::env::var(name).ok())?;
    let on_result = arguments.value(2).filter(|callback| !callback.is_null());
    if on_result.is_none() && config.journal.is_none() && !batch_options.dry_run {
        let problem = "is missing, and so is the option journal: nobody would ever see the secrets";
        return Err(Error::invalid("on_result", problem));
    }
    let callback = on_result.map(Zval::shallow_clone);
    let mut requests = arguments.value(0).map_or_else(Zval::new, Zval::shallow_clone);
    let mut script = Script {
        source: Source::of(&mut requests),
        on_result: callback.as_ref().and_then(|callback| ZendCallable::new(callback).ok()),
        api_version: config.api_version,
        user_id: config.site.user_id,
        halt: None,
    };
    if script.source.is_none() {
        // Its getIterator() has thrown.
        return Err(Error::Interrupted { sent: false });
    }
    let summary = batch::run(config, batch_options, &mut script);
    match script.halt.take() {
        Some(Halt::Thrown(mut exception)) => {
            let mut object = Zval::new();
            object.set_object(&mut exception);
            let _ = throw_object(object);
            Err(Error::Interrupted { sent: false })
        }
        Some(Halt::Exiting) => Err(Error::Interrupted { sent: false }),
        Some(Halt::Fatal) => {
            // SAFETY: the batch has been dropped. The engine was about to end the script, and frees the rest itself.
            unsafe { bailout() }
        }
        None => {
            *result = converted(convert::serialized(&summary?))?;
            Ok(())
        }
    }
}

/// The code of the script that the batch calls.
struct Script<'a> {
    source: Option<Source<'a>>,
    on_result: Option<ZendCallable<'a>>,
    api_version: Option<ApiVersion>,
    user_id: Option<i64>,
    halt: Option<Halt>,
}

/// Why the script wants no more.
enum Halt {
    /// The first exception, to be thrown again when what is in flight has ended.
    Thrown(ZBox<ZendObject>),
    /// `exit()`, which must stay pending: no more of the script can be called.
    Exiting,
    /// A fatal error: the same.
    Fatal,
}

enum Source<'a> {
    Array(Elements<'a>),
    Traversable(Items<'a>),
}

impl<'a> Source<'a> {
    /// `None` if the script has thrown.
    fn of(requests: &'a mut Zval) -> Option<Self> {
        if requests.is_array() {
            return requests.array().map(|array| Self::Array(array.iter()));
        }
        requests.traversable().map(|iterator| {
            Self::Traversable(Items {
                iterator,
                has_begun: false,
            })
        })
    }

    /// The next key and value. `None` at the end, or if the script has thrown.
    fn next(&mut self) -> Option<(Zval, Zval)> {
        match self {
            Self::Array(elements) => elements
                .next()
                .map(|(key, value)| (key_of(&key), value.shallow_clone())),
            Self::Traversable(items) => items.next(),
        }
    }
}

impl Caller for Script<'_> {
    type Key = Zval;

    fn next(&mut self) -> Option<(Zval, Result<SiteRegistration>)> {
        if self.halt.is_some() {
            return None;
        }
        let source = self.source.as_mut()?;
        let (key, request) = guarded(&mut self.halt, || source.next()).flatten()?;
        let registration = self.registration(&request);
        Some((key, registration))
    }

    fn take(&mut self, key: Zval, result: Result<Registered>) -> bool {
        let Some(on_result) = &self.on_result else {
            return self.halt.is_none();
        };
        if matches!(self.halt, Some(Halt::Exiting | Halt::Fatal)) {
            return false;
        }
        let answer = guarded(&mut self.halt, || {
            let (result, registration) = values(result)?;
            on_result.try_call(vec![&key, &result, &registration]).ok()
        });
        self.halt.is_none() && !answer.flatten().is_some_and(|answer| answer.is_false())
    }

    fn interrupted(&mut self) -> bool {
        if self.halt.is_none() {
            guarded(&mut self.halt, interrupt::pending);
        }
        self.halt.is_some()
    }
}

impl Script<'_> {
    fn registration(&self, request: &Zval) -> Result<SiteRegistration> {
        let request = request.reference().unwrap_or(request);
        let array = request
            .array()
            .ok_or_else(|| Error::invalid("request", "must be an array"))?;
        let mut fields = Fields::new("", convert::entries(array)?);
        let mut options = SiteOptions::take(&mut fields)?;
        options.user_id = options.user_id.or(self.user_id);
        Ok(SiteRegistration {
            request: RegisterRequest::of(fields, self.api_version)?,
            options,
        })
    }
}

/// Runs code of the script, and keeps what it throws. An exception must not stay pending, since PHP could not be called
/// for the results that are still to come.
fn guarded<T>(halt: &mut Option<Halt>, act: impl FnOnce() -> T) -> Option<T> {
    let value = match try_catch(AssertUnwindSafe(act)) {
        Ok(value) => Some(value),
        Err(CatchError::Panic(message)) => std::panic::resume_unwind(Box::new(message)),
        Err(_bailout) => {
            *halt = Some(Halt::Fatal);
            return None;
        }
    };
    if is_exiting() {
        *halt = Some(Halt::Exiting);
    } else if let Some(exception) = ExecutorGlobals::take_exception()
        && halt.is_none()
    {
        *halt = Some(Halt::Thrown(exception));
    }
    value
}

/// `exit()` is an exception that nobody may catch.
fn is_exiting() -> bool {
    unsafe extern "C" {
        fn zend_is_unwind_exit(exception: *const zend_object) -> bool;
        fn zend_is_graceful_exit(exception: *const zend_object) -> bool;
    }
    let exception = ExecutorGlobals::get().exception;
    // SAFETY: the engine's own pending exception.
    !exception.is_null() && unsafe { zend_is_unwind_exit(exception) || zend_is_graceful_exit(exception) }
}

fn key_of(key: &ArrayKey) -> Zval {
    let mut zval = Zval::new();
    match key {
        ArrayKey::Long(index) => zval.set_long(*index),
        ArrayKey::Str(name) => zval.set_zend_string(ZendStr::new(name, false)),
        ArrayKey::String(name) => zval.set_zend_string(ZendStr::new(name, false)),
        ArrayKey::ZendString(name) => zval.set_zend_string(ZendStr::new(name.as_bytes(), false)),
    }
    zval
}

/// The second and the third argument of the callback.
fn values(result: Result<Registered>) -> Option<(Zval, Zval)> {
    match result {
        Ok(registered) => {
            let auth = registration_arrays::auth(&registered.auth).ok()?;
            let registration = registration_arrays::rest(&registered).ok()?;
            Some((array::zval(auth), array::zval(registration)))
        }
        Err(error) => {
            let mut none = Zval::new();
            none.set_null();
            Some((exceptions::build(&error)?, none))
        }
    }
}
