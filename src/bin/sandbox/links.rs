//! Download links that expire, in the shape of the documented ones, which are Amazon S3's.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::form_urlencoded;

use crate::clock::now;
use crate::hex::random_hex;
use crate::state::products::{Kind, Product};

/// S3's signatures are as long as SHA-1.
const SIGNATURE_LENGTH: usize = 20;

/// What links are made and checked with.
pub struct Links {
    secret: String,
    /// In seconds.
    lifetime: AtomicU32,
}

/// Why a link is not good; the name is S3's.
pub enum Refusal {
    /// The time is over: when it was.
    Expired(i64),
    /// Not signed at all.
    AccessDenied,
    /// Another signature.
    SignatureDoesNotMatch,
}

impl Links {
    /// Links that are good for that many seconds.
    pub fn new(lifetime: u32) -> Result<Self, String> {
        Ok(Self {
            secret: random_hex(20)?,
            lifetime: AtomicU32::new(lifetime),
        })
    }

    /// Changes how long new links are good for.
    pub fn set_lifetime(&self, seconds: u32) {
        self.lifetime.store(seconds, Ordering::Relaxed);
    }

    /// The address of a product's file.
    pub fn to(&self, product: &Product, origin: &str) -> String {
        let path = path(product.kind, &product.slug);
        let expires = now().as_second() + i64::from(self.lifetime.load(Ordering::Relaxed));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("AWSAccessKeyId", "SANDBOXSANDBOXSANDBO")
            .append_pair("Expires", &expires.to_string())
            .append_pair("Signature", &self.signature(&path, expires))
            .finish();
        format!("{origin}{path}?{query}")
    }

    /// Checks the query of a link to this path.
    pub fn check(&self, path: &str, query: &str) -> Result<(), Refusal> {
        let value = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value)
        };
        let (Some(expires), Some(signature)) = (value("Expires"), value("Signature")) else {
            return Err(Refusal::AccessDenied);
        };
        let expires: i64 = expires.parse().map_err(|_| Refusal::AccessDenied)?;
        if now().as_second() >= expires {
            return Err(Refusal::Expired(expires));
        }
        if self.signature(path, expires) != signature {
            return Err(Refusal::SignatureDoesNotMatch);
        }
        Ok(())
    }

    fn signature(&self, path: &str, expires: i64) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()) else {
            return String::new();
        };
        mac.update(format!("GET\n\n\n{expires}\n{path}").as_bytes());
        let bytes = mac.finalize().into_bytes();
        STANDARD.encode(bytes.get(..SIGNATURE_LENGTH).unwrap_or_default())
    }
}

/// Where a product's file is.
pub fn path(kind: Kind, slug: &str) -> String {
    format!("/{}-packages/{slug}/{slug}.zip", kind.name())
}
