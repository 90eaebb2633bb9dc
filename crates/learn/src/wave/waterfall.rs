use super::{Spectrum, Window};

/// Spectra of a block, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Waterfall {
    /// From one row to the next, seconds.
    pub step_s: f64,
    /// From one line to the next, Hz.
    pub step_hz: f64,
    /// The amplitudes of each row, in the samples' unit.
    pub rows: Vec<Vec<f64>>,
}

/// Rows at most: what a page can show, and a bound for the memory.
pub const ROWS_MAX: usize = 512;

impl Waterfall {
    /// Of segments of `segment` samples that overlap by half; further apart when there would be more than
    /// [`ROWS_MAX`]. None when the block is shorter than a segment, or not finite.
    pub fn of(samples: &[f64], rate_hz: f64, segment: usize) -> Option<Self> {
        if segment < 2 || samples.len() < segment {
            return None;
        }
        let room = samples.len() - segment;
        let hop = (segment / 2).max(room.div_ceil(ROWS_MAX - 1)).max(1);
        let parts = (0..=room).step_by(hop).map(|start| samples.get(start..start + segment));
        let rows: Option<Vec<Vec<f64>>> =
            parts.map(|part| Some(Spectrum::through(Window::Hann, part?, rate_hz)?.amplitudes)).collect();
        Some(Self { step_s: hop as f64 / rate_hz, step_hz: rate_hz / segment as f64, rows: rows? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_up_climbs_from_row_to_row() {
        let samples: Vec<f64> = (0..8000)
            .map(|i| f64::from(i) / 1000.0)
            .map(|t| (std::f64::consts::TAU * (50.0 * t + 10.0 * t * t)).sin())
            .collect();
        let waterfall = Waterfall::of(&samples, 1000.0, 1000).unwrap();
        let highest = |row: &Vec<f64>| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let ridge: Vec<usize> = waterfall.rows.iter().map(highest).collect();
        assert_eq!(ridge.len(), 15);
        assert!(ridge.windows(2).all(|w| w[1] > w[0]), "{ridge:?}");
        assert!(Waterfall::of(&samples, 1000.0, 2).unwrap().rows.len() <= ROWS_MAX);
        assert!(Waterfall::of(&samples[..10], 1000.0, 11).is_none());
    }
}
