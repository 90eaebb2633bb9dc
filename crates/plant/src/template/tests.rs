use std::collections::BTreeSet;

use super::*;

fn observed(mode: &FailureMode) -> Vec<(Role, Direction)> {
    mode.symptoms.iter().map(|s| (s.role, s.direction)).collect()
}

#[test]
fn the_eleven_kinds_are_there_and_named_once() {
    let names: Vec<&str> = Template::all().iter().map(|t| t.name).collect();
    let wanted = [
        "pump",
        "motor",
        "fan",
        "compressor",
        "gearbox",
        "cnc_spindle",
        "conveyor",
        "furnace",
        "chiller",
        "injection_press",
        "battery",
    ];
    assert_eq!(names, wanted);
    for name in wanted {
        assert_eq!(Template::named(name).map(|t| t.name), Some(name));
    }
    assert_eq!(Template::named("teapot"), None);
}

#[test]
fn names_and_ids_are_unique_and_every_mode_says_what_to_do() {
    for template in Template::all() {
        let signals: BTreeSet<&str> = template.signals.iter().map(|s| s.name).collect();
        let modes: BTreeSet<&str> = template.failure_modes.iter().map(|m| m.id).collect();
        assert_eq!(signals.len(), template.signals.len(), "{}", template.name);
        assert_eq!(modes.len(), template.failure_modes.len(), "{}", template.name);
        assert!(template.signals.iter().any(|s| s.required), "{}", template.name);
        assert!(template.failure_modes.iter().all(|m| !m.symptoms.is_empty() && m.prescription.len() >= 3));
    }
}

#[test]
fn what_modes_and_limits_look_at_is_among_the_signals() {
    for template in Template::all() {
        let has = |role| template.signals.iter().any(|s| s.role == role);
        for mode in template.failure_modes {
            for symptom in mode.symptoms {
                assert!(has(symptom.role), "{}: {} shows in {:?}", template.name, mode.id, symptom.role);
            }
        }
        for limit in template.limits {
            let same = |s: &&ExpectedSignal| s.role == limit.role && s.unit == limit.unit;
            assert!(template.signals.iter().any(|s| same(&s)), "{}: {:?}", template.name, limit.role);
        }
    }
}

#[test]
fn limits_and_ranges_are_ordered() {
    for template in Template::all() {
        for limit in template.limits {
            assert!(!limit.source.is_empty());
            match limit.rule {
                LimitRule::Fixed { warn, alarm } => assert!(warn < alarm, "{}", template.name),
                LimitRule::Iso10816_3 { refused } => {
                    assert!(template.name != "pump" && refused.iter().any(|r| r.contains("15 kW")));
                }
            }
        }
        for signal in template.signals {
            assert!(signal.range.is_none_or(|r| r.low < r.high), "{}: {}", template.name, signal.name);
        }
    }
}

#[test]
fn every_mode_is_recognised_by_its_own_symptoms() {
    for template in Template::all() {
        let by_role = template.failure_modes.iter().filter(|m| m.symptoms[0].role != Role::VibrationWaveform);
        for mode in by_role {
            let found = template.likely_failure(&observed(mode)).map(|m| m.id);
            assert_eq!(found, Some(mode.id), "{}", template.name);
        }
    }
}

#[test]
fn what_does_not_fit_is_not_named() {
    let pump = Template::named("pump").unwrap();
    assert_eq!(pump.likely_failure(&[]), None);
    assert_eq!(pump.likely_failure(&[(Role::Other, Direction::Up)]), None);
    // the races of a bearing look alike without a spectrum
    assert_eq!(pump.likely_failure(&[(Role::VibrationWaveform, Direction::Up)]), None);
    // suction pressure above normal contradicts cavitation
    let rising = [(Role::SuctionPressure, Direction::Up), (Role::Vibration, Direction::Up)];
    assert_ne!(pump.likely_failure(&rising).map(|m| m.id), Some("cavitation"));
}

#[test]
fn what_lies_to_one_side_does_not_stick_and_jump() {
    let pump = Template::named("pump").unwrap();
    assert_eq!(pump.likely_failure(&[(Role::Flow, Direction::Down)]).map(|m| m.id), Some("clogged_filter"));
    assert_eq!(pump.likely_failure(&[(Role::Flow, Direction::Either)]).map(|m| m.id), Some("valve_stiction"));
}

#[test]
fn a_leak_asks_more_of_a_compressor_and_a_slipping_belt_less_of_a_conveyor() {
    let named = |kind: &str, asked, observed: &[_]| {
        Template::named(kind).unwrap().drives_beyond(&[asked], observed).map(|mode| mode.id)
    };
    let (faster, slower) = ((Role::Speed, Direction::Up), (Role::Speed, Direction::Down));
    let (flow, power) = ((Role::Flow, Direction::Up), (Role::Power, Direction::Up));
    assert_eq!(named("compressor", faster, &[flow, power]), Some("air_leak"));
    assert_eq!(named("compressor", faster, &[(Role::Flow, Direction::Down)]), None);
    assert_eq!(named("compressor", slower, &[]), None);
    assert_eq!(named("conveyor", slower, &[]), Some("belt_slip"));
    assert_eq!(named("conveyor", slower, &[power]), None);
}

#[test]
fn several_signals_of_a_role_count_once() {
    let furnace = Template::named("furnace").unwrap();
    let seen = [
        (Role::ProcessTemperature, Direction::Down),
        (Role::Power, Direction::Down),
        (Role::ProcessTemperature, Direction::Down),
    ];
    assert_eq!(furnace.likely_failure(&seen).map(|m| m.id), Some("heater_failure"));
}

#[test]
fn every_mode_has_its_ranks_and_what_mending_takes() {
    for template in Template::all() {
        for mode in template.failure_modes {
            let what = format!("{}: {}", template.name, mode.id);
            assert!(mode.ranks.is_valid() && mode.ranks.detection < NEVER_SEEN, "{what}");
            assert!(mode.repair.hours > 0 && mode.repair.people > 0 && !mode.repair.skill.is_empty(), "{what}");
            let needs = |what: &str| mode.prescription.iter().any(|step| step.contains(what));
            assert!(!mode.repair.spares.contains(&BEARING) || needs("bearing"), "{what}");
        }
    }
}
