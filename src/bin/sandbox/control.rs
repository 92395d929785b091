//! The control API: faults, log and state, for tests and for people. JSON in and out, on this machine only.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::clock::now;
use crate::rest_error::answer;
use crate::server::Peer;
use crate::state::{Order, STATUSES, Site, State as Memory, with_keys};

/// A mistake of the caller, in words.
pub struct Mistake(StatusCode, String);

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        (self.0, answer(&json!({ "error": self.1 }))).into_response()
    }
}

fn bad_request(why: &impl ToString) -> Mistake {
    Mistake(StatusCode::BAD_REQUEST, why.to_string())
}

/// The log holds tokens: it is shown to callers on this machine.
pub async fn local_only(Extension(peer): Extension<Peer>, request: Request, next: Next) -> Response {
    if peer.is_local {
        next.run(request).await
    } else {
        Mistake(
            StatusCode::FORBIDDEN,
            "the control API answers on this machine only".to_owned(),
        )
        .into_response()
    }
}

/// `POST /_sandbox/faults`
pub async fn add_fault(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Mistake> {
    app.faults.add(parse(&body)?).map_err(|error| bad_request(&error))?;
    Ok(answer(&json!({ "faults_waiting": app.faults.waiting() })))
}

/// `GET /_sandbox/log`
pub async fn log(State(app): State<Arc<App>>) -> Response {
    answer(&app.log.entries())
}

/// `GET /_sandbox/state`
pub async fn state(State(app): State<Arc<App>>) -> Response {
    let state = app.state();
    let orders: Vec<Value> = state.orders.iter().map(Order::describe).collect();
    let sites: Vec<Value> = state.sites.iter().map(Site::describe).collect();
    answer(&json!({
        "orders": orders,
        "sites": sites,
        "connections": app.connections.load(Ordering::Relaxed),
        "faults_waiting": app.faults.waiting(),
    }))
}

/// `POST /_sandbox/reset`
pub async fn reset(State(app): State<Arc<App>>) -> Response {
    *app.state() = Memory::default();
    app.faults.clear();
    app.log.clear();
    app.connections.store(0, Ordering::Relaxed);
    answer(&json!({}))
}

/// Anything else.
pub async fn unknown() -> Mistake {
    let known =
        "POST /_sandbox/faults, GET /_sandbox/log, GET /_sandbox/state, POST /_sandbox/orders, POST /_sandbox/reset";
    Mistake(StatusCode::NOT_FOUND, format!("the control API has {known}"))
}

/// That many orders like any other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    count: usize,
}

/// An order without a registration; everything can be left out.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SeedOrder {
    id: Option<u64>,
    status: Option<String>,
    date_created_gmt: Option<String>,
    url: String,
    site_id: Option<u64>,
    customer_id: Option<u64>,
    customer_email: Option<String>,
    products: Vec<String>,
    metadata: Map<String, Value>,
}

/// `POST /_sandbox/orders`
pub async fn seed_orders(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Mistake> {
    let is_list = body.trim_ascii_start().starts_with(b"[");
    let seeds: Vec<SeedOrder> = if is_list {
        parse(&body)?
    } else {
        let Count { count } = parse(&body)?;
        std::iter::repeat_with(SeedOrder::default).take(count).collect()
    };
    let mut state = app.state();
    let mut ids = Vec::new();
    for seed in seeds {
        let order = order(seed, &mut state)?;
        ids.push(order.id);
        state.add_order(order).map_err(|error| bad_request(&error))?;
    }
    Ok(answer(&json!({ "ids": ids })))
}

fn order(seed: SeedOrder, state: &mut Memory) -> Result<Order, Mistake> {
    let id = seed.id.unwrap_or_else(|| state.next_order_id());
    let status = seed.status.unwrap_or_else(|| "completed".to_owned());
    if !STATUSES.contains(&status.as_str()) {
        return Err(bad_request(&format!("status is one of {}", STATUSES.join(", "))));
    }
    let created = match seed.date_created_gmt {
        None => now(),
        Some(text) => format!("{}Z", text.trim_end_matches('Z'))
            .parse::<Timestamp>()
            .map_err(|error| bad_request(&error))?,
    };
    let customer_email = seed
        .customer_email
        .unwrap_or_else(|| format!("customer-of-{id}@sandbox.invalid"));
    Ok(Order {
        id,
        status,
        created,
        customer_id: seed
            .customer_id
            .unwrap_or_else(|| state.customer_by_email(&customer_email)),
        customer_email,
        url: seed.url,
        site_id: seed.site_id,
        api_version: None,
        products: with_keys(seed.products).map_err(|error| bad_request(&error))?,
        metadata: seed.metadata,
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Mistake> {
    serde_json::from_slice(body).map_err(|error| bad_request(&error))
}
