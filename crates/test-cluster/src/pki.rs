//! The cluster's certificate authority.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::Error;

/// The certificate authority of the API server, its clients and its webhooks.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key, both as PEM.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// The certificate of an HTTPS server on this machine that the API server calls.
#[derive(Clone, Debug)]
pub struct ServingCertificate {
    /// The server's certificate, for `127.0.0.1` and `localhost`, as PEM.
    pub certificate: String,
    /// Its private key, as PEM (PKCS #8).
    pub key: String,
    /// The authority that signed it, as PEM: a webhook's `caBundle`.
    pub authority: String,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "test-cluster");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
        ];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self { issuer })
    }

    /// The authority's own certificate, as PEM.
    pub(crate) fn certificate(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate of a server with these names and addresses.
    pub(crate) fn server(&self, names: &[&str]) -> Result<Pair, Error> {
        let names: Vec<_> = names.iter().copied().map(String::from).collect();
        let params = CertificateParams::new(names)?;
        self.sign(params, "server", ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate of a client. To the API server, the common name is the user and the
    /// organization is the group.
    /// <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates>
    pub(crate) fn client(&self, user: &str, group: Option<&str>) -> Result<Pair, Error> {
        let mut params = CertificateParams::default();
        if let Some(group) = group {
            let name = &mut params.distinguished_name;
            name.push(DnType::OrganizationName, group);
        }
        self.sign(params, user, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(
        &self,
        mut params: CertificateParams,
        common_name: &str,
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Pair, Error> {
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, common_name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        Ok(Pair {
            certificate: params.signed_by(&key, &self.issuer)?.pem(),
            key: key.serialize_pem(),
        })
    }
}
