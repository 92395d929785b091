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
        let (access_token, access_token_secret) = site.credentials(repeat_token)?;
        let site_id = site.id;

        let order_id = self.orders.next_id();
        let slugs = registration.products.unwrap_or_else(|| self.products.package());
        self.add_order(Order {
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
            metadata: registration.metadata,
        })?;
        Ok(Registered {
            customer_id,
            order_id,
            access_token,
            access_token_secret,
            site_id,
        })
    }

    /// Adds an order whose number is above all others, and the products that nobody knows yet.
    pub fn add_order(&mut self, order: Order) -> Result<(), String> {
        for subscription in &order.subscriptions {
            self.products.known(&subscription.slug);
        }
        self.orders.add(order)
    }

    /// Gives a site another address, unless another site has it.
    pub fn readdress(&mut self, site_id: u64, address: SiteAddress) -> Result<(), AddressTaken> {
        let url = address.sent.clone();
        self.sites.readdress(site_id, address)?;
        for order in self.orders.of_site_mut(site_id) {
            order.url.clone_from(&url);
        }
        Ok(())
    }

    /// Moves an order to the site with this address, which is made if there is none, and gives the site's number.
    pub fn move_order(&mut self, order_id: u64, address: &SiteAddress) -> Result<u64, String> {
        let site = self.sites.find_or_make(address)?;
        if let Some(order) = self.orders.get_mut(order_id) {
            order.site_id = Some(site.id);
            order.url.clone_from(&address.sent);
            order.modified = now();
            if site.customer_email.is_empty() {
                site.customer_email.clone_from(&order.customer_email);
            }
        }
        Ok(site.id)
    }

    /// The number of the next installation.
    pub fn next_request_id(&mut self) -> u64 {
        self.installations += 1;
        FIRST_REQUEST_ID + self.installations - 1
    }
}
