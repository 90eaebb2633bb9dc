//! Reads zip files: what is stored or deflated, found through the directory at their end. `gemba-bench` is compiled with this
//! file too.

use std::io::Read;

/// The largest member that is unpacked: 1 GiB.
const PLAIN_MAX: usize = 1 << 30;

/// A file inside a zip file.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    /// With its folders, `/` between them.
    pub(super) name: String,
    method: usize,
    plain: usize,
    packed: &'a [u8],
}

/// A little-endian number of `len` bytes; none where the bytes end before.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let field = bytes.get(at..at + len)?;
    field.iter().rev().try_fold(0_usize, |sum, b| Some(sum.checked_mul(256)? + usize::from(*b)))
}

/// All members, in the order of the directory.
///
/// # Errors
/// When it is no zip file, or cut off.
pub(super) fn members(zip: &[u8]) -> Result<Vec<Member<'_>>, String> {
    let end = zip.windows(4).rposition(|w| w == b"PK\x05\x06").ok_or("it is no zip file")?;
    let (count, mut at) = (number(zip, end + 10, 2), number(zip, end + 16, 4).ok_or("its directory is cut off")?);
    let mut members = Vec::new();
    for _ in 0..count.unwrap_or(0) {
        let field = |offset, len| number(zip, at + offset, len).ok_or("its directory is cut off");
        let (name_len, extra, comment) = (field(28, 2)?, field(30, 2)?, field(32, 2)?);
        let name = zip.get(at + 46..at + 46 + name_len).ok_or("its directory is cut off")?;
        let (method, packed, plain, head) = (field(10, 2)?, field(20, 4)?, field(24, 4)?, field(42, 4)?);
        let skip = number(zip, head + 26, 2).zip(number(zip, head + 28, 2)).ok_or("its member is cut off")?;
        let start = head + 30 + skip.0 + skip.1;
        let packed = zip.get(start..start + packed).ok_or("its member is cut off")?;
        members.push(Member { name: String::from_utf8_lossy(name).into_owned(), method, plain, packed });
        at += 46 + name_len + extra + comment;
    }
    Ok(members)
}

impl Member<'_> {
    /// What it holds.
    ///
    /// # Errors
    /// When it is packed in another way, damaged, or far too large.
    pub(super) fn content(&self) -> Result<Vec<u8>, String> {
        match self.method {
            0 => Ok(self.packed.to_vec()),
            8 if self.plain <= PLAIN_MAX => {
                let mut content = Vec::new();
                let packed = flate2::read::DeflateDecoder::new(self.packed);
                packed.take(self.plain as u64).read_to_end(&mut content).map_err(|e| format!("{}: {e}", self.name))?;
                Ok(content)
            }
            8 => Err(format!("{} has {} bytes, at most {PLAIN_MAX}", self.name, self.plain)),
            other => Err(format!("{} is packed by method {other}; stored and deflated members can be read", self.name)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A zip of stored members; checksums are left 0.
    pub(in super::super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut zip, mut directory): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
        for (name, content) in members {
            let head = u32::try_from(zip.len()).unwrap().to_le_bytes();
            let size = u32::try_from(content.len()).unwrap().to_le_bytes();
            let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
            zip.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
            for part in [&size[..], &size, &name_len, &[0, 0], name.as_bytes(), content] {
                zip.extend(part);
            }
            directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
            for part in [&size[..], &size, &name_len, &[0; 12], &head, name.as_bytes()] {
                directory.extend(part);
            }
        }
        let (start, length) = (zip.len(), directory.len());
        zip.extend(directory);
        zip.extend(b"PK\x05\x06\0\0\0\0");
        let count = u16::try_from(members.len()).unwrap().to_le_bytes();
        let (start, length) = (u32::try_from(start).unwrap(), u32::try_from(length).unwrap());
        for part in [&count[..], &count, &length.to_le_bytes(), &start.to_le_bytes(), &[0, 0]] {
            zip.extend(part);
        }
        zip
    }

    #[test]
    fn members_are_listed_and_read_and_nonsense_refused() {
        let file = zip(&[("a/1.csv", b"1,2"), ("b/2.csv", b"")]);
        let all = members(&file).unwrap();
        let names: Vec<&str> = all.iter().map(|m| m.name.as_str()).collect();
        assert_eq!((names, all[0].content().unwrap().as_slice()), (vec!["a/1.csv", "b/2.csv"], &b"1,2"[..]));
        assert!(members(b"nonsense").is_err());
        // without the last two bytes, the length of a comment, it still reads
        for cut in 0..file.len() - 2 {
            assert!(members(&file[..cut]).is_err());
        }
    }
}
