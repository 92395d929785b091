//! The functions `wccom_host_*`: the table of their declarations. What they mean, and the shapes of their arrays, stands in
//! `php/stubs/wccom_host.stub.php`, which `build.sh check` compares with what is declared here.

use ext_php_rs::args::Arg;
use ext_php_rs::builders::FunctionBuilder;
use ext_php_rs::describe::abi::Str;
use ext_php_rs::flags::DataType;
use ext_php_rs::types::Zval;
use ext_php_rs::zend::{ExecuteData, run_handler};
use ext_php_rs::zend_fastcall;

use super::arguments::{Arguments, Kind, Parameter};
use super::{
    exceptions, interrupt, journal, journal_records, kept_key, operations, orders, registering, registering_many,
};
use crate::error::Result;

/// A function, as it is declared.
pub(super) struct Declaration {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) returns: Returns,
    builder: fn() -> FunctionBuilder<'static>,
}

/// What a function returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    Array,
    /// `array|bool`
    ArrayOrBool,
    NullableArray,
    Bool,
    Int,
    Journal,
    Orders,
    String,
    Void,
}

/// Declares functions, and wraps what does the work: parses the arguments as declared, guards panics, throws errors.
macro_rules! functions {
    ($($name:ident($($parameter:expr),*) -> $returns:expr => $work:expr;)*) => {
        pub(super) static FUNCTIONS: &[Declaration] = &[$({
            zend_fastcall! {
                extern fn handler(frame: &mut ExecuteData, result: &mut Zval) {
                    run_handler(std::panic::AssertUnwindSafe(|| {
                        let work: fn(&mut Arguments, &mut Zval) -> Result<()> = $work;
                        let Some(mut arguments) = Arguments::parse(frame, stringify!($name), PARAMETERS) else {
                            return;
                        };
                        let done = work(&mut arguments, result);
                        drop(arguments);
                        interrupt::end_after_fatal();
                        if let Err(error) = done {
                            exceptions::throw(&error);
                        }
                    }));
                }
            }
            const PARAMETERS: &[Parameter] = &[$($parameter),*];
            Declaration {
                name: stringify!($name),
                parameters: PARAMETERS,
                returns: $returns,
                builder: || FunctionBuilder::new(stringify!($name), handler),
            }
        }),*];
    };
}

const fn required(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        kind,
        is_sensitive: false,
        default: None,
    }
}

const fn sensitive(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        is_sensitive: true,
        ..required(name, kind)
    }
}

const OPTIONS: Parameter = Parameter {
    default: Some("[]"),
    ..sensitive("options", Kind::Array)
};
const FILTERS: Parameter = Parameter {
    default: Some("[]"),
    ..required("filters", Kind::Array)
};
const REGISTRATION: Parameter = Parameter {
    default: Some("null"),
    ..required("registration", Kind::Output)
};
const REQUEST: Parameter = required("request", Kind::Array);
const SECRET_REQUEST: Parameter = sensitive("request", Kind::Array);
const REQUESTS: Parameter = sensitive("requests", Kind::Iterable);
const ON_RESULT: Parameter = Parameter {
    default: Some("null"),
    ..required("on_result", Kind::Callback)
};
const AUTH: Parameter = sensitive("auth", Kind::Array);
const HOME_URL: Parameter = required("home_url", Kind::String);
const ORDER_ID: Parameter = required("order_id", Kind::Id);

functions! {
    wccom_host_version() -> Returns::String => registering::version;
    wccom_host_take_key(OPTIONS) -> Returns::Bool => kept_key::take_key;
    wccom_host_forget_key() -> Returns::Void => kept_key::forget_key;
    wccom_host_register(SECRET_REQUEST, OPTIONS, REGISTRATION) -> Returns::Array => registering::register;
    wccom_host_register_many(REQUESTS, OPTIONS, ON_RESULT) -> Returns::Array => registering_many::register_many;
    wccom_host_check(SECRET_REQUEST, OPTIONS) -> Returns::Array => registering::check;
    wccom_host_verify(AUTH, OPTIONS) -> Returns::Array => registering::verify;
    wccom_host_lookup(HOME_URL, OPTIONS) -> Returns::Array => registering::lookup;
    wccom_host_cancel(ORDER_ID, OPTIONS) -> Returns::Array => operations::cancel;
    wccom_host_update_url(SECRET_REQUEST, OPTIONS) -> Returns::ArrayOrBool => operations::update_url;
    wccom_host_update_connected_site(REQUEST, OPTIONS) -> Returns::Array => operations::update_connected_site;
    wccom_host_install(REQUEST, OPTIONS) -> Returns::Array => operations::install;
    wccom_host_package(OPTIONS) -> Returns::Array => operations::package;
    wccom_host_product(required("slug", Kind::String), OPTIONS) -> Returns::Array => operations::product;
    wccom_host_orders(FILTERS, OPTIONS) -> Returns::Orders => orders::orders;
    wccom_host_order(ORDER_ID, OPTIONS) -> Returns::Array => operations::order;
    wccom_host_order_connections(ORDER_ID, OPTIONS) -> Returns::Array => operations::order_connections;
    wccom_host_site(required("site_id", Kind::Id), OPTIONS) -> Returns::Array => operations::site;
    wccom_host_totals(OPTIONS) -> Returns::Array => operations::totals;
    wccom_host_sign_url(required("url", Kind::String), sensitive("access_token_secret", Kind::String)) -> Returns::String => registering::sign_url;
    wccom_host_same_site(required("url", Kind::String), required("other_url", Kind::String)) -> Returns::Bool => registering::same_site;
    wccom_host_journal_lock(HOME_URL, OPTIONS) -> Returns::Void => journal::journal_lock;
    wccom_host_journal_unlock(HOME_URL, OPTIONS) -> Returns::Void => journal::journal_unlock;
    wccom_host_journal_read(HOME_URL, OPTIONS) -> Returns::NullableArray => journal::journal_read;
    wccom_host_journal_store(AUTH, required("registration", Kind::Array), OPTIONS) -> Returns::Void => journal::journal_store;
    wccom_host_journal_close(HOME_URL, OPTIONS) -> Returns::Bool => journal::journal_close;
    wccom_host_journal(FILTERS, OPTIONS) -> Returns::Journal => journal_records::journal;
    wccom_host_journal_prune(FILTERS, OPTIONS) -> Returns::Int => journal_records::journal_prune;
}

impl Declaration {
    /// What `get_extension_funcs()` and reflection show.
    pub(super) fn build(&self) -> FunctionBuilder<'static> {
        let (data_type, is_nullable) = match self.returns {
            // The rest of a union is added by `types`.
            Returns::Array | Returns::ArrayOrBool => (DataType::Array, false),
            Returns::NullableArray => (DataType::Array, true),
            Returns::Bool => (DataType::Bool, false),
            Returns::Int => (DataType::Long, false),
            Returns::Journal => (DataType::Object(Str::from(journal_records::CLASS)), false),
            Returns::Orders => (DataType::Object(Str::from(orders::CLASS)), false),
            Returns::String => (DataType::String, false),
            Returns::Void => (DataType::Void, false),
        };
        let required = self
            .parameters
            .iter()
            .filter(|parameter| parameter.default.is_none())
            .count();
        let builder = (self.builder)()
            .required_args(required)
            .returns(data_type, false, is_nullable);
        self.parameters
            .iter()
            .fold(builder, |builder, parameter| builder.arg(argument(parameter)))
    }
}

fn argument(parameter: &Parameter) -> Arg<'static> {
    let argument = match parameter.kind {
        Kind::Array => Arg::new(parameter.name, DataType::Array),
        // An id is int|string, see `types`.
        Kind::String | Kind::Id => Arg::new(parameter.name, DataType::String),
        // The array is added by `types`.
        Kind::Iterable => Arg::new(parameter.name, DataType::Object(Str::from("Traversable"))),
        Kind::Callback => Arg::new(parameter.name, DataType::Callable).allow_null(),
        Kind::Output => Arg::new(parameter.name, DataType::Array).as_ref().allow_null(),
    };
    match parameter.default {
        Some(default) => argument.default(default),
        None => argument,
    }
}
