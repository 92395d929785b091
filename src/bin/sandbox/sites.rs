//! `GET /v2.0/sites/<id>`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use crate::app::App;
use crate::credentials::Partner;
use crate::orders::path_id;
use crate::rest_error::{RestError, report};
use crate::state::State as Memory;
use crate::state::orders::{CANCELLED, COMPLETED, Order};

/// As documented: an order's number is a string here, an address has no scheme, and `product_slug` holds a name.
pub async fn get(_: Partner, State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, RestError> {
    let id = path_id(&id)?;
    let state = app.state();
    let site = state.sites.get(id).ok_or_else(RestError::no_site)?;
    let site_url = site.url.split_once("://").map_or(&*site.url, |(_, rest)| rest);
    let ids = |status: &str| -> Vec<u64> {
        let orders = state.orders.of_site(id).filter(|order| order.status == status);
        orders.map(|order| order.id).collect()
    };
    let connections: Vec<Value> = state
        .orders
        .of_site(id)
        .flat_map(|order| products(&state, order).map(|name| (order.id, name)))
        .map(|(order_id, name)| {
            json!({ "order_id": order_id.to_string(), "site_url": site_url.trim_end_matches('/'), "product_slug": name })
        })
        .collect();
    Ok(report(&json!({
        "order_ids": { COMPLETED: ids(COMPLETED), CANCELLED: ids(CANCELLED) },
        "connections": connections,
    })))
}

fn products<'a>(state: &'a Memory, order: &'a Order) -> impl Iterator<Item = &'a str> {
    let connections = order.connections();
    connections.filter_map(|(subscription, _)| Some(state.products.get(&subscription.slug)?.name.as_str()))
}
