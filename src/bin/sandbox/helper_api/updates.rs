//! New versions of products.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::ConnectedSite;
use crate::app::App;
use crate::credentials::query_value;
use crate::exchange::Exchange;
use crate::origin::Origin;
use crate::rest_error::{RestError, answer};
use crate::state::State as Memory;
use crate::state::orders::{COMPLETED, Order};

/// `POST /update-check`, signed: with a link to the file if the site uses a subscription of the product.
pub async fn check(
    State(app): State<Arc<App>>,
    caller: ConnectedSite,
    Extension(exchange): Extension<Exchange>,
    Origin(origin): Origin,
) -> Result<Response, RestError> {
    updates(&app, Some(caller.id), &exchange.request.body, &origin)
}

/// `POST /update-check-public`, for a site without a connection: no links.
pub async fn check_public(
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
    Origin(origin): Origin,
) -> Result<Response, RestError> {
    updates(&app, None, &exchange.request.body, &origin)
}

/// Of `{"products":{"18601":{"product_id":18601,"file_id":"..."}}}` those that are known, by number.
fn updates(app: &App, site_id: Option<u64>, body: &[u8], origin: &str) -> Result<Response, RestError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| RestError::invalid_json(4, "Syntax error"))?;
    let asked: Vec<&Value> = match body.get("products") {
        Some(Value::Object(products)) => products.values().collect(),
        Some(Value::Array(products)) => products.iter().collect(),
        _ => return Err(RestError::missing(&["products"])),
    };
    let state = app.state();
    let ids = asked.iter().filter_map(|product| product.get("product_id")?.as_u64());
    let updates: Map<String, Value> = ids
        .filter_map(|id| state.products.by_id(id))
        .map(|product| {
            let may_update = site_id.is_some_and(|site_id| uses(&state, site_id, &product.slug));
            let package = if may_update {
                app.links.to(product, origin)
            } else {
                String::new()
            };
            let update = json!({
                "version": product.version,
                "url": format!("https://woocommerce.com/products/{}/", product.slug),
                "slug": &*product.slug,
                "package": package,
                "upgrade_notice": "",
            });
            (product.id.to_string(), update)
        })
        .collect();
    Ok(if updates.is_empty() {
        answer(&json!([]))
    } else {
        answer(&updates)
    })
}

fn uses(state: &Memory, site_id: u64, slug: &str) -> bool {
    let in_force = state.orders.of_site(site_id).filter(|order| order.status == COMPLETED);
    in_force
        .flat_map(Order::connections)
        .any(|(subscription, _)| *subscription.slug == *slug)
}

/// `GET /info?product_id=<number>`: what WordPress shows of a product, and what the site's installer asks.
pub async fn info(State(app): State<Arc<App>>, uri: Uri) -> Result<Response, RestError> {
    let state = app.state();
    let id = query_value(&uri, "product_id").ok_or_else(|| RestError::missing(&["product_id"]))?;
    let product =
        id.parse().ok().and_then(|id| state.products.by_id(id)).ok_or_else(|| {
            RestError::refused(StatusCode::NOT_FOUND, "product_not_found", "There is no such product.")
        })?;
    Ok(answer(&json!({
        "_product_type": product.kind.name(),
        "name": product.name,
        "slug": &*product.slug,
        "version": product.version,
        "author": "Sandbox",
        "homepage": product.homepage,
        "last_updated": product.last_updated,
        "sections": { "description": "A product of the sandbox, which does nothing." },
    })))
}
