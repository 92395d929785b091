//! `helper/1.0`: what a connected site asks of WooCommerce.com, signed with its secret.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use crate::app::App;
use crate::credentials;
use crate::exchange::Exchange;
use crate::rest_error::{RestError, answer};
use crate::signature::SignedRequest;
use crate::state::State as Memory;

const YEAR: i64 = 365 * 24 * 60 * 60;

/// `GET /oauth/me`: who the site is connected as.
pub async fn me(
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, RestError> {
    let state = app.state();
    let site_id = connected_site(
        &state,
        &Call {
            method: &method,
            uri: &uri,
            headers: &headers,
            body: &exchange.body,
        },
    )?;
    let site = state.sites.iter().find(|site| site.id == site_id);
    let (name, email) = site
        .map(|site| (&*site.customer_name, &*site.customer_email))
        .unwrap_or_default();
    let name = if name.is_empty() { email } else { name };
    Ok(answer(&json!({ "name": name, "email": email })))
}

/// `GET /subscriptions`: one for each product of each order of the site.
pub async fn subscriptions(
    State(app): State<Arc<App>>,
    Extension(exchange): Extension<Exchange>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, RestError> {
    let mut state = app.state();
    let site_id = connected_site(
        &state,
        &Call {
            method: &method,
            uri: &uri,
            headers: &headers,
            body: &exchange.body,
        },
    )?;
    let products: Vec<(u64, i64, String, String)> = state
        .orders
        .iter()
        .filter(|order| order.site_id == Some(site_id) && order.status == "completed")
        .flat_map(|order| {
            order
                .products
                .iter()
                .map(|(slug, key)| (order.id, order.created.as_second(), slug, key))
        })
        .map(|(order_id, created, slug, key)| (order_id, created, slug.clone(), key.clone()))
        .collect();
    let list: Vec<Value> = products
        .into_iter()
        .map(|(order_id, created, slug, key)| {
            json!({
                "product_id": state.product_id(&slug),
                "product_key": key,
                "product_key_id": order_id,
                "product_name": title(&slug),
                "product_url": format!("https://woocommerce.com/products/{slug}/"),
                "product_slug": slug,
                "product_type": "plugin",
                "product_status": "publish",
                "zip_slug": slug,
                "documentation_url": format!("https://woocommerce.com/document/{slug}/"),
                "key_type": "single",
                "key_type_label": "Single site",
                "autorenew": false,
                "lifetime": false,
                "expires": created + YEAR,
                "expired": false,
                "expiring": false,
                "sites_max": 1,
                "sites_active": 1,
                "maxed": true,
                "connections": [site_id],
                "order_id": order_id,
                "included_in_host_plan": true,
                "is_shared": false,
                "owner_email": "",
                "master_user_email": "",
            })
        })
        .collect();
    Ok(answer(&list))
}

struct Call<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// The site that has made and signed the call.
fn connected_site(state: &Memory, call: &Call) -> Result<u64, RestError> {
    let invalid_token = || RestError::unauthorized("invalid_token", "The access token belongs to no connected site.");
    let token = credentials::access_token(call.headers, call.uri)
        .map_err(|()| {
            RestError::unauthorized(
                "invalid_token",
                "The header and the query hold different access tokens.",
            )
        })?
        .ok_or_else(|| RestError::unauthorized("no_access_token", "No access token was sent."))?;
    let site = state.site_by_token(&token).ok_or_else(invalid_token)?;

    let header = call
        .headers
        .get("x-woo-signature")
        .map(|value| value.to_str().unwrap_or_default().to_owned());
    let signatures: Vec<String> = header
        .into_iter()
        .chain(credentials::query_value(call.uri, "signature"))
        .collect();
    if signatures.is_empty() {
        return Err(RestError::unauthorized("no_signature", "No signature was sent."));
    }
    let host = call
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let signed = SignedRequest {
        host: without_port(host),
        request_uri: &unsigned_uri(call.uri),
        method: call.method.as_str(),
        body: std::str::from_utf8(call.body).unwrap_or_default(),
    };
    if signatures
        .iter()
        .all(|signature| signed.is_signed_by(&site.secret, signature))
    {
        Ok(site.id)
    } else {
        Err(RestError::unauthorized(
            "invalid_signature",
            "The signature does not fit the request.",
        ))
    }
}

/// Path and query as they were before `token` and `signature` were added.
fn unsigned_uri(uri: &Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("token=") && !pair.starts_with("signature="))
        .collect();
    if kept.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), kept.join("&"))
    }
}

/// PHP's `parse_url()` keeps the brackets of an IPv6 address.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// `woocommerce-product-addons` is `WooCommerce Product Addons`.
fn title(slug: &str) -> String {
    let words = slug.split(['-', '_']).map(|word| match word {
        "woocommerce" => "WooCommerce".to_owned(),
        _ => word
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .chain(word.chars().skip(1))
            .collect(),
    });
    words.collect::<Vec<String>>().join(" ")
}
