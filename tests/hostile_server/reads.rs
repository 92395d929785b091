//! A list of orders that is not what its headers say, page after page.

use std::time::Duration;

use serde_json::json;
use wccom_host::endpoints::orders::Filters;
use wccom_host::error::Outcome;

use super::bodies;
use super::cases::Cases;
use super::choices::Choices;
use super::documented::OPERATIONS;
use super::expected::check_words;
use super::plain_server::{End, Exchange, Part, PlainServer, Reads};
use super::support::client::client;

const PAGES: usize = 8;

/// What a page says of how many there are.
const TOTALS: [&str; 9] = [
    "0",
    "1",
    "3",
    "100",
    "5000",
    "18446744073709551615",
    "18446744073709546615",
    "-1",
    "x",
];

fn page(choices: &mut Choices, number: usize) -> Exchange {
    let body = if choices.below(4) == 0 {
        bodies::body(choices, OPERATIONS[8].1)
    } else {
        let orders: Vec<String> = (0..choices.below(4))
            .map(|order| {
                format!(
                    r#"{{"id":{},"status":"completed"}}"#,
                    1 + number * choices.below(2) * 4 + order
                )
            })
            .collect();
        format!("[{}]", orders.join(",")).into_bytes()
    };
    let mut head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len());
    if choices.below(4) > 0 {
        head += &["X-WP-Total: ", choices.of(&TOTALS), "\r\n"].concat();
    }
    if choices.one_in(2) {
        head += &["X-WP-TotalPages: ", choices.of(&TOTALS), "\r\n"].concat();
    }
    Exchange {
        reads: Reads::All,
        parts: vec![Part::Bytes([head.as_bytes(), b"\r\n", &body].concat())],
        end: choices.of(&[End::KeepAlive, End::KeepAlive, End::Close]),
    }
}

#[test]
fn a_list_of_orders_ends_or_goes_on_whatever_its_pages_say() {
    let cases = Cases {
        name: "orders_over_http_1",
        count: 100,
        bytes: 400,
        memory: 64 * 1024 * 1024,
    };
    let case = |choices: &mut Choices| (0..PAGES).map(|number| page(choices, number)).collect::<Vec<_>>();
    cases.check(case, |exchanges, measured| {
        let server = PlainServer::start(exchanges);
        let host_plan = client(json!({"base_url": server.base_url(), "timeout": 0.1, "connect_timeout": 20}));
        let given = measured.does_within(Duration::from_secs(2 * PAGES as u64), || {
            let mut pages = host_plan.orders(Filters::default());
            let mut given = 0;
            loop {
                match pages.next_page(|order| order.id.clone(), &mut || false) {
                    Ok(Some(ids)) if ids.is_empty() => return Err("an empty page was given".to_owned()),
                    Ok(Some(_)) => given += 1,
                    Ok(None) => return Ok(given),
                    Err(error) => {
                        check_words(&error, b"")?;
                        let is_good = error.outcome() != Outcome::Unknown;
                        return is_good.then_some(given).ok_or_else(|| format!("{error:?}"));
                    }
                }
            }
        });
        server.stop();
        let given = given??;
        (given <= PAGES).then_some(()).ok_or_else(|| format!("{given} pages"))
    });
}
