//! Machines that heat, cool and mould.

use super::Template;
use super::common::{BEARING_TEMPERATURE, COOLING_LOSS, LUBRICATION_LOSS, WINDING_TEMPERATURE};
use super::fmea::{Ranks, Repair, one};
use super::parts::{Effect, FailureMode, counter, down, gauge, state, up};
use crate::{Role, SignalKind};

/// Heating elements burn out, in an oven's zone or a barrel.
const HEATER_FAILURE: FailureMode = FailureMode {
    id: "heater_failure",
    name: "Failed heating element",
    effect: Effect::InsufficientHeatTransfer,
    symptoms: &[down(Role::ProcessTemperature), down(Role::Power)],
    prescription: &[
        "measure current and resistance of the elements of that zone",
        "check fuses, thyristor or relay of the zone",
        "change the burnt-out elements",
    ],
    ranks: Ranks::new(7, 4, 3),
    repair: Repair::electrician(4, &[one("heating element")]),
};

/// A furnace or oven with heated zones.
pub(super) const FURNACE: Template = Template {
    name: "furnace",
    title: "Furnace or oven",
    signals: &[
        gauge("zone_temperature", Role::ProcessTemperature, "Cel", (0.0, 1_400.0)).required(),
        gauge("set_point", Role::SetPoint, "Cel", (0.0, 1_400.0)).of(SignalKind::SetPoint).required(),
        gauge("zone_power", Role::Power, "kW", (0.0, 500.0)).required(),
        gauge("throughput", Role::Flow, "kg/h", (0.0, 10_000.0)),
        gauge("ambient_temperature", Role::AmbientTemperature, "Cel", (-30.0, 60.0)),
        gauge("fan_bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
        gauge("fan_vibration", Role::Vibration, "mm/s", (0.0, 50.0)),
        counter("energy", Role::Energy, "kW.h"),
        state("product", Role::Product),
    ],
    failure_modes: &[
        HEATER_FAILURE,
        FailureMode {
            id: "heat_loss",
            name: "Heat lost through door, seal or lining",
            effect: Effect::InsufficientHeatTransfer,
            symptoms: &[up(Role::Power), down(Role::ProcessTemperature)],
            prescription: &[
                "check that doors and seals close",
                "look at the shell with a thermal camera",
                "repair the lining at the next stop",
            ],
            ranks: Ranks::new(5, 4, 4),
            repair: Repair::mechanic(8, &[one("door seal")]).by(2),
        },
        FailureMode {
            id: "control_runaway",
            name: "Heating that does not switch off",
            effect: Effect::Overheating,
            symptoms: &[up(Role::ProcessTemperature), up(Role::Power)],
            prescription: &[
                "switch the zone off by hand and see whether its power goes to zero",
                "check thyristor or relay for a short circuit",
                "check the over-temperature protection",
            ],
            ranks: Ranks::new(9, 2, 3),
            repair: Repair::electrician(3, &[one("thyristor")]),
        },
        LUBRICATION_LOSS,
    ],
    limits: &[BEARING_TEMPERATURE],
};

/// A chiller with a compression cycle.
pub(super) const CHILLER: Template = Template {
    name: "chiller",
    title: "Chiller",
    signals: &[
        gauge("supply_temperature", Role::ProcessTemperature, "Cel", (-20.0, 40.0)).required(),
        gauge("return_temperature", Role::ProcessTemperature, "Cel", (-20.0, 60.0)),
        gauge("set_point", Role::SetPoint, "Cel", (-20.0, 30.0)).of(SignalKind::SetPoint),
        gauge("flow", Role::Flow, "m3/h", (0.0, 1_000.0)),
        gauge("suction_pressure", Role::SuctionPressure, "bar", (-1.0, 30.0)).required(),
        gauge("discharge_pressure", Role::DischargePressure, "bar", (-1.0, 50.0)).required(),
        gauge("power", Role::Power, "kW", (0.0, 1_000.0)).required(),
        gauge("load", Role::Load, "%", (0.0, 100.0)),
        gauge("winding_temperature", Role::WindingTemperature, "Cel", (-20.0, 200.0)),
    ],
    failure_modes: &[
        FailureMode {
            id: "condenser_fouling",
            name: "Fouled condenser",
            effect: Effect::InsufficientHeatTransfer,
            symptoms: &[up(Role::DischargePressure), up(Role::Power), up(Role::ProcessTemperature)],
            prescription: &[
                "clean the fins or tubes of the condenser",
                "check fans or cooling water",
                "compare the condensing temperature with that of the surroundings",
            ],
            ranks: Ranks::new(5, 5, 3),
            repair: Repair::mechanic(4, &[]),
        },
        FailureMode {
            id: "refrigerant_loss",
            name: "Loss of refrigerant",
            effect: Effect::ExternalLeakage,
            symptoms: &[down(Role::SuctionPressure), down(Role::DischargePressure), up(Role::ProcessTemperature)],
            prescription: &[
                "look for bubbles in the sight glass and check the superheat",
                "search for leaks with a detector",
                "have a certified person repair and refill",
            ],
            ranks: Ranks::new(9, 4, 4),
            repair: Repair::mechanic(6, &[one("refrigerant, a filling")]).of("refrigeration"),
        },
        FailureMode {
            id: "low_water_flow",
            name: "Too little water through the evaporator",
            effect: Effect::PluggedOrChoked,
            symptoms: &[down(Role::Flow), down(Role::SuctionPressure)],
            prescription: &[
                "check the water pump, valves and strainer",
                "bleed the water circuit",
                "check the evaporator for ice and scale",
            ],
            ranks: Ranks::new(7, 4, 3),
            repair: Repair::mechanic(2, &[one("strainer")]),
        },
        COOLING_LOSS,
    ],
    limits: &[WINDING_TEMPERATURE],
};

/// An injection moulding machine; values of a shot stand until the next.
pub(super) const INJECTION_PRESS: Template = Template {
    name: "injection_press",
    title: "Injection press",
    signals: &[
        gauge("cycle_time", Role::Other, "s", (0.0, 300.0)).required(),
        gauge("peak_pressure", Role::Pressure, "bar", (0.0, 2_500.0)).required(),
        gauge("hold_pressure", Role::Pressure, "bar", (0.0, 2_500.0)),
        gauge("cushion", Role::Position, "mm", (0.0, 100.0)).required(),
        gauge("fill_time", Role::Other, "s", (0.0, 30.0)),
        gauge("barrel_temperature", Role::ProcessTemperature, "Cel", (0.0, 450.0)).required(),
        gauge("mould_temperature", Role::ProcessTemperature, "Cel", (0.0, 250.0)),
        gauge("power", Role::Power, "kW", (0.0, 500.0)),
        gauge("winding_temperature", Role::WindingTemperature, "Cel", (-20.0, 200.0)),
        counter("shots", Role::Count, "1"),
        state("state", Role::OperatingState),
        state("product", Role::Product),
    ],
    failure_modes: &[
        FailureMode {
            id: "check_ring_wear",
            name: "Leaking check ring",
            effect: Effect::InternalLeakage,
            symptoms: &[down(Role::Position), down(Role::Pressure)],
            prescription: &[
                "see whether the screw keeps creeping forward while pressure is held",
                "pull the screw and inspect check ring and seat",
                "check the weight of the parts made since then",
            ],
            ranks: Ranks::new(6, 4, 4),
            repair: Repair::mechanic(6, &[one("check ring")]),
        },
        FailureMode {
            id: "nozzle_blockage",
            name: "Blocked nozzle or gate",
            effect: Effect::PluggedOrChoked,
            symptoms: &[up(Role::Pressure), up(Role::Position)],
            prescription: &[
                "check the temperature of nozzle and hot runner",
                "clean or change the nozzle",
                "look for foreign matter in the granulate",
            ],
            ranks: Ranks::new(6, 5, 3),
            repair: Repair::mechanic(2, &[one("nozzle")]),
        },
        HEATER_FAILURE,
        FailureMode {
            id: "cooling_blockage",
            name: "Blocked cooling of mould or oil",
            effect: Effect::InsufficientHeatTransfer,
            symptoms: &[up(Role::ProcessTemperature)],
            prescription: &[
                "check flow and temperature of the cooling water",
                "clean strainers and descale the channels of the mould",
                "check the temperature control unit",
            ],
            ranks: Ranks::new(5, 5, 3),
            repair: Repair::mechanic(4, &[]),
        },
        COOLING_LOSS,
    ],
    limits: &[WINDING_TEMPERATURE],
};
