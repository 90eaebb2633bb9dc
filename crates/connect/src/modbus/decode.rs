//! Registers to values: pure.

use super::address::{Address, Kind};

/// The value of `address` in its own `words` (as many as [`Address::width`] says; bits come as one word of
/// 0 or 1). None when there are too few.
///
/// `raw × scale + offset`; integers beyond 2⁵³ lose their last digits, as in any `f64`.
pub fn value(address: &Address, words: &[u16]) -> Option<f64> {
    let words = words.get(..usize::from(address.width()))?;
    let bits = assemble(words, address);
    if let Some(bit) = address.bit {
        return Some(scaled(address, f64::from(u8::from(bits >> bit & 1 == 1))));
    }
    let raw = match address.kind {
        Kind::Bool => f64::from(u8::from(bits != 0)),
        Kind::U16 | Kind::U32 | Kind::U64 => bits as f64,
        Kind::I16 => f64::from(low16(bits).cast_signed()),
        Kind::I32 => f64::from(low32(bits).cast_signed()),
        Kind::I64 => bits.cast_signed() as f64,
        Kind::F32 => f64::from(f32::from_bits(low32(bits))),
        Kind::F64 => f64::from_bits(bits),
    };
    Some(scaled(address, raw))
}

fn scaled(address: &Address, raw: f64) -> f64 {
    raw * address.scale + address.offset
}

/// The value's bits, most significant first, whatever the order on the wire.
fn assemble(words: &[u16], address: &Address) -> u64 {
    let turn = |word: u16| if address.order.bytes_swapped() { word.swap_bytes() } else { word };
    let join = |bits: u64, word: &u16| bits << 16 | u64::from(turn(*word));
    if address.order.words_swapped() { words.iter().rev().fold(0, join) } else { words.iter().fold(0, join) }
}

#[allow(clippy::cast_possible_truncation, reason = "takes the low bits on purpose")]
const fn low16(bits: u64) -> u16 {
    bits as u16
}

#[allow(clippy::cast_possible_truncation, reason = "takes the low bits on purpose")]
const fn low32(bits: u64) -> u32 {
    bits as u32
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::super::address::Order;
    use super::*;

    fn read(text: &str, words: &[u16]) -> f64 {
        value(&Address::parse(text, true, Order::Abcd).unwrap(), words).unwrap()
    }

    #[test]
    fn every_order_of_bytes_gives_the_same_number() {
        // 123456.789 as f32 is 0x47F12065
        for (order, words) in [
            ("abcd", [0x47F1, 0x2065]),
            ("cdab", [0x2065, 0x47F1]),
            ("badc", [0xF147, 0x6520]),
            ("dcba", [0x6520, 0xF147]),
        ] {
            assert_eq!(read(&format!("holding:0:f32:order={order}"), &words), f64::from(123_456.79_f32), "{order}");
        }
        // pi as f64 is 0x400921FB54442D18
        for (order, words) in [
            ("abcd", [0x4009, 0x21FB, 0x5444, 0x2D18]),
            ("cdab", [0x2D18, 0x5444, 0x21FB, 0x4009]),
            ("badc", [0x0940, 0xFB21, 0x4454, 0x182D]),
            ("dcba", [0x182D, 0x4454, 0xFB21, 0x0940]),
        ] {
            assert_eq!(read(&format!("holding:0:f64:order={order}"), &words).to_bits(), std::f64::consts::PI.to_bits());
        }
    }

    #[test]
    fn integers_keep_their_sign_and_options_apply() {
        assert_eq!(read("input:0:i16", &[0xFFFE]), -2.0);
        assert_eq!(read("input:0:u16", &[0xFFFE]), 65534.0);
        assert_eq!(read("input:0:u16:order=badc", &[0x0102]), 513.0);
        assert_eq!(read("input:0:i32", &[0xFFFF, 0xFFFD]), -3.0);
        assert_eq!(read("input:0:u32:order=cdab", &[0x0001, 0x0002]), 131_073.0);
        assert_eq!(read("input:0:i64", &[0xFFFF; 4]), -1.0);
        assert_eq!(read("input:0:u16:scale=0.1:offset=-40", &[1000]), 60.0);
        assert_eq!(read("holding:0:bool:bit=3", &[0b1000]), 1.0);
        assert_eq!(read("holding:0:u32:bit=16", &[0x0001, 0x0000]), 1.0);
        assert_eq!(read("coil:0", &[1]), 1.0);
    }

    #[test]
    fn too_few_registers_give_nothing() {
        let address = Address::parse("holding:0:f32", true, Order::Abcd).unwrap();
        assert_eq!(value(&address, &[1]), None);
    }
}
