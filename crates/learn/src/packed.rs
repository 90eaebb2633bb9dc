//! A column of measured values in few bytes, exact to the bit.
//!
//! Most measured values are decimals (Afroozeh, Kuffó, Boncz: "ALP: Adaptive Lossless floating-Point compression", SIGMOD
//! 2024), and most differ little from the one before: a value is the difference of its mantissa to the last one, as a
//! number of variable length (LEB128). The two lowest bits of each number tell what it is: a difference, a value as it
//! stands (eight bytes follow), other decimals (a difference follows), no value.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bits::text;

const DIFFERENCE: u64 = 0;
const AS_IT_STANDS: u64 = 1;
const DECIMALS: u64 = 2;
const NOTHING: u64 = 3;
/// Decimals that are tried.
const DECIMALS_MAX: u8 = 9;
/// A column whose values are no decimals is tried again every so many values.
const RETRY_EVERY: usize = 16;
/// Whole numbers up to here are exact as doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Values that are only added at the end and read as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    bytes: Vec<u8>,
    len: usize,
    decimals: u8,
    /// The last mantissa.
    last: i64,
}

impl Packed {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The bytes themselves.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The values in bytes that were packed.
    pub(crate) fn unpacked(bytes: Vec<u8>) -> Vec<f64> {
        Self { bytes, len: 0, decimals: 0, last: 0 }.values()
    }

    /// Adds a value.
    pub fn push(&mut self, value: f64) {
        if self.bytes.capacity() - self.bytes.len() < 20 {
            // a quarter more, not twice as much: thousands of these live side by side
            self.bytes.reserve_exact(self.bytes.len() / 4 + 64);
        }
        self.len += 1;
        if value.to_bits() == f64::NAN.to_bits() {
            return self.put(NOTHING);
        }
        if let Some(mantissa) = self.mantissa(value) {
            self.put(zigzag(mantissa.wrapping_sub(self.last)) << 2 | DIFFERENCE);
            self.last = mantissa;
        } else {
            self.put(AS_IT_STANDS);
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// The mantissa with the present decimals, or with others, which are then noted.
    fn mantissa(&mut self, value: f64) -> Option<i64> {
        let present = mantissa(value, self.decimals);
        if present.is_some() || !self.len.is_multiple_of(RETRY_EVERY) && self.decimals > DECIMALS_MAX {
            return present;
        }
        let found = (0..=DECIMALS_MAX).find_map(|decimals| Some((decimals, mantissa(value, decimals)?)));
        let Some((decimals, mantissa)) = found else {
            self.decimals = DECIMALS_MAX + 1;
            return None;
        };
        self.decimals = decimals;
        self.put(u64::from(decimals) << 2 | DECIMALS);
        Some(mantissa)
    }

    #[allow(clippy::cast_possible_truncation, reason = "masked to seven bits")]
    fn put(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// All values, in order.
    pub fn values(&self) -> Vec<f64> {
        let (mut values, mut rest) = (Vec::with_capacity(self.len), self.bytes.as_slice());
        let (mut decimals, mut last) = (0, 0_i64);
        while let Some(number) = take(&mut rest) {
            match number & 3 {
                DIFFERENCE => {
                    last = last.wrapping_add(unzigzag(number >> 2));
                    values.push(unscale(last, decimals));
                }
                AS_IT_STANDS => {
                    let Some((bytes, behind)) = rest.split_first_chunk() else { break };
                    values.push(f64::from_le_bytes(*bytes));
                    rest = behind;
                }
                DECIMALS => decimals = u8::try_from(number >> 2).unwrap_or(0),
                _ => values.push(f64::NAN),
            }
        }
        values
    }

    /// Drops the oldest values but `keep`.
    pub fn keep_last(&mut self, keep: usize) {
        let values = self.values();
        let from = values.len().saturating_sub(keep);
        *self = values.get(from..).unwrap_or_default().iter().copied().collect();
    }
}

impl FromIterator<f64> for Packed {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut packed = Self::default();
        values.into_iter().for_each(|value| packed.push(value));
        packed
    }
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[allow(clippy::cast_sign_loss, reason = "zigzag is defined on the bits")]
const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

#[allow(clippy::cast_possible_wrap, reason = "zigzag is defined on the bits")]
const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn unscale(mantissa: i64, decimals: u8) -> f64 {
    mantissa as f64 / 10_f64.powi(i32::from(decimals))
}

/// The whole number that gives back this very double with so many decimals.
#[allow(clippy::cast_possible_truncation, reason = "below 2^53, checked")]
fn mantissa(value: f64, decimals: u8) -> Option<i64> {
    if decimals > DECIMALS_MAX {
        return None;
    }
    let scaled = (value * 10_f64.powi(i32::from(decimals))).round();
    if scaled.abs() >= EXACT || scaled.is_nan() {
        return None;
    }
    let mantissa = scaled as i64;
    (unscale(mantissa, decimals).to_bits() == value.to_bits()).then_some(mantissa)
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text::of(&self.bytes))
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // packed anew: that gives the bytes again, and the place to go on from
        let unpacked = |text: &str| text::bytes_of(text).map(Self::unpacked);
        Ok(from.deserialize_any(text::Numbers(unpacked))?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(values: &[f64]) -> Packed {
        let packed: Packed = values.iter().copied().collect();
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&packed.values()), bits(values));
        assert_eq!(packed.len(), values.len());
        let text = serde_json::to_string(&packed).unwrap();
        let mut again: Packed = serde_json::from_str(&text).unwrap();
        assert_eq!(again.values().len(), values.len());
        again.push(1.25);
        assert_eq!(bits(&again.values()), bits(&[values, &[1.25]].concat()));
        packed
    }

    #[test]
    fn every_value_comes_back_bit_for_bit() {
        let odd = [0.0, -0.0, f64::NAN, f64::INFINITY, -1.5, 1e300, 5e-324, std::f64::consts::PI, 0.1, 23.75, -1e15];
        round_trip(&odd);
        round_trip(&[]);
        let mixed: Vec<f64> =
            (0..200_u32).map(|i| if i % 7 == 0 { f64::from(i).sqrt() } else { f64::from(i) / 8.0 }).collect();
        round_trip(&mixed);
    }

    #[test]
    fn decimals_that_change_little_take_about_a_byte() {
        let values: Vec<f64> = (0..3600_i32).map(|i| f64::from(600 + (i * 7) % 11) / 10.0).collect();
        let packed = round_trip(&values);
        assert!(packed.bytes() < 2 * values.len(), "{} bytes", packed.bytes());
    }

    #[test]
    fn a_list_of_an_earlier_version_is_read() {
        let old = format!("[{},{}]", 1.5_f64.to_bits(), f64::NAN.to_bits());
        let read: Packed = serde_json::from_str(&old).unwrap();
        assert_eq!(read, [1.5, f64::NAN].into_iter().collect());
    }

    #[test]
    fn the_newest_can_be_kept_alone() {
        let mut packed: Packed = (0..100_i32).map(f64::from).collect();
        packed.keep_last(3);
        assert_eq!(packed.values(), [97.0, 98.0, 99.0]);
        assert!(serde_json::from_str::<Packed>("\"!!\"").is_err());
    }
}
