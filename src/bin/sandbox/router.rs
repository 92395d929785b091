//! Paths to handlers.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use crate::app::App;
use crate::rest_error::RestError;
use crate::{control, exchange, fault_play, helper_api, orders, register};

/// The service, and the control API for callers on this machine.
pub fn service(app: &Arc<App>) -> Router {
    let service = Router::new()
        .route("/wp-json/wccom/host-plan/v1.0/register", post(register::v1))
        .route("/wp-json/wccom/host-plan/v2.0/register", post(register::v2))
        .route("/wp-json/wccom/host-plan/v2.0/orders", get(orders::list))
        .route("/wp-json/helper/1.0/oauth/me", get(helper_api::me))
        .route("/wp-json/helper/1.0/subscriptions", get(helper_api::subscriptions))
        // With a query WooCommerce puts a slash before it.
        .route("/wp-json/helper/1.0/oauth/me/", get(helper_api::me))
        .route("/wp-json/helper/1.0/subscriptions/", get(helper_api::subscriptions))
        .fallback(async || RestError::no_route())
        .method_not_allowed_fallback(async || RestError::no_route())
        .layer(from_fn_with_state(Arc::clone(app), fault_play::apply))
        .layer(from_fn_with_state(Arc::clone(app), exchange::record))
        .with_state(Arc::clone(app));
    control_routes(app).fallback_service(service)
}

/// The control API.
pub fn control(app: &Arc<App>) -> Router {
    control_routes(app).fallback(control::unknown)
}

fn control_routes(app: &Arc<App>) -> Router {
    let routes = Router::new()
        .route("/faults", post(control::add_fault))
        .route("/log", get(control::log))
        .route("/state", get(control::state))
        .route("/orders", post(control::seed_orders))
        .route("/reset", post(control::reset))
        .fallback(control::unknown)
        .method_not_allowed_fallback(control::unknown)
        .layer(from_fn(control::local_only))
        .with_state(Arc::clone(app));
    Router::new().nest("/_sandbox", routes)
}
