//! A host-plan server for tests, demonstrations and partners' own staging.
//!
//! It answers as the documents say that WooCommerce.com does, keeps its state in memory, and misbehaves on request.
//! `wccom-host-sandbox --help` is the manual.

mod app;
mod bodies;
mod body;
mod cancel;
mod certificates;
mod cli;
mod clock;
mod connection;
mod control;
mod credentials;
mod download;
mod exchange;
mod fault;
mod fault_play;
mod fault_queue;
mod helper_api;
mod hex;
mod info;
mod install;
mod links;
mod orders;
mod origin;
mod package_file;
mod parameters;
mod rate_limit;
mod ready;
mod register;
mod request_log;
mod rest_error;
mod router;
mod server;
mod shutdown;
mod signature;
mod site_address;
mod sites;
mod state;
mod totals;
mod update_connected_site;
mod update_url;
mod wire;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::app::App;
use crate::cli::Arguments;
use crate::server::Server;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("wccom-host-sandbox: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let end = shutdown::watch(arguments.exit_with_stdin)?;
    let app = Arc::new(App::new(&arguments)?);
    let server = Server::bind(&arguments, app).await?;
    let _files = ready::announce(&arguments, &server)?;
    tokio::select! {
        () = server.serve() => {}
        () = end => {}
    }
    Ok(())
}

/// One line for the person who watches; a closed standard error is no reason to end.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
