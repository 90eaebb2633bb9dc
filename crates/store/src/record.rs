//! What one record of the log says, and the frame around it.
//!
//! A frame is `"GEMR"`, the payload's length (u32), the CRC32C of length and payload (u32), the payload; little-endian.
//! The payload's first byte tells its kind: a segment's head, or a change.

use std::sync::Arc;

use gemba_plant::port::Position;
use gemba_plant::{Batch, Frame, FrameFormat, Gap, Payload, SignalId, Timestamp, Waveform};

use crate::codec::{self, Reader, put_bytes, put_uint};
use crate::{Error, Origin};

const MAGIC: [u8; 4] = *b"GEMR";
const FRAME_HEAD: usize = 12;
/// The largest record: bounds what a damaged length can ask for.
pub(crate) const RECORD_MAX: usize = 64 << 20;
/// Bytes of the log that a usual row takes, …
const ROW_BYTES: usize = 3;
/// … and all around the rows.
const FRAME_BYTES: usize = 256;
/// Marks in front of the parts of a payload.
const HEAD: u8 = 1;
const CHANGE: u8 = 2;
const SAMPLES: u8 = 1;
const WAVEFORM: u8 = 2;
const FRAME: u8 = 3;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Record {
    /// The first of a segment: `(number, length)` of earlier segments that are still needed. What lies beyond that
    /// length was never acknowledged.
    Head(Vec<(u64, u64)>),
    /// Something to apply.
    Change(Change),
}

/// What an append, or a note in the gap ledger, changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Change {
    pub(crate) origin: Origin,
    pub(crate) payloads: Vec<Payload>,
    pub(crate) gaps: Vec<Gap>,
}

impl Change {
    /// Rows of samples in it.
    pub(crate) fn rows(&self) -> usize {
        self.payloads.iter().map(|p| if let Payload::Samples(batch) = p { batch.len() } else { 0 }).sum()
    }

    /// Bytes of waveforms and pictures in it.
    pub(crate) fn media_bytes(&self) -> usize {
        self.payloads.iter().map(|p| if let Payload::Samples(_) = p { 0 } else { p.bytes() }).sum()
    }
}

/// The frames of a change. Large batches take several; the position stands in the last.
///
/// # Errors
/// When one payload does not fit a record.
pub(crate) fn frames_of(change: &Change) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(FRAME_BYTES + change.rows() * ROW_BYTES + change.media_bytes());
    let mut frame = Open::new(&mut out, CHANGE);
    for payload in &change.payloads {
        let Payload::Samples(batch) = payload else {
            frame = frame.split_at(payload.bytes())?;
            put_media(frame.out, payload);
            continue;
        };
        for from in (0..batch.len()).step_by(codec::ROWS_MAX) {
            let part = batch.slice(from, codec::ROWS_MAX);
            frame = frame.split_at(part.bytes())?;
            frame.out.push(SAMPLES);
            codec::put_batch(frame.out, &part);
        }
    }
    frame.out.push(0);
    put_bytes(frame.out, change.origin.connection.as_bytes());
    put_bytes(frame.out, &change.origin.position.0);
    put_bytes(frame.out, &gaps_text(&change.gaps));
    frame.close();
    Ok(out)
}

/// The frame of a segment's head.
pub(crate) fn frame_of_head(sealed: &[(u64, u64)]) -> Vec<u8> {
    let mut out = Vec::new();
    let frame = Open::new(&mut out, HEAD);
    put_uint(frame.out, sealed.len() as u64);
    for (number, length) in sealed {
        put_uint(frame.out, *number);
        put_uint(frame.out, *length);
    }
    frame.close();
    out
}

fn gaps_text(gaps: &[Gap]) -> Vec<u8> {
    if gaps.is_empty() { Vec::new() } else { serde_json::to_vec(gaps).unwrap_or_default() }
}

/// A frame that is being written at the end of `out`.
struct Open<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Open<'a> {
    fn new(out: &'a mut Vec<u8>, kind: u8) -> Self {
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[0; FRAME_HEAD - MAGIC.len()]);
        out.push(kind);
        Self { out, start }
    }

    /// Makes sure that `more` bytes fit: this frame, or after closing it a new one.
    fn split_at(self, more: usize) -> Result<Self, Error> {
        if more > RECORD_MAX / 2 {
            return Err(Error::TooLarge { bytes: more, limit: RECORD_MAX / 2 });
        }
        if self.out.len() - self.start + more < RECORD_MAX / 2 {
            return Ok(self);
        }
        // Closed without position: an empty connection keeps none.
        self.out.push(0);
        (0..3).for_each(|_| put_bytes(self.out, &[]));
        let out = self.close();
        Ok(Self::new(out, CHANGE))
    }

    fn close(self) -> &'a mut Vec<u8> {
        let payload = self.start + FRAME_HEAD;
        let length = u32::try_from(self.out.len().saturating_sub(payload)).unwrap_or(u32::MAX).to_le_bytes();
        let crc = crc32c::crc32c_append(crc32c::crc32c(&length), self.out.get(payload..).unwrap_or(&[])).to_le_bytes();
        let head = length.into_iter().chain(crc);
        let places = self.out.iter_mut().skip(self.start + MAGIC.len());
        places.zip(head).for_each(|(place, byte)| *place = byte);
        self.out
    }
}

fn put_media(out: &mut Vec<u8>, payload: &Payload) {
    match payload {
        Payload::Samples(_) => {}
        Payload::Waveform(wave) => {
            out.push(WAVEFORM);
            put_facts(out, wave.signal, wave.start, wave.ingest);
            out.extend_from_slice(&wave.rate_hz.to_le_bytes());
            put_uint(out, wave.samples.len() as u64);
            wave.samples.iter().for_each(|sample| out.extend_from_slice(&sample.to_le_bytes()));
        }
        Payload::Frame(frame) => {
            out.push(FRAME);
            put_facts(out, frame.signal, frame.time, frame.ingest);
            out.push(format_code(frame.format));
            put_bytes(out, &frame.bytes);
        }
    }
}

fn put_facts(out: &mut Vec<u8>, signal: SignalId, time: Timestamp, ingest: Timestamp) {
    put_uint(out, u64::from(signal.get()));
    put_uint(out, codec::zigzag(time.micros()));
    put_uint(out, codec::zigzag(ingest.micros()));
}

/// The number of a picture format in log and lake.
pub(crate) const fn format_code(format: FrameFormat) -> u8 {
    match format {
        FrameFormat::Jpeg => 0,
        FrameFormat::Png => 1,
    }
}

/// The format behind the number.
pub(crate) const fn format_of(code: u8) -> Option<FrameFormat> {
    match code {
        0 => Some(FrameFormat::Jpeg),
        1 => Some(FrameFormat::Png),
        _ => None,
    }
}

/// The record at the front of `bytes` and the length of its frame. None: there is no sound record here.
pub(crate) fn read_frame(bytes: &[u8]) -> Option<(Record, usize)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (length, rest) = rest.split_at_checked(4)?;
    let (crc, rest) = rest.split_at_checked(4)?;
    let size = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok().filter(|size| *size <= RECORD_MAX)?;
    let payload = rest.get(..size)?;
    let right = crc32c::crc32c_append(crc32c::crc32c(length), payload);
    if right != u32::from_le_bytes(crc.try_into().ok()?) {
        return None;
    }
    Some((read_payload(payload)?, FRAME_HEAD + size))
}

/// Where the next sound record begins in `bytes`.
pub(crate) fn find_frame(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = rest.windows(MAGIC.len()).position(|window| window == MAGIC)?;
        if read_frame(rest.get(at..)?).is_some() {
            return Some(from + at);
        }
        from += at + 1;
    }
}

fn read_payload(payload: &[u8]) -> Option<Record> {
    let mut from = Reader(payload);
    match from.array()? {
        [HEAD] => {
            let count = from.len().filter(|count| *count <= payload.len())?;
            let sealed = (0..count).map(|_| Some((from.uint()?, from.uint()?))).collect::<Option<Vec<_>>>()?;
            Some(Record::Head(sealed))
        }
        [CHANGE] => read_change(&mut from).map(Record::Change),
        _ => None,
    }
}

fn read_change(from: &mut Reader<'_>) -> Option<Change> {
    let mut payloads = Vec::new();
    loop {
        match from.array()? {
            [0] => break,
            [SAMPLES] => payloads.push(Payload::Samples(codec::get_batch(from)?)),
            [WAVEFORM] => payloads.push(Payload::Waveform(read_waveform(from)?)),
            [FRAME] => payloads.push(Payload::Frame(read_picture(from)?)),
            _ => return None,
        }
    }
    let connection = String::from_utf8(from.bytes()?.to_vec()).ok()?;
    let position = Position(from.bytes()?.to_vec());
    let gaps = match from.bytes()? {
        [] => Vec::new(),
        text => serde_json::from_slice(text).ok()?,
    };
    from.0.is_empty().then_some(Change { origin: Origin { connection, position }, payloads, gaps })
}

fn read_facts(from: &mut Reader<'_>) -> Option<(SignalId, Timestamp, Timestamp)> {
    let signal = SignalId::new(u32::try_from(from.uint()?).ok()?);
    let time = Timestamp::from_micros(codec::unzigzag(from.uint()?));
    Some((signal, time, Timestamp::from_micros(codec::unzigzag(from.uint()?))))
}

fn read_waveform(from: &mut Reader<'_>) -> Option<Waveform> {
    let (signal, start, ingest) = read_facts(from)?;
    let rate_hz = f64::from_le_bytes(from.array()?);
    let count = from.len()?;
    let bytes = from.take(count.checked_mul(4)?)?;
    let samples: Arc<[f32]> =
        bytes.chunks_exact(4).filter_map(|four| Some(f32::from_le_bytes(four.try_into().ok()?))).collect();
    Some(Waveform { signal, start, ingest, rate_hz, samples })
}

fn read_picture(from: &mut Reader<'_>) -> Option<Frame> {
    let (signal, time, ingest) = read_facts(from)?;
    let [code] = from.array()?;
    let format = format_of(code)?;
    Some(Frame { signal, time, ingest, format, bytes: from.bytes()?.into() })
}

/// The earliest and latest ingest time in a change, in µs.
pub(crate) fn ingest_span(change: &Change) -> Option<(i64, i64)> {
    let spans = change.payloads.iter().filter_map(|payload| match payload {
        Payload::Samples(batch) => batch_span(batch),
        Payload::Waveform(wave) => Some((wave.ingest.micros(), wave.ingest.micros())),
        Payload::Frame(frame) => Some((frame.ingest.micros(), frame.ingest.micros())),
    });
    spans.reduce(|(low, high), (from, to)| (low.min(from), high.max(to)))
}

fn batch_span(batch: &Batch) -> Option<(i64, i64)> {
    Some((*batch.ingests().iter().min()?, *batch.ingests().iter().max()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::{GapReason, Sample, TimeRange};

    fn change() -> Change {
        let at = Timestamp::from_secs(1);
        Change {
            origin: Origin { connection: "plc".into(), position: Position(vec![1, 2]) },
            payloads: vec![
                Payload::Samples(Batch::from_rows(&[Sample::good(SignalId::new(1), at, 1.5)])),
                Payload::Waveform(Waveform {
                    signal: SignalId::new(2),
                    start: at,
                    ingest: at,
                    rate_hz: 25_600.0,
                    samples: vec![0.5, -1.0].into(),
                }),
                Payload::Frame(Frame {
                    signal: SignalId::new(3),
                    time: at,
                    ingest: at,
                    format: FrameFormat::Png,
                    bytes: vec![9, 9].into(),
                }),
            ],
            gaps: vec![Gap { filled: 7, ..Gap::new("plc", TimeRange::ALL, GapReason::ConnectionLost, "") }],
        }
    }

    #[test]
    fn a_change_comes_back() {
        let bytes = frames_of(&change()).unwrap();
        assert_eq!(read_frame(&bytes), Some((Record::Change(change()), bytes.len())));
    }

    #[test]
    fn a_large_batch_takes_several_records_and_the_last_has_the_position() {
        let rows: Vec<_> =
            (0..600_000).map(|i| Sample::good(SignalId::new(1), Timestamp::from_micros(i), 0.0)).collect();
        let mut change = change();
        change.payloads = vec![Payload::Samples(Batch::from_rows(&rows))];
        let bytes = frames_of(&change).unwrap();
        let mut rest = bytes.as_slice();
        let (mut rows, mut last) = (0, Change::default());
        while let Some((Record::Change(part), used)) = read_frame(rest) {
            rows += part.rows();
            last = part;
            rest = &rest[used..];
        }
        assert!(rest.is_empty());
        assert_eq!((rows, last.origin), (600_000, change.origin));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let bytes = frames_of(&change()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read_frame(&bad), None, "bit {bit}");
        }
    }

    #[test]
    fn the_next_sound_record_is_found_behind_damage() {
        let good = frame_of_head(&[(1, 2)]);
        let mut bytes = frames_of(&change()).unwrap();
        let at = bytes.len();
        bytes[20] ^= 1;
        bytes.extend(&good);
        assert_eq!(find_frame(&bytes), Some(at));
    }
}
