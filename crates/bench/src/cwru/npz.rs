//! Reads one float array out of an `.npz` file: a zip of `.npy` files, stored or deflated.

use std::io::Read;
use std::path::Path;

use anyhow::Context;

use crate::npy;

/// The values of the array `name`, row by row, whatever its shape.
///
/// # Errors
/// When the file is no zip, has no such array, or the array is not of little-endian floats.
pub(crate) fn read(path: &Path, name: &str) -> anyhow::Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let member = member(&bytes, &format!("{name}.npy")).with_context(|| format!("reading {}", path.display()))?;
    narrow(&member).with_context(|| format!("reading {name} of {}", path.display()))
}

/// The values of an `.npy` array as waveforms have them.
fn narrow(array: &[u8]) -> anyhow::Result<Vec<f32>> {
    #[allow(clippy::cast_possible_truncation, reason = "waveforms are of f32")]
    Ok(npy::parse(array)?.values.iter().map(|v| *v as f32).collect())
}

fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let field = bytes.get(at..at + len)?;
    field.iter().rev().try_fold(0_usize, |sum, b| Some(sum.checked_mul(256)? + usize::from(*b)))
}

/// The content of a member, found through the central directory at the end of the file.
fn member(zip: &[u8], name: &str) -> anyhow::Result<Vec<u8>> {
    let end = zip.windows(4).rposition(|w| w == b"PK\x05\x06").context("it is no zip file")?;
    let (count, mut at) = (number(zip, end + 10, 2), number(zip, end + 16, 4).context("its directory is cut off")?);
    for _ in 0..count.unwrap_or(0) {
        let field = |offset, len| number(zip, at + offset, len).context("its directory is cut off");
        let (name_len, extra, comment) = (field(28, 2)?, field(30, 2)?, field(32, 2)?);
        if zip.get(at + 46..at + 46 + name_len) == Some(name.as_bytes()) {
            let (method, packed, plain, head) = (field(10, 2)?, field(20, 4)?, field(24, 4)?, field(42, 4)?);
            let skip = number(zip, head + 26, 2).zip(number(zip, head + 28, 2)).context("its member is cut off")?;
            let start = head + 30 + skip.0 + skip.1;
            return unpack(zip.get(start..start + packed).context("its member is cut off")?, method, plain);
        }
        at += 46 + name_len + extra + comment;
    }
    anyhow::bail!("it has no member {name}")
}

fn unpack(packed: &[u8], method: usize, plain: usize) -> anyhow::Result<Vec<u8>> {
    match method {
        0 => Ok(packed.to_vec()),
        8 => {
            let mut content = Vec::new();
            flate2::read::DeflateDecoder::new(packed).take(plain as u64).read_to_end(&mut content)?;
            Ok(content)
        }
        other => anyhow::bail!("it is packed by method {other}; stored and deflated members can be read"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A zip with one stored member, as `numpy.savez` writes it; checksums are left 0.
    pub(crate) fn npz(name: &str, values: &[f32]) -> Vec<u8> {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let array = npy::tests::npy("<f4", &format!("({}, 1)", values.len()), &data);
        let (name, size) = (format!("{name}.npy"), u32::try_from(array.len()).unwrap().to_le_bytes());
        let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
        let mut zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        for part in [&size[..], &size, &name_len, &[0, 0], name.as_bytes(), &array] {
            zip.extend(part);
        }
        let directory = u32::try_from(zip.len()).unwrap();
        zip.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
        for part in [&size[..], &size, &name_len, &[0; 16], name.as_bytes()] {
            zip.extend(part);
        }
        let length = u32::try_from(zip.len()).unwrap() - directory;
        zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        zip.extend(length.to_le_bytes());
        zip.extend(directory.to_le_bytes());
        zip.extend([0, 0]);
        zip
    }

    #[test]
    fn a_stored_array_is_read_and_nonsense_refused() {
        let file = npz("DE", &[1.0, -2.5, 3.0]);
        assert_eq!(narrow(&member(&file, "DE.npy").unwrap()).unwrap(), [1.0, -2.5, 3.0]);
        assert!(member(&file, "FE.npy").unwrap_err().to_string().contains("no member FE.npy"));
        assert!(member(b"nonsense", "DE.npy").is_err() && narrow(b"nonsense").is_err());
        // without the last two bytes, the length of a comment, it still reads
        for cut in 0..file.len() - 2 {
            assert!(member(&file[..cut], "DE.npy").is_err());
        }
    }
}
