//! `wccom_host_journal()` with the class of what it returns, and `wccom_host_journal_prune()`.

use std::cell::RefCell;
use std::path::PathBuf;

use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendClassObject, Zval};
use ext_php_rs::zend::ce;

use super::arguments::{Arguments, converted};
use super::{convert, exceptions, interrupt, journal};
use crate::error::Result;
use crate::journal::filters::{Listing, Pruning};
use crate::journal::prune::prune;
use crate::journal::records::Records;

/// Its name in PHP.
pub(super) const CLASS: &str = "WccomHost\\Journal";

/// The records of a journal, read one by one.
#[php_class]
#[php(name = "WccomHost\\Journal")]
#[php(implements(ce = ce::iterator, stub = "\\Iterator"))]
#[php(flags = ClassFlags::Final.union(ClassFlags::NotSerializable))]
pub struct Journal(RefCell<Reading>);

struct Reading {
    folder: PathBuf,
    listing: Listing,
    records: Records,
    /// The address and the record that are the current ones.
    current: Option<(String, Zval)>,
    /// Whether a record has been looked for.
    has_begun: bool,
}

#[php_impl]
impl Journal {
    pub fn rewind(&self) {
        self.read((), |reading| {
            if reading.has_begun {
                reading.records = Records::open(&reading.folder)?;
            }
            reading.advance()
        });
    }

    pub fn valid(&self) -> bool {
        self.read(false, |reading| {
            reading.begin()?;
            Ok(reading.current.is_some())
        })
    }

    pub fn current(&self) -> Zval {
        self.read(Zval::null(), |reading| {
            reading.begin()?;
            Ok(match &reading.current {
                Some((_, record)) => record.shallow_clone(),
                None => Zval::null(),
            })
        })
    }

    pub fn key(&self) -> Option<String> {
        self.read(None, |reading| {
            reading.begin()?;
            Ok(reading.current.as_ref().map(|(address, _)| address.clone()))
        })
    }

    pub fn next(&self) {
        self.read((), |reading| {
            reading.begin()?;
            reading.advance()
        });
    }
}

impl Journal {
    /// No code of a script runs meanwhile, so that nobody else is reading.
    fn read<T>(&self, otherwise: T, act: impl FnOnce(&mut Reading) -> Result<T>) -> T {
        let mut reading = self.0.borrow_mut();
        act(&mut reading).unwrap_or_else(|error| {
            reading.current = None;
            exceptions::throw(&error);
            otherwise
        })
    }
}

impl Reading {
    fn begin(&mut self) -> Result<()> {
        if self.has_begun { Ok(()) } else { self.advance() }
    }

    fn advance(&mut self) -> Result<()> {
        self.has_begun = true;
        self.current = None;
        let filters = &self.listing.filters;
        if let Some((file, mut record)) = self.records.next(|site, record| filters.want(site, record))? {
            let has_secret = record.has_secret();
            if !self.listing.with_secrets {
                record.auth = None;
            }
            let mut array = journal::record_array(&record, &file);
            array.insert("has_secret".to_owned(), has_secret.into());
            self.current = Some((record.home_url, converted(convert::zval(&array.into()))?));
        }
        Ok(())
    }
}

pub(super) fn journal(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let listing = Listing::new(arguments.map(0)?)?;
    let folder = arguments.config(1)?.journal()?.to_owned();
    let reading = Reading {
        records: Records::open(&folder)?,
        folder,
        listing,
        current: None,
        has_begun: false,
    };
    let mut object = ZendClassObject::new(Journal(RefCell::new(reading)));
    result.set_object(&mut object.std);
    Ok(())
}

pub(super) fn journal_prune(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let pruning = Pruning::new(arguments.map(0)?)?;
    let config = arguments.config(1)?;
    let pruned = prune(
        config.journal()?,
        &pruning,
        config.network.timeout,
        &mut interrupt::pending,
    )?;
    result.set_long(i64::try_from(pruned).unwrap_or(i64::MAX));
    Ok(())
}
