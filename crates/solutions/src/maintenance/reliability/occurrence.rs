//! How often machines of a kind failed in each way, as a rank of occurrence: what the site's own records say beside the rank
//! that somebody gave.

use std::collections::BTreeMap;

use gemba_act::work::{EventKind, Failure};
use gemba_learn::rate;
use gemba_plant::{AssetId, Ranks, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LEVEL, uses};

/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// How often machines of a kind failed in one way, with the maintenance that there was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenOccurrence {
    /// The failure mode.
    pub failure_mode: String,
    /// Failures that count.
    pub failures: u32,
    /// Machines of the kind that are known for a while.
    pub machines: u32,
    /// How long they are known, all together, hours.
    pub machine_hours: f64,
    /// Hours ÷ failures.
    pub mtbf_h: f64,
    /// The rank of occurrence that this amounts to (SAE J1739, machinery).
    pub rank: u8,
    /// The ranks that hold the truth with 90 % probability: rarest, most often.
    pub range: (u8, u8),
}

/// How often each failure mode was seen, by name. `since` says from when on each machine of the kind is known; what is
/// recorded before widens that. A record that a machine's known time begins with is no failure within it.
pub fn occurrences(since: &BTreeMap<AssetId, Timestamp>, events: &[Failure], now: Timestamp) -> Vec<SeenOccurrence> {
    let mut known = since.clone();
    for event in events.iter().filter(|event| since.contains_key(&event.asset)) {
        known.entry(event.asset).and_modify(|from| *from = (*from).min(event.at));
    }
    let hours = |from: &Timestamp| now.micros().saturating_sub(from.micros()).max(0) as f64 / HOUR_US;
    let machine_hours: f64 = known.values().map(hours).sum();
    let within = |event: &&Failure| {
        event.kind == EventKind::Failure
            && known.get(&event.asset).is_some_and(|from| *from < event.at && event.at <= now)
    };
    let mut failures: BTreeMap<String, u32> = BTreeMap::new();
    for event in events.iter().filter(within) {
        *failures.entry(uses::mode(event)).or_default() += 1;
    }
    let machines = u32::try_from(known.values().filter(|from| **from < now).count()).unwrap_or(u32::MAX);
    let seen = |(failure_mode, failures): (String, u32)| {
        let (lo, hi) = rate::range(failures, machine_hours, LEVEL)?;
        let mtbf_h = machine_hours / f64::from(failures);
        let range = (Ranks::occurrence_of(1.0 / lo), Ranks::occurrence_of(1.0 / hi));
        let rank = Ranks::occurrence_of(mtbf_h);
        Some(SeenOccurrence { failure_mode, failures, machines, machine_hours, mtbf_h, rank, range })
    };
    failures.into_iter().filter(|(mode, _)| !mode.is_empty()).filter_map(seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR_H: i64 = 8_760;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_secs(hours * 3_600)
    }

    fn failed(asset: u32, hours: i64, mode: &str) -> Failure {
        Failure {
            id: 0,
            kind: EventKind::Failure,
            asset: AssetId::new(asset),
            at: at(hours),
            repaired: None,
            failure_mode: mode.into(),
            finding: None,
            note: String::new(),
        }
    }

    #[test]
    fn failures_of_a_kind_over_the_time_that_it_is_known_are_a_rank_with_its_range() {
        let since = BTreeMap::from([(AssetId::new(1), at(0)), (AssetId::new(2), at(YEAR_H))]);
        let replaced = Failure { kind: EventKind::Replacement, ..failed(1, 500, "seal_leak") };
        let events = [
            failed(1, 100, "Seal leak"),
            failed(2, 2 * YEAR_H, "seal_leak"),
            failed(9, 50, "seal_leak"),
            failed(1, 3 * YEAR_H, "seal_leak"),
            failed(1, 200, ""),
            replaced,
        ];
        let told = occurrences(&since, &events, at(2 * YEAR_H));
        let [seen] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((seen.failure_mode.as_str(), seen.failures, seen.machines), ("seal_leak", 2, 2));
        assert!((seen.mtbf_h - 1.5 * YEAR_H as f64).abs() < 1e-6, "{seen:?}");
        // 13 140 h between failures; 90 %: 4 174 to 73 940 h
        assert_eq!((seen.rank, seen.range), (2, (1, 4)));
    }

    #[test]
    fn a_record_that_the_known_time_begins_with_is_no_failure_within_it() {
        let since = BTreeMap::from([(AssetId::new(1), at(YEAR_H))]);
        let first = failed(1, 0, "cavitation");
        assert_eq!(occurrences(&since, std::slice::from_ref(&first), at(2 * YEAR_H)), []);
        let told = occurrences(&since, &[first, failed(1, 10, "cavitation")], at(2 * YEAR_H));
        assert_eq!((told[0].failures, told[0].rank), (1, 2), "the record goes back two years");
        assert_eq!(occurrences(&BTreeMap::new(), &[failed(1, 10, "x")], at(20)), []);
    }
}
