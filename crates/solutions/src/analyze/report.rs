//! What is found in a table: the content of the report, for people and programs alike.

use schemars::JsonSchema;
use serde::Serialize;

use super::table::Kind;

/// A moment of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "TableMoment")]
pub struct Moment {
    /// The row, from 1, below the header.
    pub row: usize,
    /// Its time, RFC 3339; none for a table without times.
    pub time: Option<String>,
}

/// A stretch of the table, both ends included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "TableStretch")]
pub struct Stretch {
    /// The first row of it.
    pub from: Moment,
    /// The last row of it.
    pub to: Moment,
}

/// Values over the rows, reduced to what a chart can show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableSeries")]
pub struct Series {
    /// The row in the middle of each point, from 1.
    pub rows: Vec<usize>,
    /// The smallest value of each point; none where there is no value.
    pub low: Vec<Option<f64>>,
    /// The largest.
    pub high: Vec<Option<f64>>,
}

/// How the rows lie in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableClock")]
pub struct Clock {
    /// Whether there is a column with times that can be read.
    pub timed: bool,
    /// The median distance of rows, s; none without times.
    pub step_s: Option<f64>,
    /// Rows without a readable time.
    pub unreadable: usize,
    /// Rows that lie before the row above them.
    pub backwards: usize,
    /// Where rows are missing: more than five steps without a row.
    pub gaps: Vec<Gap>,
}

/// Missing rows.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableGap")]
pub struct Gap {
    /// Between these rows.
    pub stretch: Stretch,
    /// How long, s.
    pub seconds: f64,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableSignal")]
pub struct SignalReport {
    /// Its name, without the unit.
    pub name: String,
    /// Its unit as people write it; empty when the header names none.
    pub unit: String,
    /// What it is.
    pub kind: Kind,
    /// Rows with a value.
    pub values: usize,
    /// Share of rows without one, 0–1.
    pub missing: f64,
    /// Smallest, median and largest value; none for texts.
    pub range: Option<[f64; 3]>,
    /// The states by name, for a column of texts.
    pub states: Vec<String>,
    /// The values for a chart; empty for texts.
    pub series: Series,
}

/// Something that is not as it was learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableAnomaly")]
pub struct Anomaly {
    /// Where.
    pub stretch: Stretch,
    /// One line.
    pub title: String,
    /// What differs from what, by how much.
    pub explanation: String,
    /// How likely a healthy machine looks like this.
    pub p_value: Option<f64>,
    /// 0–1.
    pub severity: f64,
    /// Signals by their share, largest first.
    pub contributions: Vec<(String, f64)>,
    /// What to do next.
    pub prescription: Vec<String>,
    /// Whether a sensor, not the machine, is the likelier suspect.
    pub sensor: bool,
}

/// A change of a signal's level.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableChange")]
pub struct ChangePoint {
    /// The signal.
    pub signal: String,
    /// The first row of the new level.
    pub at: Moment,
    /// The median before.
    pub before: f64,
    /// The median after.
    pub after: f64,
    /// The difference over what the signal does on either side.
    pub spreads: f64,
}

/// Two signals that go together. Not cause and effect.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableRelation")]
pub struct SignalRelation {
    /// One signal; at a lag, the one that comes first.
    pub first: String,
    /// The other.
    pub second: String,
    /// Spearman's rank correlation.
    pub correlation: f64,
    /// How likely two signals that have nothing to do with each other look like this at one lag: Student's *t* of the ranks, with as
    /// many pairs as are independent. Those told are beyond chance over all pairs and lags that were looked at.
    pub p_value: f64,
    /// By how many rows the second follows.
    pub lag_rows: usize,
    /// The same in s; none for a table without times.
    pub lag_s: Option<f64>,
}

/// A signal that drifts.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableDrift")]
pub struct Drift {
    /// The signal.
    pub signal: String,
    /// Change over the whole table, in the signal's unit.
    pub change: f64,
    /// Change an hour; a row for a table without times.
    pub slope: f64,
    /// How likely a signal without drift looks like this.
    pub p_value: f64,
    /// How far ahead the forecast looks: a quarter of the table, in hours; rows without times.
    pub ahead: f64,
    /// Where the drift leads then, if it goes on: low, middle, high, with 90 % probability.
    pub forecast: [f64; 3],
    /// When it leaves the band of the healthy part, in hours (rows without times) after the end: soonest and latest
    /// with 90 % probability, no latest when it may never. None when it is outside already or leads nowhere.
    pub leaves_band: Option<(f64, Option<f64>)>,
}

/// A column of the table that marks what was wrong, and how what was found goes together with it. It is no signal:
/// nothing was learned from it, and the healthy part was chosen without it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableMarked")]
pub struct Marked {
    /// The column.
    pub column: String,
    /// Whether it marks moments (single rows), not periods. A moment counts as found when something begins or ends near it.
    pub moments: bool,
    /// Rows that are marked.
    pub rows: usize,
    /// Marked rows within what was taken for healthy: with some, name a better healthy part.
    pub in_healthy: usize,
    /// Marked periods outside the healthy part.
    pub periods: usize,
    /// Those of them in which something was found.
    pub periods_found: usize,
    /// Findings.
    pub found: usize,
    /// Those of them that touch a marked period.
    pub found_right: usize,
    /// Of the rows found, the share that is marked; none for moments.
    pub precision: Option<f64>,
    /// Of the rows marked, the share that was found.
    pub recall: Option<f64>,
    /// Of the rows not marked, the share that was found.
    pub false_alarm_share: Option<f64>,
    /// Where the first period begins in which nothing was found.
    pub first_missed: Option<Moment>,
}

/// How long, as a range: never a bare number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableLife")]
pub struct Life {
    /// The low end, hours; rows for a table without times.
    pub lo: f64,
    /// As often less as more; none when it cannot be told.
    pub median: Option<f64>,
    /// The high end; none when it cannot be told.
    pub hi: Option<f64>,
    /// How often the truth shall lie between the ends, 0–1.
    pub level: f64,
}

/// What would have been told at an earlier row about the way to the last one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableLifeTold")]
pub struct LifeTold {
    /// When.
    pub at: Moment,
    /// How long until the index is where it is at the end of the table, by the rows up to then.
    pub life: Life,
    /// How long it took.
    pub took: f64,
    /// Whether that lies in the range.
    pub covered: bool,
}

/// A machine that wears: an index of its health that goes one way, and how long it lasts.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableWear")]
pub struct Wear {
    /// The signals in the index and how monotone each is, 0–1, the most first.
    pub signals: Vec<(String, f64)>,
    /// The index: how far the signals have gone from the healthy part the way that wear goes, root mean square, in their
    /// spreads there. 0 is as healthy.
    pub index: Series,
    /// The nearest path that only rises: the monotone health index.
    pub rising: Series,
    /// How much of its movement the index keeps when it is made to rise, 0–1.
    pub monotonicity: f64,
    /// How likely an index without a trend looks like this.
    pub p_value: f64,
    /// Where it is at the end.
    pub now: f64,
    /// How long until it is twice as far from healthy as at the end, if it goes on as it was. Where the failure lies the table
    /// does not say.
    pub doubles: Life,
    /// If the table ends in the failure: what would have been told earlier, the level of the last rows being that of the failure.
    pub told: Vec<LifeTold>,
}

/// Everything found in a table.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TableReport")]
pub struct Report {
    /// The table's name.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// From when to when.
    pub span: Stretch,
    /// How the rows lie in time.
    pub clock: Clock,
    /// The part that was taken for healthy.
    pub healthy: Stretch,
    /// Why that part.
    pub healthy_why: String,
    /// What matters most, in sentences.
    pub summary: Vec<String>,
    /// Deviation over its limit, row by row; above 1 is an anomaly.
    pub score: Series,
    /// What is not normal, in order of time.
    pub anomalies: Vec<Anomaly>,
    /// Changes of level, the largest first.
    pub changes: Vec<ChangePoint>,
    /// How what was found goes together with columns that mark what was wrong.
    pub marked: Vec<Marked>,
    /// A machine that wears; none when no signal goes one way.
    pub wear: Option<Wear>,
    /// Why there is no wear; empty when there is.
    pub no_wear: String,
    /// The rows that relations were read from: the healthy part, or all rows where that is too short. On the page, not in the JSON.
    #[serde(skip)]
    pub related: Stretch,
    /// What goes together, the strongest first.
    pub relations: Vec<SignalRelation>,
    /// What drifts, the surest first.
    pub drifts: Vec<Drift>,
    /// The columns in the order of the file.
    pub signals: Vec<SignalReport>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}
