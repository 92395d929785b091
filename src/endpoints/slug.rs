//! The name of a product in addresses and files.

use crate::error::{Error, Result};
use crate::fields::Fields;

/// Lower-case letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Checks a slug.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names `field`.
    pub fn parse(field: &str, slug: String) -> Result<Self> {
        if Self::is_slug(&slug) {
            Ok(Self(slug))
        } else {
            Err(Error::invalid(field, WANTED))
        }
    }

    /// Takes a slug out.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is missing or none.
    pub fn required(fields: &mut Fields, name: &str) -> Result<Self> {
        match fields.string(name)? {
            Some(slug) => Self::parse(&fields.path(name), slug),
            None => Err(Error::invalid(
                fields.path(name),
                "is missing; it must be the slug of a product",
            )),
        }
    }

    /// Whether a text is a slug.
    #[must_use]
    pub fn is_slug(text: &str) -> bool {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a slug must be, for errors.
pub(super) const WANTED: &str = "must be a slug: lower-case letters, digits, - and _";
