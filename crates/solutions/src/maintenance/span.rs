//! Days in words.

use gemba_plant::RemainingLife;

/// Days; hours where they are few, minutes where those are.
pub(super) fn days(days: f64) -> String {
    match 24.0 * days {
        hours if hours < 2.0 => format!("{:.0} minutes", 60.0 * hours),
        hours if days < 2.0 => format!("{hours:.0} hours"),
        _ => format!("{days:.0} days"),
    }
}

/// A range of days; the unit is said once where it is the same.
pub(super) fn range(left: &RemainingLife) -> String {
    match left.hi.map(days) {
        Some(hi) => {
            let lo = days(left.lo);
            match (lo.split_once(' '), hi.split_once(' ')) {
                (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} to {hi}"),
                _ => format!("{lo} to {hi}"),
            }
        }
        None => format!("{} or more", days(left.lo)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_names_its_unit_once() {
        let said = |lo, hi| range(&RemainingLife { days: lo, lo, hi, level: 0.9 });
        assert_eq!(said(0.01, Some(0.0625)), "14 to 90 minutes");
        assert_eq!(said(0.05, Some(0.5)), "72 minutes to 12 hours");
        assert_eq!(said(0.0, Some(0.0004)), "0 to 1 minutes");
        assert_eq!(said(22.0, Some(75.0)), "22 to 75 days");
        assert_eq!(said(22.0, None), "22 days or more");
    }
}
