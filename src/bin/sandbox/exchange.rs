//! The outermost part of the service: reads the request whole and keeps it in the log.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tower_service::Service;

use crate::app::App;
use crate::connection::Ending;
use crate::fault_play;
use crate::rest_error::ErrorCode;

/// More than any request of the API needs.
const MAX_REQUEST: usize = 1024 * 1024;

/// A request as it was received.
pub struct Received {
    /// All but the body.
    pub head: Parts,
    /// The body; empty if not all of it came.
    pub body: Bytes,
}

impl Received {
    /// What a handler's request stands for.
    pub fn of(parts: &Parts) -> Option<&Self> {
        let exchange = parts.extensions.get::<Exchange>()?;
        Some(&exchange.request)
    }
}

/// A request that has been read. Handlers get it as an extension, and of the request itself the method and the address.
#[derive(Clone)]
pub struct Exchange {
    /// Its number in the log.
    pub seq: u64,
    /// What was received; the log has it, too.
    pub request: Arc<Received>,
}

impl Exchange {
    /// Has the handler of the path answer.
    pub async fn answer(&self, mut handlers: Router) -> Response {
        let mut request = Request::new(Body::empty());
        request.method_mut().clone_from(&self.request.head.method);
        request.uri_mut().clone_from(&self.request.head.uri);
        request.extensions_mut().insert(self.clone());
        let Ok(response) = handlers.call(request).await;
        response
    }
}

/// Logs the request, has a handler answer it, and logs the answer's status.
pub async fn record(app: &App, handlers: Router, request: Request) -> Response {
    let (head, body) = request.into_parts();
    // Of a body that was announced as short enough, and is not there, the client has kept back the end.
    let is_announced = body.size_hint().upper().is_some_and(|size| size <= MAX_REQUEST as u64);
    let body = to_bytes(body, MAX_REQUEST).await;
    let is_whole = body.is_ok();
    let request = Arc::new(Received {
        head,
        body: body.unwrap_or_default(),
    });
    let seq = app.log.begin(app, &request);
    let is_head = request.head.method == Method::HEAD;
    let mut response = if is_whole {
        fault_play::apply(app, Exchange { seq, request }, handlers).await
    } else if is_announced {
        (StatusCode::BAD_REQUEST, "400 Bad Request\n").into_response()
    } else {
        (StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large\n").into_response()
    };
    let ending = response.extensions().get::<Ending>();
    if ending.is_some_and(|ending| ending.is_without_answer()) {
        app.log.end_without_answer(seq);
    } else {
        let error = response.extensions().get::<ErrorCode>().map(|code| code.0);
        app.log.end(seq, response.status().as_u16(), error);
    }
    // What axum has done to a handler's answer, and not to a fault's.
    if let Some(length) = response.body().size_hint().exact() {
        let headers = response.headers_mut();
        headers.entry(CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    if is_head {
        *response.body_mut() = Body::empty();
    }
    response
}
