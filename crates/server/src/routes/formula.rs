//! Formulas over signals: for charts and as files.

use gemba_plant::SignalId;
use gemba_query::{Format, Formula};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::export::stream_file;
use super::range::{LineView, columns, span};
use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::output::{Raw, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

pub(super) fn resource() -> Resource {
    Resource {
        name: "formula",
        about: "What is computed from signals when it is asked for: a formula over time.",
        routes: vec![
            Route::get("/api/v1/formula", VIEWER, "A formula over signals, at most one bucket a pixel (M4)", formula)
                .long(),
            Route::get("/api/v1/formula/export", VIEWER, "A formula over signals as CSV or Parquet", export)
                .also(&["text/csv", "application/vnd.apache.parquet"]),
        ],
    }
}

/// Which formula, and how much of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The formula: names of signals in double quotes (a name that only one signal has, of letters, digits and `_`, does
    /// without), numbers, `+ - * /`, parentheses, `abs`, `sqrt`, `min`, `max`, `avg`.
    text: String,
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Moment,
    /// Until when.
    to: Moment,
    /// Buckets at most: pixels of the chart; 1 000 when left out.
    width: Option<usize>,
}

/// A formula over time. A value stands for each time at which one of its signals has one; there is none where one of them has
/// a gap, and its quality is the worst of those it is made of.
#[derive(Debug, Serialize, JsonSchema)]
struct FormulaView {
    /// As it was written.
    text: String,
    /// The signals in it, in the order of their first place.
    signals: Vec<SignalId>,
    /// Its unit (UCUM), where those of the signals say it.
    unit: Option<String>,
    /// Its unit as people read it.
    unit_symbol: String,
    #[serde(flatten)]
    line: LineView,
}

async fn formula(call: Call, Args(wanted): Args<Wanted>) -> Result<Reply<FormulaView>, Problem> {
    let (range, width) = (span(wanted.from, wanted.to)?, columns(wanted.width));
    let (Formula { text, signals, unit, .. }, series) = call.node().query().formula(&wanted.text, range, width).await?;
    Ok(Reply(FormulaView {
        text,
        signals,
        unit_symbol: unit.as_ref().map(|unit| unit.symbol().to_owned()).unwrap_or_default(),
        unit: unit.map(|unit| unit.ucum().to_owned()),
        line: LineView::of(series, range, false),
    }))
}

/// Which formula is wanted as a file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WantedFile {
    /// The formula, as for a chart.
    text: String,
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Moment,
    /// Until when.
    to: Moment,
    /// `csv` or `parquet`.
    format: Format,
}

async fn export(call: Call, Args(wanted): Args<WantedFile>) -> Result<Raw, Problem> {
    let range = span(wanted.from, wanted.to)?;
    // what is wrong with it is told before a file begins
    Formula::read(&wanted.text, &call.node().catalogue())?;
    stream_file(&call, wanted.format, move |node, to| async move {
        node.query().export_formula(&wanted.text, range, wanted.format, to).await
    })
}
