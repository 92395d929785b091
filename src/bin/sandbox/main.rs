//! A host-plan server for tests, demonstrations and partners' own staging.
fn main() {}
