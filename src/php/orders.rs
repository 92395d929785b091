//! `wccom_host_orders()` and the class of what it returns.

use std::cell::RefCell;

use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendClassObject, Zval};
use ext_php_rs::zend::ce;

use super::arguments::{Arguments, converted};
use super::{exceptions, interrupt, order_array};
use crate::client::{HostPlanClient, OrderPages};
use crate::endpoints::orders::Filters;
use crate::error::{Error, Outcome, Result};

/// Its name in PHP.
pub(super) const CLASS: &str = "WccomHost\\Orders";

/// Orders that are fetched as they are read.
#[php_class]
#[php(name = "WccomHost\\Orders")]
#[php(implements(ce = ce::iterator, stub = "\\Iterator"))]
#[php(implements(ce = ce::countable, stub = "\\Countable"))]
#[php(flags = ClassFlags::Final.union(ClassFlags::NotSerializable))]
pub struct Orders(RefCell<Reading>);

struct Reading {
    pages: OrderPages,
    /// The page that is being read, its first order being the current one. None before the first page.
    page: Option<std::vec::IntoIter<Zval>>,
    key: i64,
    /// Whether reading has begun, other than by `count()`.
    has_begun: bool,
    /// An error ends the reading.
    has_failed: bool,
}

#[php_impl]
impl Orders {
    pub fn count(&self) -> i64 {
        self.read(0, |reading| {
            reading.load()?;
            let total = reading.pages.total().ok_or_else(|| Error::UnexpectedResponse {
                message: "WooCommerce.com gave the orders without their number (X-WP-Total). Nothing was changed."
                    .to_owned(),
                http_status: 200,
                journal_file: None,
                field: "X-WP-Total".to_owned(),
                outcome: Outcome::Refused,
            })?;
            Ok(i64::try_from(total).unwrap_or(i64::MAX))
        })
    }

    pub fn rewind(&self) {
        self.read((), |reading| {
            // What count() has fetched before need not be fetched again.
            if reading.has_begun || reading.has_failed {
                reading.pages.rewind();
                reading.page = None;
                reading.key = 0;
                reading.has_failed = false;
            }
            reading.has_begun = true;
            reading.load()
        });
    }

    pub fn valid(&self) -> bool {
        self.read(false, |reading| Ok(reading.current()?.is_some()))
    }

    pub fn current(&self) -> Zval {
        self.read(Zval::null(), |reading| match reading.current()? {
            Some(order) => Ok(order.shallow_clone()),
            None => Ok(Zval::null()),
        })
    }

    pub fn key(&self) -> i64 {
        self.read(0, |reading| Ok(reading.key))
    }

    pub fn next(&self) {
        self.read((), |reading| {
            reading.has_begun = true;
            reading.load()?;
            if let Some(page) = &mut reading.page
                && page.next().is_some()
            {
                reading.key += 1;
            }
            Ok(())
        });
    }
}

impl Orders {
    /// A signal handler that runs while a page is fetched must not read on.
    fn read<T>(&self, otherwise: T, act: impl FnOnce(&mut Reading) -> Result<T>) -> T {
        let result = match self.0.try_borrow_mut() {
            Ok(mut reading) => act(&mut reading),
            Err(_) => Err(Error::Local {
                message: "These orders are being read: a signal handler cannot read them at the same time.".to_owned(),
                retryable: true,
            }),
        };
        interrupt::end_after_fatal();
        result.unwrap_or_else(|error| {
            exceptions::throw(&error);
            otherwise
        })
    }
}

impl Reading {
    /// Fetches the first page, or the next one when this one has been read.
    fn load(&mut self) -> Result<()> {
        if self.has_failed {
            return Ok(());
        }
        let result = self.fetch();
        if result.is_err() {
            self.has_failed = true;
            self.page = Some(Vec::new().into_iter());
        }
        result
    }

    fn fetch(&mut self) -> Result<()> {
        while self.page.as_ref().is_none_or(|page| page.as_slice().is_empty()) {
            let Some(page) = self.pages.next_page(order_array::of, &mut interrupt::pending)? else {
                self.page.get_or_insert_default();
                break;
            };
            let page: ZendResult<Vec<Zval>> = page.into_iter().collect();
            self.page = Some(converted(page)?.into_iter());
        }
        Ok(())
    }

    fn current(&mut self) -> Result<Option<&Zval>> {
        self.load()?;
        Ok(self.page.as_ref().and_then(|page| page.as_slice().first()))
    }
}

pub(super) fn orders(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    config.key()?;
    let reading = Reading {
        pages: HostPlanClient::new(config).orders(Filters::new(arguments.map(0)?)?),
        page: None,
        key: 0,
        has_begun: false,
        has_failed: false,
    };
    let mut object = ZendClassObject::new(Orders(RefCell::new(reading)));
    result.set_object(&mut object.std);
    Ok(())
}
