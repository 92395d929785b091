//! The control API: faults, log and state, for tests and for people. JSON in and out, on this machine only.

pub mod orders;
pub mod products;

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::app::App;
use crate::connection::Peer;
use crate::request_log::Entry;
use crate::rest_error::answer;
use crate::state::State as Memory;
use crate::state::orders::Order;
use crate::state::products::Product;
use crate::state::sites::Site;

/// How many orders and how many sites the state shows.
const LATEST: usize = 1_000;

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
    Ok(answer(&faults(&app)))
}

/// `DELETE /_sandbox/faults`
pub async fn clear_faults(State(app): State<Arc<App>>) -> Response {
    app.faults.clear();
    answer(&faults(&app))
}

fn faults(app: &App) -> Value {
    let (waiting, standing) = app.faults.waiting();
    json!({ "faults_waiting": waiting, "faults_standing": standing })
}

/// `GET /_sandbox/log`
pub async fn log(State(app): State<Arc<App>>) -> Response {
    let entries: Vec<Value> = app.log.entries().iter().map(Entry::describe).collect();
    answer(&entries)
}

/// `GET /_sandbox/state`
pub async fn state(State(app): State<Arc<App>>) -> Response {
    let state = app.state();
    let count = state.orders.iter().len();
    let latest = state.orders.iter().skip(count.saturating_sub(LATEST));
    let orders: Vec<Value> = latest.map(Order::describe).collect();
    let site_count = state.sites.iter().len();
    let latest = state.sites.iter().skip(site_count.saturating_sub(LATEST));
    let sites: Vec<Value> = latest.map(Site::describe).collect();
    let products: Vec<Value> = state.products.iter().map(Product::describe).collect();
    let (waiting, standing) = app.faults.waiting();
    answer(&json!({
        "orders": orders,
        "order_count": count,
        "sites": sites,
        "site_count": site_count,
        "products": products,
        "connections": app.connections.load(Ordering::Relaxed),
        "faults_waiting": waiting,
        "faults_standing": standing,
    }))
}

/// `GET /_sandbox/state/count`
pub async fn count(State(app): State<Arc<App>>) -> Response {
    let state = app.state();
    let addresses: HashSet<&str> = state.orders.iter().map(|order| &*order.url).collect();
    answer(&json!({
        "orders": state.orders.iter().len(),
        "sites": state.sites.iter().len(),
        "addresses": addresses.len(),
        "most_orders_of_a_site": state.orders.most_of_a_site(),
    }))
}

/// `GET /_sandbox/sites`: each a line of JSON, oldest first.
pub async fn sites(State(app): State<Arc<App>>) -> Response {
    let state = app.state();
    let mut lines = String::new();
    for site in state.sites.iter() {
        let _ = writeln!(lines, "{}", site.describe_with_secret());
    }
    ([(CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
}

/// How long new download links are good for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifetime {
    lifetime: u32,
}

/// `POST /_sandbox/links`
pub async fn links(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Mistake> {
    let Lifetime { lifetime } = parse(&body)?;
    app.links.set_lifetime(lifetime);
    Ok(answer(&json!({ "lifetime": lifetime })))
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
    let known = "POST and DELETE /_sandbox/faults, GET /_sandbox/log, GET /_sandbox/state, GET /_sandbox/state/count, \
                 GET /_sandbox/sites, POST /_sandbox/orders, \
                 POST /_sandbox/products, POST /_sandbox/links, POST /_sandbox/reset";
    Mistake(StatusCode::NOT_FOUND, format!("the control API has {known}"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Mistake> {
    serde_json::from_slice(body).map_err(|error| bad_request(&error))
}
