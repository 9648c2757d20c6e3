//! A ledger as the value of an Event's annotation.

use base64::Engine;
pub(super) use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::{Entry, Ledger, Micros};
use crate::report::SourceId;

/// The first byte of the annotation's value. Whatever version it is, the newest time that was
/// counted follows, as eight bytes.
pub(super) const VERSION: u8 = 1;

impl Ledger {
    /// The annotation's value: at most some 16 KiB.
    pub fn encode(&self) -> String {
        let mut sources: Vec<SourceId> = self.marks.keys().copied().collect();
        for source in self.recent.iter().filter_map(|entry| entry.source) {
            // One byte tells the source; 255 is none.
            if sources.len() < 255 && !sources.contains(&source) {
                sources.push(source);
            }
        }
        let base = self.recent.first().map_or(0, |entry| entry.time);
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
        bytes.extend(base.to_be_bytes());
        for entry in &self.recent {
            // Five minutes of microseconds, or some more where the times of one batch differ.
            let since = u32::try_from(entry.time.saturating_sub(base)).unwrap_or(u32::MAX);
            bytes.extend(since.to_be_bytes());
            bytes.extend(entry.request);
            let source = sources
                .iter()
                .position(|source| Some(*source) == entry.source);
            bytes.push(
                source
                    .and_then(|at| u8::try_from(at).ok())
                    .unwrap_or(u8::MAX),
            );
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
        let base = Micros::from_be_bytes(take(&mut bytes)?);
        while !bytes.is_empty() {
            let since = u32::from_be_bytes(take(&mut bytes)?);
            let request = take(&mut bytes)?;
            let [source] = take(&mut bytes)?;
            ledger.recent.push(Entry {
                time: base.checked_add(since.into())?,
                request,
                source: table.get(usize::from(source)).copied(),
            });
        }
        ledger
            .recent
            .is_sorted_by_key(|entry| entry.time)
            .then_some(ledger)
    }
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
