//! Stored waveforms: which there are, and one of them for drawing.

use gemba_node::waves::{Drawing, WaveFacts};
use gemba_plant::{SignalId, TimeRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::output::{List, Raw, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

/// Waveforms on a page when nothing else is asked.
const LIMIT: usize = 50;
/// Waveforms on a page at most: each is read whole for its figures.
const LIMIT_MAX: usize = 500;
/// Stretches of a drawing when nothing else is asked, and at most.
const WIDTH: usize = 1_000;
const WIDTH_MAX: usize = 8_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "waveforms",
        about: "Stored waveforms: blocks of fast samples.",
        routes: vec![
            Route::get("/api/v1/waveforms", VIEWER, "Waveforms of a signal in a range, newest first", list).long(),
            Route::get("/api/v1/waveforms/one", VIEWER, "A waveform for drawing", one),
            Route::get("/api/v1/waveforms/sound", VIEWER, "A waveform to be heard, as a WAV file", sound)
                .also(&["audio/wav"]),
        ],
    }
}

/// Which waveforms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Moment,
    /// Until when; to get the next page, where the page before ended.
    to: Moment,
    /// Waveforms on the page, 1 to 500; 50 when left out.
    limit: Option<usize>,
}

/// A waveform and its figures.
#[derive(Debug, Serialize, JsonSchema)]
struct WaveView {
    /// When its first sample was taken: what to ask for as `at`.
    start: Moment,
    /// Its figures.
    #[serde(flatten)]
    facts: WaveFacts,
}

/// A waveform for drawing.
#[derive(Debug, Serialize, JsonSchema)]
struct WaveDrawing {
    /// When its first sample was taken.
    start: Moment,
    /// The unit of its samples, as people read it.
    unit: String,
    /// Its figures.
    #[serde(flatten)]
    facts: WaveFacts,
    /// What to draw.
    #[serde(flatten)]
    drawing: Drawing,
}

/// Checks a range.
pub(super) fn between(from: Moment, to: Moment) -> Result<TimeRange, Problem> {
    let range = TimeRange::new(from.0, to.0);
    if range.to <= range.from { Err(Problem::argument("to: it is not after from")) } else { Ok(range) }
}

async fn list(call: Call, Args(wanted): Args<Wanted>) -> Result<Reply<List<WaveView>>, Problem> {
    let limit = wanted.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let range = between(wanted.from, wanted.to)?;
    let found = call.node().waves().list(wanted.signal, range, limit + 1).await?;
    let items = found.into_iter().map(|(start, facts)| WaveView { start: start.into(), facts }).collect();
    Ok(Reply(List::page(items, limit, |wave: &WaveView| wave.start.to_string())))
}

/// Which waveform.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// When it begins, exactly.
    at: Moment,
    /// Stretches at most: pixels of the chart, 1 to 8 000; 1 000 when left out.
    width: Option<usize>,
}

async fn one(call: Call, Args(wanted): Args<One>) -> Result<Reply<WaveDrawing>, Problem> {
    let width = wanted.width.unwrap_or(WIDTH).clamp(1, WIDTH_MAX);
    let (facts, drawing) = call.node().waves().one(wanted.signal, wanted.at.0, width).await?;
    let catalogue = call.node().catalogue();
    let unit = catalogue.signal(wanted.signal).map(|s| s.unit.symbol().to_owned()).unwrap_or_default();
    Ok(Reply(WaveDrawing { start: wanted.at, unit, facts, drawing }))
}

/// Which waveform to hear.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Heard {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// When it begins, exactly.
    at: Moment,
}

async fn sound(call: Call, Args(wanted): Args<Heard>) -> Result<Raw, Problem> {
    Ok(Raw::body("audio/wav", call.node().waves().sound(wanted.signal, wanted.at.0).await?))
}
