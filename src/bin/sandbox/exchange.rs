//! The outermost layer of the service: reads the request whole and keeps it in the log.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::rest_error::ErrorCode;

/// More than any request of the API needs.
const MAX_REQUEST: usize = 1024 * 1024;

/// A request that has been read.
#[derive(Clone)]
pub struct Exchange {
    /// Its number in the log.
    pub seq: u64,
    /// Its body.
    pub body: Bytes,
}

/// Logs the request, lets the rest answer it, and logs the answer's status.
pub async fn record(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_REQUEST).await;
    let seq = app.log.begin(&app, &parts, body.as_deref().unwrap_or_default());
    let response = match body {
        Ok(body) => {
            let mut request = Request::from_parts(parts, Body::empty());
            request.extensions_mut().insert(Exchange { seq, body });
            next.run(request).await
        }
        Err(_) => (StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large\n").into_response(),
    };
    let error = response.extensions().get::<ErrorCode>().map(|code| code.0);
    app.log.end(seq, response.status().as_u16(), error);
    response
}
