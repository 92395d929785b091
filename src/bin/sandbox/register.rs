//! `POST /register`, in both versions.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::app::App;
use crate::body::Body;
use crate::credentials::Partner;
use crate::exchange::Exchange;
use crate::parameters::{self, Problem};
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
pub async fn v1(_: Partner, app: State<Arc<App>>, exchange: Extension<Exchange>) -> Result<Response, RestError> {
    register(Version::V1, &app, &exchange)
}

/// `POST /v2.0/register`
pub async fn v2(_: Partner, app: State<Arc<App>>, exchange: Extension<Exchange>) -> Result<Response, RestError> {
    register(Version::V2, &app, &exchange)
}

fn register(version: Version, app: &App, exchange: &Exchange) -> Result<Response, RestError> {
    if app.rate_limit.as_ref().is_some_and(|limit| !limit.allows()) {
        return Ok(RestError::too_many_requests());
    }
    let body = Body::read(&exchange.request, version.required(), version.known())?;
    let registration = parse(version, body)?;
    let registered = app
        .state()
        .register(registration, app.repeat_token)
        .map_err(RestError::internal)?;
    app.log.note_order(exchange.seq, registered.order_id);
    Ok(answer(&registered))
}

fn parse(version: Version, mut body: Body) -> Result<Registration, RestError> {
    let site = body.take("url", site_address::parse);
    let wpcom_access_token = match version {
        Version::V1 => None,
        Version::V2 => body.take("wpcom_access_token", parameters::token),
    };
    let customer = body.take("customer", |name, value| customer(version, name, value));
    let products = body.take("products", parameters::slugs);
    let metadata = body.take("metadata", parameters::metadata);

    match site {
        Some(site) if body.is_good() => {
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
        _ => Err(body.into()),
    }
}

/// v1.0 needs an address, and a WordPress.com id or token; v2.0 takes the same object, with everything optional.
fn customer(version: Version, name: &str, value: Value) -> Result<Customer, Problem> {
    let mut customer = Customer::default();
    let (mut first_name, mut last_name) = (String::new(), String::new());
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
