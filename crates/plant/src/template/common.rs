//! What machines with bearings, windings and rotors have in common.

use super::fmea::{BEARING, Ranks, Repair, one};
use super::parts::{DayZeroLimit, Effect, FailureMode, LimitRule, Symptom, down, up};
use crate::Role;

/// Rolling bearings, grease lubricated.
pub(super) const BEARING_TEMPERATURE: DayZeroLimit = DayZeroLimit {
    role: Role::BearingTemperature,
    unit: "Cel",
    rule: LimitRule::Fixed { warn: 90.0, alarm: 105.0 },
    source: "rule of thumb for rolling bearings with standard grease, no standard",
};

/// Windings with insulation class F.
pub(super) const WINDING_TEMPERATURE: DayZeroLimit = DayZeroLimit {
    role: Role::WindingTemperature,
    unit: "Cel",
    rule: LimitRule::Fixed { warn: 130.0, alarm: 155.0 },
    source: "IEC 60085:2007, insulation of thermal class F used to class B",
};

/// Vibration velocity on bearing housings.
pub(super) const VIBRATION: DayZeroLimit = DayZeroLimit {
    role: Role::Vibration,
    unit: "mm/s",
    rule: LimitRule::Iso10816_3 {
        refused: &[
            "for kinds that its scope does not list: pumps, screw and reciprocating compressors, gear units, spindles",
            "fans up to 300 kW on a flexible support",
            "below 15 kW",
            "outside 120 to 15000 r/min",
            "when power, speed or support is missing on the nameplate",
        ],
    },
    source: "ISO 10816-3:2009",
};

const REPLACE_BEARING: &[&str] = &[
    "check the lubrication of the bearing",
    "measure more often and watch the trend",
    "plan the replacement of the bearing",
];

const IN_THE_SPECTRUM: &[Symptom] = &[up(Role::VibrationWaveform)];

const fn race(id: &'static str, name: &'static str) -> FailureMode {
    FailureMode {
        id,
        name,
        effect: Effect::StructuralDeficiency,
        symptoms: IN_THE_SPECTRUM,
        prescription: REPLACE_BEARING,
        ranks: Ranks::new(7, 4, 2),
        repair: Repair::mechanic(6, &[BEARING]),
    }
}

/// Told from the others by its line in the envelope spectrum.
pub(super) const BEARING_OUTER_RACE: FailureMode = race("bearing_outer_race", "Damage on a bearing's outer race");
/// Told from the others by its line in the envelope spectrum.
pub(super) const BEARING_INNER_RACE: FailureMode = race("bearing_inner_race", "Damage on a bearing's inner race");
/// Told from the others by its line in the envelope spectrum.
pub(super) const BEARING_BALL: FailureMode = race("bearing_ball", "Damage on a bearing's rolling element");
/// Told from the others by its line in the envelope spectrum.
pub(super) const BEARING_CAGE: FailureMode = race("bearing_cage", "Damage on a bearing's cage");

/// Any damage of a bearing, seen without a spectrum.
pub(super) const BEARING_WEAR: FailureMode = FailureMode {
    id: "bearing_wear",
    name: "Bearing wear",
    effect: Effect::Vibration,
    symptoms: &[up(Role::Vibration), up(Role::BearingTemperature)],
    prescription: &[
        "measure the envelope spectrum: which part of the bearing",
        "check the lubrication of the bearing",
        "plan the replacement of the bearing",
    ],
    ranks: Ranks::new(7, 4, 4),
    repair: Repair::mechanic(6, &[BEARING]),
};

/// Grease is lost or old.
pub(super) const LUBRICATION_LOSS: FailureMode = FailureMode {
    id: "lubrication_loss",
    name: "Loss of lubrication",
    effect: Effect::Overheating,
    symptoms: &[up(Role::BearingTemperature), up(Role::Vibration)],
    prescription: &[
        "grease the bearing: amount and kind as its maker says",
        "look for leaking seals and dirt in the grease",
        "check after an hour that the bearing cools down",
    ],
    ranks: Ranks::new(7, 5, 4),
    repair: Repair::mechanic(1, &[one("grease cartridge")]),
};

/// Mass off the axis.
pub(super) const UNBALANCE: FailureMode = FailureMode {
    id: "unbalance",
    name: "Unbalance",
    effect: Effect::Vibration,
    symptoms: &[up(Role::Vibration)],
    prescription: &[
        "check in the spectrum that the line at the shaft's frequency stands out",
        "clean the rotor; look for lost weights and broken parts",
        "balance the rotor in place (ISO 21940-11)",
    ],
    ranks: Ranks::new(6, 4, 4),
    repair: Repair::mechanic(4, &[]),
};

/// Two shafts out of line.
pub(super) const MISALIGNMENT: FailureMode = FailureMode {
    id: "misalignment",
    name: "Misalignment",
    effect: Effect::Vibration,
    symptoms: &[up(Role::Vibration), up(Role::BearingTemperature), up(Role::Power)],
    prescription: &[
        "check in the spectrum that the line at twice the shaft's frequency stands out",
        "check foot bolts and coupling",
        "align the shafts with the machine at working temperature",
    ],
    ranks: Ranks::new(6, 4, 5),
    repair: Repair::mechanic(4, &[]).by(2),
};

const fn heard(
    (id, name): (&'static str, &'static str),
    prescription: &'static [&'static str],
    ranks: Ranks,
    repair: Repair,
) -> FailureMode {
    let (effect, symptoms) = (Effect::StructuralDeficiency, IN_THE_SPECTRUM);
    FailureMode { id, name, effect, symptoms, prescription, ranks, repair }
}

/// Told from the others by its many lines.
pub(super) const LOOSENESS: FailureMode = heard(
    ("looseness", "Looseness"),
    &[
        "tighten foot and bearing cap bolts; look for cracks in frame and foundation",
        "measure the clearance of the bearings in their seats",
        "measure again after that",
    ],
    Ranks::new(6, 4, 3),
    Repair::mechanic(2, &[]),
);
/// Told from the others by twice the frequency of the mains.
pub(super) const ELECTRICAL: FailureMode = heard(
    ("electrical", "Uneven magnetic pull"),
    &[
        "switch the motor off: an electrical line is gone at once, a mechanical one fades with the speed",
        "measure voltage and current of each phase",
        "check air gap, soft foot and the insulation of the winding at a stop",
    ],
    Ranks::new(7, 3, 4),
    Repair::electrician(4, &[]),
);
/// Told from the others by the side bands of the current, twice the slip from the mains.
pub(super) const BROKEN_ROTOR_BAR: FailureMode = heard(
    ("broken_rotor_bar", "Broken rotor bar"),
    &[
        "measure again at full load: the side bands grow with the slip",
        "start it less often and not under load until it is repaired",
        "inspect bars and end rings at the next stop",
    ],
    Ranks::new(7, 2, 3),
    Repair::electrician(8, &[one("motor")]).by(2),
);
/// Told from the others by the negative sequence of the three currents, which moves.
pub(super) const STATOR_WINDING: FailureMode = heard(
    ("stator_winding", "Short between turns of the stator"),
    &[
        "measure the three voltages at the terminals: equal ones mean that the motor is at fault, not the supply",
        "measure resistance and inductance of each phase and the insulation of the winding at the next stop, with a surge test if there is one",
        "have a motor ready: a short between turns grows within hours to weeks",
    ],
    Ranks::new(8, 3, 3),
    Repair::electrician(8, &[one("motor")]).by(2),
);
/// Told from the others by the side bands of the current, a turn of the shaft from the mains.
pub(super) const ECCENTRICITY: FailureMode = heard(
    ("eccentricity", "Eccentric rotor or swinging load"),
    &[
        "uncouple the load and measure again: what stays is the motor's",
        "check soft foot, bearing seats and the air gap",
        "check alignment and belt of what is driven",
    ],
    Ranks::new(6, 2, 4),
    Repair::electrician(6, &[]),
);

/// The cooling of a winding is blocked.
pub(super) const COOLING_LOSS: FailureMode = FailureMode {
    id: "cooling_loss",
    name: "Loss of winding cooling",
    effect: Effect::Overheating,
    symptoms: &[up(Role::WindingTemperature)],
    prescription: &[
        "clean fins, fan cowl and air inlets of the motor",
        "check that the cooling fan turns",
        "reduce the load until the winding is cool",
    ],
    ranks: Ranks::new(6, 4, 4),
    repair: Repair::mechanic(2, &[]),
};

/// More is asked of the drive than it is made for.
pub(super) const OVERLOAD: FailureMode = FailureMode {
    id: "overload",
    name: "Overload",
    effect: Effect::Overheating,
    symptoms: &[up(Role::Current), up(Role::WindingTemperature), up(Role::Torque)],
    prescription: &[
        "compare the current with the nameplate",
        "look for a jam, a stuck brake or stiff parts in what is driven",
        "reduce the load",
    ],
    ranks: Ranks::new(6, 5, 3),
    repair: Repair::mechanic(2, &[]),
};

/// A filter lets less and less through.
pub(super) const CLOGGED_FILTER: FailureMode = FailureMode {
    id: "clogged_filter",
    name: "Clogged filter",
    effect: Effect::PluggedOrChoked,
    symptoms: &[up(Role::Pressure), down(Role::Flow)],
    prescription: &[
        "read the pressure drop over the filter",
        "clean or change the filter element",
        "find out where the dirt comes from when it clogs early",
    ],
    ranks: Ranks::new(4, 6, 3),
    repair: Repair::mechanic(1, &[one("filter element")]),
};
