//! `GET /v2.0/orders`, one order, and where its products are in use.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::LINK;
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::app::App;
use crate::clock::{SHOP_TIME, gmt, shop_time};
use crate::credentials::Partner;
use crate::origin::Origin;
use crate::parameters::{Problem, Problems};
use crate::rest_error::{RestError, report};
use crate::state::orders::{COMPLETED, Filter, Order, STATUSES};
use crate::state::products::Products;

/// `GET /v2.0/orders`
pub async fn list(
    _: Partner,
    State(app): State<Arc<App>>,
    Origin(origin): Origin,
    uri: Uri,
) -> Result<Response, RestError> {
    let query = Query::parse(uri.query().unwrap_or_default())?;
    let mut state = app.state();
    let state = &mut *state;
    let (total, orders) = state.orders.page(&query.filter, query.skip(), query.per_page);
    let items: Vec<Item> = orders.iter().map(|order| Item::new(order, &state.products)).collect();
    let pages = total.div_ceil(query.per_page);

    let mut response = report(&items);
    let headers_out = response.headers_mut();
    headers_out.insert(HeaderName::from_static("x-wp-total"), total.into());
    headers_out.insert(HeaderName::from_static("x-wp-totalpages"), pages.into());
    if let Some(link) = links(&format!("{origin}{}", uri.path()), &query, pages)
        && let Ok(link) = HeaderValue::from_str(&link)
    {
        headers_out.insert(LINK, link);
    }
    Ok(response)
}

/// `GET /v2.0/orders/<id>`
pub async fn get(_: Partner, State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, RestError> {
    let id = path_id(&id)?;
    let state = app.state();
    let order = state.orders.get(id).ok_or_else(RestError::no_order)?;
    let mut item = Item::new(order, &state.products);
    // PHP's empty array is a list.
    item.metadata = Some(if order.metadata.is_empty() {
        json!([])
    } else {
        json!(order.metadata())
    });
    Ok(report(&item))
}

/// `GET /v2.0/orders/<id>/connections`
pub async fn connections(
    _: Partner,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, RestError> {
    let id = path_id(&id)?;
    let state = app.state();
    let order = state.orders.get(id).ok_or_else(RestError::no_order)?;
    let connections: Vec<Value> = order
        .connections()
        .map(|(subscription, _)| json!({ "product_slug": &*subscription.slug, "url": order.url }))
        .collect();
    Ok(report(&connections))
}

/// A number in a path; with anything else the path is none.
pub fn path_id(text: &str) -> Result<u64, RestError> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.parse().unwrap_or(u64::MAX))
    } else {
        Err(RestError::no_route())
    }
}

/// An order, in the documented order.
#[derive(Serialize)]
struct Item<'a> {
    id: u64,
    status: &'static str,
    date_created: String,
    date_created_gmt: String,
    date_modified: String,
    date_modified_gmt: String,
    customer_id: u64,
    customer_email: &'a str,
    line_items: Vec<LineItem<'a>>,
    /// In the answer for one order only.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
}

#[derive(Serialize)]
struct LineItem<'a> {
    name: &'a str,
}

impl<'a> Item<'a> {
    fn new(order: &'a Order, products: &'a Products) -> Self {
        let subscriptions = order.subscriptions.iter();
        let names = subscriptions.filter_map(|subscription| Some(&*products.get(&subscription.slug)?.name));
        Self {
            id: order.id,
            status: order.status,
            date_created: shop_time(order.created),
            date_created_gmt: gmt(order.created),
            date_modified: shop_time(order.modified),
            date_modified_gmt: gmt(order.modified),
            customer_id: order.customer_id,
            customer_email: &order.customer_email,
            line_items: std::iter::once("eCommerce Plan")
                .chain(names)
                .map(|name| LineItem { name })
                .collect(),
            metadata: None,
        }
    }
}

fn links(url: &str, asked: &Query, pages: usize) -> Option<String> {
    let link = |page: usize, rel: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(asked.others.iter())
            .append_pair("page", &page.to_string());
        format!("<{url}?{}>; rel=\"{rel}\"", query.finish())
    };
    let mut links = Vec::new();
    if asked.page > 1 {
        links.push(link((asked.page - 1).min(pages.max(1)), "prev"));
    }
    if asked.page < pages {
        links.push(link(asked.page + 1, "next"));
    }
    (!links.is_empty()).then(|| links.join(", "))
}

struct Query {
    filter: Filter,
    page: usize,
    per_page: usize,
    offset: Option<usize>,
    /// Everything but the page, for the links.
    others: Vec<(String, String)>,
}

impl Query {
    fn parse(query: &str) -> Result<Self, RestError> {
        let mut asked = Self {
            filter: Filter::default(),
            page: 1,
            per_page: 20,
            offset: None,
            others: Vec::new(),
        };
        let mut problems = Problems::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // PHP's lists: status[]=completed&status[]=cancelled
            let name = name.split_once('[').map_or(&*name, |(name, _)| name);
            problems.check(name, asked.set(name, &value));
            if name != "page" {
                let name = if name == "status" { "status[]" } else { name };
                asked.others.push((name.to_owned(), value.into_owned()));
            }
        }
        if asked.filter.statuses.is_empty() {
            asked.filter.statuses.push(COMPLETED);
        }
        if problems.is_empty() {
            Ok(asked)
        } else {
            Err(problems.into())
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match name {
            "before" => self.filter.before = Some(date(value)?),
            "after" => self.filter.after = Some(date(value)?),
            "status" => {
                for status in value.split(',').map(str::trim) {
                    let known = STATUSES.into_iter().find(|known| *known == status);
                    let status = known.ok_or_else(|| Problem::not_in_enum(name, &STATUSES))?;
                    self.filter.statuses.push(status);
                }
            }
            "customer_id" => self.filter.customer_id = Some(number(name, value, 1, u64::MAX)?),
            "page" => self.page = size(number(name, value, 1, u32::MAX.into())?),
            "per_page" => self.per_page = size(number(name, value, 1, 100)?),
            "offset" => self.offset = Some(size(number(name, value, 0, u32::MAX.into())?)),
            _ => return Err(Problem::unknown(name)),
        }
        Ok(())
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
