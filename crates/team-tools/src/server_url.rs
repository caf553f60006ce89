//! Parses the address of a server.

use std::{fmt, net::IpAddr};

use http::Uri;

/// An address with TLS, or one of this host. Its path may hold a key, so `Debug` shows the host alone.
#[derive(Clone)]
pub(crate) struct ServerUrl(Uri);

impl fmt::Debug for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.host().unwrap_or_default())
    }
}

/// The reason why an address cannot be used. It never quotes the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    #[error("invalid address: expected https://<host>/<path>")]
    NotAnAddress,
    #[error("http:// is only allowed for a loopback address: expected https://")]
    NoTls,
    #[error("holds a user or a password: expected them in the parameter that \"header_parameter\" names")]
    UserInfo,
    #[error(
        "holds a query, which may be a key: expected it in the parameter that \"header_parameter\" names"
    )]
    Query,
}

impl ServerUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let uri: Uri = url.parse().map_err(|_| InvalidUrl::NotAnAddress)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(InvalidUrl::NotAnAddress);
        };
        if authority.as_str().contains('@') {
            return Err(InvalidUrl::UserInfo);
        }
        // Refused even where it is empty: everybody who may read the stack can read a template's parameter.
        if uri.query().is_some() {
            return Err(InvalidUrl::Query);
        }
        match scheme {
            _ if authority.host().is_empty() || url.contains('#') => Err(InvalidUrl::NotAnAddress),
            "https" => Ok(Self(uri)),
            "http" if is_loopback(authority.host()) => Ok(Self(uri)),
            "http" => Err(InvalidUrl::NoTls),
            _ => Err(InvalidUrl::NotAnAddress),
        }
    }

    pub(crate) const fn uri(&self) -> &Uri {
        &self.0
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
