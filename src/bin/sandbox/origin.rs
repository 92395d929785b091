//! How the caller reaches the service: scheme and host, for the addresses in answers.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::connection::Peer;
use crate::exchange::Received;

/// `http://127.0.0.1:8080`
pub struct Origin(pub String);

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let head = Received::of(parts).map(|request| &request.head);
        let host = head
            .and_then(|head| head.headers.get(HOST)?.to_str().ok())
            .unwrap_or_default();
        let peer = head.and_then(|head| head.extensions.get::<Peer>());
        let is_tls = peer.is_some_and(|peer| peer.is_tls);
        let scheme = if is_tls { "https" } else { "http" };
        Ok(Self(format!("{scheme}://{host}")))
    }
}
