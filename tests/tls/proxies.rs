//! Proxies, plain and over TLS, with credentials; and those that do anything but make the connection.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use wccom_host::error::Error;

use crate::attempt::{WAYS, Way, refusal, words};
use crate::certificates::{Certificates, GOOD, Wanted};
use crate::support::{KEY, Sandbox};

/// What a proxy does with a request to connect.
#[derive(Clone)]
enum Does {
    /// Connects, here whatever was asked for.
    Connect(SocketAddr),
    Say(Vec<u8>),
    SayNothing,
    /// Without reading.
    Close,
}

pub struct Proxy {
    address: SocketAddr,
    /// The heads of the requests that came.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Passes every connection on to this address.
    pub fn to(upstream: SocketAddr) -> Self {
        Self::start(Does::Connect(upstream), None)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn start(does: Does, tls: Option<TlsAcceptor>) -> Self {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let heads_too = Arc::clone(&heads);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        thread::spawn(move || {
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((connection, _)) = listener.accept().await {
                    let (does, tls, heads) = (does.clone(), tls.clone(), Arc::clone(&heads_too));
                    tokio::spawn(async move {
                        match tls {
                            None => serve(connection, does, heads).await,
                            Some(tls) => serve(tls.accept(connection).await?, does, heads).await,
                        }
                    });
                }
            });
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    does: Does,
    heads: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    if matches!(does, Does::Close) {
        return Ok(());
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await?);
    }
    heads.lock().unwrap().push(String::from_utf8(head).unwrap());
    match does {
        Does::Connect(upstream) => {
            connection
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await?;
            let mut far = TcpStream::connect(upstream).await?;
            copy_bidirectional(&mut connection, &mut far).await?;
        }
        Does::Say(bytes) => {
            connection.write_all(&bytes).await?;
            connection.shutdown().await?;
            connection.read_to_end(&mut Vec::new()).await?;
        }
        Does::SayNothing | Does::Close => {
            connection.read_to_end(&mut Vec::new()).await?;
        }
    }
    Ok(())
}

fn options(sandbox: &Sandbox, proxy: &str) -> Value {
    json!({"base_url": sandbox.base_url(), "ca_file": sandbox.ca_file(), "proxy": proxy, "timeout": 20})
}

fn with_credentials(proxy: &Proxy, scheme: &str, credentials: &str) -> String {
    format!("{scheme}://{credentials}@{}", proxy.address)
}

#[test]
fn a_proxy_gets_its_credentials_and_no_others_and_the_service_gets_the_request() {
    for (credentials, expected) in [
        ("ada:pass-word", "ada:pass-word"),
        ("ada", "ada:"),
        (":pass-word", ":pass-word"),
        ("a%40b:p%3Aa%2Fs%25s%20w%C3%B6rd", "a@b:p:a/s%s wörd"),
        // As somebody types it who does not know that it has to be encoded.
        ("ada:p@ss", "ada:p@ss"),
        ("ada:!\"$&'()*+,-.;<=>[]^_`{|}~", "ada:!\"$&'()*+,-.;<=>[]^_`{|}~"),
    ] {
        let sandbox = Sandbox::start_tls();
        let proxy = Proxy::to(sandbox.address());
        let options = options(&sandbox, &with_credentials(&proxy, "http", credentials));
        for way in WAYS {
            let result = way.register(&options);
            // The second is the same site again, for which there is no secret.
            assert!(
                matches!(result, Ok(()) | Err(Error::SecretUnavailable { .. })),
                "{credentials}: {result:?}"
            );
        }
        let (heads, log) = (proxy.heads(), sandbox.log());
        assert_eq!((heads.len(), log.len()), (2, 2));
        for head in heads {
            let expected = format!("proxy-authorization: basic {}\r\n", STANDARD.encode(expected)).to_lowercase();
            assert!(head.to_lowercase().contains(&expected), "{credentials}: {head}");
            assert!(
                head.starts_with(&format!("CONNECT {} HTTP/1.1\r\n", sandbox.address())),
                "{head}"
            );
            assert!(
                !head.contains(KEY) && !head.to_lowercase().contains("\r\nauthorization"),
                "{head}"
            );
        }
        let seen = format!("{log:?}").to_lowercase();
        assert!(
            !seen.contains("proxy-"),
            "the service sees the proxy's credentials: {seen}"
        );
    }
}

#[test]
fn plain_http_to_this_machine_goes_through_no_proxy() {
    let sandbox = Sandbox::start();
    let proxy = Proxy::to(sandbox.address());
    let options = json!({"base_url": sandbox.base_url(), "proxy": proxy.url()});
    assert!(Way::Alone.register(&options).is_ok());
    assert_eq!(proxy.heads().len(), 0);
}

fn acceptor(certificates: &Certificates, name: &str) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_file(certificates.path(&format!("{name}.pem"))).unwrap()];
    let key = PrivateKeyDer::from_pem_file(certificates.path("leaf.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[test]
fn a_proxy_over_tls_must_be_trusted_as_the_service_is() {
    let certificates = Certificates::new();
    certificates.issue("good", &GOOD);
    certificates.issue(
        "expired",
        &Wanted {
            until: "20210203000000Z",
            ..GOOD
        },
    );
    let elsewhere = "subjectAltName=DNS:proxy.example.org";
    certificates.issue(
        "elsewhere",
        &Wanted {
            extensions: elsewhere,
            ..GOOD
        },
    );
    certificates.issue(
        "self-signed",
        &Wanted {
            issuer: "self-signed",
            key: "leaf",
            ..GOOD
        },
    );
    let sandbox = Sandbox::start_tls();
    // Both authorities: that of the service and that of the proxy.
    let both = std::fs::read_to_string(sandbox.ca_file()).unwrap()
        + &std::fs::read_to_string(certificates.path("root.pem")).unwrap();
    std::fs::write(certificates.path("both.pem"), both).unwrap();
    let options_of = |proxy: &Proxy| {
        let mut options = options(&sandbox, &with_credentials(proxy, "https", "ada:pass-word"));
        options["ca_file"] = certificates.file("both.pem").into();
        options
    };

    let proxy = Proxy::start(Does::Connect(sandbox.address()), Some(acceptor(&certificates, "good")));
    assert!(Way::Alone.register(&options_of(&proxy)).is_ok());
    assert_eq!((proxy.heads().len(), sandbox.orders().len()), (1, 1));

    for (name, words) in [
        ("expired", "expired on 2021-02-03"),
        ("elsewhere", "but for proxy.example.org"),
        ("self-signed", "not from an authority that is trusted here"),
    ] {
        let proxy = Proxy::start(Does::Connect(sandbox.address()), Some(acceptor(&certificates, name)));
        for way in WAYS {
            let message = refusal(way, &options_of(&proxy));
            assert!(
                message.contains(words) && message.contains("through the proxy"),
                "{message}"
            );
            assert!(!message.contains("pass-word"), "{message}");
        }
        assert_eq!(proxy.heads().len(), 0, "{name}: the credentials have left");
    }
    // A service that is not trusted is not trusted through a proxy that is.
    let proxy = Proxy::start(Does::Connect(sandbox.address()), Some(acceptor(&certificates, "good")));
    let mut options = options_of(&proxy);
    options["ca_file"] = certificates.file("root.pem").into();
    for way in WAYS {
        let message = refusal(way, &options);
        assert!(
            message.contains("not from an authority that is trusted here"),
            "{message}"
        );
    }
    assert_eq!(sandbox.log().len(), 1);
}

#[test]
fn a_proxy_that_does_not_make_the_connection() {
    let sandbox = Sandbox::start_tls();
    let say = |text: &str| Does::Say(text.as_bytes().to_vec());
    let flood = format!("HTTP/1.1 200 OK\r\n{}", "X-Header: flood\r\n".repeat(100_000));
    for (what, does, words, is_tried_again) in [
        (
            "407",
            say(
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nNo.\n",
            ),
            "user name and password",
            false,
        ),
        (
            "401",
            say("HTTP/1.1 401 Unauthorized\r\n\r\n"),
            "did not make the connection",
            true,
        ),
        (
            "403",
            say("HTTP/1.1 403 Forbidden\r\n\r\n<html>ada:pass-word</html>"),
            "did not make the connection",
            true,
        ),
        (
            "502",
            say("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
            "did not make the connection",
            true,
        ),
        (
            "503",
            say("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n"),
            "did not make the connection",
            true,
        ),
        (
            "redirect",
            say("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example.com/\r\n\r\n"),
            "did not make the connection",
            true,
        ),
        (
            "100",
            say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
            "did not make the connection",
            true,
        ),
        (
            "garbage",
            say("\u{1}\u{2}garbage\r\n\r\n"),
            "did not make the connection",
            true,
        ),
        (
            "half a head",
            say("HTTP/1.1 200 OK\r\nX: "),
            "closed the connection without an answer",
            true,
        ),
        ("a flood", say(&flood), "did not make the connection", true),
        (
            "nothing, and closed",
            say(""),
            "closed the connection without an answer",
            true,
        ),
        ("closed at once", Does::Close, "", true),
        (
            "not TLS behind it",
            say("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}"),
            "",
            true,
        ),
        ("silence", Does::SayNothing, "within 0.5 s", true),
    ] {
        for way in WAYS {
            let proxy = Proxy::start(does.clone(), None);
            let mut options = options(&sandbox, &with_credentials(&proxy, "http", "ada:pass-word"));
            options["timeout"] = 2.into();
            options["connect_timeout"] = 0.5.into();
            let begin = Instant::now();
            let error = way.register(&options).unwrap_err();
            assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
            let message = self::words(&error);
            assert!(
                matches!(error, Error::Connection { retryable, .. } if retryable == is_tried_again),
                "{what}: {error:?}"
            );
            assert!(message.contains(words), "{what}: {message}");
            assert!(
                message.contains(&format!("through the proxy {}", proxy.address)),
                "{what}: {message}"
            );
            for secret in ["ada", "pass-word", &STANDARD.encode("ada:pass-word")] {
                assert!(!format!("{error:?}").contains(secret), "{what}: {error:?}");
            }
            let heads = proxy.heads();
            assert!(
                heads
                    .iter()
                    .all(|head| head.starts_with("CONNECT ") && !head.contains(KEY)),
                "{heads:?}"
            );
            assert!(is_tried_again || heads.len() == 1, "a password was tried again");
        }
    }
    assert_eq!(sandbox.log().len(), 0);
}
