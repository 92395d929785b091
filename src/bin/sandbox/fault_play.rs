//! Playing a fault: between the log and the handlers.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::response::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::app::App;
use crate::bodies;
use crate::connection::{Ending, LateStreams};
use crate::exchange::Exchange;
use crate::fault::{DelayWhen, Fault, Late, ResetWhen, Scope, StallWhen, text};
use crate::rest_error::{JSON, RestError};

/// Answers, or plays the fault that waits for this operation.
pub async fn apply(app: &App, exchange: Exchange, handlers: Router) -> Response {
    let Some(fault) = app.faults.take(exchange.request.head.uri.path()) else {
        return exchange.answer(handlers).await;
    };
    app.log.note_fault(exchange.seq, fault.name());
    Box::pin(play(app, fault, exchange, handlers)).await
}

async fn play(app: &App, fault: Fault, exchange: Exchange, handlers: Router) -> Response {
    match fault {
        Fault::Status {
            status,
            headers,
            body,
            content_type,
            process,
        } => {
            if process {
                exchange.answer(handlers).await;
            }
            canned(status, &headers, &body, content_type.as_deref())
        }
        Fault::Redirect { status, location } => {
            let headers = Map::from_iter([(LOCATION.to_string(), Value::from(location))]);
            canned(status, &headers, &Value::from(""), None)
        }
        Fault::Delay { ms, when } => delay(Duration::from_millis(ms), when, exchange, handlers).await,
        Fault::Reset { when, scope, code } => {
            if matches!(when, ResetWhen::After) {
                exchange.answer(handlers).await;
            }
            let ending = match scope {
                Scope::Stream => Ending::ResetStream(code.reason()),
                Scope::Connection => Ending::ResetConnection,
            };
            with_ending(Response::default(), ending)
        }
        Fault::Goaway { late } => {
            let late = match late {
                Late::Answered => LateStreams::Answered,
                Late::Ignored => LateStreams::Ignored,
            };
            with_ending(exchange.answer(handlers).await, Ending::GoAway(late))
        }
        Fault::Stall { when: StallWhen::Body } => {
            let (parts, body) = whole(exchange.answer(handlers).await).await;
            let half = body.len() / 2;
            beginning(parts, &body, half, bodies::stalled)
        }
        Fault::Stall { when } => {
            if matches!(when, StallWhen::After) {
                exchange.answer(handlers).await;
            }
            app.log.end_without_answer(exchange.seq);
            std::future::pending().await
        }
        Fault::Body {
            body,
            content_type,
            status,
        } => {
            let (mut parts, _) = whole(exchange.answer(handlers).await).await;
            parts.status = StatusCode::from_u16(status).unwrap_or_default();
            let content_type = header(content_type.as_deref().unwrap_or(JSON));
            parts.headers.insert(CONTENT_TYPE, content_type);
            Response::from_parts(parts, Body::from(text(&body)))
        }
        Fault::Patch { set, remove } => {
            let (parts, body) = whole(exchange.answer(handlers).await).await;
            patched(parts, &body, &set, &remove)
        }
        Fault::Truncate { bytes } => {
            let (parts, body) = whole(exchange.answer(handlers).await).await;
            beginning(parts, &body, bytes, bodies::cut_off)
        }
        Fault::Oversize { bytes } => {
            let (parts, body) = whole(exchange.answer(handlers).await).await;
            Response::from_parts(parts, bodies::padded(body, bytes))
        }
        Fault::GzipBomb { bytes } => {
            let (mut parts, body) = whole(exchange.answer(handlers).await).await;
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Response::from_parts(parts, bodies::padded_gzip(body, bytes))
        }
    }
}

/// In a task of its own: a client that goes away does not stop a server that is slow.
async fn delay(pause: Duration, when: DelayWhen, exchange: Exchange, handlers: Router) -> Response {
    let slow = tokio::spawn(async move {
        if matches!(when, DelayWhen::Before) {
            tokio::time::sleep(pause).await;
        }
        let response = exchange.answer(handlers).await;
        if matches!(when, DelayWhen::After) {
            tokio::time::sleep(pause).await;
        }
        response
    });
    slow.await
        .unwrap_or_else(|error| RestError::internal(error.to_string()).into_response())
}

fn canned(status: u16, headers: &Map<String, Value>, body: &Value, content_type: Option<&str>) -> Response {
    let default_type = if body.is_string() {
        "text/html; charset=UTF-8"
    } else {
        JSON
    };
    let mut response = Response::new(Body::from(text(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, header(content_type.unwrap_or(default_type)));
    for (name, value) in headers {
        if let Ok(name) = HeaderName::try_from(name) {
            response.headers_mut().insert(name, header(&text(value)));
        }
    }
    response
}

fn header(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""))
}

/// Our own answers are short.
async fn whole(response: Response) -> (Parts, Bytes) {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    (parts, to_bytes(body, usize::MAX).await.unwrap_or_default())
}

/// Changes the answer, or each object in a list.
fn patched(parts: Parts, body: &Bytes, set: &Map<String, Value>, remove: &[String]) -> Response {
    let patch = |value: &mut Value| {
        if let Value::Object(fields) = value {
            // In order: what follows a removed field stays where it is.
            fields.retain(|name, _| !remove.contains(name));
            fields.extend(set.clone());
        }
    };
    let Ok(mut answer) = serde_json::from_slice(body) else {
        return Response::from_parts(parts, Body::from(body.clone()));
    };
    match &mut answer {
        Value::Array(items) => items.iter_mut().for_each(patch),
        other => patch(other),
    }
    Response::from_parts(parts, Body::from(answer.to_string()))
}

/// The whole head, with the length of the whole body, and the first bytes of the body.
fn beginning(mut parts: Parts, body: &Bytes, bytes: usize, end: fn(Bytes) -> Body) -> Response {
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    Response::from_parts(parts, end(body.slice(..bytes.min(body.len()))))
}

fn with_ending(mut response: Response, ending: Ending) -> Response {
    response.extensions_mut().insert(ending);
    response
}
