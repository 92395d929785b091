//! What the sandbox remembers: orders, the sites that they are for, the customers, and the products of the package.

pub mod customers;
pub mod orders;
pub mod package;
pub mod products;
pub mod sites;

use serde::Serialize;

use crate::cli::RepeatToken;
use crate::clock::now;
use crate::register::Registration;
use crate::site_address::SiteAddress;

use customers::Customers;
use orders::{COMPLETED, Order, Orders, with_keys};
use products::Products;
use sites::{AddressTaken, Sites};

/// The number of the documented sample.
const FIRST_REQUEST_ID: u64 = 168;

/// The answer to a registration, in the documented order.
#[derive(Serialize)]
pub struct Registered {
    /// The customer's number.
    pub customer_id: u64,
    /// The new order's number.
    pub order_id: u64,
    access_token: String,
    access_token_secret: Option<String>,
    site_id: u64,
}

/// Orders, sites, customers and products.
#[derive(Default)]
pub struct State {
    /// All orders.
    pub orders: Orders,
    /// All sites.
    pub sites: Sites,
    /// All customers.
    pub customers: Customers,
    /// The package, and whatever else was ordered.
    pub products: Products,
    installations: u64,
}

impl State {
    /// Makes an order, and the site if it is new. Only the first registration of a site gets its secret.
    pub fn register(&mut self, registration: Registration, repeat_token: RepeatToken) -> Result<Registered, String> {
        let (customer_id, customer_email) = match registration.customer_email() {
            Some(email) => (self.customers.by_email(email), email.to_owned()),
            None => self.customers.by_token(registration.wpcom_access_token.as_deref()),
        };
        let site = self.sites.find_or_make(&registration.site)?;
        customer_email.clone_into(&mut site.customer_email);
        registration.customer.name.clone_into(&mut site.customer_name);
        let site_id = site.id;
        let (access_token, access_token_secret) = self.sites.credentials(site_id, repeat_token)?;

        let order_id = self.orders.next_id();
        let slugs = match registration.products {
            Some(slugs) => self.products.known_slugs(&slugs),
            None => self.products.package(),
        };
        self.orders.add(Order {
            id: order_id,
            status: COMPLETED,
            created: now(),
            modified: now(),
            customer_id,
            customer_email,
            url: registration.site.sent,
            site_id: Some(site_id),
            api_version: Some(registration.version.name()),
            subscriptions: with_keys(slugs)?,
            metadata: registration.metadata.into_iter().collect(),
        })?;
        Ok(Registered {
            customer_id,
            order_id,
            access_token,
            access_token_secret,
            site_id,
        })
    }

    /// Gives a site another address, unless another site has it.
    pub fn readdress(&mut self, site_id: u64, address: SiteAddress) -> Result<(), AddressTaken> {
        let url = address.sent.clone();
        self.sites.readdress(site_id, address)?;
        let ids: Vec<u64> = self.orders.of_site(site_id).map(|order| order.id).collect();
        for id in ids {
            if let Some(order) = self.orders.get_mut(id) {
                order.url.clone_from(&url);
            }
        }
        Ok(())
    }

    /// Moves an order to the site with this address, which is made if there is none, and gives the site's number.
    pub fn move_order(&mut self, order_id: u64, address: &SiteAddress) -> Result<u64, String> {
        let site = self.sites.find_or_make(address)?;
        if let Some(order) = self.orders.get_mut(order_id) {
            order.url.clone_from(&address.sent);
            order.modified = now();
            if site.customer_email.is_empty() {
                site.customer_email.clone_from(&order.customer_email);
            }
        }
        let site_id = site.id;
        self.orders.move_to_site(order_id, site_id);
        Ok(site_id)
    }

    /// The number of the next installation.
    pub fn next_request_id(&mut self) -> u64 {
        self.installations += 1;
        FIRST_REQUEST_ID + self.installations - 1
    }
}
