//! Arrays of NumPy: `.npy` files of numbers, in row order, little-endian.

use std::path::Path;

use anyhow::{Context, ensure};

/// The longest array that is read: 64 Mi values.
const VALUES_MAX: usize = 1 << 26;

/// An array, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Array {
    /// The length of each dimension.
    pub(crate) shape: Vec<usize>,
    /// The values.
    pub(crate) values: Vec<f64>,
}

impl Array {
    /// The array as columns; one column when it has one dimension.
    pub(crate) fn columns(&self) -> Vec<Vec<f64>> {
        let width = self.shape.get(1).copied().unwrap_or(1).max(1);
        (0..width).map(|c| self.values.iter().skip(c).step_by(width).copied().collect()).collect()
    }

    /// The array as rows.
    pub(crate) fn rows(&self) -> Vec<Vec<f64>> {
        self.values.chunks(self.shape.get(1).copied().unwrap_or(1).max(1)).map(<[f64]>::to_vec).collect()
    }
}

/// Reads a file.
///
/// # Errors
/// When it cannot be read, is no array of numbers, or is cut off.
pub(crate) fn read(path: &Path) -> anyhow::Result<Array> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    parse(&bytes).with_context(|| format!("reading {}", path.display()))
}

/// Reads the content of a file.
///
/// # Errors
/// When it is no array of numbers, or is cut off.
pub(crate) fn parse(bytes: &[u8]) -> anyhow::Result<Array> {
    ensure!(bytes.starts_with(b"\x93NUMPY"), "it is no npy array");
    let (width, head) = if bytes.get(6) == Some(&1) { (2, 10) } else { (4, 12) };
    let length = bytes.get(8..8 + width).context("its header is cut off")?;
    let length = length.iter().rev().fold(0_usize, |sum, b| sum * 256 + usize::from(*b));
    let header = bytes.get(head..head + length).context("its header is cut off")?;
    let header = String::from_utf8_lossy(header).into_owned();
    ensure!(!header.contains("'fortran_order': True"), "it is in column order");
    let shape = shape(&header).with_context(|| format!("its shape is not clear: {header}"))?;
    let count = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= VALUES_MAX);
    let count = count.with_context(|| format!("it has more than {VALUES_MAX} values"))?;
    let values = values(&header, bytes.get(head + length..).unwrap_or_default())?;
    ensure!(values.len() >= count, "it is cut off: {} of {count} values", values.len());
    Ok(Array { shape, values: values.into_iter().take(count).collect() })
}

/// The numbers between the brackets behind `'shape'`.
fn shape(header: &str) -> Option<Vec<usize>> {
    let inside = header.split_once("'shape':")?.1.split_once('(')?.1.split_once(')')?.0;
    inside.split(',').map(str::trim).filter(|d| !d.is_empty()).map(|d| d.parse().ok()).collect()
}

/// Writes a table of columns as an array of rows, float64.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, columns: &[Vec<f64>]) -> anyhow::Result<()> {
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    let values = (0..rows).flat_map(|r| columns.iter().filter_map(move |c| c.get(r).copied()));
    write_values(path, &format!("({rows}, {})", columns.len()), values)
}

/// Writes a list, float64.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_list(path: &Path, values: &[f64]) -> anyhow::Result<()> {
    write_values(path, &format!("({},)", values.len()), values.iter().copied())
}

fn write_values(path: &Path, shape: &str, values: impl Iterator<Item = f64>) -> anyhow::Result<()> {
    let mut bytes = file("<f8", shape)?;
    values.for_each(|v| bytes.extend(v.to_le_bytes()));
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// The begin of a file, as NumPy writes it; the values follow.
fn file(kind: &str, shape: &str) -> anyhow::Result<Vec<u8>> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend(u16::try_from(header.len()).context("its header is too long")?.to_le_bytes());
    file.extend(header.as_bytes());
    Ok(file)
}

fn values(header: &str, data: &[u8]) -> anyhow::Result<Vec<f64>> {
    let kind = header.split_once("'descr':").map_or("", |(_, rest)| rest.trim_start());
    let kind = kind.trim_start_matches('\'').split('\'').next().unwrap_or_default();
    #[allow(clippy::cast_precision_loss, reason = "labels and counts are far below 2^53")]
    Ok(match kind {
        "<f4" => data.chunks_exact(4).filter_map(|b| b.try_into().ok()).map(|b| f32::from_le_bytes(b).into()).collect(),
        "<f8" => data.chunks_exact(8).filter_map(|b| b.try_into().ok()).map(f64::from_le_bytes).collect(),
        "<i4" => data.chunks_exact(4).filter_map(|b| b.try_into().ok()).map(|b| i32::from_le_bytes(b).into()).collect(),
        "<i8" => data.chunks_exact(8).filter_map(|b| b.try_into().ok()).map(|b| i64::from_le_bytes(b) as f64).collect(),
        "|i1" => data.iter().map(|b| f64::from(i8::from_le_bytes([*b]))).collect(),
        "|u1" | "|b1" => data.iter().map(|b| f64::from(*b)).collect(),
        other => anyhow::bail!("it holds values of type {other:?}"),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file as NumPy writes it.
    pub(crate) fn npy(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let mut whole = file(kind, shape).unwrap();
        whole.extend(data);
        whole
    }

    /// A table of float32.
    pub(crate) fn table(rows: &[Vec<f32>]) -> Vec<u8> {
        let data: Vec<u8> = rows.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
        npy("<f4", &format!("({}, {})", rows.len(), rows.first().map_or(0, Vec::len)), &data)
    }

    #[test]
    fn tables_and_labels_are_read() {
        let array = parse(&table(&[vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0, 6.5]])).unwrap();
        assert_eq!(array.shape, [3, 2]);
        assert_eq!(array.columns(), [vec![1.0, 3.0, 5.0], vec![2.0, 4.0, 6.5]]);
        let labels = parse(&npy("|i1", "(3,)", &[0, 1, 255])).unwrap();
        assert_eq!(labels.columns(), [vec![0.0, 1.0, -1.0]]);
        let doubles = parse(&npy("<f8", "(1,)", &2.5_f64.to_le_bytes())).unwrap();
        assert_eq!(doubles.values, [2.5]);
        let path = tempfile::tempdir().unwrap().path().with_extension("npy");
        write(&path, &[vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]]).unwrap();
        assert_eq!(read(&path).unwrap().rows(), [vec![1.0, 4.0], vec![2.0, 5.0], vec![3.0, 6.0]]);
        write_list(&path, &[7.0]).unwrap();
        assert_eq!(read(&path).unwrap(), Array { shape: vec![1], values: vec![7.0] });
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_cut_off_or_foreign_is_refused() {
        let file = table(&[vec![1.0, 2.0]]);
        for cut in 0..file.len() {
            assert!(parse(&file[..cut]).is_err());
        }
        assert!(parse(&npy("<U8", "(1,)", &[0; 32])).unwrap_err().to_string().contains("<U8"));
        assert!(parse(&npy("<f4", "(99999999999, 2)", &[0; 32])).is_err());
    }
}
