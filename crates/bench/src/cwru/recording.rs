//! Finds recordings: any `<rpm>_<fault>_<size>_DE12.npz` (or DE48) and `<rpm>_Normal.npz` below a folder.

use std::path::Path;

use anyhow::Context;

/// What is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Inner,
    Ball,
    Outer,
}

impl Fault {
    pub(crate) const ALL: [Self; 3] = [Self::Inner, Self::Ball, Self::Outer];

    /// The failure mode, as `learn` names it.
    pub(crate) fn mode(self) -> &'static str {
        match self {
            Self::Inner => "bearing_inner_race",
            Self::Ball => "bearing_ball",
            Self::Outer => "bearing_outer_race",
        }
    }
}

/// One recording of the drive-end accelerometer.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// Shaft speed, r/min; it stands for the load.
    pub(crate) rpm: u32,
    /// None for a healthy bearing.
    pub(crate) fault: Option<Fault>,
    /// Diameter of the seeded pit, thousandths of an inch.
    pub(crate) size: u32,
    pub(crate) rate_hz: f64,
    /// Acceleration, g.
    pub(crate) samples: Vec<f32>,
}

impl Recording {
    pub(crate) fn shaft_hz(&self) -> f64 {
        f64::from(self.rpm) / 60.0
    }

    /// Windows of one second, side by side.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate of 12 or 48 kHz")]
    pub(crate) fn windows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.samples.chunks_exact(self.rate_hz as usize)
    }
}

/// All recordings below `data`, by path, and how many files could not be used.
pub(crate) fn find(data: &Path) -> anyhow::Result<(Vec<Recording>, usize)> {
    crate::files::read_each((data, "cwru", ".npz"), |path| read(path).map(Some))
}

fn read(path: &Path) -> anyhow::Result<Recording> {
    let stem = path.file_stem().and_then(|s| s.to_str()).context("no name")?;
    let named = from_name(stem).context("not a drive-end recording by its name")?;
    let samples = super::npz::read(path, "DE")?;
    anyhow::ensure!(samples.iter().all(|v| v.is_finite()), "not finite");
    Ok(Recording { samples, ..named })
}

/// What a name tells: speed, fault, size and sampling rate. Healthy recordings have no rate in their name; they have
/// as many samples a second as those at 48 kHz.
fn from_name(stem: &str) -> Option<Recording> {
    let parts: Vec<&str> = stem.split('_').collect();
    let recording = |rpm: &str, fault, size, rate_hz| {
        Some(Recording { rpm: rpm.parse().ok().filter(|rpm| *rpm > 0)?, fault, size, rate_hz, samples: Vec::new() })
    };
    match *parts.as_slice() {
        [rpm, "Normal"] => recording(rpm, None, 0, 48_000.0),
        [rpm, fault, size, end] => {
            let fault = match fault.split('@').next()? {
                "IR" => Fault::Inner,
                "B" => Fault::Ball,
                "OR" => Fault::Outer,
                _ => return None,
            };
            let rate_hz = match end {
                "DE12" => 12_000.0,
                "DE48" => 48_000.0,
                _ => return None,
            };
            recording(rpm, Some(fault), size.parse().ok()?, rate_hz)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_speed_fault_size_and_rate() {
        let r = from_name("1750_OR@6_21_DE12").unwrap();
        assert_eq!((r.rpm, r.fault, r.size), (1750, Some(Fault::Outer), 21));
        assert!((r.rate_hz - 12_000.0).abs() < 1e-9);
        assert_eq!(from_name("1730_Normal").unwrap().fault, None);
        assert!(from_name("1730_IR_7_FE").is_none() && from_name("notes").is_none() && from_name("0_Normal").is_none());
    }
}
