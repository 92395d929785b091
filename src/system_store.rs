//! The CA certificates of this system, wherever it keeps them: `SSL_CERT_FILE` and `SSL_CERT_DIR`, or the usual places.

use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};

use once_cell::sync::OnceCell;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::bundle;

const FILE_VARIABLE: &str = "SSL_CERT_FILE";
const FOLDERS_VARIABLE: &str = "SSL_CERT_DIR";
/// The variables that say where the store is.
pub(crate) const VARIABLES: [&str; 2] = [FILE_VARIABLE, FOLDERS_VARIABLE];

/// Trusts every certificate of the store. `None` if there is none.
pub(crate) fn verifier(provider: &Arc<CryptoProvider>) -> Option<Arc<dyn ServerCertVerifier>> {
    let certificates = bundle_file()
        .and_then(|path| fs::read(path).ok())
        .and_then(|text| bundle::certificates(&text));
    match certificates.and_then(|certificates| trusting(certificates, provider)) {
        Some(bundle) => Some(Arc::new(BundleFirst {
            bundle,
            whole: OnceCell::new(),
            provider: Arc::clone(provider),
        })),
        None => Some(whole_store(provider)?),
    }
}

/// Where the environment says that the store is, such as `SSL_CERT_FILE=/etc/ca.pem`. `None` if it says nothing.
pub(crate) fn named() -> Option<String> {
    let named: Vec<String> = VARIABLES
        .into_iter()
        .filter_map(|name| Some(format!("{name}={}", env::var_os(name)?.display())))
        .collect();
    (!named.is_empty()).then(|| named.join(" and "))
}

/// The one file among what [`whole_store`] reads that has most of the store, or all.
fn bundle_file() -> Option<PathBuf> {
    if let Some(file) = env::var_os(FILE_VARIABLE) {
        return Some(file.into());
    }
    let is_elsewhere = env::var_os(FOLDERS_VARIABLE).is_some_and(|folders| !folders.is_empty());
    if is_elsewhere || cfg!(not(target_os = "linux")) {
        return None;
    }
    openssl_probe::probe().cert_file
}

fn whole_store(provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    trusting(rustls_native_certs::load_native_certs().certs, provider)
}

/// Certificates that cannot be used are left out. `None` if none is left.
fn trusting(
    certificates: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Option<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider))
        .build()
        .ok()
}

/// Trusts the whole store, and reads what lies beside the bundle only for a server that the bundle does not vouch for: on
/// Debian that is the bundle's content again, in 144 files, which takes longer than all the rest of a call.
#[derive(Debug)]
struct BundleFirst {
    bundle: Arc<WebPkiServerVerifier>,
    whole: OnceCell<Option<Arc<WebPkiServerVerifier>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for BundleFirst {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified_by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        verified_by(&self.bundle).or_else(|refusal| match self.whole.get_or_init(|| whole_store(&self.provider)) {
            Some(whole) => verified_by(whole),
            None => Err(refusal),
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.bundle.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.bundle.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.bundle.supported_verify_schemes()
    }
}
