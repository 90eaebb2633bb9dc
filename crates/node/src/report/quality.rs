//! How good the signals of a machine are, by what is known of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::{Asset, Batch, Evidence, FindingKind, Gap, Quality, Role, Signal, SignalId, TimeRange, Timestamp};
use gemba_query::Series;
use schemars::JsonSchema;
use serde::Serialize;

use super::{COLUMNS, ids};
use crate::node::{Core, blocking};
use crate::state::{FindingFilter, StoredFinding};
use crate::work::together_h;
use crate::{Error, Node};

/// How the quality is made, for people.
pub(super) const FORMULA: &str = "100 · present · good · on time · sound: the share of the time with data, of the samples with good quality, \
                                  of the samples that came within a minute of their time, and of the time without a finding about the \
                                  sensor or its data. Above 85 excellent, above 70 good, above 50 medium, else poor.";
/// What comes later after its time than this is late.
const LATE: Duration = Duration::from_mins(1);
/// A signal that comes at a pace is silent where nothing comes for longer than so many times its usual distance.
const SILENT: i64 = 4;
/// Findings of an asset that are looked at.
const FINDINGS_MAX: usize = 1_000;
/// A share of less than this is not told as a reason.
const WORTH: f64 = 0.0005;
/// The protocol whose samples are as old as the file.
const RECORDED: &str = "file";

/// The quality of signals in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Above 85.
    Excellent,
    /// Above 70.
    Good,
    /// Above 50.
    Medium,
    /// 50 and below.
    Poor,
}

impl Grade {
    fn of(quality: f64) -> Self {
        match quality {
            q if q > 85.0 => Self::Excellent,
            q if q > 70.0 => Self::Good,
            q if q > 50.0 => Self::Medium,
            _ => Self::Poor,
        }
    }
}

/// How good a signal is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SignalQuality {
    /// The signal.
    pub signal: SignalId,
    /// Its name below the asset.
    pub name: String,
    /// What it means.
    pub role: Role,
    /// Samples in the time that was looked at.
    pub samples: u64,
    /// Their usual distance, s; none where they come as they change, or are too few to say.
    pub pace_s: Option<f64>,
    /// The share of the time with data, 0–1.
    pub present: f64,
    /// The share of samples with good quality, 0–1.
    pub good: f64,
    /// The share of samples that came within a minute of their time, 0–1; none for what was recorded before.
    pub on_time: Option<f64>,
    /// The share of the time without a finding about it or its data, 0–1.
    pub sound: f64,
    /// All of it, 0–100.
    pub quality: f64,
    /// The same in a word.
    pub grade: Grade,
    /// What takes from it, in words.
    pub why: Vec<String>,
    /// Findings about it or its data in that time.
    pub findings: Vec<u64>,
}

/// The mean of all signals, and the word for it; none without a signal.
pub(super) fn of_all(signals: &[SignalQuality]) -> (Option<f64>, Option<Grade>) {
    let mean = signals.iter().map(|s| s.quality).sum::<f64>() / signals.len() as f64;
    if mean.is_finite() { (Some(mean), Some(Grade::of(mean))) } else { (None, None) }
}

/// What was counted of a signal.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    all: u64,
    good: u64,
    late: u64,
}

impl Node {
    /// The quality of signals over a range, the worst first. The range begins with the first of their samples.
    pub(super) async fn qualities(
        &self,
        asset: &Asset,
        signals: &[Signal],
        range: TimeRange,
    ) -> Result<Vec<SignalQuality>, Error> {
        let series = self.query().range(&ids(signals), range, COLUMNS).await.map_err(|e| Error::part("query", &e))?;
        let first = series.iter().filter_map(|s| s.times.first()).min().copied();
        let from = first.map_or(range.from, |first| range.from.max(Timestamp::from_micros(first)));
        let (core, asset, own) = (Arc::clone(self.core()), asset.id, signals.to_vec());
        let range = TimeRange::new(from, range.to);
        blocking(move || {
            let counts = count(&core, &ids(&own), range)?;
            let filter = FindingFilter { assets: Some(vec![asset]), limit: FINDINGS_MAX, ..FindingFilter::default() };
            let found = core.state.findings(&filter)?;
            let recorded: BTreeSet<String> =
                core.board.list(&core).into_iter().filter(|c| c.protocol == RECORDED).map(|c| c.name).collect();
            let one = |(signal, series): (&Signal, &Series)| {
                let count = counts.get(&signal.id).copied().unwrap_or_default();
                let live = signal.binding.as_ref().is_some_and(|b| !recorded.contains(&b.connection));
                judge(signal, series, (count, live), &found, range)
            };
            let mut all: Vec<SignalQuality> = own.iter().zip(&series).map(one).collect();
            all.sort_by(|a, b| a.quality.total_cmp(&b.quality));
            Ok(all)
        })
        .await
    }
}

fn count(core: &Core, signals: &[SignalId], range: TimeRange) -> Result<BTreeMap<SignalId, Count>, Error> {
    let failed = |error: gemba_store::Error| Error::part("store", &error);
    let snapshot = core.store.snapshot(Some(signals), range).map_err(failed)?;
    let mut counts = BTreeMap::new();
    let mut add = |batch: &Batch| {
        for row in batch.rows().filter(|row| range.contains(row.time)) {
            let count: &mut Count = counts.entry(row.signal).or_default();
            count.all += 1;
            count.good += u64::from(row.quality == Quality::Good);
            count.late += u64::from(row.ingest > row.time.plus(LATE));
        }
    };
    snapshot.hot.iter().for_each(&mut add);
    for file in &snapshot.files {
        for batch in core.store.read_file(file, Some(signals), range).map_err(failed)? {
            add(&batch.map_err(failed)?);
        }
    }
    Ok(counts)
}

fn judge(
    signal: &Signal,
    series: &Series,
    (count, live): (Count, bool),
    found: &[StoredFinding],
    range: TimeRange,
) -> SignalQuality {
    let share = |part: u64| if count.all == 0 { 0.0 } else { part as f64 / count.all as f64 };
    let about: Vec<&StoredFinding> = found.iter().filter(|f| is_about(f, signal.id)).collect();
    let held = about.iter().map(|f| (f.finding.since, f.finding.until)).map(|held| within(held, range));
    let faulty: Vec<(Timestamp, Timestamp)> = held.filter(|(from, to)| from < to).collect();
    let findings = about.iter().filter(|f| f.finding.since < range.to && f.finding.until >= range.from);
    let present =
        if count.all == 0 { 0.0 } else { 1.0 - covered(holes(series, range, signal.kind.holds()).into_iter(), range) };
    let (good, sound) = (share(count.good), 1.0 - covered(faulty.into_iter(), range));
    let on_time = live.then(|| share(count.all - count.late));
    let quality = 100.0 * present * good * on_time.unwrap_or(1.0) * sound;
    SignalQuality {
        signal: signal.id,
        name: signal.name.clone(),
        role: signal.role,
        samples: count.all,
        pace_s: series.pace_us().filter(|_| !signal.kind.holds()).map(|us| us as f64 / 1e6),
        present,
        good,
        on_time,
        sound,
        quality,
        grade: Grade::of(quality),
        why: why(count.all, [present, good, on_time.unwrap_or(1.0), sound]),
        findings: findings.map(|f| f.id).collect(),
    }
}

/// What takes from the quality.
fn why(samples: u64, shares: [f64; 4]) -> Vec<String> {
    if samples == 0 {
        return vec!["no sample at all".into()];
    }
    let words = [
        "of the time without data",
        "of the samples not of good quality",
        "of the samples more than a minute late",
        "of the time with a finding about the sensor or its data",
    ];
    let lost = shares.into_iter().zip(words).filter(|(share, _)| 1.0 - share >= WORTH);
    lost.map(|(share, words)| format!("{:.1} % {words}", 100.0 * (1.0 - share))).collect()
}

/// Stretches without data: those of the gap ledger, and where a signal with a pace is silent that does not hold its value.
fn holes(series: &Series, range: TimeRange, held: bool) -> Vec<(Timestamp, Timestamp)> {
    let ledger = series.gaps.iter().map(|gap: &Gap| within((gap.range.from, gap.range.to), range));
    if held {
        return ledger.collect();
    }
    let silent = series.silences().into_iter().map(|hole| (hole.from, hole.to));
    let end = |at: Option<&i64>| at.copied().map(Timestamp::from_micros);
    let pace = series.pace_us().map_or(Duration::MAX, |us| Duration::from_micros((us * SILENT).unsigned_abs()));
    let before = end(series.times.first()).map(|first| (range.from, first));
    let last = end(series.times.last());
    let after = last.map(|last| (Timestamp::from_micros(last.micros().saturating_add(series.bucket_us)), range.to));
    let ends = [before, after].into_iter().flatten().filter(move |(from, to)| to.since(*from) > pace);
    ledger.chain(silent.chain(ends).map(|hole| within(hole, range))).collect()
}

fn within((from, to): (Timestamp, Timestamp), range: TimeRange) -> (Timestamp, Timestamp) {
    (from.max(range.from), to.min(range.to))
}

/// The share of a range that some stretches cover together.
fn covered(stretches: impl Iterator<Item = (Timestamp, Timestamp)>, range: TimeRange) -> f64 {
    let whole = range.to.since(range.from).as_secs_f64() / 3_600.0;
    if whole > 0.0 { (together_h(stretches) / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// Whether a finding says that the signal itself, or its data, is not as it should be.
fn is_about(stored: &StoredFinding, signal: SignalId) -> bool {
    let finding = &stored.finding;
    let named = |evidence: &Evidence| match evidence {
        Evidence::Limit { signal: of, .. } | Evidence::Window { signal: of, .. } => *of == signal,
        Evidence::Comparison(compared) => compared.signal == signal,
        _ => false,
    };
    matches!(finding.kind, FindingKind::SensorFault | FindingKind::DataQuality)
        && match finding.contributions.first() {
            Some(first) => first.signal == signal,
            None => finding.evidence.iter().any(named),
        }
}

#[cfg(test)]
mod tests {
    use gemba_plant::AssetId;

    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    /// A value a second, but for a hole.
    fn series(hole: std::ops::Range<i64>) -> Series {
        let times: Vec<i64> = (0..1_000).filter(|s| !hole.contains(s)).map(|s| s * 1_000_000).collect();
        let n = times.len();
        let values = || vec![1.0; n];
        Series {
            raw: true,
            bucket_us: 0,
            times,
            min: values(),
            max: values(),
            first: values(),
            last: values(),
            count: vec![1; n],
            quality: vec![0; n],
            gaps: Vec::new(),
        }
    }

    #[test]
    fn each_share_takes_its_part_and_says_so() {
        let signal = Signal::gauge(SignalId::new(7), AssetId::new(1), "flow");
        let range = TimeRange::new(at(0), at(1_000));
        let count = Count { all: 900, good: 810, late: 90 };
        let told = judge(&signal, &series(400..500), (count, true), &[], range);
        assert!((told.present - 0.9).abs() < 0.002 && (told.good - 0.9).abs() < 1e-9, "{told:?}");
        assert_eq!((told.on_time, told.sound), (Some(0.9), 1.0));
        assert!((told.quality - 72.9).abs() < 0.3 && told.grade == Grade::Good, "{told:?}");
        assert_eq!(told.why.len(), 3, "{:?}", told.why);
        // what was recorded before is not late
        let recorded =
            judge(&signal, &series(0..0), (Count { all: 1_000, good: 1_000, late: 1_000 }, false), &[], range);
        assert_eq!((recorded.on_time, recorded.grade, recorded.why.len()), (None, Grade::Excellent, 0));
        let nothing = judge(&signal, &series(0..1_000), (Count::default(), true), &[], range);
        assert_eq!((nothing.quality, nothing.why.join("")), (0.0, "no sample at all".into()));
    }

    #[test]
    fn words_stand_for_shares_and_the_mean_for_all() {
        assert_eq!(
            [85.1, 85.0, 70.1, 50.1, 50.0].map(Grade::of),
            [Grade::Excellent, Grade::Good, Grade::Good, Grade::Medium, Grade::Poor]
        );
        assert_eq!(of_all(&[]), (None, None));
    }
}
