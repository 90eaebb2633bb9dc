//! Days in words.

use gemba_plant::RemainingLife;

/// Days; hours where they are few.
pub(super) fn days(days: f64) -> String {
    if days < 2.0 { format!("{:.0} hours", 24.0 * days) } else { format!("{days:.0} days") }
}

/// A range of days.
pub(super) fn range(left: &RemainingLife) -> String {
    match left.hi {
        Some(hi) => format!("{} to {}", days(left.lo), days(hi)),
        None => format!("{} or more", days(left.lo)),
    }
}
