//! Playing a fault: the layer between the log and the handlers.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::response::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::app::App;
use crate::bodies;
use crate::exchange::Exchange;
use crate::fault::{DelayWhen, Fault, ResetWhen, StallWhen, text};
use crate::fault_queue::Operation;
use crate::rest_error::{JSON, RestError};
use crate::server::{ConnectionHandle, Ending};

/// Answers, or plays the fault that waits for this operation.
pub async fn apply(
    State(app): State<Arc<App>>,
    Extension(Exchange { seq, .. }): Extension<Exchange>,
    Extension(connection): Extension<ConnectionHandle>,
    request: Request,
    next: Next,
) -> Response {
    let Some(fault) = app.faults.take(Operation::of(request.uri().path())) else {
        return next.run(request).await;
    };
    app.log.note_fault(seq, fault.name());
    match fault {
        Fault::Status {
            status,
            headers,
            body,
            content_type,
            process,
        } => {
            if process {
                next.run(request).await;
            }
            canned(status, &headers, &body, content_type.as_deref())
        }
        Fault::Redirect { status, location } => {
            let headers = Map::from_iter([(LOCATION.to_string(), Value::from(location))]);
            canned(status, &headers, &Value::from(""), None)
        }
        Fault::Delay { ms, when } => delay(Duration::from_millis(ms), when, request, next).await,
        Fault::Reset { when } => {
            if matches!(when, ResetWhen::After) {
                next.run(request).await;
            }
            app.log.end_without_answer(seq);
            connection.end(Ending::Reset).await
        }
        Fault::Stall { when: StallWhen::Body } => {
            let (parts, body) = whole(next.run(request).await).await;
            app.log.end(seq, parts.status.as_u16(), None);
            let half = beginning(&parts, &body, body.len() / 2);
            connection.end(Ending::Hold(half)).await
        }
        Fault::Stall { when } => {
            if matches!(when, StallWhen::After) {
                next.run(request).await;
            }
            app.log.end_without_answer(seq);
            std::future::pending().await
        }
        Fault::Body {
            body,
            content_type,
            status,
        } => {
            let (mut parts, _) = whole(next.run(request).await).await;
            parts.status = StatusCode::from_u16(status).unwrap_or_default();
            let content_type = header(content_type.as_deref().unwrap_or(JSON));
            parts.headers.insert(CONTENT_TYPE, content_type);
            Response::from_parts(parts, Body::from(text(&body)))
        }
        Fault::Patch { set, remove } => {
            let (parts, body) = whole(next.run(request).await).await;
            patched(parts, &body, &set, &remove)
        }
        Fault::Truncate { bytes } => {
            let (parts, body) = whole(next.run(request).await).await;
            app.log.end(seq, parts.status.as_u16(), None);
            connection.end(Ending::Cut(beginning(&parts, &body, bytes))).await
        }
        Fault::Oversize { bytes } => {
            let (parts, body) = whole(next.run(request).await).await;
            Response::from_parts(parts, bodies::padded(body, bytes))
        }
        Fault::GzipBomb { bytes } => {
            let (mut parts, body) = whole(next.run(request).await).await;
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Response::from_parts(parts, bodies::padded_gzip(body, bytes))
        }
    }
}

/// In a task of its own: a client that goes away does not stop a server that is slow.
async fn delay(pause: Duration, when: DelayWhen, request: Request, next: Next) -> Response {
    let slow = tokio::spawn(async move {
        if matches!(when, DelayWhen::Before) {
            tokio::time::sleep(pause).await;
        }
        let response = next.run(request).await;
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
fn beginning(parts: &Parts, body: &[u8], bytes: usize) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
    let headers = parts.headers.iter().filter(|(name, _)| **name != CONNECTION);
    for (name, value) in headers {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(format!("{CONTENT_LENGTH}: {}\r\n\r\n", body.len()).as_bytes());
    answer.extend(body.iter().take(bytes));
    answer
}
