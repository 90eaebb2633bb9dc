//! Floating point numbers in saved states: bit for bit, NaN and infinities too (JSON keeps neither).
//! For `#[serde(with = "…")]`: this module for vectors, [`one`] for a number, [`pair`] for two.

use serde::{Deserializer, Serializer};

use crate::packed::Packed;

/// Before the text of a [`Packed`] column.
const PACKED: char = '.';

/// Writes all numbers as one text: packed, where that is shorter than eleven letters for the bits of each.
///
/// # Errors
/// When the serializer fails.
pub fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    let packed: Packed = values.iter().copied().collect();
    if packed.as_bytes().len() < size_of_val(values) {
        return serializer.serialize_str(&format!("{PACKED}{}", text::of(packed.as_bytes())));
    }
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    serializer.serialize_str(&text::of(&bytes))
}

/// Reads back what [`serialize`] wrote, or a list of the bits of each number, as earlier versions wrote it.
///
/// # Errors
/// When the input is something else.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    deserializer.deserialize_any(text::Numbers(|text: &str| {
        if let Some(packed) = text.strip_prefix(PACKED) {
            return Some(Packed::unpacked(text::bytes_of(packed)?));
        }
        let bytes = text::bytes_of(text)?;
        let (eights, _) = bytes.as_chunks();
        Some(eights.iter().map(|eight| f64::from_le_bytes(*eight)).collect())
    }))
}

/// Bytes as text of 64 letters (RFC 4648, without padding): a saved state is JSON.
pub(crate) mod text {
    use std::fmt;

    use serde::de::{Error, SeqAccess, Visitor};

    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// The text for bytes.
    pub(crate) fn of(bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for three in bytes.chunks(3) {
            let bits =
                three.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
            let letter = |at: usize| LETTERS.get((bits >> (18 - 6 * at) & 63) as usize).map(|byte| char::from(*byte));
            text.extend((0..=three.len()).filter_map(letter));
        }
        text
    }

    /// The bytes of a text; none when it is no such text.
    pub(crate) fn bytes_of(text: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
        for four in text.as_bytes().chunks(4) {
            let mut bits = 0_u32;
            for (at, letter) in four.iter().enumerate() {
                let six = match letter {
                    b'A'..=b'Z' => letter - b'A',
                    b'a'..=b'z' => letter - b'a' + 26,
                    b'0'..=b'9' => letter - b'0' + 52,
                    b'+' => 62,
                    b'/' => 63,
                    _ => return None,
                };
                bits |= u32::from(six) << (18 - 6 * at);
            }
            let [_, first, second, third] = bits.to_be_bytes();
            bytes.extend([first, second, third].into_iter().take(four.len() - 1));
        }
        Some(bytes)
    }

    /// Reads numbers from a text, as it is told, or from a list of the bits of each.
    pub(crate) struct Numbers<F>(pub(crate) F);

    impl<'de, F: FnOnce(&str) -> Option<Vec<f64>>> Visitor<'de> for Numbers<F> {
        type Value = Vec<f64>;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("numbers as a text, or as a list of their bits")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            (self.0)(text).ok_or_else(|| E::custom("a column of numbers is damaged"))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut values = Vec::with_capacity(list.size_hint().unwrap_or(0).min(1 << 16));
            while let Some(bits) = list.next_element()? {
                values.push(f64::from_bits(bits));
            }
            Ok(values)
        }
    }
}

/// One number.
pub mod one {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the bits.
    ///
    /// # Errors
    /// When the serializer fails.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        value.to_bits().serialize(serializer)
    }

    /// Reads the bits.
    ///
    /// # Errors
    /// When the input is something else.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        u64::deserialize(deserializer).map(f64::from_bits)
    }
}

/// Two numbers.
pub mod pair {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the bits.
    ///
    /// # Errors
    /// When the serializer fails.
    pub fn serialize<S: Serializer>(values: &[f64; 2], serializer: S) -> Result<S::Ok, S::Error> {
        values.map(f64::to_bits).serialize(serializer)
    }

    /// Reads the bits.
    ///
    /// # Errors
    /// When the input is something else.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f64; 2], D::Error> {
        <[u64; 2]>::deserialize(deserializer).map(|bits| bits.map(f64::from_bits))
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    struct Kept(#[serde(with = "super")] Vec<f64>);

    #[test]
    fn every_bit_comes_back_from_both_forms_and_damage_is_told() {
        let bits = |kept: &Kept| kept.0.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let odd = vec![-0.0, f64::NAN, f64::INFINITY, 5e-324, -1.5e300];
        for values in [vec![], vec![0.1], vec![f64::NAN; 3], vec![1.0_f64.exp(), 2.0_f64.ln()], odd] {
            let kept = Kept(values);
            let text = serde_json::to_string(&kept).unwrap();
            assert_eq!(bits(&serde_json::from_str(&text).unwrap()), bits(&kept));
            let list = serde_json::to_string(&bits(&kept)).unwrap();
            assert_eq!(bits(&serde_json::from_str(&list).unwrap()), bits(&kept));
            assert!(kept.0.is_empty() || text.len() < list.len());
        }
        assert!(serde_json::from_str::<Kept>("\"a-b\"").is_err() && serde_json::from_str::<Kept>("7").is_err());
    }
}
