//! The binary frame of the live stream.
//!
//! Little-endian: `u8` kind (1: newest values), `u8` version (1), `u16` 0, `u32` n; then columns of n: `u32` signal,
//! `f64` source time (ms since the epoch), `f64` value (NaN: none), `u8` quality. A frame with n = 0 only says that
//! the stream is alive.

use super::latest::Slot;

/// What a frame carries.
const KIND_NEWEST: u8 = 1;
const VERSION: u8 = 1;
/// Rows of a frame at most: 2 MB.
pub(super) const ROWS_MAX: usize = 100_000;

/// Writes a frame of at most [`ROWS_MAX`] rows.
pub(super) fn newest(rows: &[(u32, Slot)]) -> Vec<u8> {
    let rows = rows.get(..ROWS_MAX).unwrap_or(rows);
    let mut bytes = Vec::with_capacity(8 + rows.len() * (4 + 8 + 8 + 1));
    bytes.extend_from_slice(&[KIND_NEWEST, VERSION, 0, 0]);
    bytes.extend_from_slice(&u32::try_from(rows.len()).unwrap_or(u32::MAX).to_le_bytes());
    for (signal, _) in rows {
        bytes.extend_from_slice(&signal.to_le_bytes());
    }
    for (_, slot) in rows {
        bytes.extend_from_slice(&(slot.time as f64 / 1000.0).to_le_bytes());
    }
    for (_, slot) in rows {
        bytes.extend_from_slice(&slot.value.to_le_bytes());
    }
    bytes.extend(rows.iter().map(|(_, slot)| slot.quality));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_lie_where_the_pages_look_for_them() {
        let slot = |value| Slot { change: 1, time: 1_500, value, quality: 3 };
        let bytes = newest(&[(7, slot(2.5)), (9, slot(f64::NAN))]);
        assert_eq!(bytes.len(), 8 + 2 * 21);
        assert_eq!(bytes[..16], [1, 1, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0]);
        assert_eq!(bytes[16..24], 1.5_f64.to_le_bytes());
        assert_eq!(bytes[32..40], 2.5_f64.to_le_bytes());
        assert!(f64::from_le_bytes(bytes[40..48].try_into().unwrap()).is_nan());
        assert_eq!(bytes[48..], [3, 3]);
    }

    #[test]
    fn a_frame_without_rows_is_a_sign_of_life() {
        assert_eq!(newest(&[]), [1, 1, 0, 0, 0, 0, 0, 0]);
    }
}
