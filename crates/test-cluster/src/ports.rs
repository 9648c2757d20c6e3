//! Free ports on the loopback address.

use std::net::{Ipv4Addr, TcpListener};

use crate::Error;

/// Below the range from which systems take the ports of outgoing connections and of whoever asks
/// for any: a program that is stopped for a while finds its port again.
const FIRST: u16 = 20_000;
const LAST: u16 = 29_999;

/// A port that nobody listens on. Nothing keeps it free: who uses it must bear to find it taken.
pub(crate) fn free() -> Result<u16, Error> {
    (0..100)
        .map(|_| fastrand::u16(FIRST..=LAST))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or(Error::NoPort {
            first: FIRST,
            last: LAST,
        })
}
