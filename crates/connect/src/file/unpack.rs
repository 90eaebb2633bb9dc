//! Files that are packed, or written in another encoding: made plain before anybody looks at what they say.

use std::io::{Cursor, Read, Seek, SeekFrom};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::table::Bed;
use super::{workbook, zip};

/// The largest content that is unpacked into memory: 1 GiB.
const PLAIN_MAX: u64 = 1 << 30;
/// Packings within each other: a gzip within a zip, and what it holds in UTF-16.
const DEEP_MAX: usize = 3;
/// Bytes by which it is told what a file is.
const LOOK: u64 = 512;
/// Files in a zip that are named in an error.
const NAMED_MAX: usize = 5;

/// What other kinds of files begin with, and what they are.
const OTHERS: [(&[u8], &str); 10] = [
    (
        b"\xD0\xCF\x11\xE0",
        "an old Excel workbook (.xls), or one with a password; save it as .xlsx without a password, or the sheet as CSV (UTF-8)",
    ),
    (b"7z\xBC\xAF", "packed by 7-Zip; unpack it first"),
    (b"Rar!", "packed by RAR; unpack it first"),
    (b"BZh", "packed by bzip2; unpack it first"),
    (b"\xFD7zXZ", "packed by xz; unpack it first"),
    (b"\x28\xB5\x2F\xFD", "packed by zstd; unpack it first"),
    (b"%PDF", "a PDF; export the table as CSV"),
    (b"\x89HDF", "an HDF5 file; export the table as CSV or Parquet"),
    (b"\x93NUMPY", "a NumPy array; export the table as CSV or Parquet"),
    (b"MATLAB", "a MATLAB file; export the table as CSV or Parquet"),
];

/// A file made plain.
pub(super) struct Plain {
    /// Text or Parquet.
    pub(super) bed: Bed,
    /// In words, what was done for it.
    pub(super) told: Vec<String>,
    /// Whether it is the sheet of a workbook, written as text.
    pub(super) is_sheet: bool,
}

/// The same file as plain text or Parquet; of a workbook the sheet named, or the longest. What is plain already is left as it
/// is.
pub(super) fn plain(mut bed: Bed, sheet: Option<&str>) -> Result<Plain, String> {
    let mut told = Vec::new();
    for _ in 0..DEEP_MAX {
        let mut head = Vec::new();
        bed.by_ref().take(LOOK).read_to_end(&mut head).map_err(|e| e.to_string())?;
        bed.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
        let (content, what) = if head.starts_with(b"\x1F\x8B") {
            (limited(MultiGzDecoder::new(bed))?, "gzip")
        } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            let packed = limited(bed)?;
            let members = zip::members(&packed).map_err(|e| format!("is a damaged zip: {e}; make it again"))?;
            if workbook::is_one(&members) {
                let (text, which) = workbook::text(&members, sheet)?;
                told.push(which);
                return Ok(Plain { bed: Bed::Memory(Cursor::new(Bytes::from(text))), told, is_sheet: true });
            }
            (member(&members)?, "zip")
        } else if let Some(big) = utf16(&head) {
            (from_utf16(&limited(bed)?, big), "UTF-16")
        } else {
            let known = OTHERS.iter().find(|(begin, _)| head.starts_with(begin)).map(|(_, what)| *what);
            let control = head.iter().filter(|b| matches!(b, 0..=8 | 14..=31)).count();
            let binary = !head.starts_with(b"PAR1") && (head.contains(&0) || control * 20 > head.len());
            let what = known.or(binary.then_some("no text and no Parquet; export the table as CSV"));
            return match (what, sheet) {
                (Some(what), _) => Err(format!("is {what}")),
                (None, Some(_)) => Err("is no workbook; leave the sheet out".into()),
                (None, None) => Ok(Plain { bed, told, is_sheet: false }),
            };
        };
        told.push(what.to_owned());
        bed = Bed::Memory(Cursor::new(Bytes::from(content)));
    }
    Err("is packed more than three times; unpack it first".into())
}

/// Everything there is to read, if that is not too much.
fn limited(from: impl Read) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    from.take(PLAIN_MAX + 1).read_to_end(&mut content).map_err(|e| format!("cannot be unpacked: {e}"))?;
    if content.len() as u64 > PLAIN_MAX {
        return Err(format!("holds more than {} MiB when unpacked; cut it into parts", PLAIN_MAX >> 20));
    }
    Ok(content)
}

/// The one file in a zip; what hides (a dot in front, `__MACOSX/`) is passed over.
fn member(all: &[zip::Member<'_>]) -> Result<Vec<u8>, String> {
    let hides = |name: &str| name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    let files: Vec<_> = all.iter().filter(|m| !m.name.ends_with('/') && !hides(&m.name)).collect();
    match files.as_slice() {
        [one] => one.content(),
        [] => Err("is an empty zip; put one table into it".into()),
        many => {
            let names: Vec<&str> = many.iter().take(NAMED_MAX).map(|m| m.name.as_str()).collect();
            let more = if many.len() > NAMED_MAX { " …" } else { "" };
            Err(format!("holds {} files ({}{more}); unpack it and give one of them", many.len(), names.join(", ")))
        }
    }
}

/// Whether it is UTF-16 with the large byte first; none when it is no UTF-16. Without a mark it is told by the zeros in
/// every second byte.
fn utf16(head: &[u8]) -> Option<bool> {
    if head.starts_with(b"\xFF\xFE") {
        return Some(false);
    }
    if head.starts_with(b"\xFE\xFF") {
        return Some(true);
    }
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    match (even * 10 > half * 9, odd * 10 > half * 9) {
        (true, false) if half > 4 && odd == 0 => Some(true),
        (false, true) if half > 4 && even == 0 => Some(false),
        _ => None,
    }
}

fn from_utf16(bytes: &[u8], big: bool) -> Vec<u8> {
    let unit = |pair: &[u8]| match pair {
        [a, b] if big => u16::from_be_bytes([*a, *b]),
        [a, b] => u16::from_le_bytes([*a, *b]),
        _ => 0xFFFD,
    };
    let units = bytes.chunks_exact(2).map(unit);
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_start_matches('\u{FEFF}').as_bytes().to_vec()
}

/// Text as it stands in a file: UTF-8, and what is none is Windows-1252 (Latin-1 with its additions).
pub(super) fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    const ADDED: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let letter = |b: &u8| ADDED.get(usize::from(*b).wrapping_sub(0x80)).copied().unwrap_or(char::from(*b));
    bytes.iter().map(letter).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // made by Python's zipfile: `__MACOSX/._a.csv` and `d/a.csv`; two tables
    const ONE: [&str; 5] = [
        "504b0304140000000800b8a97a5d8316dc8c0300000001000000100000005f5f4d41434f53582f2e5f612e637376ab00",
        "00504b0304140000000800b8a97a5dba450d170b0000007c00000007000000642f612e6373764bd449e232d4311a100c",
        "00504b01021403140000000800b8a97a5d8316dc8c03000000010000001000000000000000000000008001000000005f",
        "5f4d41434f53582f2e5f612e637376504b01021403140000000800b8a97a5dba450d170b0000007c0000000700000000",
        "00000000000000800131000000642f612e637376504b0506000000000200020073000000610000000000",
    ];
    const TWO: [&str; 5] = [
        "504b0304140000000800b8a97a5d7b07970a0a0000000800000005000000612e6373764bd449e232d431e20200504b03",
        "04140000000800b8a97a5d43beb7e8030000000100000005000000622e6373764b0400504b01021403140000000800b8",
        "a97a5d7b07970a0a00000008000000050000000000000000000000800100000000612e637376504b0102140314000000",
        "0800b8a97a5d43beb7e8030000000100000005000000000000000000000080012d000000622e637376504b0506000000",
        "000200020066000000530000000000",
    ];
    fn bytes(hex: &[&str]) -> Vec<u8> {
        let hex = hex.concat();
        (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
    }

    fn unpacked(bytes: Vec<u8>) -> Result<(String, String), String> {
        let mut plain = plain(Bed::Memory(Cursor::new(bytes.into())), None)?;
        let mut text = String::new();
        plain.bed.read_to_string(&mut text).unwrap();
        Ok((text, plain.told.join(", ")))
    }

    #[test]
    fn the_one_table_in_a_zip_is_found() {
        let (text, told) = unpacked(bytes(&ONE)).unwrap();
        assert_eq!((text.len(), told.as_str()), (124, "zip"));
        assert!(unpacked(bytes(&TWO)).unwrap_err().contains("2 files (a.csv, b.csv)"));
        let whole = bytes(&ONE);
        for cut in 4..whole.len() - 2 {
            assert!(unpacked(whole[..cut].to_vec()).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn plain_files_are_left_alone() {
        assert_eq!(unpacked(b"a,b\n1,2\n".to_vec()), Ok(("a,b\n1,2\n".into(), String::new())));
        assert_eq!(text(b"gr\xF6\xDFe \x80").as_ref(), "größe €");
        assert!(unpacked(b"%PDF-1.7".to_vec()).unwrap_err().contains("export"));
    }
}
