//! Findings in words: what differs from what, by how much, since when. Contribution, not cause.

use gemba_learn::normal::{FeatureKind, Monitor};
use gemba_learn::sure;
use gemba_plant::{
    Comparison, Contribution, Direction, Evidence, FailureMode, Finding, FindingKind, FindingState, Signal, SignalId,
    Template, Timestamp, civil_from_days,
};

use super::NAME;
use super::shown::Shown;
use super::state::Trace;

/// Signals that are named in words.
pub(super) const NAMED_MAX: usize = 3;
/// A share below which a signal is not worth a word.
pub(super) const SHARE_MIN: f64 = 0.05;
/// How calm, as a share of the limit, all other signals must be for one sensor to be blamed.
const CALM: f64 = 0.6;
/// How many times the limit is no longer worth a number.
pub(super) const FAR: f64 = 1000.0;
/// How bad it is at most where no failure that is known shows so: worth a look.
const HARMLESS: f64 = 0.3;
/// The share of how bad it was below which a condition fades away and is told no better by what is left of it.
const FADES: f64 = 0.8;
/// Half the width, in standard deviations, of the band in which a signal fits the others.
const BAND_SD: f64 = 3.0;

/// Who is likelier at fault where one signal alone is off what the others predict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    /// More than one signal is off: the machine, or what it is asked.
    Machine,
    /// One signal, and a failure of such a machine may show in it alone, or nobody knows of one.
    Open,
    /// One signal, and no failure that is known of such a machine shows so.
    Sensor,
}

/// One signal's part in a condition.
pub(super) struct Part<'a> {
    pub(super) signal: &'a Signal,
    pub(super) share: f64,
    pub(super) comparison: Comparison,
    /// Whether what is normal depends on the time of day and week.
    timed: bool,
}

/// The finding for what `monitor` sees `now` and has seen `since`. What it has shown before counts for what it is called.
pub(super) fn finding(
    (signals, template): (&[Signal], Option<&'static Template>),
    monitor: &Monitor,
    (since, now): (Timestamp, Timestamp),
    (shown, trace): (&mut Shown, &Trace),
) -> Option<Finding> {
    let score = monitor.ratios().map(|(_, _, r)| r.abs()).fold(0.0, f64::max);
    let together = score <= 1.0 && monitor.relation() > score;
    let lone = lone_signal(monitor).and_then(|column| lone_part(signals, monitor, column));
    let alone = lone.is_some();
    let parts = match lone {
        Some(part) => vec![part],
        None if together => relation_parts(signals, monitor),
        None => parts(signals, monitor),
    };
    let first = parts.first()?;
    if !together {
        shown.note(parts.iter().map(|p| (p.signal.id, way(&p.comparison), p.share)), score);
    }
    let score = score.max(monitor.relation());
    // where others were off before it is the machine, whichever of its states shows one alone
    let one = alone && shown.only(first.signal.id);
    let sensor = one && template.is_some_and(|t| t.shows(first.signal.role, way(&first.comparison)) == Some(false));
    let mode = template.filter(|_| !sensor).and_then(|t| t.likely_failure(&shown.observed(signals)));
    let blame = match (one, sensor) {
        (true, true) => Blame::Sensor,
        (true, false) => Blame::Open,
        (false, _) => Blame::Machine,
    };
    let (machine, others) = (blame == Blame::Machine, together || alone);
    let harmless = machine && !others && template.is_some_and(|t| no_failure_shows(t, &parts));
    let most = if harmless { HARMLESS } else { 1.0 };
    let p_value = monitor.p_value();
    let mut evidence = vec![Evidence::Score {
        name: "deviation over limit".into(),
        times: trace.times.clone(),
        scores: trace.scores.clone(),
        limit: 1.0,
    }];
    evidence.extend(parts.iter().take(NAMED_MAX).map(|p| Evidence::Comparison(p.comparison.clone())));
    Some(Finding {
        asset: first.signal.asset,
        key: "normal-behaviour".into(),
        kind: if sensor { FindingKind::SensorFault } else { FindingKind::Anomaly },
        state: FindingState::Active,
        since,
        until: now,
        title: title(first, blame, others),
        explanation: explanation(&parts, &verdict((first, blame), mode, harmless), (since, score), others),
        p_value: Some(p_value),
        probability: sure(p_value),
        severity: (1.0 - 1.0 / score.max(1.0)).clamp(0.05, most),
        contributions: parts.iter().map(|p| Contribution { signal: p.signal.id, share: p.share }).collect(),
        evidence,
        failure_mode: mode.map(|m| m.id.to_owned()),
        prescription: prescription((first, blame), mode),
        rul: None,
        model: NAME.into(),
    })
}

/// What is told of a condition that goes on: what it was at its worst. A signal that comes back overshoots what the rows before
/// it let expect: the same signal the other way round is the end of the old story and no new one.
pub(super) fn goes_on(held: Finding, fresh: Finding) -> Finding {
    let turned = leads(&held).zip(leads(&fresh)).is_some_and(|(was, is)| was.0 == is.0 && was.1 != is.1);
    let fades = fresh.severity < FADES * held.severity;
    if !turned && !fades {
        return fresh;
    }
    let score = fresh.evidence.into_iter().filter(|e| matches!(e, Evidence::Score { .. }));
    let rest = held.evidence.into_iter().filter(|e| !matches!(e, Evidence::Score { .. }));
    let severity = held.severity.max(fresh.severity);
    Finding { until: fresh.until, severity, evidence: score.chain(rest).collect(), ..held }
}

/// The signal that contributes most, and whether it is higher than expected.
fn leads(finding: &Finding) -> Option<(SignalId, bool)> {
    let first = finding.contributions.first()?.signal;
    finding.evidence.iter().find_map(|evidence| match evidence {
        Evidence::Comparison(c) if c.signal == first => Some((first, c.measured > c.expected)),
        _ => None,
    })
}

fn parts<'a>(signals: &'a [Signal], monitor: &Monitor) -> Vec<Part<'a>> {
    let weight = |column: usize| {
        let ratios = monitor.ratios().filter(|(c, _, _)| *c == column).map(|(_, _, r)| r.abs());
        ratios.fold(0.0, f64::max).powi(2)
    };
    let total: f64 = (0..signals.len()).map(weight).sum();
    let part = |(column, signal): (usize, &'a Signal)| {
        let (measured, expected, width) = monitor.comparison(column)?;
        let share = if total > 0.0 { weight(column) / total } else { 0.0 };
        let band = (expected - width, expected + width);
        let comparison = Comparison { signal: signal.id, measured, expected, band };
        Some(Part { signal, share, comparison, timed: monitor.normal().follows_calendar(column) })
    };
    let mut parts: Vec<Part<'a>> = signals.iter().enumerate().filter_map(part).collect();
    parts.sort_by(|a, b| b.share.total_cmp(&a.share));
    parts
}

/// When every level is where it may be and yet the signals no longer fit each other: what each is off what the others
/// make of it.
fn relation_parts<'a>(signals: &'a [Signal], monitor: &Monitor) -> Vec<Part<'a>> {
    let weight = |(_, measured, expected, sd): (usize, f64, f64, f64)| ((measured - expected) / sd).powi(2);
    let total: f64 = monitor.among_others().map(weight).filter(|w| w.is_finite()).sum();
    let part = |place: (usize, f64, f64, f64)| {
        let (column, measured, expected, sd) = place;
        let signal = signals.get(column)?;
        let share = if total > 0.0 { weight(place) / total } else { 0.0 };
        let band = (expected - BAND_SD * sd, expected + BAND_SD * sd);
        let comparison = Comparison { signal: signal.id, measured, expected, band };
        (share.is_finite() && expected.is_finite()).then_some(Part { signal, share, comparison, timed: false })
    };
    let mut parts: Vec<Part<'a>> = monitor.among_others().filter_map(part).collect();
    parts.sort_by(|a, b| b.share.total_cmp(&a.share));
    parts
}

/// The one signal that is off what the others predict, beside what they make of it.
fn lone_part<'a>(signals: &'a [Signal], monitor: &Monitor, column: usize) -> Option<Part<'a>> {
    let signal = signals.get(column)?;
    let (measured, expected, width) = monitor.beside_others(column)?;
    let band = (expected - width, expected + width);
    let comparison = Comparison { signal: signal.id, measured, expected, band };
    Some(Part { signal, share: 1.0, comparison, timed: false })
}

/// The one signal that is off what the others predict, while these all are where they belong.
fn lone_signal(monitor: &Monitor) -> Option<usize> {
    let cross = monitor.ratios().filter(|(_, kind, _)| *kind == FeatureKind::Cross);
    let (column, _, ratio) = cross.max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()))?;
    (ratio.abs() > 1.0 && loud(monitor).all(|other| other == column)).then_some(column)
}

/// The signals whose level is not where it belongs.
pub(super) fn loud(monitor: &Monitor) -> impl Iterator<Item = usize> + '_ {
    let levels = monitor.ratios().filter(|(_, kind, _)| *kind == FeatureKind::Level);
    levels.filter(|(_, _, ratio)| ratio.abs() >= CALM).map(|(column, _, _)| column)
}

fn title(first: &Part<'_>, blame: Blame, others: bool) -> String {
    let name = label(first.signal);
    match blame {
        Blame::Machine if !others => format!("{name} is {} than normal", direction(&first.comparison)),
        _ if others && first.share < SHARE_MIN => "Many signals no longer fit each other".to_owned(),
        Blame::Machine | Blame::Open => format!("{name} no longer fits the other signals"),
        Blame::Sensor => format!("{name} contradicts the other signals"),
    }
}

fn explanation(parts: &[Part<'_>], verdict: &str, (since, score): (Timestamp, f64), others: bool) -> String {
    let against = |part: &Part<'_>| match (others, part.timed) {
        (true, _) => "the other signals make of it",
        (false, true) => "is normal in this operating state at this time of day and week",
        (false, false) => "is normal in this operating state",
    };
    let mut sentences: Vec<String> = Vec::new();
    let named = parts.iter().take(NAMED_MAX).enumerate().filter(|(i, p)| *i == 0 || p.share >= SHARE_MIN);
    for (_, part) in named {
        let (c, unit) = (&part.comparison, part.signal.unit.symbol());
        let off = (c.measured - c.expected).abs();
        // what contributes most may yet be where it may be by itself
        let inside = if !others && (c.band.0..=c.band.1).contains(&c.measured) { " the middle of" } else { "" };
        sentences.push(format!(
            "{} {} {unit}, {} {}{inside} what {} ({} to {} {unit}): {:.0} % of the deviation",
            label(part.signal),
            number(c.measured, off),
            number(off, off),
            if c.measured < c.expected { "below" } else { "above" },
            against(part),
            number(c.band.0, off),
            number(c.band.1, off),
            part.share * 100.0,
        ));
    }
    let times = if score < FAR { format!("{score:.1}") } else { format!("more than {FAR:.0}") };
    let text = format!("{}. Since {}, {times} times the limit. {verdict}", sentences.join("; "), clock(since));
    text.replace(" ,", ",").replace(" )", ")")
}

fn verdict((first, blame): (&Part<'_>, Blame), mode: Option<&FailureMode>, harmless: bool) -> String {
    let others = "All other signals are where they belong:";
    match (blame, mode) {
        (Blame::Sensor, _) => format!(
            "{others} no failure that is known of such a machine shows so in {} alone. The sensor is the likelier suspect, unless \
             the machine was repaired or set otherwise.",
            label(first.signal).to_lowercase()
        ),
        (Blame::Open, Some(mode)) => format!(
            "{others} either the sensor is off, or something is wrong that shows here alone, as this failure does: {}.",
            mode.name
        ),
        (Blame::Open, None) => format!(
            "{others} either the sensor is off, or something has changed that shows here alone, such as a drive that is held or a \
             part that sticks."
        ),
        (Blame::Machine, Some(mode)) => {
            format!("These shares are contributions, not causes; together they fit this failure best: {}.", mode.name)
        }
        (Blame::Machine, None) if harmless => {
            "These shares are contributions, not causes. No failure that is known of such a machine \
             shows so: it was repaired, or runs otherwise than while it was learned."
                .into()
        }
        (Blame::Machine, None) => "These shares are contributions, not causes.".into(),
    }
}

/// Whether no failure that is known of the machine shows in the way in which any signal worth a word has gone; what swings has gone
/// no way, and of a signal of which no failure mode speaks nothing is known.
fn no_failure_shows(template: &Template, parts: &[Part<'_>]) -> bool {
    let calls_for = |part: &Part<'_>| {
        let symptoms = template.failure_modes.iter().flat_map(|mode| mode.symptoms);
        let mut steady = symptoms.filter(|s| s.role == part.signal.role && s.direction != Direction::Either).peekable();
        steady.peek().is_none() || steady.any(|s| s.direction == way(&part.comparison))
    };
    !parts.iter().filter(|part| part.share >= SHARE_MIN).any(calls_for)
}

/// Which way a signal has left what is expected of it.
pub(super) fn way(comparison: &Comparison) -> Direction {
    if comparison.measured < comparison.expected { Direction::Down } else { Direction::Up }
}

fn prescription((first, blame): (&Part<'_>, Blame), mode: Option<&FailureMode>) -> Vec<String> {
    let second = format!("compare {} with a second instrument", label(first.signal).to_lowercase());
    let steps = mode.map(|mode| mode.prescription.iter().map(|step| (*step).to_owned()));
    match (blame, steps) {
        (Blame::Machine, Some(steps)) => steps.collect(),
        (Blame::Open, Some(steps)) => std::iter::once(second).chain(steps).collect(),
        (Blame::Sensor, _) => vec![second, "check wiring, supply and zero point of the sensor".into()],
        (Blame::Open, None) => vec![
            format!(
                "look at the machine where {} is measured: does it do what is measured?",
                label(first.signal).to_lowercase()
            ),
            "if it does not, check wiring, supply and zero point of the sensor".into(),
        ],
        (Blame::Machine, None) => vec![
            format!("look at the trend of {} beside the signals named here", label(first.signal)),
            "check whether product, recipe or set-points were changed at that time".into(),
            "inspect the machine where these signals are measured".into(),
        ],
    }
}

/// `discharge_pressure` → `Discharge pressure`.
pub(crate) fn label(signal: &Signal) -> String {
    let text = signal.name.replace(['_', '/'], " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn direction(comparison: &Comparison) -> &'static str {
    if comparison.measured < comparison.expected { "lower" } else { "higher" }
}

/// As many decimals as the difference needs to be seen with two figures.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0–6")]
pub(crate) fn number(value: f64, difference: f64) -> String {
    let decimals = (1.0 - difference.abs().max(1e-9).log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.decimals$}")
}

/// `2026-03-01T14:10:05Z`: a form that those who show the sentence know again and put into the time of the site.
pub(crate) fn clock(time: Timestamp) -> String {
    let seconds = time.millis().div_euclid(1000);
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let seconds = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(signal: u32, measured: f64, until: i64) -> Finding {
        let signal = SignalId::new(signal);
        let comparison = Comparison { signal, measured, expected: 5.0, band: (4.0, 6.0) };
        let score = Evidence::Score { name: "s".into(), times: vec![until], scores: vec![2.0], limit: 1.0 };
        Finding {
            asset: gemba_plant::AssetId::new(1),
            key: "normal-behaviour".into(),
            kind: FindingKind::Anomaly,
            state: FindingState::Active,
            since: Timestamp::from_secs(0),
            until: Timestamp::from_secs(until),
            title: format!("{measured}"),
            explanation: String::new(),
            p_value: None,
            probability: 0.9,
            severity: measured / 10.0,
            contributions: vec![Contribution { signal, share: 1.0 }],
            evidence: vec![score, Evidence::Comparison(comparison)],
            failure_mode: None,
            prescription: Vec::new(),
            rul: None,
            model: NAME.into(),
        }
    }

    #[test]
    fn what_is_where_it_may_be_is_not_said_to_lie_beyond_it() {
        let wear = Signal::gauge(SignalId::new(1), gemba_plant::AssetId::new(1), "tool_wear");
        let said = |measured| {
            let comparison = Comparison { signal: wear.id, measured, expected: 5.0, band: (-15.0, 25.0) };
            let part = Part { signal: &wear, share: 1.0, comparison, timed: false };
            explanation(&[part], "", (Timestamp::from_secs(0), 2.0), false)
        };
        let inside = said(10.0);
        assert!(inside.contains("5.0 above the middle of what is normal"), "{inside}");
        assert!(said(30.0).contains("25 above what is normal"), "{}", said(30.0));
    }

    #[test]
    fn a_signal_that_comes_back_is_no_new_story() {
        let back = goes_on(told(1, 1.0, 10), told(1, 9.0, 20));
        assert_eq!((back.title.as_str(), back.until), ("1", Timestamp::from_secs(20)));
        assert!((back.severity - 0.9).abs() < 1e-12 && back.evidence.len() == 2);
        assert!(matches!(&back.evidence[0], Evidence::Score { times, .. } if times == &[20]));
        // the same way on, or another signal: what is seen now
        assert_eq!(goes_on(told(1, 1.0, 10), told(1, 2.0, 20)).title, "2");
        assert_eq!(goes_on(told(1, 1.0, 10), told(2, 9.0, 20)).title, "9");
        // what is left of it on its way back is not what it was
        let fading = goes_on(told(1, 9.0, 10), told(2, 6.0, 20));
        assert_eq!((fading.title.as_str(), fading.until), ("9", Timestamp::from_secs(20)));
        assert_eq!(goes_on(told(1, 9.0, 10), told(2, 8.0, 20)).title, "8");
    }
}
