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
    /// The orders that were made since an unknown registration of a site began, and may be its.
    ///
    /// # Errors
    /// [`Error::Local`] if the journal cannot be read; what a read can fail with.
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
        let mut found = Vec::new();
        let is_candidate = |(created, order): &(Option<i64>, Candidate)| {
            order.matches_email || created.is_none_or(|created| created >= earliest)
        };
        let give = |order: &Order| (order.date_created_timestamp, candidate(order, record));
        let mut size = 0;
        while let Some(page) = pages.next_page(give, interrupted)? {
            for (_, order) in page.into_iter().filter(is_candidate) {
                size += size_of::<Candidate>() + order.status.len() + order.date_created_gmt.len();
                size += order.customer_email.len();
                found.push(order);
            }
            if size > MOST_FOUND {
                return Err(Error::Local {
                    message: format!(
                        "{} orders and more may be it, which is too many to look through here.",
                        found.len()
                    ),
                    retryable: false,
                });
            }
        }
        Ok(found)
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
