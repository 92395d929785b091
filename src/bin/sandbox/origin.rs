//! How the caller reaches the service: scheme and host, for the addresses in answers.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::connection::Peer;

/// `http://127.0.0.1:8080`
pub struct Origin(pub String);

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let host = parts
            .headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let is_tls = parts.extensions.get::<Peer>().is_some_and(|peer| peer.is_tls);
        let scheme = if is_tls { "https" } else { "http" };
        Ok(Self(format!("{scheme}://{host}")))
    }
}
