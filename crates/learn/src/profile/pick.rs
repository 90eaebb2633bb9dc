//! The nearest places of a distance profile, one for each event.

/// A place that looks alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// The row where it begins.
    pub place: usize,
    /// How far it is.
    pub distance: f64,
}

/// The `count` nearest places, the nearest first, none of which overlaps another or one of `taken` within `rows` rows.
///
/// Only places that are nearer than their neighbours count: what lies beside a match is the same event once more.
pub fn nearest(distances: &[f64], rows: usize, taken: &[usize], count: usize) -> Vec<Match> {
    let at = |i: Option<usize>| i.and_then(|i| distances.get(i)).copied().unwrap_or(f64::INFINITY);
    let is_low = |(i, d): &(usize, &f64)| d.is_finite() && **d <= at(i.checked_sub(1)) && **d <= at(Some(i + 1));
    let mut low: Vec<Match> = distances
        .iter()
        .enumerate()
        .filter(is_low)
        .map(|(place, distance)| Match { place, distance: *distance })
        .collect();
    low.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.place.cmp(&b.place)));
    let mut chosen: Vec<Match> = Vec::new();
    for one in low {
        if chosen.len() >= count {
            break;
        }
        let others = taken.iter().copied().chain(chosen.iter().map(|m| m.place));
        if others.into_iter().all(|other| other.abs_diff(one.place) >= rows) {
            chosen.push(one);
        }
    }
    chosen
}
