//! A ledger as the value of an Event's annotation: seven bytes for a request of a stamped pod.

use base64::Engine;
pub(super) use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::{Entry, LIMIT, Ledger, Micros, SECOND};
use crate::report::SourceId;

/// The first byte of the annotation's value. Whatever version it is, the newest time that was
/// counted follows, as eight bytes.
pub(super) const VERSION: u8 = 2;
/// The source of requests that have none in the table.
const UNKNOWN: SourceId = SourceId([0; 6]);
/// The most sources in the table: one byte tells which.
const SOURCES: usize = 255;

impl Ledger {
    /// The annotation's value: at most some 5 KiB for stamped pods, unless more than 512 of them are
    /// created in two seconds.
    pub fn encode(&self) -> String {
        let mut sources: Vec<SourceId> = self.marks.keys().copied().collect();
        for entry in &self.recent {
            if sources.len() < SOURCES && !sources.contains(&entry.source) {
                sources.push(entry.source);
            }
        }
        let whole = self.recent.iter().all(|entry| entry.time % SECOND == 0);
        let unit = if whole { SECOND } else { 1 };
        let newest = self.recent.last().map(|entry| entry.time);
        let mut bytes = vec![VERSION];
        bytes.extend(newest.unwrap_or(Micros::MIN).to_be_bytes());
        bytes.extend(self.floor.unwrap_or(Micros::MIN).to_be_bytes());
        bytes.push(u8::try_from(sources.len()).unwrap_or(u8::MAX));
        for source in &sources {
            bytes.extend(source.0);
            let mark = self.marks.get(source).copied();
            bytes.extend(mark.unwrap_or(Micros::MIN).to_be_bytes());
        }
        bytes.extend(self.window.to_be_bytes());
        bytes.push(u8::try_from(self.described.len()).unwrap_or(u8::MAX));
        bytes.extend(self.described.as_flattened());
        bytes.push(whole.into());
        let mut before = self.recent.first().map_or(0, |entry| entry.time);
        bytes.extend(before.to_be_bytes());
        for entry in &self.recent {
            put(
                &mut bytes,
                entry.time.saturating_sub(before).unsigned_abs() / unit.unsigned_abs(),
            );
            before = entry.time;
            bytes.extend(entry.request);
            if sources.len() > 1 {
                let source = sources.iter().position(|source| *source == entry.source);
                bytes.push(
                    source
                        .and_then(|at| u8::try_from(at).ok())
                        .unwrap_or(u8::MAX),
                );
            }
        }
        BASE64.encode(bytes)
    }

    /// Reads an annotation's value. `None` if it is not one that [`Ledger::encode`] has written.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok()?;
        let mut bytes = bytes.as_slice();
        let [version] = take(&mut bytes)?;
        if version != VERSION {
            return None;
        }
        let _newest: [u8; size_of::<Micros>()] = take(&mut bytes)?;
        let mark = |value| Some(value).filter(|mark| *mark != Micros::MIN);
        let mut ledger = Self {
            floor: mark(Micros::from_be_bytes(take(&mut bytes)?)),
            ..Self::default()
        };
        let [sources] = take(&mut bytes)?;
        let mut table = Vec::new();
        for _ in 0..sources {
            let source = SourceId(take(&mut bytes)?);
            table.push(source);
            if let Some(mark) = mark(Micros::from_be_bytes(take(&mut bytes)?)) {
                ledger.marks.insert(source, mark);
            }
        }
        ledger.window = Micros::from_be_bytes(take(&mut bytes)?);
        let [described] = take(&mut bytes)?;
        for _ in 0..described {
            ledger.described.push(take(&mut bytes)?);
        }
        let [whole] = take(&mut bytes)?;
        let unit = if whole == 1 { SECOND } else { 1 };
        let mut time = Micros::from_be_bytes(take(&mut bytes)?);
        while !bytes.is_empty() {
            if ledger.recent.len() >= LIMIT {
                return None;
            }
            let since = i64::try_from(number(&mut bytes)?).ok()?;
            time = time.checked_add(since.checked_mul(unit)?)?;
            let request = take(&mut bytes)?;
            let source = match table.as_slice() {
                [source] => Some(*source),
                [] => None,
                table => {
                    let [at] = take(&mut bytes)?;
                    table.get(usize::from(at)).copied()
                }
            };
            ledger.recent.push(Entry {
                time,
                request,
                source: source.unwrap_or(UNKNOWN),
            });
        }
        Some(ledger)
    }
}

/// Writes a number, seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Takes off a number that [`put`] has written.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = take(bytes)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The newest time that was counted, from an annotation of any version.
pub(super) fn newest(annotation: &str) -> Option<Micros> {
    let bytes = BASE64.decode(annotation).ok()?;
    let mut bytes = bytes.get(1..)?;
    let newest = Micros::from_be_bytes(take(&mut bytes)?);
    (newest != Micros::MIN).then_some(newest)
}

/// Takes the first bytes off.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}
