//! `POST /v2.0/install`: `WooCommerce.com` puts a product on a connected site.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::app::App;
use crate::body::Body;
use crate::cli::InstallAnswer;
use crate::clock::now;
use crate::credentials::Partner;
use crate::exchange::Exchange;
use crate::parameters::{self, Problem};
use crate::rest_error::{RestError, answer};
use crate::site_address;
use crate::state::orders::COMPLETED;

/// Notes that the product is in use on the order's site; nothing reaches the site itself.
pub async fn install(
    _: Partner,
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
) -> Result<Response, RestError> {
    let names = ["product_slug", "url", "order_id"];
    let mut body = Body::read(&exchange.request, &names, &names)?;
    let slug = body.take("product_slug", parameters::slug);
    let url = body.take("url", site_address::parse);
    let order_id = body.take("order_id", parameters::order_id);
    let (Some(slug), Some(url), Some(order_id), true) = (slug, url, order_id, body.is_good()) else {
        return Err(body.into());
    };

    let mut state = app.state();
    let order = state.orders.get(order_id).ok_or_else(RestError::no_order)?;
    if order.status != COMPLETED {
        return Err(RestError::order_not_completed());
    }
    let site = order.site_id.and_then(|id| state.sites.get(id));
    if !site.is_some_and(|site| site.is_at(&url)) {
        return Err(Problem::unfit("url is not the site of the order.").of("url"));
    }
    let Some(product_id) = state.products.get(&slug).map(|product| product.id) else {
        return Err(RestError::no_product());
    };
    let subscription = state
        .orders
        .get_mut(order_id)
        .and_then(|order| order.subscription_mut(&slug));
    let Some(subscription) = subscription else {
        return Err(Problem::unfit("product_slug is not a product of the order.").of("product_slug"));
    };
    subscription.connected.get_or_insert_with(now);

    app.log.note_order(exchange.seq, order_id);
    let request_id = state.next_request_id();
    Ok(answer(&match app.install_answer {
        InstallAnswer::Success => json!({
            "success": true, "request_id": request_id, "order_id": order_id, "product_id": product_id,
            "product_slug": slug, "url": url.sent,
        }),
        InstallAnswer::Status => json!({
            "request_id": request_id, "status": "completed", "order_id": order_id, "product_id": product_id,
            "product_slug": slug, "url": url.sent,
        }),
    }))
}
