//! The plant as the node knows it now: written assets, discovered signals, computed signals, and the
//! numbers behind their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use gemba_plant::port::{Directory, Found};
use gemba_plant::{
    Asset, AssetId, AssetPath, Binding, Catalogue, Level, Limits, Nameplate, Signal, SignalId, SignalKind, Unit,
};
use gemba_solutions::maintenance;

use crate::Error;
use crate::config::{AssetEntry, LearningEntry, ModeEntry, PlantFile, SignalEntry};
use crate::state::State;

/// Signals that may register themselves: keeps one gone-wild publisher from filling the catalogue.
const REGISTERED_MAX: usize = 100_000;
/// Addresses whose names differ only in what a path cannot hold, such as capitals: beyond this they are not registered.
const SAME_NAME_MAX: usize = 100;
/// Texts of one state signal: beyond this it is no state but a text.
const STATE_TEXTS_MAX: usize = 1_024;

/// Names to numbers and back; the one place where the catalogue changes.
pub(crate) struct Registry {
    state: State,
    inner: RwLock<Inner>,
    changed: tokio::sync::watch::Sender<u64>,
}

struct Inner {
    /// Connections whose unknown addresses become signals.
    register: BTreeSet<String>,
    catalogue: Arc<Catalogue>,
    plant: BTreeMap<String, PlantFile>,
    discovered: BTreeMap<String, Signal>,
    /// Discovered since the catalogue was built.
    fresh: BTreeMap<Binding, SignalId>,
    /// Texts of state signals that were met and are not written, by their codes.
    texts: BTreeMap<SignalId, BTreeMap<usize, String>>,
    /// One of them was met since the catalogue was built.
    retold: bool,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("register", &self.read().register).finish_non_exhaustive()
    }
}

impl Registry {
    /// Builds the catalogue from what is written and what was met before.
    pub(crate) fn new(state: State, plant: BTreeMap<String, PlantFile>, register: &[String]) -> Result<Self, Error> {
        let discovered = state.discovered()?.into_iter().collect();
        let texts = state.state_texts()?;
        let inner = Inner {
            register: register.iter().cloned().collect(),
            catalogue: Arc::default(),
            plant,
            discovered,
            fresh: BTreeMap::new(),
            texts,
            retold: false,
        };
        let registry = Self { state, inner: RwLock::new(inner), changed: tokio::sync::watch::Sender::new(0) };
        registry.rebuild(&mut registry.write())?;
        Ok(registry)
    }

    /// The catalogue as it stands.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        {
            let inner = self.read();
            if inner.fresh.is_empty() && !inner.retold {
                return Arc::clone(&inner.catalogue);
            }
        }
        let mut inner = self.write();
        if let Err(error) = self.rebuild(&mut inner) {
            tracing::error!(%error, "rebuilding the catalogue");
        }
        Arc::clone(&inner.catalogue)
    }

    /// The plant files as they stand.
    pub(crate) fn plant(&self) -> BTreeMap<String, PlantFile> {
        self.read().plant.clone()
    }

    /// What the site wrote of failure modes.
    pub(crate) fn modes(&self) -> Vec<ModeEntry> {
        self.read().plant.values().flat_map(|file| file.failure_modes.iter().cloned()).collect()
    }

    /// Replaces the plant files; they are written by the caller.
    pub(crate) fn replace(&self, plant: BTreeMap<String, PlantFile>) -> Result<(), Error> {
        let mut inner = self.write();
        inner.plant = plant;
        self.rebuild(&mut inner)
    }

    /// From now on unknown addresses of this connection become signals, or do no more.
    pub(crate) fn set_register(&self, connection: &str, on: bool) {
        let mut inner = self.write();
        if on {
            inner.register.insert(connection.to_owned());
        } else {
            inner.register.remove(connection);
        }
    }

    /// Tells when the catalogue has changed.
    pub(crate) fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn rebuild(&self, inner: &mut Inner) -> Result<(), Error> {
        let mut entries: BTreeMap<AssetPath, AssetEntry> = BTreeMap::new();
        for asset in inner.plant.values().flat_map(|file| &file.assets) {
            entries.insert(asset.path.clone(), asset.clone());
        }
        for name in inner.discovered.keys() {
            if let Some((path, _)) = name.rsplit_once('/')
                && let Ok(path) = AssetPath::new(path)
            {
                entries.entry(path.clone()).or_insert_with(|| bare(path, Level::Asset));
            }
        }
        add_ancestors(&mut entries);
        let ids = self.asset_ids(inner, entries.keys())?;
        let assets: Vec<Asset> =
            entries.values().filter_map(|e| Some(asset_of(e, *ids.get(e.path.as_str())?))).collect();
        let signals = self.all_signals(inner, &assets, &entries)?;
        let built = Catalogue::new(assets, signals).map_err(|e| Error::Refused {
            what: e.to_string(),
            cure: "give each asset and signal its own name".into(),
        })?;
        inner.catalogue = Arc::new(built.with_former(self.state.all_assets()?));
        inner.fresh.clear();
        inner.retold = false;
        self.changed.send_modify(|n| *n += 1);
        Ok(())
    }

    fn all_signals(
        &self,
        inner: &Inner,
        assets: &[Asset],
        entries: &BTreeMap<AssetPath, AssetEntry>,
    ) -> Result<Vec<Signal>, Error> {
        let mut all = Vec::new();
        for asset in assets {
            let written = entries.get(&asset.path).map(|e| e.signals.as_slice()).unwrap_or_default();
            let mut own: Vec<Signal> = written.iter().map(|entry| signal_of(entry, asset.id)).collect();
            let prefix = format!("{}/", asset.path);
            let met = inner.discovered.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
            for (name, signal) in met {
                let short = &name[prefix.len()..];
                if !short.contains('/') && own.iter().all(|s| s.name != short) {
                    own.push(Signal { asset: asset.id, name: short.to_owned(), ..signal.clone() });
                }
            }
            let computed = maintenance::computed_signals(asset, &own);
            own.extend(computed.into_iter().map(|c| Signal {
                role: c.role,
                unit: c.unit,
                description: c.description,
                limits: c.limits.filter(Limits::any).map(Box::new),
                computed: true,
                ..Signal::gauge(SignalId::new(0), asset.id, &c.name)
            }));
            all.extend(own.into_iter().map(|signal| (format!("{prefix}{}", signal.name), signal)));
        }
        let ids = self.signal_ids(inner, all.iter().map(|(name, _)| name.as_str()))?;
        let with_id = |(name, signal): (String, Signal)| {
            let id = *ids.get(&name)?;
            let states = states_of(&signal.states, inner.texts.get(&id));
            Some(Signal { id, states, ..signal })
        };
        Ok(all.into_iter().filter_map(with_id).collect())
    }

    /// The numbers of assets: out of the catalogue so far, else out of the state.
    fn asset_ids<'a>(
        &self,
        inner: &Inner,
        paths: impl Iterator<Item = &'a AssetPath>,
    ) -> Result<BTreeMap<String, AssetId>, Error> {
        let (mut ids, mut asked) = (BTreeMap::new(), Vec::new());
        for path in paths {
            match inner.catalogue.asset_at(path) {
                Some(asset) => drop(ids.insert(path.to_string(), asset.id)),
                None => asked.push(path.as_str()),
            }
        }
        ids.extend(self.state.asset_ids(asked.into_iter())?);
        Ok(ids)
    }

    /// The numbers of signals by full name: out of the catalogue so far, out of what was met since, else out of the state.
    fn signal_ids<'a>(
        &self,
        inner: &Inner,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, SignalId>, Error> {
        let (mut ids, mut asked) = (BTreeMap::new(), Vec::new());
        for name in names {
            match inner.catalogue.signal_named(name).or_else(|| inner.discovered.get(name)) {
                Some(signal) => drop(ids.insert(name.to_owned(), signal.id)),
                None => asked.push(name),
            }
        }
        ids.extend(self.state.signal_ids(asked.into_iter())?);
        Ok(ids)
    }

    /// Makes signals of what a source has met and nobody knows; written in one go.
    fn discover(&self, met: &[&Found]) -> Result<(), Error> {
        let mut inner = self.write();
        let mut fresh: BTreeMap<String, &Found> = BTreeMap::new();
        for found in met.iter().filter(|found| !inner.fresh.contains_key(&found.binding)) {
            if inner.discovered.len() + fresh.len() >= REGISTERED_MAX {
                break;
            }
            let other = |signal: &Signal| signal.binding.as_ref() != Some(&found.binding);
            let taken = |name: &str| inner.discovered.get(name).is_some_and(other) || fresh.contains_key(name);
            if let Some(name) = free_name(found, taken) {
                fresh.insert(name, found);
            }
        }
        let ids = self.state.signal_ids(fresh.keys().map(String::as_str))?;
        let made: Vec<(String, Signal)> = fresh
            .into_iter()
            .filter_map(|(name, found)| {
                let signal = Signal {
                    id: *ids.get(&name)?,
                    kind: found.kind,
                    unit: found.unit.clone(),
                    description: found.description.clone(),
                    binding: Some(found.binding.clone()),
                    ..Signal::gauge(SignalId::new(0), AssetId::new(0), name.rsplit('/').next().unwrap_or(&name))
                };
                Some((name, signal))
            })
            .collect();
        if made.is_empty() {
            return Ok(());
        }
        self.state.put_discovered(&made)?;
        for (name, signal) in made {
            inner.fresh.extend(signal.binding.clone().map(|binding| (binding, signal.id)));
            inner.discovered.insert(name, signal);
        }
        self.changed.send_modify(|n| *n += 1);
        Ok(())
    }

    /// The signal that is bound there already.
    fn known(inner: &Inner, binding: &Binding) -> Option<SignalId> {
        inner.catalogue.signal_bound(binding).map(|s| s.id).or_else(|| inner.fresh.get(binding).copied())
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Directory for Registry {
    fn signal(&self, found: &Found) -> Option<SignalId> {
        self.signals(std::slice::from_ref(found)).pop().flatten()
    }

    fn signals(&self, found: &[Found]) -> Vec<Option<SignalId>> {
        let look_up = || -> Vec<Option<SignalId>> {
            let inner = self.read();
            found.iter().map(|one| Self::known(&inner, &one.binding)).collect()
        };
        let known = look_up();
        let registers = |one: &Found| self.registers(&one.binding.connection);
        let unknown = found.iter().zip(&known).filter(|(one, known)| known.is_none() && registers(one));
        let unknown: Vec<&Found> = unknown.map(|(one, _)| one).collect();
        if unknown.is_empty() {
            return known;
        }
        if let Err(error) = self.discover(&unknown) {
            tracing::error!(%error, "noting discovered signals");
        }
        look_up()
    }

    fn registers(&self, connection: &str) -> bool {
        self.read().register.contains(connection)
    }

    fn state_code(&self, signal: SignalId, text: &str) -> Option<f64> {
        let declared = |inner: &Inner| {
            let found = inner.catalogue.signal(signal).filter(|s| s.kind == SignalKind::State)?;
            Some(states_of(&found.states, inner.texts.get(&signal)))
        };
        let position = |states: &[String]| states.iter().position(|known| known == text);
        if let Some(code) = position(&declared(&self.read())?) {
            return Some(code as f64);
        }
        let mut inner = self.write();
        let states = declared(&inner)?;
        if let Some(code) = position(&states) {
            return Some(code as f64);
        }
        // texts met at run time count on behind the written ones
        let code = states.len();
        if code >= STATE_TEXTS_MAX {
            return None;
        }
        if let Err(error) = self.state.put_state_text(signal, code, text) {
            tracing::error!(%error, %signal, text, "a text of a state signal could not be noted; the value is left out");
            return None;
        }
        inner.texts.entry(signal).or_default().insert(code, text.to_owned());
        inner.retold = true;
        self.changed.send_modify(|n| *n += 1);
        Some(code as f64)
    }
}

/// The texts of a state signal by their codes: those that are written, then those that were met.
fn states_of(written: &[String], met: Option<&BTreeMap<usize, String>>) -> Vec<String> {
    let mut states = written.to_vec();
    for (code, text) in met.into_iter().flat_map(|met| met.range(written.len()..)) {
        states.resize(*code, String::new());
        states.push(text.clone());
    }
    states
}

/// A full name for something that was met: its proposed path; when another address has that already, a number behind it.
fn free_name(found: &Found, taken: impl Fn(&str) -> bool) -> Option<String> {
    let wanted = if found.path.contains('/') {
        found.path.clone()
    } else {
        format!("{}/{}", found.binding.connection, found.binding.address)
    };
    let path = AssetPath::slug(&wanted)?;
    let numbered = (2..=SAME_NAME_MAX).filter_map(|n| AssetPath::slug(&format!("{path}-{n}")));
    std::iter::once(path.clone()).chain(numbered).map(|path| path.to_string()).find(|name| !taken(name))
}

fn bare(path: AssetPath, level: Level) -> AssetEntry {
    AssetEntry {
        path,
        level,
        name: String::new(),
        template: None,
        nameplate: Nameplate::default(),
        learning: None,
        signals: Vec::new(),
    }
}

/// Every step of the tree exists, down from the enterprise, whether somebody wrote it or not.
fn add_ancestors(entries: &mut BTreeMap<AssetPath, AssetEntry>) {
    const LEVELS: [Level; 5] = [Level::Enterprise, Level::Site, Level::Area, Level::Line, Level::Cell];
    let mut missing = BTreeSet::new();
    for path in entries.keys() {
        let mut up = path.parent();
        while let Some(path) = up {
            up = path.parent();
            missing.insert(path);
        }
    }
    for path in missing {
        let depth = path.as_str().matches('/').count();
        let level = LEVELS.get(depth).cloned().unwrap_or(Level::Asset);
        entries.entry(path.clone()).or_insert_with(|| bare(path, level));
    }
}

fn asset_of(entry: &AssetEntry, id: AssetId) -> Asset {
    Asset {
        id,
        path: entry.path.clone(),
        level: entry.level.clone(),
        name: entry.name.clone(),
        template: entry.template.clone(),
        nameplate: entry.nameplate.clone(),
        learning: entry.learning.as_ref().map(LearningEntry::of),
    }
}

fn signal_of(entry: &SignalEntry, asset: AssetId) -> Signal {
    let bound = !entry.connection.is_empty();
    Signal {
        kind: entry.kind,
        role: entry.role,
        unit: Unit::new(entry.unit.clone()),
        range: entry.range,
        decimals: entry.decimals,
        states: entry.states.clone(),
        description: entry.description.clone(),
        limits: entry.limits.clone().filter(Limits::any).map(Box::new),
        bands: entry.bands.clone(),
        quiet_in: entry.quiet_in.clone(),
        binding: bound.then(|| Binding { connection: entry.connection.clone(), address: entry.address.clone() }),
        ..Signal::gauge(SignalId::new(0), asset, &entry.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_met_keeps_its_code_behind_the_written_ones_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.sqlite")).unwrap();
        let written = |states: &str| -> BTreeMap<String, PlantFile> {
            let text = format!(
                "[[asset]]\npath = \"acme/press\"\n[[asset.signal]]\nname = \"state\"\nkind = \"state\"\nstates = {states}\n\
                 connection = \"plc\"\naddress = \"s\"\n"
            );
            BTreeMap::from([("press.toml".to_owned(), toml_edit::de::from_str(&text).unwrap())])
        };
        let start = |states: &str| Registry::new(state.clone(), written(states), &[]).unwrap();
        let codes = |registry: &Registry, texts: [&str; 3]| {
            let catalogue = registry.catalogue();
            let id = catalogue.signal_named("acme/press/state").unwrap().id;
            texts.map(|text| registry.state_code(id, text))
        };
        let two = r#"["stopped", "running"]"#;
        assert_eq!(codes(&start(two), ["running", "fault", "stopped"]), [Some(1.0), Some(2.0), Some(0.0)]);
        let again = start(two);
        assert_eq!(codes(&again, ["fault", "blocked", "running"]), [Some(2.0), Some(3.0), Some(1.0)]);
        let signal =
            |registry: &Registry| registry.catalogue().signal_named("acme/press/state").unwrap().states.clone();
        assert_eq!(signal(&again), ["stopped", "running", "fault", "blocked"]);
        assert_eq!(signal(&start(two)), ["stopped", "running", "fault", "blocked"]);
        // what is written later takes its code; what was met there comes behind
        assert_eq!(codes(&start(r#"["a", "b", "c"]"#), ["c", "blocked", "fault"]), [Some(2.0), Some(3.0), Some(4.0)]);
    }
}
