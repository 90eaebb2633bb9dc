//! What stands in waveforms: spectra, cepstra, turns, kurtograms, waterfalls, diagnosis.

use gemba_node::waves::{
    CepstrumView, DiagnosisView, Fade, KurtogramView, Quantity, SpectrumView, SpectrumWish, TurnView, WaterfallView,
    WaterfallWish,
};
use gemba_plant::SignalId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::waveforms::between;
use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::output::Reply;
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

/// Points of a spectrum when nothing else is asked, and at most.
const WIDTH: usize = 2_000;
const WIDTH_MAX: usize = 20_000;
/// Parts of a block that are averaged at most: beyond it lines are too broad to be told apart.
const AVERAGES_MAX: usize = 256;
/// Rows and columns of a waterfall when nothing else is asked, and at most.
const ROWS: usize = 120;
const ROWS_MAX: usize = 512;
const COLUMNS: usize = 400;
const COLUMNS_MAX: usize = 2_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "spectra",
        about: "What stands in waveforms: spectra, envelopes, waterfalls, and what they say about the machine.",
        routes: vec![
            Route::get("/api/v1/spectra", VIEWER, "A spectrum of a waveform, with its peaks named", spectrum),
            Route::get("/api/v1/spectra/cepstrum", VIEWER, "What repeats in the spectrum of a waveform", cepstrum),
            Route::get("/api/v1/spectra/turn", VIEWER, "The mean turn of a shaft in a waveform", turn),
            Route::get("/api/v1/spectra/kurtogram", VIEWER, "How impulsive each band of a waveform is", kurtogram),
            Route::get("/api/v1/spectra/waterfall", VIEWER, "Spectra of a range, one behind the other", waterfall)
                .long(),
            Route::get("/api/v1/spectra/spectrogram", VIEWER, "Spectra of the parts of one waveform", spectrogram),
            Route::get("/api/v1/spectra/diagnosis", VIEWER, "What a waveform says about the machine", diagnosis),
        ],
    }
}

/// Which spectrum.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// When the waveform begins, exactly.
    at: Moment,
    /// Of what.
    #[serde(default)]
    of: Quantity,
    /// Through which window.
    #[serde(default)]
    window: Fade,
    /// Parts of the block that are averaged, 1 to 256; 1 when left out.
    averages: Option<usize>,
    /// Whether the samples are brought to equal angles of the shaft first, by the measured speed.
    #[serde(default)]
    tracked: bool,
    /// Lower edge of the band whose envelope is taken, Hz. Both edges or none: then the most impulsive band.
    band_from: Option<f64>,
    /// Upper edge of that band, Hz.
    band_to: Option<f64>,
    /// What is to be seen: from here, Hz; from 0 when left out.
    from_hz: Option<f64>,
    /// What is to be seen: to here, Hz; to the end when left out.
    to_hz: Option<f64>,
    /// Points at most, 1 to 20 000; 2 000 when left out.
    width: Option<usize>,
}

/// Two edges, when both or none are there and they are in order.
fn edges(name: &str, from: Option<f64>, to: Option<f64>) -> Result<Option<(f64, f64)>, Problem> {
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from >= 0.0 && to > from => Ok(Some((from, to))),
        _ => Err(Problem::argument(format!("{name}: both edges are wanted, the second above the first"))),
    }
}

async fn spectrum(call: Call, Args(wanted): Args<Wanted>) -> Result<Reply<SpectrumView>, Problem> {
    let shown = (wanted.from_hz.is_some() || wanted.to_hz.is_some())
        .then(|| (wanted.from_hz.unwrap_or(0.0), wanted.to_hz.unwrap_or(f64::MAX)));
    let wish = SpectrumWish {
        quantity: wanted.of,
        window: wanted.window,
        averages: wanted.averages.unwrap_or(1).clamp(1, AVERAGES_MAX),
        tracked: wanted.tracked,
        band_hz: edges("band_from, band_to", wanted.band_from, wanted.band_to)?,
        shown_hz: shown,
        width: wanted.width.unwrap_or(WIDTH).clamp(1, WIDTH_MAX),
    };
    Ok(Reply(call.node().waves().spectrum(wanted.signal, wanted.at.0, wish).await?))
}

/// Which waveform.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// When the waveform begins, exactly.
    at: Moment,
}

async fn kurtogram(call: Call, Args(wanted): Args<One>) -> Result<Reply<KurtogramView>, Problem> {
    Ok(Reply(call.node().waves().kurtogram(wanted.signal, wanted.at.0).await?))
}

/// Which cepstrum.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Repeats {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// When the waveform begins, exactly.
    at: Moment,
    /// Values at most, 1 to 20 000; 2 000 when left out.
    width: Option<usize>,
}

async fn cepstrum(call: Call, Args(wanted): Args<Repeats>) -> Result<Reply<CepstrumView>, Problem> {
    let width = wanted.width.unwrap_or(WIDTH).clamp(1, WIDTH_MAX);
    Ok(Reply(call.node().waves().cepstrum(wanted.signal, wanted.at.0, width).await?))
}

/// Which turn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Turned {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// When the waveform begins, exactly.
    at: Moment,
    /// Which shaft: 1 whose speed is measured, 2 behind the first gear stage …; 1 when left out.
    shaft: Option<usize>,
}

async fn turn(call: Call, Args(wanted): Args<Turned>) -> Result<Reply<TurnView>, Problem> {
    Ok(Reply(call.node().waves().turn(wanted.signal, wanted.at.0, wanted.shaft.unwrap_or(1)).await?))
}

/// Which spectrogram.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parts {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// When the waveform begins, exactly.
    at: Moment,
    /// The highest frequency, Hz; half the sampling rate when left out.
    top_hz: Option<f64>,
    /// Spectra at most, 1 to 512; 120 when left out.
    rows: Option<usize>,
    /// Columns at most, 1 to 2 000; 400 when left out.
    columns: Option<usize>,
}

async fn spectrogram(call: Call, Args(wanted): Args<Parts>) -> Result<Reply<WaterfallView>, Problem> {
    let wish = wish((wanted.rows, wanted.columns), wanted.top_hz, (Quantity::Amplitude, None))?;
    Ok(Reply(call.node().waves().spectrogram(wanted.signal, wanted.at.0, wish).await?))
}

/// A checked waterfall.
fn wish(
    (rows, columns): (Option<usize>, Option<usize>),
    top_hz: Option<f64>,
    (quantity, band_hz): (Quantity, Option<(f64, f64)>),
) -> Result<WaterfallWish, Problem> {
    if top_hz.is_some_and(|hz| hz.is_nan() || hz <= 0.0) {
        return Err(Problem::argument("top_hz: it is not above 0"));
    }
    let (rows, columns) = (rows.unwrap_or(ROWS).clamp(1, ROWS_MAX), columns.unwrap_or(COLUMNS).clamp(1, COLUMNS_MAX));
    Ok(WaterfallWish { rows, columns, top_hz, quantity, band_hz })
}

async fn diagnosis(call: Call, Args(wanted): Args<One>) -> Result<Reply<DiagnosisView>, Problem> {
    Ok(Reply(call.node().waves().diagnosis(wanted.signal, wanted.at.0).await?))
}

/// Which waterfall.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fall {
    /// The signal, of kind waveform.
    signal: SignalId,
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Moment,
    /// Until when.
    to: Moment,
    /// Of what.
    #[serde(default)]
    of: Quantity,
    /// Lower edge of the band whose envelope is taken, Hz. Both edges or none: then the first waveform's most impulsive.
    band_from: Option<f64>,
    /// Upper edge of that band, Hz.
    band_to: Option<f64>,
    /// The highest frequency, Hz; half the sampling rate when left out.
    top_hz: Option<f64>,
    /// Spectra at most, 1 to 512; 120 when left out.
    rows: Option<usize>,
    /// Columns at most, 1 to 2 000; 400 when left out.
    columns: Option<usize>,
}

async fn waterfall(call: Call, Args(wanted): Args<Fall>) -> Result<Reply<WaterfallView>, Problem> {
    let band = edges("band_from, band_to", wanted.band_from, wanted.band_to)?;
    let wish = wish((wanted.rows, wanted.columns), wanted.top_hz, (wanted.of, band))?;
    let range = between(wanted.from, wanted.to)?;
    Ok(Reply(call.node().waves().waterfall(wanted.signal, range, wish).await?))
}
