//! Machines that pass on torque, cut and carry.

use super::Template;
use super::common::{
    BEARING_BALL, BEARING_CAGE, BEARING_INNER_RACE, BEARING_OUTER_RACE, BEARING_TEMPERATURE, BEARING_WEAR,
    COOLING_LOSS, LOOSENESS, LUBRICATION_LOSS, MISALIGNMENT, OVERLOAD, UNBALANCE, WINDING_TEMPERATURE,
};
use super::fmea::{Ranks, Repair, one};
use super::parts::{Effect, FailureMode, counter, down, gauge, state, up};
use crate::{Role, SignalKind};

/// A gear unit.
pub(super) const GEARBOX: Template = Template {
    name: "gearbox",
    title: "Gearbox",
    signals: &[
        gauge("speed", Role::Speed, "/min", (0.0, 3_600.0)).required(),
        gauge("torque", Role::Torque, "N.m", (0.0, 10_000.0)),
        gauge("power", Role::Power, "kW", (0.0, 500.0)),
        gauge("oil_temperature", Role::ProcessTemperature, "Cel", (-20.0, 150.0)).required(),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 50.0)).required(),
        gauge("vibration_wave", Role::VibrationWaveform, "m/s2", (-500.0, 500.0)).of(SignalKind::Waveform),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
    ],
    failure_modes: &[
        FailureMode {
            id: "gear_wear",
            name: "Worn teeth",
            effect: Effect::StructuralDeficiency,
            symptoms: &[up(Role::Vibration), up(Role::ProcessTemperature)],
            prescription: &[
                "look in the spectrum for the meshing frequency and its side bands",
                "take an oil sample and count the particles",
                "inspect the teeth through the cover at the next stop",
            ],
            ranks: Ranks::new(8, 3, 4),
            repair: Repair::mechanic(16, &[one("gear set")]).by(2),
        },
        FailureMode {
            id: "lubrication_loss",
            name: "Loss of lubrication",
            effect: Effect::Overheating,
            symptoms: &[up(Role::BearingTemperature), up(Role::ProcessTemperature), up(Role::Vibration)],
            prescription: &[
                "check level, colour and smell of the oil",
                "look for leaking seals",
                "change the oil and its filter",
            ],
            ranks: Ranks::new(7, 4, 4),
            repair: Repair::mechanic(3, &[one("gear oil, a filling"), one("oil filter")]),
        },
        MISALIGNMENT,
        LOOSENESS,
        BEARING_WEAR,
        BEARING_OUTER_RACE,
        BEARING_INNER_RACE,
        BEARING_BALL,
        BEARING_CAGE,
    ],
    limits: &[BEARING_TEMPERATURE],
};

/// The main spindle of a machine tool.
pub(super) const CNC_SPINDLE: Template = Template {
    name: "cnc_spindle",
    title: "CNC spindle",
    signals: &[
        gauge("speed", Role::Speed, "/min", (0.0, 40_000.0)).required(),
        gauge("torque", Role::Torque, "N.m", (0.0, 500.0)).required(),
        gauge("power", Role::Power, "kW", (0.0, 100.0)).required(),
        gauge("load", Role::Load, "%", (0.0, 200.0)),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 50.0)),
        gauge("vibration_wave", Role::VibrationWaveform, "m/s2", (-500.0, 500.0)).of(SignalKind::Waveform),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
        gauge("tool_wear", Role::Wear, "%", (0.0, 100.0)),
        counter("parts", Role::Count, "1"),
        state("state", Role::OperatingState).required(),
        state("product", Role::Product),
    ],
    failure_modes: &[
        FailureMode {
            id: "tool_wear",
            name: "Worn tool",
            effect: Effect::StructuralDeficiency,
            symptoms: &[up(Role::Torque), up(Role::Power), up(Role::Vibration), up(Role::Wear)],
            prescription: &[
                "inspect the cutting edge",
                "change the tool",
                "check feed, speed and coolant of the program",
            ],
            ranks: Ranks::new(5, 8, 3),
            repair: Repair::mechanic(1, &[one("tool")]),
        },
        FailureMode {
            id: "tool_breakage",
            name: "Broken tool",
            effect: Effect::Breakdown,
            symptoms: &[down(Role::Torque), down(Role::Power)],
            prescription: &[
                "stop the machine and inspect tool and workpiece",
                "change the tool and measure its length",
                "hold back the parts made since then",
            ],
            ranks: Ranks::new(7, 6, 2),
            repair: Repair::mechanic(1, &[one("tool")]),
        },
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

/// A belt or roller conveyor with its drive.
pub(super) const CONVEYOR: Template = Template {
    name: "conveyor",
    title: "Conveyor",
    signals: &[
        gauge("speed", Role::Speed, "m/s", (0.0, 5.0)).required(),
        gauge("power", Role::Power, "kW", (0.0, 200.0)).required(),
        gauge("current", Role::Current, "A", (0.0, 400.0)),
        gauge("torque", Role::Torque, "N.m", (0.0, 5_000.0)),
        gauge("load", Role::Load, "%", (0.0, 200.0)),
        gauge("winding_temperature", Role::WindingTemperature, "Cel", (-20.0, 200.0)),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 50.0)),
        counter("parts", Role::Count, "1"),
        state("product", Role::Product),
    ],
    failure_modes: &[
        FailureMode {
            id: "belt_slip",
            name: "Slipping belt",
            effect: Effect::LowOutput,
            symptoms: &[down(Role::Power), down(Role::Current), down(Role::Speed)],
            prescription: &[
                "check the tension of the belt",
                "clean drive pulley and underside of the belt",
                "check the lagging of the pulley",
            ],
            ranks: Ranks::new(6, 5, 3),
            repair: Repair::mechanic(2, &[]),
        },
        FailureMode {
            id: "roller_seizure",
            name: "Seized roller",
            effect: Effect::Breakdown,
            symptoms: &[up(Role::Power), up(Role::Current)],
            prescription: &[
                "look for rollers that do not turn, and listen",
                "remove what is jammed between belt and frame",
                "change the seized rollers: a hot one can set the belt on fire",
            ],
            ranks: Ranks::new(9, 4, 5),
            repair: Repair::mechanic(3, &[one("roller")]),
        },
        OVERLOAD,
        COOLING_LOSS,
        BEARING_WEAR,
        LUBRICATION_LOSS,
    ],
    limits: &[BEARING_TEMPERATURE, WINDING_TEMPERATURE],
};
