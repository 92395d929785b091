//! One connection for many requests at once, by HTTP/2 (RFC 9113).

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use http::header::CONTENT_LENGTH;
use http::{Request, Response, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, timeout};
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

use super::causes::{may_pass, reason};
use super::limit::Absence;
use super::places::{Place, Places};
use super::{Failure, HTTP_1, HTTP_2, no_connection_within, not_taken, target};
use crate::config::Network;

/// As the client has them.
const KEEPALIVE: Duration = Duration::from_secs(15);
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// The most that the fields of an answer take, as HTTP/2 counts them: compressed, a few bytes are very many fields.
const HEADERS: u32 = 64 * 1024;

/// How often the number of streams that the service allows is looked at while all are taken.
const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Http2 {
    uri: Uri,
    host: ServerName<'static>,
    target: String,
    connector: HttpConnector,
    tls: TlsConnector,
    connect_timeout: Duration,
    absence: Absence,
    /// Locked while somebody connects, or waits for a place on the connection: the others wait behind.
    line: Mutex<Line>,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is known of the way to the service.
enum Line {
    /// Nothing yet, or it has ended.
    Closed,
    Open(Open),
    /// The last attempt, and when it failed.
    Failed(Instant, Failure),
    /// The service does not speak HTTP/2.
    Http1,
}

/// A connection, and its places: as many as the service allows streams. One more would wait inside of h2, and nobody could
/// tell whether it has left.
struct Open {
    sender: SendRequest<Bytes>,
    places: Arc<Places>,
}

/// A place on the connection, for one request and its answer.
pub(super) struct Connection {
    sender: SendRequest<Bytes>,
    _place: Place,
}

pub(super) struct Broken {
    pub(super) cause: h2::Error,
    /// The connection had ended before the request was given to it.
    pub(super) is_before_sending: bool,
}

impl Http2 {
    /// `None` for plain http.
    pub(super) fn new(
        network: &Network,
        base: &Url,
        uri: Uri,
        mut tls: ClientConfig,
        absence: Absence,
    ) -> Option<Self> {
        if base.scheme() != "https" {
            return None;
        }
        let host = base.host_str()?.trim_start_matches('[').trim_end_matches(']');
        let host = ServerName::try_from(host.to_owned()).ok()?;
        tls.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_keepalive(Some(KEEPALIVE));
        connector.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Some(Self {
            target: target(&uri),
            uri,
            host,
            connector,
            tls: TlsConnector::from(Arc::new(tls)),
            connect_timeout: network.connect_timeout,
            absence,
            line: Mutex::new(Line::Closed),
        })
    }

    /// A place on the connection, which is made if there is none. `None` if the service does not speak HTTP/2.
    pub(super) async fn connection(&self) -> std::result::Result<Option<Connection>, Failure> {
        let asked = Instant::now();
        let mut line = self.line.lock().await;
        match &*line {
            Line::Http1 => return Ok(None),
            Line::Open(open) => {
                if let Some(connection) = open.place().await {
                    return Ok(Some(connection));
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
            Line::Open(open) => match open.place().await {
                Some(connection) => Ok(Some(connection)),
                None => Err(not_taken(&self.target)),
            },
            Line::Failed(_, failure) => Err(failure.clone()),
            Line::Http1 | Line::Closed => Ok(None),
        }
    }

    async fn connect(&self) -> std::result::Result<Line, Failure> {
        match self.absence.limit(self.connect_timeout).on(self.open()).await {
            Some(Ok(line)) => Ok(line),
            Some(Err(error)) => Err(Failure::NotSent {
                reason: format!("no connection to {}: {}", self.target, reason(&*error)),
                may_pass: may_pass(&*error),
            }),
            None => Err(no_connection_within(&self.target, self.connect_timeout)),
        }
    }

    async fn open(&self) -> std::result::Result<Line, Cause> {
        let mut connector = self.connector.clone();
        poll_fn(|context| connector.poll_ready(context)).await?;
        let tcp = connector.call(self.uri.clone()).await?.into_inner();
        let tls = self.tls.connect(self.host.clone(), tcp).await?;
        if tls.get_ref().1.alpn_protocol() != Some(HTTP_2) {
            return Ok(Line::Http1);
        }
        // No stream before the service has said how many there may be.
        let mut builder = h2::client::Builder::new();
        builder
            .initial_max_send_streams(0)
            .max_header_list_size(HEADERS)
            .enable_push(false);
        let (sender, mut connection) = builder.handshake(tls).await?;
        poll_fn(|context| match Pin::new(&mut connection).poll(context) {
            Poll::Ready(Ok(())) => Poll::Ready(Err("the service closed it".into())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(Cause::from(error))),
            Poll::Pending if connection.max_concurrent_send_streams() > 0 => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        })
        .await?;
        // Its errors come to the requests.
        tokio::spawn(connection);
        Ok(Line::Open(Open {
            sender,
            places: Arc::default(),
        }))
    }
}

impl Open {
    /// A place, when there is one. `None` if the connection has ended.
    async fn place(&self) -> Option<Connection> {
        loop {
            // Every request has a handle of its own: one handle waits until its last request has left.
            let sender = self.sender.clone().ready().await.ok()?;
            if let Some(place) = self.places.take(sender.current_max_send_streams()) {
                return Some(Connection { sender, _place: place });
            }
            let _ = timeout(LOOK, self.places.freed()).await;
        }
    }
}

impl Connection {
    pub(super) async fn send(&mut self, request: &Request<Bytes>) -> std::result::Result<Response<RecvStream>, Broken> {
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
        let (answer, mut stream) = self.sender.send_request(head, body.is_empty()).map_err(before)?;
        if !body.is_empty() {
            stream.send_data(body, true).map_err(after)?;
        }
        answer.await.map_err(after)
    }
}
