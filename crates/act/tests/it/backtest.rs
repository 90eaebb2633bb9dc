//! Findings judged by what is known to have happened, against values worked out by hand.

use std::collections::BTreeSet;
use std::time::Duration;

use gemba_act::LabelKind;
use gemba_act::backtest::{Episode, Episodes, Event, Fate, Verdict, Watched, score};
use gemba_plant::{AssetId, Contribution, Finding, FindingKind, FindingState, SignalId, TimeRange, Timestamp};

const HOUR: i64 = 3_600;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_secs(hours * HOUR)
}

fn finding(asset: u32, since: i64, until: i64, state: FindingState) -> Finding {
    Finding {
        asset: AssetId::new(asset),
        key: "normal-behaviour".into(),
        kind: FindingKind::Anomaly,
        state,
        since: at(since),
        until: at(until),
        title: "unlike before".into(),
        explanation: String::new(),
        p_value: None,
        probability: 0.9,
        severity: 0.5,
        contributions: Vec::new(),
        evidence: Vec::new(),
        failure_mode: Some("bearing wear".into()),
        prescription: Vec::new(),
        rul: None,
        model: "normal-behaviour/1".into(),
    }
}

/// Episodes of asset 1 found at these hours, each over an hour later.
fn found_at(hours: &[i64]) -> Vec<Episode> {
    let mut episodes = Episodes::default();
    for &hour in hours {
        episodes.report(at(hour), &finding(1, hour - 1, hour, FindingState::Active));
        episodes.report(at(hour + 1), &finding(1, hour - 1, hour + 1, FindingState::Cleared));
    }
    episodes.finish()
}

fn event(kind: LabelKind, from: i64, to: i64) -> Event {
    let range = TimeRange::new(at(from), at(to));
    Event { assets: BTreeSet::from([AssetId::new(1)]), range, kind, failure_mode: None }
}

fn watched(hours: i64) -> Watched {
    Watched {
        asset: AssetId::new(1),
        range: TimeRange::new(at(0), at(hours)),
        seconds: (hours * HOUR) as f64,
        learned: Some(at(10)),
    }
}

#[test]
fn a_finding_is_one_episode_from_its_first_report_to_its_end() {
    let mut episodes = Episodes::default();
    episodes.report(at(1), &finding(1, 0, 1, FindingState::Cleared));
    episodes.report(at(5), &finding(1, 4, 5, FindingState::Active));
    episodes.report(at(6), &Finding { severity: 0.9, ..finding(1, 4, 6, FindingState::Active) });
    episodes.report(at(7), &finding(1, 4, 7, FindingState::Cleared));
    episodes.report(at(9), &finding(1, 8, 9, FindingState::Active));
    let all = episodes.finish();
    let told: Vec<_> = all.iter().map(|e| (e.since, e.found, e.until, e.open)).collect();
    assert_eq!(told, [(at(4), at(5), at(7), false), (at(8), at(9), at(9), true)]);
    assert!((all[0].severity - 0.9).abs() < 1e-12, "the worst counts");
}

#[test]
fn what_comes_back_soon_is_one_episode_as_it_is_one_finding_of_the_list() {
    let minute = |minutes: i64| at(0).plus(Duration::from_secs(minutes.unsigned_abs() * 60));
    let spell = |signal: u32, [since, until]: [i64; 2], state| Finding {
        since: minute(since),
        until: minute(until),
        contributions: vec![Contribution { signal: SignalId::new(signal), share: 1.0 }],
        ..finding(1, 0, 0, state)
    };
    let mut episodes = Episodes::default();
    // ten minutes later the same, told once more after a restart, twenty minutes later, and about another signal
    for (signal, from, until) in [(7, 0, 30), (7, 40, 50), (7, 40, 50), (7, 70, 80), (8, 85, 90)] {
        episodes.report(minute(from), &spell(signal, [from, from], FindingState::Active));
        episodes.report(minute(until), &spell(signal, [from, until], FindingState::Cleared));
    }
    let told: Vec<_> = episodes.finish().iter().map(|e| (e.found, e.until, e.returned)).collect();
    assert_eq!(told, [(minute(0), minute(50), 1), (minute(70), minute(80), 0), (minute(85), minute(90), 0)]);
}

#[test]
fn early_late_false_and_excused_findings_are_told_apart() {
    let events =
        [event(LabelKind::Fault, 100, 110), event(LabelKind::Maintenance, 200, 210), event(LabelKind::Fault, 300, 300)];
    // 50: nothing near; 95: five hours early; 105: again within; 205: people were at work; 290: ten hours early; 301: after it
    let episodes = found_at(&[50, 95, 105, 205, 290, 301]);
    let told = score(&events, &episodes, &[watched(720)], Duration::from_hours(24));
    let verdicts: Vec<Verdict> = told.verdicts.iter().map(|(v, _)| *v).collect();
    assert_eq!(verdicts, [Verdict::False, Verdict::Hit, Verdict::Hit, Verdict::Excused, Verdict::Hit, Verdict::False]);
    assert_eq!(told.events[0].lead_s, Some(5.0 * 3600.0));
    assert_eq!(told.events[0].by, [1, 2]);
    assert_eq!((told.events[1].fate, told.events[2].lead_s), (None, Some(10.0 * 3600.0)));
    let s = told.summary;
    assert_eq!((s.events, s.found, s.findings, s.false_alarms, s.excused), (2, 2, 5, 2, 1));
    assert_eq!((s.recall, s.precision), (Some(1.0), Some(0.6)));
    // 720 h are one month of 30 days
    assert!((s.machine_months - 1.0).abs() < 1e-12 && (s.false_per_machine_month.unwrap() - 2.0).abs() < 1e-12);
    assert_eq!((s.lead_median_s, s.lead_min_s), (Some(7.5 * 3600.0), Some(5.0 * 3600.0)));
}

#[test]
fn one_incident_that_is_known_twice_is_found_once_for_both() {
    // a label and the failure within it; the next fault, hours later, is another incident
    let events =
        [event(LabelKind::Fault, 100, 110), event(LabelKind::Fault, 103, 103), event(LabelKind::Fault, 115, 116)];
    let told = score(&events, &found_at(&[101]), &[watched(720)], Duration::from_hours(24));
    let fates: Vec<_> = told.events.iter().map(|e| e.fate.unwrap()).collect();
    assert_eq!(fates, [Fate::Found, Fate::Found, Fate::Missed]);
    assert_eq!((told.events[0].lead_s, told.events[1].lead_s), (Some(-3600.0), Some(7200.0)));
    assert_eq!((told.summary.findings, told.summary.false_alarms), (1, 0));
}

#[test]
fn an_alarm_that_never_ends_finds_nothing() {
    let mut episodes = Episodes::default();
    episodes.report(at(20), &finding(1, 20, 20, FindingState::Active));
    let events = [event(LabelKind::Fault, 100, 110), event(LabelKind::Fault, 200, 210)];
    let told = score(&events, &episodes.finish(), &[watched(300)], Duration::from_hours(24));
    assert_eq!((told.summary.found, told.summary.false_alarms), (0, 1));
}

#[test]
fn missed_is_not_the_same_as_never_seen() {
    let events = [event(LabelKind::Fault, 5, 9), event(LabelKind::Fault, 100, 101), event(LabelKind::Fault, 500, 501)];
    let told = score(&events, &[], &[watched(200)], Duration::from_hours(24));
    let fates: Vec<_> = told.events.iter().map(|e| e.fate.unwrap()).collect();
    assert_eq!(fates, [Fate::WhileLearning, Fate::Missed, Fate::NoData]);
    assert_eq!((told.summary.events, told.summary.recall, told.summary.precision), (2, Some(0.0), None));
    assert_eq!(score(&[], &[], &[], Duration::ZERO).summary.false_per_machine_month, None);
}

#[test]
fn another_machine_tells_nothing_and_a_failure_mode_is_named_or_not() {
    let other = Event { assets: BTreeSet::from([AssetId::new(2)]), ..event(LabelKind::Fault, 100, 110) };
    let told = score(&[other], &found_at(&[105]), &[watched(200)], Duration::ZERO);
    assert_eq!((told.summary.found, told.summary.false_alarms), (0, 1));
    for (mode, named) in [("Bearing wear", Some(true)), ("cavitation", Some(false))] {
        let event = Event { failure_mode: Some(mode.into()), ..event(LabelKind::Fault, 100, 110) };
        assert_eq!(score(&[event], &found_at(&[105]), &[], Duration::ZERO).events[0].named, named);
    }
    assert_eq!(
        score(&[event(LabelKind::Fault, 100, 110)], &found_at(&[112]), &[], Duration::ZERO).verdicts[0].0,
        Verdict::False
    );
}
