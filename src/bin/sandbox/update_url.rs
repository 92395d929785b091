//! `POST /update-url`, in both versions: a site has another address.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::app::App;
use crate::body::Body;
use crate::credentials::Partner;
use crate::exchange::Exchange;
use crate::parameters::{self, Problem};
use crate::rest_error::{RestError, answer};
use crate::signature;
use crate::site_address;
use crate::state::sites::AddressTaken;

/// `POST /v1.0/update-url`: the site is named by its token, and its secret signs the address.
pub async fn v1(
    _: Partner,
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
) -> Result<Response, RestError> {
    let names = ["url", "access_token", "signature"];
    let mut body = Body::read(&exchange.request, &names, &names)?;
    let url = body.take("url", site_address::parse);
    let token = body.take("access_token", parameters::token);
    let signature = body.take("signature", parameters::token);
    let (Some(url), Some(token), Some(signature), true) = (url, token, signature, body.is_good()) else {
        return Err(body.into());
    };
    let mut state = app.state();
    let site = state.sites.by_token(&token).ok_or_else(|| {
        RestError::unauthorized("invalid_access_token", "The access token belongs to no connected site.")
    })?;
    if !signature::is_of_url(&url.sent, &site.secret, &signature) {
        return Err(RestError::refused(
            StatusCode::FORBIDDEN,
            "invalid_signature",
            "The signature does not fit the URL.",
        ));
    }
    let site_id = site.id;
    state.readdress(site_id, url).map_err(taken)?;
    Ok(answer(&true))
}

/// `POST /v2.0/update-url`: the site is that of the order.
pub async fn v2(
    _: Partner,
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
) -> Result<Response, RestError> {
    let (url, order_id) = Body::url_and_order_id(&exchange.request)?;
    let mut state = app.state();
    let order = state.orders.get(order_id).ok_or_else(RestError::no_order)?;
    let site_id = order
        .site_id
        .ok_or_else(|| Problem::unfit("order_id is an order without a site.").of("order_id"))?;
    let sent = url.sent.clone();
    state.readdress(site_id, url).map_err(taken)?;
    app.log.note_order(exchange.seq, order_id);
    Ok(answer(
        &json!({ "url": sent, "order_id": order_id, "site_id": site_id }),
    ))
}

fn taken(AddressTaken(site_id): AddressTaken) -> RestError {
    let message = format!("The address belongs to another site, {site_id}.");
    RestError::refused(StatusCode::CONFLICT, "site_url_taken", message)
}
