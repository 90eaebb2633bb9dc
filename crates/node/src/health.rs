//! How well a machine is, in one number with its reasons: what was found, what watches, what nothing watches.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use gemba_act::work::Repair;
use gemba_plant::{Asset, AssetId, Effect, FindingKind, FindingState, Role, Signal, SignalId, SignalKind, Support};
use gemba_solutions::maintenance;
use gemba_solutions::maintenance::limits::iso10816::{self, Group, Zone};
use schemars::JsonSchema;
use serde::Serialize;

use crate::fmea::{self, Mode, Ranking};
use crate::node::Core;
use crate::state::{FindingFilter, StoredFinding};
use crate::status::{MonitorState, MonitorWord};
use crate::{Error, Node};

/// Findings of an asset that are looked at.
const FINDINGS_MAX: usize = 1_000;

/// How the number is made, for people.
const FORMULA: &str = "100 · (1 − worst): worst is the largest severity times sureness of the open findings about the machine. \
                       What only differs from what was learned takes 50 at most, 80 where it fits a failure mode. Faults of \
                       sensors and of data do not count: they are not the machine's.";

/// How well a machine is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MachineHealth {
    /// 0 to 100; none while nothing could have shown a fault: no learned monitor, no graded vibration, no finding.
    pub health: Option<f64>,
    /// How it is made, in words.
    pub formula: &'static str,
    /// What each open finding about the machine takes, the most first: the first counts.
    pub taken: Vec<Taken>,
    /// The learned monitor.
    pub monitor: MonitorWord,
    /// How much of the learning is done, 0–1.
    pub progress: f64,
    /// The signal that holds the monitor's score over its limit.
    pub score: Option<SignalId>,
    /// The ways in which machines of this kind fail: what was found first, then what matters most.
    pub modes: Vec<ModeView>,
    /// How the numbers of the failure modes are made, in words.
    pub ranking_formula: &'static str,
    /// Vibration against ISO 10816-3, a signal each.
    pub vibration: Vec<VibrationView>,
    /// Why vibration is not graded; empty when it is, or when there is none.
    pub ungraded: String,
    /// Open findings about sensors and data.
    pub sensors: Vec<u64>,
}

/// What a finding takes off the health.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Taken {
    /// The finding.
    pub finding: u64,
    /// Its title.
    pub title: String,
    /// How many points it takes.
    pub points: f64,
}

/// Whether a failure mode shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeState {
    /// An open finding names it.
    Found,
    /// Nothing names it, and at least one of its symptoms is measured.
    Watched,
    /// None of its symptoms is measured: it would not be seen.
    Blind,
}

/// A way in which the machine may fail, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ModeView {
    /// Its stable id, as findings carry it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it does to the machine (ISO 14224); none for a mode that is not of the template.
    pub effect: Option<Effect>,
    /// Whether it shows.
    pub state: ModeState,
    /// How sure the surest finding is that names it.
    pub probability: Option<f64>,
    /// Open findings that name it.
    pub findings: Vec<u64>,
    /// Roles of its symptoms that are measured.
    pub measured: Vec<Role>,
    /// Roles of its symptoms that are not measured.
    pub missing: Vec<Role>,
    /// What to do, most useful first.
    pub prescription: Vec<String>,
    /// How much it matters here; none when nobody has ranked it.
    pub ranking: Option<Ranking>,
    /// What mending it takes.
    pub repair: Repair,
}

/// Vibration of a signal against the zones of the standard.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VibrationView {
    /// The signal, mm/s r.m.s.
    pub signal: SignalId,
    /// Its name below the asset.
    pub name: String,
    /// Its newest value, mm/s r.m.s.
    pub measured: f64,
    /// The zone it lies in.
    pub zone: Zone,
    /// Boundaries A/B, B/C and C/D, mm/s.
    pub boundaries: [f64; 3],
    /// Edition, group and support.
    pub source: String,
}

impl Node {
    /// How well a machine is. Blocks for the state.
    ///
    /// # Errors
    /// When there is no such asset or the state cannot be read.
    pub fn health(&self, asset: AssetId) -> Result<MachineHealth, Error> {
        let core = self.core();
        let catalogue = core.registry.catalogue();
        let found = catalogue.asset(asset);
        let asset = found.ok_or_else(|| Error::NotFound { what: "asset", name: asset.to_string() })?;
        let signals: Vec<&Signal> = catalogue.signals_of(asset.id).collect();
        let filter = FindingFilter {
            assets: Some(vec![asset.id]),
            state: Some(FindingState::Active),
            limit: FINDINGS_MAX,
            ..FindingFilter::default()
        };
        let findings = core.state.findings(&filter)?;
        let monitor = core.asset_states()?.remove(&asset.id).unwrap_or_default().monitor;
        Ok(health(core, asset, &signals, &findings, &monitor))
    }
}

fn health(
    core: &Core,
    asset: &Asset,
    signals: &[&Signal],
    findings: &[StoredFinding],
    monitor: &MonitorState,
) -> MachineHealth {
    let (of_machine, of_data): (Vec<&StoredFinding>, Vec<&StoredFinding>) =
        findings.iter().partition(|f| !matches!(f.finding.kind, FindingKind::SensorFault | FindingKind::DataQuality));
    let (vibration, ungraded) = vibration(core, asset, signals);
    let watched = monitor.state == MonitorWord::Watching || !vibration.is_empty();
    let mut taken: Vec<Taken> = of_machine.iter().map(|f| taken(f)).collect();
    taken.sort_by(|a, b| b.points.total_cmp(&a.points));
    MachineHealth {
        health: maintenance::health(findings.iter().map(|f| &f.finding), watched),
        formula: FORMULA,
        taken,
        monitor: monitor.state,
        progress: monitor.progress,
        score: maintenance::monitor::computed(signals.iter().copied(), maintenance::monitor::SCORE).map(|s| s.id),
        modes: modes(fmea::modes(asset, &core.registry.modes()), signals, &of_machine),
        ranking_formula: fmea::FORMULA,
        vibration,
        ungraded,
        sensors: of_data.iter().map(|f| f.id).collect(),
    }
}

fn taken(stored: &StoredFinding) -> Taken {
    let points = 100.0 * maintenance::taken(&stored.finding).unwrap_or(0.0);
    Taken { finding: stored.id, title: stored.finding.title.clone(), points }
}

/// Failure modes of the machine, and others that findings name; what was found first, then what matters most.
fn modes(known: Vec<Mode>, signals: &[&Signal], findings: &[&StoredFinding]) -> Vec<ModeView> {
    let roles: BTreeSet<Role> = signals.iter().map(|s| s.role).collect();
    let mut modes: Vec<ModeView> = known.into_iter().map(|mode| view(mode, &roles)).collect();
    for stored in findings {
        let Some(id) = &stored.finding.failure_mode else { continue };
        let at = modes.iter().position(|m| m.id == *id).unwrap_or_else(|| {
            modes.push(foreign(id, stored));
            modes.len() - 1
        });
        let Some(mode) = modes.get_mut(at) else { continue };
        mode.findings.push(stored.id);
        mode.probability = Some(mode.probability.unwrap_or(0.0).max(stored.finding.probability));
    }
    for mode in &mut modes {
        mode.state = match (mode.findings.is_empty(), mode.measured.is_empty()) {
            (false, _) => ModeState::Found,
            (true, false) => ModeState::Watched,
            (true, true) => ModeState::Blind,
        };
    }
    modes.sort_by_key(|mode| {
        let matters = mode.ranking.map(|ranking| (ranking.priority, ranking.rpn));
        (mode.state != ModeState::Found, Reverse(matters))
    });
    modes
}

/// A mode before any finding is looked at.
fn view(mode: Mode, roles: &BTreeSet<Role>) -> ModeView {
    let (measured, missing): (Vec<Role>, Vec<Role>) =
        mode.symptoms.iter().map(|s| s.role).partition(|role| roles.contains(role));
    ModeView {
        ranking: mode.ranks.ranking(!measured.is_empty()),
        id: mode.id,
        name: mode.name,
        effect: mode.effect,
        state: ModeState::Blind,
        probability: None,
        findings: Vec::new(),
        measured,
        missing,
        prescription: mode.prescription,
        repair: mode.repair,
    }
}

/// A mode that a finding names and the template does not know.
fn foreign(id: &str, stored: &StoredFinding) -> ModeView {
    ModeView {
        id: id.to_owned(),
        name: id.replace('_', " "),
        effect: None,
        state: ModeState::Found,
        probability: None,
        findings: Vec::new(),
        measured: Vec::new(),
        missing: Vec::new(),
        prescription: stored.finding.prescription.clone(),
        ranking: None,
        repair: Repair::default(),
    }
}

/// The newest vibration velocities against the standard, or why they are not graded.
fn vibration(core: &Core, asset: &Asset, signals: &[&Signal]) -> (Vec<VibrationView>, String) {
    let (velocities, others): (Vec<&&Signal>, Vec<&&Signal>) = signals
        .iter()
        .filter(|s| s.role == Role::Vibration && s.kind == SignalKind::Gauge)
        .partition(|s| s.unit.ucum() == "mm/s");
    if velocities.is_empty() {
        let say = |s: &&&Signal| match s.unit.ucum() {
            "" => format!("{} has no unit declared", s.name),
            unit => format!("{} is in {unit}", s.name),
        };
        let why = others.first().map(say).map(|why| format!("{why}; the standard grades velocity in mm/s"));
        return (Vec::new(), why.unwrap_or_default());
    }
    match iso10816::classify(asset) {
        Ok(class) => (velocities.iter().filter_map(|s| graded(core, s, class)).collect(), String::new()),
        Err(refusal) => (Vec::new(), refusal.to_string()),
    }
}

fn graded(core: &Core, signal: &Signal, (group, support): (Group, Support)) -> Option<VibrationView> {
    let last = core.store.last(signal.id).filter(|last| last.quality.usable() && last.value.is_finite())?;
    Some(VibrationView {
        signal: signal.id,
        name: signal.name.clone(),
        measured: last.value,
        zone: iso10816::zone(last.value, group, support),
        boundaries: iso10816::boundaries(group, support),
        source: format!("{}, zones A to D", iso10816::source(group, support)),
    })
}
