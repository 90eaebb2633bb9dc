//! A table from any machine, and what its columns are.

use gemba_learn::stats;
use gemba_plant::Unit;
use schemars::JsonSchema;
use serde::Serialize;

/// Different numbers up to which a column may be a code for states.
const CODES_MAX: usize = 8;
/// Different texts up to which a column may name states.
const STATES_MAX: usize = 20;
/// A code stays for at least so many rows on the average.
const CODE_RUN_MIN: f64 = 5.0;
/// Rows from which a column is judged at all.
const ROWS_MIN: usize = 20;

/// One column as the file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// The header's text, unit and all.
    pub header: String,
    /// The number in each row; NaN where there is none.
    pub numbers: Vec<f64>,
    /// The different texts in it.
    pub texts: Vec<String>,
    /// Which text stands in each row, from 1; 0 for none. Empty for a column without texts.
    pub codes: Vec<u32>,
}

/// A table: rows in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What to call it.
    pub name: String,
    /// The time of each row, µs; none where it cannot be read. Empty without a time column.
    pub times: Vec<Option<i64>>,
    /// The other columns, all of the same length.
    pub columns: Vec<Column>,
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ColumnKind")]
pub enum Kind {
    /// A measured value: judged.
    Gauge,
    /// States by name or number: operating states are told apart by it.
    State,
    /// A value that only rises: shown, not judged.
    Counter,
    /// Always the same.
    Constant,
    /// Texts that name no states.
    Text,
    /// Marks what was wrong, or how long it lasted: no signal, findings are measured against it.
    Truth,
    /// Nothing in it.
    Empty,
}

impl Table {
    /// Rows of the table.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(self.times.len(), |c| c.numbers.len())
    }
}

impl Column {
    /// What the column is.
    pub(super) fn kind(&self) -> Kind {
        let present = stats::finite(&self.numbers);
        let worded = self.codes.iter().filter(|c| **c > 0).count();
        if present.is_empty() && worded == 0 {
            return Kind::Empty;
        }
        if self.is_truth(&self.name_and_unit().0) {
            return Kind::Truth;
        }
        if worded > present.len() {
            return match self.texts.len() {
                1 => Kind::Constant,
                n if n <= STATES_MAX && worded > n * ROWS_MIN => Kind::State,
                _ => Kind::Text,
            };
        }
        let (low, high) = (stats::quantile(&present, 0.0), stats::quantile(&present, 1.0));
        if high.total_cmp(&low).is_eq() {
            Kind::Constant
        } else if only_rises(&present) {
            Kind::Counter
        } else if is_code(&present) {
            Kind::State
        } else {
            Kind::Gauge
        }
    }

    /// The states as numbers: the code of the text, or the number itself.
    pub(super) fn states(&self) -> Vec<f64> {
        let text = |i: usize| self.codes.get(i).copied().filter(|c| *c > 0);
        // texts lie below zero, so that they differ from every number code
        self.numbers.iter().enumerate().map(|(i, v)| text(i).map_or(*v, |code| -f64::from(code))).collect()
    }

    /// Name and unit.
    pub(super) fn name_and_unit(&self) -> (String, Unit) {
        Unit::of_name(&self.header)
    }
}

/// Never falls, rises in a tenth of the rows at least, and reaches far beyond a step.
fn only_rises(values: &[f64]) -> bool {
    let steps = || values.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?));
    let rises = steps().filter(|s| *s > 0.0).count();
    values.len() >= ROWS_MIN && steps().all(|s| s >= 0.0) && rises * 10 >= values.len()
}

/// Few different whole numbers that stay a while.
fn is_code(values: &[f64]) -> bool {
    let mut different: Vec<f64> = Vec::with_capacity(CODES_MAX + 1);
    for value in values {
        if value.fract().abs() > 0.0 {
            return false;
        }
        if !different.contains(value) {
            different.push(*value);
        }
        if different.len() > CODES_MAX {
            return false;
        }
    }
    let turns = values.windows(2).filter(|w| w.first() != w.get(1)).count();
    values.len() >= ROWS_MIN * different.len() && values.len() as f64 / (turns + 1) as f64 >= CODE_RUN_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: impl IntoIterator<Item = f64>) -> Kind {
        Column { numbers: values.into_iter().collect(), ..Column::default() }.kind()
    }

    #[test]
    fn columns_are_told_apart() {
        assert_eq!(numbers((0..200).map(|i| (f64::from(i) * 0.7).sin())), Kind::Gauge);
        assert_eq!(numbers((0..200).map(f64::from)), Kind::Counter);
        assert_eq!(numbers((0..200).map(|i| f64::from(i / 50 % 2))), Kind::State);
        assert_eq!(numbers((0..200).map(|i| f64::from(i % 2))), Kind::Gauge);
        assert_eq!(numbers([4.0; 100]), Kind::Constant);
        assert_eq!(numbers([f64::NAN; 100]), Kind::Empty);
        let text = |texts: usize| Column {
            numbers: vec![f64::NAN; 300],
            texts: (0..texts).map(|t| t.to_string()).collect(),
            codes: (0..300).map(|i| u32::try_from(i % texts + 1).unwrap()).collect(),
            ..Column::default()
        };
        assert_eq!(text(3).kind(), Kind::State);
        assert_eq!(text(100).kind(), Kind::Text);
        assert_eq!(text(2).states()[..3], [-1.0, -2.0, -1.0]);
    }
}
