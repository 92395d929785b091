//! The orders of a key, a page at a time.

use std::collections::HashSet;

use super::{HostPlanClient, whole};
use crate::endpoints::ApiVersion;
use crate::endpoints::orders::{Filters, Order, PER_PAGE, parse_page};
use crate::error::Result;
use crate::ids::Id;
use crate::operation::ORDERS;
use crate::outcome::{judge, unexpected};
use crate::session::Session;

/// Stops a service that never ends its list.
const MAX_PAGES: u64 = 100_000;

/// Asks for the next page when it is wanted. The connection is kept meanwhile.
pub struct OrderPages {
    client: HostPlanClient,
    filters: Filters,
    session: Option<Session>,
    page: u64,
    at_end: bool,
    total: Option<u64>,
    /// The orders of the page before: a new order moves them to this one.
    seen: HashSet<Id>,
}

impl OrderPages {
    pub(super) fn new(client: HostPlanClient, filters: Filters) -> Self {
        Self {
            client,
            filters,
            session: None,
            page: 0,
            at_end: false,
            total: None,
            seen: HashSet::new(),
        }
    }

    /// How many orders there are in all, as the service said with the first page.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Begins again.
    pub fn rewind(&mut self) {
        self.page = 0;
        self.at_end = false;
        self.total = None;
        self.seen.clear();
    }

    /// What `give` makes of the next page that has orders which the page before did not have; `None` at the end.
    ///
    /// # Errors
    /// What a read can fail with. The same page can be asked for again.
    pub fn next_page<T>(
        &mut self,
        give: impl Fn(&Order) -> T,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<T>>> {
        while !self.at_end {
            let orders = self.fetch(&give, interrupted)?;
            if !orders.is_empty() {
                return Ok(Some(orders));
            }
        }
        Ok(None)
    }

    fn fetch<T>(&mut self, give: impl Fn(&Order) -> T, interrupted: &mut dyn FnMut() -> bool) -> Result<Vec<T>> {
        let config = &self.client.config;
        let key = config.key()?;
        let mut request = self.client.request(&ORDERS, ApiVersion::V2, "", None)?;
        self.filters.add_to(request.url_mut(), self.page);
        let session = match self.session.take().filter(Session::is_own) {
            Some(session) => session,
            None => Session::open(&config.network, &config.base_url)?,
        };
        let result = session.send(&ORDERS.effect, request, interrupted);
        self.session = Some(session);
        let answer = judge(&ORDERS, "", result?, &[key])?;
        let orders = whole(&answer)
            .and_then(parse_page)
            .map_err(|malformed| unexpected(&ORDERS, "", &answer, malformed))?;

        if self.page == 0 {
            self.total = answer.total;
        }
        self.page += 1;
        self.at_end = self.page >= MAX_PAGES
            || match answer.total_pages {
                Some(pages) if self.filters.offset.is_none() => self.page >= pages,
                _ => orders.len() < PER_PAGE,
            };
        let ids = orders.iter().map(|order| order.id.clone()).collect();
        let before = std::mem::replace(&mut self.seen, ids);
        let new = orders.iter().filter(|order| !before.contains(&order.id));
        Ok(new.map(give).collect())
    }
}
