//! Options, ini settings and the environment, turned into one checked [`Config`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::auth::CurrentAuth;
use crate::endpoints::ApiVersion;
use crate::error::{Error, Result};
use crate::fields::{Fields, type_name};
use crate::secret;
use crate::site_url::SiteUrl;

/// The `host-plan` API, without the version.
pub const DEFAULT_BASE_URL: &str = "https://woocommerce.com/wp-json/wccom/host-plan";
/// The API that a connected site talks to.
pub const DEFAULT_HELPER_BASE_URL: &str = "https://woocommerce.com/wp-json/helper/1.0";
/// The time that a whole call may take, in seconds.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// The time that one attempt to connect may take, in seconds.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The environment variable that may hold the key.
pub const KEY_VARIABLE: &str = "WCCOM_HOST_KEY";

/// Every option that a function takes.
pub const OPTIONS: [&str; 13] = [
    "key",
    "key_file",
    "base_url",
    "helper_base_url",
    "api_version",
    "timeout",
    "connect_timeout",
    "proxy",
    "ca_file",
    "journal",
    "home_url",
    "user_id",
    "current_auth",
];

/// The options that have an ini setting `wccom_host.<name>`.
pub const SETTINGS: [&str; 7] = [
    "base_url",
    "helper_base_url",
    "ca_file",
    "proxy",
    "timeout",
    "connect_timeout",
    "journal",
];

/// Where requests go through.
#[derive(Debug, Clone)]
pub enum Proxy {
    /// `HTTPS_PROXY` and `NO_PROXY`, as other programs read them.
    Environment,
    /// None, whatever the environment says.
    None,
    /// This one, with a user name and password if it wants them.
    Url(Url),
}

/// How to reach `WooCommerce.com`.
#[derive(Debug, Clone)]
pub struct Network {
    /// The time to get a request off, retries included, and again the time for its answer.
    pub timeout: Duration,
    /// The time of one attempt to connect: DNS, TCP, proxy and TLS.
    pub connect_timeout: Duration,
    /// The proxy.
    pub proxy: Proxy,
    /// A PEM file with the only authorities to trust; the system's store if there is none.
    pub ca_file: Option<PathBuf>,
}

/// Everything that a call needs to know but the request itself.
#[derive(Clone)]
pub struct Config {
    key: Option<SecretString>,
    /// Everything before the version.
    pub base_url: Url,
    /// The API that a connected site talks to.
    pub helper_base_url: Url,
    /// The version of the API, if the caller chose one.
    pub api_version: Option<ApiVersion>,
    /// How to get there.
    pub network: Network,
    /// The folder of the journal, if one is kept.
    pub journal: Option<PathBuf>,
    /// What belongs to the site.
    pub site: SiteOptions,
}

/// What belongs to one site.
#[derive(Clone, Default)]
pub struct SiteOptions {
    /// The site's own address, if it is not the registered one.
    pub home_url: Option<SiteUrl>,
    /// The local user for requests from `WooCommerce.com`.
    pub user_id: Option<i64>,
    /// What the site has stored, for the null-secret rule.
    pub current_auth: Option<CurrentAuth>,
}

impl SiteOptions {
    /// Takes them out.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the option.
    pub fn take(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            home_url: fields
                .string("home_url")?
                .map(|url| SiteUrl::parse("home_url", url))
                .transpose()?,
            user_id: fields.whole_number("user_id")?,
            current_auth: fields.take("current_auth").map(current_auth).transpose()?.flatten(),
        })
    }
}

impl Config {
    /// Checks the options of a call. `setting` gives the ini setting of an option, `environment` a variable; an option
    /// wins over a setting.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the option. Nothing has been sent.
    pub fn new(
        mut options: Map<String, Value>,
        setting: impl Fn(&str) -> Option<String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        for name in SETTINGS {
            if options.get(name).is_none_or(Value::is_null)
                && let Some(value) = setting(name).filter(|value| !value.is_empty())
            {
                options.insert(name.to_owned(), Value::String(value));
            }
        }
        let mut fields = Fields::new("", options);
        fields.refuse_unknown(&OPTIONS)?;

        let key = match (fields.string("key")?, fields.string("key_file")?) {
            (Some(_), Some(_)) => return Err(Error::invalid("key_file", "and key are both given; give one of them")),
            (Some(value), None) => Some(secret::key("key", value)?),
            (None, Some(path)) => Some(secret::key_from_file(&file("key_file", &path)?)?),
            (None, None) => environment(KEY_VARIABLE)
                .map(|value| secret::key(KEY_VARIABLE, value))
                .transpose()?,
        };
        let base_url = api_base(&mut fields, "base_url", DEFAULT_BASE_URL)?;
        let helper_base_url = api_base(&mut fields, "helper_base_url", DEFAULT_HELPER_BASE_URL)?;
        let timeout = fields.seconds("timeout")?.unwrap_or(DEFAULT_TIMEOUT);
        let network = Network {
            timeout,
            connect_timeout: fields
                .seconds("connect_timeout")?
                .unwrap_or(DEFAULT_CONNECT_TIMEOUT)
                .min(timeout),
            proxy: proxy(&mut fields)?,
            ca_file: fields
                .string("ca_file")?
                .map(|path| file("ca_file", &path))
                .transpose()?,
        };
        Ok(Self {
            key,
            base_url,
            helper_base_url,
            api_version: fields
                .string("api_version")?
                .map(|version| ApiVersion::parse(&version))
                .transpose()?,
            network,
            journal: fields
                .string("journal")?
                .map(|path| folder("journal", &path))
                .transpose()?,
            site: SiteOptions::take(&mut fields)?,
        })
    }

    /// The partner's key.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if none was given.
    pub fn key(&self) -> Result<&SecretString> {
        self.key.as_ref().ok_or_else(|| {
            Error::invalid(
                "key",
                format!("is missing; give the key of the plan's package as option key or key_file, or in the environment variable {KEY_VARIABLE}"),
            )
        })
    }

    /// The folder of the journal.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if none was given.
    pub fn journal(&self) -> Result<&Path> {
        self.journal.as_deref().ok_or_else(|| {
            Error::invalid(
                "journal",
                "is missing; give a folder as option journal, or in the ini setting wccom_host.journal",
            )
        })
    }
}

/// Whether the key may be sent there: over https, or to this machine.
fn api_base(fields: &mut Fields, name: &str, default: &str) -> Result<Url> {
    let text = fields.string(name)?.unwrap_or_else(|| default.to_owned());
    let url = Url::parse(text.trim_end_matches('/'))
        .map_err(|error| Error::invalid(name, format!("is not a valid address: {error}")))?;
    let loopback = match url.host() {
        Some(Host::Domain(host)) => host == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if !(url.scheme() == "https" || (url.scheme() == "http" && loopback)) {
        return Err(Error::invalid(
            name,
            "must begin with https:// (http:// is for this machine only)",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(Error::invalid(
            name,
            "must not have a user name, a password, a query or a fragment",
        ));
    }
    Ok(url)
}

fn proxy(fields: &mut Fields) -> Result<Proxy> {
    let Some(text) = fields.string("proxy")? else {
        return Ok(Proxy::Environment);
    };
    if text.is_empty() {
        return Ok(Proxy::None);
    }
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(Proxy::Url(url)),
        _ => Err(Error::invalid(
            "proxy",
            "must be an address such as http://proxy.example.com:3128, or empty for no proxy",
        )),
    }
}

fn file(name: &str, path: &str) -> Result<PathBuf> {
    if path.is_empty() || path.contains('\0') {
        return Err(Error::invalid(name, "must be the path of a file"));
    }
    Ok(PathBuf::from(path))
}

/// A relative path would mean another folder in every working directory, and so another journal.
fn folder(name: &str, path: &str) -> Result<PathBuf> {
    let path = file(name, path)?;
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(Error::invalid(name, "must be an absolute path"))
    }
}

/// What `WC_Helper_Options::get( 'auth' )` gives: an array, or false where there is none.
fn current_auth(value: Value) -> Result<Option<CurrentAuth>> {
    match value {
        Value::Object(map) => Ok(CurrentAuth::from_map(map)),
        Value::Bool(false) => Ok(None),
        Value::Array(list) if list.is_empty() => Ok(None),
        other => Err(Error::invalid(
            "current_auth",
            format!(
                "must be what WC_Helper_Options::get( 'auth' ) gives, an array or false, not {}",
                type_name(&other)
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn config(options: Value) -> Result<Config> {
        let Value::Object(options) = options else {
            panic!("not a map")
        };
        Config::new(options, |_| None, |_| None)
    }

    fn refused(options: &Value) -> (String, String) {
        match config(options.clone()) {
            Err(Error::InvalidRequest { field, message }) => (field, message),
            other => panic!("{options}: {:?}", other.err()),
        }
    }

    #[test]
    fn the_key_goes_over_https_only_except_to_this_machine() {
        for good in [
            "https://woocommerce.com/x",
            "http://127.0.0.1:8080/x",
            "http://[::1]/x",
            "http://localhost/x",
            "http://127.8.9.1/x",
        ] {
            assert!(config(json!({"base_url": good})).is_ok(), "{good}");
        }
        for bad in [
            "http://woocommerce.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "ftp://localhost",
            "woocommerce.com",
            "https://u@woocommerce.com",
            "https://u:p@woocommerce.com",
            "https://woocommerce.com/?a=b",
            "https://woocommerce.com/#a",
            "",
        ] {
            assert_eq!(refused(&json!({"base_url": bad})).0, "base_url", "{bad}");
            assert_eq!(refused(&json!({"helper_base_url": bad})).0, "helper_base_url", "{bad}");
        }
    }

    #[test]
    fn every_option_of_a_wrong_type_is_named_with_the_type_that_is_wanted() {
        for name in OPTIONS {
            let (field, message) = refused(&json!({name: [1]}));
            assert_eq!(field, name);
            assert!(message.contains(" must be "), "{message}");
        }
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert_eq!(
            refused(&json!({"time_out": 1})).1,
            "time_out is not a known name; did you mean timeout?"
        );
    }

    #[test]
    fn an_option_wins_over_a_setting_and_a_setting_over_the_default() {
        let setting = |name: &str| (name == "timeout").then(|| "7".to_owned());
        let with_setting = Config::new(Map::new(), setting, |_| None).unwrap();
        assert_eq!(with_setting.network.timeout, Duration::from_secs(7));
        assert_eq!(
            with_setting.network.connect_timeout,
            Duration::from_secs(7),
            "never above the timeout"
        );
        let Value::Object(options) = json!({"timeout": "3"}) else {
            unreachable!()
        };
        assert_eq!(
            Config::new(options, setting, |_| None).unwrap().network.timeout,
            Duration::from_secs(3)
        );
        assert_eq!(config(json!({})).unwrap().network.timeout, DEFAULT_TIMEOUT);
    }

    #[test]
    fn the_key_alone_comes_from_the_environment_too() {
        let environment = |name: &str| (name == KEY_VARIABLE).then(|| "from-environment".to_owned());
        let key = |options: Value| {
            let Value::Object(options) = options else {
                unreachable!()
            };
            Config::new(options, |_| None, environment)
                .unwrap()
                .key()
                .unwrap()
                .expose_secret()
                .to_owned()
        };
        assert_eq!(key(json!({})), "from-environment");
        assert_eq!(key(json!({"key": "given"})), "given");
        assert_eq!(refused(&json!({"key": "a", "key_file": "/b"})).0, "key_file");
        assert!(matches!(config(json!({})).unwrap().key(), Err(Error::InvalidRequest { field, .. }) if field == "key"));
    }

    #[test]
    fn a_journal_is_an_absolute_path() {
        assert_eq!(refused(&json!({"journal": "journal"})).0, "journal");
        assert!(config(json!({"journal": "/var/lib/journal"})).is_ok());
    }
}
