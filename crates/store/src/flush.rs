//! From memory to the lake, and from many files to one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use gemba_plant::{Frame, TimeRange, Timestamp, Waveform};

use crate::Error;
use crate::hot::within;
use crate::house::{House, Turn};
use crate::lake::media::{self, Medium};
use crate::lake::{Finished, Writer, open_rows, write_samples};
use crate::late::look_up;
use crate::manifest::{Kind, Part, date, day_of};
use crate::merge::{Merge, Stream};
use crate::open::folder;
use crate::row::{Batches, Key, Row};
use crate::state::{Bundle, Held};
use crate::store::Inner;
use crate::view::FileMeta;

/// Where a new file goes.
#[derive(Clone, Copy, Debug)]
struct Place {
    kind: Kind,
    day: i64,
    level: u32,
}

impl Inner {
    /// Takes everything in memory to the lake.
    pub(crate) fn flush_into(&self, house: &mut House) -> Result<(), Error> {
        self.resolve_late()?;
        let bundle = {
            let mut writer = self.writer();
            let log_from = writer.log.seal();
            self.write().freeze(log_from)
        };
        let Some(bundle) = bundle else { return Ok(()) };
        let mut turn = Turn { log_from: Some(bundle.log_from), ..Turn::default() };
        let written = self
            .flush_samples(house, &bundle, &mut turn)
            .and_then(|()| self.flush_media(house, (Kind::Waveforms, &bundle.waves), &mut turn))
            .and_then(|()| self.flush_media(house, (Kind::Frames, &bundle.frames), &mut turn));
        drop(bundle); // the state has the last one, and takes its memory back
        written.inspect_err(|_| self.discard(&turn.add))?;
        self.publish(house, &turn)
    }

    fn flush_samples(&self, house: &mut House, bundle: &Arc<Bundle>, turn: &mut Turn) -> Result<(), Error> {
        let held: Vec<Held> = self.read().files(Kind::Samples).cloned().collect();
        let metas: Vec<FileMeta> = held.iter().map(|held| held.meta.clone()).collect();
        let overlay = &bundle.samples.overlay;
        let found = look_up(&metas, &overlay.keys().copied().collect())?;
        let mut days: BTreeMap<i64, BTreeMap<Key, Row>> = BTreeMap::new();
        let mut rewrites: BTreeMap<usize, BTreeMap<Key, Row>> = BTreeMap::new();
        for (key, row) in overlay {
            match found.get(key) {
                Some((_, known)) if known.same(row) => {}
                Some((file, _)) => drop(rewrites.entry(*file).or_default().insert(*key, *row)),
                None => drop(days.entry(day_of(key.1)).or_default().insert(*key, *row)),
            }
        }
        for day in days_of(bundle) {
            days.entry(day).or_default();
        }
        for (day, rows) in days {
            let place = Place { kind: Kind::Samples, day, level: 0 };
            turn.add.extend(if rows.is_empty() {
                self.write_rows(house, place, |writer| put_series(bundle, day, writer))?
            } else {
                self.write_part(house, place, vec![series_stream(Arc::clone(bundle), day), rows_stream(rows)])?
            });
        }
        for (file, rows) in rewrites {
            let Some(old) = held.get(file) else { continue };
            let streams = vec![file_stream(&old.meta)?, rows_stream(rows)];
            let Part { kind, day, level, .. } = old.part;
            turn.add.extend(self.write_part(house, Place { kind, day, level }, streams)?);
            turn.remove.push(old.part.number);
        }
        Ok(())
    }

    fn write_part(&self, house: &mut House, place: Place, streams: Vec<Stream>) -> Result<Option<Part>, Error> {
        self.write_rows(house, place, |writer| Merge::new(streams).try_for_each(|batch| writer.add(&batch?)))
    }

    fn write_rows(
        &self,
        house: &mut House,
        place: Place,
        feed: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
    ) -> Result<Option<Part>, Error> {
        let (number, name, path) = self.new_file(house, place)?;
        let finished = write_samples(self.disk.as_ref(), &path, &self.decimals, feed)?;
        finished.map(|finished| self.part(place, (number, name), &finished)).transpose()
    }

    /// A new name in the folder of its day.
    fn new_file(&self, house: &mut House, place: Place) -> Result<(u64, String, PathBuf), Error> {
        let number = house.next_number();
        let above = self.dir.join(folder(place.kind));
        let day = format!("date={}", date(place.day));
        let dir = above.join(&day);
        self.disk.create_dir_all(&dir).map_err(Error::file("creating folder", &dir))?;
        self.disk.sync_dir(&above).map_err(Error::file("syncing folder", &above))?;
        let file = format!("part-{number:010}.parquet");
        Ok((number, format!("{}/{day}/{file}", folder(place.kind)), dir.join(file)))
    }

    /// The entry for a finished file, whose name is made durable here.
    fn part(&self, place: Place, (number, name): (u64, String), finished: &Finished) -> Result<Part, Error> {
        let part = Part {
            kind: place.kind,
            name,
            number,
            day: place.day,
            rows: finished.rows,
            bytes: finished.bytes,
            crc: finished.crc,
            range: finished.range,
            signal_min: finished.signal_min,
            signal_max: finished.signal_max,
            level: place.level,
        };
        let dir = finished.path.parent().unwrap_or(&self.dir);
        match self.disk.sync_dir(dir) {
            Ok(()) => Ok(part),
            Err(error) => {
                self.discard(&[part]);
                Err(Error::file("syncing folder", dir)(error))
            }
        }
    }

    fn flush_media<M: Medium>(
        &self,
        house: &mut House,
        (kind, by_key): (Kind, &BTreeMap<Key, M>),
        turn: &mut Turn,
    ) -> Result<(), Error> {
        let mut days: BTreeMap<i64, Vec<&M>> = BTreeMap::new();
        for ((_, time), item) in by_key {
            days.entry(day_of(*time)).or_default().push(item);
        }
        for (day, items) in days {
            turn.add.extend(self.write_media(house, Place { kind, day, level: 0 }, &items)?);
        }
        Ok(())
    }

    fn write_media<M: Medium>(&self, house: &mut House, place: Place, items: &[&M]) -> Result<Option<Part>, Error> {
        let (number, name, path) = self.new_file(house, place)?;
        let finished = media::write_media(self.disk.as_ref(), &path, items)?;
        finished.map(|finished| self.part(place, (number, name), &finished)).transpose()
    }

    /// Merges one group of small files, if there is one.
    pub(crate) fn compact(&self, house: &mut House) -> Result<(), Error> {
        let Some(group) = self.mergeable() else { return Ok(()) };
        let Some(Part { kind, day, level, .. }) = group.first().map(|held| held.part.clone()) else { return Ok(()) };
        let place = Place { kind, day, level: level + 1 };
        let part = match kind {
            Kind::Samples => {
                let streams = group.iter().map(|held| file_stream(&held.meta)).collect::<Result<Vec<_>, _>>()?;
                self.write_part(house, place, streams)?
            }
            Kind::Waveforms => self.merge_media::<Waveform>(house, place, &group)?,
            Kind::Frames => self.merge_media::<Frame>(house, place, &group)?,
        };
        let remove = group.iter().map(|held| held.part.number).collect();
        self.publish(house, &Turn { add: part.into_iter().collect(), remove, log_from: None })
    }

    fn merge_media<M: Medium>(&self, house: &mut House, place: Place, group: &[Held]) -> Result<Option<Part>, Error> {
        let mut items: BTreeMap<Key, M> = BTreeMap::new();
        for held in group {
            media::read_media(&held.meta, None, TimeRange::ALL, |item: M| {
                let (signal, time, _) = item.facts();
                items.insert((signal, time), item);
            })?;
        }
        self.write_media(house, place, &items.values().collect::<Vec<_>>())
    }
}

/// The days that a bundle's rows belong to.
fn days_of(bundle: &Bundle) -> BTreeSet<i64> {
    let mut days = BTreeSet::new();
    for (_, rows) in &bundle.samples.series {
        let mut rest = rows.as_slice();
        while let Some(row) = rest.first() {
            let day = day_of(row.time);
            days.insert(day);
            let end = rest.partition_point(|row| day_of(row.time) <= day);
            rest = rest.get(end..).unwrap_or(&[]);
        }
    }
    days
}

/// The source times that belong to a day's partition; the first and last partition reach to the ends of time.
fn range_of(day: i64) -> TimeRange {
    const MICROS: i64 = 86_400_000_000;
    let edge = |day: i64| Timestamp::from_micros(day.saturating_mul(MICROS));
    let from = if day_of(i64::MIN) == day { Timestamp::MIN } else { edge(day) };
    let to = if day_of(i64::MAX) == day { Timestamp::MAX } else { edge(day + 1) };
    TimeRange::new(from, to)
}

/// The rows of a bundle that belong to a day.
fn put_series(bundle: &Bundle, day: i64, writer: &mut Writer<'_>) -> Result<(), Error> {
    let range = range_of(day);
    bundle.samples.series.iter().try_for_each(|(signal, rows)| writer.add_rows(*signal, within(rows, range)))
}

/// The same in batches over several signals.
fn series_stream(bundle: Arc<Bundle>, day: i64) -> Stream {
    let range = range_of(day);
    let (mut at, mut batches) = (0, Batches::default());
    let mut full = Vec::new().into_iter();
    Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(batch) = full.next() {
                return Some(Ok(batch));
            }
            let Some((signal, series)) = bundle.samples.series.get(at) else {
                return std::mem::take(&mut batches).finish().pop().map(Ok);
            };
            at += 1;
            batches.extend(*signal, within(series, range));
            full = batches.full().into_iter();
        }
    }))
}

fn rows_stream(rows: BTreeMap<Key, Row>) -> Stream {
    let mut batches = Batches::default();
    for ((signal, _), row) in rows {
        batches.push(signal, row);
    }
    Box::new(batches.finish().into_iter().map(Ok))
}

fn file_stream(file: &FileMeta) -> Result<Stream, Error> {
    Ok(Box::new(open_rows(file, None, TimeRange::ALL)?))
}
