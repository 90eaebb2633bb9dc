//! What each fault of the virtual plant may rightly be called.

use gemba_plant::{Finding, FindingKind};
use gemba_sim::{Fault, FaultKind as K};

/// The failure modes of the machines' templates that say what a fault is, by its physics; none for what no template knows.
///
/// One mode each, but for the races: a bearing whose race is spalled is worn too, which is all that can be said without a
/// waveform. A strainer that clogs until the pump cavitates is told as cavitation, whose first step is to clean it. No other
/// name is right because it leads to the same repair.
pub(super) const fn modes(kind: K) -> &'static [&'static str] {
    match kind {
        K::BearingOuterRace => &["bearing_outer_race", "bearing_wear"],
        K::BearingInnerRace => &["bearing_inner_race", "bearing_wear"],
        K::LubricationLoss => &["lubrication_loss"],
        K::Unbalance => &["unbalance"],
        K::Misalignment => &["misalignment"],
        K::Cavitation => &["cavitation"],
        K::ImpellerWear => &["impeller_wear"],
        K::CloggedFilter => &["clogged_filter"],
        K::ValveStiction => &["valve_stiction"],
        K::CoolingLoss => &["cooling_loss"],
        K::AirLeak => &["air_leak"],
        K::ToolWear => &["tool_wear"],
        K::ToolBreakage => &["tool_breakage"],
        K::GearWear => &["gear_wear"],
        K::BeltSlip => &["belt_slip"],
        K::HeaterFailure => &["heater_failure"],
        K::CondenserFouling => &["condenser_fouling"],
        K::CheckRingWear => &["check_ring_wear"],
        K::EjectorSticking | K::SensorStuck | K::SensorSpike | K::SensorDrift | K::SensorDropout | K::SensorNoise => {
            &[]
        }
    }
}

/// What a finding says of a sensor that does so.
const fn words(kind: K) -> Option<&'static str> {
    match kind {
        K::SensorStuck => Some("is stuck"),
        K::SensorSpike => Some("spikes"),
        K::SensorDrift => Some("drifts"),
        K::SensorDropout => Some("gives no usable value"),
        K::SensorNoise => Some("is noisy"),
        _ => None,
    }
}

/// Whether there is a name for the fault at all.
pub(super) const fn has_name(kind: K) -> bool {
    words(kind).is_some() || !modes(kind).is_empty()
}

/// Whether a finding calls the fault what it is; none when it gives no name.
pub(super) fn names(finding: &Finding, fault: &Fault) -> Option<bool> {
    if let Some(mode) = &finding.failure_mode {
        return Some(modes(fault.kind).contains(&mode.as_str()));
    }
    let of_sensor = finding.kind == FindingKind::SensorFault && finding.key.starts_with("sensor:");
    of_sensor.then(|| blames(finding, fault) && words(fault.kind).is_some_and(|words| finding.title.ends_with(words)))
}

/// Whether a finding blames the sensor that is at fault.
pub(super) fn blames(finding: &Finding, fault: &Fault) -> bool {
    let signal = fault.signal.as_deref();
    finding.kind == FindingKind::SensorFault && signal.is_some_and(|name| finding.key == format!("sensor:{name}"))
}

/// Whether a finding leaves open whether the sensor or the machine is at fault.
pub(super) fn leaves_open(finding: &Finding) -> bool {
    finding.explanation.contains("either the sensor is off")
}

#[cfg(test)]
mod tests {
    use gemba_plant::Template;
    use gemba_sim::fault_catalogue;

    use super::*;

    #[test]
    fn the_template_of_the_machine_knows_each_name_that_a_fault_may_have() {
        let (assets, _) = crate::virtual_plant::plant_config().unwrap();
        for fault in fault_catalogue().iter().filter(|f| !f.kind.of_sensor()) {
            let asset = assets.iter().find(|a| a.path.as_str() == fault.asset).unwrap();
            let template = Template::named(asset.template.as_deref().unwrap()).unwrap();
            for mode in modes(fault.kind) {
                let known = template.failure_modes.iter().any(|known| known.id == *mode);
                assert!(known, "{mode} of {}", fault.id);
            }
        }
    }
}
