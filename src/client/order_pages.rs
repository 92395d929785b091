//! The orders of a key, a page at a time.

use std::collections::{HashSet, VecDeque};

use super::{HostPlanClient, whole};
use crate::endpoints::orders::{Filters, Order, PER_PAGE, parse_page};
use crate::endpoints::{ApiVersion, Malformed};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::operation::ORDERS;
use crate::outcome::{judge, unexpected};
use crate::session::Session;
use crate::transport::Answer;

/// How many of the orders that were given last are known, so that none is given twice when the list moves.
const REMEMBERED: usize = 5000;

/// How many pages are read, again or for the first time: of ten million orders. A list that has more of them does not end.
const MOST_PAGES: u32 = 100_000;

/// Asks for the next page when it is wanted. The connection is kept meanwhile.
///
/// The list can move while it is read: a new order pushes the others towards the end, and one that no longer fits the filter,
/// because it has been cancelled for instance, lets them move up. The service's own count tells: when it has fallen, as many
/// orders are read again.
pub struct OrderPages {
    client: HostPlanClient,
    filters: Filters,
    session: Option<Session>,
    /// The page that is asked for next, from 0.
    page: u64,
    /// How many orders the service gives on a page: [`PER_PAGE`], unless it has said otherwise.
    page_size: u64,
    at_end: bool,
    total: Option<u64>,
    /// The count that came with the latest page.
    latest_total: Option<u64>,
    /// How many orders may still come again, because the list has moved.
    repeats: u64,
    /// How many pages have come.
    pages: u32,
    given: Given,
}

impl OrderPages {
    pub(super) fn new(client: HostPlanClient, filters: Filters) -> Self {
        Self {
            client,
            filters,
            session: None,
            page: 0,
            page_size: PER_PAGE as u64,
            at_end: false,
            total: None,
            latest_total: None,
            repeats: 0,
            pages: 0,
            given: Given::default(),
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
        self.page_size = PER_PAGE as u64;
        self.at_end = false;
        self.total = None;
        self.latest_total = None;
        self.repeats = 0;
        self.pages = 0;
        self.given = Given::default();
    }

    /// What `give` makes of the next orders that were not given yet; `None` at the end.
    ///
    /// # Errors
    /// What a read can fail with. The same page can be asked for again.
    pub fn next_page<T>(
        &mut self,
        give: impl Fn(&Order) -> T,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<T>>> {
        while !self.at_end {
            // While a page comes within a slice of waiting, nobody asks.
            if interrupted() {
                return Err(Error::Interrupted { sent: false });
            }
            let answer = self.ask(interrupted)?;
            let orders = whole(&answer)
                .and_then(parse_page)
                .and_then(|orders| self.take(orders, &answer))
                .map_err(|malformed| {
                    let key: Vec<_> = self.client.config.key().into_iter().collect();
                    unexpected(&ORDERS, "", &answer, &malformed, &key)
                })?;
            if !orders.is_empty() {
                return Ok(Some(orders.iter().map(give).collect()));
            }
        }
        Ok(None)
    }

    fn ask(&mut self, interrupted: &mut dyn FnMut() -> bool) -> Result<Answer> {
        let config = &self.client.config;
        let key = config.key()?;
        let mut url = self.client.url(&ORDERS, ApiVersion::V2, "");
        self.filters.add_to(&mut url, self.page, self.page_size);
        let request = self.client.request(&ORDERS.method, &url, None)?;
        let session = match self.session.take().filter(Session::is_own) {
            Some(session) => session,
            None => Session::open(&config.network, &config.base_url)?,
        };
        let result = session.send(&ORDERS.effect, request, interrupted);
        self.session = Some(session);
        judge(&ORDERS, "", result?, &[key])
    }

    /// The orders of a page that were not given yet, and where to go on.
    fn take<'a>(&mut self, orders: Vec<Order<'a>>, answer: &Answer) -> std::result::Result<Vec<Order<'a>>, Malformed> {
        self.pages += 1;
        if self.pages > MOST_PAGES {
            return Err(Malformed::answer(format!(
                "its list does not end after {MOST_PAGES} pages"
            )));
        }
        let before = std::mem::replace(&mut self.latest_total, answer.total);
        if self.page == 0 && self.total.is_none() {
            self.total = answer.total;
        }
        if let (Some(before), Some(now)) = (before, answer.total) {
            self.repeats = self.repeats.saturating_add(now.saturating_sub(before));
            let gone = before.saturating_sub(now);
            if gone > 0 && self.page > 0 {
                return self.step_back(gone).map(|()| Vec::new());
            }
        }
        let count = orders.len() as u64;
        if self.page == 0 && count > 0 && answer.total.is_some_and(|total| total > count) {
            self.page_size = count.min(self.page_size);
        }
        let read = self.filters.offset.unwrap_or(0) + self.page * self.page_size + count;
        self.page += 1;
        self.at_end = match (answer.total, answer.total_pages) {
            (Some(total), _) => read >= total,
            (None, Some(pages)) if self.filters.offset.is_none() => self.page >= pages,
            _ => count < self.page_size,
        };
        let new: Vec<Order> = orders
            .into_iter()
            .filter(|order| self.given.is_new(&order.id))
            .collect();
        if new.is_empty() && !self.at_end {
            if count == 0 || self.repeats < count {
                return Err(Malformed::answer(
                    "its page has no further orders, although there are more",
                ));
            }
            self.repeats -= count;
        }
        Ok(new)
    }

    /// Orders before this page are gone, and those after them have moved up.
    fn step_back(&mut self, gone: u64) -> std::result::Result<(), Malformed> {
        if gone > REMEMBERED as u64 {
            return Err(Malformed::answer(format!(
                "{gone} orders are gone since the page before, so that others may have been left out: read the list again"
            )));
        }
        let pages = gone.div_ceil(self.page_size);
        self.page = self.page.saturating_sub(pages);
        self.repeats = self.repeats.saturating_add((pages + 1) * self.page_size);
        Ok(())
    }
}

/// The orders that were given last.
#[derive(Default)]
struct Given {
    in_order: VecDeque<Id>,
    ids: HashSet<Id>,
}

impl Given {
    /// Whether an order was not given yet; from now on it was.
    fn is_new(&mut self, id: &Id) -> bool {
        if !self.ids.insert(id.clone()) {
            return false;
        }
        self.in_order.push_back(id.clone());
        if self.in_order.len() > REMEMBERED
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::config::Config;

    fn page(ids: &[u32], total: Option<u64>) -> Answer {
        let orders: Vec<_> = ids
            .iter()
            .map(|id| format!(r#"{{"id":{id},"status":"completed"}}"#))
            .collect();
        Answer {
            status: 200,
            retry_after: None,
            total,
            total_pages: None,
            body: format!("[{}]", orders.join(",")).into_bytes(),
            cut_off: None,
        }
    }

    #[test]
    fn gives_up_a_list_that_does_not_end() {
        let endless: [fn(u32) -> Answer; 3] = [
            |n| page(&[2 * n + 1, 2 * n + 2], Some(u64::from(n) * 10 + 10)),
            |n| page(&[n + 1], Some(u64::MAX)),
            |n| page(&[n + 1], Some(if n % 2 == 0 { 9 } else { 8 })),
        ];
        for answer in endless {
            let config = Config::new(Map::new(), |_| None, |_| None).unwrap();
            let mut pages = HostPlanClient::new(config).orders(Filters::default());
            for n in 0..MOST_PAGES {
                let answer = answer(n);
                let orders = whole(&answer).and_then(parse_page).unwrap();
                pages.take(orders, &answer).unwrap();
                assert!(!pages.at_end, "after page {n}");
            }
            let answer = answer(MOST_PAGES);
            let orders = whole(&answer).and_then(parse_page).unwrap();
            let problem = pages.take(orders, &answer).err().unwrap().problem;
            assert_eq!(problem, "its list does not end after 100000 pages");
        }
    }
}
