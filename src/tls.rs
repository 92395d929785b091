//! Whom to trust: the TLS configuration, with the `ring` provider.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use crate::error::{Error, Result};
use crate::{bundle, system_store};

/// The system's store, parsed once for the process: costly to make, and inert, so that forks can share it.
static SYSTEM: OnceCell<ClientConfig> = OnceCell::new();

/// The configuration that trusts `ca_file` only (a folder of such files in the case of `openssl.capath`), or else the system's
/// store.
///
/// # Errors
/// [`Error::InvalidRequest`] for `ca_file`, [`Error::Local`] if the system has no certificates.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig> {
    match ca_file {
        Some(path) => from_file(path),
        None => SYSTEM.get_or_try_init(from_system).cloned(),
    }
}

/// A configuration that trusts nobody, for plain http to this machine.
pub(crate) fn config_for_plain_http() -> Result<ClientConfig> {
    Ok(builder()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn from_file(path: &Path) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(if path.is_dir() {
        // Whatever is no certificate in there is somebody's README.
        rustls_native_certs::load_certs_from_paths(None, Some(path)).certs
    } else {
        certificates(path)?
    });
    if roots.is_empty() {
        return Err(wrong(path, "holds no certificate in PEM form"));
    }
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = fs::read(path).map_err(|error| wrong(path, format!("cannot be read: {error}")))?;
    match bundle::certificates(&text) {
        Some(certificates) => Ok(certificates),
        None => CertificateDer::pem_slice_iter(&text)
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| wrong(path, format!("is damaged: {error}"))),
    }
}

fn wrong(path: &Path, problem: impl AsRef<str>) -> Error {
    Error::invalid("ca_file", format!("{} {}", path.display(), problem.as_ref()))
}

fn from_system() -> Result<ClientConfig> {
    let builder = builder()?;
    let verifier = system_store::verifier(builder.crypto_provider()).ok_or_else(|| Error::Local {
        message: format!(
            "Nothing was sent: {}, or name a file in option ca_file or the ini setting wccom_host.ca_file.",
            match system_store::named() {
                Some(named) => format!("there is no CA certificate in {named} of the environment. Correct that"),
                None => "this system has no CA certificates. Install them (apt-get install ca-certificates)".to_owned(),
            }
        ),
        retryable: false,
    })?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Local {
            message: format!("Nothing was sent: TLS cannot be set up: {error}"),
            retryable: false,
        })
}
