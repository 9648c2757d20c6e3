//! Finds bytes in a block of text. With WebAssembly's vector instructions, which are on by default,
//! a whole block is searched at once; otherwise byte by byte.

/// The number of bytes in a block.
pub(crate) const BLOCK: usize = 64;

/// The positions of structural bytes in a block: bit n stands for byte n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Masks {
    /// `"`
    pub(crate) quotes: u64,
    /// `\`
    pub(crate) backslashes: u64,
    /// `{` and `[`
    pub(crate) opens: u64,
    /// `}` and `]`
    pub(crate) closes: u64,
}

/// The bit that differs between a brace and the bracket of the same side, and is set in a brace.
const BRACE: u8 = b'{' ^ b'[';

impl Masks {
    /// The masks of a block.
    pub(crate) fn of(block: &[u8; BLOCK]) -> Self {
        let mut masks = Self::default();
        for (index, part) in block.as_chunks::<16>().0.iter().enumerate() {
            let shift = index * 16;
            let [quotes, backslashes, opens, closes] = imp::structure(part, BRACE);
            masks.quotes |= u64::from(quotes) << shift;
            masks.backslashes |= u64::from(backslashes) << shift;
            masks.opens |= u64::from(opens) << shift;
            masks.closes |= u64::from(closes) << shift;
        }
        masks
    }
}

/// The positions of quotes, backslashes and control characters in a part of a string.
pub(crate) fn meaningful(part: &[u8; 16]) -> u16 {
    imp::meaningful(part)
}

/// Whether a string in a JSON text may hold an ASCII character, as itself or as an escape.
pub fn mentions(text: &str, character: u8) -> bool {
    let (blocks, rest) = text.as_bytes().as_chunks();
    blocks.iter().any(|block| imp::mentions(block, character))
        || rest.iter().any(|byte| *byte == character || *byte == b'\\')
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use std::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128, v128_any_true, v128_or,
    };

    pub(super) fn structure(part: &[u8; 16], brace: u8) -> [u16; 4] {
        let part = vector(part);
        let as_braces = v128_or(part, u8x16_splat(brace));
        [
            equal(part, b'"'),
            equal(part, b'\\'),
            equal(as_braces, b'{'),
            equal(as_braces, b'}'),
        ]
    }

    pub(super) fn meaningful(part: &[u8; 16]) -> u16 {
        let part = vector(part);
        let quote = u8x16_eq(part, u8x16_splat(b'"'));
        let backslash = u8x16_eq(part, u8x16_splat(b'\\'));
        let control = u8x16_lt(part, u8x16_splat(b' '));
        u8x16_bitmask(v128_or(v128_or(quote, backslash), control))
    }

    pub(super) fn mentions(part: &[u8; 16], character: u8) -> bool {
        let part = vector(part);
        let itself = u8x16_eq(part, u8x16_splat(character));
        let backslash = u8x16_eq(part, u8x16_splat(b'\\'));
        v128_any_true(v128_or(itself, backslash))
    }

    fn equal(part: v128, byte: u8) -> u16 {
        u8x16_bitmask(u8x16_eq(part, u8x16_splat(byte)))
    }

    /// The compiler turns this into one load.
    fn vector(part: &[u8; 16]) -> v128 {
        let [low, high] = [0, 8].map(|at| {
            let half = std::array::from_fn(|index| part[at + index]);
            u64::from_le_bytes(half)
        });
        u64x2(low, high)
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    pub(super) fn structure(part: &[u8; 16], brace: u8) -> [u16; 4] {
        [
            mask(part, |byte| byte == b'"'),
            mask(part, |byte| byte == b'\\'),
            mask(part, |byte| byte | brace == b'{'),
            mask(part, |byte| byte | brace == b'}'),
        ]
    }

    pub(super) fn meaningful(part: &[u8; 16]) -> u16 {
        mask(part, |byte| byte == b'"' || byte == b'\\' || byte < b' ')
    }

    pub(super) fn mentions(part: &[u8; 16], character: u8) -> bool {
        mask(part, |byte| byte == character || byte == b'\\') != 0
    }

    fn mask(part: &[u8; 16], is: impl Fn(u8) -> bool) -> u16 {
        let bits = part.iter().enumerate();
        bits.fold(0, |mask, (bit, byte)| mask | u16::from(is(*byte)) << bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_found_where_it_is() {
        for byte in 0..=u8::MAX {
            for at in [0, 1, 15, 16, 47, 63] {
                let mut block = [b'x'; BLOCK];
                block[at] = byte;
                let bit = |is: bool| u64::from(is) << at;
                let expected = Masks {
                    quotes: bit(byte == b'"'),
                    backslashes: bit(byte == b'\\'),
                    opens: bit(matches!(byte, b'{' | b'[')),
                    closes: bit(matches!(byte, b'}' | b']')),
                };
                assert_eq!(Masks::of(&block), expected, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn a_character_is_mentioned_by_itself_or_by_an_escape() {
        for length in [1, 15, 16, 17, 40] {
            for at in 0..length {
                for byte in 0..=0x7f {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    let text = String::from_utf8(text).expect("it is ASCII");
                    let expected = matches!(byte, b'$' | b'\\');
                    assert_eq!(
                        mentions(&text, b'$'),
                        expected,
                        "{byte} at {at} of {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_ends_plain_text_is_found() {
        for byte in 0..=u8::MAX {
            let mut part = [b'x'; 16];
            part[9] = byte;
            let found = matches!(byte, b'"' | b'\\' | 0..=0x1f);
            assert_eq!(meaningful(&part), u16::from(found) << 9, "{byte}");
        }
    }
}
