//! The subscriptions of a site's orders, and which of them it uses.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::ConnectedSite;
use crate::app::App;
use crate::clock::now;
use crate::exchange::Exchange;
use crate::rest_error::{RestError, answer};
use crate::state::State as Memory;
use crate::state::orders::{COMPLETED, Order, Subscription};

const YEAR: i64 = 365 * 24 * 60 * 60;

/// `GET /subscriptions`: one for each product of each order of the site that is in force.
pub async fn list(State(app): State<Arc<App>>, caller: ConnectedSite) -> Response {
    let state = app.state();
    let list: Vec<Value> = state
        .orders
        .of_site(caller.id)
        .filter(|order| order.status == COMPLETED)
        .flat_map(|order| {
            order
                .subscriptions
                .iter()
                .map(move |subscription| (order, subscription))
        })
        .filter_map(|(order, subscription)| describe(&state, order, subscription))
        .collect();
    answer(&list)
}

/// Everything that `WooCommerce` reads of a subscription.
fn describe(state: &Memory, order: &Order, subscription: &Subscription) -> Option<Value> {
    let product = state.products.get(&subscription.slug)?;
    let connections: Vec<u64> = subscription.connected.and(order.site_id).into_iter().collect();
    Some(json!({
        "product_id": product.id,
        "product_key": subscription.key(),
        "product_key_id": order.id,
        "product_name": product.name,
        "product_url": format!("https://woocommerce.com/products/{}/", product.slug),
        "product_slug": &*product.slug,
        "product_type": product.kind.name(),
        "product_status": "publish",
        "zip_slug": &*product.slug,
        "documentation_url": product.support_documentation.as_deref().unwrap_or_default(),
        "key_type": "single",
        "key_type_label": "Single site",
        "autorenew": false,
        "lifetime": false,
        "expires": order.created.as_second() + YEAR,
        "expired": false,
        "expiring": false,
        "sites_max": 1,
        "sites_active": connections.len(),
        "maxed": !connections.is_empty(),
        "connections": connections,
        "order_id": order.id,
        "included_in_host_plan": true,
        "is_shared": false,
        "owner_email": "",
        "master_user_email": "",
    }))
}

/// `POST /activate` with `product_key`: the site uses the subscription. `WooCommerce` takes `already_connected` for success.
pub async fn activate(
    State(app): State<Arc<App>>,
    caller: ConnectedSite,
    Extension(exchange): Extension<Exchange>,
) -> Result<Response, RestError> {
    let mut state = app.state();
    let subscription = find(&mut state, caller.id, &product_key(&exchange.request.body)?)?;
    if subscription.connected.is_some() {
        let message = "The subscription is active on this site already.";
        return Err(RestError::refused(
            StatusCode::BAD_REQUEST,
            "already_connected",
            message,
        ));
    }
    subscription.connected = Some(now());
    Ok(answer(
        &json!({ "product_key": subscription.key(), "connections": [caller.id] }),
    ))
}

/// `POST /deactivate` with `product_key`: the site does not use the subscription any more.
pub async fn deactivate(
    State(app): State<Arc<App>>,
    caller: ConnectedSite,
    Extension(exchange): Extension<Exchange>,
) -> Result<Response, RestError> {
    let mut state = app.state();
    let subscription = find(&mut state, caller.id, &product_key(&exchange.request.body)?)?;
    if subscription.connected.take().is_none() {
        let message = "The subscription is not active on this site.";
        return Err(RestError::refused(StatusCode::BAD_REQUEST, "not_connected", message));
    }
    Ok(answer(&json!({ "product_key": subscription.key(), "connections": [] })))
}

/// `WooCommerce` sends JSON without saying so.
fn product_key(body: &[u8]) -> Result<String, RestError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| RestError::invalid_json(4, "Syntax error"))?;
    let key = body.get("product_key").and_then(Value::as_str);
    key.map(str::to_owned)
        .ok_or_else(|| RestError::missing(&["product_key"]))
}

fn find<'a>(state: &'a mut Memory, site_id: u64, key: &str) -> Result<&'a mut Subscription, RestError> {
    order_with(state, site_id, key)
        .and_then(|id| {
            state
                .orders
                .get_mut(id)?
                .subscriptions
                .iter_mut()
                .find(|subscription| subscription.key() == key)
        })
        .ok_or_else(|| {
            let message = "The site has no subscription with this key.";
            RestError::refused(StatusCode::NOT_FOUND, "subscription_not_found", message)
        })
}

/// The order in force of the site that gives the subscription with this key.
fn order_with(state: &Memory, site_id: u64, key: &str) -> Option<u64> {
    let mut in_force = state.orders.of_site(site_id).filter(|order| order.status == COMPLETED);
    let order = in_force.find(|order| order.subscriptions.iter().any(|subscription| subscription.key() == key))?;
    Some(order.id)
}
