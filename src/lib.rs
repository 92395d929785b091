//! Connects WooCommerce sites to WooCommerce.com for hosting companies.
