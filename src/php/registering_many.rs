//! `wccom_host_register_many()`: requests out of any iterable, results into a callback, in the script's own thread.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::exception::throw_object;
use ext_php_rs::ffi::zend_object;
use ext_php_rs::types::array::Iter as Elements;
use ext_php_rs::types::{ZendCallable, ZendObject, Zval};
use ext_php_rs::zend::{CatchError, ExecutorGlobals, bailout, try_catch};

mod items;
mod key;

use self::items::Items;
use self::key::Key;
use super::arguments::{self, Arguments, converted};
use super::{array, convert, exceptions, interrupt, registration_arrays};
use crate::batch::{self, BatchOptions, Caller};
use crate::client::{Registered, SiteRegistration};
use crate::config::SiteOptions;
use crate::endpoints::ApiVersion;
use crate::endpoints::register::RegisterRequest;
use crate::error::{Error, Result};
use crate::fields::Fields;

pub(super) fn register_many(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let mut options = arguments.map(1)?;
    let batch_options = BatchOptions::take(&mut options)?;
    let config = arguments::config(options)?;
    let on_result = arguments.value(2).filter(|callback| !callback.is_null());
    if on_result.is_none() && config.journal.is_none() && !batch_options.dry_run {
        let problem = "is missing, and so is the option journal: nobody would ever see the secrets";
        return Err(Error::invalid("on_result", problem));
    }
    let process = std::process::id();
    let callback = on_result.map(Zval::shallow_clone);
    let mut requests = arguments.value(0).map_or_else(Zval::new, Zval::shallow_clone);
    let mut script = Script {
        source: Source::of(&mut requests),
        on_result: callback.as_ref().and_then(|callback| ZendCallable::new(callback).ok()),
        api_version: config.api_version,
        user_id: config.site.user_id,
        halt: Rc::default(),
    };
    if script.source.is_none() || std::process::id() != process {
        // Its getIterator() has thrown, or forked.
        return Err(Error::Interrupted { sent: false });
    }
    let summary = batch::run(config, batch_options, &mut script);
    let halt = script.halt.take();
    match halt {
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
        // As above. An exception would not do: the script could catch it before PHP 8.4, which ends the script first and
        // reports the exception as well.
        Some(Halt::TimedOut) => interrupt::end_for_time(),
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
    halt: Halts,
}

type Halts = Rc<RefCell<Option<Halt>>>;

/// Why the script wants no more.
enum Halt {
    /// The first exception, to be thrown again when what is in flight has ended.
    Thrown(ZBox<ZendObject>),
    /// `exit()`, which must stay pending: no more of the script can be called.
    Exiting,
    /// A fatal error: the same.
    Fatal,
    /// `max_execution_time` is over, and the engine will end the script as soon as any code of it runs.
    TimedOut,
}

impl Halt {
    fn is_the_end(&self) -> bool {
        !matches!(self, Self::Thrown(_))
    }
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
            // Not by `next()`, which panics at a name that is not UTF-8.
            Self::Array(elements) => elements.next_zval().map(|(key, value)| (key, value.shallow_clone())),
            Self::Traversable(items) => items.next(),
        }
    }
}

impl Caller for Script<'_> {
    type Key = Key;

    fn next(&mut self) -> Option<(Key, Result<SiteRegistration>)> {
        if self.halt.borrow().is_some() {
            return None;
        }
        let source = self.source.as_mut()?;
        let (api_version, user_id) = (self.api_version, self.user_id);
        let next = guarded(&self.halt, || {
            let (key, request) = source.next()?;
            Some((key, registration(&request, api_version, user_id)))
        });
        let (key, registration) = next.flatten()?;
        Some((Key::new(key, &self.halt), registration))
    }

    fn take(&mut self, key: Key, result: Result<Registered>) -> bool {
        let Some(on_result) = &self.on_result else {
            return self.halt.borrow().is_none();
        };
        if self.halt.borrow().as_ref().is_some_and(Halt::is_the_end) {
            return false;
        }
        // Whatever is given up in there may have a destructor.
        let goes_on = guarded(&self.halt, || {
            let (result, registration) = values(result)?;
            let answer = on_result.try_call(vec![key.value(), &result, &registration]).ok()?;
            Some(!answer.is_false())
        });
        drop(key);
        self.halt.borrow().is_none() && goes_on.flatten().unwrap_or(true)
    }

    fn interrupted(&mut self) -> bool {
        if self.halt.borrow().is_none() {
            guarded(&self.halt, interrupt::run_handlers);
        }
        let mut halt = self.halt.borrow_mut();
        if halt.is_none() && interrupt::is_timed_out() {
            *halt = Some(Halt::TimedOut);
        }
        halt.is_some()
    }
}

fn registration(request: &Zval, api_version: Option<ApiVersion>, user_id: Option<i64>) -> Result<SiteRegistration> {
    let request = request.reference().unwrap_or(request);
    let array = request
        .array()
        .ok_or_else(|| Error::invalid("request", "must be an array"))?;
    let mut fields = Fields::new("", convert::entries(array)?);
    let mut options = SiteOptions::take(&mut fields)?;
    options.user_id = options.user_id.or(user_id);
    Ok(SiteRegistration {
        request: RegisterRequest::of(fields, api_version)?,
        options,
    })
}

/// Runs code of the script, and keeps what it throws. An exception must not stay pending, since PHP could not be called
/// for the results that are still to come.
fn guarded<T>(halt: &Halts, act: impl FnOnce() -> T) -> Option<T> {
    let value = match try_catch(AssertUnwindSafe(act)) {
        Ok(value) => Some(value),
        Err(CatchError::Panic(message)) => std::panic::resume_unwind(Box::new(message)),
        Err(_bailout) => {
            *halt.borrow_mut() = Some(Halt::Fatal);
            return None;
        }
    };
    if is_exiting() {
        *halt.borrow_mut() = Some(Halt::Exiting);
    } else if let Some(exception) = ExecutorGlobals::take_exception()
        && halt.borrow().is_none()
    {
        // The first one counts.
        *halt.borrow_mut() = Some(Halt::Thrown(exception));
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
