//! Looking for the order that a registration of unknown outcome may have made.

use std::borrow::Cow;

use serde::Serialize;

use super::{HostPlanClient, iso_8601};
use crate::endpoints::orders::{self, Filters, Order};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::journal::{Record, SiteJournal};
use crate::site_url::SiteUrl;

/// How far the clocks of two machines may be apart, in seconds.
const CLOCK_SKEW: i64 = 2 * 3600;
/// The service's clock may be in any time zone, and whether `after` is read in it is not documented.
const ANY_TIME_ZONE: i64 = 26 * 3600;

/// What the texts of all orders that are found may take, in bytes.
const MOST_FOUND: usize = 32 * 1024 * 1024;

/// An order that may be the registration's.
#[derive(Debug, Serialize)]
pub struct Candidate {
    /// The order.
    pub id: Id,
    /// Such as `completed`.
    pub status: String,
    /// When it was made, in UTC without a zone suffix.
    pub date_created_gmt: String,
    /// The customer at `WooCommerce.com`.
    pub customer_id: Option<Id>,
    /// The customer's e-mail address.
    pub customer_email: String,
    /// Whether that is the address in the registration.
    pub matches_email: bool,
}

impl HostPlanClient {
    /// The orders that were made since an unknown registration of a site began, and may be its. Where they are more than some
    /// hundred thousand, only those with the e-mail address of the registration.
    ///
    /// # Errors
    /// [`Error::Local`] if the journal cannot be read, or if there are so many orders and none has that address; what a read can
    /// fail with.
    pub fn lookup(&self, home_url: &SiteUrl, interrupted: &mut dyn FnMut() -> bool) -> Result<Vec<Candidate>> {
        self.config.key()?;
        let Some(record) = SiteJournal::open(self.config.journal()?, home_url)?.read()? else {
            return Ok(Vec::new());
        };
        match self.candidates(&record, Some(orders::STATUSES), interrupted) {
            // Which statuses the service knows is not documented.
            Err(Error::Api { http_status: 400, .. }) => self.candidates(&record, None, interrupted),
            other => other,
        }
    }

    fn candidates(
        &self,
        record: &Record,
        status: Option<&str>,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Candidate>> {
        let mut pages = self.orders(Filters {
            after: Some(iso_8601(record.started - ANY_TIME_ZONE)),
            status: status.map(str::to_owned),
            ..Filters::default()
        });
        let earliest = record.started - CLOCK_SKEW;
        let is_candidate = |(created, order): &(Option<i64>, Candidate)| {
            order.matches_email || created.is_none_or(|created| created >= earliest)
        };
        let give = |order: &Order| (order.date_created_timestamp, candidate(order, record));
        let mut found = Found::default();
        while let Some(page) = pages.next_page(give, interrupted)? {
            for (_, order) in page.into_iter().filter(is_candidate) {
                found.add(order)?;
            }
        }
        found.into_orders()
    }
}

/// What is found, in bounded memory.
#[derive(Default)]
struct Found {
    orders: Vec<Candidate>,
    /// What they take, in bytes.
    size: usize,
    /// Of those that there are.
    total: u64,
    /// Whether those without the e-mail address are left out, since there are too many.
    only_matching: bool,
}

impl Found {
    fn add(&mut self, order: Candidate) -> Result<()> {
        self.total += 1;
        if self.only_matching && !order.matches_email {
            return Ok(());
        }
        self.size += order.size();
        self.orders.push(order);
        if self.size > MOST_FOUND && !self.only_matching {
            self.only_matching = true;
            self.orders.retain(|order| order.matches_email);
            self.size = self.orders.iter().map(Candidate::size).sum();
        }
        if self.size > MOST_FOUND {
            return Err(self.too_many());
        }
        Ok(())
    }

    /// None at all is said only where there is none.
    fn into_orders(self) -> Result<Vec<Candidate>> {
        if self.only_matching && self.orders.is_empty() {
            return Err(self.too_many());
        }
        Ok(self.orders)
    }

    fn too_many(&self) -> Error {
        Error::Local {
            message: format!("{} orders may be it, which is too many to list.", self.total),
            retryable: false,
        }
    }
}

impl Candidate {
    fn size(&self) -> usize {
        size_of::<Self>() + self.status.len() + self.date_created_gmt.len() + self.customer_email.len()
    }
}

fn candidate(order: &Order, record: &Record) -> Candidate {
    let text = |text: &Option<Cow<str>>| text.as_deref().unwrap_or_default().to_owned();
    let customer_email = text(&order.customer_email);
    let matches_email = record
        .email
        .as_ref()
        .is_some_and(|email| email.eq_ignore_ascii_case(&customer_email));
    Candidate {
        id: order.id.clone(),
        status: order.status.clone().into_owned(),
        date_created_gmt: text(&order.date_created_gmt),
        customer_id: order.customer_id.clone(),
        customer_email,
        matches_email,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Orders of 1 MiB each.
    fn found(matching: &[bool]) -> Result<Vec<Id>> {
        let mut found = Found::default();
        for (number, matches_email) in (1..).zip(matching) {
            found.add(Candidate {
                id: id(number),
                status: "completed".to_owned(),
                date_created_gmt: String::new(),
                customer_id: None,
                customer_email: "a".repeat(1024 * 1024),
                matches_email: *matches_email,
            })?;
        }
        Ok(found.into_orders()?.into_iter().map(|order| order.id).collect())
    }

    fn id(number: u64) -> Id {
        Id::from_value(&number.into()).unwrap()
    }

    #[test]
    fn all_orders_are_given_where_they_are_not_too_many() {
        assert_eq!(found(&[]).unwrap(), []);
        assert_eq!(found(&[false, true, false]).unwrap(), [1, 2, 3].map(id));
    }

    #[test]
    fn only_those_with_its_address_are_given_where_there_are_too_many() {
        let mut orders = [false; 1000];
        for place in [3, 500, 999] {
            orders[place] = true;
        }
        assert_eq!(found(&orders).unwrap(), [4, 501, 1000].map(id));
    }

    #[test]
    fn too_many_are_an_error_and_not_an_empty_or_a_shortened_list() {
        for orders in [[false; 40], [true; 40]] {
            let error = found(&orders).unwrap_err().to_string();
            assert!(error.contains("orders may be it, which is too many to list"), "{error}");
        }
    }
}
