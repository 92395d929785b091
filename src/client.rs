//! The operations of the `host-plan` API, one method each.

mod lookup;
mod order_pages;
pub(crate) mod registration;
pub(crate) mod site_registration;

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

pub use self::lookup::Candidate;
pub use self::order_pages::OrderPages;
pub use self::site_registration::{Registered, SiteRegistration};
use crate::config::Config;
use crate::endpoints::install::InstallRequest;
use crate::endpoints::orders::{self, Connection, Filters, Order};
use crate::endpoints::products::{self, Package, Product};
use crate::endpoints::sites::{self, Site};
use crate::endpoints::slug::Slug;
use crate::endpoints::totals::{self, Totals};
use crate::endpoints::update_connected_site::UpdateConnectedSiteRequest;
use crate::endpoints::update_url::UpdateUrlRequest;
use crate::endpoints::{ApiVersion, Malformed, cancel, json};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::operation::{
    CANCEL, INSTALL, ORDER, ORDER_CONNECTIONS, Operation, PACKAGE, PRODUCT, SITE, TOTALS, UPDATE_CONNECTED_SITE,
    UPDATE_URL, VERIFY,
};
use crate::outcome::{judge, unexpected};
use crate::session::Session;
use crate::signature;
use crate::transport::Answer;

/// A client of the `host-plan` API. Each call opens and closes its own connection; [`OrderPages`] keeps one.
pub struct HostPlanClient {
    config: Config,
}

/// What a call asks: whether to stop.
type Interrupted<'a> = &'a mut dyn FnMut() -> bool;

impl HostPlanClient {
    /// A client with a checked configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// `POST /cancel`: the order and its status.
    ///
    /// # Errors
    /// [`Error::outcome`] tells whether the order may be cancelled.
    pub fn cancel(&self, order_id: &Id, interrupted: Interrupted) -> Result<Value> {
        let call = Call::new(&CANCEL, ApiVersion::V1)
            .about(order_id)
            .with_body(&cancel::body(order_id));
        self.call(&call, |body| cancel::parse_answer(body, order_id), interrupted)
    }

    /// `POST /update-url`: url, order and site in v2.0, `true` in v1.0.
    ///
    /// # Errors
    /// [`Error::outcome`] tells whether the address may be changed.
    pub fn update_url(&self, request: &UpdateUrlRequest, interrupted: Interrupted) -> Result<Value> {
        let call = Call {
            order: request.order(),
            secrets: request.secrets(),
            ..Call::new(&UPDATE_URL, request.api_version()).with_body(&request.body())
        };
        self.call(&call, |body| request.parse_answer(body), interrupted)
    }

    /// `POST /update-connected-site`: order, site and url.
    ///
    /// # Errors
    /// [`Error::outcome`] tells whether the plan may be moved.
    pub fn update_connected_site(
        &self,
        request: &UpdateConnectedSiteRequest,
        interrupted: Interrupted,
    ) -> Result<Value> {
        let call = Call::new(&UPDATE_CONNECTED_SITE, ApiVersion::V2)
            .about(&request.order_id)
            .with_body(&request.body());
        self.call(&call, |body| request.parse_answer(body), interrupted)
    }

    /// `POST /install`: what became of it.
    ///
    /// # Errors
    /// [`Error::outcome`] tells whether the product may be installed.
    pub fn install(&self, request: &InstallRequest, interrupted: Interrupted) -> Result<Value> {
        let call = Call::new(&INSTALL, ApiVersion::V2)
            .about(&request.order_id)
            .with_body(&request.body());
        self.call(&call, |body| request.parse_answer(body), interrupted)
    }

    /// `GET /info`: the package of the key.
    ///
    /// # Errors
    /// What a read can fail with.
    pub fn package(&self, interrupted: Interrupted) -> Result<Package> {
        self.call(
            &Call::new(&PACKAGE, ApiVersion::V1),
            products::parse_package,
            interrupted,
        )
    }

    /// `GET /info/<slug>.json`: one product of it.
    ///
    /// # Errors
    /// What a read can fail with.
    pub fn product(&self, slug: &Slug, interrupted: Interrupted) -> Result<Product> {
        let call = Call::new(&PRODUCT, ApiVersion::V1).with_id(slug.as_str());
        self.call(&call, products::parse_product, interrupted)
    }

    /// `GET /orders`, as far as it is read. Nothing is sent yet.
    #[must_use]
    pub fn orders(&self, filters: Filters) -> OrderPages {
        OrderPages::new(
            Self {
                config: self.config.clone(),
            },
            filters,
        )
    }

    /// `GET /orders/<order_id>`: what `give` makes of it.
    ///
    /// # Errors
    /// What a read can fail with.
    pub fn order<T>(&self, order_id: &Id, give: impl FnOnce(Order) -> T, interrupted: Interrupted) -> Result<T> {
        let call = Call::new(&ORDER, ApiVersion::V2).with_id(&order_id.to_string());
        self.call(&call, |body| orders::parse_order(body).map(give), interrupted)
    }

    /// `GET /orders/<order_id>/connections`.
    ///
    /// # Errors
    /// What a read can fail with.
    pub fn order_connections(&self, order_id: &Id, interrupted: Interrupted) -> Result<Vec<Connection>> {
        let call = Call::new(&ORDER_CONNECTIONS, ApiVersion::V2).with_id(&order_id.to_string());
        self.call(&call, orders::parse_connections, interrupted)
    }

    /// `GET /sites/<site_id>`.
    ///
    /// # Errors
    /// What a read can fail with.
    pub fn site(&self, site_id: &Id, interrupted: Interrupted) -> Result<Site> {
        let call = Call::new(&SITE, ApiVersion::V2).with_id(&site_id.to_string());
        self.call(&call, sites::parse, interrupted)
    }

    /// `GET /totals`.
    ///
    /// # Errors
    /// What a read can fail with.
    pub fn totals(&self, interrupted: Interrupted) -> Result<Totals> {
        self.call(&Call::new(&TOTALS, ApiVersion::V2), totals::parse, interrupted)
    }

    /// A signed `GET oauth/me` with a saved connection, as `WooCommerce` makes it: what `WooCommerce.com` says of it.
    ///
    /// # Errors
    /// [`Error::Api`] if the connection is not accepted.
    pub fn verify(
        &self,
        access_token: &SecretString,
        access_token_secret: &SecretString,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Value> {
        let base = &self.config.helper_base_url;
        let mut url = endpoint(base, VERIFY.path);
        let signature = signature::of_request(&url, "GET", access_token_secret.expose_secret());
        url.query_pairs_mut()
            .append_pair("token", access_token.expose_secret())
            .append_pair("signature", &signature);
        let mut http = request(&VERIFY.method, &url, None)?;
        bearer(&mut http, "access_token", access_token)?;
        http.headers_mut().insert(
            HeaderName::from_static("x-woo-signature"),
            header_value("signature", &signature)?,
        );

        let secrets = [access_token, access_token_secret];
        let result = Session::open(&self.config.network, base)?.send(&VERIFY.effect, http, interrupted)?;
        let answer = judge(&VERIFY, "", result, &secrets)?;
        let me = whole(&answer).and_then(json).and_then(|me| match me {
            Value::Object(me) => Ok(Value::Object(me)),
            _ => Err(Malformed::answer("it is not a JSON object")),
        });
        me.map_err(|malformed| unexpected(&VERIFY, "", &answer, &malformed, &secrets))
    }

    /// Sends a request with the key, and reads its answer.
    fn call<T>(
        &self,
        call: &Call,
        parse: impl FnOnce(&[u8]) -> std::result::Result<T, Malformed>,
        interrupted: Interrupted,
    ) -> Result<T> {
        let operation = call.operation;
        let mut secrets = call.secrets.clone();
        secrets.push(self.config.key()?);
        let url = self.url(operation, call.api_version, &call.id);
        let request = self.request(&operation.method, &url, call.body.clone())?;
        let session = Session::open(&self.config.network, &self.config.base_url)?;
        let answer = judge(
            operation,
            &call.order,
            session.send(&operation.effect, request, interrupted)?,
            &secrets,
        )?;
        whole(&answer)
            .and_then(parse)
            .map_err(|malformed| unexpected(operation, &call.order, &answer, &malformed, &secrets))
    }

    fn url(&self, operation: &Operation, api_version: ApiVersion, id: &str) -> Url {
        let path = format!("{}/{}", api_version.as_str(), operation.path.replace("{id}", id));
        endpoint(&self.config.base_url, &path)
    }

    /// A request with the key.
    fn request(&self, method: &Method, url: &Url, body: Option<Vec<u8>>) -> Result<Request<Bytes>> {
        let mut request = request(method, url, body)?;
        bearer(&mut request, "key", self.config.key()?)?;
        Ok(request)
    }
}

/// A call with the key.
struct Call<'a> {
    operation: &'a Operation,
    api_version: ApiVersion,
    /// What stands in the path.
    id: String,
    /// The order that it changes, for advice.
    order: String,
    body: Option<Vec<u8>>,
    /// What must not appear in texts, but for the key.
    secrets: Vec<&'a SecretString>,
}

impl<'a> Call<'a> {
    fn new(operation: &'a Operation, api_version: ApiVersion) -> Self {
        Self {
            operation,
            api_version,
            id: String::new(),
            order: String::new(),
            body: None,
            secrets: Vec::new(),
        }
    }

    fn with_id(self, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..self
        }
    }

    fn about(self, order_id: &Id) -> Self {
        Self {
            order: order_id.to_string(),
            ..self
        }
    }

    fn with_body(self, body: &Value) -> Self {
        Self {
            body: Some(body.to_string().into_bytes()),
            ..self
        }
    }
}

fn whole(answer: &Answer) -> std::result::Result<&[u8], Malformed> {
    match &answer.cut_off {
        Some(problem) => Err(Malformed::answer(problem.to_string())),
        None => Ok(&answer.body),
    }
}

fn endpoint(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

fn request(method: &Method, url: &Url, body: Option<Vec<u8>>) -> Result<Request<Bytes>> {
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = method.clone();
    *request.uri_mut() = Uri::try_from(url.as_str()).map_err(|error| Error::invalid("base_url", error.to_string()))?;
    if let Some(body) = body {
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = body.into();
    }
    Ok(request)
}

fn bearer(request: &mut Request<Bytes>, field: &str, token: &SecretString) -> Result<()> {
    let mut value = header_value(field, &format!("Bearer {}", token.expose_secret()))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}

fn header_value(field: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|_| Error::invalid(field, "holds a character that cannot travel in a header"))
}

fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

fn iso_8601(unix_time: i64) -> String {
    jiff::Timestamp::from_second(unix_time)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string()
}
