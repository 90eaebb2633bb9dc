//! Reads one float array out of an `.npz` file: a zip of `.npy` files, stored or deflated.

use std::path::Path;

use anyhow::Context;

use crate::{npy, zip};

/// The values of the array `name`, row by row, whatever its shape.
///
/// # Errors
/// When the file is no zip, has no such array, or the array is not of little-endian floats.
pub(crate) fn read(path: &Path, name: &str) -> anyhow::Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    array(&bytes, name).with_context(|| format!("reading {name} of {}", path.display()))
}

/// The values as waveforms have them.
fn array(npz: &[u8], name: &str) -> anyhow::Result<Vec<f32>> {
    let name = format!("{name}.npy");
    let members = zip::members(npz).map_err(anyhow::Error::msg)?;
    let member = members.iter().find(|m| m.name == name).with_context(|| format!("it has no member {name}"))?;
    #[allow(clippy::cast_possible_truncation, reason = "waveforms are of f32")]
    Ok(npy::parse(&member.content().map_err(anyhow::Error::msg)?)?.values.iter().map(|v| *v as f32).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A zip with one stored member, as `numpy.savez` writes it.
    pub(crate) fn npz(name: &str, values: &[f32]) -> Vec<u8> {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let array = npy::tests::npy("<f4", &format!("({}, 1)", values.len()), &data);
        zip::tests::zip(&[(&format!("{name}.npy"), &array)])
    }

    #[test]
    fn a_stored_array_is_read_and_nonsense_refused() {
        let file = npz("DE", &[1.0, -2.5, 3.0]);
        assert_eq!(array(&file, "DE").unwrap(), [1.0, -2.5, 3.0]);
        assert!(array(&file, "FE").unwrap_err().to_string().contains("no member FE.npy"));
        let foreign = zip::tests::zip(&[("DE.npy", b"nonsense")]);
        assert!(array(b"nonsense", "DE").is_err() && array(&foreign, "DE").is_err());
    }
}
