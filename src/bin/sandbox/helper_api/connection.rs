//! The connection itself: who it is, where, and its end.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde_json::json;

use super::ConnectedSite;
use crate::app::App;
use crate::credentials::query_value;
use crate::rest_error::{RestError, answer};

/// `GET /oauth/me`: who the site is connected as.
pub async fn me(State(app): State<Arc<App>>, caller: ConnectedSite) -> Result<Response, RestError> {
    let state = app.state();
    let site = state.sites.get(caller.id).ok_or_else(RestError::no_site)?;
    let name = if site.customer_name.is_empty() {
        &site.customer_email
    } else {
        &site.customer_name
    };
    Ok(answer(&json!({ "name": name, "email": site.customer_email })))
}

/// `GET /connection-info?url=<home_url()>`: the address that the connection was made for, which `WooCommerce` then keeps,
/// and whether it should complain that the site's own is another one.
pub async fn info(State(app): State<Arc<App>>, caller: ConnectedSite, uri: Uri) -> Result<Response, RestError> {
    let state = app.state();
    let site = state.sites.get(caller.id).ok_or_else(RestError::no_site)?;
    let home_url = query_value(&uri, "url").unwrap_or_default();
    let differs = home_url.trim_end_matches('/') != site.url.trim_end_matches('/');
    Ok(answer(&json!({ "url": site.url, "alert_url_mismatch": differs })))
}

/// `POST /oauth/invalidate_token`: the site disconnects itself, with `wp wc com disconnect`.
pub async fn invalidate_token(State(app): State<Arc<App>>, caller: ConnectedSite) -> Response {
    app.state().sites.forget_token(caller.id, &caller.token);
    answer(&json!({ "success": true }))
}

/// `GET /notices`: there are none.
pub async fn notices(_: ConnectedSite) -> Response {
    answer(&json!([]))
}

/// `GET /product-usage-notice-rules`, which is not signed: there are none.
pub async fn product_usage_notice_rules() -> Response {
    answer(&json!([]))
}
