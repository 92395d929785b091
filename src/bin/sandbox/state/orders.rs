//! Orders, with the subscriptions that they give.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::{gmt, now};
use crate::hex::{hex, random};

/// The number of the documented sample.
const FIRST_ORDER_ID: u64 = 2_666_930;
/// The largest integer of PHP, and room for the next.
const MAX_ORDER_ID: u64 = i64::MAX as u64 - 1;

/// The bytes of a subscription's key.
const KEY_SIZE: usize = 16;

/// The status of an order that is in force.
pub const COMPLETED: &str = "completed";
/// The status after a cancel.
pub const CANCELLED: &str = "cancelled";

/// Statuses that an order can have.
pub const STATUSES: [&str; 7] = [
    "pending",
    "processing",
    "on-hold",
    COMPLETED,
    CANCELLED,
    "refunded",
    "failed",
];

/// An order of the plan.
pub struct Order {
    /// Its number.
    pub id: u64,
    /// One of [`STATUSES`].
    pub status: &'static str,
    /// When it was made, to the second.
    pub created: Timestamp,
    /// When it was changed last.
    pub modified: Timestamp,
    /// The customer's number.
    pub customer_id: u64,
    /// The customer's address.
    pub customer_email: String,
    /// The site's address, as it was sent last.
    pub url: String,
    /// The site; seeded orders have none. It changes by [`Orders::move_to_site`] only.
    pub site_id: Option<u64>,
    /// The version of the API; seeded orders have none.
    pub api_version: Option<&'static str>,
    /// One for each product.
    pub subscriptions: Vec<Subscription>,
    /// What the partner sent along; as a map it would take some times the memory.
    pub metadata: Vec<(String, Value)>,
}

/// The right to a product's updates and support, on one site.
pub struct Subscription {
    /// The product.
    pub slug: Arc<str>,
    key: [u8; KEY_SIZE],
    /// Since when the order's site uses it; `None` if it does not.
    pub connected: Option<Timestamp>,
}

impl Subscription {
    /// What a site activates it with.
    pub fn key(&self) -> String {
        hex(&self.key)
    }
}

/// The products of an order, each with a subscription key.
pub fn with_keys(slugs: Vec<Arc<str>>) -> Result<Vec<Subscription>, String> {
    let keys = random(slugs.len() * KEY_SIZE)?;
    let subscription = |(slug, key): (_, &[u8])| Subscription {
        slug,
        key: key.try_into().unwrap_or_default(),
        connected: None,
    };
    Ok(slugs.into_iter().zip(keys.chunks(KEY_SIZE)).map(subscription).collect())
}

impl Order {
    /// For the control API: everything but the keys.
    pub fn describe(&self) -> Value {
        let products: Vec<&str> = self
            .subscriptions
            .iter()
            .map(|subscription| &*subscription.slug)
            .collect();
        let connected: Vec<&str> = self
            .connections()
            .map(|(subscription, _)| &*subscription.slug)
            .collect();
        json!({
            "id": self.id,
            "status": self.status,
            "date_created_gmt": gmt(self.created),
            "date_modified_gmt": gmt(self.modified),
            "url": self.url,
            "site_id": self.site_id,
            "customer_id": self.customer_id,
            "customer_email": self.customer_email,
            "api_version": self.api_version,
            "products": products,
            "connected": connected,
            "metadata": self.metadata(),
        })
    }

    /// What the partner sent along.
    pub fn metadata(&self) -> Map<String, Value> {
        self.metadata.iter().cloned().collect()
    }

    /// The subscriptions in use, with the time since when.
    pub fn connections(&self) -> impl Iterator<Item = (&Subscription, Timestamp)> {
        self.subscriptions
            .iter()
            .filter_map(|subscription| Some((subscription, subscription.connected?)))
    }

    /// The subscription to this product.
    pub fn subscription_mut(&mut self, slug: &str) -> Option<&mut Subscription> {
        self.subscriptions
            .iter_mut()
            .find(|subscription| *subscription.slug == *slug)
    }

    /// Ends the order and its subscriptions; nothing changes if it has ended before.
    pub fn cancel(&mut self) {
        if self.status == CANCELLED {
            return;
        }
        self.status = CANCELLED;
        self.modified = now();
        for subscription in &mut self.subscriptions {
            subscription.connected = None;
        }
    }
}

/// Which orders to list.
#[derive(Clone, Default, PartialEq)]
pub struct Filter {
    /// Made before this.
    pub before: Option<Timestamp>,
    /// Made after this.
    pub after: Option<Timestamp>,
    /// In one of these.
    pub statuses: Vec<&'static str>,
    /// Of this customer.
    pub customer_id: Option<u64>,
}

impl Filter {
    fn wants(&self, order: &Order) -> bool {
        self.before.is_none_or(|before| order.created < before)
            && self.after.is_none_or(|after| order.created > after)
            && self.statuses.contains(&order.status)
            && self.customer_id.is_none_or(|id| order.customer_id == id)
    }
}

/// All orders.
#[derive(Default)]
pub struct Orders {
    /// By number.
    all: Vec<Order>,
    /// Their places there, the oldest first.
    by_time: Vec<usize>,
    /// Their places there, by site; the oldest first.
    by_site: HashMap<u64, Vec<usize>>,
    /// What was asked for last, and found, until an order changes: whoever reads all pages asks for it again and again.
    found: Option<(Filter, Vec<usize>)>,
}

impl Orders {
    /// By number.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> + ExactSizeIterator {
        self.all.iter()
    }

    /// The order with this number.
    pub fn get(&self, id: u64) -> Option<&Order> {
        self.all.get(self.index(id)?)
    }

    /// The order with this number.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Order> {
        let index = self.index(id)?;
        self.found = None;
        self.all.get_mut(index)
    }

    /// A site's orders.
    pub fn of_site(&self, site_id: u64) -> impl Iterator<Item = &Order> {
        let places = self.by_site.get(&site_id).into_iter().flatten();
        places.filter_map(|index| self.all.get(*index))
    }

    /// The largest number of orders that a site has.
    pub fn most_of_a_site(&self) -> usize {
        self.by_site.values().map(Vec::len).max().unwrap_or(0)
    }

    /// The order is another site's now.
    pub fn move_to_site(&mut self, id: u64, site_id: u64) {
        let Some((index, order)) = self.index(id).and_then(|index| Some((index, self.all.get_mut(index)?))) else {
            return;
        };
        if let Some(places) = order.site_id.and_then(|earlier| self.by_site.get_mut(&earlier)) {
            places.retain(|place| *place != index);
        }
        order.site_id = Some(site_id);
        let places = self.by_site.entry(site_id).or_default();
        places.insert(places.partition_point(|place| *place < index), index);
    }

    /// The number that the next order gets.
    pub fn next_id(&self) -> u64 {
        self.all.last().map_or(FIRST_ORDER_ID, |order| order.id + 1)
    }

    /// Adds an order whose number is above all others.
    pub fn add(&mut self, order: Order) -> Result<(), String> {
        let next_id = self.next_id();
        if order.id < next_id || order.id > MAX_ORDER_ID {
            return Err(format!("the next order's id is from {next_id} to {MAX_ORDER_ID}"));
        }
        self.found = None;
        // Most orders are the newest; of two in one second the one with the higher number is.
        let is_older = |index: &usize| self.all.get(*index).is_some_and(|other| other.created <= order.created);
        let place = if self.by_time.last().is_none_or(is_older) {
            self.by_time.len()
        } else {
            self.by_time.partition_point(is_older)
        };
        self.by_time.insert(place, self.all.len());
        if let Some(site_id) = order.site_id {
            self.by_site.entry(site_id).or_default().push(self.all.len());
        }
        self.all.push(order);
        Ok(())
    }

    /// How many orders are wanted, and some of them: the newest first.
    pub fn page(&mut self, filter: &Filter, skip: usize, count: usize) -> (usize, Vec<&Order>) {
        let found = match self.found.take() {
            Some((last, found)) if last == *filter => found,
            _ => {
                let newest_first = self.by_time.iter().rev().copied();
                let wanted = |index: &usize| self.all.get(*index).is_some_and(|order| filter.wants(order));
                newest_first.filter(wanted).collect()
            }
        };
        let (_, found) = self.found.insert((filter.clone(), found));
        let page = found.iter().skip(skip).take(count);
        (found.len(), page.filter_map(|index| self.all.get(*index)).collect())
    }

    fn index(&self, id: u64) -> Option<usize> {
        self.all.binary_search_by_key(&id, |order| order.id).ok()
    }
}
