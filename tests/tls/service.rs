//! A service of the test's own over rustls, which ends its answers as a test wants it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use crate::certificates::{Certificates, GOOD};

pub type Connection = StreamOwned<ServerConnection, TcpStream>;

pub const REGISTRATION: &str =
    r#"{"customer_id":1,"order_id":2,"access_token":"a-token","access_token_secret":"a-secret","site_id":3}"#;

pub struct Service {
    pub address: SocketAddr,
    /// The requests that have come whole.
    pub requests: Arc<Mutex<Vec<String>>>,
    certificates: Certificates,
}

impl Service {
    /// Reads a request of each connection, and leaves the rest to `answer`. What that leaves open, it closes without a word.
    pub fn start(
        version: &'static SupportedProtocolVersion,
        answer: impl Fn(&mut Connection) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let certificates = Certificates::new();
        certificates.issue("server", &GOOD);
        let chain = vec![CertificateDer::from_pem_file(certificates.path("server.pem")).unwrap()];
        let key = PrivateKeyDer::from_pem_file(certificates.path("leaf.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let (config, answer) = (Arc::new(config), Arc::new(answer));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let requests_too = Arc::clone(&requests);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut connection = StreamOwned::new(tls, connection.unwrap());
                let (requests, answer) = (Arc::clone(&requests_too), Arc::clone(&answer));
                thread::spawn(move || {
                    if let Ok(request) = request(&mut connection) {
                        requests.lock().unwrap().push(request);
                        let _ = answer(&mut connection);
                    }
                });
            }
        });
        Self {
            address,
            requests,
            certificates,
        }
    }

    pub fn ca_file(&self) -> String {
        self.certificates.file("root.pem")
    }
}

fn request(connection: &mut Connection) -> std::io::Result<String> {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    connection.read_exact(&mut body)?;
    request.extend(body);
    Ok(String::from_utf8(request).unwrap())
}

/// The answer that makes a registration.
pub fn answer(connection: &mut Connection) -> std::io::Result<()> {
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{REGISTRATION}",
        REGISTRATION.len()
    )
}
