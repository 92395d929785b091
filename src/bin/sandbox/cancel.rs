//! `POST /v1.0/cancel`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::app::App;
use crate::body::Body;
use crate::credentials::Partner;
use crate::exchange::Exchange;
use crate::parameters;
use crate::rest_error::{RestError, answer};

/// Cancels an order; one that is cancelled already stays so.
pub async fn cancel(
    _: Partner,
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
) -> Result<Response, RestError> {
    let mut body = Body::read(&exchange.request, &["order_id"], &["order_id"])?;
    let order_id = match body.take("order_id", parameters::order_id) {
        Some(order_id) if body.is_good() => order_id,
        _ => return Err(body.into()),
    };
    let mut state = app.state();
    let order = state.orders.get_mut(order_id).ok_or_else(RestError::no_order)?;
    order.cancel();
    app.log.note_order(exchange.seq, order_id);
    Ok(answer(&json!({ "order_id": order_id, "status": order.status })))
}
