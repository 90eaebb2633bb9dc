//! The health index and how long the machine lasts, as ranges.

use super::page::{chance, duration, escape, figure, moment, number, table};
use super::plot::put;
use super::{Life, Report, Wear};

/// Signals of the index that are named.
const NAMED_MAX: usize = 12;

pub(super) fn section(html: &mut String, report: &Report) {
    html.push_str("<h2>Health and remaining life</h2>");
    let Some(wear) = &report.wear else {
        let why = escape(&report.no_wear);
        put(
            html,
            format_args!("<section class=\"calm\">No wear to tell of: {why}. No remaining life is given.</section>"),
        );
        return;
    };
    let timed = report.clock.timed;
    put(
        html,
        format_args!(
            "<section><h3>Health index: {} at the end, 0 is as healthy</h3><p class=\"dim\">How far {} signals have gone from the \
             healthy part the way that wear goes, root mean square, in their spreads there. Monotony {:.0} %; an index \
             without a trend looks like this with {}.</p>",
            number(wear.now),
            wear.signals.len(),
            wear.monotonicity * 100.0,
            chance(wear.p_value)
        ),
    );
    figure(html, report, &wear.index, None, None);
    html.push_str("<h3>The same, made to go one way: the monotone health index</h3>");
    figure(html, report, &wear.rising, None, None);
    let named: Vec<String> =
        wear.signals.iter().take(NAMED_MAX).map(|(name, m)| format!("{} ({:.0} %)", escape(name), m * 100.0)).collect();
    let more = wear.signals.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    put(
        html,
        format_args!("<p class=\"dim\">In it, by how monotone each is: {}{more}.</p></section>", named.join(", ")),
    );
    life(html, wear, timed);
}

fn life(html: &mut String, wear: &Wear, timed: bool) {
    put(
        html,
        format_args!(
            "<section><h3>If the machine still runs</h3><p>Twice as far from healthy as now in <strong>{}</strong>, with {:.0} % \
             probability, if it goes on as it was. At which level it fails the table does not say.</p></section>",
            range(&wear.doubles, timed),
            wear.doubles.level * 100.0
        ),
    );
    if wear.told.is_empty() {
        return;
    }
    let covered = wear.told.iter().filter(|t| t.covered).count();
    put(
        html,
        format_args!(
            "<h3>If the table ends in the failure</h3><p class=\"dim\">What would have been told earlier, from the rows up to then, \
             about the way to the last row. The level of the end counts as that of the failure: that, and which signals \
             are in the index, is hindsight. {covered} of {} ranges hold the truth.</p>",
            wear.told.len()
        ),
    );
    let row = |t: &super::LifeTold| {
        let holds = if t.covered { "holds it" } else { "misses it" };
        vec![moment(&t.at), range(&t.life, timed), format!("\t{}", time(t.took, timed)), holds.to_owned()]
    };
    table(html, &["Asked at", "Remaining life told", "\tIt was", "The range"], wear.told.iter().map(row));
}

/// A range in words: never a bare number.
pub(super) fn range(life: &Life, timed: bool) -> String {
    let middle = life.median.map(|m| format!(", as likely below as above {}", time(m, timed))).unwrap_or_default();
    match life.hi {
        Some(hi) => format!("{} to {}{middle}", time(life.lo, timed), time(hi, timed)),
        None => format!("{} at the soonest, with no end in sight{middle}", time(life.lo, timed)),
    }
}

/// Two figures: a range says no more.
fn time(hours: f64, timed: bool) -> String {
    let size = 10.0_f64.powf(hours.abs().max(1e-9).log10().floor() - 1.0);
    let rough = |value: f64| (value / size).round() * size;
    match (timed, hours >= 48.0) {
        (false, _) => format!("{} rows", number(rough(hours))),
        (true, true) => format!("{} days", number(((hours / 24.0) * 10.0).round() / 10.0)),
        (true, false) => duration(rough(hours) * 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_always_a_range() {
        let life = Life { lo: 100.0, median: Some(200.0), hi: Some(400.0), level: 0.9 };
        assert_eq!(range(&life, true), "4.2 days to 16.7 days, as likely below as above 8.3 days");
        let open = Life { median: None, hi: None, ..life };
        assert_eq!(range(&open, false), "100 rows at the soonest, with no end in sight");
    }
}
