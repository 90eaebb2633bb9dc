//! The current of a motor, block after block, to a finding with the lines beside the mains.

use gemba_learn::sure;
use gemba_learn::wave::current::{Motor, Named as Fault, Signature, mains, signature};
use gemba_plant::port::Outlet;
use gemba_plant::{Asset, Evidence, Finding, Role, Signal, SignalKind, Timestamp};

use super::Frame;
use super::agreement::{Agreement, Named};
use crate::maintenance::kinematics::{Shaft, poles};

/// A side band this far above the limit is as bad as it gets, dB: ten times in amplitude.
const SEVERE_DB: f64 = 20.0;

/// Whether a waveform is the current of a motor's phase.
pub(super) fn is_current(signal: &Signal) -> bool {
    signal.kind == SignalKind::Waveform
        && signal.role == Role::Current
        && matches!(signal.unit.ucum(), "A" | "kA" | "mA")
}

/// What the current of a motor says.
///
/// # Errors
/// Why it says nothing, in words.
pub fn read_current(asset: &Asset, shaft: Shaft, samples: &[f64], rate_hz: f64) -> Result<Signature, String> {
    let Shaft::Measured(shaft_hz) = shaft else {
        return Err(match shaft {
            Shaft::Stands => "the motor stands".into(),
            _ => "the slip needs a measured speed, not the rated one".into(),
        });
    };
    let told = asset.nameplate.mains_hz;
    let mains_hz = mains(samples, rate_hz, told).ok_or("the block carries no current, or is too short or too slow")?;
    let cure = "write pole_pairs on the nameplate, or the rated speed of a motor";
    let pole_pairs = poles(asset, mains_hz).ok_or_else(|| format!("the pairs of poles are not known: {cure}"))?;
    signature(samples, rate_hz, Motor { mains_hz: told, pole_pairs, shaft_hz }).map_err(|e| e.to_string())
}

/// Takes what a block says.
pub(super) fn look(
    memory: &mut Agreement,
    (asset, signal): (&Asset, &Signal),
    now: Timestamp,
    read: Option<&Signature>,
    out: &mut Outlet,
) {
    let faults = read.map(Signature::named).unwrap_or_default();
    match (read, faults.first()) {
        (Some(read), Some(fault)) => {
            let made = |since| finding((asset, signal), (read, fault), (since, now));
            memory.take(now, Some(&Named { mode: fault.mode, finding: &made }), out);
        }
        _ => memory.take(now, None, out),
    }
}

fn finding(
    (asset, signal): (&Asset, &Signal),
    (read, fault): (&Signature, &Fault<'_>),
    (since, now): (Timestamp, Timestamp),
) -> Finding {
    let lines: Vec<String> = fault
        .lines
        .iter()
        .map(|l| {
            format!(
                "{} at {:.2} Hz ({:.0} dB over the mains, {:.0} dB above the noise)",
                l.name, l.hz, l.over_mains_db, l.db
            )
        })
        .collect();
    let what = match fault.mode {
        "broken_rotor_bar" => "signs of broken rotor bars",
        _ => "it swings with the shaft: an eccentric rotor, or the load",
    };
    let name = signal.name.replace(['_', '/'], " ");
    let evidence = fault.lines.iter().map(|l| Evidence::Spectrum {
        signal: signal.id,
        hz: l.hz,
        expected_hz: l.expected_hz,
        snr_db: l.db,
        harmonics: 1,
        at: Some(now),
    });
    let explanation = format!(
        "Beside the mains line of {name} at {:.2} Hz stand {}. The slip is {:.1} %; from {:.0} dB over the mains on this counts as \
         likely.",
        read.mains_hz,
        lines.join(" and "),
        100.0 * read.slip,
        fault.from_db,
    );
    let key = format!("current:{}", signal.name);
    let frame = Frame { asset, signal, key, mode: fault.mode, held: (since, now) };
    Finding {
        title: format!("Motor current: {what}"),
        explanation,
        p_value: Some(fault.p_value()),
        probability: sure(fault.p_value()),
        severity: (0.3 + 0.5 * fault.beyond_db() / SEVERE_DB).clamp(0.3, 0.8),
        evidence: evidence.collect(),
        ..frame.finding()
    }
}
