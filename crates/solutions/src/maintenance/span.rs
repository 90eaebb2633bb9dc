//! Days in words.

use gemba_plant::RemainingLife;

/// Days; hours where they are few, minutes where those are.
pub(super) fn days(days: f64) -> String {
    match 24.0 * days {
        hours if hours > 0.0 && hours < 2.0 => format!("{:.0} minutes", 60.0 * hours),
        hours if days < 2.0 => format!("{hours:.0} hours"),
        _ => format!("{days:.0} days"),
    }
}

/// A range of days.
pub(super) fn range(left: &RemainingLife) -> String {
    match left.hi {
        Some(hi) => format!("{} to {}", days(left.lo), days(hi)),
        None => format!("{} or more", days(left.lo)),
    }
}
