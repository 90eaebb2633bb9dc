//! Everything that is known about the plant's assets and signals, as one immutable snapshot.

use std::collections::BTreeMap;

use crate::{Asset, AssetId, AssetPath, Binding, Signal, SignalId};

/// Why assets and signals do not make a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two assets share an id or a path.
    #[error("asset {path} is there twice")]
    AssetTwice {
        /// The path.
        path: AssetPath,
    },
    /// Two signals share an id or a full name.
    #[error("signal {name} is there twice")]
    SignalTwice {
        /// The full name.
        name: String,
    },
    /// A signal belongs to an asset that is not there.
    #[error("signal {name} belongs to asset number {asset}, which does not exist")]
    NoAsset {
        /// The signal's own name.
        name: String,
        /// The missing asset.
        asset: AssetId,
    },
}

/// Assets and signals with their lookups. Cheap to read, replaced as a whole when the plant changes.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    assets: BTreeMap<AssetId, Asset>,
    signals: BTreeMap<SignalId, Signal>,
    by_path: BTreeMap<AssetPath, AssetId>,
    by_name: BTreeMap<String, SignalId>,
    by_binding: BTreeMap<Binding, SignalId>,
    by_asset: BTreeMap<AssetId, Vec<SignalId>>,
    /// Where assets stood that are no longer there: what was found of them has a name still.
    former: BTreeMap<AssetId, AssetPath>,
}

impl Catalogue {
    /// Builds the lookups.
    ///
    /// # Errors
    /// When something is there twice or a signal has no asset.
    pub fn new(assets: Vec<Asset>, signals: Vec<Signal>) -> Result<Self, CatalogueError> {
        let mut all = Self::default();
        for asset in assets {
            let path = asset.path.clone();
            let taken =
                all.by_path.insert(path.clone(), asset.id).is_some() || all.assets.insert(asset.id, asset).is_some();
            if taken {
                return Err(CatalogueError::AssetTwice { path });
            }
        }
        for signal in signals {
            all.add_signal(signal)?;
        }
        Ok(all)
    }

    /// With the places of all assets that ever were.
    #[must_use]
    pub fn with_former(mut self, all: BTreeMap<AssetId, AssetPath>) -> Self {
        self.former = all;
        self.former.retain(|id, _| !self.assets.contains_key(id));
        self
    }

    fn add_signal(&mut self, signal: Signal) -> Result<(), CatalogueError> {
        let Some(asset) = self.assets.get(&signal.asset) else {
            return Err(CatalogueError::NoAsset { name: signal.name, asset: signal.asset });
        };
        let name = format!("{}/{}", asset.path, signal.name);
        if self.by_name.insert(name.clone(), signal.id).is_some() || self.signals.contains_key(&signal.id) {
            return Err(CatalogueError::SignalTwice { name });
        }
        if let Some(binding) = &signal.binding {
            self.by_binding.insert(binding.clone(), signal.id);
        }
        self.by_asset.entry(signal.asset).or_default().push(signal.id);
        self.signals.insert(signal.id, signal);
        Ok(())
    }

    /// All assets, by id.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.assets.values()
    }

    /// All signals, by id.
    pub fn signals(&self) -> impl Iterator<Item = &Signal> {
        self.signals.values()
    }

    /// An asset.
    pub fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.assets.get(&id)
    }

    /// Where an asset stood that is no longer there.
    pub fn former(&self, id: AssetId) -> Option<&AssetPath> {
        self.former.get(&id)
    }

    /// An asset by its path.
    pub fn asset_at(&self, path: &AssetPath) -> Option<&Asset> {
        self.assets.get(self.by_path.get(path)?)
    }

    /// A signal.
    pub fn signal(&self, id: SignalId) -> Option<&Signal> {
        self.signals.get(&id)
    }

    /// A signal by its full name, `acme/north/pump-1/flow`.
    pub fn signal_named(&self, full_name: &str) -> Option<&Signal> {
        self.signals.get(self.by_name.get(full_name)?)
    }

    /// The signal bound to an address.
    pub fn signal_bound(&self, binding: &Binding) -> Option<&Signal> {
        self.signals.get(self.by_binding.get(binding)?)
    }

    /// The signals of an asset itself, not of those below it.
    pub fn signals_of(&self, asset: AssetId) -> impl Iterator<Item = &Signal> {
        self.by_asset.get(&asset).into_iter().flatten().filter_map(|id| self.signals.get(id))
    }

    /// A signal's full name: its asset's path and its own name.
    pub fn full_name(&self, id: SignalId) -> Option<String> {
        let signal = self.signals.get(&id)?;
        Some(format!("{}/{}", self.assets.get(&signal.asset)?.path, signal.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, Nameplate, Role, SignalKind, Unit};

    fn pump() -> Asset {
        Asset {
            id: AssetId::new(1),
            path: AssetPath::new("acme/pump-1").unwrap(),
            level: Level::Asset,
            name: String::new(),
            template: None,
            nameplate: Nameplate::default(),
            learning: None,
        }
    }

    fn flow(id: u32) -> Signal {
        Signal {
            id: SignalId::new(id),
            asset: AssetId::new(1),
            name: "flow".into(),
            kind: SignalKind::Gauge,
            role: Role::Flow,
            unit: Unit::new("m3/h"),
            range: None,
            decimals: None,
            states: Vec::new(),
            description: String::new(),
            limits: None,
            bands: Vec::new(),
            quiet_in: Vec::new(),
            computed: false,
            binding: Some(Binding { connection: "plc".into(), address: "ns=2;s=flow".into() }),
        }
    }

    #[test]
    fn signals_are_found_by_name_and_by_binding() {
        let all = Catalogue::new(vec![pump()], vec![flow(7)]).unwrap();
        assert_eq!(all.signal_named("acme/pump-1/flow").unwrap().id, SignalId::new(7));
        assert_eq!(all.signal_bound(flow(7).binding.as_ref().unwrap()).unwrap().id, SignalId::new(7));
        assert_eq!(all.full_name(SignalId::new(7)).unwrap(), "acme/pump-1/flow");
        assert_eq!(all.signals_of(AssetId::new(1)).count(), 1);
    }

    #[test]
    fn doubles_and_orphans_are_refused() {
        assert!(Catalogue::new(vec![pump(), pump()], vec![]).is_err());
        assert!(Catalogue::new(vec![pump()], vec![flow(7), flow(8)]).is_err());
        assert!(Catalogue::new(vec![], vec![flow(7)]).is_err());
    }
}
