use serde::{Deserialize, Serialize};

use super::Cva;

/// The last rows of a stream, standardised, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    #[serde(with = "crate::bits")]
    values: Vec<f64>,
}

impl Window {
    /// An empty one for `model`: all values missing.
    pub fn new(model: &Cva) -> Self {
        Self { values: vec![f64::NAN; model.width * model.past] }
    }

    /// Takes the next row.
    pub fn push(&mut self, model: &Cva, row: impl IntoIterator<Item = f64>) {
        let width = model.width.min(self.values.len());
        self.values.rotate_right(width);
        let new = row.into_iter().zip(model.means.iter().zip(&model.scales)).map(|(v, (m, s))| (v - m) / s);
        self.values.iter_mut().take(width).zip(new).for_each(|(slot, v)| *slot = v);
    }

    /// The stacked rows.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.values.fill(f64::NAN);
    }
}
