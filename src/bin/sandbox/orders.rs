//! `GET /v2.0/orders`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, HOST, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::app::App;
use crate::clock::{SHOP_TIME, gmt, shop_time};
use crate::credentials;
use crate::parameters::{Problem, Problems};
use crate::rest_error::{RestError, answer};
use crate::server::Peer;
use crate::state::{Order, STATUSES};

/// `GET /v2.0/orders`
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, RestError> {
    credentials::require_key(&app, &headers)?;
    let filter = Filter::parse(uri.query().unwrap_or_default())?;

    let state = app.state();
    let mut found: Vec<&Order> = state.orders.iter().filter(|order| filter.wants(order)).collect();
    found.sort_by_key(|order| std::cmp::Reverse((order.created, order.id)));
    let items: Vec<Value> = found
        .iter()
        .skip(filter.skip())
        .take(filter.per_page)
        .map(|order| item(order))
        .collect();
    let pages = found.len().div_ceil(filter.per_page);

    let mut response = answer(&items);
    let headers_out = response.headers_mut();
    headers_out.insert(HeaderName::from_static("x-wp-total"), found.len().into());
    headers_out.insert(HeaderName::from_static("x-wp-totalpages"), pages.into());
    headers_out.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let scheme = if peer.is_tls { "https" } else { "http" };
    if let Some(link) = links(&format!("{scheme}://{host}{}", uri.path()), &filter, pages)
        && let Ok(link) = HeaderValue::from_str(&link)
    {
        headers_out.insert(LINK, link);
    }
    Ok(response)
}

fn item(order: &Order) -> Value {
    json!({
        "id": order.id,
        "status": order.status,
        "date_created": shop_time(order.created),
        "date_created_gmt": gmt(order.created),
        "date_modified": shop_time(order.created),
        "date_modified_gmt": gmt(order.created),
        "customer_id": order.customer_id,
        "customer_email": order.customer_email,
        "line_items": [{ "name": "eCommerce Plan" }],
    })
}

fn links(url: &str, filter: &Filter, pages: usize) -> Option<String> {
    let link = |page: usize, rel: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(filter.others.iter())
            .append_pair("page", &page.to_string());
        format!("<{url}?{}>; rel=\"{rel}\"", query.finish())
    };
    let mut links = Vec::new();
    if filter.page > 1 {
        links.push(link((filter.page - 1).min(pages.max(1)), "prev"));
    }
    if filter.page < pages {
        links.push(link(filter.page + 1, "next"));
    }
    (!links.is_empty()).then(|| links.join(", "))
}

struct Filter {
    before: Option<Timestamp>,
    after: Option<Timestamp>,
    statuses: Vec<String>,
    customer_id: Option<u64>,
    page: usize,
    per_page: usize,
    offset: Option<usize>,
    /// Everything but the page, for the links.
    others: Vec<(String, String)>,
}

impl Filter {
    fn parse(query: &str) -> Result<Self, RestError> {
        let mut filter = Self {
            before: None,
            after: None,
            statuses: Vec::new(),
            customer_id: None,
            page: 1,
            per_page: 20,
            offset: None,
            others: Vec::new(),
        };
        let mut problems = Problems::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // PHP's lists: status[]=completed&status[]=cancelled
            let name = name.split_once('[').map_or(&*name, |(name, _)| name);
            problems.check(name, filter.set(name, &value));
            if name != "page" {
                let name = if name == "status" { "status[]" } else { name };
                filter.others.push((name.to_owned(), value.into_owned()));
            }
        }
        if filter.statuses.is_empty() {
            filter.statuses.push("completed".to_owned());
        }
        if problems.is_empty() {
            Ok(filter)
        } else {
            Err(problems.into())
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match name {
            "before" => self.before = Some(date(value)?),
            "after" => self.after = Some(date(value)?),
            "status" => {
                for status in value.split(',').map(str::trim) {
                    if !STATUSES.contains(&status) {
                        return Err(Problem::not_in_enum(name, &STATUSES));
                    }
                    self.statuses.push(status.to_owned());
                }
            }
            "customer_id" => self.customer_id = Some(number(name, value, 1, u64::MAX)?),
            "page" => self.page = size(number(name, value, 1, u32::MAX.into())?),
            "per_page" => self.per_page = size(number(name, value, 1, 100)?),
            "offset" => self.offset = Some(size(number(name, value, 0, u32::MAX.into())?)),
            _ => return Err(Problem::unknown(name)),
        }
        Ok(())
    }

    fn wants(&self, order: &Order) -> bool {
        self.before.is_none_or(|before| order.created < before)
            && self.after.is_none_or(|after| order.created > after)
            && self.statuses.contains(&order.status)
            && self.customer_id.is_none_or(|id| order.customer_id == id)
    }

    fn skip(&self) -> usize {
        self.offset
            .unwrap_or_else(|| (self.page - 1).saturating_mul(self.per_page))
    }
}

fn number(name: &str, value: &str, low: u64, high: u64) -> Result<u64, Problem> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten();
    number
        .filter(|number| (low..=high).contains(number))
        .ok_or_else(|| Problem::between(name, low, high))
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// ISO 8601 with date and time. Without a zone it is the shop's time, as `WordPress` has it.
fn date(value: &str) -> Result<Timestamp, Problem> {
    if value.len() < "2019-03-20T20:39:38".len() || value.contains('[') {
        return Err(Problem::date());
    }
    if let Ok(time) = value.parse::<Timestamp>() {
        return Ok(time);
    }
    let time: DateTime = value.parse().map_err(|_| Problem::date())?;
    SHOP_TIME.to_timestamp(time).map_err(|_| Problem::date())
}
