//! A CA made at start, and the server's certificate: a good one, or one that a client has to refuse.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::cli::CertFault;

/// The name of HTTP/2 in a TLS handshake.
pub const HTTP2: &[u8] = b"h2";

type Error = Box<dyn std::error::Error>;

/// What the listener needs, and the CA's certificate for the client.
pub struct Tls {
    /// Answers TLS handshakes.
    pub acceptor: TlsAcceptor,
    /// The certificate of the CA that the client is told to trust.
    pub ca_pem: String,
}

/// Makes the CA and the certificate.
pub fn make(fault: Option<CertFault>) -> Result<Tls, Error> {
    let (ca, ca_pem) = certificate_authority("wccom-host sandbox CA")?;
    let issuer = match fault {
        // The same name, so that only the signature tells the two apart.
        Some(CertFault::Untrusted) => certificate_authority("wccom-host sandbox CA")?.0,
        _ => ca,
    };

    let key = KeyPair::generate()?;
    let certificate = server_params(fault)?.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
    Ok(Tls {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        ca_pem,
    })
}

fn certificate_authority(name: &str) -> Result<(Issuer<'static, KeyPair>, String), Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}

fn server_params(fault: Option<CertFault>) -> Result<CertificateParams, Error> {
    let names: &[&str] = match fault {
        Some(CertFault::WrongHost) => &["another-host.invalid"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = common_name("wccom-host sandbox");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = match fault {
        Some(CertFault::Expired) => date_time_ymd(2021, 1, 1),
        _ => date_time_ymd(2120, 1, 1),
    };
    Ok(params)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}
