//! The server's certificate.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use thiserror::Error;

/// A certificate and its key. Clients need no certificate.
#[derive(Clone)]
pub struct Tls(Arc<ServerConfig>);

/// Why a certificate or its key can't be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },

    /// The PEM text has no certificate.
    #[error("{name}: no certificate in PEM format: {source}")]
    Certificate {
        /// The file, or a name of the text.
        name: String,
        /// The parser's error.
        source: pem::Error,
    },

    /// The PEM text has no private key.
    #[error("{name}: no private key in PEM format: {source}")]
    Key {
        /// The file, or a name of the text.
        name: String,
        /// The parser's error.
        source: pem::Error,
    },

    /// The certificate and the key don't belong together, or their kind is not supported.
    #[error("the certificate and its key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

impl Tls {
    /// Reads a certificate, optionally with its issuers', and a private key from PEM files.
    ///
    /// # Errors
    /// Returns an error if a file can't be read or holds something else, or the two don't belong
    /// together.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|source| TlsError::Read {
                path: path.to_owned(),
                source,
            })
        };
        let (certificate_pem, key_pem) = (read(certificate)?, read(key)?);
        Self::new(
            (&certificate.display().to_string(), &certificate_pem),
            (&key.display().to_string(), &key_pem),
        )
    }

    /// The same from PEM texts.
    ///
    /// # Errors
    /// Returns an error if a text holds something else, or the two don't belong together.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, TlsError> {
        Self::new(
            ("the certificate", certificate.as_bytes()),
            ("the key", key.as_bytes()),
        )
    }

    fn new(certificate: (&str, &[u8]), key: (&str, &[u8])) -> Result<Self, TlsError> {
        let certificate_error = |source| TlsError::Certificate {
            name: certificate.0.to_owned(),
            source,
        };
        let chain = CertificateDer::pem_slice_iter(certificate.1)
            .collect::<Result<Vec<_>, _>>()
            .map_err(certificate_error)?;
        if chain.is_empty() {
            return Err(certificate_error(pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_slice(key.1).map_err(|source| TlsError::Key {
            name: key.0.to_owned(),
            source,
        })?;
        // Only HTTP/1.1, and no ALPN, as in policy-server.
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn config(&self) -> RustlsConfig {
        RustlsConfig::from_config(self.0.clone())
    }
}
