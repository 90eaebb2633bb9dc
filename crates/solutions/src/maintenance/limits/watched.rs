//! Which limits hold for a signal: its own, else those of standards.

use std::collections::BTreeSet;

use gemba_act::{Limit, Side};
use gemba_plant::{Asset, Limits, Role, Signal, SignalKind};
use schemars::JsonSchema;
use serde::Serialize;

use super::{DayZeroConfig, iso10816};

/// A limit of a standard is left again below this share of it.
const BACK: f64 = 0.9;
/// Decimals of a value, unless somebody knows better.
const DECIMALS: usize = 1;
/// Readings that are looked at, and how many of them decide: for limits of standards, and for those of a person, whose
/// delays the alarm has.
const STANDARD: (u32, u32) = (5, 3);
const OWN: (u32, u32) = (1, 1);

/// One side of what holds for a signal, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WatchedLimit {
    /// What makes its finding the same again.
    pub(crate) key: String,
    /// Which side is bad.
    pub(crate) side: Side,
    /// One or two, the outer last.
    pub(crate) steps: Vec<Step>,
    /// Of so many readings so many decide.
    pub(crate) readings: (u32, u32),
    /// With edition and group.
    pub(crate) source: String,
    /// Which boundaries between zones the inner and the outer step are, where a standard names them.
    pub(crate) zones: Option<[&'static str; 2]>,
    /// What to do.
    pub(crate) prescription: String,
    /// Decimals that its value is told with.
    pub(crate) decimals: usize,
}

/// A limit on the way to damage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) limit: Limit,
    /// Whether the machine may be damaged from here on.
    pub(crate) outer: bool,
}

impl WatchedLimit {
    /// What counts as failed: the outer limit.
    pub(crate) fn failed(&self) -> f64 {
        self.steps.last().map_or(f64::NAN, |step| step.limit.at)
    }

    /// Where the inner or the outer limit comes from: `ISO 10816-3:2009 group 2 rigid, C/D`.
    pub(crate) fn source(&self, outer: bool) -> String {
        match self.zones {
            Some([inner, beyond]) => format!("{}, {}", self.source, if outer { beyond } else { inner }),
            None => self.source.clone(),
        }
    }

    fn standard(signal: &Signal, (warn, danger): (f64, f64), source: String, prescription: &str) -> Self {
        let side = Side::Above;
        let step = |at: f64, outer, deadband: f64| Step { limit: Limit { at, deadband, side }, outer };
        // back from danger is never back from the warning
        let narrow = (danger * (1.0 - BACK)).min((danger - warn) / 2.0);
        Self {
            key: format!("day0:{}", signal.name),
            side,
            steps: vec![step(warn, false, warn * (1.0 - BACK)), step(danger, true, narrow)],
            readings: STANDARD,
            source,
            zones: None,
            prescription: prescription.to_owned(),
            decimals: DECIMALS,
        }
    }

    /// None when no limit is set on that side.
    fn own(signal: &Signal, limits: &Limits, side: Side) -> Option<Self> {
        let (word, inner, outer) = match side {
            Side::Above => ("high", limits.high, limits.high_high),
            Side::Below => ("low", limits.low, limits.low_low),
        };
        let step =
            |at: Option<f64>, outer| Some(Step { limit: Limit { at: at?, deadband: limits.deadband, side }, outer });
        let steps: Vec<Step> = [step(inner, false), step(outer, true)].into_iter().flatten().collect();
        let prescription = if limits.response.is_empty() {
            format!("bring {} back within its limits and find out what moved it", signal.name.replace(['_', '/'], " "))
        } else {
            limits.response.clone()
        };
        (!steps.is_empty()).then(|| Self {
            key: format!("limit:{}:{word}", signal.name),
            side,
            steps,
            readings: OWN,
            source: "set in the plant file".to_owned(),
            zones: None,
            prescription,
            decimals: DECIMALS,
        })
    }
}

/// The limits of a signal: those that a person set; without them those of standards by its role and unit.
pub(crate) fn limits_of(asset: &Asset, signal: &Signal, config: &DayZeroConfig) -> Vec<WatchedLimit> {
    match &signal.limits {
        Some(own) if own.any() => {
            [Side::Above, Side::Below].into_iter().filter_map(|side| WatchedLimit::own(signal, own, side)).collect()
        }
        _ => standard_of(asset, signal, config).into_iter().collect(),
    }
}

/// A limit as a line on a chart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LimitLine {
    /// Where, in the signal's unit.
    pub at: f64,
    /// Which side is bad.
    pub side: Side,
    /// Whether the machine may be damaged from here on.
    pub outer: bool,
    /// Where the limit comes from.
    pub source: String,
}

/// The limits that a measured gauge is watched against, inner before outer.
pub fn limit_lines(asset: &Asset, signal: &Signal, config: &DayZeroConfig) -> Vec<LimitLine> {
    let limits = if signal.kind == SignalKind::Gauge { limits_of(asset, signal, config) } else { Vec::new() };
    let lines = |limit: WatchedLimit| {
        let line = |step: &Step| {
            let source = limit.source(step.outer);
            LimitLine { at: step.limit.at, side: limit.side, outer: step.outer, source }
        };
        limit.steps.iter().map(line).collect::<Vec<LimitLine>>()
    };
    limits.into_iter().flat_map(lines).collect()
}

/// The keys of all findings that the limits of a measured gauge can lead to. What was found under another key, before the
/// limits were changed, is nobody's any more.
pub fn limit_keys(asset: &Asset, signal: &Signal, config: &DayZeroConfig) -> BTreeSet<String> {
    let limits = if signal.kind == SignalKind::Gauge { limits_of(asset, signal, config) } else { Vec::new() };
    let lives = limits.iter().map(|limit| life_key(signal, limit.side));
    lives.chain(limits.iter().map(|limit| limit.key.clone())).collect()
}

/// The key of the finding that tells how long it is until the limit on that side.
pub(crate) fn life_key(signal: &Signal, side: Side) -> String {
    format!("life:{}{}", signal.name, if side == Side::Above { "" } else { ":low" })
}

/// The limit of a standard for a signal, by its role and unit.
fn standard_of(asset: &Asset, signal: &Signal, config: &DayZeroConfig) -> Option<WatchedLimit> {
    let temperature = |at, source: &str, prescription| {
        (signal.unit.ucum() == "Cel").then(|| WatchedLimit::standard(signal, at, source.to_owned(), prescription))
    };
    match signal.role {
        Role::Vibration if signal.unit.ucum() == "mm/s" => {
            let (group, support) = iso10816::classify(asset).ok()?;
            let [_, warn, danger] = iso10816::boundaries(group, support);
            let prescription = "measure the spectrum: unbalance, misalignment, looseness or a bearing";
            let limit = WatchedLimit::standard(signal, (warn, danger), iso10816::source(group, support), prescription);
            Some(WatchedLimit { zones: Some(["B/C", "C/D"]), ..limit })
        }
        Role::BearingTemperature => temperature(
            (config.bearing_warn_c, config.bearing_danger_c),
            "rule of thumb for rolling bearings with standard grease, no standard",
            "check lubrication and load of the bearing",
        ),
        Role::WindingTemperature => temperature(
            (config.winding_warn_c, config.winding_danger_c),
            "IEC 60085:2007, insulation of thermal class F used to class B",
            "reduce the load; check cooling and phase currents",
        ),
        _ => None,
    }
}
