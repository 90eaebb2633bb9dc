//! Changes of the plant by people: pages and commands edit the same files that a person would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use gemba_connect::opcua::Wave;
use gemba_connect::{ConnectionConfig, Directory as _};
use gemba_plant::{
    AssetId, AssetPath, Band, Binding, Level, Limits, Nameplate, Range, Role, Signal, SignalId, SignalKind,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::config::{AssetEntry, LearningEntry, Plan, PlantFile, SignalEntry, refuse_faults, save};
use crate::connect::Connections;
use crate::lanes::past;
use crate::node::Core;

/// New assets made in pages go into this file of the plant folder.
const PAGES_FILE: &str = "assets.toml";

/// An asset as pages send it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetDraft {
    /// Where it stands.
    pub path: AssetPath,
    /// Its level.
    #[serde(default)]
    pub level: Level,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Its template.
    #[serde(default)]
    pub template: Option<String>,
    /// Rated values.
    #[serde(default)]
    pub nameplate: Nameplate,
}

/// A signal as pages change it; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignalDraft {
    /// What it means.
    pub role: Option<Role>,
    /// How it behaves.
    pub kind: Option<SignalKind>,
    /// Its unit (UCUM).
    pub unit: Option<String>,
    /// The instrument's range.
    pub range: Option<Range>,
    /// Decimal digits that the source resolves.
    pub decimals: Option<u8>,
    /// One sentence for people.
    pub description: Option<String>,
    /// Texts of a state signal in which alarms of its asset are suppressed.
    pub quiet_in: Option<Vec<String>>,
    /// Limits of one's own; with none of the four set they are taken away.
    pub limits: Option<Limits>,
    /// Where its values come from; with both empty from nowhere any more.
    pub binding: Option<Binding>,
    /// All bands of a waveform's spectrum that are followed; none given takes them away.
    pub bands: Option<Vec<Band>>,
}

/// A ticked address that is to become a signal.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportSignal {
    /// The address in the connection's protocol.
    pub address: String,
    /// The asset it belongs to; made when it is not there.
    pub asset_path: AssetPath,
    /// Its name below the asset.
    pub name: String,
    /// Its unit (UCUM).
    #[serde(default)]
    pub unit: String,
    /// The instrument's range.
    #[serde(default)]
    pub range: Option<Range>,
    /// What it means.
    #[serde(default)]
    pub role: Role,
    /// How it behaves.
    #[serde(default)]
    pub kind: SignalKind,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// Samples per second of a waveform, > 0, where the door does not tell (OPC UA).
    #[serde(default)]
    pub rate_hz: Option<f64>,
}

/// Edits of the plant.
#[derive(Clone, Debug)]
pub struct Plant(pub(crate) Arc<Core>);

impl Plant {
    /// Adds an asset, or changes the one at the same path.
    ///
    /// # Errors
    /// When something in it cannot be, or the files cannot be written.
    pub async fn put_asset(&self, draft: AssetDraft) -> Result<AssetId, Error> {
        let path = draft.path.clone();
        self.edit(move |files| {
            let entry = entry_at(files, &draft.path);
            entry.level = draft.level;
            entry.name = draft.name;
            entry.template = draft.template;
            entry.nameplate = draft.nameplate;
            Ok(())
        })
        .await?;
        let catalogue = self.0.registry.catalogue();
        catalogue.asset_at(&path).map(|a| a.id).ok_or(Error::NotFound { what: "asset", name: path.to_string() })
    }

    /// Lets an asset learn what is normal from another time, or from the first that is seen. What was learned of it watches
    /// until what is stored since then has been read.
    ///
    /// # Errors
    /// When the asset is not there, or something in it cannot be.
    pub async fn learn(&self, id: AssetId, learning: Option<LearningEntry>) -> Result<(), Error> {
        let path = self.asset_path(id)?;
        let now = self.0.clock.now();
        if learning.is_some_and(|learning| learning.from.0 > now) {
            return Err(Error::Refused {
                what: format!("{path} cannot learn from a time that is still to come"),
                cure: "give a time that is over, or leave it out to begin now".into(),
            });
        }
        let catalogue = self.0.registry.catalogue();
        let newest = past::newest(&self.0, catalogue.signals_of(id).map(|signal| signal.id));
        if learning.is_some_and(|learning| learning.from.0 < newest.minus(past::LEARN_BACK)) {
            return Err(Error::Refused {
                what: format!(
                    "{path} cannot learn from a time more than 31 days before the newest that is stored of it"
                ),
                cure: "give a later time".into(),
            });
        }
        self.edit(move |files| {
            entry_at(files, &path).learning = learning;
            Ok(())
        })
        .await
    }

    /// Removes an asset from the plant, with its signals. What is stored stays.
    ///
    /// # Errors
    /// When it is not there or has assets below it.
    pub async fn remove_asset(&self, id: AssetId) -> Result<(), Error> {
        let path = self.asset_path(id)?;
        self.edit(move |files| {
            let below = files.values().flat_map(|f| &f.assets).any(|a| a.path != path && a.path.within(&path));
            if below {
                return Err(Error::Refused {
                    what: format!("{path} has assets below it"),
                    cure: "remove those first".into(),
                });
            }
            let before = files.values().map(|f| f.assets.len()).sum::<usize>();
            for file in files.values_mut() {
                file.assets.retain(|a| a.path != path);
            }
            let after = files.values().map(|f| f.assets.len()).sum::<usize>();
            if after == before {
                Err(Error::NotFound { what: "written asset", name: path.to_string() })
            } else {
                Ok(())
            }
        })
        .await
    }

    /// Changes a signal. A signal that registered itself is written to the plant files with it.
    ///
    /// # Errors
    /// When it is not there or is computed, or something in it cannot be.
    pub async fn put_signal(&self, id: SignalId, draft: SignalDraft) -> Result<(), Error> {
        let catalogue = self.0.registry.catalogue();
        let missing = || Error::NotFound { what: "signal", name: id.to_string() };
        let signal = catalogue.signal(id).ok_or_else(missing)?.clone();
        let path = self.asset_path(signal.asset)?;
        let came_from = |signal: &Signal| signal.binding.clone().map(|b| b.connection);
        let moved = draft.binding.as_ref().filter(|to| Some(&to.connection) != came_from(&signal).as_ref()).cloned();
        let before = draft.binding.is_some().then(|| came_from(&signal)).flatten();
        self.edit(move |files| {
            let entry = written(entry_at(files, &path), &signal)?;
            *entry = apply(entry.clone(), draft);
            Ok(())
        })
        .await?;
        for connection in before.into_iter().chain(moved.map(|to| to.connection)) {
            self.0.reread_connection(&connection).await?;
        }
        Ok(())
    }

    /// Removes a signal from the plant. What is stored stays.
    ///
    /// # Errors
    /// When it is not there, is computed, or would register itself anew.
    pub async fn remove_signal(&self, id: SignalId) -> Result<(), Error> {
        let catalogue = self.0.registry.catalogue();
        let missing = || Error::NotFound { what: "signal", name: id.to_string() };
        let signal = catalogue.signal(id).ok_or_else(missing)?.clone();
        let connection = signal.binding.as_ref().map(|b| b.connection.clone());
        if let Some(name) = connection.as_ref().filter(|name| self.0.registry.registers(name)) {
            return Err(Error::Refused {
                what: format!("connection {name} makes a signal of everything that it sends, of this again too"),
                cure: "let it not take what comes any more: on its page, or in `register` of gemba.toml".into(),
            });
        }
        let path = self.asset_path(signal.asset)?;
        self.edit(move |files| {
            written(entry_at(files, &path), &signal)?;
            entry_at(files, &path).signals.retain(|s| s.name != signal.name);
            Ok(())
        })
        .await?;
        match connection {
            Some(connection) => self.0.restart_connection(&connection).await,
            None => Ok(()),
        }
    }

    /// Lets go of a connection that is gone: its signals and their past stay, without new values.
    pub(crate) async fn unbind(&self, connection: &str) -> Result<(), Error> {
        let connection = connection.to_owned();
        self.edit(move |files| {
            let signals = files.values_mut().flat_map(|file| &mut file.assets).flat_map(|asset| &mut asset.signals);
            for signal in signals.filter(|signal| signal.connection == connection) {
                signal.connection.clear();
                signal.address.clear();
            }
            Ok(())
        })
        .await
    }

    /// Makes signals of ticked addresses; those whose address is bound already are left as they are.
    ///
    /// # Errors
    /// When the connection is not there or the files cannot be written.
    pub async fn import(&self, connection: &str, wanted: Vec<ImportSignal>) -> Result<usize, Error> {
        if self.0.board.config(connection).is_none() {
            return Err(Error::NotFound { what: "connection", name: connection.to_owned() });
        }
        let name = connection.to_owned();
        let waves = waves(&wanted);
        let opcua = self.0.board.config(connection).filter(|_| !waves.is_empty());
        if let Some(ConnectionConfig::Opcua(mut config)) = opcua {
            config.waveforms.retain(|known| waves.iter().all(|wave| wave.address != known.address));
            config.waveforms.extend(waves);
            // first, so that a rate that cannot be leaves no signals behind
            Connections(Arc::clone(&self.0)).put(connection, ConnectionConfig::Opcua(config)).await?;
        }
        let created = self.edit(move |files| Ok(add_signals(files, &name, wanted))).await?;
        if created > 0 {
            self.0.reread_connection(connection).await?;
        }
        Ok(created)
    }

    fn asset_path(&self, id: AssetId) -> Result<AssetPath, Error> {
        let catalogue = self.0.registry.catalogue();
        catalogue.asset(id).map(|a| a.path.clone()).ok_or(Error::NotFound { what: "asset", name: id.to_string() })
    }

    /// Changes the files in memory, writes those that differ, and swaps the catalogue. One edit at a time. What the next start
    /// would refuse is refused here, and nothing is written.
    pub(crate) async fn edit<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, PlantFile>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let core = Arc::clone(&self.0);
        let _turn = self.0.editing.lock().await;
        let work = move || {
            let before = core.registry.plant();
            let mut after = before.clone();
            let told = change(&mut after)?;
            refuse_faults(&after, &core.file())?;
            write(&core.plan.plant_dir, &before, &after)?;
            core.registry.replace(after)?;
            Ok(told)
        };
        crate::node::blocking(work).await
    }
}

impl Plan {
    /// Makes signals of addresses as [`Plant::import`] does, in the files of a Gemba that does not run.
    ///
    /// # Errors
    /// When the connection is not configured or the files cannot be written.
    pub fn import(&self, connection: &str, wanted: Vec<ImportSignal>) -> Result<usize, Error> {
        if !self.file.connections.contains_key(connection) {
            return Err(Error::NotFound { what: "connection", name: connection.to_owned() });
        }
        let mut after = self.plant.clone();
        let created = add_signals(&mut after, connection, wanted);
        refuse_faults(&after, &self.file)?;
        write(&self.plant_dir, &self.plant, &after)?;
        Ok(created)
    }
}

/// Writes the files that differ, each changed in place.
fn write(dir: &Path, before: &BTreeMap<String, PlantFile>, after: &BTreeMap<String, PlantFile>) -> Result<(), Error> {
    let changed = after.iter().filter(|(name, file)| before.get(*name) != Some(*file));
    changed.into_iter().try_for_each(|(name, file)| save(&dir.join(name), before.get(name), file))
}

/// What an OPC UA connection has to know of ticked waveforms.
fn waves(wanted: &[ImportSignal]) -> Vec<Wave> {
    let waves = wanted.iter().filter(|signal| signal.kind == SignalKind::Waveform && signal.rate_hz.is_some());
    waves.map(|signal| Wave { address: signal.address.clone(), rate_hz: signal.rate_hz, rate_address: None }).collect()
}

/// Makes signals of addresses that are not bound yet; how many.
fn add_signals(files: &mut BTreeMap<String, PlantFile>, connection: &str, wanted: Vec<ImportSignal>) -> usize {
    let signals = files.values().flat_map(|f| &f.assets).flat_map(|a| &a.signals);
    let mut bound: BTreeSet<String> =
        signals.filter(|s| s.connection == connection).map(|s| s.address.clone()).collect();
    let mut created = 0;
    for signal in wanted {
        if !bound.insert(signal.address.clone()) {
            continue;
        }
        let asset = entry_at(files, &signal.asset_path);
        let name = free_name(asset, &signal.name);
        asset.signals.push(SignalEntry {
            name,
            kind: signal.kind,
            role: signal.role,
            unit: signal.unit,
            range: signal.range,
            decimals: None,
            states: Vec::new(),
            description: signal.description,
            connection: connection.to_owned(),
            address: signal.address,
            quiet_in: Vec::new(),
            limits: None,
            bands: Vec::new(),
        });
        created += 1;
    }
    created
}

/// The written entry of an asset; a new one in the pages' file when it was never written.
#[allow(clippy::indexing_slicing, reason = "the index was found or pushed in the line before")]
fn entry_at<'a>(files: &'a mut BTreeMap<String, PlantFile>, path: &AssetPath) -> &'a mut AssetEntry {
    let home = files.iter().find(|(_, file)| file.assets.iter().any(|a| a.path == *path)).map(|(name, _)| name.clone());
    let file = files.entry(home.unwrap_or_else(|| PAGES_FILE.to_owned())).or_default();
    let index = file.assets.iter().position(|a| a.path == *path).unwrap_or_else(|| {
        file.assets.push(AssetEntry {
            path: path.clone(),
            level: Level::Asset,
            name: String::new(),
            template: None,
            nameplate: Nameplate::default(),
            learning: None,
            signals: Vec::new(),
        });
        file.assets.len() - 1
    });
    &mut file.assets[index]
}

/// The written entry of a signal; one that registered itself is written first.
fn written<'a>(asset: &'a mut AssetEntry, signal: &Signal) -> Result<&'a mut SignalEntry, Error> {
    if asset.signals.iter().all(|s| s.name != signal.name) {
        if signal.binding.is_none() {
            return Err(Error::Refused {
                what: format!("signal {} is computed", signal.name),
                cure: "change the signals it is computed from".into(),
            });
        }
        asset.signals.push(SignalEntry::from(signal));
    }
    let found = asset.signals.iter_mut().find(|s| s.name == signal.name);
    found.ok_or_else(|| Error::NotFound { what: "signal", name: signal.name.clone() })
}

fn free_name(asset: &AssetEntry, wanted: &str) -> String {
    let slug = AssetPath::slug(&wanted.replace('/', "_")).map_or_else(|| "signal".to_owned(), String::from);
    let taken = |name: &str| asset.signals.iter().any(|s| s.name == name);
    let numbered = (2_u32..).map(|n| format!("{slug}_{n}"));
    std::iter::once(slug.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(slug)
}

fn apply(entry: SignalEntry, draft: SignalDraft) -> SignalEntry {
    let Binding { connection, address } =
        draft.binding.unwrap_or(Binding { connection: entry.connection.clone(), address: entry.address.clone() });
    SignalEntry {
        connection,
        address,
        role: draft.role.unwrap_or(entry.role),
        kind: draft.kind.unwrap_or(entry.kind),
        unit: draft.unit.unwrap_or(entry.unit),
        range: draft.range.or(entry.range),
        decimals: draft.decimals.or(entry.decimals),
        description: draft.description.unwrap_or(entry.description),
        quiet_in: draft.quiet_in.unwrap_or(entry.quiet_in),
        limits: draft.limits.or(entry.limits).filter(Limits::any),
        bands: draft.bands.unwrap_or(entry.bands),
        ..entry
    }
}
