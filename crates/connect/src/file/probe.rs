//! Looking at recorded files.

use std::path::PathBuf;
use std::time::Duration;

use gemba_plant::{Quality, SignalKind, Timestamp};
use tokio::time::timeout;

use super::cell::{Cell, TimeReader};
use super::config::Config;
use super::files;
use super::layout::{Body, Layout};
use super::table::Table;
use crate::{Ask, BrowseNode, Error, Probe, ReadValue, TestReport};

/// The longest that one call may take.
const LIMIT: Duration = Duration::from_secs(15);
/// Rows of a long table in which names of signals are looked for.
const LOOK: usize = 10_000;
/// The most columns that are listed.
const NODES_MAX: usize = 2_000;

/// Looks at the first of some files.
#[derive(Clone, Debug)]
pub(super) struct Looker {
    pub(super) config: Config,
}

/// What the first file holds.
struct Look {
    files: Vec<PathBuf>,
    told: String,
    time: Option<String>,
    first_time: Option<Timestamp>,
    /// Address and its first value.
    signals: Vec<(String, Cell)>,
}

impl Looker {
    fn look(&self) -> Result<Look, Error> {
        let files = files::find(&self.config.paths)?;
        let path = files.first().cloned().unwrap_or_default();
        let fail = |why: String| Error::File { path: path.display().to_string(), why };
        let mut table = Table::open(&path, &self.config, 0)?;
        let mut row = Vec::new();
        table.next(&mut row).map_err(fail)?;
        let layout = Layout::find(&table.columns, &table.head, &self.config).map_err(fail)?;
        let zone = jiff::tz::TimeZone::get(&self.config.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let times = TimeReader { format: layout.time_format(&table.head, &self.config), zone };
        let first_time = layout.time.and_then(|i| row.get(i)).and_then(|cell| times.read(cell));
        let time = layout.time.and_then(|i| table.columns.get(i)).cloned();
        let signals = match layout.body {
            Body::Wide(wide) => {
                let pair =
                    |i: &usize| Some((table.columns.get(*i)?.clone(), row.get(*i).cloned().unwrap_or(Cell::Empty)));
                wide.iter().filter_map(pair).take(NODES_MAX).collect()
            }
            Body::Long { signal, value } => names_in(&mut table, row, (signal, value)).map_err(fail)?,
        };
        Ok(Look { files, told: table.told, time, first_time, signals })
    }

    async fn looked(&self) -> Result<Look, Error> {
        let looker = self.clone();
        let late = || Error::File {
            path: self.config.paths.join(", "),
            why: format!("not read within {} s", LIMIT.as_secs()),
        };
        let task = tokio::task::spawn_blocking(move || looker.look());
        timeout(LIMIT, task).await.map_err(|_elapsed| late())?.map_err(|_panicked| late())?
    }

    async fn report(&self) -> TestReport {
        let mut report = TestReport::default();
        match self.looked().await {
            Ok(look) => {
                let first = look.files.first().map(|file| file.display().to_string()).unwrap_or_default();
                report.pass("find files", format!("{} files, the first is {first}", look.files.len()));
                report.pass("read", format!("{}, {} signals", look.told, look.signals.len()));
                match (look.time, look.first_time) {
                    (None, _) => {
                        report.pass("time", format!("no time column: rows are {} µs apart", self.config.interval_us));
                    }
                    (Some(name), Some(at)) => report.pass("time", format!("column {name} begins at {}", text_of(at))),
                    (Some(name), None) => {
                        report.fail("time", format!("column {name} cannot be read"), "set time_column and time_format");
                    }
                }
            }
            Err(error) => {
                report.fail(
                    "find files",
                    error.to_string(),
                    "check paths, format and the columns named in the configuration",
                );
            }
        }
        report
    }
}

/// The names in a long table's first rows, each with its first value.
fn names_in(
    table: &mut Table,
    mut row: Vec<Cell>,
    (signal, value): (usize, usize),
) -> Result<Vec<(String, Cell)>, String> {
    let mut names = std::collections::BTreeMap::new();
    for _ in 0..LOOK {
        if let (Some(Cell::Text(name)), Some(cell)) = (row.get(signal), row.get(value)) {
            names.entry(name.clone()).or_insert_with(|| cell.clone());
        }
        if names.len() >= NODES_MAX || !table.next(&mut row)? {
            break;
        }
    }
    Ok(names.into_iter().collect())
}

fn text_of(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(|_| at.micros().to_string(), |t| t.to_string())
}

fn node((address, cell): (String, Cell)) -> BrowseNode {
    let value = value((address, cell), None);
    BrowseNode {
        name: value.address.clone(),
        is_signal: true,
        has_children: false,
        data_type: if value.value.is_some() { "number" } else { "text" }.into(),
        kind: if value.value.is_none() && value.quality == Quality::Good {
            SignalKind::State
        } else {
            SignalKind::Gauge
        },
        unit: String::new(),
        range: None,
        value: Some(value.text),
        quality: Some(value.quality),
        description: String::new(),
        path: String::new(),
        address: value.address,
    }
}

fn value((address, cell): (String, Cell), time: Option<Timestamp>) -> ReadValue {
    let (value, text, quality) = match cell {
        Cell::Number(x) => (Some(x), x.to_string(), Quality::Good),
        Cell::Text(text) => (None, text, Quality::Good),
        Cell::Time(at) => (None, text_of(at), Quality::Good),
        Cell::Empty => (None, String::new(), Quality::Bad),
    };
    ReadValue { address, value, text, quality, status: 0, time }
}

impl Probe for Looker {
    fn test(&self) -> Ask<'_, TestReport> {
        Box::pin(self.report())
    }

    fn browse<'a>(&'a self, _at: Option<&'a str>) -> Ask<'a, Result<Vec<BrowseNode>, Error>> {
        Box::pin(async { Ok(self.looked().await?.signals.into_iter().map(node).collect()) })
    }

    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>> {
        Box::pin(async {
            let look = self.looked().await?;
            let find = |address: &String| match look.signals.iter().find(|(name, _)| name == address) {
                Some((_, cell)) => value((address.clone(), cell.clone()), look.first_time),
                None => ReadValue {
                    text: "no column or signal has this name".into(),
                    ..value((address.clone(), Cell::Empty), None)
                },
            };
            Ok(addresses.iter().map(find).collect())
        })
    }
}
