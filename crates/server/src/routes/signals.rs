//! Signals and their last values.

use gemba_node::SignalDraft;
use gemba_plant::{AssetId, Band, Binding, Catalogue, Limits, Range, Role, Signal, SignalId, SignalKind};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::output::{Done, List, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, Resource, Route, VIEWER};
use crate::views::SignalView;

/// Signals on a page when nothing else is asked.
const LIMIT: usize = 1_000;
/// Signals on a page at most.
const LIMIT_MAX: usize = 10_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "signals",
        about: "What is measured, and the newest values.",
        routes: vec![
            Route::get("/api/v1/signals", VIEWER, "Signals with their last values", list),
            Route::get("/api/v1/signals/{id}", VIEWER, "A signal with its last value", one),
            Route::put("/api/v1/signals/{id}", ENGINEER, "Change a signal", change),
            Route::delete("/api/v1/signals/{id}", ENGINEER, "Remove a signal; what is stored stays", remove),
        ],
    }
}

/// Which signals.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// Of this asset only.
    asset: Option<u32>,
    /// With every one of these words in their full name or description.
    search: Option<String>,
    /// Of this kind only.
    kind: Option<SignalKind>,
    /// Where the page before ended.
    cursor: Option<u32>,
    /// Signals on the page, 1 to 10 000; 1 000 when left out.
    limit: Option<usize>,
}

impl Filter {
    fn takes(&self, signal: &Signal, catalogue: &Catalogue, words: &[String]) -> bool {
        let named = || {
            let text =
                format!("{} {}", catalogue.full_name(signal.id).unwrap_or_default(), signal.description).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        self.cursor.is_none_or(|cursor| signal.id.get() > cursor)
            && self.asset.is_none_or(|asset| signal.asset == AssetId::new(asset))
            && self.kind.is_none_or(|kind| signal.kind == kind)
            && (words.is_empty() || named())
    }
}

async fn list(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<SignalView>>, Problem> {
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let words: Vec<String> =
        filter.search.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).take(16).collect();
    let (node, catalogue) = (call.node(), call.node().catalogue());
    let found = catalogue.signals().filter(|signal| filter.takes(signal, &catalogue, &words)).take(limit + 1);
    let items = found.map(|signal| SignalView::of(signal, node, &catalogue)).collect();
    Ok(Reply(List::page(items, limit, |signal: &SignalView| signal.id.to_string())))
}

fn view(call: &Call, id: SignalId) -> Result<SignalView, Problem> {
    let catalogue = call.node().catalogue();
    let signal = catalogue.signal(id).ok_or_else(|| Problem::missing("signal", id))?;
    Ok(SignalView::of(signal, call.node(), &catalogue))
}

async fn one(call: Call, At(id): At<u32>) -> Result<Reply<SignalView>, Problem> {
    Ok(Reply(view(&call, SignalId::new(id))?))
}

/// What changes about a signal; what is left out stays. Other fields of a signal may be sent along and change nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignalChange {
    /// What it means.
    role: Option<Role>,
    /// How it behaves.
    kind: Option<SignalKind>,
    /// Its unit (UCUM).
    unit: Option<String>,
    /// The instrument's range.
    range: Option<Range>,
    /// Decimal digits that the source resolves (0–9).
    decimals: Option<u8>,
    /// One sentence for people.
    description: Option<String>,
    /// Texts of a state signal in which alarms of its asset are suppressed.
    quiet_in: Option<Vec<String>>,
    /// Limits of one's own; with none of the four set they are taken away.
    limits: Option<Limits>,
    /// Where its values come from; with both empty from nowhere any more.
    binding: Option<Binding>,
    /// All bands of a waveform's spectrum that are followed; an empty list takes them away.
    bands: Option<Vec<Band>>,
}

async fn remove(call: Call, At(id): At<u32>) -> Result<Done, Problem> {
    call.node().plant().remove_signal(SignalId::new(id)).await?;
    Ok(Done)
}

async fn change(
    call: Call,
    (At(id), Sent(change)): (At<u32>, Sent<SignalChange>),
) -> Result<Reply<SignalView>, Problem> {
    let SignalChange { role, kind, unit, range, decimals, description, quiet_in, limits, binding, bands } = change;
    let id = SignalId::new(id);
    let draft = SignalDraft { role, kind, unit, range, decimals, description, quiet_in, limits, binding, bands };
    call.node().plant().put_signal(id, draft).await?;
    Ok(Reply(view(&call, id)?))
}
