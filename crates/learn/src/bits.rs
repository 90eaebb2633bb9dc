//! Floating point numbers in saved states: bit for bit, NaN and infinities too (JSON keeps neither).
//! For `#[serde(with = "…")]`: this module for vectors, [`one`] for a number, [`pair`] for two.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the bits of each number.
///
/// # Errors
/// When the serializer fails.
pub fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    let bits: Vec<u64> = values.iter().map(|v| v.to_bits()).collect();
    bits.serialize(serializer)
}

/// Reads back what [`serialize`] wrote.
///
/// # Errors
/// When the input is something else.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let bits = Vec::<u64>::deserialize(deserializer)?;
    Ok(bits.into_iter().map(f64::from_bits).collect())
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
