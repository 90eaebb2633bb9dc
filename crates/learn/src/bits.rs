//! Floating point numbers in saved states: bit for bit, NaN and infinities too (JSON has neither).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the bits of each number.
pub(crate) fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    let bits: Vec<u64> = values.iter().map(|v| v.to_bits()).collect();
    bits.serialize(serializer)
}

/// Reads back what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let bits = Vec::<u64>::deserialize(deserializer)?;
    Ok(bits.into_iter().map(f64::from_bits).collect())
}
