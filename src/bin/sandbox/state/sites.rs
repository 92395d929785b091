//! Sites, told apart by their addresses.

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

    /// Whether this is one of its tokens.
    pub fn has_token(&self, token: &str) -> bool {
        self.tokens.iter().any(|known| known == token)
    }

    /// Token and secret for a registration: the secret the first time only.
    pub fn credentials(&mut self, repeat_token: RepeatToken) -> Result<(String, Option<String>), String> {
        let secret = (!self.is_secret_given).then(|| self.secret.clone());
        self.is_secret_given = true;
        if secret.is_none() && repeat_token == RepeatToken::New || self.tokens.is_empty() {
            self.tokens.push(random_hex(20)?);
        }
        Ok((self.tokens.last().cloned().unwrap_or_default(), secret))
    }

    /// Forgets a token: the site has disconnected itself.
    pub fn forget_token(&mut self, token: &str) {
        self.tokens.retain(|known| known != token);
    }
}

/// Another site has the address: its number.
pub struct AddressTaken(pub u64);

/// All sites, oldest first.
#[derive(Default)]
pub struct Sites(Vec<Site>);

impl Sites {
    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Site> {
        self.0.iter()
    }

    /// The site with this number.
    pub fn get(&self, id: u64) -> Option<&Site> {
        self.0.get(index(id)?)
    }

    /// The site with this number.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Site> {
        self.0.get_mut(index(id)?)
    }

    /// The site that holds this token.
    pub fn by_token(&self, token: &str) -> Option<&Site> {
        self.0.iter().find(|site| site.has_token(token))
    }

    /// The site with this address, which is made if there is none: its secret has been given to nobody then.
    pub fn find_or_make(&mut self, address: &SiteAddress) -> Result<&mut Site, String> {
        let known = self.0.iter().position(|site| site.identity == address.identity);
        let index = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push(Site {
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
        self.0.get_mut(index).ok_or_else(|| "The site is lost.".to_owned())
    }

    /// Gives a site another address, unless another site has it.
    pub fn readdress(&mut self, id: u64, address: SiteAddress) -> Result<(), AddressTaken> {
        let is_other = |site: &&Site| site.id != id && site.identity == address.identity;
        if let Some(other) = self.0.iter().find(is_other) {
            return Err(AddressTaken(other.id));
        }
        if let Some(site) = self.get_mut(id) {
            site.identity = address.identity;
            site.url = address.sent;
        }
        Ok(())
    }
}

fn index(id: u64) -> Option<usize> {
    usize::try_from(id.checked_sub(FIRST_SITE_ID)?).ok()
}
