//! Columns as few bytes, for the log: deltas, runs, scaled integers, variable-length numbers.
//!
//! A batch is its row count and then, column by column:
//!
//! | column | how |
//! |---|---|
//! | signal, time, ingest, status, quality | difference to the row before (zigzag), in runs |
//! | value | one token each: `zigzag(mantissa) << 3 \| decimals`; 7: eight bytes follow; 15: four bytes follow (an f32) |
//!
//! Runs: `n << 1 | 1` and one number for `n` equal ones; `n << 1` and `n` numbers otherwise. All numbers are LEB128.

use gemba_plant::Batch;

use crate::decimal;

/// The most rows in one encoded batch, so that a damaged count cannot ask for all memory.
pub(crate) const ROWS_MAX: usize = 1 << 18;

/// Equal numbers from which on a run is shorter than writing them out.
const RUN_MIN: usize = 4;
/// Decimals that fit a token; 7 is the escape.
const TOKEN_DECIMALS_MAX: u8 = 6;
const RAW_F64: u64 = 7;
const RAW_F32: u64 = 15;
/// A signal whose values were no decimals is tried again every so many values.
const RETRY_EVERY: usize = 16;

/// Appends an unsigned number, seven bits a byte.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "masked to seven bits")]
pub(crate) fn put_uint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a length and the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// In each byte of eight the bit that says that another one follows.
const MORE: u64 = 0x8080_8080_8080_8080;
/// Bits that eight bytes of seven hold.
const SPREAD_BITS: u32 = 56;

/// Seven bits a byte, lowest first, of a number of at most [`SPREAD_BITS`].
#[inline]
const fn spread(number: u64) -> u64 {
    let halves = (number & 0x0fff_ffff) | ((number & 0x00ff_ffff_f000_0000) << 4);
    let quarters = (halves & 0x0000_3fff_0000_3fff) | ((halves & 0x0fff_c000_0fff_c000) << 2);
    (quarters & 0x007f_007f_007f_007f) | ((quarters & 0x3f80_3f80_3f80_3f80) << 1)
}

/// The number that [`spread`] made these bytes of.
#[inline]
const fn gathered(bytes: u64) -> u64 {
    let quarters = (bytes & 0x007f_007f_007f_007f) | ((bytes & 0x7f00_7f00_7f00_7f00) >> 1);
    let halves = (quarters & 0x0000_3fff_0000_3fff) | ((quarters & 0x3fff_0000_3fff_0000) >> 2);
    (halves & 0x0fff_ffff) | ((halves & 0x0fff_ffff_0000_0000) >> 4)
}

/// Takes what `put_*` wrote off the front of a slice. None: the bytes are damaged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn uint(&mut self) -> Option<u64> {
        let word = self.0.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        let ends = !word & MORE;
        if word == 0 || ends == 0 {
            return self.uint_by_byte();
        }
        let bits = ends.trailing_zeros();
        self.0 = self.0.get(bits as usize / 8 + 1..)?;
        Some(gathered(word & (u64::MAX >> (63 - bits))))
    }

    /// The same near the end, and for what has more than eight bytes.
    fn uint_by_byte(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn len(&mut self) -> Option<usize> {
        usize::try_from(self.uint()?).ok()
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.len()?;
        self.take(len)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

/// Small numbers for small differences of either sign.
#[inline]
#[allow(clippy::cast_sign_loss, reason = "zigzag is defined on the bits")]
pub(crate) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

#[inline]
#[allow(clippy::cast_possible_wrap, reason = "zigzag is defined on the bits")]
pub(crate) const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Appends a batch of at most [`ROWS_MAX`] rows.
pub(crate) fn put_batch(out: &mut Vec<u8>, batch: &Batch) {
    put_uint(out, batch.len() as u64);
    put_column(out, batch.signals());
    put_column(out, batch.times());
    put_column(out, batch.ingests());
    put_column(out, batch.statuses());
    put_column(out, batch.qualities());
    put_values(out, batch);
}

/// Differences that are looked through for runs at once; a run ends with them.
const STRETCH: usize = 1_024;

fn put_column<T: Copy + PartialEq + Into<i64>>(out: &mut Vec<u8>, column: &[T]) {
    let ([first, rest @ ..], [front @ .., _]) = (column, column) else { return };
    if !rest.is_empty() && rest == front {
        // all the same
        put_run(out, 1, zigzag((*first).into()));
        put_run(out, rest.len(), 0);
        return;
    }
    let mut room = [0; STRETCH];
    let mut before: i64 = 0;
    for stretch in column.chunks(STRETCH) {
        let befores = std::iter::once(before).chain(stretch.iter().map(|number| (*number).into()));
        for ((place, number), before) in room.iter_mut().zip(stretch).zip(befores) {
            *place = zigzag(Into::<i64>::into(*number).wrapping_sub(before));
        }
        before = stretch.last().map_or(0, |last| (*last).into());
        put_runs(out, room.get(..stretch.len()).unwrap_or(&[]));
    }
}

fn put_run(out: &mut Vec<u8>, count: usize, number: u64) {
    put_uint(out, ((count as u64) << 1) | 1);
    put_uint(out, number);
}

fn put_runs(out: &mut Vec<u8>, numbers: &[u64]) {
    let mut rest = numbers;
    let mut literals = 0;
    for run in numbers.chunk_by(|a, b| a == b) {
        if run.len() < RUN_MIN {
            literals += run.len();
            continue;
        }
        rest = put_literals(out, rest, literals);
        literals = 0;
        put_run(out, run.len(), run.first().copied().unwrap_or(0));
        rest = rest.get(run.len()..).unwrap_or(&[]);
    }
    put_literals(out, rest, literals);
}

fn put_literals<'a>(out: &mut Vec<u8>, numbers: &'a [u64], count: usize) -> &'a [u64] {
    let (literals, rest) = numbers.split_at_checked(count).unwrap_or((numbers, &[]));
    if !literals.is_empty() {
        put_uint(out, (literals.len() as u64) << 1);
        for number in literals {
            put_uint(out, *number);
        }
    }
    rest
}

/// Signals whose decimals are remembered while a batch is written.
const GUESSES: usize = 4_096;

/// Remembers how many decimals the last value of a signal had; a collision only costs bytes and time.
struct Guesses([u8; GUESSES]);

impl Guesses {
    fn of(&mut self, signal: u32) -> Option<&mut u8> {
        self.0.get_mut(signal as usize % GUESSES)
    }
}

/// Values that become bytes between two looks at the room behind the log.
const TOKENS: usize = 64;
/// Bytes of the longest token with what follows it; a shorter one may spoil as many behind it, which the next one mends.
const TOKEN_MAX: usize = 10;

fn put_values(out: &mut Vec<u8>, batch: &Batch) {
    let mut guesses = Guesses([0; GUESSES]);
    let mut room = [0; TOKENS * TOKEN_MAX];
    let mut row = 0;
    for (signals, values) in batch.signals().chunks(TOKENS).zip(batch.values().chunks(TOKENS)) {
        let mut at = 0;
        for (signal, value) in signals.iter().zip(values) {
            let (Some(guess), Some(place)) = (guesses.of(*signal), room.get_mut(at..)) else { return };
            at += match scaled(*value, guess, row) {
                Some(mantissa) => put_token(place, (zigzag(mantissa) << 3) | u64::from(*guess)),
                None => put_raw(place, *value),
            };
            row += 1;
        }
        out.extend_from_slice(room.get(..at).unwrap_or(&[]));
    }
}

/// Writes an unsigned number as [`put_uint`] does; gives its bytes.
#[inline]
fn put_token(place: &mut [u8], number: u64) -> usize {
    let bits = u64::BITS - (number | 1).leading_zeros();
    let Some(eight) = place.first_chunk_mut().filter(|_| bits <= SPREAD_BITS) else {
        return put_long_token(place, number);
    };
    let bytes = bits.div_ceil(7);
    let more = MORE & !(u64::MAX << (8 * (bytes - 1)));
    *eight = (spread(number) | more).to_le_bytes();
    bytes as usize
}

/// The same near the end of the room, and for what has more than eight bytes.
#[cold]
fn put_long_token(place: &mut [u8], number: u64) -> usize {
    let mut bytes = Vec::with_capacity(TOKEN_MAX);
    put_uint(&mut bytes, number);
    place.iter_mut().zip(&bytes).for_each(|(place, byte)| *place = *byte);
    bytes.len()
}

/// Writes what is no decimal; gives its bytes.
#[allow(clippy::cast_possible_truncation, reason = "an f32 is taken only when it is the same number bit for bit")]
fn put_raw(place: &mut [u8], value: f64) -> usize {
    let short = value as f32;
    let fits = f64::from(short).to_bits() == value.to_bits();
    let (token, bytes) = if fits { (RAW_F32, u64::from(short.to_bits())) } else { (RAW_F64, value.to_bits()) };
    let token = u8::try_from(token).unwrap_or(0);
    let length = if fits { 4 } else { 8 };
    let raw = std::iter::once(token).chain(bytes.to_le_bytes().into_iter().take(length));
    place.iter_mut().zip(raw).for_each(|(place, byte)| *place = byte);
    1 + length
}

/// The mantissa of `value` with the guessed decimals, or with others that are found; then the guess is changed.
#[inline]
fn scaled(value: f64, guess: &mut u8, row: usize) -> Option<i64> {
    let known = *guess <= TOKEN_DECIMALS_MAX;
    if known && let Some(mantissa) = decimal::mantissa(value, *guess) {
        return Some(mantissa);
    }
    if !known && !row.is_multiple_of(RETRY_EVERY) {
        return None;
    }
    let found = (0..=TOKEN_DECIMALS_MAX).find_map(|k| decimal::mantissa(value, k).map(|mantissa| (k, mantissa)));
    *guess = found.map_or(TOKEN_DECIMALS_MAX + 1, |(decimals, _)| decimals);
    found.map(|(_, mantissa)| mantissa)
}

/// Reads a batch back. None: the bytes are damaged.
pub(crate) fn get_batch(from: &mut Reader<'_>) -> Option<Batch> {
    let rows = from.len().filter(|rows| *rows <= ROWS_MAX)?;
    let signals = get_column(from, rows, |v| u32::try_from(v).ok())?;
    let times = get_column(from, rows, Some)?;
    let ingests = get_column(from, rows, Some)?;
    let statuses = get_column(from, rows, |v| u32::try_from(v).ok())?;
    let qualities = get_column(from, rows, |v| u8::try_from(v).ok())?;
    let values = (0..rows).map(|_| get_value(from)).collect::<Option<Vec<f64>>>()?;
    Batch::from_columns((signals, times, ingests), (values, qualities, statuses)).ok()
}

fn get_column<T: Clone>(from: &mut Reader<'_>, rows: usize, narrow: impl Fn(i64) -> Option<T>) -> Option<Vec<T>> {
    let mut column = Vec::with_capacity(rows);
    let mut value = 0_i64;
    while column.len() < rows {
        let head = from.uint()?;
        let count = usize::try_from(head >> 1).ok().filter(|n| *n > 0 && *n <= rows - column.len())?;
        let run = if head & 1 == 1 { Some(unzigzag(from.uint()?)) } else { None };
        if run == Some(0) {
            column.resize(column.len() + count, narrow(value)?);
            continue;
        }
        for _ in 0..count {
            let delta = match run {
                Some(delta) => delta,
                None => unzigzag(from.uint()?),
            };
            value = value.wrapping_add(delta);
            column.push(narrow(value)?);
        }
    }
    Some(column)
}

#[inline]
fn get_value(from: &mut Reader<'_>) -> Option<f64> {
    match from.uint()? {
        RAW_F64 => Some(f64::from_le_bytes(from.array()?)),
        RAW_F32 => Some(f64::from(f32::from_le_bytes(from.array()?))),
        token => {
            let decimals = u8::try_from(token & 7).ok().filter(|k| *k <= TOKEN_DECIMALS_MAX)?;
            Some(decimal::unscale(unzigzag(token >> 3), decimals))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::{Quality, Sample, SignalId, Timestamp};
    use proptest::prelude::*;

    fn round_trip(batch: &Batch) -> usize {
        let mut bytes = Vec::new();
        put_batch(&mut bytes, batch);
        let mut reader = Reader(&bytes);
        assert_eq!(&get_batch(&mut reader).unwrap(), batch);
        assert!(reader.0.is_empty());
        bytes.len()
    }

    fn any_sample() -> impl Strategy<Value = Sample> {
        let value = prop_oneof![
            any::<u64>().prop_map(f64::from_bits),
            (-100_000_i64..100_000, 0_u8..8).prop_map(|(m, k)| decimal::unscale(m, k)),
            any::<f32>().prop_map(f64::from),
        ];
        (any::<u32>(), any::<i64>(), any::<i64>(), value, 0_u8..4, any::<u32>()).prop_map(
            |(s, t, i, value, q, status)| Sample {
                signal: SignalId::new(s),
                time: Timestamp::from_micros(t),
                ingest: Timestamp::from_micros(i),
                value,
                quality: Quality::from_code(q),
                status,
            },
        )
    }

    proptest! {
        #[test]
        fn any_batch_comes_back_bit_for_bit(rows in prop::collection::vec(any_sample(), 0..200)) {
            round_trip(&Batch::from_rows(&rows));
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Some(batch) = get_batch(&mut Reader(&bytes)) {
                prop_assert!(batch.len() <= ROWS_MAX);
            }
        }
    }

    proptest! {
        #[test]
        fn a_number_is_written_and_read_the_same_by_word_and_by_byte(bits in 0_u32..64, number in any::<u64>(), room in 10_usize..20) {
            let number = number >> bits;
            let (mut bytes, mut place) = (Vec::new(), vec![0xff; room]);
            put_uint(&mut bytes, number);
            let length = put_token(&mut place, number);
            prop_assert_eq!(&place[..length], &bytes[..]);
            for behind in [0, 9] {
                bytes.resize(length + behind, 0xff);
                let mut reader = Reader(&bytes);
                prop_assert_eq!((reader.uint(), reader.0.len()), (Some(number), behind));
            }
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_first_logs() {
        let rows = [(1, 10, 61.3), (2, 10, -0.0), (1, 20, 61.4), (2, 20, 1.0 / 3.0), (7, 20, f64::from(0.1_f32))];
        let at = |(signal, time, value): (u32, i64, f64)| {
            Sample::good(SignalId::new(signal), Timestamp::from_micros(time), value)
        };
        let mut bytes = Vec::new();
        put_batch(&mut bytes, &Batch::from_rows(&rows.map(at)));
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        let ids = "05 0a02020102 0a 0a1400140000 0a1400140000 03000900 03000900";
        let values = "d14c 0f00000080 e14c 07555555555555d53f 0fcdcccc3d";
        assert_eq!(hex, [ids, values].concat().replace(' ', ""));
    }

    #[test]
    fn decimals_take_few_bytes() {
        let rows: Vec<_> = (0..10_000_i64)
            .map(|i| {
                let signal = SignalId::new(u32::try_from(i % 10).unwrap());
                Sample::good(signal, Timestamp::from_secs(i / 10), decimal::unscale(600 + (i * 7) % 40, 1))
            })
            .collect();
        let bytes = round_trip(&Batch::from_rows(&rows));
        assert!(bytes < 4 * rows.len(), "{} B/value", bytes as f64 / rows.len() as f64);
    }
}
