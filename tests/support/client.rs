//! A client of the core with the options of a test, and what it makes of a request.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value, json};
use wccom_host::client::{HostPlanClient, Registered};
use wccom_host::config::Config;
use wccom_host::endpoints::register::RegisterRequest;
use wccom_host::error::{Error, Outcome};

use super::{KEY, Sandbox};

/// The token of every request here: with the characters of the documented sample.
pub const TOKEN: &str = "#(*$!%^@)-token";

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// A client with the key of the sandbox and these options.
pub fn client(options: Value) -> HostPlanClient {
    let mut all = object(json!({"key": KEY, "timeout": 5, "user_id": 7}));
    all.extend(object(options));
    HostPlanClient::new(Config::new(all, |_| None, |_| None).unwrap())
}

/// A client of this sandbox.
pub fn client_of(sandbox: &Sandbox, mut options: Value) -> HostPlanClient {
    options["base_url"] = sandbox.base_url().into();
    options["helper_base_url"] = sandbox.helper_base_url().into();
    client(options)
}

pub fn request() -> RegisterRequest {
    let request = json!({
        "url": "https://example.com",
        "wpcom_access_token": TOKEN,
        "metadata": {"customer_email": "ada@example.com"},
    });
    RegisterRequest::new(object(request), None).unwrap()
}

pub fn register(client: &HostPlanClient) -> Result<Registered, Error> {
    let result = client.register(request(), false, &mut || false);
    if let Err(error) = &result {
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains(KEY) && !text.contains(TOKEN),
            "a secret in an error: {text}"
        );
    }
    result
}

/// The failure of a register, which must be one.
pub fn failure(client: &HostPlanClient) -> Error {
    register(client).err().expect("the register fails")
}

/// What a failure says about the order.
pub fn outcome(client: &HostPlanClient) -> Outcome {
    failure(client).outcome()
}

/// A folder for a journal, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "wccom-host-test-{}-{}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        Self(std::env::temp_dir().join(name))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The records in it.
    pub fn records(&self) -> Vec<Value> {
        let Ok(entries) = std::fs::read_dir(&self.0) else {
            return Vec::new();
        };
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
