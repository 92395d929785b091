//! Paths to handlers.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};

use crate::app::App;
use crate::helper_api::{connection, subscriptions, updates};
use crate::rest_error::RestError;
use crate::{
    cancel, control, download, exchange, fault_play, info, install, orders, register, sites, totals,
    update_connected_site, update_url,
};

/// The service, and the control API for callers on this machine.
pub fn service(app: &Arc<App>) -> Router {
    let service = Router::new()
        .merge(host_plan_v1())
        .merge(host_plan_v2())
        .merge(helper())
        .route("/plugin-packages/{slug}/{file}", get(download::file))
        .route("/theme-packages/{slug}/{file}", get(download::file))
        .fallback(async || RestError::no_route())
        .method_not_allowed_fallback(async || RestError::no_route())
        .layer(from_fn_with_state(Arc::clone(app), fault_play::apply))
        .layer(from_fn_with_state(Arc::clone(app), exchange::record))
        .with_state(Arc::clone(app));
    control_routes(app).fallback_service(service)
}

/// With whole paths, since a nested router would take their beginnings away from what is signed.
type Routes = Router<Arc<App>>;

fn host_plan_v1() -> Routes {
    Router::new()
        .route("/wp-json/wccom/host-plan/v1.0/register", post(register::v1))
        .route("/wp-json/wccom/host-plan/v1.0/cancel", post(cancel::cancel))
        .route("/wp-json/wccom/host-plan/v1.0/update-url", post(update_url::v1))
        .route("/wp-json/wccom/host-plan/v1.0/info", get(info::package))
        .route("/wp-json/wccom/host-plan/v1.0/info/{file}", get(info::product))
}

fn host_plan_v2() -> Routes {
    Router::new()
        .route("/wp-json/wccom/host-plan/v2.0/register", post(register::v2))
        .route("/wp-json/wccom/host-plan/v2.0/update-url", post(update_url::v2))
        .route(
            "/wp-json/wccom/host-plan/v2.0/update-connected-site",
            post(update_connected_site::update_connected_site),
        )
        .route("/wp-json/wccom/host-plan/v2.0/install", post(install::install))
        .route("/wp-json/wccom/host-plan/v2.0/orders", get(orders::list))
        .route("/wp-json/wccom/host-plan/v2.0/orders/{id}", get(orders::get))
        .route(
            "/wp-json/wccom/host-plan/v2.0/orders/{id}/connections",
            get(orders::connections),
        )
        .route("/wp-json/wccom/host-plan/v2.0/sites/{id}", get(sites::get))
        .route("/wp-json/wccom/host-plan/v2.0/totals", get(totals::totals))
}

fn helper() -> Routes {
    let routes: [(&str, MethodRouter<Arc<App>>); 11] = [
        ("/wp-json/helper/1.0/oauth/me", get(connection::me)),
        (
            "/wp-json/helper/1.0/oauth/invalidate_token",
            post(connection::invalidate_token),
        ),
        ("/wp-json/helper/1.0/connection-info", get(connection::info)),
        ("/wp-json/helper/1.0/notices", get(connection::notices)),
        (
            "/wp-json/helper/1.0/product-usage-notice-rules",
            get(connection::product_usage_notice_rules),
        ),
        ("/wp-json/helper/1.0/subscriptions", get(subscriptions::list)),
        ("/wp-json/helper/1.0/activate", post(subscriptions::activate)),
        ("/wp-json/helper/1.0/deactivate", post(subscriptions::deactivate)),
        ("/wp-json/helper/1.0/update-check", post(updates::check)),
        ("/wp-json/helper/1.0/update-check-public", post(updates::check_public)),
        ("/wp-json/helper/1.0/info", get(updates::info)),
    ];
    // With a query WooCommerce puts a slash before it.
    routes.into_iter().fold(Router::new(), |router, (path, handler)| {
        router.route(path, handler.clone()).route(&format!("{path}/"), handler)
    })
}

/// The control API.
pub fn control(app: &Arc<App>) -> Router {
    control_routes(app).fallback(control::unknown)
}

fn control_routes(app: &Arc<App>) -> Router {
    let routes = Router::new()
        .route("/faults", post(control::add_fault).delete(control::clear_faults))
        .route("/log", get(control::log))
        .route("/state", get(control::state))
        .route("/state/count", get(control::count))
        .route("/sites", get(control::sites))
        .route("/orders", post(control::orders::seed))
        .route("/products", post(control::products::publish))
        .route("/links", post(control::links))
        .route("/reset", post(control::reset))
        .fallback(control::unknown)
        .method_not_allowed_fallback(control::unknown)
        .layer(from_fn(control::local_only))
        .with_state(Arc::clone(app));
    Router::new().nest("/_sandbox", routes)
}
