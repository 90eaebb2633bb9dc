//! Everything that a pipeline must remember over a restart.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_plant::{AssetId, Quality, Sample, SignalId, Timestamp, Waveform};

use crate::Error;
use crate::bytes::{Reader, Writer};
use crate::rest::Rest;
use crate::slot::SlotState;

/// Begins every checkpoint; the last byte is the version.
const MAGIC: &[u8] = b"gembaflow\x01";

/// Bytes of a lane, a slot, a waveform or the whole that are not counted one by one, at most.
const ROOM: usize = 64;

/// What of a lane goes into a checkpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LaneState {
    pub(crate) watermark: Option<Timestamp>,
    pub(crate) latest: Option<Timestamp>,
    /// The last delivered time of each signal.
    pub(crate) last: Vec<(SignalId, Timestamp)>,
    pub(crate) rows: Vec<Sample>,
    pub(crate) waves: Vec<Waveform>,
    pub(crate) slots: BTreeMap<String, SlotState>,
}

impl LaneState {
    /// As many bytes as it takes, or a few more.
    fn room(&self) -> usize {
        let slots = self.slots.iter().map(|(name, slot)| name.len() + slot.bytes.len() + ROOM);
        let waves = self.waves.iter().map(|wave| 4 * wave.samples.len() + ROOM);
        ROOM + 12 * self.last.len() + 33 * self.rows.len() + slots.chain(waves).sum::<usize>()
    }
}

/// The states of all operators with the watermarks and the rows held back, independent of the number of workers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    pub(crate) lanes: BTreeMap<AssetId, LaneState>,
}

impl Checkpoint {
    /// From where each asset must be offered stored samples again after a crash, so that no operator misses one: what
    /// was delivered or held already is told apart by itself. An asset of which nothing was seen yet is not in it.
    pub fn watermarks(&self) -> BTreeMap<AssetId, Timestamp> {
        self.lanes.iter().filter_map(|(asset, lane)| Some((*asset, lane.watermark?))).collect()
    }

    /// What an operator of an asset has saved, by its name with its number; none when it is not in it.
    pub fn saved(&self, asset: AssetId, operator: &str) -> Option<&[u8]> {
        Some(&self.lanes.get(&asset)?.slots.get(operator)?.bytes)
    }

    /// Whether no asset is in it.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Adds the assets of another one; of an asset that is in both, the other's part stays.
    pub fn merge(&mut self, other: Self) {
        self.lanes.extend(other.lanes);
    }

    /// Takes it apart: the part of each asset, by itself a checkpoint.
    pub fn by_asset(self) -> impl Iterator<Item = (AssetId, Self)> {
        self.lanes.into_iter().map(|(asset, lane)| (asset, Self { lanes: BTreeMap::from([(asset, lane)]) }))
    }

    /// The checkpoint as bytes, to be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::with_room(ROOM + self.lanes.values().map(LaneState::room).sum::<usize>());
        to.bytes(MAGIC);
        to.count(self.lanes.len());
        for (asset, lane) in &self.lanes {
            to.u32(asset.get());
            write_lane(&mut to, lane);
        }
        to.finish()
    }

    /// Reads what [`Checkpoint::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another version, cut off or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let fail = |why| Error::ReadCheckpoint { len: bytes.len(), why };
        let mut from = Reader::new(bytes);
        if from.bytes() != Some(MAGIC) {
            return Err(fail("it is of another version"));
        }
        let lanes = from.list(|from| Some((AssetId::new(from.u32()?), read_lane(from)?)));
        match lanes {
            Some(lanes) if from.at_end() => Ok(Self { lanes: lanes.into_iter().collect() }),
            Some(_) => Err(fail("there are bytes behind its end")),
            None => Err(fail("it is cut off or damaged")),
        }
    }
}

fn write_lane(to: &mut Writer, lane: &LaneState) {
    to.maybe(lane.watermark);
    to.maybe(lane.latest);
    to.count(lane.last.len());
    for (signal, time) in &lane.last {
        to.u32(signal.get());
        to.i64(time.micros());
    }
    to.count(lane.rows.len());
    for row in &lane.rows {
        write_row(to, row);
    }
    to.count(lane.waves.len());
    for wave in &lane.waves {
        write_wave(to, wave);
    }
    to.count(lane.slots.len());
    for (name, slot) in &lane.slots {
        to.bytes(name.as_bytes());
        to.bytes(&slot.bytes);
        to.maybe(slot.seen);
        to.maybe(slot.next_tick);
        to.u32(slot.rest.strikes);
        to.maybe(slot.rest.until);
    }
}

fn read_lane(from: &mut Reader<'_>) -> Option<LaneState> {
    Some(LaneState {
        watermark: from.maybe()?,
        latest: from.maybe()?,
        last: from.list(|from| Some((SignalId::new(from.u32()?), Timestamp::from_micros(from.i64()?))))?,
        rows: from.list(read_row)?,
        waves: from.list(read_wave)?,
        slots: from.list(read_slot)?.into_iter().collect(),
    })
}

fn read_slot(from: &mut Reader<'_>) -> Option<(String, SlotState)> {
    let name = String::from_utf8(from.bytes()?.to_vec()).ok()?;
    let (bytes, seen, next_tick) = (Arc::from(from.bytes()?), from.maybe()?, from.maybe()?);
    let rest = Rest { strikes: from.u32()?, until: from.maybe()? };
    Some((name, SlotState { bytes, seen, next_tick, rest }))
}

fn write_row(to: &mut Writer, row: &Sample) {
    to.u32(row.signal.get());
    to.i64(row.time.micros());
    to.i64(row.ingest.micros());
    to.f64(row.value);
    to.u8(row.quality.code());
    to.u32(row.status);
}

fn read_row(from: &mut Reader<'_>) -> Option<Sample> {
    Some(Sample {
        signal: SignalId::new(from.u32()?),
        time: Timestamp::from_micros(from.i64()?),
        ingest: Timestamp::from_micros(from.i64()?),
        value: from.f64()?,
        quality: Quality::from_code(from.u8()?),
        status: from.u32()?,
    })
}

fn write_wave(to: &mut Writer, wave: &Waveform) {
    to.u32(wave.signal.get());
    to.i64(wave.start.micros());
    to.i64(wave.ingest.micros());
    to.f64(wave.rate_hz);
    to.count(wave.samples.len());
    wave.samples.iter().for_each(|sample| to.f32(*sample));
}

fn read_wave(from: &mut Reader<'_>) -> Option<Waveform> {
    Some(Waveform {
        signal: SignalId::new(from.u32()?),
        start: Timestamp::from_micros(from.i64()?),
        ingest: Timestamp::from_micros(from.i64()?),
        rate_hz: from.f64()?,
        samples: Arc::from(from.list(Reader::f32)?),
    })
}
