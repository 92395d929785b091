//! Telling the starter that the sandbox listens: the ready file, the CA's file and the first line on standard output.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::Arguments;
use crate::server::Server;

/// The files that were written; they are removed when the sandbox ends.
pub struct Files(Vec<PathBuf>);

impl Drop for Files {
    fn drop(&mut self) {
        for file in &self.0 {
            let _ = fs::remove_file(file);
        }
    }
}

/// Writes what was asked for and prints the addresses.
pub fn announce(arguments: &Arguments, server: &Server) -> io::Result<Files> {
    let mut files = Files(Vec::new());
    let ca_file = arguments
        .ca_file
        .clone()
        .or_else(|| arguments.ready_file.as_deref().map(|file| with_suffix(file, ".ca.pem")));
    let ca_file = match (&server.ca_pem, ca_file) {
        (Some(pem), Some(file)) => {
            write_whole(&file, pem)?;
            files.0.push(file.clone());
            Some(std::path::absolute(file)?)
        }
        _ => None,
    };

    let service = server.service_url();
    let ready = json!({
        "pid": std::process::id(),
        "base_url": format!("{service}/wp-json/wccom/host-plan"),
        "helper_base_url": format!("{service}/wp-json/helper/1.0"),
        "control_url": format!("http://{}/_sandbox", server.control_address),
        "ca_file": ca_file,
    });
    if let Some(file) = &arguments.ready_file {
        write_whole(file, &format!("{ready}\n"))?;
        files.0.push(file.clone());
    }
    // Whoever started it may not read: that is no reason to end.
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{ready}").and_then(|()| stdout.flush());
    Ok(files)
}

/// A reader sees nothing or all of it.
fn write_whole(file: &Path, content: &str) -> io::Result<()> {
    let temporary = with_suffix(file, &format!(".{}.tmp", std::process::id()));
    fs::write(&temporary, content)
        .and_then(|()| fs::rename(&temporary, file))
        .map_err(|error| {
            let _ = fs::remove_file(&temporary);
            io::Error::new(error.kind(), format!("cannot write {}: {error}", file.display()))
        })
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}
