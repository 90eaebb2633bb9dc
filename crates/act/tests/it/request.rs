//! The alarm that a finding asks for.

use gemba_act::from_finding;
use gemba_plant::{AlarmClass, AssetId, Evidence, Finding, FindingKind, FindingState, Priority, SignalId, Timestamp};

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
