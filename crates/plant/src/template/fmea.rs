//! How much a failure mode matters: ranks as an FMEA gives them, and what follows from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ranks of a failure mode (IEC 60812:2018, table of severity, occurrence and detection), 1 to 10 each; 10 is worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ranks {
    /// How bad the failure is: 10 a danger to people, 9 against a rule, 8 the line stops for more than a shift, 7 for
    /// more than an hour, 4–6 for less or makes waste, 2–3 a nuisance, 1 nothing is felt.
    pub severity: u8,
    /// How often a machine of the kind fails so, without repair before it: see [`Ranks::occurrence_of`].
    pub occurrence: u8,
    /// How surely it is seen before it fails: 1 always, 2–4 by a monitor that names it, 5–6 by one that shows that
    /// something is wrong, 7–9 by people on their rounds, 10 never.
    pub detection: u8,
}

/// What an FMEA wants done (AIAG & VDA FMEA Handbook, 2019).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionPriority {
    /// Something can be done.
    Low,
    /// Something should be done.
    Medium,
    /// Something has to be done: make it rarer, or see it sooner.
    High,
}

/// Nothing would show the failure before it happens.
pub const NEVER_SEEN: u8 = 10;

/// Mean time between failures in hours from which on a rank of occurrence holds, rarest first (SAE J1739:2002, machinery:
/// once in five years, in two years, a year, half a year, three months, a month, a week, a day, a shift).
const OCCURRENCE_H: [(f64, u8); 9] = [
    (25_000.0, 1),
    (10_000.0, 2),
    (5_000.0, 3),
    (2_500.0, 4),
    (1_000.0, 5),
    (350.0, 6),
    (80.0, 7),
    (24.0, 8),
    (8.0, 9),
];

/// From which rank of occurrence on which letters hold.
type Row = (u8, &'static [u8; 4]);

/// The action priority by severity, occurrence and detection: from which rank on, the rarest or mildest last. Letters
/// stand for detection 7–10, 5–6, 2–4 and 1 (AIAG & VDA FMEA Handbook, 2019; one table for design and process).
const PRIORITIES: [(u8, [Row; 5]); 4] = [
    (9, [(8, b"HHHH"), (6, b"HHHH"), (4, b"HHHM"), (2, b"HMLL"), (1, b"LLLL")]),
    (7, [(8, b"HHHH"), (6, b"HHHM"), (4, b"HMMM"), (2, b"MMLL"), (1, b"LLLL")]),
    (4, [(8, b"HHMM"), (6, b"MMML"), (4, b"MLLL"), (2, b"LLLL"), (1, b"LLLL")]),
    (2, [(8, b"MMLL"), (6, b"LLLL"), (4, b"LLLL"), (2, b"LLLL"), (1, b"LLLL")]),
];

impl Ranks {
    /// The three ranks.
    pub(super) const fn new(severity: u8, occurrence: u8, detection: u8) -> Self {
        Self { severity, occurrence, detection }
    }

    /// Whether each is 1 to 10.
    pub fn is_valid(self) -> bool {
        [self.severity, self.occurrence, self.detection].iter().all(|rank| (1..=10).contains(rank))
    }

    /// The risk priority number: severity × occurrence × detection, 1 to 1000 (IEC 60812:2018).
    ///
    /// ```
    /// use gemba_plant::Ranks;
    /// assert_eq!(Ranks { severity: 7, occurrence: 4, detection: 3 }.rpn(), 84);
    /// ```
    pub fn rpn(self) -> u16 {
        u16::from(self.severity) * u16::from(self.occurrence) * u16::from(self.detection)
    }

    /// The action priority: severity counts before occurrence, and both before detection.
    pub fn priority(self) -> ActionPriority {
        let row = PRIORITIES.iter().find(|(from, _)| self.severity >= *from).map(|(_, rows)| rows);
        let letters = row.and_then(|rows| rows.iter().find(|(from, _)| self.occurrence >= *from));
        let column = match self.detection {
            7.. => 0,
            5 | 6 => 1,
            2..=4 => 2,
            _ => 3,
        };
        match letters.and_then(|(_, letters)| letters.get(column)) {
            Some(b'H') => ActionPriority::High,
            Some(b'M') => ActionPriority::Medium,
            _ => ActionPriority::Low,
        }
    }

    /// The rank of occurrence that a mean time between failures in hours amounts to (SAE J1739:2002, machinery).
    ///
    /// ```
    /// use gemba_plant::Ranks;
    /// assert_eq!((Ranks::occurrence_of(8760.0), Ranks::occurrence_of(3.0)), (3, 10));
    /// ```
    pub fn occurrence_of(mtbf_h: f64) -> u8 {
        OCCURRENCE_H.iter().find(|(from, _)| mtbf_h >= *from).map_or(10, |(_, rank)| *rank)
    }
}

/// What a repair takes, as a rule; a site writes its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Repair {
    /// How long the machine stands still for it, hours.
    pub hours: u8,
    /// How many people.
    pub people: u8,
    /// Whose work it is.
    pub skill: &'static str,
    /// What it needs.
    pub spares: &'static [Spare],
}

/// A kind of part. Which one it is stands on the nameplate, or a site writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spare {
    /// What people call it: `bearing`, `filter element`.
    pub name: &'static str,
    /// How many.
    pub quantity: u8,
}

/// The bearing at the drive end: its number stands on the nameplate.
pub const BEARING: Spare = Spare { name: "bearing", quantity: 1 };

/// One of a part.
pub(super) const fn one(name: &'static str) -> Spare {
    Spare { name, quantity: 1 }
}

impl Repair {
    /// A repair by one mechanic.
    pub(super) const fn mechanic(hours: u8, spares: &'static [Spare]) -> Self {
        Self { hours, people: 1, skill: "mechanic", spares }
    }

    /// A repair by one electrician.
    pub(super) const fn electrician(hours: u8, spares: &'static [Spare]) -> Self {
        Self { hours, people: 1, skill: "electrician", spares }
    }

    /// The same repair, the work of others.
    pub(super) const fn of(self, skill: &'static str) -> Self {
        Self { skill, ..self }
    }

    /// The same repair by so many.
    pub(super) const fn by(self, people: u8) -> Self {
        Self { people, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn priority(severity: u8, occurrence: u8, detection: u8) -> ActionPriority {
        Ranks::new(severity, occurrence, detection).priority()
    }

    #[test]
    fn the_action_priority_is_that_of_the_handbook() {
        use ActionPriority::{High, Low, Medium};
        // a corner of each field of the table
        for (s, o, d, wanted) in [
            (10, 1, 10, Low),
            (9, 2, 7, High),
            (9, 2, 6, Medium),
            (9, 3, 4, Low),
            (9, 4, 1, Medium),
            (10, 6, 1, High),
            (8, 6, 1, Medium),
            (8, 6, 2, High),
            (7, 5, 7, High),
            (7, 4, 6, Medium),
            (7, 3, 5, Medium),
            (7, 2, 4, Low),
            (6, 8, 5, High),
            (6, 8, 4, Medium),
            (5, 7, 2, Medium),
            (5, 6, 1, Low),
            (4, 5, 7, Medium),
            (4, 4, 6, Low),
            (4, 3, 10, Low),
            (3, 10, 5, Medium),
            (3, 10, 4, Low),
            (2, 7, 10, Low),
            (1, 10, 10, Low),
        ] {
            assert_eq!(priority(s, o, d), wanted, "severity {s}, occurrence {o}, detection {d}");
        }
    }

    #[test]
    fn a_worse_rank_never_lowers_the_priority() {
        for (s, o, d) in (1..10).flat_map(|s| (1..10).flat_map(move |o| (1..10).map(move |d| (s, o, d)))) {
            let here = priority(s, o, d);
            for worse in [priority(s + 1, o, d), priority(s, o + 1, d), priority(s, o, d + 1)] {
                assert!(worse >= here, "severity {s}, occurrence {o}, detection {d}");
            }
        }
    }

    #[test]
    fn occurrence_follows_the_time_between_failures() {
        for (hours, rank) in [(f64::INFINITY, 1), (25_000.0, 1), (24_999.0, 2), (720.0, 6), (8.0, 9), (0.0, 10)] {
            assert_eq!(Ranks::occurrence_of(hours), rank, "{hours} h");
        }
    }

    #[test]
    fn ranks_are_one_to_ten() {
        assert!(Ranks::new(1, 10, 5).is_valid());
        assert!(!Ranks::new(0, 10, 5).is_valid() && !Ranks::new(1, 11, 5).is_valid());
        assert_eq!(Ranks::new(10, 10, 10).rpn(), 1000);
    }
}
