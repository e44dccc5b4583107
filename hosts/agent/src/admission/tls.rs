//! TLS: a certificate that is renewed is in force with the next connection, one that cannot be read leaves the last.

use imagegate_node::Stamp;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// The files, and what was last read of them.
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    client_authority: Option<PathBuf>,
    current: Mutex<(Vec<Option<Stamp>>, TlsAcceptor)>,
}

impl Tls {
    /// With a certificate and its key in PEM, and, if clients must show one too, the authority of theirs.
    pub(crate) fn new(
        certificate: PathBuf,
        key: PathBuf,
        client_authority: Option<PathBuf>,
    ) -> Result<Self, String> {
        let acceptor = load(&certificate, &key, client_authority.as_deref())?;
        let tls = Self { certificate, key, client_authority, current: Mutex::new((Vec::new(), acceptor)) };
        let stamps = tls.stamps();
        tls.current.lock().unwrap_or_else(PoisonError::into_inner).0 = stamps;
        Ok(tls)
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let stamps = self.stamps();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 != stamps {
            match load(&self.certificate, &self.key, self.client_authority.as_deref()) {
                Ok(acceptor) => current.1 = acceptor,
                // Certificate and key change one after the other: the second change comes here again.
                Err(error) => eprintln!("imagegate-agent: the last certificate stays: {error}"),
            }
            current.0 = stamps;
        }
        current.1.clone()
    }

    fn stamps(&self) -> Vec<Option<Stamp>> {
        let files = [Some(&self.certificate), Some(&self.key), self.client_authority.as_ref()];
        files.into_iter().flatten().map(|path| Stamp::of(path).ok()).collect()
    }
}

fn load(certificate: &Path, key: &Path, client_authority: Option<&Path>) -> Result<TlsAcceptor, String> {
    let chain = certificates(certificate)?;
    let key_in = |error: &dyn std::fmt::Display| format!("{}: {error}", key.display());
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| key_in(&error))?;
    let builder = ServerConfig::builder();
    let builder = match client_authority {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(path)? {
                roots.add(authority).map_err(|error| format!("{}: {error}", path.display()))?;
            }
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
            builder
                .with_client_cert_verifier(verifier.map_err(|error| format!("{}: {error}", path.display()))?)
        }
    };
    let config = builder.with_single_cert(chain, private).map_err(|error| key_in(&error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|error| told(&error))?.collect();
    let chain = chain.map_err(|error| told(&error))?;
    if chain.is_empty() { Err(told(&"it holds no certificate")) } else { Ok(chain) }
}
