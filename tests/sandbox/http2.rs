//! HTTP/2: how it is spoken, and what each fault means to a stream and to its connection.

use std::future::Future;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode};
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream};
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::support::{KEY, Sandbox};
use crate::tls::client_config;

/// Longer than any answer takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("an end in time") })
}

struct Client {
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

impl Client {
    /// With prior knowledge: there is no TLS to ask in.
    async fn connect(sandbox: &Sandbox) -> Self {
        let stream = TcpStream::connect(sandbox.address()).await.unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        Self {
            requests: requests.ready().await.unwrap(),
            connection: tokio::spawn(connection),
        }
    }

    fn begin(&mut self, path: &str, body: &Value) -> ResponseFuture {
        let request = Request::post(format!("http://127.0.0.1:8080{path}"))
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json")
            .body(())
            .unwrap();
        let (response, mut stream) = self.requests.send_request(request, false).unwrap();
        stream.send_data(Bytes::from(body.to_string()), true).unwrap();
        response
    }

    fn register(&mut self, url: &str) -> ResponseFuture {
        self.begin(
            "/wp-json/wccom/host-plan/v2.0/register",
            &json!({ "url": url, "wpcom_access_token": "t" }),
        )
    }

    /// How the connection ends once nobody wants anything of it.
    async fn end(self) -> Result<(), h2::Error> {
        drop(self.requests);
        self.connection.await.unwrap()
    }
}

async fn read(response: Response<RecvStream>) -> Result<Vec<u8>, h2::Error> {
    let mut body = response.into_body();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        bytes.extend_from_slice(&data?);
    }
    Ok(bytes)
}

/// The code of `RST_STREAM`, from the server.
fn reset_code(error: &h2::Error) -> Option<Reason> {
    error.reason().filter(|_| error.is_reset() && error.is_remote())
}

#[test]
fn the_answer_of_a_fault_has_its_length_and_for_head_no_body() {
    let sandbox = Sandbox::start();
    sandbox.fault("register", json!({ "kind": "status", "status": 503 }));
    sandbox.fault("totals", json!({ "kind": "status", "status": 503, "body": "down" }));
    run(async {
        let mut client = Client::connect(&sandbox).await;
        let response = client.register("https://example.com").await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["content-length"], "0");

        let request = Request::head("http://127.0.0.1:8080/wp-json/wccom/host-plan/v2.0/totals");
        let (response, _) = client.requests.send_request(request.body(()).unwrap(), true).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["content-length"], "4");
        assert_eq!(read(response).await.unwrap(), b"");
    });
}

#[test]
fn a_client_that_asks_for_http2_gets_it_and_any_other_http1() {
    let sandbox = Sandbox::start_tls();
    for (asked, given) in [
        (["h2", "http/1.1"].as_slice(), Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&[], None),
    ] {
        let mut config = client_config(&sandbox);
        config.alpn_protocols = asked.iter().map(|name| name.as_bytes().to_vec()).collect();
        run(async {
            let stream = TcpStream::connect(sandbox.address()).await.unwrap();
            let name = ServerName::try_from("127.0.0.1").unwrap();
            let stream = TlsConnector::from(std::sync::Arc::new(config))
                .connect(name, stream)
                .await
                .unwrap();
            let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
            assert_eq!(protocol.as_deref(), given.map(str::as_bytes));
            if given == Some("h2") {
                let (requests, connection) = h2::client::handshake(stream).await.unwrap();
                let connection = tokio::spawn(connection);
                let mut client = Client { requests, connection };
                let response = client.register("https://example.com").await.unwrap();
                assert_eq!(response.status(), StatusCode::OK);
            }
        });
    }
    assert_eq!(sandbox.log()[0]["protocol"], "HTTP/2.0");
    assert_eq!(sandbox.log()[0]["headers"]["host"], "127.0.0.1:8080");
}

#[test]
fn streams_share_a_connection_and_are_answered_as_http1_is() {
    let sandbox = Sandbox::start();
    run(async {
        let mut client = Client::connect(&sandbox).await;
        let urls = ["https://a.example", "https://b.example"];
        let answers = urls.map(|url| client.register(url));
        for answer in answers {
            let answer = answer.await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()["content-type"], "application/json; charset=UTF-8");
            let body: Value = serde_json::from_slice(&read(answer).await.unwrap()).unwrap();
            assert!(body["access_token_secret"].is_string());
        }
        let no_url = client.begin("/wp-json/wccom/host-plan/v2.0/register", &json!({}));
        assert_eq!(no_url.await.unwrap().status(), StatusCode::BAD_REQUEST);
    });
    assert_eq!(sandbox.orders().len(), 2);
    assert_eq!(sandbox.state()["connections"], 1);
    assert!(sandbox.log().iter().all(|entry| entry["connection"] == 1));
}

#[test]
fn links_lead_back_to_the_authority_of_the_request() {
    let sandbox = Sandbox::start();
    run(async {
        let mut client = Client::connect(&sandbox).await;
        let info = Request::get("http://localhost:8080/wp-json/wccom/host-plan/v1.0/info/galleria.json")
            .header("authorization", format!("Bearer {KEY}"))
            .body(())
            .unwrap();
        let (answer, _) = client.requests.send_request(info, true).unwrap();
        let body: Value = serde_json::from_slice(&read(answer.await.unwrap()).await.unwrap()).unwrap();
        let link = body["download_link"].as_str().unwrap();
        assert!(link.starts_with("http://localhost:8080/theme-packages/"), "{link}");
    });
}

#[test]
fn a_reset_ends_one_stream_with_its_code() {
    let sandbox = Sandbox::start();
    for (fault, code, orders) in [
        (json!({ "kind": "reset", "when": "before" }), Reason::INTERNAL_ERROR, 1),
        (json!({ "kind": "reset", "when": "after" }), Reason::INTERNAL_ERROR, 2),
        (
            json!({ "kind": "reset", "when": "before", "code": "refused-stream" }),
            Reason::REFUSED_STREAM,
            1,
        ),
        (
            json!({ "kind": "reset", "when": "after", "code": "cancel" }),
            Reason::CANCEL,
            2,
        ),
    ] {
        sandbox.reset();
        sandbox.fault("register", fault);
        run(async {
            let mut client = Client::connect(&sandbox).await;
            let first = client.register("https://first.example");
            let second = client.register("https://second.example");
            assert_eq!(reset_code(&first.await.unwrap_err()), Some(code));
            assert_eq!(second.await.unwrap().status(), StatusCode::OK);
        });
        assert_eq!(sandbox.orders().len(), orders, "{code:?}");
        assert_eq!(sandbox.log()[0]["status"], 0);
    }
}

#[test]
fn a_reset_of_the_connection_ends_every_stream() {
    let sandbox = Sandbox::start();
    sandbox.fault("cancel", json!({ "kind": "stall", "when": "before" }));
    sandbox.fault(
        "register",
        json!({ "kind": "reset", "when": "after", "scope": "connection" }),
    );
    run(async {
        let mut client = Client::connect(&sandbox).await;
        let waiting = client.begin("/wp-json/wccom/host-plan/v1.0/cancel", &json!({ "order_id": 1 }));
        let broken = client.register("https://example.com").await.unwrap_err();
        assert_eq!(
            broken.get_io().expect("a broken connection").kind(),
            std::io::ErrorKind::ConnectionReset
        );
        assert!(waiting.await.unwrap_err().is_io());
    });
    assert_eq!(sandbox.orders().len(), 1);
}

#[test]
fn a_stream_is_cut_off_or_stalls_while_others_go_on() {
    let sandbox = Sandbox::start();
    sandbox.fault("register", json!({ "kind": "truncate", "bytes": 20 }));
    sandbox.fault("register", json!({ "kind": "stall", "when": "body" }));
    run(async {
        let mut client = Client::connect(&sandbox).await;
        let cut = client.register("https://cut.example").await.unwrap();
        let length: usize = cut.headers()["content-length"].to_str().unwrap().parse().unwrap();
        assert!(length > 100);
        let mut cut = cut.into_body();
        assert_eq!(cut.data().await.unwrap().unwrap(), "{\"customer_id\":18727");
        let error = cut.data().await.unwrap().unwrap_err();
        assert_eq!(reset_code(&error), Some(Reason::INTERNAL_ERROR));

        let mut stalled = client.register("https://stalled.example").await.unwrap().into_body();
        let half = stalled.data().await.unwrap().unwrap();
        assert!(half.starts_with(b"{\"customer_id\":") && !half.ends_with(b"}"));
        let other = client.register("https://other.example").await.unwrap();
        assert_eq!(other.status(), StatusCode::OK);
        let more = tokio::time::timeout(Duration::from_millis(200), stalled.data());
        assert!(more.await.is_err(), "nothing more");
    });
    assert_eq!(sandbox.orders().len(), 3);
}

#[test]
fn a_graceful_goaway_answers_what_was_begun() {
    let sandbox = Sandbox::start();
    sandbox.fault("register", json!({ "kind": "goaway" }));
    run(async {
        let mut client = Client::connect(&sandbox).await;
        let answers = [1, 2, 3].map(|number| client.register(&format!("https://site-{number}.example")));
        for answer in answers {
            assert_eq!(answer.await.unwrap().status(), StatusCode::OK);
        }
        client.end().await.unwrap();
    });
    assert_eq!(sandbox.orders().len(), 3);
}

/// The first `answered` of five streams are answered, the others were not processed and the GOAWAY says so.
fn assert_others_are_ignored(sandbox: &Sandbox, answered: usize) {
    run(async {
        let mut client = Client::connect(sandbox).await;
        let answers: Vec<ResponseFuture> = (0..5)
            .map(|number| client.register(&format!("https://site-{number}.example")))
            .collect();
        for (index, answer) in answers.into_iter().enumerate() {
            match answer.await {
                Ok(answer) => {
                    assert!(index < answered, "{index}");
                    assert_eq!(answer.status(), StatusCode::OK);
                    read(answer).await.unwrap();
                }
                Err(error) => {
                    assert!(index >= answered, "{index}: {error}");
                    assert!(error.is_go_away() && error.is_remote(), "{error:?}");
                    assert_eq!(error.reason(), Some(Reason::NO_ERROR));
                }
            }
        }
        client.end().await.unwrap();
    });
    assert_eq!(sandbox.orders().len(), answered);
    assert_eq!(sandbox.log().len(), answered);
}

#[test]
fn a_connection_ends_after_its_last_request_as_nginx_ends_it() {
    let sandbox = Sandbox::start_with(&["--max-requests-per-connection", "3"]);
    assert_others_are_ignored(&sandbox, 3);
}

#[test]
fn a_goaway_can_leave_late_streams_unprocessed() {
    let sandbox = Sandbox::start();
    sandbox.fault("register", json!({ "kind": "goaway", "late": "ignored" }));
    run(async {
        let mut client = Client::connect(&sandbox).await;
        assert_eq!(
            client.register("https://a.example").await.unwrap().status(),
            StatusCode::OK
        );
        client.end().await.unwrap();
    });
    assert_eq!(sandbox.orders().len(), 1);
}

#[test]
fn no_more_streams_are_open_than_allowed() {
    let sandbox = Sandbox::start_with(&["--max-concurrent-streams", "7"]);
    run(async {
        let mut client = Client::connect(&sandbox).await;
        client.register("https://a.example").await.unwrap();
        assert_eq!(client.requests.current_max_send_streams(), 7);
    });
}
