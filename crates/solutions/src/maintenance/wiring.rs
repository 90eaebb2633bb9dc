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
pub fn computed_signals(asset: &Asset, signals: &[Signal]) -> Vec<Computed> {
    let config = NormalBehaviourConfig::default();
    if NormalBehaviour::for_asset(asset, signals, &config, &BTreeMap::new()).is_none() {
        return Vec::new();
    }
    let one = |name: &str, description: &str| Computed {
        name: name.to_owned(),
        role: Role::Other,
        unit: Unit::new("1"),
        description: description.to_owned(),
    };
    vec![
        one("monitor/score", "Score of the learned monitor as a share of its limit; a condition begins above 1."),
        one("monitor/progress", "How much of the learning is done, 0 to 1."),
    ]
}

/// The operators of an asset with these measured signals; `computed` gives the ids of its computed ones.
pub fn operators_for(
    asset: &Asset,
    signals: &[Signal],
    config: &Config,
    computed: &BTreeMap<String, SignalId>,
) -> Vec<Box<dyn Operator>> {
    let monitor = NormalBehaviour::for_asset(asset, signals, &config.normal_behaviour, computed);
    monitor.into_iter().map(|m| Box::new(m) as Box<dyn Operator>).collect()
}
