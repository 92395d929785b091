//! Orders without a registration.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Mistake, bad_request, parse};
use crate::app::App;
use crate::clock::now;
use crate::rest_error::answer;
use crate::state::State as Memory;
use crate::state::orders::{COMPLETED, Order, STATUSES, with_keys};

/// That many orders like any other, made now, or evenly since a point in time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    count: u32,
    since: Option<String>,
    status: Option<String>,
    #[serde(default)]
    products: Vec<String>,
    #[serde(default)]
    connected: bool,
}

/// One order; everything can be left out.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Seed {
    id: Option<u64>,
    status: Option<String>,
    date_created_gmt: Option<String>,
    url: String,
    site_id: Option<u64>,
    customer_id: Option<u64>,
    customer_email: Option<String>,
    products: Vec<String>,
    connected: bool,
    metadata: Map<String, Value>,
}

/// `POST /_sandbox/orders`
pub async fn seed(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Mistake> {
    let is_list = body.trim_ascii_start().starts_with(b"[");
    let mut state = app.state();
    let ids = if is_list {
        let seeds: Vec<Seed> = parse(&body)?;
        let add = |seed: Seed| {
            let created = seed
                .date_created_gmt
                .as_deref()
                .map(time)
                .transpose()?
                .unwrap_or_else(now);
            add(seed, created, &mut state)
        };
        seeds.into_iter().map(add).collect::<Result<Vec<u64>, Mistake>>()
    } else {
        add_many(&parse(&body)?, &mut state)
    };
    Ok(answer(&json!({ "ids": ids? })))
}

fn add_many(wanted: &Many, state: &mut Memory) -> Result<Vec<u64>, Mistake> {
    let end = now();
    let start = wanted.since.as_deref().map(time).transpose()?.unwrap_or(end);
    let step = end
        .duration_since(start)
        .checked_div(wanted.count.try_into().unwrap_or(i32::MAX))
        .unwrap_or_default();
    let add = |number: u32| {
        let seed = Seed {
            status: wanted.status.clone(),
            products: wanted.products.clone(),
            connected: wanted.connected,
            ..Seed::default()
        };
        let after = step
            .checked_mul(number.try_into().unwrap_or(i32::MAX))
            .unwrap_or(SignedDuration::ZERO);
        add(seed, start + SignedDuration::from_secs(after.as_secs()), state)
    };
    (0..wanted.count).map(add).collect()
}

fn add(seed: Seed, created: Timestamp, state: &mut Memory) -> Result<u64, Mistake> {
    let id = seed.id.unwrap_or_else(|| state.orders.next_id());
    let status = match seed.status {
        None => COMPLETED,
        Some(wanted) => STATUSES
            .into_iter()
            .find(|status| *status == wanted)
            .ok_or_else(|| bad_request(&format!("status is one of {}", STATUSES.join(", "))))?,
    };
    let customer_email = seed
        .customer_email
        .unwrap_or_else(|| format!("customer-of-{id}@sandbox.invalid"));
    let slugs = state.products.known_slugs(&seed.products);
    let mut subscriptions = with_keys(slugs).map_err(|error| bad_request(&error))?;
    if seed.connected {
        for subscription in &mut subscriptions {
            subscription.connected = Some(created);
        }
    }
    let order = Order {
        id,
        status,
        created,
        modified: created,
        customer_id: seed
            .customer_id
            .unwrap_or_else(|| state.customers.by_email(&customer_email)),
        customer_email,
        url: seed.url,
        site_id: seed.site_id,
        api_version: None,
        subscriptions,
        metadata: seed.metadata.into_iter().collect(),
    };
    state.orders.add(order).map_err(|error| bad_request(&error))?;
    Ok(id)
}

/// GMT, with or without saying so.
fn time(text: &str) -> Result<Timestamp, Mistake> {
    format!("{}Z", text.trim_end_matches('Z'))
        .parse()
        .map_err(|error| bad_request(&error))
}
