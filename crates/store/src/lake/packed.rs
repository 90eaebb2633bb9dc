//! Parquet's encodings of a page's numbers: DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT and definition levels.
//!
//! As <https://parquet.apache.org/docs/file-format/data-pages/encodings/> describes them. The writer of the Parquet crate
//! takes each value of each column through an index, a comparison and a bit buffer; here what stays the same, which is most
//! of what a plant sends, costs one look.

use crate::codec::{put_uint, zigzag};

/// Numbers of a block share their smallest difference, those of a mini-block a width.
const MINI_BLOCKS: usize = 4;
/// Numbers of the largest block.
const BLOCK_MAX: usize = MINI_BLOCKS * 64;

/// A number of a column, as Parquet stores it.
pub(super) trait Number: Copy + PartialEq {
    /// Numbers of a mini-block.
    const MINI: usize;
    /// As it is.
    fn plain(self) -> i64;
    /// The difference, in the arithmetic of the stored type.
    fn minus(self, before: Self) -> i64;
}

impl Number for i64 {
    const MINI: usize = 64;

    fn plain(self) -> i64 {
        self
    }

    fn minus(self, before: Self) -> i64 {
        self.wrapping_sub(before)
    }
}

impl Number for u32 {
    const MINI: usize = 32;

    fn plain(self) -> i64 {
        i64::from(self.cast_signed())
    }

    fn minus(self, before: Self) -> i64 {
        i64::from(self.wrapping_sub(before).cast_signed())
    }
}

impl Number for u8 {
    const MINI: usize = 32;

    fn plain(self) -> i64 {
        self.into()
    }

    fn minus(self, before: Self) -> i64 {
        i64::from(self) - i64::from(before)
    }
}

/// Appends numbers as DELTA_BINARY_PACKED.
pub(super) fn put_deltas<T: Number>(out: &mut Vec<u8>, numbers: &[T]) {
    let block = MINI_BLOCKS * T::MINI;
    put_uint(out, block as u64);
    put_uint(out, MINI_BLOCKS as u64);
    put_uint(out, numbers.len() as u64);
    put_uint(out, numbers.first().map_or(0, |first| zigzag(first.plain())));
    let ([_, rest @ ..], [front @ .., _]) = (numbers, numbers) else { return };
    if rest == front {
        // all the same: each block has the difference 0 and no bits
        out.resize(out.len() + rest.len().div_ceil(block) * (1 + MINI_BLOCKS), 0);
        return;
    }
    let mut room = [0; BLOCK_MAX];
    for (numbers, before) in rest.chunks(block).zip(front.chunks(block)) {
        let places = room.iter_mut().zip(numbers.iter().zip(before));
        places.for_each(|(place, (number, before))| *place = number.minus(*before));
        put_block(out, room.get(..numbers.len()).unwrap_or(&[]), T::MINI);
    }
}

#[allow(clippy::cast_sign_loss, reason = "no difference is below the smallest")]
fn put_block(out: &mut Vec<u8>, deltas: &[i64], mini: usize) {
    let first = deltas.first().copied().unwrap_or(0);
    let steady = deltas.iter().fold(0, |bits, delta| bits | (delta ^ first)) == 0;
    let least = if steady { first } else { deltas.iter().copied().min().unwrap_or(0) };
    put_uint(out, zigzag(least));
    let widths = out.len();
    out.resize(widths + MINI_BLOCKS, 0);
    if steady {
        return; // no bits
    }
    for (at, part) in deltas.chunks(mini).enumerate() {
        let bits = part.iter().fold(0, |bits, delta| bits | delta.wrapping_sub(least) as u64);
        let width = u64::BITS - bits.leading_zeros();
        if let Some(place) = out.get_mut(widths + at) {
            *place = u8::try_from(width).unwrap_or(0);
        }
        let end = out.len() + mini * width as usize / 8;
        put_bits(out, part.iter().map(|delta| delta.wrapping_sub(least) as u64), width);
        out.resize(end, 0);
    }
}

/// Appends the lower `width` bits of each number, lowest first; the last byte is filled up with zeros.
fn put_bits(out: &mut Vec<u8>, numbers: impl Iterator<Item = u64>, width: u32) {
    let (mut word, mut used) = (0_u64, 0);
    if width == 0 {
        return;
    }
    for number in numbers {
        word |= number << used;
        used += width;
        if used >= u64::BITS {
            out.extend_from_slice(&word.to_le_bytes());
            used -= u64::BITS;
            word = number.checked_shr(width - used).unwrap_or(0);
        }
    }
    out.extend(word.to_le_bytes().into_iter().take((used as usize).div_ceil(8)));
}

/// Appends the levels that say which of `rows` rows are null: the `listed` ones, in order, or all but those.
pub(super) fn put_levels(out: &mut Vec<u8>, rows: usize, (listed, null): (&[usize], bool)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    if listed.is_empty() || listed.len() == rows {
        put_uint(out, (rows as u64) << 1);
        out.push(u8::from(listed.is_empty() == null));
    } else {
        let groups = rows.div_ceil(8);
        put_uint(out, ((groups as u64) << 1) | 1);
        let bits = out.len();
        out.resize(bits + groups, if null { u8::MAX } else { 0 });
        for row in listed {
            if let Some(byte) = out.get_mut(bits + row / 8) {
                *byte ^= 1 << (row % 8);
            }
        }
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(0).to_le_bytes();
    out.iter_mut().skip(start).zip(length).for_each(|(place, byte)| *place = byte);
}

/// Appends doubles as BYTE_STREAM_SPLIT.
pub(super) fn put_split(out: &mut Vec<u8>, values: &[f64]) {
    for byte in 0..8 {
        out.extend(values.iter().filter_map(|value| value.to_le_bytes().get(byte).copied()));
    }
}
