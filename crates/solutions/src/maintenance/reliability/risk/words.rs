//! What moves a chance, and what is missing for one, for people.

use gemba_act::work::EventKind;

use super::super::super::span::days;
use super::facts::Fact;
use super::{FAILURES_MIN, History, MACHINES_MIN};

/// What is missing, and what to do.
pub(super) fn missing(history: &History<'_>, machines: usize) -> String {
    let failed =
        history.events.iter().filter(|e| e.kind == EventKind::Failure && history.kind.contains(&e.asset)).count();
    format!(
        "What happened at machines of this kind is learned from {FAILURES_MIN} failures of {MACHINES_MIN} machines on, because it is \
         tried on machines that it has not seen; recorded are {failed} failures, and {machines} machines of which the begin of a use is \
         known. Until then age alone speaks."
    )
}

/// A fact that moves a chance; none for what cannot be said.
pub(super) fn because(fact: &Fact, value: f64, raises: bool) -> Option<String> {
    let moves = if raises { "raises it" } else { "lowers it" };
    let plain = |name: &str| name.replace(['_', '/'], " ");
    let said = match fact {
        Fact::Since(Some(mode)) => format!("{} since {} was last mended", days(value), plain(mode)),
        Fact::Since(None) => format!("{} since anything failed or was replaced", days(value)),
        Fact::Notice(what) => format!("{} {} ago", plain(what), days(value)),
        Fact::Lately(what) => format!("{} counted {value:.0} in the last 7 days", plain(what)),
        Fact::Used(what, Some(mode)) => {
            format!("{} counted {value:.0} since {} was last mended", plain(what), plain(mode))
        }
        Fact::Used(what, None) => format!("{} counted {value:.0} since anything failed or was replaced", plain(what)),
    };
    value.is_finite().then(|| format!("{said} {moves}"))
}
