//! What the sandbox remembers: orders, the sites that they are for, and the customers.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cli::RepeatToken;
use crate::clock::{gmt, now};
use crate::hex::random_hex;
use crate::register::Registration;

/// The numbers of the documented samples.
const FIRST_CUSTOMER_ID: u64 = 1_872_797;
const FIRST_ORDER_ID: u64 = 2_666_930;
const FIRST_SITE_ID: u64 = 42_506;
/// The largest integer of PHP, and room for the next.
const MAX_ORDER_ID: u64 = i64::MAX as u64 - 1;
const FIRST_PRODUCT_ID: u64 = 18_601;

/// The extensions of the package, for a registration that names none.
const PACKAGE: [&str; 2] = ["woocommerce-shipping-usps", "woocommerce-product-addons"];

/// Statuses that an order can have.
pub const STATUSES: [&str; 7] = [
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
];

/// An order of the plan.
pub struct Order {
    /// Its number.
    pub id: u64,
    /// One of [`STATUSES`].
    pub status: String,
    /// When it was made, to the second.
    pub created: Timestamp,
    /// The customer's number.
    pub customer_id: u64,
    /// The customer's address.
    pub customer_email: String,
    /// The site's address, as it was sent.
    pub url: String,
    /// The site; seeded orders have none.
    pub site_id: Option<u64>,
    /// The version of the API; seeded orders have none.
    pub api_version: Option<&'static str>,
    /// Each product with the key of its subscription.
    pub products: Vec<(String, String)>,
    /// What the partner sent along.
    pub metadata: Map<String, Value>,
}

impl Order {
    /// For the control API: everything but the keys.
    pub fn describe(&self) -> Value {
        let products: Vec<&str> = self.products.iter().map(|(slug, _)| slug.as_str()).collect();
        json!({
            "id": self.id,
            "status": self.status,
            "date_created_gmt": gmt(self.created),
            "url": self.url,
            "site_id": self.site_id,
            "customer_id": self.customer_id,
            "customer_email": self.customer_email,
            "api_version": self.api_version,
            "products": products,
            "metadata": self.metadata,
        })
    }
}

/// A connected site.
pub struct Site {
    /// Its number.
    pub id: u64,
    /// What [`crate::site_address::SiteAddress`] makes of its address.
    identity: String,
    /// The address of the first registration.
    pub url: String,
    /// The secret that was given once.
    pub secret: String,
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
}

struct Customer {
    email: String,
    wpcom_access_token: Option<String>,
}

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

/// Orders, sites and customers, oldest first.
#[derive(Default)]
pub struct State {
    /// All orders.
    pub orders: Vec<Order>,
    /// All sites.
    pub sites: Vec<Site>,
    last_order_id: Option<u64>,
    customers: Vec<Customer>,
    products: Vec<String>,
}

impl State {
    /// Makes an order, and the site if it is new. Only a new site gets its secret.
    pub fn register(&mut self, registration: Registration, repeat_token: RepeatToken) -> Result<Registered, String> {
        let (customer_id, customer_email) = self.customer(&registration);
        let (site_id, access_token, access_token_secret) =
            self.connect(&registration, &customer_email, repeat_token)?;
        let order_id = self.next_order_id();
        let products = registration
            .products
            .unwrap_or_else(|| PACKAGE.map(str::to_owned).to_vec());
        let order = Order {
            id: order_id,
            status: "completed".to_owned(),
            created: now(),
            customer_id,
            customer_email,
            url: registration.site.sent,
            site_id: Some(site_id),
            api_version: Some(registration.version.name()),
            products: with_keys(products)?,
            metadata: registration.metadata,
        };
        self.add_order(order)?;
        Ok(Registered {
            customer_id,
            order_id,
            access_token,
            access_token_secret,
            site_id,
        })
    }

    /// The number that the next order gets.
    pub fn next_order_id(&self) -> u64 {
        self.last_order_id.map_or(FIRST_ORDER_ID, |id| id + 1)
    }

    /// Adds an order whose number is above all others.
    pub fn add_order(&mut self, order: Order) -> Result<(), String> {
        if order.id < self.next_order_id() || order.id > MAX_ORDER_ID {
            return Err(format!(
                "the next order's id is from {} to {MAX_ORDER_ID}",
                self.next_order_id()
            ));
        }
        self.last_order_id = Some(order.id);
        self.orders.push(order);
        Ok(())
    }

    /// The number of the customer with this address, who is added if unknown.
    pub fn customer_by_email(&mut self, email: &str) -> u64 {
        self.customer_number(
            |customer| customer.email == email,
            || Customer {
                email: email.to_owned(),
                wpcom_access_token: None,
            },
        )
    }

    /// The site that holds this token.
    pub fn site_by_token(&self, token: &str) -> Option<&Site> {
        self.sites
            .iter()
            .find(|site| site.tokens.iter().any(|known| known == token))
    }

    /// The number of a product: the same for the sandbox's life.
    pub fn product_id(&mut self, slug: &str) -> u64 {
        let index = self.products.iter().position(|known| known == slug).unwrap_or_else(|| {
            self.products.push(slug.to_owned());
            self.products.len() - 1
        });
        FIRST_PRODUCT_ID + index as u64
    }

    /// A v2.0 customer without an address is told apart by the token, and gets an address made up from the number.
    fn customer(&mut self, registration: &Registration) -> (u64, String) {
        if let Some(email) = registration.customer_email() {
            return (self.customer_by_email(email), email.to_owned());
        }
        let token = &registration.wpcom_access_token;
        let made_up = format!(
            "customer-{}@sandbox.invalid",
            FIRST_CUSTOMER_ID + self.customers.len() as u64
        );
        let id = self.customer_number(
            |customer| customer.wpcom_access_token == *token,
            || Customer {
                email: made_up,
                wpcom_access_token: token.clone(),
            },
        );
        let email = self
            .customers
            .iter()
            .find(|customer| customer.wpcom_access_token == *token);
        (id, email.map(|customer| customer.email.clone()).unwrap_or_default())
    }

    fn customer_number(&mut self, is_same: impl Fn(&Customer) -> bool, new: impl FnOnce() -> Customer) -> u64 {
        let index = self.customers.iter().position(is_same).unwrap_or_else(|| {
            self.customers.push(new());
            self.customers.len() - 1
        });
        FIRST_CUSTOMER_ID + index as u64
    }

    fn connect(
        &mut self,
        registration: &Registration,
        customer_email: &str,
        repeat_token: RepeatToken,
    ) -> Result<(u64, String, Option<String>), String> {
        let id = FIRST_SITE_ID + self.sites.len() as u64;
        let identity = &registration.site.identity;
        if let Some(site) = self.sites.iter_mut().find(|site| site.identity == *identity) {
            customer_email.clone_into(&mut site.customer_email);
            registration.customer.name.clone_into(&mut site.customer_name);
            if repeat_token == RepeatToken::New {
                site.tokens.push(random_hex(20)?);
            }
            return Ok((site.id, site.tokens.last().cloned().unwrap_or_default(), None));
        }
        let (token, secret) = (random_hex(20)?, random_hex(20)?);
        self.sites.push(Site {
            id,
            identity: identity.clone(),
            url: registration.site.sent.clone(),
            secret: secret.clone(),
            tokens: vec![token.clone()],
            customer_email: customer_email.to_owned(),
            customer_name: registration.customer.name.clone(),
        });
        Ok((id, token, Some(secret)))
    }
}

/// The products of an order, each with a subscription key.
pub fn with_keys(products: Vec<String>) -> Result<Vec<(String, String)>, String> {
    products.into_iter().map(|slug| Ok((slug, random_hex(16)?))).collect()
}
