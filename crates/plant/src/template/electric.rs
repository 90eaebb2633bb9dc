//! What stores electrical energy.

use super::Template;
use super::fmea::{Ranks, Repair, one};
use super::parts::{Effect, FailureMode, down, gauge, up};
use crate::Role;

/// A battery: a cell, a module, a string of an uninterruptible supply, the battery of a vehicle.
pub(super) const BATTERY: Template = Template {
    name: "battery",
    title: "Battery",
    signals: &[
        // negative while it is discharged
        gauge("current", Role::Current, "A", (-1_000.0, 1_000.0)).required(),
        gauge("voltage", Role::Voltage, "V", (0.0, 1_000.0)).required(),
        gauge("temperature", Role::ProcessTemperature, "Cel", (-30.0, 80.0)),
        gauge("capacity", Role::Capacity, "A.h", (0.0, 10_000.0)),
        gauge("state_of_health", Role::StateOfHealth, "%", (0.0, 110.0)),
    ],
    failure_modes: &[
        FailureMode {
            id: "capacity_fade",
            name: "Faded capacity",
            effect: Effect::LowOutput,
            symptoms: &[down(Role::Capacity), down(Role::StateOfHealth)],
            prescription: &[
                "measure the capacity with one full charge and discharge at rated current",
                "check temperature and charging voltage: heat and overcharging fade a battery early",
                "order the replacement: delivery takes weeks",
            ],
            ranks: Ranks::new(6, 3, 2),
            repair: Repair::electrician(2, &[one("battery")]),
        },
        FailureMode {
            id: "resistance_growth",
            name: "Grown inner resistance",
            effect: Effect::LowOutput,
            symptoms: &[down(Role::Voltage), up(Role::ProcessTemperature)],
            prescription: &[
                "measure the inner resistance of each cell and compare them",
                "tighten and clean terminals and connectors",
                "replace the cells that stand out",
            ],
            ranks: Ranks::new(6, 3, 4),
            repair: Repair::electrician(3, &[one("battery")]),
        },
        FailureMode {
            id: "cell_overheating",
            name: "Cells too hot",
            effect: Effect::Overheating,
            symptoms: &[up(Role::ProcessTemperature), up(Role::Current)],
            prescription: &[
                "reduce the current, and stop above what its maker allows: cells may burn",
                "check cooling and surroundings",
                "compare the temperatures of the cells: one that is hotter than its neighbours has a fault",
            ],
            ranks: Ranks::new(10, 2, 4),
            repair: Repair::electrician(4, &[one("battery")]),
        },
    ],
    limits: &[],
};
