//! Sends one request and reads its answer: deadlines, a cap on the body, no redirects, and whether it can have been
//! received.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Request};
use tokio::time::{Instant, sleep, timeout_at};
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

use crate::config::{Network, Proxy};
use crate::error::{Error, Result};
use crate::operation::Effect;
use crate::{retry, tls};

/// The most that is read of an answer's body, in bytes. The documented answers are below 1 KiB, a page of 100 orders
/// below 100 KiB.
pub const MAX_BODY: usize = 1024 * 1024;

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
#[derive(Debug)]
pub enum Failure {
    /// No connection was made, so that nothing can have been received.
    NotSent {
        /// What happened.
        reason: String,
        /// Whether it may work a moment later; false for certificates that are not trusted.
        may_pass: bool,
    },
    /// A connection was there; the request may have been received.
    MaybeSent {
        /// What happened.
        reason: String,
    },
}

/// A client for one call, or for calls that follow each other. No connection outlives it.
pub struct Transport {
    client: Client,
    connected: Connected,
    network: Network,
}

/// Set once a connection is there: DNS, TCP, proxy and TLS are done, so that from now on bytes of a request may leave.
#[derive(Clone, Default)]
struct Connected(Arc<AtomicBool>);

impl Connected {
    fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Transport {
    /// A client for requests to `base`, one at a time.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for options of the network, [`Error::Local`] if the system has no CA certificates.
    pub fn new(network: &Network, base: &Url) -> Result<Self> {
        let connected = Connected::default();
        let plain_http = base.scheme() == "http";
        let tls = if plain_http {
            tls::config_for_plain_http()?
        } else {
            tls::config(network.ca_file.as_deref())?
        };
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("wccom-host/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(1)
            .connect_timeout(network.connect_timeout)
            .connector_layer(MarkConnected(connected.clone()));
        let builder = match &network.proxy {
            // Plain http is for this machine only: through a proxy the key would travel in the clear.
            _ if plain_http => builder.no_proxy(),
            Proxy::None => builder.no_proxy(),
            Proxy::Environment => builder,
            Proxy::Url(url) => {
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
            connected,
            network: network.clone(),
        })
    }

    /// Whether a request may have left.
    #[must_use]
    pub fn has_connected(&self) -> bool {
        self.connected.get()
    }

    /// Sends a request, and again as long as [`retry::again`] says so. The time of the whole call begins now.
    ///
    /// # Errors
    /// [`Failure`] tells whether the request may have been received.
    pub async fn send(&self, effect: &Effect, mut request: Request) -> std::result::Result<Answer, Failure> {
        let deadline = Instant::now() + self.network.timeout;
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut pauses = retry::pauses();
        loop {
            let result = match timeout_at(deadline, self.attempt(copy(&request), deadline)).await {
                Ok(result) => result,
                Err(_elapsed) => return Err(self.late()),
            };
            let remaining = deadline.saturating_duration_since(Instant::now());
            match retry::again(effect, &result, pauses.next(), remaining) {
                Some(pause) => sleep(pause).await,
                None => return result,
            }
        }
    }

    async fn attempt(&self, request: Request, deadline: Instant) -> std::result::Result<Answer, Failure> {
        let target = target(request.url());
        let mut response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) if self.connected.get() => {
                return Err(Failure::MaybeSent {
                    reason: format!("{target} broke the connection off: {}", reason(&error)),
                });
            }
            Err(error) if error.is_timeout() => {
                return Err(Failure::NotSent {
                    reason: format!(
                        "no connection to {target} within {}",
                        seconds(self.network.connect_timeout)
                    ),
                    may_pass: true,
                });
            }
            Err(error) => {
                return Err(Failure::NotSent {
                    reason: format!("no connection to {target}: {}", reason(&error)),
                    may_pass: !is_about_tls(&error),
                });
            }
        };
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()),
            total: number(response.headers(), "x-wp-total"),
            total_pages: number(response.headers(), "x-wp-totalpages"),
            body: Vec::new(),
            cut_off: None,
        };
        loop {
            match timeout_at(deadline, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    let room = MAX_BODY - answer.body.len();
                    answer.body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                    if chunk.len() > room {
                        answer.cut_off = Some(CutOff::TooLarge);
                        break;
                    }
                }
                Ok(Ok(None)) => break,
                Ok(Err(error)) => {
                    answer.cut_off = Some(CutOff::BrokenOff(reason(&error)));
                    break;
                }
                Err(_elapsed) => {
                    answer.cut_off = Some(CutOff::Late(seconds(self.network.timeout)));
                    break;
                }
            }
        }
        Ok(answer)
    }

    fn late(&self) -> Failure {
        let within = seconds(self.network.timeout);
        if self.connected.get() {
            Failure::MaybeSent {
                reason: format!("no answer came within {within}"),
            }
        } else {
            Failure::NotSent {
                reason: format!("no connection was made within {within}"),
                may_pass: true,
            }
        }
    }
}

/// For another attempt. (`Request::try_clone()` fails for bodies that are streams; ours are bytes.)
fn copy(request: &Request) -> Request {
    let mut copy = Request::new(request.method().clone(), request.url().clone());
    copy.headers_mut().clone_from(request.headers());
    *copy.body_mut() = request
        .body()
        .and_then(reqwest::Body::as_bytes)
        .map(|bytes| bytes.to_vec().into());
    copy
}

fn target(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default()
    )
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// The innermost cause, which says most; the outer ones repeat the URL.
fn reason(error: &Cause) -> String {
    causes(error)
        .last()
        .map_or_else(|| "unknown cause".to_owned(), ToString::to_string)
}

fn is_about_tls(error: &Cause) -> bool {
    causes(error).any(<Cause>::is::<rustls::Error>)
}

type Cause = dyn StdError + 'static;

fn causes(error: &Cause) -> impl Iterator<Item = &Cause> {
    std::iter::successors(Some(error), |error| inner_cause(*error))
}

/// The source of an `io::Error` that wraps another error is that error's source, not the error itself.
fn inner_cause(error: &Cause) -> Option<&Cause> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
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

#[derive(Clone)]
struct MarkConnected(Connected);

impl<S> Layer<S> for MarkConnected {
    type Service = MarkingConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MarkingConnector {
            inner,
            connected: self.0.clone(),
        }
    }
}

#[derive(Clone)]
struct MarkingConnector<S> {
    inner: S,
    connected: Connected,
}

impl<S, T> Service<T> for MarkingConnector<S>
where
    S: Service<T>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let connecting = self.inner.call(target);
        let connected = self.connected.clone();
        Box::pin(async move {
            let connection = connecting.await?;
            connected.0.store(true, Ordering::SeqCst);
            Ok(connection)
        })
    }
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
