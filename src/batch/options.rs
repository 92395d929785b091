//! The options that only a batch has.

use serde_json::{Map, Value};

use crate::config::OPTIONS;
use crate::error::{Error, Result};
use crate::fields::{Fields, type_name};
use crate::journal::index::site_hash;
use crate::site_url::SiteUrl;

const NAMES: [&str; 6] = ["concurrency", "per_second", "limit", "shard", "only_failed", "dry_run"];

/// Every one has its default where it is not given.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchOptions {
    /// The most requests in flight.
    pub concurrency: usize,
    /// The most requests that are begun in a second.
    pub per_second: Option<f64>,
    /// The most sites that are sent.
    pub limit: Option<u64>,
    /// Which sites belong to this batch.
    pub shard: Option<Shard>,
    /// Whether only sites are sent whose last result was refused or not sent.
    pub only_failed: bool,
    /// Whether everything is checked, and nothing sent.
    pub dry_run: bool,
}

impl BatchOptions {
    /// Takes them out of a call's options.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the option.
    pub fn take(options: &mut Map<String, Value>) -> Result<Self> {
        let known = [OPTIONS.as_slice(), NAMES.as_slice()].concat();
        Fields::new("", options.clone()).refuse_unknown(&known)?;
        for name in ["home_url", "current_auth"] {
            if options.get(name).is_some_and(|value| !value.is_null()) {
                return Err(Error::invalid(
                    name,
                    "belongs to one site: give it in that site's request",
                ));
            }
        }
        let taken = NAMES.iter().filter_map(|name| options.shift_remove_entry(*name));
        let mut fields = Fields::new("", taken);
        Ok(Self {
            concurrency: match fields.whole_number("concurrency")? {
                None => 16,
                Some(number @ 1..=256) => usize::try_from(number).unwrap_or(1),
                Some(_) => return Err(Error::invalid("concurrency", "must be from 1 to 256")),
            },
            per_second: per_second(&mut fields)?,
            limit: fields
                .whole_number("limit")?
                .and_then(|limit| u64::try_from(limit).ok()),
            shard: fields.string("shard")?.map(|text| Shard::parse(&text)).transpose()?,
            only_failed: flag(&mut fields, "only_failed")?,
            dry_run: flag(&mut fields, "dry_run")?,
        })
    }
}

fn per_second(fields: &mut Fields) -> Result<Option<f64>> {
    let Some(value) = fields.take("per_second") else {
        return Ok(None);
    };
    let number = match &value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    match number.filter(|number| (0.001..=100_000.0).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(Error::invalid(
            "per_second",
            format!("must be a number from 0.001 to 100000, not {}", type_name(&value)),
        )),
    }
}

fn flag(fields: &mut Fields, name: &str) -> Result<bool> {
    match fields.take(name) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(value),
        Some(other) => Err(Error::invalid(
            name,
            format!("must be true or false, not {}", type_name(&other)),
        )),
    }
}

/// A part of all sites: the same for a site on every machine and in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Reads `i/n`, with i from 0 to n-1.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is something else.
    pub fn parse(text: &str) -> Result<Self> {
        let number = |text: &str| {
            Some(text)
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?
                .parse()
                .ok()
        };
        text.split_once('/')
            .and_then(|(index, count)| {
                Some(Self {
                    index: number(index)?,
                    count: number(count)?,
                })
            })
            .filter(|shard| shard.index < shard.count)
            .ok_or_else(|| {
                Error::invalid(
                    "shard",
                    "must be i/n, such as 0/4, 1/4, 2/4 and 3/4 for the parts of four",
                )
            })
    }

    /// Whether a site belongs to it.
    #[must_use]
    pub fn has(self, site: &SiteUrl) -> bool {
        site_hash(&site.site()) % self.count == self.index
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn take(value: Value) -> Result<BatchOptions> {
        let Value::Object(mut map) = value else {
            panic!("not a map")
        };
        BatchOptions::take(&mut map)
    }

    #[test]
    fn takes_its_own_options_out_and_leaves_the_others() {
        let Value::Object(mut map) = json!({"key": "k", "concurrency": "4", "per_second": "0.5", "limit": 3, "shard": "1/2", "only_failed": true})
        else {
            unreachable!()
        };
        let options = BatchOptions::take(&mut map).unwrap();
        assert_eq!(map.keys().collect::<Vec<_>>(), ["key"]);
        assert_eq!(
            options,
            BatchOptions {
                concurrency: 4,
                per_second: Some(0.5),
                limit: Some(3),
                shard: Some(Shard { index: 1, count: 2 }),
                only_failed: true,
                dry_run: false,
            }
        );
        assert_eq!(take(json!({})).unwrap().concurrency, 16);
    }

    #[test]
    fn names_the_option_that_is_wrong() {
        for (options, field) in [
            (json!({"concurrency": 0}), "concurrency"),
            (json!({"concurrency": 257}), "concurrency"),
            (json!({"per_second": 0}), "per_second"),
            (json!({"per_second": "often"}), "per_second"),
            (json!({"limit": -1}), "limit"),
            (json!({"shard": "2/2"}), "shard"),
            (json!({"shard": "1"}), "shard"),
            (json!({"shard": "+1/2"}), "shard"),
            (json!({"shard": "0/0"}), "shard"),
            (json!({"only_failed": "yes"}), "only_failed"),
            (json!({"dry_run": 1}), "dry_run"),
            (json!({"home_url": "https://example.com"}), "home_url"),
            (json!({"concurency": 1}), "concurency"),
        ] {
            let Err(Error::InvalidRequest { field: named, .. }) = take(options.clone()) else {
                panic!("{options} is taken");
            };
            assert_eq!(named, field, "{options}");
        }
    }

    #[test]
    fn every_site_belongs_to_just_one_shard_whatever_its_address_looks_like() {
        let site = |text: &str| SiteUrl::parse("url", text.to_owned()).unwrap();
        let shards: Vec<Shard> = (0..4).map(|index| Shard { index, count: 4 }).collect();
        let mut sizes = [0; 4];
        for number in 0..400 {
            let address = site(&format!("https://shop-{number}.example.com"));
            let having: Vec<usize> = (0..4).filter(|index| shards[*index].has(&address)).collect();
            assert_eq!(having.len(), 1);
            sizes[having[0]] += 1;
            assert!(shards[having[0]].has(&site(&format!("HTTPS://SHOP-{number}.example.com:443/"))));
        }
        assert!(sizes.iter().all(|size| (60..140).contains(size)), "{sizes:?}");
    }

    #[test]
    fn the_hash_of_a_site_never_changes() {
        // printf %s https://example.com:443 | sha256sum | cut -c 1-16
        let expected = 0x3276_d403_185d_4a1a;
        assert_eq!(
            site_hash(&SiteUrl::parse("url", "https://example.com".to_owned()).unwrap().site()),
            expected
        );
    }
}
