//! Free ports on the loopback address.

use std::net::{Ipv4Addr, TcpListener};

use crate::Error;

/// Below the range of ephemeral ports, so that no outgoing connection takes the port of a program
/// that is stopped for a while.
const FIRST: u16 = 20_000;
const LAST: u16 = 29_999;

/// A free port. Another program may still take it, so that the caller must retry.
pub(crate) fn free() -> Result<u16, Error> {
    (0..100)
        .map(|_| fastrand::u16(FIRST..=LAST))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or(Error::NoPort {
            first: FIRST,
            last: LAST,
        })
}
