//! The arguments of a call, checked against their declaration, and what PHP gets back.

use ext_php_rs::args::Arg;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ZendHashTable, Zval};
use ext_php_rs::zend::{ExecuteData, ExecutorGlobals};
use serde_json::{Map, Value};

use super::{convert, environment, exceptions, ini, kept_key, output_parameter};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::site_url::SiteUrl;

/// A parameter of a function, as it is declared and checked.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether PHP leaves it out of traces.
    pub(super) is_sensitive: bool,
    /// PHP code; none for a required parameter.
    pub(super) default: Option<&'static str>,
}

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Array,
    String,
    /// `int|string`.
    Id,
    /// `iterable`: an array or a `Traversable`.
    Iterable,
    /// `?callable`.
    Callback,
    /// `?array`, by reference: whatever the variable held before is replaced.
    Output,
}

impl Kind {
    fn takes(self, value: &Zval) -> bool {
        let found = value.get_type();
        match self {
            Self::Array => found == DataType::Array,
            Self::String => found == DataType::String,
            Self::Id => matches!(found, DataType::String | DataType::Long),
            Self::Iterable => value.is_iterable(),
            Self::Callback => value.is_null() || value.is_callable(),
            Self::Output => true,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Array | Self::Output => "array",
            Self::String => "string",
            Self::Id => "string|int",
            Self::Iterable => "iterable",
            Self::Callback => "?callable",
        }
    }
}

/// What the options of a call come to, with the settings of php.ini and the environment.
pub(super) fn config(options: Map<String, Value>) -> Result<Config> {
    kept_key::check_options(&options)?;
    Config::new(options, ini::setting, kept_key::variable)
}

/// The arguments of a call, checked against their types.
pub(super) struct Arguments<'a> {
    values: Vec<Option<&'a mut Zval>>,
}

impl<'a> Arguments<'a> {
    /// Throws what PHP's own functions throw for wrong arguments.
    pub(super) fn parse(frame: &'a mut ExecuteData, function: &str, parameters: &[Parameter]) -> Option<Self> {
        environment::restore();
        let mut args: Vec<Arg<'_>> = parameters
            .iter()
            .map(|parameter| Arg::new(parameter.name, DataType::Mixed))
            .collect();
        let required = parameters
            .iter()
            .filter(|parameter| parameter.default.is_none())
            .count();
        let mut parser = frame.parser().required_args(required);
        for arg in &mut args {
            parser = parser.arg(arg);
        }
        exceptions::without_arguments(|| parser.parse()).ok()?;
        let mut values = Vec::with_capacity(parameters.len());
        for (index, (mut arg, parameter)) in args.into_iter().zip(parameters).enumerate() {
            let value: Option<&'a mut Zval> = arg.zval().map(|value| unsafe {
                // SAFETY: the value lives in the frame, which outlives this call.
                &mut *std::ptr::from_mut::<Zval>(value)
            });
            if let Some(value) = &value {
                let value = value.reference().unwrap_or(value);
                if !parameter.kind.takes(value) {
                    // A handler for errors may have thrown, for a callable that is deprecated.
                    if !ExecutorGlobals::has_exception() {
                        exceptions::throw_type_error(&format!(
                            "{function}(): Argument #{} (${}) must be of type {}, {} given",
                            index + 1,
                            parameter.name,
                            parameter.kind.name(),
                            type_name(value.get_type())
                        ));
                    }
                    return None;
                }
            }
            values.push(value);
        }
        // Before PHP 8.4 such a callable is one all the same: nothing is begun.
        (!ExecutorGlobals::has_exception()).then_some(Self { values })
    }

    pub(super) fn value(&self, index: usize) -> Option<&Zval> {
        let value: &Zval = self.values.get(index)?.as_deref()?;
        Some(value.reference().unwrap_or(value))
    }

    pub(super) fn map(&self, index: usize) -> Result<Map<String, Value>> {
        self.value(index)
            .and_then(Zval::array)
            .map_or_else(|| Ok(Map::new()), convert::map)
    }

    /// The text of a string.
    pub(super) fn text(&self, index: usize) -> String {
        self.value(index).and_then(Zval::str).unwrap_or_default().to_owned()
    }

    pub(super) fn id(&self, index: usize, name: &str) -> Result<Id> {
        let value = self.value(index).map_or(Value::Null, |value| match value.long() {
            Some(number) if value.is_long() => number.into(),
            _ => self.text(index).into(),
        });
        Id::checked(name, &value)
    }

    pub(super) fn url(&self, index: usize, name: &str) -> Result<SiteUrl> {
        SiteUrl::parse(name, self.text(index))
    }

    pub(super) fn config(&self, index: usize) -> Result<Config> {
        config(self.map(index)?)
    }

    /// Puts an array into the variable that was passed by reference.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if that has left an exception.
    pub(super) fn assign(&mut self, index: usize, array: ZBox<ZendHashTable>) -> Result<()> {
        if let Some(variable) = self.values.get_mut(index).and_then(|value| value.as_deref_mut()) {
            output_parameter::assign(variable, array);
        }
        no_exception()
    }
}

/// Goes on only if no code of the script, such as a destructor or a hook of WordPress, has thrown.
fn no_exception() -> Result<()> {
    if ExecutorGlobals::has_exception() {
        Err(Error::Interrupted { sent: false })
    } else {
        Ok(())
    }
}

fn type_name(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Array => "array",
        DataType::String => "string",
        DataType::Long => "int",
        DataType::Double => "float",
        DataType::Null | DataType::Undef => "null",
        DataType::True | DataType::False | DataType::Bool => "bool",
        DataType::Object(_) => "object",
        _ => "another type",
    }
}

/// A value that could not be handed to PHP, for want of memory.
pub(super) fn converted<T>(value: ZendResult<T>) -> Result<T> {
    value.map_err(|error| Error::Local {
        message: format!("The answer cannot be given to PHP: {error}"),
        retryable: false,
    })
}
