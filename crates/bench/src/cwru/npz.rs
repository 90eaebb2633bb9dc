//! Reads one float array out of an `.npz` file: a zip of `.npy` files, stored or deflated.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, ensure};

/// The longest array that is read: 64 Mi values.
const VALUES_MAX: usize = 1 << 26;

/// The values of the array `name`, row by row, whatever its shape.
///
/// # Errors
/// When the file is no zip, has no such array, or the array is not of little-endian floats.
pub(crate) fn read(path: &Path, name: &str) -> anyhow::Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let member = member(&bytes, &format!("{name}.npy")).with_context(|| format!("reading {}", path.display()))?;
    npy(&member).with_context(|| format!("reading {name} of {}", path.display()))
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

fn npy(bytes: &[u8]) -> anyhow::Result<Vec<f32>> {
    ensure!(bytes.starts_with(b"\x93NUMPY"), "it is no npy array");
    let (width, head) = if bytes.get(6) == Some(&1) { (2, 10) } else { (4, 12) };
    let length = number(bytes, 8, width).context("its header is cut off")?;
    let header = String::from_utf8_lossy(bytes.get(head..head + length).context("its header is cut off")?).into_owned();
    let data = bytes.get(head + length..).unwrap_or_default();
    ensure!(data.len() / 4 <= VALUES_MAX, "it has more than {VALUES_MAX} values");
    if header.contains("'<f4'") {
        let values = data.chunks_exact(4).filter_map(|b| b.try_into().ok());
        return Ok(values.map(f32::from_le_bytes).collect());
    }
    ensure!(header.contains("'<f8'"), "it is not of little-endian floats: {header}");
    #[allow(clippy::cast_possible_truncation, reason = "waveforms are of f32")]
    let narrow = |b: [u8; 8]| f64::from_le_bytes(b) as f32;
    Ok(data.chunks_exact(8).filter_map(|b| b.try_into().ok()).map(narrow).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A zip with one stored member, as `numpy.savez` writes it; checksums are left 0.
    pub(crate) fn npz(name: &str, values: &[f32]) -> Vec<u8> {
        let mut array = b"\x93NUMPY\x01\x00".to_vec();
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, 1), }}\n", values.len());
        array.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        array.extend(header.as_bytes());
        array.extend(values.iter().flat_map(|v| v.to_le_bytes()));
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
        assert_eq!(npy(&member(&file, "DE.npy").unwrap()).unwrap(), [1.0, -2.5, 3.0]);
        assert!(member(&file, "FE.npy").unwrap_err().to_string().contains("no member FE.npy"));
        assert!(member(b"nonsense", "DE.npy").is_err() && npy(b"nonsense").is_err());
        // without the last two bytes, the length of a comment, it still reads
        for cut in 0..file.len() - 2 {
            assert!(member(&file[..cut], "DE.npy").is_err());
        }
    }
}
