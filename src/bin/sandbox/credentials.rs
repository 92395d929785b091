//! Who is calling: the partner by a key, a site by its access token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde::Serialize;
use url::form_urlencoded;

use crate::app::App;
use crate::exchange::Received;
use crate::rest_error::RestError;

/// What the log says about a request's credentials. For the helper API it says nothing about the signature.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Authorization {
    /// The right ones.
    Ok,
    /// None.
    Missing,
    /// Others.
    Wrong,
}

/// Judges a request of either API.
pub fn judge(app: &App, head: &Parts) -> Authorization {
    if !head.uri.path().starts_with("/wp-json/helper/") {
        return judge_key(app, &head.headers);
    }
    match access_token(&head.headers, &head.uri) {
        Ok(None) => Authorization::Missing,
        Ok(Some(token)) if app.state().sites.by_token(&token).is_some() => Authorization::Ok,
        Ok(Some(_)) | Err(()) => Authorization::Wrong,
    }
}

/// Whoever has the partner's key: a host-plan request without it is refused.
pub struct Partner;

impl FromRequestParts<Arc<App>> for Partner {
    type Rejection = RestError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, RestError> {
        let request = Received::of(parts);
        match request.map_or(Authorization::Missing, |request| judge_key(app, &request.head.headers)) {
            Authorization::Ok => Ok(Self),
            Authorization::Missing => Err(RestError::forbidden(StatusCode::UNAUTHORIZED)),
            Authorization::Wrong => Err(RestError::forbidden(StatusCode::FORBIDDEN)),
        }
    }
}

fn judge_key(app: &App, headers: &HeaderMap) -> Authorization {
    match bearer(headers) {
        None => Authorization::Missing,
        Some(key) if key == app.key => Authorization::Ok,
        Some(_) => Authorization::Wrong,
    }
}

/// The token of a helper request, from the header, from `token=`, or from both if they agree.
pub fn access_token(headers: &HeaderMap, uri: &Uri) -> Result<Option<String>, ()> {
    match (bearer(headers).map(str::to_owned), query_value(uri, "token")) {
        (Some(header), Some(query)) if header != query => Err(()),
        (header, query) => Ok(header.or(query)),
    }
}

/// The first value of this name in the query.
pub fn query_value(uri: &Uri, name: &str) -> Option<String> {
    form_urlencoded::parse(uri.query()?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(credentials)
}
