//! Recorded failures and replacements to curves, for a machine and its kind.

use gemba_act::work::{EventKind, Failure};
use gemba_learn::random::Random;
use gemba_plant::{AssetId, Evidence, Finding, FindingKind, FindingState, RemainingLife, Timestamp};
use gemba_solutions::maintenance::reliability::{Ageing, LifeData, Reliability, Speaks, Voices, reliability, speaks};

const DAY_S: f64 = 86_400.0;

#[allow(clippy::cast_possible_truncation, reason = "days of a few years in seconds")]
fn day(days: f64) -> Timestamp {
    Timestamp::from_secs((days * DAY_S) as i64)
}

fn event(machine: u32, at: f64, kind: EventKind, mode: &str) -> Failure {
    Failure {
        id: 0,
        kind,
        asset: AssetId::new(machine),
        at: day(at),
        repaired: None,
        failure_mode: mode.to_owned(),
        finding: None,
        note: String::new(),
    }
}

fn of(events: &[Failure], kind: &[u32], now: f64) -> Reliability {
    let kind: Vec<AssetId> = kind.iter().copied().map(AssetId::new).collect();
    reliability(&LifeData { machine: AssetId::new(1), kind: &kind, events, now: day(now) })
}

/// Twenty machines, put into service in the first days, whose seal lasts a Weibull life of shape 3 and 200 days; their
/// filter fails by chance.
fn plant(until: f64) -> Vec<Failure> {
    let mut random = Random::new(11);
    let mut events = Vec::new();
    for machine in 1..=20 {
        events.push(event(machine, 5.0 * random.unit(), EventKind::Replacement, ""));
        for (mode, shape, scale) in [("seal leakage", 3.0, 200.0), ("clogged_filter", 1.0, 400.0)] {
            let mut at = 5.0;
            loop {
                at += scale * (-(1.0 - random.unit()).ln()).powf(1.0 / shape);
                if at > until {
                    break;
                }
                events.push(event(machine, at, EventKind::Failure, mode));
            }
        }
    }
    events
}

#[test]
fn wear_is_told_from_chance_and_the_chance_ahead_is_a_range() {
    let events = plant(900.0);
    let found = of(&events, &(1..=22).collect::<Vec<u32>>(), 900.0);
    assert_eq!((found.machines, found.unrecorded, found.missing.as_str()), (22, 2, ""));
    let curve = |mode: Option<&str>| found.curves.iter().find(|c| c.failure_mode.as_deref() == mode).unwrap();
    let (any, seal, filter) = (curve(None), curve(Some("seal_leakage")), curve(Some("clogged_filter")));
    assert_eq!((seal.ageing, seal.machines, seal.few, seal.fits), (Ageing::Wear, 20, false, true), "{seal:?}");
    assert!(seal.shape.lo < 3.4 && 2.6 < seal.shape.hi && seal.shape.hi < 4.5, "{:?}", seal.shape);
    assert!(seal.scale_days.lo < 212.0 && 188.0 < seal.scale_days.hi, "{:?}", seal.scale_days);
    assert_ne!(filter.ageing, Ageing::Wear, "{filter:?}");
    assert!(filter.shape.lo < 1.0 && 1.0 < filter.shape.hi);
    assert_eq!((any.running, found.curves.len()), (20, 3));
    let days: Vec<u32> = seal.ahead.iter().map(|a| a.days).collect();
    assert_eq!(days, [7, 30, 90]);
    assert!(seal.ahead.iter().all(|a| a.chance.lo < a.chance.median && a.chance.median < a.chance.hi));
    assert!(seal.ahead.is_sorted_by(|a, b| a.chance.median < b.chance.median));
    let left = seal.left.unwrap();
    assert!(left.lo < left.days && left.days < left.hi.unwrap());
    let counted: Vec<f64> = seal.points.iter().filter_map(|p| p.counted).collect();
    assert!((counted[0] - 1.0).abs() < 1e-12 && counted.is_sorted_by(|a, b| a >= b) && counted.len() > 40);
    assert!(
        seal.says.contains("by seal leakage of 20 machines of this kind") && seal.says.contains("wear"),
        "{}",
        seal.says
    );
}

#[test]
fn a_repair_belongs_to_its_failure_and_an_unknown_begin_is_not_guessed() {
    let mut events = vec![event(1, 100.0, EventKind::Failure, ""), event(1, 200.0, EventKind::Failure, "")];
    events.push(event(1, 100.5, EventKind::Replacement, ""));
    events.push(event(1, 300.0, EventKind::Failure, ""));
    events[1].repaired = Some(day(210.0));
    events.push(event(2, 50.0, EventKind::Failure, ""));
    events.push(event(9, 1.0, EventKind::Failure, ""));
    let found = of(&events, &[1, 2], 400.0);
    assert_eq!((found.failures, found.curves.len()), (4, 0), "{found:?}");
    assert!(found.missing.contains("4 failures") && found.missing.contains("of 2 it is known"), "{}", found.missing);
    events.push(event(2, 1.0, EventKind::Replacement, ""));
    let found = of(&events, &[1, 2], 400.0);
    let any = &found.curves[0];
    // 99.5 and 90 days of machine 1, 49 of machine 2; both go on
    assert_eq!((any.failed, any.replaced, any.running, any.own), (3, 0, 2, 2), "{any:?}");
    assert!(any.few && any.ageing == Ageing::Open && any.says.contains("few"), "{}", any.says);
    assert!((any.age_days.unwrap() - 100.0).abs() < 1e-9);
    assert!(any.shape.hi > 2.0 * any.shape.lo, "three failures leave much open: {:?}", any.shape);
}

#[test]
fn a_machine_of_unknown_age_has_a_curve_and_no_chance() {
    let events = plant(900.0);
    let own: Vec<Failure> = events.into_iter().filter(|e| e.asset != AssetId::new(1)).collect();
    let found = of(&own, &(1..=20).collect::<Vec<u32>>(), 900.0);
    let any = &found.curves[0];
    assert!(any.age_days.is_none() && any.ahead.is_empty() && any.left.is_none() && any.points.len() > 10);
    assert!(any.says.contains("not recorded"), "{}", any.says);
    assert_eq!(speaks(&Voices::default(), &found), (None, String::new()));
    assert!(of(&[], &[1], 1.0).missing.contains("No failure"));
}

#[test]
fn the_own_path_speaks_before_the_age_of_others() {
    let found = of(&plant(900.0), &(1..=20).collect::<Vec<u32>>(), 900.0);
    let path = |lo: f64, hi: f64| Finding {
        asset: AssetId::new(1),
        key: "life:7:above".into(),
        kind: FindingKind::Degradation,
        state: FindingState::Active,
        since: day(800.0),
        until: day(900.0),
        title: String::new(),
        explanation: String::new(),
        p_value: None,
        probability: 0.9,
        severity: 0.5,
        contributions: Vec::new(),
        evidence: Vec::<Evidence>::new(),
        failure_mode: None,
        prescription: Vec::new(),
        rul: Some(RemainingLife { days: lo, lo, hi: Some(hi), level: 0.9 }),
        model: String::new(),
    };
    let age = found.curves[0].left.unwrap();
    assert_eq!(speaks(&Voices::default(), &found).0, Some(Speaks::Age));
    let (who, why) =
        speaks(&Voices { condition: Some(&path(0.1 * age.lo, 0.5 * age.lo)), ..Voices::default() }, &found);
    assert!(who == Some(Speaks::Condition) && why.contains("wears faster"), "{why}");
    let later = age.hi.unwrap();
    assert!(
        speaks(&Voices { condition: Some(&path(2.0 * later, 3.0 * later)), ..Voices::default() }, &found)
            .1
            .contains("sooner")
    );
    assert!(
        speaks(&Voices { condition: Some(&path(age.lo, later)), ..Voices::default() }, &found).1.contains("overlap")
    );
    let over = Finding { state: FindingState::Cleared, ..path(1.0, 2.0) };
    assert_eq!(speaks(&Voices { condition: Some(&over), ..Voices::default() }, &found).0, Some(Speaks::Age));
}
