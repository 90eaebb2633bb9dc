//! Machines that move a medium, and what drives them.

use super::Template;
use super::common::{
    BEARING_BALL, BEARING_CAGE, BEARING_INNER_RACE, BEARING_OUTER_RACE, BEARING_TEMPERATURE, BEARING_WEAR,
    BROKEN_ROTOR_BAR, CLOGGED_FILTER, COOLING_LOSS, ECCENTRICITY, ELECTRICAL, LOOSENESS, LUBRICATION_LOSS,
    MISALIGNMENT, OVERLOAD, STATOR_WINDING, UNBALANCE, VIBRATION, WINDING_TEMPERATURE,
};
use super::parts::{Effect, FailureMode, counter, down, gauge, state, swings, up};
use crate::{Role, SignalKind};

/// A rotodynamic pump. Its vibration is not graded: ISO 10816-3 leaves pumps to ISO 10816-7.
pub(super) const PUMP: Template = Template {
    name: "pump",
    title: "Pump",
    signals: &[
        gauge("flow", Role::Flow, "m3/h", (0.0, 2_000.0)).required(),
        gauge("suction_pressure", Role::SuctionPressure, "bar", (-1.0, 10.0)).required(),
        gauge("discharge_pressure", Role::DischargePressure, "bar", (0.0, 40.0)).required(),
        gauge("filter_pressure_drop", Role::Pressure, "bar", (0.0, 5.0)),
        gauge("power", Role::Power, "kW", (0.0, 500.0)).required(),
        gauge("speed", Role::Speed, "/min", (0.0, 3_600.0)),
        gauge("valve", Role::Valve, "%", (0.0, 100.0)),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 50.0)),
        gauge("vibration_wave", Role::VibrationWaveform, "m/s2", (-500.0, 500.0)).of(SignalKind::Waveform),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
    ],
    failure_modes: &[
        FailureMode {
            id: "cavitation",
            name: "Cavitation",
            effect: Effect::LowOutput,
            symptoms: &[
                down(Role::SuctionPressure),
                up(Role::Vibration),
                down(Role::Flow),
                down(Role::DischargePressure),
            ],
            prescription: &[
                "check and clean the suction strainer",
                "check that the suction valve is open and the level in front of the pump high enough",
                "compare the net positive suction head with what the pump needs at this flow",
            ],
        },
        FailureMode {
            id: "impeller_wear",
            name: "Impeller wear",
            effect: Effect::LowOutput,
            symptoms: &[down(Role::DischargePressure), down(Role::Flow), down(Role::Power)],
            prescription: &[
                "compare head and flow with the pump's curve",
                "inspect impeller and wear rings at the next stop",
                "plan the replacement of the impeller",
            ],
        },
        FailureMode {
            id: "valve_stiction",
            name: "Sticking control valve",
            effect: Effect::ErraticOutput,
            symptoms: &[swings(Role::Flow), swings(Role::Valve)],
            prescription: &[
                "compare the wanted with the measured position of the valve",
                "check packing and air supply of the valve",
                "service the positioner",
            ],
        },
        CLOGGED_FILTER,
        MISALIGNMENT,
        UNBALANCE,
        LUBRICATION_LOSS,
        LOOSENESS,
        BEARING_WEAR,
        BEARING_OUTER_RACE,
        BEARING_INNER_RACE,
        BEARING_BALL,
        BEARING_CAGE,
    ],
    limits: &[BEARING_TEMPERATURE],
};

/// An electric motor.
pub(super) const MOTOR: Template = Template {
    name: "motor",
    title: "Electric motor",
    signals: &[
        gauge("current", Role::Current, "A", (0.0, 1_000.0)).required(),
        gauge("current_wave", Role::Current, "A", (-3_000.0, 3_000.0)).of(SignalKind::Waveform),
        gauge("voltage", Role::Voltage, "V", (0.0, 1_000.0)),
        gauge("power", Role::Power, "kW", (0.0, 500.0)),
        gauge("speed", Role::Speed, "/min", (0.0, 3_600.0)),
        gauge("torque", Role::Torque, "N.m", (0.0, 5_000.0)),
        gauge("winding_temperature", Role::WindingTemperature, "Cel", (-20.0, 200.0)).required(),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 50.0)).required(),
        gauge("vibration_wave", Role::VibrationWaveform, "m/s2", (-500.0, 500.0)).of(SignalKind::Waveform),
    ],
    failure_modes: &[
        COOLING_LOSS,
        OVERLOAD,
        FailureMode {
            id: "phase_loss",
            name: "Lost or unequal phase",
            effect: Effect::Overheating,
            symptoms: &[down(Role::Voltage), up(Role::Current), up(Role::WindingTemperature)],
            prescription: &[
                "measure voltage and current of each phase",
                "check fuses, contactor and terminals",
                "measure the insulation of the winding at a stop",
            ],
        },
        MISALIGNMENT,
        UNBALANCE,
        LUBRICATION_LOSS,
        LOOSENESS,
        BEARING_WEAR,
        BEARING_OUTER_RACE,
        BEARING_INNER_RACE,
        BEARING_BALL,
        BEARING_CAGE,
        ELECTRICAL,
        BROKEN_ROTOR_BAR,
        ECCENTRICITY,
        STATOR_WINDING,
    ],
    limits: &[VIBRATION, BEARING_TEMPERATURE, WINDING_TEMPERATURE],
};

/// A fan or blower with its filter.
pub(super) const FAN: Template = Template {
    name: "fan",
    title: "Fan",
    signals: &[
        gauge("flow", Role::Flow, "m3/h", (0.0, 200_000.0)).required(),
        gauge("filter_pressure_drop", Role::Pressure, "kPa", (0.0, 5.0)),
        gauge("damper", Role::Valve, "%", (0.0, 100.0)),
        gauge("speed", Role::Speed, "/min", (0.0, 3_600.0)),
        gauge("power", Role::Power, "kW", (0.0, 500.0)).required(),
        gauge("current", Role::Current, "A", (0.0, 1_000.0)),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 50.0)).required(),
        gauge("vibration_wave", Role::VibrationWaveform, "m/s2", (-500.0, 500.0)).of(SignalKind::Waveform),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
    ],
    failure_modes: &[
        UNBALANCE,
        CLOGGED_FILTER,
        FailureMode {
            id: "belt_slip",
            name: "Slipping belt",
            effect: Effect::LowOutput,
            symptoms: &[down(Role::Flow), down(Role::Power), down(Role::Speed)],
            prescription: &[
                "check tension and wear of the belt",
                "check the alignment of the pulleys",
                "change the belt",
            ],
        },
        MISALIGNMENT,
        LUBRICATION_LOSS,
        LOOSENESS,
        BEARING_WEAR,
        BEARING_OUTER_RACE,
        BEARING_INNER_RACE,
        BEARING_BALL,
        BEARING_CAGE,
    ],
    limits: &[VIBRATION, BEARING_TEMPERATURE],
};

/// A rotary air compressor with its receiver.
pub(super) const COMPRESSOR: Template = Template {
    name: "compressor",
    title: "Compressor",
    signals: &[
        gauge("discharge_pressure", Role::DischargePressure, "bar", (0.0, 16.0)).required(),
        gauge("flow", Role::Flow, "m3/min", (0.0, 200.0)).required(),
        gauge("power", Role::Power, "kW", (0.0, 1_000.0)).required(),
        gauge("current", Role::Current, "A", (0.0, 2_000.0)),
        gauge("speed", Role::Speed, "/min", (0.0, 15_000.0)),
        gauge("load", Role::Load, "%", (0.0, 150.0)),
        gauge("oil_temperature", Role::ProcessTemperature, "Cel", (-20.0, 150.0)).required(),
        gauge("inlet_filter_drop", Role::Pressure, "kPa", (0.0, 20.0)),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 50.0)),
        gauge("vibration_wave", Role::VibrationWaveform, "m/s2", (-500.0, 500.0)).of(SignalKind::Waveform),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
        counter("energy", Role::Energy, "kW.h"),
        state("state", Role::OperatingState),
    ],
    failure_modes: &[
        FailureMode {
            id: "air_leak",
            name: "Air leak",
            effect: Effect::ExternalLeakage,
            symptoms: &[up(Role::Flow), up(Role::Power), down(Role::DischargePressure)],
            prescription: &[
                "compare the flow with that of hours without production",
                "search the network with an ultrasonic detector",
                "shut off branches one by one until the flow falls",
            ],
        },
        CLOGGED_FILTER,
        FailureMode {
            id: "internal_leakage",
            name: "Leakage inside",
            effect: Effect::InternalLeakage,
            symptoms: &[down(Role::Flow), up(Role::ProcessTemperature), up(Role::Power)],
            prescription: &[
                "compare flow and power with the compressor's data sheet",
                "check inlet valve, minimum-pressure valve and shaft seal",
                "have the clearance of the rotors measured",
            ],
        },
        FailureMode {
            id: "cooler_fouling",
            name: "Fouled oil cooler",
            effect: Effect::InsufficientHeatTransfer,
            symptoms: &[up(Role::ProcessTemperature)],
            prescription: &[
                "clean the oil cooler",
                "check cooling fan or cooling water and the thermostatic valve",
                "check level and age of the oil",
            ],
        },
        MISALIGNMENT,
        UNBALANCE,
        LUBRICATION_LOSS,
        LOOSENESS,
        BEARING_WEAR,
        BEARING_OUTER_RACE,
        BEARING_INNER_RACE,
        BEARING_BALL,
        BEARING_CAGE,
    ],
    limits: &[BEARING_TEMPERATURE],
};
