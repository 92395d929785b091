//! Sends one request and reads its answer: deadlines, a cap on the body, no redirects, and whether it can have been
//! received.

mod causes;
mod http2;
mod limit;
mod places;
pub(crate) mod proxy;
mod tls_failure;
mod watched_body;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::uri::InvalidUri;
use http::{Request, StatusCode, Uri};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::ClientConfig;
use tokio::time::sleep;
use url::Url;

use self::causes::{may_pass, reason, was_not_processed};
use self::http2::Http2;
use self::limit::{Absence, Limit};
use self::watched_body::WatchedBody;
use crate::config::Network;
use crate::error::{Error, Result};
use crate::operation::Effect;
use crate::{retry, tls};

/// The most that is read of an answer's body, in bytes. The documented answers are below 1 KiB, a page of 100 orders
/// below 100 KiB.
pub const MAX_BODY: usize = 1024 * 1024;

/// The names of the protocols in TLS (ALPN).
const HTTP_1: &[u8] = b"http/1.1";
const HTTP_2: &[u8] = b"h2";
const USER: HeaderValue = HeaderValue::from_static(concat!("wccom-host/", env!("CARGO_PKG_VERSION")));

/// How long a connection without a request is kept. A service that closes it at the moment when a request is sent leaves an
/// unknown outcome behind; web servers wait for five seconds or more.
const IDLE: Duration = Duration::from_secs(2);

/// A whole head, and as much of the body as came.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Seconds to wait.
    pub retry_after: Option<u64>,
    /// `X-WP-Total`.
    pub total: Option<u64>,
    /// `X-WP-TotalPages`.
    pub total_pages: Option<u64>,
    /// The body, at most [`MAX_BODY`] bytes of it.
    pub body: Vec<u8>,
    /// Why the body is not whole.
    pub cut_off: Option<CutOff>,
}

/// Why a body is not whole.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CutOff {
    /// It was not read any further.
    #[error("it is larger than {MAX_BODY} bytes")]
    TooLarge,
    /// The connection ended.
    #[error("it was broken off: {0}")]
    BrokenOff(String),
    /// The time was over.
    #[error("it did not end within {0}")]
    Late(String),
}

/// No answer.
#[derive(Debug, Clone)]
pub enum Failure {
    /// No connection was given the request, so that it cannot have been received.
    NotSent {
        /// What happened.
        reason: String,
        /// Whether it may work a moment later; false for certificates that are not trusted, and wrong passwords of a proxy.
        may_pass: bool,
    },
    /// A connection had it; the request may have been received.
    MaybeSent {
        /// What happened.
        reason: String,
    },
}

/// A client for one call, or for calls that follow each other. No connection outlives it.
pub struct Transport {
    client: Client,
    /// One connection for many requests, where it is asked for and no proxy is in between: with a third of the work that
    /// the client has with them.
    http2: Option<Http2>,
    /// Whether a connection of the client has taken a request.
    has_left: Arc<AtomicBool>,
    absence: Absence,
    network: Network,
    /// The service, and the proxy on the way to it, for messages.
    target: String,
}

impl Transport {
    /// A client for requests to `base`, one at a time, over one connection with HTTP/1.1.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for options of the network, [`Error::Local`] if the system has no CA certificates.
    pub fn new(network: &Network, base: &Url) -> Result<Self> {
        let one = |builder: ClientBuilder| builder.pool_max_idle_per_host(1);
        let proxy = proxy::proxy(network, &uri(base)?)?;
        Self::build(network, base, proxy.as_ref(), tls_config(network, base)?, one)
    }

    /// A client for so many requests to `base` at once: over one connection if the service speaks HTTP/2 and no proxy is in
    /// between, and otherwise over one for each.
    ///
    /// # Errors
    /// As [`Transport::new`].
    pub fn for_many(network: &Network, base: &Url, concurrency: usize) -> Result<Self> {
        let many = |builder: ClientBuilder| builder.pool_max_idle_per_host(concurrency).pool_idle_timeout(IDLE);
        let tls = tls_config(network, base)?;
        let uri = uri(base)?;
        let proxy = proxy::proxy(network, &uri)?;
        let transport = Self::build(network, base, proxy.as_ref(), tls.clone(), many)?;
        let http2 = match proxy {
            None => Http2::new(network, base, uri, tls, transport.absence.clone()),
            Some(_) => None,
        };
        Ok(Self { http2, ..transport })
    }

    fn build(
        network: &Network,
        base: &Url,
        proxy: Option<&Url>,
        mut tls: ClientConfig,
        pool: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self> {
        let uri = uri(base)?;
        tls.alpn_protocols = vec![HTTP_1.to_vec()];
        // With HTTP/2 it could not be told whether a request that waits for a stream has left.
        let builder = pool(Client::builder().http1_only())
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(network.connect_timeout);
        let builder = match proxy {
            None => builder.no_proxy(),
            Some(url) => {
                let proxy = reqwest::Proxy::all(url.clone())
                    .map_err(|error| Error::invalid("proxy", format!("cannot be used: {}", reason(&error))))?;
                builder.proxy(proxy)
            }
        };
        let client = builder.build().map_err(|error| Error::Local {
            message: format!("Nothing was sent: the HTTP client cannot be set up: {}", reason(&error)),
            retryable: false,
        })?;
        Ok(Self {
            client,
            http2: None,
            has_left: Arc::default(),
            absence: Absence::default(),
            network: network.clone(),
            target: match proxy {
                Some(proxy) => format!("{} through the proxy {}", target(&uri), proxy::name(proxy)),
                None => target(&uri),
            },
        })
    }

    /// Whether a request may have left.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.has_left.load(Ordering::SeqCst)
    }

    /// Does not count time against the service in which the caller's own code has kept this from working.
    pub fn was_kept_waiting(&self, time: Duration) {
        self.absence.add(time);
    }

    /// Sends a request, and again as long as [`retry::again`] says so. The time to get it off begins now.
    ///
    /// # Errors
    /// [`Failure`] tells whether the request may have been received.
    pub async fn send(&self, effect: &Effect, mut request: Request<Bytes>) -> std::result::Result<Answer, Failure> {
        let limit = self.limit();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, USER);
        let mut pauses = retry::pauses();
        loop {
            let result = self.attempt(&request, &limit).await;
            match retry::again(effect, &result, pauses.next(), limit.remaining()) {
                Some(pause) => sleep(pause).await,
                None => return result,
            }
        }
    }

    async fn attempt(&self, request: &Request<Bytes>, limit: &Limit) -> std::result::Result<Answer, Failure> {
        if let Some(http2) = &self.http2 {
            let Some(connection) = limit.on(http2.connection()).await else {
                return Err(self.not_taken_in_time());
            };
            if let Some(mut connection) = connection? {
                let limit = self.limit();
                return match limit.on(connection.send(request)).await {
                    Some(Ok(response)) => {
                        let answer = head(response.status(), response.headers());
                        Ok(self.whole(answer, Body::Http2(response.into_body()), &limit).await)
                    }
                    Some(Err(error)) if error.is_before_sending || was_not_processed(&error.cause) => {
                        Err(not_taken(&self.target))
                    }
                    Some(Err(error)) => Err(broken_off(&self.target, &reason(&error.cause))),
                    None => Err(self.not_answered_in_time()),
                };
            }
        }
        // On the heap, so that the future of the other way is small.
        Box::pin(self.attempt_by_client(request, limit)).await
    }

    async fn attempt_by_client(&self, request: &Request<Bytes>, limit: &Limit) -> std::result::Result<Answer, Failure> {
        let taken = Arc::new(OnceLock::new());
        let (parts, body) = request.clone().into_parts();
        let (noted, absence, timeout) = (Arc::clone(&taken), self.absence.clone(), self.network.timeout);
        let has_left = Arc::clone(&self.has_left);
        let body = reqwest::Body::wrap(WatchedBody::new(body, move || {
            has_left.store(true, Ordering::SeqCst);
            noted.get_or_init(|| absence.limit(timeout));
        }));
        let mut execute = std::pin::pin!(async {
            let request = reqwest::Request::try_from(Request::from_parts(parts, body))?;
            self.client.execute(request).await
        });
        let mut response = limit.on(execute.as_mut()).await;
        if let (None, Some(limit)) = (&response, taken.get()) {
            response = limit.on(execute).await;
        }
        match (response, taken.get()) {
            (Some(Ok(response)), taken) => {
                let answer = head(response.status(), response.headers());
                Ok(self.whole(answer, Body::Client(response), taken.unwrap_or(limit)).await)
            }
            (Some(Err(error)), Some(_)) => Err(broken_off(&self.target, &reason(&error))),
            (Some(Err(error)), None) if error.is_timeout() => {
                Err(no_connection_within(&self.target, self.network.connect_timeout))
            }
            (Some(Err(error)), None) => Err(Failure::NotSent {
                reason: format!("no connection to {}: {}", self.target, reason(&error)),
                may_pass: may_pass(&error),
            }),
            (None, Some(_)) => Err(self.not_answered_in_time()),
            (None, None) => Err(self.not_taken_in_time()),
        }
    }

    /// For getting a request off, and again for its answer: one that has left has the whole time, however long it took to get
    /// there, since one that is given up is an order whose secret is lost.
    fn limit(&self) -> Limit {
        self.absence.limit(self.network.timeout)
    }

    /// The answer with its body, as far as that comes.
    async fn whole(&self, mut answer: Answer, mut body: Body, limit: &Limit) -> Answer {
        loop {
            match limit.on(body.chunk()).await {
                Some(Ok(Some(chunk))) => {
                    let room = MAX_BODY - answer.body.len();
                    answer.body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                    if chunk.len() > room {
                        answer.cut_off = Some(CutOff::TooLarge);
                        break;
                    }
                }
                Some(Ok(None)) => break,
                Some(Err(reason)) => {
                    answer.cut_off = Some(CutOff::BrokenOff(reason));
                    break;
                }
                None => {
                    answer.cut_off = Some(CutOff::Late(seconds(self.network.timeout)));
                    break;
                }
            }
        }
        answer
    }

    fn not_taken_in_time(&self) -> Failure {
        Failure::NotSent {
            reason: format!(
                "no connection to {} took the request within {}",
                self.target,
                seconds(self.network.timeout)
            ),
            may_pass: true,
        }
    }

    fn not_answered_in_time(&self) -> Failure {
        Failure::MaybeSent {
            reason: format!("no answer came within {}", seconds(self.network.timeout)),
        }
    }
}

enum Body {
    Client(reqwest::Response),
    Http2(h2::RecvStream),
}

impl Body {
    async fn chunk(&mut self) -> std::result::Result<Option<Bytes>, String> {
        match self {
            Self::Client(response) => response.chunk().await.map_err(|error| reason(&error)),
            Self::Http2(stream) => {
                let chunk = stream.data().await.transpose().map_err(|error| reason(&error))?;
                if let Some(chunk) = &chunk {
                    // Room for as much again. It fails only if the stream has ended.
                    let _ = stream.flow_control().release_capacity(chunk.len());
                }
                Ok(chunk)
            }
        }
    }
}

/// An answer whose body is still to come.
fn head(status: StatusCode, headers: &HeaderMap) -> Answer {
    Answer {
        status: status.as_u16(),
        retry_after: retry_after(headers),
        total: number(headers, "x-wp-total"),
        total_pages: number(headers, "x-wp-totalpages"),
        body: Vec::new(),
        cut_off: None,
    }
}

fn not_taken(target: &str) -> Failure {
    Failure::NotSent {
        reason: format!("{target} closed its connection before it took the request"),
        may_pass: true,
    }
}

fn broken_off(target: &str, reason: &str) -> Failure {
    Failure::MaybeSent {
        reason: format!("{target} broke the connection off: {reason}"),
    }
}

fn no_connection_within(target: &str, time: Duration) -> Failure {
    Failure::NotSent {
        reason: format!("no connection to {target} within {}", seconds(time)),
        may_pass: true,
    }
}

fn tls_config(network: &Network, base: &Url) -> Result<ClientConfig> {
    if is_plain(base) {
        tls::config_for_plain_http()
    } else {
        tls::config(network.ca_file.as_deref())
    }
}

fn is_plain(base: &Url) -> bool {
    base.scheme() == "http"
}

fn uri(base: &Url) -> Result<Uri> {
    let unusable = |error: InvalidUri| Error::invalid("base_url", format!("cannot be used: {error}"));
    base.as_str().parse().map_err(unusable)
}

/// Host and port.
fn target(uri: &Uri) -> String {
    let port = uri
        .port_u16()
        .unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
    format!("{}:{port}", uri.host().unwrap_or_default())
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    header(headers, name)?.parse().ok()
}

/// Seconds, or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let value = header(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    let seconds = date.timestamp().as_second() - jiff::Timestamp::now().as_second();
    Some(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn reads_retry_after_as_seconds_and_as_a_date() {
        assert_eq!(retry_after(&headers("7")), Some(7));
        assert_eq!(retry_after(&headers("Wed, 21 Oct 2015 07:28:00 GMT")), Some(0));
        let in_a_minute = jiff::Timestamp::now().as_second() + 60;
        let date = jiff::Timestamp::from_second(in_a_minute)
            .unwrap()
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        assert!(matches!(retry_after(&headers(&date)), Some(58..=60)), "{date}");
        assert_eq!(retry_after(&headers("soon")), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
