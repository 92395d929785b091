//! `POST /register`, in both versions.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::app::App;
use crate::credentials;
use crate::exchange::Exchange;
use crate::parameters::{self, Problem, Problems};
use crate::rest_error::{RestError, answer};
use crate::site_address::{self, SiteAddress};

/// A version of the API.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The customer is described in an object.
    V1,
    /// The customer is who the WordPress.com token belongs to.
    V2,
}

impl Version {
    /// As in the path.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::V2 => "v2.0",
        }
    }

    fn required(self) -> &'static [&'static str] {
        match self {
            Self::V1 => &["url", "customer"],
            Self::V2 => &["url", "wpcom_access_token"],
        }
    }

    fn known(self) -> &'static [&'static str] {
        match self {
            Self::V1 => &["url", "customer", "products", "metadata"],
            Self::V2 => &["url", "wpcom_access_token", "customer", "products", "metadata"],
        }
    }
}

/// What is known of a customer from an object `customer`.
#[derive(Default)]
pub struct Customer {
    /// First and last name.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    wpcom_user_id: Option<u64>,
    wpcom_access_token: Option<String>,
}

/// A registration that was found good.
pub struct Registration {
    /// The API's version.
    pub version: Version,
    /// The site.
    pub site: SiteAddress,
    /// The customer's description; empty in most of v2.0.
    pub customer: Customer,
    /// Tells v2.0 customers apart; never shown.
    pub wpcom_access_token: Option<String>,
    /// Product slugs; `None` for all of the package.
    pub products: Option<Vec<String>>,
    /// Whatever the partner sent along.
    pub metadata: Map<String, Value>,
}

impl Registration {
    /// The address that the customer is known by, if one was sent.
    pub fn customer_email(&self) -> Option<&str> {
        let from_metadata = self.metadata.get("customer_email").and_then(Value::as_str);
        from_metadata.or(self.customer.email.as_deref())
    }
}

/// `POST /v1.0/register`
pub async fn v1(
    app: State<Arc<App>>,
    exchange: Extension<Exchange>,
    headers: HeaderMap,
) -> Result<Response, RestError> {
    register(Version::V1, &app, &exchange, &headers)
}

/// `POST /v2.0/register`
pub async fn v2(
    app: State<Arc<App>>,
    exchange: Extension<Exchange>,
    headers: HeaderMap,
) -> Result<Response, RestError> {
    register(Version::V2, &app, &exchange, &headers)
}

fn register(version: Version, app: &App, exchange: &Exchange, headers: &HeaderMap) -> Result<Response, RestError> {
    credentials::require_key(app, headers)?;
    let registration = parse(version, &json_body(headers, &exchange.body)?)?;
    let registered = app
        .state()
        .register(registration, app.repeat_token)
        .map_err(RestError::internal)?;
    app.log.note_order(exchange.seq, registered.order_id);
    Ok(answer(&registered))
}

/// As `WordPress` reads it: a body of another type has no parameters, and neither has JSON that is not an object.
fn json_body(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, RestError> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") || body.is_empty() {
        return Ok(Map::new());
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| RestError::invalid_json(5, "Malformed UTF-8 characters, possibly incorrectly encoded"))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Ok(Map::new()),
        Err(_) => Err(RestError::invalid_json(4, "Syntax error")),
    }
}

fn parse(version: Version, body: &Map<String, Value>) -> Result<Registration, RestError> {
    let present = |name: &str| body.get(name).filter(|value| !value.is_null());
    let missing: Vec<&str> = version
        .required()
        .iter()
        .copied()
        .filter(|name| present(name).is_none())
        .collect();
    if !missing.is_empty() {
        return Err(RestError::missing(&missing));
    }

    let mut problems = Problems::default();
    for name in body.keys().filter(|name| !version.known().contains(&name.as_str())) {
        problems.add(name, Problem::unknown(name));
    }
    let mut reader = Reader {
        body,
        problems: &mut problems,
    };
    let site = reader.read("url", site_address::parse);
    let wpcom_access_token = match version {
        Version::V1 => None,
        Version::V2 => reader.read("wpcom_access_token", parameters::token),
    };
    let customer = reader.read("customer", |name, value| customer(version, name, value));
    let products = reader.read("products", parameters::slugs);
    let metadata = reader.read("metadata", parameters::metadata);

    match site {
        Some(site) if problems.is_empty() => {
            let customer = customer.unwrap_or_default();
            let wpcom_access_token = wpcom_access_token.or_else(|| customer.wpcom_access_token.clone());
            let metadata = metadata.unwrap_or_default();
            Ok(Registration {
                version,
                site,
                customer,
                wpcom_access_token,
                products,
                metadata,
            })
        }
        _ => Err(problems.into()),
    }
}

struct Reader<'a> {
    body: &'a Map<String, Value>,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn read<T>(&mut self, name: &str, check: impl FnOnce(&str, &Value) -> Result<T, Problem>) -> Option<T> {
        let value = self.body.get(name)?;
        self.problems.check(name, check(name, value))
    }
}

/// v1.0 needs an address, and a WordPress.com id or token; v2.0 takes the same object, with everything optional.
fn customer(version: Version, name: &str, value: &Value) -> Result<Customer, Problem> {
    let mut customer = Customer::default();
    let (mut first_name, mut last_name) = ("", "");
    for (key, value) in parameters::object(name, value)? {
        let path = format!("{name}[{key}]");
        match key.as_str() {
            "first_name" => first_name = parameters::string(&path, value)?,
            "last_name" => last_name = parameters::string(&path, value)?,
            "email" => customer.email = Some(parameters::email(&path, value)?),
            "wpcom_user_id" => customer.wpcom_user_id = Some(parameters::id(&path, value)?),
            "wpcom_access_token" => customer.wpcom_access_token = Some(parameters::token(&path, value)?),
            _ => return Err(Problem::unknown(&path)),
        }
    }
    format!("{first_name} {last_name}")
        .trim()
        .clone_into(&mut customer.name);
    if version == Version::V1 && customer.email.is_none() {
        return Err(Problem::property_required("email", name));
    }
    if version == Version::V1 && customer.wpcom_user_id.is_none() && customer.wpcom_access_token.is_none() {
        return Err(Problem::property_required("wpcom_user_id", name));
    }
    Ok(customer)
}
