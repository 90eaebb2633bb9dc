//! What a person writes: `gemba.toml` and `plant/*.toml`, as typed. Nothing is decided here.

use std::collections::BTreeMap;

use super::modes::ModeEntry;
use gemba_act::work::WorkTerms;
use gemba_connect::ConnectionConfig;
use gemba_connect::broker;
use gemba_plant::{AssetPath, Band, Learning, Level, Limits, Nameplate, Range, Role, Signal, SignalKind};
use gemba_solutions::maintenance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Moment;

/// A unit is no longer than this: it stands beside every value.
const UNIT_BYTES_MAX: usize = 64;

/// `gemba.toml`: the node itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GembaFile {
    /// The node's name, in lists and logs. Default `gemba`.
    pub name: String,
    /// The folder for everything that is stored, relative to this file. Default `gemba-data`.
    pub data_dir: String,
    /// The folder of `*.toml` files that describe the plant, relative to this file. Default `plant`.
    pub plant_dir: String,
    /// The site.
    pub site: Site,
    /// The door for people and programs.
    pub http: Http,
    /// The embedded MQTT broker; it runs when this section is there or a connection names it. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<broker::Config>,
    /// What keeps the data.
    pub store: gemba_store::Config,
    /// How data is brought into order before it is looked at.
    pub flow: gemba_flow::FlowConfig,
    /// Seconds between checkpoints of what has been learned (1–86 400). Default 60.
    pub checkpoint_s: u64,
    /// What is learned and when it is told.
    pub maintenance: maintenance::Config,
    /// What holds for maintenance work: times, costs, accepted risk.
    pub work: WorkTerms,
    /// How alarms call for people.
    pub alarms: gemba_act::AlarmConfig,
    /// Connections to machines, by name.
    pub connections: BTreeMap<String, ConnectionConfig>,
    /// Connections whose unknown addresses become signals by themselves. Default none.
    pub register: Vec<String>,
    /// Connections that are paused: nothing is read from them until they are resumed. Default none.
    pub paused: Vec<String>,
    /// Seconds after the loss of a link at which its values turn from stale to bad (1–86 400). Default 30.
    pub bad_after_s: u64,
}

impl Default for GembaFile {
    fn default() -> Self {
        Self {
            name: "gemba".into(),
            data_dir: "gemba-data".into(),
            plant_dir: "plant".into(),
            site: Site::default(),
            http: Http::default(),
            broker: None,
            store: gemba_store::Config::default(),
            flow: gemba_flow::FlowConfig::default(),
            checkpoint_s: 60,
            maintenance: maintenance::Config::default(),
            work: WorkTerms::default(),
            alarms: gemba_act::AlarmConfig::default(),
            connections: BTreeMap::new(),
            register: Vec::new(),
            paused: Vec::new(),
            bad_after_s: 30,
        }
    }
}

/// The site that the node stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    /// What people call it. Default `Site`.
    pub name: String,
    /// IANA time zone, such as `Europe/Berlin`. Default `UTC`.
    pub time_zone: String,
    /// ISO 4217 currency, such as `EUR`. Default `EUR`.
    pub currency: String,
}

impl Default for Site {
    fn default() -> Self {
        Self { name: "Site".into(), time_zone: "UTC".into(), currency: "EUR".into() }
    }
}

/// The door for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on. Anything but the loopback needs TLS. Default `127.0.0.1:8470`.
    pub listen: String,
    /// Certificate chain (PEM). Off the loopback a self-signed one is made when none is given.
    pub tls_cert: Option<String>,
    /// Private key (PEM).
    pub tls_key: Option<String>,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8470".into(), tls_cert: None, tls_key: None }
    }
}

/// A file of the plant folder: any number of assets, and what the site says of failure modes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlantFile {
    /// The assets.
    #[serde(rename = "asset", skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetEntry>,
    /// What the site says of failure modes, instead of what the templates say.
    #[serde(rename = "failure_mode", skip_serializing_if = "Vec::is_empty")]
    pub failure_modes: Vec<ModeEntry>,
}

/// An asset as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetEntry {
    /// Where it stands: `acme/north/water/pump-1`.
    pub path: AssetPath,
    /// Its level in the hierarchy. Default `asset`.
    #[serde(default)]
    pub level: Level,
    /// What people call it. Default: the last part of the path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The machine template it follows: `pump`, `motor` … (`gemba schema templates` lists them).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What is written on the machine.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nameplate: Nameplate,
    /// What its normal behaviour is learned from. Default: the first healthy operation that is seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning: Option<LearningEntry>,
    /// Its signals.
    #[serde(default, rename = "signal", skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalEntry>,
}

/// What is normal for an asset is learned from this time on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LearningEntry {
    /// From when on; what was before is forgotten. What is stored since then is learned from at once.
    pub from: Moment,
    /// How much healthy operation in each operating state, hours, above 0 and at most 168. Default: as
    /// `maintenance.normal.learn_s` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
}

impl LearningEntry {
    /// As the asset has it.
    pub(crate) fn of(&self) -> Learning {
        Learning { from: self.from.0, hours: self.hours }
    }
}

impl From<&Learning> for LearningEntry {
    fn from(learning: &Learning) -> Self {
        Self { from: Moment(learning.from), hours: learning.hours }
    }
}

/// A signal as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalEntry {
    /// Its name below the asset: `discharge_pressure`.
    pub name: String,
    /// How it behaves. Default `gauge`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: SignalKind,
    /// What it means. Default `other`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub role: Role,
    /// Its unit as UCUM: `mm/s`, `Cel`, `kW`. Default undeclared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The instrument's range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// Decimal digits that the source resolves (0–9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// The texts behind the numbers of a state signal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<String>,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The connection that delivers it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub connection: String,
    /// The address in that protocol's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Texts of a state signal in which alarms about its asset, and what lies below it, are suppressed: `stopped`,
    /// `maintenance`. Default none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet_in: Vec<String>,
    /// Limits of one's own, instead of those of standards, and how their alarms behave. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Bands of a waveform's spectrum whose r.m.s. is followed, each with limits if wanted. Default none.
    #[serde(default, rename = "band", skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Band>,
}

/// A fault of an entry: the field, what is wrong, and what to write instead.
pub(crate) type EntryFault = (&'static str, String, String);

impl SignalEntry {
    /// What is wrong with it by itself.
    pub(crate) fn faults(&self) -> Vec<EntryFault> {
        let mut faults = Vec::new();
        if self.decimals.is_some_and(|d| d > 9) {
            faults.push(("decimals", "it has more than 9 decimals".into(), "write 0 to 9".into()));
        }
        if self.unit.len() > UNIT_BYTES_MAX {
            let cure = "write it as UCUM, such as mm/s, Cel or kW".to_owned();
            faults.push(("unit", format!("its unit is longer than {UNIT_BYTES_MAX} bytes"), cure));
        }
        if self.range.is_some_and(|r| r.low >= r.high) {
            faults.push(("range", "its range is empty".into(), "write low below high".into()));
        }
        if self.limits.is_some() && self.kind != SignalKind::Gauge {
            faults.push((
                "limits",
                "only a gauge can have limits".into(),
                "make it a gauge, or leave limits out".into(),
            ));
        }
        let limits = self.limits.iter().flat_map(Limits::faults);
        faults.extend(limits.map(|(_, what, cure)| ("limits", format!("limits: {what}"), cure.to_owned())));
        if !self.quiet_in.is_empty() && self.kind != SignalKind::State {
            let cure = "make it a state, or leave quiet_in out".to_owned();
            faults.push(("quiet_in", "only a state signal can make its asset's alarms quiet".into(), cure));
        }
        let known = |text: &&String| self.states.iter().all(|state| !state.eq_ignore_ascii_case(text));
        if let Some(text) = self.quiet_in.iter().filter(|_| !self.states.is_empty()).find(known) {
            let cure = format!("write one of: {}", self.states.join(", "));
            faults.push(("quiet_in", format!("\"{text}\" is none of its states"), cure));
        }
        faults
    }
}

impl From<&Signal> for SignalEntry {
    /// What would have to be written for this signal.
    fn from(signal: &Signal) -> Self {
        let (connection, address) = signal.binding.clone().map(|b| (b.connection, b.address)).unwrap_or_default();
        Self {
            name: signal.name.clone(),
            kind: signal.kind,
            role: signal.role,
            unit: signal.unit.ucum().to_owned(),
            range: signal.range,
            decimals: signal.decimals,
            states: signal.states.clone(),
            description: signal.description.clone(),
            connection,
            address,
            quiet_in: signal.quiet_in.clone(),
            limits: signal.limits.as_deref().cloned(),
            bands: signal.bands.clone(),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
