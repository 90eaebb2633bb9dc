//! What a person writes about recorded files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ConfigFault;

/// Recorded files, replayed in the order of their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Files, folders or patterns with `*` and `?` in the file name: `/data/rig/*.csv`. Each is sorted by name.
    pub paths: Vec<String>,
    /// How the files are written, once unpacked (gzip, zip, workbooks) and decoded (UTF-8, UTF-16, Latin-1). Default: found.
    #[serde(default)]
    pub format: Format,
    /// The sheet of a workbook, where a program names one; the one with the most rows of those to be seen otherwise.
    #[serde(skip)]
    pub sheet: Option<String>,
    /// The character between columns, one byte. Default: found among `;` tab `,` `|`.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// Whether numbers are written with a comma, 3,14. Default: found from the first lines.
    #[serde(default)]
    pub decimal_comma: Option<bool>,
    /// Whether the first line names the columns. Default: found; columns without names are `c1`, `c2` …
    #[serde(default)]
    pub header: Option<bool>,
    /// The column with the time. Default: found by name (time, timestamp, datetime, date, ts …) and content.
    #[serde(default)]
    pub time_column: Option<String>,
    /// How the time is written. Default: found.
    #[serde(default)]
    pub time_format: TimeFormat,
    /// The time zone (IANA name) of times written without one. Default UTC.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Time from row to row where there is no time column, in µs, > 0. Default 1 000 000 (one second).
    #[serde(default = "second")]
    pub interval_us: u64,
    /// The time of the first row where there is no time column, RFC 3339. Default: when the replay started.
    #[serde(default)]
    pub start: Option<String>,
    /// For long tables (one value a row): which columns hold what. Default: found by names (tag, value …) and content.
    #[serde(default)]
    pub long: Option<Long>,
    /// How fast: 1 = as recorded, 10 = ten times faster, 0 = as fast as possible. Default 1.
    #[serde(default = "one")]
    pub speed: f64,
    /// Whether to begin again after the last file; times go on rising. Default false.
    #[serde(default)]
    pub repeat: bool,
    /// Whether times are moved so that the first row is now. Default false: times as recorded.
    #[serde(default)]
    pub shift_to_now: bool,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Found from name and content.
    #[default]
    Auto,
    /// Text with a delimiter.
    Csv,
    /// Text in columns with any white space between.
    Text,
    /// Apache Parquet.
    Parquet,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// Found from the first value.
    #[default]
    Auto,
    /// `2020-03-09 12:14:36`, RFC 3339 or `09.03.2020 12:14:36`, with or without a zone.
    Datetime,
    /// Seconds since 1970, with or without a fraction.
    EpochS,
    /// Milliseconds since 1970.
    EpochMs,
    /// Microseconds since 1970.
    EpochUs,
    /// Nanoseconds since 1970.
    EpochNs,
    /// Days since 30 December 1899, as spreadsheets count.
    ExcelDays,
    /// There is no time: rows are one interval apart.
    None,
}

/// The columns of a long table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Long {
    /// The column with the signal's name, which is the address.
    pub signal: String,
    /// The column with the value.
    pub value: String,
}

fn utc() -> String {
    "UTC".into()
}
const fn second() -> u64 {
    1_000_000
}
const fn one() -> f64 {
    1.0
}

impl Config {
    /// Files with everything else found from their content.
    pub fn new<P: Into<String>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            format: Format::Auto,
            sheet: None,
            delimiter: None,
            decimal_comma: None,
            header: None,
            time_column: None,
            time_format: TimeFormat::Auto,
            time_zone: utc(),
            interval_us: second(),
            start: None,
            long: None,
            speed: one(),
            repeat: false,
            shift_to_now: false,
        }
    }

    /// Everything wrong with it that can be told without opening a file.
    pub fn check(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut fault = |bad: bool, field: &str, what: String, cure: &str| {
            if bad {
                faults.push(ConfigFault::new(field, what, cure));
            }
        };
        fault(self.paths.is_empty(), "paths", "is empty".into(), "write paths = [\"/data/rig/*.csv\"]");
        let pace = self.speed.is_finite() && (0.0..=1e6).contains(&self.speed);
        fault(!pace, "speed", format!("is {}", self.speed), "write 0 (as fast as possible) to 1000000");
        fault(self.interval_us == 0, "interval_us", "is 0".into(), "write the time from row to row in µs");
        let zone = jiff::tz::TimeZone::get(&self.time_zone);
        fault(
            zone.is_err(),
            "time_zone",
            format!("\"{}\" is unknown", self.time_zone),
            "write an IANA name like Europe/Berlin",
        );
        let start = self.start.as_ref().is_some_and(|text| text.parse::<jiff::Timestamp>().is_err());
        fault(start, "start", "is no time".into(), "write it like 2026-01-31T08:00:00Z");
        let wide = self.delimiter.is_some_and(|c| !c.is_ascii() || matches!(c, '"' | '\r' | '\n'));
        fault(wide, "delimiter", "is no plain character".into(), "write one of , ; | or \\t");
        faults
    }
}
