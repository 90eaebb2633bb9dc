//! Whether a report proves enough for a version to go into service.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Release, Version};
use crate::backtest::{BacktestReport, BacktestRun};

/// Machines named one by one in a sentence.
const NAMED: usize = 3;

/// How a configuration of a report stands to what is in service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunStanding {
    /// The version that it is; empty in reports of programs that named none.
    pub digest: String,
    /// Whether it is in service.
    pub in_service: bool,
    /// Why it cannot be put into service; none when it can.
    pub hindrance: Option<String>,
}

/// What a report is held against.
pub(super) struct Present<'a> {
    /// The machines that are watched, by path.
    pub(super) watched: &'a BTreeSet<String>,
    pub(super) in_service: &'a Release,
    /// Whether a version is just being put into service.
    pub(super) busy: bool,
}

/// How a configuration of a report stands.
pub(super) fn standing(report: &BacktestReport, run: &BacktestRun, present: &Present<'_>) -> RunStanding {
    let in_service = run.digest == present.in_service.version.digest;
    RunStanding { digest: run.digest.clone(), in_service, hindrance: hindrance(report, run, present) }
}

fn hindrance(report: &BacktestReport, run: &BacktestRun, present: &Present<'_>) -> Option<String> {
    if run.digest != Version::of(&run.config).digest {
        let program = &report.version;
        return Some(format!(
            "the operators that ran (Gemba {program}) are not those of this program; run the backtest again"
        ));
    }
    if run.digest == present.in_service.version.digest && present.in_service.backtest.is_some() {
        return Some("it is in service".into());
    }
    if run.samples == 0 && run.waveforms == 0 {
        return Some("nothing is stored in the time it looked at; choose another time".into());
    }
    if run.summary.machine_months <= 0.0 {
        return Some(
            "nothing had learned by the end of the time it looked at, so it proves nothing; choose a longer time"
                .into(),
        );
    }
    let seen: BTreeSet<&str> = report.assets.iter().map(String::as_str).collect();
    let missing: Vec<&str> = present.watched.iter().map(String::as_str).filter(|path| !seen.contains(path)).collect();
    if !missing.is_empty() {
        return Some(format!(
            "{} of {} watched machines are not in the report ({}); run the backtest over all of them",
            missing.len(),
            present.watched.len(),
            listed(&missing)
        ));
    }
    present.busy.then(|| "another version is being put into service; wait for it or stop it".into())
}

fn listed(names: &[&str]) -> String {
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use gemba_solutions::maintenance;

    use super::*;
    use crate::Moment;
    use crate::models::Reason;

    fn release(settings: &maintenance::Config, backtest: Option<u64>) -> Release {
        Release {
            id: 1,
            at: Moment(gemba_plant::Timestamp::MIN),
            by: String::new(),
            reason: Reason::First,
            version: Version::of(settings),
            whole: true,
            program: "0".into(),
            backtest,
        }
    }

    #[test]
    fn a_report_proves_only_what_it_has_looked_at() {
        let settings = maintenance::Config::default();
        let mut other = settings.clone();
        other.normal.learn_s = 7_200;
        let good = BacktestRun {
            config: other.clone(),
            digest: Version::of(&other).digest,
            samples: 100,
            summary: gemba_act::backtest::Summary { machine_months: 0.1, ..Default::default() },
            ..BacktestRun::default()
        };
        let report = BacktestReport { assets: vec!["a".into(), "b".into()], ..BacktestReport::default() };
        let why = |run: &BacktestRun, watched: &[&str], in_service: &Release, busy: bool| {
            let watched = watched.iter().map(|path| (*path).to_owned()).collect();
            standing(&report, run, &Present { watched: &watched, in_service, busy }).hindrance.unwrap_or_default()
        };
        let first = release(&settings, None);
        assert_eq!(why(&good, &["a", "b"], &first, false), "");
        assert_eq!(why(&good, &["a"], &first, false), "");
        assert!(why(&good, &["a", "c", "d", "e", "f"], &first, false).contains("4 of 5 watched machines"));
        assert!(why(&good, &["c", "d", "e", "f"], &first, false).contains("c, d, e and 1 more"));
        assert!(why(&good, &["a"], &first, true).contains("another version"));
        assert_eq!(why(&good, &["a"], &release(&other, Some(3)), false), "it is in service");
        // what runs since the first start or an upgrade, unproved, may be proved
        assert_eq!(why(&good, &["a"], &release(&other, None), false), "");
        let empty = BacktestRun { samples: 0, ..good.clone() };
        assert!(why(&empty, &["a"], &first, false).contains("nothing is stored"));
        let deaf = BacktestRun { summary: gemba_act::backtest::Summary::default(), ..good.clone() };
        assert!(why(&deaf, &["a"], &first, false).contains("nothing had learned"));
        let old = BacktestRun { digest: String::new(), ..good };
        assert!(why(&old, &["a"], &first, false).contains("not those of this program"));
    }
}
