//! Which operators an asset gets.

use std::collections::BTreeMap;

use gemba_plant::port::Operator;
use gemba_plant::{Asset, Role, Signal, SignalId, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NormalBehaviour, NormalBehaviourConfig};

/// What is learned and watched for maintenance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The learned monitor of each asset.
    pub normal_behaviour: NormalBehaviourConfig,
}

/// A signal that an operator computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// Its name below the asset.
    pub name: String,
    /// What it means.
    pub role: Role,
    /// Its unit.
    pub unit: Unit,
    /// One sentence for people.
    pub description: String,
}

/// The computed signals that the operators of an asset want ids for.
pub fn computed_signals(_asset: &Asset, _signals: &[Signal]) -> Vec<Computed> {
    Vec::new()
}

/// The operators of an asset with these measured signals; `computed` gives the ids of its computed ones.
pub fn operators_for(
    asset: &Asset,
    signals: &[Signal],
    config: &Config,
    _computed: &BTreeMap<String, SignalId>,
) -> Vec<Box<dyn Operator>> {
    let monitor = NormalBehaviour::for_asset(asset, signals, &config.normal_behaviour);
    monitor.into_iter().map(|m| Box::new(m) as Box<dyn Operator>).collect()
}
