//! The functions `wccom_host_*`. What they mean, and the shapes of their arrays, stands in
//! `php/stubs/wccom_host.stub.php`, which `build.sh check` compares with what is declared here.

use ext_php_rs::args::Arg;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::builders::FunctionBuilder;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ZendHashTable, Zval};
use ext_php_rs::zend::{ExecuteData, ExecutorGlobals, run_handler};
use ext_php_rs::zend_fastcall;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{convert, exceptions, ini, interrupt, locks, output_parameter, wordpress};
use crate::auth::Auth;
use crate::client::HostPlanClient;
use crate::config::Config;
use crate::endpoints::register::{RegisterRequest, is_credential};
use crate::error::{Error, Result};
use crate::fault_point::reach;
use crate::fields::Fields;
use crate::ids::Id;
use crate::journal::{Record, SiteJournal, SiteLock, State};
use crate::site_url::SiteUrl;

/// Wraps a Rust function as a PHP function: parses the arguments as declared, guards panics, throws errors.
macro_rules! handler {
    ($handler:ident, $name:literal, $required:literal, $call:expr, [$(($argument:literal, $type:expr)),*]) => {
        zend_fastcall! {
            extern fn $handler(frame: &mut ExecuteData, result: &mut Zval) {
                run_handler(std::panic::AssertUnwindSafe(|| {
                    let call: fn(&mut Arguments, &mut Zval) -> Result<()> = $call;
                    let Some(mut arguments) = Arguments::parse(frame, $name, &[$(($argument, $type)),*], $required) else {
                        return;
                    };
                    if let Err(error) = call(&mut arguments, result) {
                        exceptions::throw(&error);
                    }
                }));
            }
        }
    };
}

const ARRAY: DataType = DataType::Array;
const STRING: DataType = DataType::String;
/// The output parameter: whatever the variable held before is replaced.
const ANY: DataType = DataType::Mixed;

handler!(version_handler, "wccom_host_version", 0, version, []);
handler!(
    register_handler,
    "wccom_host_register",
    1,
    register,
    [("request", ARRAY), ("options", ARRAY), ("registration", ANY)]
);
handler!(
    check_handler,
    "wccom_host_check",
    1,
    check,
    [("request", ARRAY), ("options", ARRAY)]
);
handler!(
    verify_handler,
    "wccom_host_verify",
    1,
    verify,
    [("auth", ARRAY), ("options", ARRAY)]
);
handler!(
    lookup_handler,
    "wccom_host_lookup",
    1,
    lookup,
    [("home_url", STRING), ("options", ARRAY)]
);
handler!(
    same_site_handler,
    "wccom_host_same_site",
    2,
    same_site,
    [("url", STRING), ("other_url", STRING)]
);
handler!(
    journal_lock_handler,
    "wccom_host_journal_lock",
    1,
    journal_lock,
    [("home_url", STRING), ("options", ARRAY)]
);
handler!(
    journal_unlock_handler,
    "wccom_host_journal_unlock",
    1,
    journal_unlock,
    [("home_url", STRING), ("options", ARRAY)]
);
handler!(
    journal_read_handler,
    "wccom_host_journal_read",
    1,
    journal_read,
    [("home_url", STRING), ("options", ARRAY)]
);
handler!(
    journal_store_handler,
    "wccom_host_journal_store",
    2,
    journal_store,
    [("auth", ARRAY), ("registration", ARRAY), ("options", ARRAY)]
);
handler!(
    journal_close_handler,
    "wccom_host_journal_close",
    1,
    journal_close,
    [("home_url", STRING), ("options", ARRAY)]
);

/// Every function, as `get_extension_funcs()` and reflection show it.
pub(super) fn all() -> Vec<FunctionBuilder<'static>> {
    let function = FunctionBuilder::new;
    let required = |name: &str, data_type| Arg::new(name, data_type);
    let options = || Arg::new("options", ARRAY).default("[]");
    let returns_array = |builder: FunctionBuilder<'static>| builder.returns(ARRAY, false, false);
    let home_url = || required("home_url", STRING);
    vec![
        function("wccom_host_version", version_handler).returns(STRING, false, false),
        returns_array(
            function("wccom_host_register", register_handler)
                .arg(required("request", ARRAY))
                .not_required()
                .arg(options())
                .arg(Arg::new("registration", ARRAY).as_ref().allow_null().default("null")),
        ),
        returns_array(
            function("wccom_host_check", check_handler)
                .arg(required("request", ARRAY))
                .not_required()
                .arg(options()),
        ),
        returns_array(
            function("wccom_host_verify", verify_handler)
                .arg(required("auth", ARRAY))
                .not_required()
                .arg(options()),
        ),
        returns_array(
            function("wccom_host_lookup", lookup_handler)
                .arg(home_url())
                .not_required()
                .arg(options()),
        ),
        function("wccom_host_same_site", same_site_handler)
            .arg(required("url", STRING))
            .arg(required("other_url", STRING))
            .returns(DataType::Bool, false, false),
        function("wccom_host_journal_lock", journal_lock_handler)
            .arg(home_url())
            .not_required()
            .arg(options())
            .returns(DataType::Void, false, false),
        function("wccom_host_journal_unlock", journal_unlock_handler)
            .arg(home_url())
            .not_required()
            .arg(options())
            .returns(DataType::Void, false, false),
        function("wccom_host_journal_read", journal_read_handler)
            .arg(home_url())
            .not_required()
            .arg(options())
            .returns(ARRAY, false, true),
        function("wccom_host_journal_store", journal_store_handler)
            .arg(required("auth", ARRAY))
            .arg(required("registration", ARRAY))
            .not_required()
            .arg(options())
            .returns(DataType::Void, false, false),
        function("wccom_host_journal_close", journal_close_handler)
            .arg(home_url())
            .not_required()
            .arg(options())
            .returns(DataType::Bool, false, false),
    ]
}

/// The arguments of a call, checked against their types.
struct Arguments<'a> {
    values: Vec<Option<&'a mut Zval>>,
}

impl<'a> Arguments<'a> {
    /// Throws what PHP's own functions throw for wrong arguments.
    fn parse(frame: &'a mut ExecuteData, function: &str, types: &[(&str, DataType)], required: usize) -> Option<Self> {
        let mut args: Vec<Arg<'_>> = types.iter().map(|(name, _)| Arg::new(*name, DataType::Mixed)).collect();
        let mut parser = frame.parser().required_args(required);
        for arg in &mut args {
            parser = parser.arg(arg);
        }
        exceptions::without_arguments(|| parser.parse()).ok()?;
        let mut values = Vec::with_capacity(types.len());
        for (index, (mut arg, (name, wanted))) in args.into_iter().zip(types).enumerate() {
            let value: Option<&'a mut Zval> = arg.zval().map(|value| unsafe {
                // SAFETY: the value lives in the frame, which outlives this call.
                &mut *std::ptr::from_mut::<Zval>(value)
            });
            if let Some(value) = &value {
                let found = value.reference().unwrap_or(value).get_type();
                if *wanted != ANY && found != *wanted {
                    exceptions::throw_type_error(&format!(
                        "{function}(): Argument #{} (${name}) must be of type {}, {} given",
                        index + 1,
                        type_name(*wanted),
                        type_name(found)
                    ));
                    return None;
                }
            }
            values.push(value);
        }
        Some(Self { values })
    }

    fn value(&self, index: usize) -> Option<&Zval> {
        let value: &Zval = self.values.get(index)?.as_deref()?;
        Some(value.reference().unwrap_or(value))
    }

    fn map(&self, index: usize) -> Result<Map<String, Value>> {
        self.value(index)
            .and_then(Zval::array)
            .map_or_else(|| Ok(Map::new()), convert::map)
    }

    fn url(&self, index: usize, name: &str) -> Result<SiteUrl> {
        SiteUrl::parse(
            name,
            self.value(index).and_then(Zval::str).unwrap_or_default().to_owned(),
        )
    }

    fn config(&self, index: usize) -> Result<Config> {
        Config::new(self.map(index)?, ini::setting, |name| std::env::var(name).ok())
    }

    /// Puts an array into the variable that was passed by reference.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if that has left an exception.
    fn assign(&mut self, index: usize, array: ZBox<ZendHashTable>) -> Result<()> {
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

fn version(_arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    converted(result.set_string(crate::VERSION, false))
}

fn register(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let request = RegisterRequest::new(arguments.map(0)?, config.api_version)?;
    let user_id = config.user_id.or_else(wordpress::user_id).unwrap_or(0);
    let locked = config.journal.as_ref().is_some_and(|folder| {
        let site = config.home_url.as_ref().unwrap_or(&request.url);
        locks::holds(SiteJournal::at(folder, site).file())
    });
    // A variable that cannot take the rest of the registration must say so before there is one.
    arguments.assign(2, ZendHashTable::new())?;
    let registered = HostPlanClient::new(config).register(&request, user_id, locked, &mut interrupt::pending)?;

    *result = converted(convert::serialized(&registered.auth))?;
    let mut registration = match registered.registration {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    registration.insert("from_journal".to_owned(), registered.from_journal.into());
    registration.insert("journaled".to_owned(), registered.journaled.into());
    registration.insert("warnings".to_owned(), registered.warnings.into());
    arguments.assign(2, converted(convert::array(&registration))?)
}

fn check(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    config.key()?;
    let request = RegisterRequest::new(arguments.map(0)?, config.api_version)?;
    let warnings: Vec<String> = request.url.warning().into_iter().collect();
    *result = converted(convert::serialized(&warnings))?;
    Ok(())
}

fn verify(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let mut auth = Fields::new("auth.", arguments.map(0)?);
    let mut credential = |name: &str| match auth.string(name)? {
        Some(text) if !text.is_empty() => Ok(SecretString::from(text)),
        _ => Err(Error::invalid(
            format!("auth.{name}"),
            "is missing or empty: the site is not connected",
        )),
    };
    let (token, secret) = (credential("access_token")?, credential("access_token_secret")?);
    let me = HostPlanClient::new(arguments.config(1)?).verify(&token, &secret, &mut interrupt::pending)?;
    *result = converted(convert::zval(&me))?;
    Ok(())
}

fn lookup(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let home_url = arguments.url(0, "home_url")?;
    let orders = HostPlanClient::new(arguments.config(1)?).lookup(&home_url, &mut interrupt::pending)?;
    *result = converted(convert::serialized(&orders))?;
    Ok(())
}

fn same_site(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    result.set_bool(arguments.url(0, "url")?.same_site(&arguments.url(1, "other_url")?));
    Ok(())
}

fn journal_lock(arguments: &mut Arguments, _result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let journal = SiteJournal::open(config.journal()?, &arguments.url(0, "home_url")?)?;
    if let Some(lock) = lock_unless_held(&journal, &config)? {
        locks::keep(journal.file().to_owned(), lock);
    }
    Ok(())
}

fn lock_unless_held(journal: &SiteJournal, config: &Config) -> Result<Option<SiteLock>> {
    if locks::holds(journal.file()) {
        return Ok(None);
    }
    journal.lock(config.network.timeout, &mut interrupt::pending).map(Some)
}

fn journal_unlock(arguments: &mut Arguments, _result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    locks::release(SiteJournal::at(config.journal()?, &arguments.url(0, "home_url")?).file());
    Ok(())
}

fn journal_read(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let journal = SiteJournal::open(config.journal()?, &arguments.url(0, "home_url")?)?;
    match journal.read()? {
        Some(record) => *result = converted(open_record(&record, &journal))?,
        None => result.set_null(),
    }
    Ok(())
}

fn open_record(record: &Record, journal: &SiteJournal) -> ZendResult<Zval> {
    let value = serde_json::json!({
        "state": if record.state == State::Damaged { "damaged".into() } else { serde_json::json!(record.state) },
        "url": record.url,
        "home_url": record.home_url,
        "api_version": record.api_version,
        "email": record.email,
        "started": record.started,
        "http_status": record.http_status,
        "reason": record.reason,
        "has_answer": record.state == State::Sent && record.answer.is_some(),
        "journal_file": journal.file().to_string_lossy(),
        "auth": record.auth,
        "registration": record.registration,
    });
    convert::zval(&value)
}

fn journal_store(arguments: &mut Arguments, _result: &mut Zval) -> Result<()> {
    let config = arguments.config(2)?;
    let auth = checked_auth(arguments.map(0)?)?;
    let site = SiteUrl::parse("auth.url", auth.url.clone())?;
    let journal = SiteJournal::open(config.journal()?, &site)?;
    let registration = arguments.map(1)?;
    let text = |name: &str| registration.get(name).and_then(Value::as_str).map(str::to_owned);
    let record = Record {
        state: State::Received,
        url: text("url").unwrap_or_else(|| auth.url.clone()),
        home_url: auth.url.clone(),
        api_version: text("api_version").unwrap_or_default(),
        email: None,
        started: auth.updated,
        http_status: 0,
        reason: None,
        answer: None,
        auth: Some(auth),
        registration: Some(Value::Object(registration)),
    };
    let _lock = lock_unless_held(&journal, &config)?;
    journal.write(&record)
}

/// The six keys, with their types.
fn checked_auth(auth: Map<String, Value>) -> Result<Auth> {
    let mut fields = Fields::new("auth.", auth);
    fields.refuse_unknown(&[
        "access_token",
        "access_token_secret",
        "site_id",
        "user_id",
        "updated",
        "url",
    ])?;
    let missing = |name: &str| Error::invalid(format!("auth.{name}"), "is missing or empty");
    let mut text = |name: &str| {
        fields
            .string(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| missing(name))
    };
    let (access_token, access_token_secret, url) = (text("access_token")?, text("access_token_secret")?, text("url")?);
    for (name, value) in [
        ("access_token", &access_token),
        ("access_token_secret", &access_token_secret),
    ] {
        if !is_credential(value) {
            return Err(Error::invalid(
                format!("auth.{name}"),
                "must consist of visible ASCII characters",
            ));
        }
    }
    let site_id = fields
        .take("site_id")
        .as_ref()
        .and_then(Id::from_value)
        .and_then(|id| id.as_i64());
    Ok(Auth {
        access_token,
        access_token_secret,
        site_id: site_id.ok_or_else(|| missing("site_id"))?,
        user_id: fields.whole_number("user_id")?.unwrap_or(0),
        updated: fields.whole_number("updated")?.unwrap_or(0),
        url,
    })
}

fn journal_close(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let journal = SiteJournal::open(config.journal()?, &arguments.url(0, "home_url")?)?;
    let _lock = lock_unless_held(&journal, &config)?;
    reach("before-close");
    result.set_bool(journal.close()?);
    reach("closed");
    Ok(())
}

/// A value that could not be handed to PHP, for want of memory.
fn converted<T>(value: ZendResult<T>) -> Result<T> {
    value.map_err(|error| Error::Local {
        message: format!("The answer cannot be given to PHP: {error}"),
        retryable: false,
    })
}
