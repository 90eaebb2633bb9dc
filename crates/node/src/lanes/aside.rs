//! What a lane cannot go on with: operators that cannot be made, and findings of operators that begin anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gemba_flow::{LaneSpec, Runner};
use gemba_plant::{AssetId, Finding, FindingState};
use gemba_solutions::maintenance;

use super::{Recipe, spec};
use crate::Error;
use crate::node::Core;
use crate::state::FindingFilter;

/// Said of a finding that nobody goes on with.
const NOT_KNOWN: &str = " Whether it still holds is not known: what found it has begun anew, because its saved state could not be read, \
                         another version took over or somebody let it learn anew. It is told again if it is seen again.";

/// Said of every open finding when nothing is watched.
const UNWATCHED: &str = " Whether it still holds is not known: nothing is watched here (maintenance.watch is false).";

/// Said of a finding of an asset that was taken out of the configuration.
const REMOVED: &str = " The asset was removed: nothing watches it any more.";

/// Assets that nothing watches because their operators cannot be made, and why.
#[derive(Debug, Default)]
pub(crate) struct Aside(Mutex<BTreeMap<AssetId, String>>);

impl Aside {
    /// Each with the reason.
    pub(crate) fn all(&self) -> BTreeMap<AssetId, String> {
        self.lock().clone()
    }

    /// It is watched again, or gone.
    pub(crate) fn back(&self, asset: AssetId) {
        self.lock().remove(&asset);
    }

    fn put(&self, asset: AssetId, why: String) {
        tracing::error!(%asset, why, "operators cannot be made: the asset is not watched until its configuration changes");
        self.lock().insert(asset, why);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AssetId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets the lane of an asset. Where its operators cannot be made the asset is set aside, and told of, until it is configured
/// otherwise; its neighbours go on. Whether it is watched.
pub(crate) fn set(
    core: &Core,
    recipe: &Recipe,
    config: &maintenance::Config,
    set: impl FnOnce(&LaneSpec) -> Result<(), gemba_flow::Error>,
) -> Result<bool, Error> {
    settle(&core.aside, recipe.0.id, set(&spec(recipe, config)))
}

fn settle(aside: &Aside, asset: AssetId, set: Result<(), gemba_flow::Error>) -> Result<bool, Error> {
    use gemba_flow::Error::{MakeOperator, OperatorTwice};
    let why = match set {
        Ok(()) => {
            aside.back(asset);
            return Ok(true);
        }
        Err(MakeOperator { why, .. }) => why,
        Err(twice @ OperatorTwice { .. }) => twice.to_string(),
        Err(other) => return Err(Error::part("flow", &other)),
    };
    aside.put(asset, why);
    Ok(false)
}

/// Ends the open findings that no operator goes on with: of these assets those of which it began anew or cannot be made, and
/// those of assets that are no longer there.
pub(crate) fn end_orphans(core: &Core, runner: &Runner, of: &BTreeSet<AssetId>) -> Result<(), Error> {
    let anew: BTreeSet<(AssetId, String)> = runner
        .anew()
        .map_err(|e| Error::part("flow", &e))?
        .into_iter()
        .filter(|(asset, _)| of.contains(asset))
        .collect();
    let (aside, catalogue) = (core.aside.all(), core.registry.catalogue());
    let begun: BTreeSet<AssetId> = anew.iter().map(|(asset, _)| *asset).collect();
    let touched = |asset: &AssetId| {
        let lost = aside.contains_key(asset) || begun.contains(asset);
        catalogue.asset(*asset).is_none() || (of.contains(asset) && lost)
    };
    // most often there is none: then no finding is read
    let assets: Vec<AssetId> = core.state.assets_with_open_findings()?.into_iter().filter(touched).collect();
    end(core, assets, |finding| {
        if catalogue.asset(finding.asset).is_none() {
            return Some(REMOVED);
        }
        let operator = maintenance::operator_of(&finding.model)?.to_owned();
        (aside.contains_key(&finding.asset) || anew.contains(&(finding.asset, operator))).then_some(NOT_KNOWN)
    })
}

/// Ends all open findings: no operator runs that could.
pub(crate) fn end_all(core: &Core) -> Result<(), Error> {
    let catalogue = core.registry.catalogue();
    let why = |finding: &Finding| Some(catalogue.asset(finding.asset).map_or(REMOVED, |_| UNWATCHED));
    end(core, core.state.assets_with_open_findings()?, why)
}

/// Ends those open findings of some assets for which there is a reason, and says it.
fn end(core: &Core, assets: Vec<AssetId>, why: impl Fn(&Finding) -> Option<&'static str>) -> Result<(), Error> {
    if assets.is_empty() {
        return Ok(());
    }
    let limit = usize::MAX >> 1;
    let open =
        FindingFilter { assets: Some(assets), state: Some(FindingState::Active), limit, ..FindingFilter::default() };
    let over = core.state.findings(&open)?.into_iter().filter_map(|stored| {
        let why = why(&stored.finding)?;
        let explanation = format!("{}{why}", stored.finding.explanation);
        Some(core.over(Finding { explanation, ..stored.finding }))
    });
    core.take_findings(over.collect());
    Ok(())
}

#[cfg(test)]
mod tests {
    use gemba_flow::Error::{MakeOperator, Stopped};

    use super::*;

    #[test]
    fn an_asset_whose_operators_cannot_be_made_is_set_aside_until_they_can() {
        let (aside, one, other) = (Aside::default(), AssetId::new(1), AssetId::new(2));
        let broken = || Err(MakeOperator { asset: one, why: "panicked: no room".into() });
        assert!(!settle(&aside, one, broken()).unwrap() && settle(&aside, other, Ok(())).unwrap());
        assert_eq!(aside.all(), BTreeMap::from([(one, "panicked: no room".to_owned())]));
        assert!(settle(&aside, one, Ok(())).unwrap() && aside.all().is_empty());
        assert!(settle(&aside, one, Err(Stopped)).is_err());
    }
}
