//! Paths to handlers, and which of them are behind which door.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use tower_service::Service;

use crate::app::App;
use crate::helper_api::{connection, subscriptions, updates};
use crate::rest_error::RestError;
use crate::{
    cancel, control, download, exchange, info, install, orders, register, sites, totals, update_connected_site,
    update_url,
};

/// The path of the control API, without a slash at its end.
const CONTROL: &str = "/_sandbox";

/// What answers at one of the two doors.
#[derive(Clone)]
pub struct Door {
    router: Router,
    /// Who keeps a log of what is not for the control API.
    recorder: Option<Arc<App>>,
}

impl Door {
    /// Answers, or does what a fault asks for instead.
    pub async fn answer(mut self, request: Request) -> Response {
        match self.recorder {
            Some(app) if !is_control(request.uri().path()) => exchange::record(&app, self.router, request).await,
            _ => {
                let Ok(response) = self.router.call(request).await;
                response
            }
        }
    }
}

/// Whether axum's `nest` takes it for one.
fn is_control(path: &str) -> bool {
    path.strip_prefix(CONTROL)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && rest != "/")
}

/// The service, and the control API for callers on this machine.
pub fn service(app: &Arc<App>) -> Door {
    let handlers = Router::new()
        .merge(host_plan_v1())
        .merge(host_plan_v2())
        .merge(helper())
        .route("/plugin-packages/{slug}/{file}", get(download::file))
        .route("/theme-packages/{slug}/{file}", get(download::file))
        .fallback(async || RestError::no_route())
        .method_not_allowed_fallback(async || RestError::no_route())
        .with_state(Arc::clone(app));
    Door {
        router: handlers.merge(control_routes(app)),
        recorder: Some(Arc::clone(app)),
    }
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
pub fn control(app: &Arc<App>) -> Door {
    Door {
        router: control_routes(app).fallback(control::unknown),
        recorder: None,
    }
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
    Router::new().nest(CONTROL, routes)
}
