//! `GET /totals`: how many orders and connected products there are, in all and by month. Reads; v2.0 only.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Malformed;
use super::answer::{self, Count, map};

/// The totals of a key.
#[derive(Debug, Deserialize, Serialize)]
pub struct Totals {
    /// Orders, by status.
    #[serde(deserialize_with = "counts")]
    pub total_orders: Counts,
    /// Connected products, by slug.
    #[serde(deserialize_with = "counts")]
    pub total_connections: Counts,
    /// Orders by month and status.
    #[serde(default, deserialize_with = "by_month")]
    pub total_orders_by_month: BTreeMap<String, Counts>,
    /// Connected products by month and slug.
    #[serde(default, deserialize_with = "by_month")]
    pub total_connections_by_month: BTreeMap<String, Counts>,
}

type Counts = serde_json::Map<String, serde_json::Value>;

fn counts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Counts, D::Error> {
    let counts: Vec<(String, Count)> = map(deserializer)?;
    Ok(counts
        .into_iter()
        .map(|(name, Count(count))| (name, count.into()))
        .collect())
}

struct MonthCounts(Counts);

impl<'de> Deserialize<'de> for MonthCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        counts(deserializer).map(Self)
    }
}

fn by_month<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Counts>, D::Error> {
    let months: Vec<(String, MonthCounts)> = map(deserializer)?;
    months
        .into_iter()
        .map(|(name, MonthCounts(counts))| Ok((month(&name).ok_or_else(|| D::Error::custom("not a month"))?, counts)))
        .collect()
}

/// `6-2019` is 2019-06, so that months sort.
fn month(name: &str) -> Option<String> {
    let (first, second) = name.split_once('-')?;
    let (month, year) = if first.len() == 4 {
        (second, first)
    } else {
        (first, second)
    };
    let month: u8 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    let year: u16 = year.parse().ok()?;
    Some(format!("{year:04}-{month:02}"))
}

/// Reads the answer.
///
/// # Errors
/// [`Malformed`] if it is not the documented one.
pub fn parse(body: &[u8]) -> Result<Totals, Malformed> {
    answer::parse(body)
}
