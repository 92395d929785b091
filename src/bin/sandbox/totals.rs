//! `GET /v2.0/totals`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::clock::month;
use crate::credentials::Partner;
use crate::rest_error::report;
use crate::state::orders::{CANCELLED, COMPLETED};

/// Numbers by name.
type Counts<'a> = BTreeMap<&'a str, u64>;

/// Year and month.
type Month = (i16, i8);

/// Orders count for the month that they were made in, connections for the month since which they are there; months are
/// those of the shop's time. Orders of other statuses do not count.
pub async fn totals(_: Partner, State(app): State<Arc<App>>) -> Response {
    let state = app.state();
    let mut orders = Orders::default();
    let mut orders_by_month: BTreeMap<Month, (String, Orders)> = BTreeMap::new();
    let mut connections = Counts::new();
    let mut connections_by_month: BTreeMap<Month, (String, Counts)> = BTreeMap::new();
    for order in state.orders.iter() {
        if order.status == COMPLETED || order.status == CANCELLED {
            let (key, name) = month(order.created);
            let (_, in_month) = orders_by_month.entry(key).or_insert((name, Orders::default()));
            orders.count(order.status);
            in_month.count(order.status);
        }
        for (subscription, since) in order.connections() {
            let (key, name) = month(since);
            let (_, in_month) = connections_by_month.entry(key).or_insert((name, Counts::new()));
            *connections.entry(&subscription.slug).or_default() += 1;
            *in_month.entry(&subscription.slug).or_default() += 1;
        }
    }
    report(&json!({
        "total_orders": orders.json(),
        "total_connections": map(connections.into_iter().map(|(slug, count)| (slug.to_owned(), json!(count)))),
        "total_orders_by_month": map(orders_by_month.into_values().map(|(month, orders)| (month, orders.json()))),
        "total_connections_by_month": map(connections_by_month.into_values().map(|(month, counts)| (month, json!(counts)))),
    }))
}

#[derive(Default)]
struct Orders {
    completed: u64,
    cancelled: u64,
}

impl Orders {
    fn count(&mut self, status: &str) {
        if status == COMPLETED {
            self.completed += 1;
        } else {
            self.cancelled += 1;
        }
    }

    fn json(&self) -> Value {
        json!({ COMPLETED: self.completed, CANCELLED: self.cancelled })
    }
}

/// PHP's empty array is a list.
fn map(entries: impl Iterator<Item = (String, Value)>) -> Value {
    let map: Map<String, Value> = entries.collect();
    if map.is_empty() { json!([]) } else { Value::Object(map) }
}
