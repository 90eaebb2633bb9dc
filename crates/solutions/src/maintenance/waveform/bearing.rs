//! Damage of a bearing, block after block, to a finding with its peaks.

use gemba_learn::wave::diagnosis::{Damage, Diagnosis};
use gemba_plant::port::Outlet;
use gemba_plant::{Asset, Evidence, Finding, Signal, Timestamp};

use super::Frame;
use super::agreement::{Agreement, Named};

/// A line counts as standing out when noise would give it once in a thousand.
const STANDS_OUT: f64 = 6.9;

/// Where the waveform comes from.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) asset: &'a Asset,
    pub(super) signal: &'a Signal,
    pub(super) bearing: &'a str,
}

/// Takes the diagnosis of a waveform.
pub(super) fn look(
    memory: &mut Agreement,
    place: &Place<'_>,
    now: Timestamp,
    diagnosis: Option<&Diagnosis>,
    out: &mut Outlet,
) {
    let damage = diagnosis.and_then(Diagnosis::named);
    match damage {
        Some(damage) => {
            let finding = |since| finding(place, damage, (since, now));
            memory.take(now, Some(&Named { mode: damage.mode, finding: &finding }), out);
        }
        None => memory.take(now, None, out),
    }
}

fn finding(place: &Place<'_>, damage: &Damage, (since, now): (Timestamp, Timestamp)) -> Finding {
    let Place { asset, signal, bearing } = place;
    let (part, symbol) = match damage.mode {
        "bearing_outer_race" => ("outer race", "BPFO"),
        "bearing_inner_race" => ("inner race", "BPFI"),
        "bearing_ball" => ("rolling element", "2×BSF"),
        _ => ("cage", "FTF"),
    };
    let mut peaks: Vec<_> = damage.comb.teeth.iter().filter(|t| t.surprise >= STANDS_OUT).collect();
    peaks.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
    let count = u32::try_from(peaks.len()).unwrap_or(u32::MAX);
    let lines: Vec<String> =
        peaks.iter().map(|t| format!("{:.1} Hz ({}×{symbol}, {:.0} dB)", t.hz, t.order, t.db)).collect();
    let evidence = peaks.iter().map(|t| Evidence::Spectrum {
        signal: signal.id,
        hz: t.hz,
        expected_hz: f64::from(t.order) * damage.expected_hz,
        snr_db: t.db,
        harmonics: count,
        at: Some(now),
    });
    let explanation = format!(
        "The envelope of {} has lines at {}, heights above the noise around them. The {part} of a {bearing} gives {symbol} = {:.1} Hz \
         at this speed. {}",
        signal.name.replace(['_', '/'], " "),
        lines.join(", "),
        damage.expected_hz,
        by_chance(damage.comb.p_value),
    );
    let key = format!("bearing:{}", signal.name);
    let frame = Frame { asset, signal, key, mode: damage.mode, held: (since, now) };
    Finding {
        title: format!("Bearing {bearing}: signs of damage on the {part}"),
        explanation,
        p_value: Some(damage.comb.p_value),
        probability: damage.confidence,
        severity: (damage.height_db() / SEVERE_DB).clamp(0.2, 0.9),
        evidence: evidence.collect(),
        ..frame.finding()
    }
}

/// How often noise alone would look like this, in a number that says something.
fn by_chance(p_value: f64) -> String {
    let waveforms = 1.0 / p_value.max(f64::MIN_POSITIVE);
    if waveforms >= 1e6 {
        return "Noise alone gives as much in less than one of a million waveforms.".into();
    }
    // two figures are known of it
    let scale = 10.0_f64.powf((waveforms.log10().floor() - 1.0).max(0.0));
    format!("Noise alone gives as much in one of {:.0} waveforms.", (waveforms / scale).round() * scale)
}

/// Lines this far above the noise on average, dB, count as the worst: a hundred times in amplitude.
const SEVERE_DB: f64 = 40.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chance_is_told_as_a_person_would() {
        assert_eq!(by_chance(1.0 / 1_234.0), "Noise alone gives as much in one of 1200 waveforms.");
        assert_eq!(by_chance(0.25), "Noise alone gives as much in one of 4 waveforms.");
        for p in [1e-12, 1e-300, 0.0] {
            assert_eq!(by_chance(p), "Noise alone gives as much in less than one of a million waveforms.");
        }
    }
}
