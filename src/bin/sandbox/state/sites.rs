//! Sites, told apart by their addresses.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::cli::RepeatToken;
use crate::hex::random_hex;
use crate::site_address::SiteAddress;

/// The number of the documented sample.
const FIRST_SITE_ID: u64 = 42_506;

/// A site with a plan.
pub struct Site {
    /// Its number.
    pub id: u64,
    /// What [`SiteAddress`] makes of its address.
    identity: String,
    /// The address that it is known by.
    pub url: String,
    /// The secret that is given once.
    pub secret: String,
    is_secret_given: bool,
    tokens: Vec<String>,
    /// The customer of the latest registration.
    pub customer_email: String,
    /// The customer's name, if one was sent.
    pub customer_name: String,
}

impl Site {
    /// For the control API: everything but the token and the secret.
    pub fn describe(&self) -> Value {
        json!({ "site_id": self.id, "url": self.url, "customer_email": self.customer_email })
    }

    /// Whether this is its address.
    pub fn is_at(&self, address: &SiteAddress) -> bool {
        self.identity == address.identity
    }

    /// For whoever compares what has arrived with what was sent: with the secret, if it was given to anybody.
    pub fn describe_with_secret(&self) -> Value {
        json!({
            "site_id": self.id,
            "url": self.url,
            "access_tokens": self.tokens,
            "access_token_secret": self.is_secret_given.then_some(&self.secret),
        })
    }
}

/// Another site has the address: its number.
pub struct AddressTaken(pub u64);

/// All sites.
#[derive(Default)]
pub struct Sites {
    /// Oldest first, which is by number.
    all: Vec<Site>,
    /// Their places there.
    by_identity: HashMap<String, usize>,
    /// Their places there.
    by_token: HashMap<String, usize>,
}

impl Sites {
    /// Oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Site> {
        self.all.iter()
    }

    /// The site with this number.
    pub fn get(&self, id: u64) -> Option<&Site> {
        self.all.get(index(id)?)
    }

    /// The site with this number.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Site> {
        self.all.get_mut(index(id)?)
    }

    /// The site that holds this token.
    pub fn by_token(&self, token: &str) -> Option<&Site> {
        self.all.get(*self.by_token.get(token)?)
    }

    /// The site with this address, which is made if there is none: its secret has been given to nobody then.
    pub fn find_or_make(&mut self, address: &SiteAddress) -> Result<&mut Site, String> {
        let known = self.by_identity.get(&address.identity).copied();
        let index = known.unwrap_or(self.all.len());
        if known.is_none() {
            self.by_identity.insert(address.identity.clone(), index);
            self.all.push(Site {
                id: FIRST_SITE_ID + index as u64,
                identity: address.identity.clone(),
                url: address.sent.clone(),
                secret: random_hex(20)?,
                is_secret_given: false,
                tokens: Vec::new(),
                customer_email: String::new(),
                customer_name: String::new(),
            });
        }
        self.all.get_mut(index).ok_or_else(|| "The site is lost.".to_owned())
    }

    /// Gives a site another address, unless another site has it.
    pub fn readdress(&mut self, id: u64, address: SiteAddress) -> Result<(), AddressTaken> {
        let Some((index, site)) = index(id).and_then(|index| Some((index, self.all.get_mut(index)?))) else {
            return Ok(());
        };
        match self.by_identity.get(&address.identity) {
            Some(other) if *other != index => return Err(AddressTaken(FIRST_SITE_ID + *other as u64)),
            _ => {}
        }
        self.by_identity.remove(&site.identity);
        self.by_identity.insert(address.identity.clone(), index);
        site.identity = address.identity;
        site.url = address.sent;
        Ok(())
    }

    /// Token and secret for a registration of the site: the secret the first time only.
    pub fn credentials(&mut self, id: u64, repeat_token: RepeatToken) -> Result<(String, Option<String>), String> {
        let lost = || "The site is lost.".to_owned();
        let index = index(id).ok_or_else(lost)?;
        let site = self.all.get_mut(index).ok_or_else(lost)?;
        let secret = (!site.is_secret_given).then(|| site.secret.clone());
        site.is_secret_given = true;
        if secret.is_none() && repeat_token == RepeatToken::New || site.tokens.is_empty() {
            let token = random_hex(20)?;
            self.by_token.insert(token.clone(), index);
            // Most sites have no other.
            site.tokens.reserve_exact(1);
            site.tokens.push(token);
        }
        Ok((site.tokens.last().cloned().unwrap_or_default(), secret))
    }

    /// Forgets a site's token: it has disconnected itself.
    pub fn forget_token(&mut self, id: u64, token: &str) {
        self.by_token.remove(token);
        if let Some(site) = self.get_mut(id) {
            site.tokens.retain(|known| known != token);
        }
    }
}

fn index(id: u64) -> Option<usize> {
    usize::try_from(id.checked_sub(FIRST_SITE_ID)?).ok()
}
