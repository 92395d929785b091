//! `helper/1.0`: what a connected site asks of WooCommerce.com, signed with its secret.

pub mod connection;
pub mod subscriptions;
pub mod updates;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::app::App;
use crate::credentials;
use crate::exchange::Received;
use crate::rest_error::RestError;
use crate::signature::SignedRequest;
use crate::state::State as Memory;

/// The site that has made and signed the call.
pub struct ConnectedSite {
    /// Its number.
    pub id: u64,
    /// The token that it used.
    pub token: String,
}

impl FromRequestParts<Arc<App>> for ConnectedSite {
    type Rejection = RestError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, RestError> {
        let request = Received::of(parts).ok_or_else(|| RestError::internal("The request is lost."))?;
        connected_site(&app.state(), request)
    }
}

fn connected_site(state: &Memory, Received { head, body }: &Received) -> Result<ConnectedSite, RestError> {
    let invalid_token = || RestError::unauthorized("invalid_token", "The access token belongs to no connected site.");
    let token = credentials::access_token(&head.headers, &head.uri)
        .map_err(|()| {
            RestError::unauthorized(
                "invalid_token",
                "The header and the query hold different access tokens.",
            )
        })?
        .ok_or_else(|| RestError::unauthorized("no_access_token", "No access token was sent."))?;
    let site = state.sites.by_token(&token).ok_or_else(invalid_token)?;

    let header = head
        .headers
        .get("x-woo-signature")
        .map(|value| value.to_str().unwrap_or_default().to_owned());
    let signatures: Vec<String> = header
        .into_iter()
        .chain(credentials::query_value(&head.uri, "signature"))
        .collect();
    if signatures.is_empty() {
        return Err(RestError::unauthorized("no_signature", "No signature was sent."));
    }
    let host = head
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let signed = SignedRequest {
        host: without_port(host),
        request_uri: &unsigned_uri(&head.uri),
        method: head.method.as_str(),
        body: std::str::from_utf8(body).unwrap_or_default(),
    };
    if signatures
        .iter()
        .all(|signature| signed.is_signed_by(&site.secret, signature))
    {
        Ok(ConnectedSite { id: site.id, token })
    } else {
        Err(RestError::unauthorized(
            "invalid_signature",
            "The signature does not fit the request.",
        ))
    }
}

/// Path and query as they were before `token` and `signature` were added.
fn unsigned_uri(uri: &Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("token=") && !pair.starts_with("signature="))
        .collect();
    if kept.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), kept.join("&"))
    }
}

/// PHP's `parse_url()` keeps the brackets of an IPv6 address.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
