//! Customers, told apart by their e-mail address, or else by their WordPress.com token.

use std::collections::HashMap;

/// The number of the documented sample.
const FIRST_CUSTOMER_ID: u64 = 1_872_797;

/// All customers.
#[derive(Default)]
pub struct Customers {
    by_email: HashMap<String, u64>,
    by_token: HashMap<String, u64>,
}

impl Customers {
    /// The number of the customer with this address, who is added if unknown.
    pub fn by_email(&mut self, email: &str) -> u64 {
        if let Some(&id) = self.by_email.get(email) {
            return id;
        }
        let id = self.next_id();
        self.by_email.insert(email.to_owned(), id);
        id
    }

    /// Number and address of the customer with this token, who is added if unknown, with an address made up from the
    /// number.
    pub fn by_token(&mut self, token: Option<&str>) -> (u64, String) {
        let token = token.unwrap_or_default();
        let known = self.by_token.get(token).copied();
        let id = known.unwrap_or_else(|| self.next_id());
        let email = format!("customer-{id}@sandbox.invalid");
        if known.is_none() {
            self.by_token.insert(token.to_owned(), id);
            self.by_email.insert(email.clone(), id);
        }
        (id, email)
    }

    fn next_id(&self) -> u64 {
        FIRST_CUSTOMER_ID + self.by_email.len() as u64
    }
}
