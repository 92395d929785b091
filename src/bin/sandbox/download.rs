//! The files behind the download links, and refusals as Amazon S3 writes them.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::app::App;
use crate::clock::now;
use crate::exchange::Exchange;
use crate::links::{self, Refusal};
use crate::package_file;
use crate::rest_error::{ErrorCode, RestError};

/// A product's zip file, of its latest version.
pub async fn file(State(app): State<Arc<App>>, Extension(exchange): Extension<Exchange>) -> Response {
    let head = &exchange.request.head;
    // Whoever sends a key along has given it away.
    if head.headers.contains_key(AUTHORIZATION) {
        return refusal(
            StatusCode::BAD_REQUEST,
            "InvalidArgument",
            "Only one auth mechanism allowed",
            "",
        );
    }
    match app.links.check(head.uri.path(), head.uri.query().unwrap_or_default()) {
        Err(Refusal::Expired(at)) => {
            let at = Timestamp::from_second(at).unwrap_or_default();
            let times = format!("<Expires>{at}</Expires><ServerTime>{}</ServerTime>", now());
            return refusal(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired", &times);
        }
        Err(Refusal::AccessDenied) => return refusal(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied", ""),
        Err(Refusal::SignatureDoesNotMatch) => {
            let message = "The request signature we calculated does not match the signature you provided. Check your key \
                           and signing method.";
            return refusal(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", message, "");
        }
        Ok(()) => {}
    }
    let state = app.state();
    let product = state
        .products
        .iter()
        .find(|product| links::path(product.kind, &product.slug) == head.uri.path());
    match product.map(package_file::zip) {
        Some(Ok(zip)) => ([(CONTENT_TYPE, "application/zip")], zip).into_response(),
        Some(Err(error)) => RestError::internal(error).into_response(),
        None => refusal(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "The specified key does not exist.",
            "",
        ),
    }
}

fn refusal(status: StatusCode, code: &'static str, message: &str, more: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}\
         <RequestId>SANDBOX</RequestId><HostId>sandbox</HostId></Error>"
    );
    let mut response = (status, [(CONTENT_TYPE, "application/xml")], body).into_response();
    response.extensions_mut().insert(ErrorCode(code));
    response
}
