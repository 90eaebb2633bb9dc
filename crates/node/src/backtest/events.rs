//! What is known to have happened: labels, failures, work that was done, and what came with the request.

use std::collections::BTreeSet;

use gemba_act::backtest::Event;
use gemba_act::{LabelKind, LabelSource};
use gemba_plant::{Asset, AssetId, Catalogue, TimeRange};

use super::report::{EventOrigin, KnownEvent};
use super::request::{BacktestRequest, KnownFault, covered};
use crate::Error;
use crate::node::Core;
use crate::state::LabelFilter;

/// What is known of these assets, in order of time.
pub(super) fn known(
    core: &Core,
    request: &BacktestRequest,
    assets: &BTreeSet<AssetId>,
) -> Result<Vec<KnownEvent>, Error> {
    let catalogue = core.registry.catalogue();
    let mut all = given(&catalogue, request)?;
    if request.labels {
        all.extend(stored(core, &catalogue, request.range())?);
    }
    all.retain(|event| !of(&catalogue, event).assets.is_disjoint(assets));
    all.sort_by_key(|event| (event.t_start.0, event.t_end.0, event.asset));
    Ok(all)
}

/// A fault of an asset that nothing more is known of.
fn event(asset: &Asset, range: TimeRange, (origin, number): (EventOrigin, Option<u64>)) -> KnownEvent {
    KnownEvent {
        asset: asset.id,
        asset_path: asset.path.to_string(),
        asset_name: asset.title().to_owned(),
        t_start: range.from.into(),
        t_end: range.to.max(range.from).into(),
        label: LabelKind::Fault,
        failure_mode: None,
        component: None,
        source: LabelSource::Human,
        origin,
        number,
        note: String::new(),
    }
}

/// What came with the request.
fn given(catalogue: &Catalogue, request: &BacktestRequest) -> Result<Vec<KnownEvent>, Error> {
    let one = |given: &KnownFault| {
        let missing = || Error::NotFound { what: "asset", name: given.asset.to_string() };
        let asset = catalogue.asset_at(&given.asset).ok_or_else(missing)?;
        let range = TimeRange::new(given.t_start.0, given.t_end.unwrap_or(given.t_start).0);
        Ok(KnownEvent {
            label: given.label,
            failure_mode: given.failure_mode.clone(),
            component: given.component.clone(),
            source: LabelSource::Import,
            note: given.note.clone(),
            ..event(asset, range, (EventOrigin::Request, None))
        })
    };
    request.events.iter().map(one).collect()
}

/// Labels, failures, and the times at which work orders were done, as far as they touch the range.
fn stored(core: &Core, catalogue: &Catalogue, range: TimeRange) -> Result<Vec<KnownEvent>, Error> {
    let labels = core.state.labels(&LabelFilter { range, ..LabelFilter::default() })?;
    let labels = labels.into_iter().filter_map(|stored| {
        let asset = catalogue.asset(stored.label.asset)?;
        Some(KnownEvent {
            label: stored.label.label,
            failure_mode: stored.label.failure_mode,
            component: stored.label.component,
            source: stored.label.source,
            note: stored.label.note,
            ..event(asset, stored.label.range, (EventOrigin::Label, Some(stored.id)))
        })
    });
    let failures = core.state.failures(range.from)?.into_iter().filter(|failure| failure.at < range.to);
    let failures = failures.filter_map(|failure| {
        let asset = catalogue.asset(failure.asset)?;
        let down = TimeRange::new(failure.at, failure.repaired.unwrap_or(failure.at));
        Some(KnownEvent {
            failure_mode: (!failure.failure_mode.is_empty()).then_some(failure.failure_mode),
            note: failure.note,
            ..event(asset, down, (EventOrigin::Failure, Some(failure.id)))
        })
    });
    let orders = core.state.work_orders(true, None)?.into_iter().filter_map(|order| {
        let (asset, done) = (catalogue.asset(order.asset)?, order.done?);
        let worked = KnownEvent {
            label: LabelKind::Maintenance,
            failure_mode: order.failure_mode,
            note: order.title,
            ..event(asset, done.worked, (EventOrigin::WorkOrder, Some(order.id)))
        };
        done.worked.overlaps(&range).then_some(worked)
    });
    Ok(labels.chain(failures).chain(orders).collect())
}

/// As the scoring wants it.
pub(super) fn of(catalogue: &Catalogue, known: &KnownEvent) -> Event {
    let below = catalogue.asset(known.asset).map(|a| covered(catalogue, &a.path).map(|a| a.id).collect());
    Event {
        assets: below.unwrap_or_else(|| BTreeSet::from([known.asset])),
        range: TimeRange::new(known.t_start.0, known.t_end.0),
        kind: known.label,
        failure_mode: known.failure_mode.clone(),
    }
}
