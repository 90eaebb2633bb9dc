//! Records as the API shows them: names beside numbers, times as RFC 3339.

mod connection;

use gemba_act::Mute;
use gemba_node::config::LearningEntry;
use gemba_node::state::StoredFinding;
use gemba_node::{AssetState, Drifted, LimitLine, MonitorWord, Node};
use gemba_plant::{
    Alarm, AlarmClass, AlarmState, Asset, AssetId, Band, Binding, Catalogue, Contribution, Evidence, FindingKind,
    FindingState, Level, Limits, Nameplate, Priority, Quality, Range, RemainingLife, Role, Sample, Signal, SignalId,
    SignalKind,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::moment::Moment;

pub(crate) use connection::ConnectionView;

/// Looks names up.
pub(crate) struct Names<'a>(pub(crate) &'a Catalogue);

impl Names<'_> {
    fn path(&self, asset: AssetId) -> String {
        let here = self.0.asset(asset).map(|asset| &asset.path);
        here.or_else(|| self.0.former(asset)).map(ToString::to_string).unwrap_or_default()
    }

    fn title(&self, asset: AssetId) -> String {
        let former = || self.0.former(asset).map(|path| format!("{} (removed)", path.name()));
        self.0.asset(asset).map(|asset| asset.title().to_owned()).or_else(former).unwrap_or_default()
    }

    fn signal(&self, signal: SignalId) -> Option<String> {
        self.0.signal(signal).map(|s| s.name.clone())
    }
}

/// An asset and how it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AssetView {
    /// Its number.
    id: AssetId,
    /// Where it stands.
    path: String,
    /// What people call it.
    name: String,
    /// Its level in the hierarchy.
    level: Level,
    /// The machine template it follows.
    template: Option<String>,
    /// What is written on it.
    nameplate: Nameplate,
    /// What its normal behaviour is learned from, where somebody said so.
    learning: Option<LearningEntry>,
    /// The asset above it; none at the root.
    parent: Option<AssetId>,
    /// How it is.
    state: AssetStateView,
}

/// How an asset is, without those below it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AssetStateView {
    /// The highest priority of its open alarms.
    alarm: Option<Priority>,
    /// Its open alarms.
    alarms: usize,
    /// Its findings that hold now and are not muted.
    findings: usize,
    /// The worst quality of its signals.
    quality: QualityWord,
    /// Its learned monitor.
    monitor: MonitorView,
}

/// The quality of many signals in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum QualityWord {
    /// All can be used.
    Good,
    /// At least one is to be used with care.
    Uncertain,
    /// At least one is overdue.
    Stale,
    /// At least one must not be used.
    Bad,
    /// Nothing was ever measured.
    None,
}

impl From<Option<Quality>> for QualityWord {
    fn from(worst: Option<Quality>) -> Self {
        match worst {
            Some(Quality::Good) => Self::Good,
            Some(Quality::Uncertain) => Self::Uncertain,
            Some(Quality::Stale) => Self::Stale,
            Some(Quality::Bad) => Self::Bad,
            None => Self::None,
        }
    }
}

/// How far the learned monitor of an asset is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MonitorView {
    /// Whether it watches.
    state: MonitorWord,
    /// How much of the learning is done, 0–1.
    progress: f64,
    /// The monitor's score as a share of its limit: above 1 it finds something.
    score: Option<f64>,
    /// When it last looked.
    since: Option<Moment>,
    /// Who has drifted of late, the model or the machine; none when nobody has.
    drift: Option<Drifted>,
}

impl AssetView {
    pub(crate) fn of(asset: &Asset, state: Option<&AssetState>, catalogue: &Catalogue) -> Self {
        let parent = asset.path.parent().and_then(|path| catalogue.asset_at(&path)).map(|a| a.id);
        Self {
            id: asset.id,
            path: asset.path.to_string(),
            name: asset.title().to_owned(),
            level: asset.level.clone(),
            template: asset.template.clone(),
            nameplate: asset.nameplate.clone(),
            learning: asset.learning.as_ref().map(LearningEntry::from),
            parent,
            state: AssetStateView::of(state.unwrap_or(&AssetState::default())),
        }
    }
}

impl AssetStateView {
    fn of(state: &AssetState) -> Self {
        Self {
            alarm: state.alarm,
            alarms: state.alarms,
            findings: state.findings,
            quality: state.quality.into(),
            monitor: MonitorView {
                state: state.monitor.state,
                progress: state.monitor.progress,
                score: state.monitor.score,
                since: state.monitor.at.map(Moment),
                drift: state.monitor.drift,
            },
        }
    }
}

/// A signal and its last value.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SignalView {
    /// Its number.
    pub(crate) id: SignalId,
    /// The asset it belongs to.
    asset: AssetId,
    /// Its name below the asset.
    name: String,
    /// Its asset's path and its name.
    pub(crate) full_name: String,
    /// How it behaves.
    kind: SignalKind,
    /// What it means.
    role: Role,
    /// Its unit, UCUM; empty when undeclared.
    unit: String,
    /// Its unit as people read it.
    unit_symbol: String,
    /// The instrument's range.
    range: Option<Range>,
    /// Decimal digits that the source resolves.
    decimals: Option<u8>,
    /// The texts behind the numbers of a state signal.
    states: Vec<String>,
    /// One sentence for people.
    description: String,
    /// Texts of a state signal in which alarms of its asset are suppressed.
    quiet_in: Vec<String>,
    /// Limits that a person has set, and how their alarms behave.
    limits: Option<Limits>,
    /// The limits that it is watched against, its own or those of standards, inner before outer.
    limit_lines: Vec<LimitLine>,
    /// Bands of a waveform's spectrum that are followed.
    bands: Vec<Band>,
    /// Where its values come from; none for computed signals.
    binding: Option<Binding>,
    /// Whether Gemba computes it from others.
    computed: bool,
    /// The newest value; none when there never was one.
    last: Option<LastView>,
}

/// The newest value of a signal.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LastView {
    /// Source time, microseconds since the epoch.
    time: i64,
    /// Ingest time, microseconds since the epoch.
    ingest: i64,
    /// The value; none when there is none.
    value: Option<f64>,
    /// How far to trust it.
    quality: Quality,
    /// The protocol's own status.
    status: u32,
}

impl LastView {
    fn of(sample: &Sample) -> Self {
        Self {
            time: sample.time.micros(),
            ingest: sample.ingest.micros(),
            value: sample.value.is_finite().then_some(sample.value),
            quality: sample.quality,
            status: sample.status,
        }
    }
}

impl SignalView {
    pub(crate) fn of(signal: &Signal, node: &Node, catalogue: &Catalogue) -> Self {
        Self {
            id: signal.id,
            asset: signal.asset,
            name: signal.name.clone(),
            full_name: catalogue.full_name(signal.id).unwrap_or_default(),
            kind: signal.kind,
            role: signal.role,
            unit: signal.unit.ucum().to_owned(),
            unit_symbol: signal.unit.symbol().to_owned(),
            range: signal.range,
            decimals: signal.decimals,
            states: signal.states.clone(),
            description: signal.description.clone(),
            quiet_in: signal.quiet_in.clone(),
            limits: signal.limits.as_deref().cloned(),
            bands: signal.bands.clone(),
            limit_lines: node.limit_lines(signal),
            binding: signal.binding.clone(),
            computed: signal.computed,
            last: node.store().last(signal.id).as_ref().map(LastView::of),
        }
    }
}

/// A finding with names.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FindingView {
    /// Its number; grows, never reused.
    pub(crate) id: u64,
    /// The asset.
    asset: AssetId,
    /// Where the asset stands.
    asset_path: String,
    /// What people call the asset.
    asset_name: String,
    /// What makes it the same finding when it is reported again.
    key: String,
    /// What sort.
    kind: FindingKind,
    /// Whether it still holds.
    state: FindingState,
    /// Since when the condition holds, by source time.
    since: Moment,
    /// Until when it was last seen to hold.
    until: Moment,
    /// One line: what is wrong.
    title: String,
    /// In words: what differs from what, by how much, since when.
    explanation: String,
    /// How likely a healthy asset would look like this; none for plain limits.
    p_value: Option<f64>,
    /// How sure the finding is, 0–1.
    probability: f64,
    /// How bad, 0–1: of a limit and of a life how far it has gone, of what was learned how far it is beyond that.
    severity: f64,
    /// How many times the limit of what was learned it came to at most; none for what is not measured so.
    beyond: Option<f64>,
    /// Signals by share, largest first.
    contributions: Vec<Contribution>,
    /// The facts; empty in a brief list. Times in here are microseconds since the epoch.
    evidence: Vec<Evidence>,
    /// The likely failure mode.
    failure_mode: Option<String>,
    /// What to do next, most useful first.
    prescription: Vec<String>,
    /// How long it will last; none while that cannot be told.
    rul: Option<RemainingLife>,
    /// What concluded it, with its version.
    model: String,
    /// When it was first concluded.
    created: Moment,
    /// When it was last updated.
    updated: Moment,
    /// The alarm it raised, when it did.
    alarm: Option<u64>,
    /// How often it came back soon after it was over; it counts as one since it was first seen.
    returned: u32,
    /// Who has set it aside; none while it is not muted.
    mute: Option<MuteView>,
}

/// A finding set aside: it stays open, and nobody is called for it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MuteView {
    /// Who did it.
    by: String,
    /// When.
    at: Moment,
    /// Until when; none: until what was found is over.
    until: Option<Moment>,
    /// Why.
    reason: String,
}

impl From<&Mute> for MuteView {
    fn from(mute: &Mute) -> Self {
        Self { by: mute.by.clone(), at: mute.at.into(), until: mute.until.map(Moment), reason: mute.reason.clone() }
    }
}

impl FindingView {
    pub(crate) fn of(stored: &StoredFinding, names: &Names<'_>) -> Self {
        let finding = &stored.finding;
        Self {
            id: stored.id,
            asset: finding.asset,
            asset_path: names.path(finding.asset),
            asset_name: names.title(finding.asset),
            key: finding.key.clone(),
            kind: finding.kind,
            state: finding.state,
            since: finding.since.into(),
            until: finding.until.into(),
            title: finding.title.clone(),
            explanation: finding.explanation.clone(),
            p_value: finding.p_value,
            probability: finding.probability,
            severity: finding.severity,
            beyond: finding.beyond(),
            contributions: finding.contributions.clone(),
            evidence: finding.evidence.clone(),
            failure_mode: finding.failure_mode.clone(),
            prescription: finding.prescription.clone(),
            rul: finding.rul,
            model: finding.model.clone(),
            created: stored.created.into(),
            updated: stored.updated.into(),
            alarm: stored.alarm,
            returned: stored.returned,
            mute: stored.mute.as_ref().map(MuteView::from),
        }
    }

    /// Without the evidence: what a list shows, a tenth of the bytes.
    pub(crate) fn brief(self) -> Self {
        Self { evidence: Vec::new(), ..self }
    }
}

/// An alarm with names.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AlarmView {
    /// Its number; grows, never reused.
    pub(crate) id: u64,
    /// The asset.
    asset: AssetId,
    /// Where the asset stands.
    asset_path: String,
    /// What people call the asset.
    asset_name: String,
    /// The signal, when one is concerned.
    signal: Option<SignalId>,
    /// The signal's name below the asset.
    signal_name: Option<String>,
    /// What makes it the same alarm.
    key: String,
    /// Where it comes from.
    class: AlarmClass,
    /// How urgent.
    priority: Priority,
    /// Where it stands.
    state: AlarmState,
    /// One line.
    message: String,
    /// What has led to it.
    cause: String,
    /// What happens if nobody responds.
    consequence: String,
    /// What to do.
    response: String,
    /// Since when it is active, by source time.
    since: Moment,
    /// When the state last changed.
    changed: Moment,
    /// Who acknowledged or shelved it.
    by: Option<String>,
    /// What they wrote.
    comment: Option<String>,
    /// When a shelf ends.
    shelved_until: Option<Moment>,
    /// The finding behind it.
    finding: Option<u64>,
}

impl AlarmView {
    pub(crate) fn of(alarm: &Alarm, names: &Names<'_>) -> Self {
        Self {
            id: alarm.id,
            asset: alarm.asset,
            asset_path: names.path(alarm.asset),
            asset_name: names.title(alarm.asset),
            signal: alarm.signal,
            signal_name: alarm.signal.and_then(|signal| names.signal(signal)),
            key: alarm.key.clone(),
            class: alarm.class,
            priority: alarm.priority,
            state: alarm.state,
            message: alarm.message.clone(),
            cause: alarm.cause.clone(),
            consequence: alarm.consequence.clone(),
            response: alarm.response.clone(),
            since: alarm.since.into(),
            changed: alarm.changed.into(),
            by: alarm.by.clone(),
            comment: alarm.comment.clone(),
            shelved_until: alarm.shelved_until.map(Moment),
            finding: alarm.finding,
        }
    }
}
