//! `GET /orders`, `GET /orders/<order_id>` and `GET /orders/<order_id>/connections`. Read; v2.0 only.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::Malformed;
use super::answer::{self, free_map, list, optional_id, optional_text, text, unix_time};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::ids::Id;

/// The most orders that the service gives on a page.
pub const PER_PAGE: usize = 100;
/// The statuses of orders in WooCommerce, since the service lists only completed ones by default.
pub const STATUSES: &str = "pending,processing,on-hold,completed,cancelled,refunded,failed";

/// An order; its texts lie in the answer.
#[derive(Debug, Deserialize, Serialize)]
pub struct Order<'a> {
    /// Its number.
    pub id: Id,
    /// Such as `completed`.
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    /// When it was made, in the shop's time.
    #[serde(borrow, default, deserialize_with = "optional_text")]
    pub date_created: Option<Cow<'a, str>>,
    /// When it was made, in UTC without a zone suffix: `2026-11-21T20:00:00`.
    #[serde(borrow, default, deserialize_with = "optional_text")]
    pub date_created_gmt: Option<Cow<'a, str>>,
    /// The same as Unix time.
    #[serde(skip_deserializing)]
    pub date_created_timestamp: Option<i64>,
    /// When it was changed, in the shop's time.
    #[serde(borrow, default, deserialize_with = "optional_text")]
    pub date_modified: Option<Cow<'a, str>>,
    /// When it was changed, in UTC.
    #[serde(borrow, default, deserialize_with = "optional_text")]
    pub date_modified_gmt: Option<Cow<'a, str>>,
    /// The same as Unix time.
    #[serde(skip_deserializing)]
    pub date_modified_timestamp: Option<i64>,
    /// The customer at `WooCommerce.com`.
    #[serde(default, deserialize_with = "optional_id")]
    pub customer_id: Option<Id>,
    /// The customer's e-mail address.
    #[serde(borrow, default, deserialize_with = "optional_text")]
    pub customer_email: Option<Cow<'a, str>>,
    /// What was ordered.
    #[serde(borrow, default, deserialize_with = "list")]
    pub line_items: Vec<LineItem<'a>>,
    /// What the partner sent along; only where one order was asked for.
    #[serde(default, deserialize_with = "optional_map", skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// A product of an order.
#[derive(Debug, Deserialize, Serialize)]
pub struct LineItem<'a> {
    /// The product's name.
    #[serde(borrow, deserialize_with = "text")]
    pub name: Cow<'a, str>,
}

/// A product in use.
#[derive(Debug, Deserialize, Serialize)]
pub struct Connection {
    /// The product.
    #[serde(deserialize_with = "text")]
    pub product_slug: String,
    /// The site.
    #[serde(deserialize_with = "text")]
    pub url: String,
}

fn optional_map<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Map<String, Value>>, D::Error> {
    free_map(deserializer).map(Some)
}

impl Order<'_> {
    fn with_timestamps(mut self) -> Self {
        self.date_created_timestamp = self.date_created_gmt.as_deref().and_then(unix_time);
        self.date_modified_timestamp = if self.date_modified_gmt == self.date_created_gmt {
            self.date_created_timestamp
        } else {
            self.date_modified_gmt.as_deref().and_then(unix_time)
        };
        self
    }
}

/// Which orders are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// Made after this time: ISO 8601, in UTC.
    pub after: Option<String>,
    /// Made before this time: ISO 8601, in UTC.
    pub before: Option<String>,
    /// One or more, separated by commas; the service's default is `completed`.
    pub status: Option<String>,
    /// Those of one customer.
    pub customer_id: Option<Id>,
    /// How many are left out at the beginning.
    pub offset: Option<u64>,
}

impl Filters {
    /// Checks filters.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the filter. Nothing has been sent.
    pub fn new(filters: Map<String, Value>) -> Result<Self> {
        let mut fields = Fields::new("", filters);
        fields.refuse_unknown(&["after", "before", "status", "customer_id", "offset"])?;
        Ok(Self {
            after: time(&mut fields, "after")?,
            before: time(&mut fields, "before")?,
            status: statuses(&mut fields)?,
            customer_id: Id::optional(&mut fields, "customer_id")?,
            offset: fields.whole_number("offset")?.and_then(|offset| offset.try_into().ok()),
        })
    }

    /// The query for a page, from 0. With an `offset` a page is a larger offset: in `WordPress`, one overrides the other.
    pub fn add_to(&self, url: &mut Url, page: u64, page_size: u64) {
        let mut query = url.query_pairs_mut();
        for (name, value) in [
            ("after", &self.after),
            ("before", &self.before),
            ("status", &self.status),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if let Some(id) = &self.customer_id {
            query.append_pair("customer_id", &id.to_string());
        }
        query.append_pair("per_page", &PER_PAGE.to_string());
        match self.offset {
            Some(offset) => query.append_pair("offset", &(offset + page * page_size).to_string()),
            None => query.append_pair("page", &(page + 1).to_string()),
        };
    }
}

/// A time with its zone, or a date, which is midnight UTC; what a time without a zone means to the service is not
/// documented.
fn time(fields: &mut Fields, name: &str) -> Result<Option<String>> {
    let Some(text) = fields.string(name)? else {
        return Ok(None);
    };
    let date = text
        .parse::<jiff::civil::Date>()
        .ok()
        .filter(|_| !text.contains([':', 'T', ' ']));
    let time = match date {
        Some(date) => date
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp()),
        None => text.parse::<jiff::Timestamp>().ok(),
    };
    match time.and_then(|time| jiff::Timestamp::from_second(time.as_second()).ok()) {
        Some(time) => Ok(Some(time.to_string())),
        None => Err(Error::invalid(
            fields.path(name),
            "must be a date such as 2026-01-31, or a time with its zone such as 2026-01-31T10:00:00Z",
        )),
    }
}

fn statuses(fields: &mut Fields) -> Result<Option<String>> {
    let given = match fields.take("status") {
        None => return Ok(None),
        Some(Value::String(text)) => text.split(',').map(|status| status.trim().to_owned()).collect(),
        Some(Value::Array(list)) => list
            .into_iter()
            .map(|status| status.as_str().unwrap_or_default().to_owned())
            .collect(),
        Some(_) => Vec::new(),
    };
    let is_status = |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if given.is_empty() || !given.iter().all(is_status) {
        return Err(Error::invalid(
            fields.path("status"),
            "must be a status such as completed or cancelled, or a list of them",
        ));
    }
    Ok(Some(given.join(",")))
}

/// Reads a page.
///
/// # Errors
/// [`Malformed`] if it is not the documented answer.
pub fn parse_page(body: &[u8]) -> std::result::Result<Vec<Order<'_>>, Malformed> {
    let orders: Vec<Order> = answer::parse_list(body)?;
    Ok(orders.into_iter().map(Order::with_timestamps).collect())
}

/// Reads one order.
///
/// # Errors
/// [`Malformed`] if it is not the documented answer.
pub fn parse_order(body: &[u8]) -> std::result::Result<Order<'_>, Malformed> {
    let mut order = answer::parse::<Order<'_>>(body)?.with_timestamps();
    order.metadata.get_or_insert_default();
    Ok(order)
}

/// Reads the connections of an order.
///
/// # Errors
/// [`Malformed`] if it is not the documented answer.
pub fn parse_connections(body: &[u8]) -> std::result::Result<Vec<Connection>, Malformed> {
    answer::parse_list(body)
}
