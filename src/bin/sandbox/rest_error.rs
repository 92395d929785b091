//! Answers in the shapes of a `WordPress` REST server.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What `WordPress` sends with every answer of its REST API.
pub const JSON: &str = "application/json; charset=UTF-8";

/// A refusal: `{"code", "message", "data": {"status", ...}}`.
pub struct RestError {
    status: StatusCode,
    code: &'static str,
    message: String,
    data: Map<String, Value>,
}

/// The refusal's code, kept with the response for the log.
#[derive(Clone, Copy)]
pub struct ErrorCode(pub &'static str);

impl RestError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let mut data = Map::new();
        data.insert("status".to_owned(), status.as_u16().into());
        Self {
            status,
            code,
            message: message.into(),
            data,
        }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.data.insert(name.to_owned(), value);
        self
    }

    /// Required parameters are not there: `params` is a list.
    pub fn missing(names: &[&str]) -> Self {
        let message = format!("Missing parameter(s): {}", names.join(", "));
        Self::new(StatusCode::BAD_REQUEST, "rest_missing_callback_param", message).with("params", json!(names))
    }

    /// Parameters are wrong: `params` is an object of messages, `details` one of errors.
    pub fn invalid(names: &str, params: Map<String, Value>, details: Map<String, Value>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "rest_invalid_param",
            format!("Invalid parameter(s): {names}"),
        )
        .with("params", Value::Object(params))
        .with("details", Value::Object(details))
    }

    /// The body is not JSON; code and message are those of PHP's `json_last_error()`.
    pub fn invalid_json(json_error_code: u8, json_error_message: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "rest_invalid_json",
            "Invalid JSON body passed.",
        )
        .with("json_error_code", json!(json_error_code))
        .with("json_error_message", json!(json_error_message))
    }

    /// No key (401) or another key (403).
    pub fn forbidden(status: StatusCode) -> Self {
        Self::new(status, "rest_forbidden", "Sorry, you are not allowed to do that.")
    }

    /// A request of the helper API whose token or signature does not hold.
    pub fn unauthorized(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// No such path, or not with this method.
    pub fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "rest_no_route",
            "No route was found matching the URL and request method.",
        )
    }

    /// No such order, as `WooCommerce`'s own REST API says it.
    pub fn no_order() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "woocommerce_rest_shop_order_invalid_id",
            "Invalid ID.",
        )
    }

    /// No such site.
    pub fn no_site() -> Self {
        Self::new(StatusCode::NOT_FOUND, "rest_site_invalid_id", "Invalid site ID.")
    }

    /// No such product in the package.
    pub fn no_product() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "rest_product_invalid_slug",
            "The package has no such product.",
        )
    }

    /// The order is not in force.
    pub fn order_not_completed() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "order_not_completed",
            "Only a completed order can do that.",
        )
    }

    /// More than the service lets through: a second later there is room again.
    pub fn too_many_requests() -> Response {
        let message = "Too many requests. Wait a second.";
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message);
        let mut response = error.into_response();
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }

    /// Any other refusal.
    pub fn refused(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(status, code, message)
    }

    /// The sandbox itself failed.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", message)
    }
}

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.code, "message": self.message, "data": self.data });
        let mut response = answer(&body);
        *response.status_mut() = self.status;
        response.extensions_mut().insert(ErrorCode(self.code));
        response
    }
}

/// The same, as the reporting endpoints give it: a client may keep it for a minute.
pub fn report(body: &impl Serialize) -> Response {
    let mut response = answer(body);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    response
}

/// A JSON answer with status 200.
pub fn answer(body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
            response
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
