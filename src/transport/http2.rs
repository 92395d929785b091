//! One connection for many requests at once, by HTTP/2 (RFC 9113).

use std::sync::Arc;

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use http::header::CONTENT_LENGTH;
use http::uri::InvalidUri;
use http::{Request, Response, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::ServerName;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, timeout};
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

use super::causes::{is_about_tls, reason};
use super::connected::Connected;
use super::{Failure, HTTP_1, HTTP_2, no_connection_within, target};
use crate::config::{Network, Proxy};
use crate::error::{Error, Result};
use crate::tls;

/// As the client has them.
const KEEPALIVE: Duration = Duration::from_secs(15);
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

pub(super) struct Http2 {
    uri: Uri,
    host: ServerName<'static>,
    target: String,
    connector: HttpConnector,
    tls: TlsConnector,
    connect_timeout: Duration,
    connected: Connected,
    /// Locked while somebody connects, so that the others wait for the same connection.
    line: Mutex<Line>,
}

/// What is known of the way to the service.
enum Line {
    /// Nothing yet, or it has ended.
    Closed,
    Open(SendRequest<Bytes>),
    /// The last attempt, and when it failed.
    Failed(Instant, Failure),
    /// The service does not speak HTTP/2.
    Http1,
}

/// A place on the connection, for one request.
pub(super) struct Connection(SendRequest<Bytes>);

pub(super) struct Broken {
    pub(super) cause: h2::Error,
    /// The connection had ended before the request was given to it.
    pub(super) is_before_sending: bool,
}

impl Http2 {
    /// `None` for plain http, and if there is a proxy to go through.
    pub(super) fn new(network: &Network, base: &Url, connected: &Connected) -> Result<Option<Self>> {
        let unusable = |error: InvalidUri| Error::invalid("base_url", format!("cannot be used: {error}"));
        let uri: Uri = base.as_str().parse().map_err(unusable)?;
        let has_proxy = match &network.proxy {
            Proxy::None => false,
            Proxy::Environment => Matcher::from_env().intercept(&uri).is_some(),
            Proxy::Url(_) => true,
        };
        let host = base
            .host_str()
            .map(|host| host.trim_start_matches('[').trim_end_matches(']'));
        let Some(host) = host.and_then(|host| ServerName::try_from(host.to_owned()).ok()) else {
            return Ok(None);
        };
        if has_proxy || base.scheme() != "https" {
            return Ok(None);
        }
        let mut tls = tls::config(network.ca_file.as_deref())?;
        tls.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_keepalive(Some(KEEPALIVE));
        connector.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Ok(Some(Self {
            target: target(&uri),
            uri,
            host,
            connector,
            tls: TlsConnector::from(Arc::new(tls)),
            connect_timeout: network.connect_timeout,
            connected: connected.clone(),
            line: Mutex::new(Line::Closed),
        }))
    }

    /// The connection, made if there is none. `None` if the service does not speak HTTP/2.
    pub(super) async fn connection(&self) -> std::result::Result<Option<Connection>, Failure> {
        let asked = Instant::now();
        let mut line = self.line.lock().await;
        match &*line {
            Line::Http1 => return Ok(None),
            // Every request has a handle of its own: one handle waits until its last request has left.
            Line::Open(sender) => {
                if let Ok(sender) = sender.clone().ready().await {
                    return Ok(Some(Connection(sender)));
                }
            }
            Line::Failed(when, failure) if *when >= asked => return Err(failure.clone()),
            Line::Failed(..) | Line::Closed => {}
        }
        // On the heap: a future that holds a handshake is large, and each request would be moved with it.
        *line = match Box::pin(self.connect()).await {
            Ok(opened) => opened,
            Err(failure) => Line::Failed(Instant::now(), failure),
        };
        match &*line {
            Line::Open(sender) => Ok(Some(Connection(sender.clone()))),
            Line::Failed(_, failure) => Err(failure.clone()),
            Line::Http1 | Line::Closed => Ok(None),
        }
    }

    async fn connect(&self) -> std::result::Result<Line, Failure> {
        match timeout(self.connect_timeout, self.open()).await {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) => Err(Failure::NotSent {
                reason: format!("no connection to {}: {}", self.target, reason(&*error)),
                may_pass: !is_about_tls(&*error),
            }),
            Err(_elapsed) => Err(no_connection_within(&self.target, self.connect_timeout)),
        }
    }

    async fn open(&self) -> std::result::Result<Line, Box<dyn std::error::Error + Send + Sync>> {
        let mut connector = self.connector.clone();
        std::future::poll_fn(|context| connector.poll_ready(context)).await?;
        let tcp = connector.call(self.uri.clone()).await?.into_inner();
        let tls = self.tls.connect(self.host.clone(), tcp).await?;
        if tls.get_ref().1.alpn_protocol() != Some(HTTP_2) {
            return Ok(Line::Http1);
        }
        let (sender, connection) = h2::client::handshake(tls).await?;
        self.connected.set();
        // Its errors come to the requests.
        tokio::spawn(connection);
        Ok(Line::Open(sender))
    }
}

impl Connection {
    pub(super) async fn send(mut self, request: &Request<Bytes>) -> std::result::Result<Response<RecvStream>, Broken> {
        let before = |cause| Broken {
            cause,
            is_before_sending: true,
        };
        let after = |cause| Broken {
            cause,
            is_before_sending: false,
        };
        let (head, body) = request.clone().into_parts();
        let mut head = Request::from_parts(head, ());
        head.headers_mut().insert(CONTENT_LENGTH, body.len().into());
        let (answer, mut stream) = self.0.send_request(head, body.is_empty()).map_err(before)?;
        if !body.is_empty() {
            stream.send_data(body, true).map_err(after)?;
        }
        answer.await.map_err(after)
    }
}
