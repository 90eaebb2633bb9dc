//! From rows to batches: where the replay stands, and what comes next. No waiting is done here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Directory, Found, Position};
use gemba_plant::{
    AssetPath, Batch, BatchBuilder, Binding, Gap, GapReason, Quality, Sample, SignalId, SignalKind, TimeRange,
    Timestamp, Unit,
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::cell::{Cell, TimeReader};
use super::config::Config;
use super::layout::{Body, Layout};
use super::table::Table;
use crate::{Bound, Error};

/// The most samples in one arrival.
const SAMPLES: usize = 10_000;
/// The most rows in one arrival, wanted or not.
const ROWS: usize = 100_000;
/// The most names of signals in long tables.
const NAMES_MAX: usize = 100_000;

/// Where a replay stands: the file, the rows of it that were handed over, and how times are moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The file.
    pub file: String,
    /// Rows of it that were handed over.
    pub row: u64,
    /// What is added to recorded times, in µs.
    pub shift_us: i64,
    /// The first recorded time of this round, in µs.
    pub first_us: Option<i64>,
    /// The last recorded time, in µs.
    pub last_us: Option<i64>,
    /// The last step between two recorded times that differ, in µs.
    pub step_us: i64,
}

impl Mark {
    /// Reads a position; a new one when it is empty or from something else.
    pub fn read(position: &Position) -> Self {
        serde_json::from_slice(&position.0).unwrap_or_default()
    }

    /// As a position.
    pub fn position(&self) -> Position {
        Position(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The next round begins one step after the last row.
    fn again(&mut self) {
        if let (Some(first), Some(last)) = (self.first_us, self.last_us) {
            self.shift_us = self.shift_us.saturating_add(last.saturating_sub(first)).saturating_add(self.step_us);
        }
        (self.first_us, self.last_us) = (None, None);
    }

    /// Takes the recorded time of a row; gives the time that it is delivered with.
    fn pass(&mut self, raw: i64) -> Timestamp {
        if let Some(step) = self.last_us.map(|last| raw.saturating_sub(last)).filter(|step| *step > 0) {
            self.step_us = step;
        }
        self.first_us = self.first_us.or(Some(raw));
        self.last_us = Some(raw);
        Timestamp::from_micros(raw.saturating_add(self.shift_us))
    }
}

/// Some rows that belong together.
pub(super) struct Chunk {
    /// The samples.
    pub(super) batch: Batch,
    /// Rows that could not be read.
    pub(super) gaps: Vec<Gap>,
    /// Where to go on after them.
    pub(super) mark: Mark,
    /// The times of the first and last row.
    pub(super) span: Option<(Timestamp, Timestamp)>,
}

/// A replay.
pub(super) struct Replay {
    connection: String,
    config: Config,
    files: Vec<PathBuf>,
    directory: Arc<dyn Directory>,
    bound: BTreeMap<String, (SignalId, SignalKind)>,
    /// Which file is next.
    next: usize,
    open: Option<OpenFile>,
    mark: Mark,
    start: Timestamp,
    /// Whether anything was read in this round: an endless loop over empty files must end.
    fruitful: bool,
    /// An error that came after rows that are to be handed over first.
    held: Option<Error>,
}

struct OpenFile {
    table: Table,
    layout: Layout,
    times: TimeReader,
    columns: Vec<Option<Target>>,
    names: BTreeMap<String, Option<Target>>,
    stem: String,
    ahead: Option<Vec<Cell>>,
}

#[derive(Clone, Copy)]
struct Target {
    signal: SignalId,
    kind: SignalKind,
}

impl Replay {
    /// A replay that goes on from `mark`. `start` is the time of the first row where the files tell none.
    pub(super) fn new(connection: &str, config: Config, files: Vec<PathBuf>, mark: Mark, start: Timestamp) -> Self {
        let next = files.iter().position(|file| file.to_string_lossy() == mark.file.as_str()).unwrap_or(0);
        let fruitful = mark.row > 0;
        Self {
            connection: connection.into(),
            config,
            files,
            directory: Arc::new(Nobody),
            bound: BTreeMap::new(),
            next,
            open: None,
            mark,
            start,
            fruitful,
            held: None,
        }
    }

    /// Says which columns are which signals.
    #[must_use]
    pub(super) fn with_signals(mut self, bound: &[Bound], directory: Arc<dyn Directory>) -> Self {
        self.bound = bound.iter().map(|b| (b.address.clone(), (b.signal, b.kind))).collect();
        self.directory = directory;
        self
    }

    /// The next rows, at most [`SAMPLES`] values and at most `window` of recorded time. None at the end.
    ///
    /// # Errors
    /// When a file cannot be read. The next call goes on with the file after it.
    pub(super) fn chunk(&mut self, window: Duration, now: Timestamp) -> Result<Option<Chunk>, Error> {
        if let Some(error) = self.held.take() {
            return Err(error);
        }
        let mut rows = BatchBuilder::new();
        let (mut lost, mut span, mut cells) = (0_u64, None::<(Timestamp, Timestamp)>, Vec::new());
        for _ in 0..ROWS {
            if rows.len() >= SAMPLES || !self.advance(&mut cells, span.is_none() && lost == 0)? {
                break;
            }
            let Some(raw) = self.raw_time(&cells) else {
                lost += 1;
                self.mark.row += 1;
                continue;
            };
            if self.first_ever() && self.config.shift_to_now {
                self.mark.shift_us = now.micros().saturating_sub(raw);
            }
            let ahead = Timestamp::from_micros(raw.saturating_add(self.mark.shift_us));
            if span.is_some_and(|(first, _)| ahead.since(first) > window) {
                self.put_back(cells);
                break;
            }
            let time = self.mark.pass(raw);
            span = Some((span.map_or(time, |(first, _)| first), time));
            self.mark.row += 1;
            self.fruitful = true;
            self.samples(&cells, time, now, &mut rows);
        }
        if span.is_none() && lost == 0 {
            return Ok(None);
        }
        let gaps = self.unreadable(lost, span.map_or(self.start, |(first, _)| first));
        Ok(Some(Chunk { batch: rows.finish(), gaps, mark: self.mark.clone(), span }))
    }

    /// Where it stands.
    pub(super) fn mark(&self) -> &Mark {
        &self.mark
    }

    fn first_ever(&self) -> bool {
        self.mark.first_us.is_none() && self.mark.shift_us == 0
    }

    /// Reads a row; of the next file only when nothing was read yet. False when the chunk is at its end.
    fn advance(&mut self, cells: &mut Vec<Cell>, nothing_yet: bool) -> Result<bool, Error> {
        loop {
            match self.row(cells) {
                Ok(true) => return Ok(true),
                Ok(false) if nothing_yet => {
                    if !self.next_file()? {
                        return Ok(false);
                    }
                }
                Ok(false) => return Ok(false),
                Err(error) if nothing_yet => return Err(error),
                Err(error) => {
                    self.held = Some(error);
                    return Ok(false);
                }
            }
        }
    }

    /// Reads a row of the open file. False when there is none, or no file is open.
    fn row(&mut self, cells: &mut Vec<Cell>) -> Result<bool, Error> {
        let Some(open) = &mut self.open else { return Ok(false) };
        if let Some(ahead) = open.ahead.take() {
            *cells = ahead;
            return Ok(true);
        }
        match open.table.next(cells) {
            Ok(true) => Ok(true),
            Ok(false) => {
                self.open = None;
                self.next += 1;
                Ok(false)
            }
            Err(why) => {
                self.open = None;
                self.next += 1;
                Err(Error::File { path: self.mark.file.clone(), why })
            }
        }
    }

    fn put_back(&mut self, cells: Vec<Cell>) {
        if let Some(open) = &mut self.open {
            open.ahead = Some(cells);
        }
    }

    /// Opens the next file. False when there is none.
    fn next_file(&mut self) -> Result<bool, Error> {
        if self.next >= self.files.len() {
            if !self.config.repeat || !self.fruitful {
                return Ok(false);
            }
            (self.next, self.fruitful) = (0, false);
            self.mark.again();
        }
        let Some(path) = self.files.get(self.next).cloned() else { return Ok(false) };
        let name = path.to_string_lossy().into_owned();
        if self.mark.file != name {
            (self.mark.file, self.mark.row) = (name, 0);
        } else if self.mark.last_us.is_none() {
            // the same single file again, from its beginning
            self.mark.row = 0;
        }
        match self.open_file(&path) {
            Ok(open) => self.open = Some(open),
            Err(error) => {
                self.next += 1;
                return Err(error);
            }
        }
        Ok(true)
    }

    fn open_file(&self, path: &std::path::Path) -> Result<OpenFile, Error> {
        let fail = |why: String| Error::File { path: path.display().to_string(), why };
        let zone = TimeZone::get(&self.config.time_zone).unwrap_or(TimeZone::UTC);
        let mut table = Table::open(path, &self.config, self.mark.row)?;
        let mut first = Vec::new();
        let some = table.next(&mut first).map_err(fail)?;
        let layout = Layout::find(&table.columns, &table.head, &self.config).map_err(fail)?;
        let times = TimeReader { format: layout.time_format(&table.head, &self.config), zone };
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let columns = match &layout.body {
            Body::Wide(wide) => (0..table.columns.len())
                .map(|i| {
                    let name = table.columns.get(i).filter(|_| wide.contains(&i))?;
                    self.target(name, first.get(i), &stem)
                })
                .collect(),
            Body::Long { .. } => Vec::new(),
        };
        Ok(OpenFile { table, layout, times, columns, names: BTreeMap::new(), stem, ahead: some.then_some(first) })
    }

    /// The signal of a column; none when nobody wants it.
    fn target(&self, name: &str, first: Option<&Cell>, stem: &str) -> Option<Target> {
        if let Some(&(signal, kind)) = self.bound.get(name) {
            return Some(Target { signal, kind });
        }
        let kind = if matches!(first, Some(Cell::Text(_))) { SignalKind::State } else { SignalKind::Gauge };
        let found = Found {
            binding: Binding { connection: self.connection.clone(), address: name.to_owned() },
            path: AssetPath::slug(&format!("{stem}/{}", name.replace('/', "-"))).map(String::from).unwrap_or_default(),
            kind,
            unit: Unit::default(),
            description: String::new(),
        };
        self.directory.signal(&found).map(|signal| Target { signal, kind })
    }

    /// The recorded time of a row in µs, or one interval after the row before where there is none.
    fn raw_time(&self, cells: &[Cell]) -> Option<i64> {
        let open = self.open.as_ref()?;
        if let Some(column) = open.layout.time {
            return open.times.read(cells.get(column)?).map(Timestamp::micros);
        }
        let step = i64::try_from(self.config.interval_us).unwrap_or(i64::MAX);
        Some(self.mark.last_us.map_or(self.start.micros(), |last| last.saturating_add(step)))
    }

    fn samples(&mut self, cells: &[Cell], time: Timestamp, now: Timestamp, rows: &mut BatchBuilder) {
        let Some(mut open) = self.open.take() else { return };
        let mut push = |target: &Target, cell: Option<&Cell>| {
            let (value, quality) = value_of(cell, *target, self.directory.as_ref());
            rows.push(Sample { ingest: now, quality, ..Sample::good(target.signal, time, value) });
        };
        match open.layout.body {
            Body::Wide(_) => {
                for (i, target) in open.columns.iter().enumerate() {
                    if let Some(target) = target {
                        push(target, cells.get(i));
                    }
                }
            }
            Body::Long { signal, value } => {
                if let Some(target) = self.named(&mut open, cells.get(signal), cells.get(value)) {
                    push(&target, cells.get(value));
                }
            }
        }
        self.open = Some(open);
    }

    fn named(&self, open: &mut OpenFile, name: Option<&Cell>, value: Option<&Cell>) -> Option<Target> {
        let name = match name? {
            Cell::Text(name) => name.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Empty | Cell::Time(_) => return None,
        };
        if let Some(known) = open.names.get(&name) {
            return *known;
        }
        if open.names.len() >= NAMES_MAX {
            return None;
        }
        let target = self.target(&name, value, &open.stem);
        open.names.insert(name, target);
        target
    }

    fn unreadable(&self, lost: u64, at: Timestamp) -> Vec<Gap> {
        if lost == 0 {
            return Vec::new();
        }
        let note = format!("{lost} rows of {} before row {} have no readable time", self.mark.file, self.mark.row);
        vec![Gap { lost, ..Gap::new(&self.connection, TimeRange::new(at, at), GapReason::Malformed, note) }]
    }
}

/// The value of a cell. Texts are states; what is no number and no state is bad.
fn value_of(cell: Option<&Cell>, target: Target, directory: &dyn Directory) -> (f64, Quality) {
    let value = match cell {
        Some(Cell::Number(x)) => Some(*x),
        Some(Cell::Text(text)) => directory.state_code(target.signal, text),
        Some(Cell::Time(time)) if target.kind != SignalKind::State => Some(time.micros() as f64 / 1e6),
        _ => None,
    };
    match value {
        Some(x) if x.is_finite() => (x, Quality::Good),
        Some(x) => (x, Quality::Bad),
        None => (f64::NAN, Quality::Bad),
    }
}

/// Knows no signal.
struct Nobody;

impl Directory for Nobody {
    fn signal(&self, _found: &Found) -> Option<SignalId> {
        None
    }

    fn registers(&self, _connection: &str) -> bool {
        false
    }

    fn state_code(&self, _signal: SignalId, _text: &str) -> Option<f64> {
        None
    }
}
