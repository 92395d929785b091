//! `POST /v2.0/update-connected-site`: a plan moves to another site.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::app::App;
use crate::body::Body;
use crate::credentials::Partner;
use crate::exchange::Exchange;
use crate::rest_error::{RestError, answer};
use crate::state::orders::COMPLETED;

/// Moves an order to the site with this address, which is made if there is none. What is connected stays connected there.
pub async fn update_connected_site(
    _: Partner,
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
) -> Result<Response, RestError> {
    let (url, order_id) = Body::url_and_order_id(&exchange.request)?;
    let mut state = app.state();
    let order = state.orders.get(order_id).ok_or_else(RestError::no_order)?;
    if order.status != COMPLETED {
        return Err(RestError::order_not_completed());
    }
    let site_id = state.move_order(order_id, &url).map_err(RestError::internal)?;
    app.log.note_order(exchange.seq, order_id);
    Ok(answer(
        &json!({ "order_id": order_id, "site_id": site_id, "url": url.sent }),
    ))
}
