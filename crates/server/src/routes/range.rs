//! Signals over time, for charts.

use gemba_plant::{Catalogue, Gap, SignalId, TimeRange};
use gemba_query::Series;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::openapi::Operation;
use crate::output::{Output, Raw, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

/// Buckets of a series when nothing else is asked.
const WIDTH: usize = 1_000;
/// Signals that can be named at once; what a chart takes is decided by the query.
const NAMED_MAX: usize = 1_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "samples",
        about: "Stored samples: series for charts, SQL, files.",
        routes: vec![
            Route::get("/api/v1/range", VIEWER, "Signals over time, at most one bucket a pixel (M4)", range)
                .long()
                .also(&["application/octet-stream"]),
        ],
    }
}

/// What to draw.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Numbers of signals, joined by commas.
    signals: String,
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Moment,
    /// Until when.
    to: Moment,
    /// Buckets at most: pixels of the chart; 1 000 when left out.
    width: Option<usize>,
    /// `json`, or `bin`: a u32 with the length of the header, the header (this JSON without columns, with the number of
    /// rows `n`, padded with spaces to a multiple of 8), then for each series the columns times (ms), min, max, first
    /// and last as f64 and quality as u8, padded to a multiple of 8. Little-endian.
    #[serde(default)]
    format: Form,
}

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// JSON.
    #[default]
    Json,
    /// Binary columns.
    Bin,
}

/// Signals over time.
#[derive(Debug, Serialize, JsonSchema)]
struct Ranges {
    /// From when, microseconds since the epoch.
    from: i64,
    /// Until when.
    to: i64,
    /// One for each signal, in the order asked for.
    series: Vec<SeriesView>,
}

/// A signal over time.
#[derive(Debug, Serialize, JsonSchema)]
struct SeriesView {
    /// The signal.
    signal: SignalId,
    #[serde(flatten)]
    line: LineView,
}

/// Values over time: columns of equal length, one entry a bucket or, when raw, a sample.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LineView {
    /// Whether each entry is one sample; then min, max, first and last are its value.
    raw: bool,
    /// The width of a bucket, microseconds; 0 when raw.
    bucket_us: i64,
    /// Where each bucket begins, or the time of each sample, microseconds since the epoch.
    times: Vec<i64>,
    /// The smallest value; null when there is none.
    min: Vec<Option<f64>>,
    /// The largest value.
    max: Vec<Option<f64>>,
    /// The value that came first.
    first: Vec<Option<f64>>,
    /// The value that came last.
    last: Vec<Option<f64>>,
    /// How many samples.
    count: Vec<u64>,
    /// The worst quality: 0 good, 1 uncertain, 2 stale, 3 bad.
    quality: Vec<u8>,
    /// Holes in the range.
    gaps: Vec<Hole>,
}

/// The reason of a hole that no line of the ledger tells.
const SILENT: &str = "silent";

/// A hole in the range.
#[derive(Debug, Serialize, JsonSchema)]
struct Hole {
    /// From when, microseconds since the epoch.
    from: i64,
    /// Until when.
    to: i64,
    /// Why: a reason of the gap ledger, or `silent` where a signal that comes at a pace did not come for four times that.
    reason: &'static str,
}

impl Hole {
    fn of(gap: &Gap, range: TimeRange) -> Self {
        Self {
            from: gap.range.from.max(range.from).micros(),
            to: gap.range.to.min(range.to).micros(),
            reason: gap.reason.as_str(),
        }
    }
}

impl LineView {
    /// What `held`s its value until the next one is never silent.
    pub(super) fn of(series: Series, range: TimeRange, held: bool) -> Self {
        let gaps = holes(&series, range, held);
        // JSON knows no NaN
        let column = |values: Vec<f64>| values.into_iter().map(|value| value.is_finite().then_some(value)).collect();
        Self {
            raw: series.raw,
            bucket_us: series.bucket_us,
            times: series.times,
            min: column(series.min),
            max: column(series.max),
            first: column(series.first),
            last: column(series.last),
            count: series.count,
            quality: series.quality,
            gaps,
        }
    }
}

/// The holes of the ledger, and where a signal that comes at a pace is silent without a line there.
fn holes(series: &Series, range: TimeRange, held: bool) -> Vec<Hole> {
    let silences = if held { Vec::new() } else { series.silences() };
    let untold = silences.into_iter().filter(|hole| series.gaps.iter().all(|gap| !gap.range.overlaps(hole)));
    let silent = untold.map(|hole| Hole { from: hole.from.micros(), to: hole.to.micros(), reason: SILENT });
    series.gaps.iter().map(|gap| Hole::of(gap, range)).chain(silent).collect()
}

/// What was asked, in the form asked for.
enum Drawn {
    Json(Reply<Ranges>),
    Bin(Raw),
}

impl Output for Drawn {
    fn describe(operation: &mut Operation<'_>) {
        Reply::<Ranges>::describe(operation);
    }

    fn answer(self) -> axum::response::Response {
        match self {
            Self::Json(reply) => reply.answer(),
            Self::Bin(raw) => raw.answer(),
        }
    }
}

/// Numbers of signals, joined by commas.
pub(super) fn signal_ids(text: &str) -> Result<Vec<SignalId>, Problem> {
    let bad = |part: &str| {
        Problem::argument(format!("signals: \"{}\" is no number", part.chars().take(40).collect::<String>()))
    };
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() || parts.len() > NAMED_MAX {
        return Err(Problem::argument(format!("signals: {} numbers are given, 1 to {NAMED_MAX} can be", parts.len())));
    }
    parts.iter().map(|part| part.parse().map(SignalId::new).map_err(|_no_number| bad(part))).collect()
}

/// A range that has a length.
pub(super) fn span(from: Moment, to: Moment) -> Result<TimeRange, Problem> {
    let range = TimeRange::new(from.0, to.0);
    if range.to <= range.from { Err(Problem::argument("to: it is not after from")) } else { Ok(range) }
}

/// Buckets at most.
pub(super) fn columns(wanted: Option<usize>) -> usize {
    wanted.unwrap_or(WIDTH).max(1)
}

async fn range(call: Call, Args(wanted): Args<Wanted>) -> Result<Drawn, Problem> {
    let signals = signal_ids(&wanted.signals)?;
    let (range, width) = (span(wanted.from, wanted.to)?, columns(wanted.width));
    let series = call.node().query().range(&signals, range, width).await?;
    let catalogue = call.node().catalogue();
    if wanted.format == Form::Bin {
        let bytes = binary(&catalogue, &signals, &series, range)
            .map_err(|e| Problem::internal(format!("writing a range: {e}")))?;
        return Ok(Drawn::Bin(Raw::body("application/octet-stream", bytes)));
    }
    let line = |(signal, series)| SeriesView { signal, line: LineView::of(series, range, is_held(&catalogue, signal)) };
    let series = signals.into_iter().zip(series).map(line).collect();
    Ok(Drawn::Json(Reply(Ranges { from: range.from.micros(), to: range.to.micros(), series })))
}

/// Whether a signal holds its value until the next one.
fn is_held(catalogue: &Catalogue, signal: SignalId) -> bool {
    catalogue.signal(signal).is_some_and(|signal| signal.kind.holds())
}

/// The header of the binary form.
#[derive(Serialize)]
struct Header {
    from: i64,
    to: i64,
    series: Vec<SeriesHeader>,
}

#[derive(Serialize)]
struct SeriesHeader {
    signal: SignalId,
    raw: bool,
    bucket_us: i64,
    n: usize,
    gaps: Vec<Hole>,
}

fn binary(
    catalogue: &Catalogue,
    signals: &[SignalId],
    all: &[Series],
    range: TimeRange,
) -> Result<Vec<u8>, serde_json::Error> {
    let header = |(signal, series): (&SignalId, &Series)| SeriesHeader {
        signal: *signal,
        raw: series.raw,
        bucket_us: series.bucket_us,
        n: series.times.len(),
        gaps: holes(series, range, is_held(catalogue, *signal)),
    };
    let header = Header {
        from: range.from.micros(),
        to: range.to.micros(),
        series: signals.iter().zip(all).map(header).collect(),
    };
    let mut text = serde_json::to_vec(&header)?;
    text.resize(text.len() + padding(text.len() + 4), b' ');
    let mut bytes = u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    bytes.append(&mut text);
    for series in all {
        for time in &series.times {
            bytes.extend_from_slice(&(*time as f64 / 1000.0).to_le_bytes());
        }
        for column in [&series.min, &series.max, &series.first, &series.last] {
            for value in column {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        bytes.extend_from_slice(&series.quality);
        bytes.resize(bytes.len() + padding(series.quality.len()), 0);
    }
    Ok(bytes)
}

/// Bytes up to the next multiple of 8.
const fn padding(length: usize) -> usize {
    (8 - length % 8) % 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::Timestamp;

    fn series() -> Series {
        Series {
            raw: true,
            bucket_us: 0,
            times: vec![1_000_000, 2_000_000, 3_000_000],
            min: vec![1.0, f64::NAN, 3.0],
            max: vec![1.0, f64::NAN, 3.0],
            first: vec![1.0, f64::NAN, 3.0],
            last: vec![1.0, f64::NAN, 3.0],
            count: vec![1, 1, 1],
            quality: vec![0, 3, 0],
            gaps: Vec::new(),
        }
    }

    #[test]
    fn columns_of_the_binary_form_are_aligned() {
        let range = TimeRange::new(Timestamp::from_secs(0), Timestamp::from_secs(9));
        let bytes = binary(&Catalogue::default(), &[7, 8].map(SignalId::new), &[series(), series()], range).unwrap();
        let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        assert_eq!((4 + length) % 8, 0);
        let header: serde_json::Value = serde_json::from_slice(&bytes[4..4 + length]).unwrap();
        assert_eq!(header["series"][0]["n"], 3);
        let one = 5 * 3 * 8 + 8;
        assert_eq!(bytes.len(), 4 + length + 2 * one);
        let first_time = f64::from_le_bytes(bytes[4 + length..12 + length].try_into().unwrap());
        assert!((first_time - 1_000.0).abs() < f64::EPSILON);
        assert_eq!(bytes[4 + length + 120..4 + length + 128], [0, 3, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn no_value_is_null_in_json() {
        let range = TimeRange::new(Timestamp::from_secs(0), Timestamp::from_secs(9));
        let json = serde_json::to_value(LineView::of(series(), range, false)).unwrap();
        assert_eq!(json["min"], serde_json::json!([1.0, null, 3.0]));
    }

    #[test]
    fn signals_are_numbers_and_not_too_many() {
        assert_eq!(signal_ids("1, 22").unwrap(), [SignalId::new(1), SignalId::new(22)]);
        let many = vec!["1"; 1_001].join(",");
        for bad in ["", ",", "1,x", "-1", "4294967296", &many] {
            assert!(signal_ids(bad).is_err(), "{bad}");
        }
    }
}
