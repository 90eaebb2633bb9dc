//! The manifest: which files are the lake, from where the log is needed, positions and gaps. Written as a whole.
//!
//! `manifest.json` is one line with a checksum and then JSON. A second copy stands beside it, so that one damaged
//! sector does not cost the store. `last-<generation>.bin` holds the last row and the mark of every signal.

use std::collections::BTreeMap;
use std::path::Path;

use gemba_plant::port::Position;
use gemba_plant::{Gap, SignalId, TimeRange, Timestamp, civil_from_days};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::codec::{Reader, put_uint, unzigzag, zigzag};
use crate::disk::{Disk, read_all, stage, swap};
use crate::row::Row;

/// The version of the format that this program writes.
const FORMAT: u32 = 1;
const NAMES: [&str; 2] = ["manifest.json", "manifest.copy.json"];
/// What names of tables of last rows begin with.
const LAST: &str = "last-";

/// The content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// Grows with each writing.
    pub(crate) generation: u64,
    /// The number of the next lake file.
    pub(crate) next_file: u64,
    /// The first log segment whose content is not in the lake.
    pub(crate) log_from: u64,
    pub(crate) positions: BTreeMap<String, Position>,
    pub(crate) gaps: Vec<Gap>,
    /// The table of last rows: name and checksum.
    pub(crate) last: Option<(String, u32)>,
    pub(crate) parts: Vec<Part>,
    /// The latest time that retention has believed, in µs.
    pub(crate) believed_now: i64,
}

/// What a lake file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Samples,
    Waveforms,
    Frames,
}

/// A lake file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    /// Below the store's folder, with `/`.
    pub(crate) name: String,
    pub(crate) number: u64,
    pub(crate) day: i64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) crc: u32,
    pub(crate) range: TimeRange,
    pub(crate) signal_min: SignalId,
    pub(crate) signal_max: SignalId,
    /// How often it was merged: files of one level are merged together.
    pub(crate) level: u32,
}

impl Manifest {
    /// Reads it; none when there has never been one.
    ///
    /// # Errors
    /// When neither copy is sound.
    pub(crate) fn read(disk: &dyn Disk, dir: &Path) -> Result<Option<Self>, Error> {
        let mut fault = None;
        let mut best: Option<Self> = None;
        for path in NAMES.map(|name| dir.join(name)) {
            match read_all(disk, &path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::file("reading manifest", &path)(error)),
                Ok(bytes) => match parse(&bytes) {
                    Ok(manifest) if best.as_ref().is_none_or(|best| manifest.generation > best.generation) => {
                        best = Some(manifest);
                    }
                    Ok(_) => {}
                    Err(why) => fault = Some(Error::Manifest { path, why }),
                },
            }
        }
        match (best, fault) {
            (Some(best), fault) => {
                if let Some(fault) = fault {
                    tracing::error!(%fault, "one copy of the manifest is damaged; the other is used");
                }
                Ok(Some(best))
            }
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(None),
        }
    }

    /// Writes both copies beside those that count.
    ///
    /// # Errors
    /// When the disk fails: then the old one still counts.
    pub(crate) fn stage(&mut self, disk: &dyn Disk, dir: &Path) -> Result<(), Error> {
        self.format = FORMAT;
        self.generation += 1;
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::Encode { path: dir.join("manifest.json"), why: error.to_string() })?;
        let mut bytes = format!("gemba store manifest, crc32c {:08x}\n", crc32c::crc32c(&json)).into_bytes();
        bytes.extend(json);
        let mut copies = NAMES.iter().map(|name| dir.join(name));
        copies.try_for_each(|path| stage(disk, &path, &bytes).map_err(Error::file("writing manifest", &path)))
    }

    /// Lets the copies that were staged count.
    ///
    /// # Errors
    /// When the disk fails: then the old or the new one counts.
    pub(crate) fn swap(disk: &dyn Disk, dir: &Path) -> Result<(), Error> {
        let mut copies = NAMES.iter().map(|name| dir.join(name));
        copies.try_for_each(|path| swap(disk, &path).map_err(Error::file("writing manifest", &path)))
    }

    /// The name of the table of last rows that the next manifest names.
    pub(crate) fn next_last(&self) -> String {
        format!("{LAST}{:012}.bin", self.generation + 1)
    }

    /// Whether a file is a table of last rows that this manifest does not name.
    pub(crate) fn is_stray_last(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(LAST) && self.last.as_ref().is_none_or(|(own, _)| own != name)
    }
}

fn parse(bytes: &[u8]) -> Result<Manifest, String> {
    let line = bytes.iter().position(|byte| *byte == b'\n').ok_or("has no first line")?;
    let (head, json) = bytes.split_at_checked(line + 1).ok_or("is cut off")?;
    let wanted = format!("gemba store manifest, crc32c {:08x}\n", crc32c::crc32c(json));
    if head != wanted.as_bytes() {
        return Err("does not match its checksum".to_owned());
    }
    let manifest: Manifest = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if manifest.format != FORMAT {
        return Err(format!("has format {}, this program reads {FORMAT}", manifest.format));
    }
    Ok(manifest)
}

/// A line of the table of last rows: signal, mark, last row.
pub(crate) type LastLine = (u32, i64, Option<Row>);

/// The table of last rows as bytes.
pub(crate) fn last_bytes(lines: impl Iterator<Item = LastLine>) -> Vec<u8> {
    let mut out = Vec::new();
    for (signal, mark, last) in lines {
        put_uint(&mut out, u64::from(signal));
        put_uint(&mut out, zigzag(mark));
        out.push(u8::from(last.is_some()));
        let Some(row) = last else { continue };
        put_uint(&mut out, zigzag(row.time));
        put_uint(&mut out, zigzag(row.ingest()));
        out.extend_from_slice(&row.value.to_le_bytes());
        put_uint(&mut out, u64::from(row.status));
        out.push(row.quality);
    }
    out
}

/// The table back. None: damaged.
pub(crate) fn last_lines(bytes: &[u8]) -> Option<Vec<LastLine>> {
    let mut from = Reader(bytes);
    let mut lines = Vec::new();
    while !from.0.is_empty() {
        let signal = u32::try_from(from.uint()?).ok()?;
        let mark = unzigzag(from.uint()?);
        let last = if from.array()? == [1] { Some(last_row(&mut from)?) } else { None };
        lines.push((signal, mark, last));
    }
    Some(lines)
}

fn last_row(from: &mut Reader<'_>) -> Option<Row> {
    let time = unzigzag(from.uint()?);
    let ingest = unzigzag(from.uint()?);
    let value = f64::from_le_bytes(from.array()?);
    let status = u32::try_from(from.uint()?).ok()?;
    let [quality] = from.array()?;
    Some(Row { time, arrived: ingest, value, status, quality })
}

/// The first day of year 1 and the last of year 9999: what is outside is filed there.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// The partition of a source time: its day, kept between year 1 and 9999.
pub(crate) fn day_of(time: i64) -> i64 {
    Timestamp::from_micros(time).day().clamp(*DAYS.start(), *DAYS.end())
}

/// `2026-11-22` for a day since the epoch.
pub(crate) fn date(day: i64) -> String {
    let (year, month, day) = civil_from_days(day);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemDisk;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (day, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (20_779, "2026-11-22"),
            (day_of(i64::MAX), "9999-12-31"),
            (day_of(i64::MIN), "0001-01-01"),
        ] {
            assert_eq!(date(day), text);
        }
    }

    #[test]
    fn a_damaged_copy_is_noticed_and_the_other_is_used() {
        let dir = tempfile::tempdir().unwrap();
        let mut manifest = Manifest { log_from: 7, ..Manifest::default() };
        manifest.stage(&SystemDisk, dir.path()).unwrap();
        Manifest::swap(&SystemDisk, dir.path()).unwrap();
        for name in NAMES {
            let path = dir.path().join(name);
            let good = std::fs::read(&path).unwrap();
            for at in 0..good.len() {
                let mut bad = good.clone();
                bad[at] ^= 4;
                std::fs::write(&path, &bad).unwrap();
                assert_eq!(Manifest::read(&SystemDisk, dir.path()).unwrap().unwrap(), manifest, "{name} byte {at}");
            }
            std::fs::write(&path, good).unwrap();
        }
        for name in NAMES {
            std::fs::write(dir.path().join(name), "nonsense\n").unwrap();
        }
        assert!(matches!(Manifest::read(&SystemDisk, dir.path()), Err(Error::Manifest { .. })));
    }

    #[test]
    fn last_rows_come_back() {
        let row = Row { time: -5, arrived: 7, value: f64::NAN, status: 9, quality: 3 };
        let bytes = last_bytes([(1, 5, Some(row)), (2, i64::MIN, None)].into_iter());
        let lines = last_lines(&bytes).unwrap();
        assert_eq!((lines.len(), lines[1].1), (2, i64::MIN));
        assert!(lines[0].2.unwrap().same(&row));
        assert!(last_lines(&bytes[..5]).is_none());
    }
}
