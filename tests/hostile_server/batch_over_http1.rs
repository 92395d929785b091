//! A batch over HTTP/1.1, whose connections are used again, against a server that breaks the rules of HTTP/1.1.

use std::time::Duration;

use serde_json::json;
use wccom_host::error::Outcome;

use super::cases::Cases;
use super::choices::Choices;
use super::documented::REGISTERED;
use super::expected::check_words;
use super::http1::{can_be_made_of, correct, wrong};
use super::plain_server::{End, Exchange, Part, PlainServer, Reads};
use super::records::log_agrees;
use super::sites::{Sites, url};
use super::support::client::Folder;

#[derive(Debug)]
struct Case {
    sites: usize,
    concurrency: usize,
    with_journal: bool,
    exchanges: Vec<Exchange>,
}

fn case(choices: &mut Choices) -> Case {
    let sites = 1 + choices.below(4);
    let exchange = |choices: &mut Choices| {
        let parts = if choices.below(3) > 0 {
            vec![Part::Bytes(correct(choices, REGISTERED).0)]
        } else {
            wrong(choices)
        };
        Exchange {
            reads: choices.of(&[Reads::All, Reads::All, Reads::All, Reads::Some(0), Reads::Some(50)]),
            parts,
            end: choices.of(&[
                End::KeepAlive,
                End::KeepAlive,
                End::KeepAlive,
                End::Close,
                End::Drop,
                End::Stall,
            ]),
        }
    };
    Case {
        sites,
        concurrency: 1 + choices.below(3),
        with_journal: choices.one_in(4),
        exchanges: (0..sites + 2).map(|_| exchange(choices)).collect(),
    }
}

#[test]
fn a_batch_over_http_1_gives_each_site_one_result_that_the_answers_allow() {
    let cases = Cases {
        name: "batch_over_http_1",
        count: 100,
        bytes: 600,
        memory: 64 * 1024 * 1024,
    };
    cases.check(case, |case, measured| {
        let folder = Folder::new();
        let server = PlainServer::start(&case.exchanges);
        let mut options = json!({"base_url": server.base_url(), "timeout": 0.1, "concurrency": case.concurrency});
        if case.with_journal {
            options["journal"] = folder.path().to_str().unwrap().into();
        }
        let run = measured.does_within(Duration::from_secs(4), || Sites::register(case.sites, options));
        let heard = server.stop().concat();
        let (sites, summary) = run?;
        sites.have_one_result_each(&summary)?;
        let said: Vec<Part> = case
            .exchanges
            .iter()
            .flat_map(|exchange| exchange.parts.clone())
            .collect();
        let bytes: Vec<u8> = said.iter().flat_map(|part| part.bytes().to_vec()).collect();
        let asks_to_wait = [&b" 429"[..], b" 503"]
            .iter()
            .any(|status| memchr::memmem::find(&bytes, status).is_some());
        for (site, result) in &sites.results {
            let body = format!("{{\"url\":\"{}\"", url(*site));
            let times = memchr::memmem::find_iter(&heard, body.as_bytes()).count();
            if times > 1 && !asks_to_wait {
                return Err(format!("site {site} was sent {times} times"));
            }
            if let Err(error) = result {
                check_words(error, REGISTERED.as_bytes())?;
                // What was refused may be sent again, and then not get through.
                if error.outcome() == Outcome::NotSent && times > 0 && !asks_to_wait {
                    return Err(format!("site {site}: not sent, but it has arrived: {error}"));
                }
            }
            can_be_made_of(result, &said).map_err(|problem| format!("site {site}: {problem}"))?;
            if case.with_journal {
                log_agrees(folder.path(), *site, result)?;
            }
        }
        Ok(())
    });
}
