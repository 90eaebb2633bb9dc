//! What asks for an alarm.

use gemba_plant::{AlarmClass, AssetId, Evidence, Finding, FindingKind, Limits, Priority, SignalId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{AlarmConfig, Behaviour, Mute};

/// A finding from this severity (0–1) on asks for high priority; the limit that stops the machine is near.
const SEVERITY_HIGH: f64 = 0.8;
/// A finding from this severity (0–1) on asks for medium priority.
const SEVERITY_MEDIUM: f64 = 0.4;

/// A condition that wants a person, with all that the person must know (ISA-18.2 rationalisation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmRequest {
    /// The asset.
    pub asset: AssetId,
    /// The signal, when one is concerned.
    pub signal: Option<SignalId>,
    /// What makes it the same alarm below its asset.
    pub key: String,
    /// Where it comes from.
    pub class: AlarmClass,
    /// How urgent.
    pub priority: Priority,
    /// One line.
    pub message: String,
    /// What has led to it, as far as known.
    pub cause: String,
    /// What happens if nobody responds.
    pub consequence: String,
    /// What to do.
    pub response: String,
    /// Since when the condition holds, by source time; the time of the call when none.
    pub since: Option<Timestamp>,
    /// The number of the finding behind it.
    pub finding: Option<u64>,
    /// How the alarm behaves.
    pub behaviour: Behaviour,
    /// Whether a person set the limit: it calls, whatever else calls for the machine.
    #[serde(default)]
    pub wanted: bool,
    /// A person has muted the finding behind it.
    #[serde(default)]
    pub mute: Option<Mute>,
}

impl AlarmRequest {
    /// A process alarm of low priority with nothing but a message; set the other fields as known.
    pub fn new(asset: AssetId, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            asset,
            signal: None,
            key: key.into(),
            class: AlarmClass::Process,
            priority: Priority::Low,
            message: message.into(),
            cause: String::new(),
            consequence: String::new(),
            response: String::new(),
            since: None,
            finding: None,
            behaviour: Behaviour::default(),
            wanted: false,
            mute: None,
        }
    }

    /// Behaves as the plant's rules for its class and priority say.
    #[must_use]
    pub fn with_rules(self, config: &AlarmConfig) -> Self {
        Self { behaviour: config.behaviour(self.class, self.priority), ..self }
    }

    /// Behaves, and calls, as a person set it with the limits of the signal. A request that is high already is beyond the
    /// outer limit.
    #[must_use]
    pub fn with_limits(self, limits: &Limits) -> Self {
        let ms = |seconds: u32| u64::from(seconds) * 1_000;
        let outer = self.priority <= Priority::High;
        let said = |text: &str, own: String| if text.is_empty() { own } else { text.to_owned() };
        Self {
            priority: if outer { limits.outer_priority } else { limits.priority },
            consequence: said(&limits.consequence, self.consequence),
            response: said(&limits.response, self.response),
            behaviour: Behaviour {
                on_delay_ms: ms(limits.on_delay_s),
                off_delay_ms: ms(limits.off_delay_s),
                latch: limits.latch,
                realarm_after_ms: ms(limits.realarm_s),
                requires_comment: limits.requires_comment,
            },
            wanted: true,
            ..self
        }
    }
}

/// The alarm that a finding asks for. The key is the finding's own, so that an update meets its alarm again.
pub fn from_finding(finding: &Finding, number: Option<u64>) -> AlarmRequest {
    AlarmRequest {
        signal: concerned(finding),
        class: class(finding.kind),
        priority: priority(finding),
        cause: cause(finding),
        consequence: consequence(finding.kind).to_owned(),
        response: response(finding),
        since: Some(finding.since),
        finding: number,
        ..AlarmRequest::new(finding.asset, finding.key.clone(), finding.title.clone())
    }
}

fn class(kind: FindingKind) -> AlarmClass {
    match kind {
        FindingKind::Anomaly | FindingKind::Degradation => AlarmClass::Ai,
        FindingKind::Limit => AlarmClass::Process,
        FindingKind::SensorFault => AlarmClass::Instrument,
        FindingKind::DataQuality => AlarmClass::System,
    }
}

/// Emergency is never given to a finding: immediate danger is the business of the machine's own safety chain.
fn priority(finding: &Finding) -> Priority {
    let severe = match finding.severity {
        s if s >= SEVERITY_HIGH => Priority::High,
        s if s >= SEVERITY_MEDIUM => Priority::Medium,
        _ => Priority::Low,
    };
    match finding.kind {
        FindingKind::SensorFault | FindingKind::DataQuality => severe.max(Priority::Medium),
        _ => severe,
    }
}

/// The signal with the largest share, else the one that a limit or comparison names.
fn concerned(finding: &Finding) -> Option<SignalId> {
    if let Some(first) = finding.contributions.first() {
        return Some(first.signal);
    }
    finding.evidence.iter().find_map(|fact| match fact {
        Evidence::Limit { signal, .. } | Evidence::Spectrum { signal, .. } | Evidence::Window { signal, .. } => {
            Some(*signal)
        }
        Evidence::Comparison(compared) => Some(compared.signal),
        Evidence::Score { .. } | Evidence::Degradation { .. } => None,
    })
}

fn cause(finding: &Finding) -> String {
    match &finding.failure_mode {
        Some(mode) => format!("{} The pattern fits: {mode}.", finding.explanation),
        None => finding.explanation.clone(),
    }
}

const fn consequence(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Anomaly => {
            "The machine runs outside what was learned as normal; a fault may be developing unseen."
        }
        FindingKind::Limit => "Running on beyond this limit shortens the life of the machine or stops it.",
        FindingKind::SensorFault => "Monitoring of this asset is weaker or blind until the sensor is right again.",
        FindingKind::Degradation => "The damage grows while the machine runs; an unplanned stop becomes likely.",
        FindingKind::DataQuality => "What is shown and concluded may be incomplete or late.",
    }
}

fn response(finding: &Finding) -> String {
    if !finding.prescription.is_empty() {
        return finding.prescription.join("; ");
    }
    match finding.kind {
        FindingKind::SensorFault => "Check the sensor, its wiring and its supply.",
        FindingKind::DataQuality => "Check the connection and the clock of the source.",
        FindingKind::Limit => "Reduce load and inspect the machine.",
        FindingKind::Anomaly | FindingKind::Degradation => {
            "Look at the evidence of the finding and inspect the machine."
        }
    }
    .to_owned()
}
