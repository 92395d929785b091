//! The outermost layer of the service: reads the request whole and keeps it in the log.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::connection::Ending;
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
    // Of a body that was announced as short enough, and is not there, the client has kept back the end.
    let is_announced = body.size_hint().upper().is_some_and(|size| size <= MAX_REQUEST as u64);
    let body = to_bytes(body, MAX_REQUEST).await;
    let seq = app.log.begin(&app, &parts, body.as_ref().unwrap_or(&Bytes::new()));
    let response = match body {
        Ok(body) => {
            let mut request = Request::from_parts(parts, Body::empty());
            request.extensions_mut().insert(Exchange { seq, body });
            next.run(request).await
        }
        Err(_) if is_announced => (StatusCode::BAD_REQUEST, "400 Bad Request\n").into_response(),
        Err(_) => (StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large\n").into_response(),
    };
    let ending = response.extensions().get::<Ending>();
    if ending.is_some_and(|ending| ending.is_without_answer()) {
        app.log.end_without_answer(seq);
    } else {
        let error = response.extensions().get::<ErrorCode>().map(|code| code.0);
        app.log.end(seq, response.status().as_u16(), error);
    }
    response
}
