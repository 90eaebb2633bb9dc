//! The alarm that a finding asks for.

use gemba_act::{AlarmConfig, Behaviour, Rule, from_finding};
use gemba_plant::{
    AlarmClass, AssetId, Evidence, Finding, FindingKind, FindingState, Limits, Priority, SignalId, Timestamp,
};

fn finding(kind: FindingKind, severity: f64) -> Finding {
    Finding {
        asset: AssetId::new(3),
        key: "normal-behaviour".into(),
        kind,
        state: FindingState::Active,
        since: Timestamp::from_secs(7),
        until: Timestamp::from_secs(9),
        title: "flow is low for this power".into(),
        explanation: "flow 12 instead of 20 m³/h.".into(),
        p_value: Some(0.001),
        probability: 0.99,
        severity,
        contributions: Vec::new(),
        evidence: vec![Evidence::Limit { signal: SignalId::new(5), measured: 1.0, limit: 2.0, source: "x".into() }],
        failure_mode: Some("cavitation".into()),
        prescription: vec!["check the suction strainer".into(), "check the level".into()],
        rul: None,
        model: "normal-behaviour/1".into(),
    }
}

#[test]
fn kind_and_severity_decide_class_and_priority() {
    for (kind, severity, class, priority) in [
        (FindingKind::Anomaly, 0.1, AlarmClass::Ai, Priority::Low),
        (FindingKind::Anomaly, 0.5, AlarmClass::Ai, Priority::Medium),
        (FindingKind::Degradation, 0.9, AlarmClass::Ai, Priority::High),
        (FindingKind::Limit, 0.9, AlarmClass::Process, Priority::High),
        (FindingKind::SensorFault, 1.0, AlarmClass::Instrument, Priority::Medium),
        (FindingKind::DataQuality, 0.1, AlarmClass::System, Priority::Low),
        (FindingKind::Limit, f64::NAN, AlarmClass::Process, Priority::Low),
    ] {
        let request = from_finding(&finding(kind, severity), Some(4));
        assert_eq!((request.class, request.priority), (class, priority), "{kind:?} {severity}");
    }
}

#[test]
fn cause_consequence_and_response_are_never_empty() {
    let mut found = finding(FindingKind::Anomaly, 0.5);
    let request = from_finding(&found, Some(4));
    assert_eq!(request.cause, "flow 12 instead of 20 m³/h. The pattern fits: cavitation.");
    assert_eq!(request.response, "check the suction strainer; check the level");
    assert_eq!((request.signal, request.finding), (Some(SignalId::new(5)), Some(4)));
    assert_eq!(request.since, Some(Timestamp::from_secs(7)));
    found.prescription.clear();
    for kind in [FindingKind::Anomaly, FindingKind::Limit, FindingKind::SensorFault, FindingKind::DataQuality] {
        let request = from_finding(&Finding { kind, ..found.clone() }, None);
        assert!(!request.response.is_empty() && !request.consequence.is_empty());
    }
}

#[test]
fn rules_of_the_plant_say_how_alarms_behave_and_limits_of_a_signal_how_its_own_do() {
    let latch = Behaviour { latch: true, ..Behaviour::default() };
    let rule = |class, priority| Rule { class, priority, behaviour: latch.clone() };
    let config =
        AlarmConfig { rules: vec![rule(Some(AlarmClass::Process), Some(Priority::High))], ..AlarmConfig::default() };
    let asked = |kind, severity| from_finding(&finding(kind, severity), None).with_rules(&config).behaviour;
    assert_eq!(asked(FindingKind::Limit, 0.9), latch);
    assert_eq!(
        [asked(FindingKind::Limit, 0.5), asked(FindingKind::Anomaly, 0.9)],
        [Behaviour::default(), Behaviour::default()]
    );
    let slow = Behaviour { on_delay_ms: 3_600_001, ..Behaviour::default() };
    assert_eq!(AlarmConfig { rules: vec![Rule { behaviour: slow, ..Rule::default() }], ..config }.faults().len(), 1);

    let limits = Limits {
        outer_priority: Priority::Emergency,
        on_delay_s: 15,
        response: "open the bypass".into(),
        ..Limits::default()
    };
    let own = |severity| from_finding(&finding(FindingKind::Limit, severity), None).with_limits(&limits);
    assert_eq!([own(0.5).priority, own(1.0).priority], [Priority::Medium, Priority::Emergency]);
    assert_eq!((own(0.5).behaviour.on_delay_ms, own(0.5).response.as_str()), (15_000, "open the bypass"));
    assert!(!own(0.5).consequence.is_empty());
}
