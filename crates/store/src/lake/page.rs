//! Rows of a page as the lake keeps them, column by column.

use std::ops::Range;

use gemba_plant::Batch;

use super::PAGE_ROWS;
use crate::decimal;
use crate::row::{Row, lag_ms};

/// Values that are scaled together.
const TOGETHER: usize = 64;

/// Rows that have not become bytes yet.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) signals: Vec<u32>,
    pub(super) times: Vec<i64>,
    pub(super) lags: Vec<i64>,
    /// Of the rows that have one.
    pub(super) mantissas: Vec<i64>,
    pub(super) decimals: Vec<u8>,
    /// The rows whose value is no such decimal, …
    pub(super) odd: Vec<usize>,
    /// … those of them that have a value nevertheless, …
    pub(super) valued: Vec<usize>,
    /// … and these values.
    pub(super) values: Vec<f64>,
    pub(super) qualities: Vec<u8>,
    pub(super) statuses: Vec<u32>,
}

impl Page {
    pub(super) fn rows(&self) -> usize {
        self.signals.len()
    }

    /// How many rows still fit.
    pub(super) fn room(&self) -> usize {
        PAGE_ROWS.saturating_sub(self.rows())
    }

    /// Appends rows of a batch that belong to one signal.
    pub(super) fn add(&mut self, batch: &Batch, rows: &Range<usize>, decimals: u8) {
        let (times, ingests) = (part(batch.times(), rows), part(batch.ingests(), rows));
        self.scale(part(batch.values(), rows), decimals);
        self.signals.extend_from_slice(part(batch.signals(), rows));
        self.times.extend_from_slice(times);
        self.lags.extend(times.iter().zip(ingests).map(|(time, ingest)| lag_ms(*time, *ingest)));
        self.qualities.extend_from_slice(part(batch.qualities(), rows));
        self.statuses.extend_from_slice(part(batch.statuses(), rows));
    }

    /// Appends rows of a signal as they stand in memory.
    pub(super) fn add_rows(&mut self, signal: u32, rows: &[Row], decimals: u8) {
        for rows in rows.chunks(TOGETHER) {
            let mut values = [0.0; TOGETHER];
            values.iter_mut().zip(rows).for_each(|(value, row)| *value = row.value);
            self.scale(values.get(..rows.len()).unwrap_or(&[]), decimals);
        }
        self.signals.resize(self.signals.len() + rows.len(), signal);
        self.times.extend(rows.iter().map(|row| row.time));
        self.lags.extend(rows.iter().map(Row::lag));
        self.qualities.extend(rows.iter().map(|row| row.quality));
        self.statuses.extend(rows.iter().map(|row| row.status));
    }

    /// Values as scaled integers; those that are none stand beside.
    fn scale(&mut self, values: &[f64], decimals: u8) {
        for values in values.chunks(TOGETHER) {
            let (row, whole) = (self.decimals.len(), self.mantissas.len());
            self.decimals.resize(row + values.len(), decimals);
            self.mantissas.resize(whole + values.len(), 0);
            let places = self.mantissas.get_mut(whole..).unwrap_or_default();
            if !decimal::all_mantissas(values, decimals, places) {
                self.mantissas.truncate(whole);
                (row..).zip(values).for_each(|(row, value)| self.scale_one(row, *value, decimals));
            }
        }
    }

    fn scale_one(&mut self, row: usize, value: f64, decimals: u8) {
        if let Some(mantissa) = decimal::mantissa(value, decimals) {
            self.mantissas.push(mantissa);
            return;
        }
        self.odd.push(row);
        if value.to_bits() != f64::NAN.to_bits() {
            self.valued.push(row);
            self.values.push(value);
        }
    }

    pub(super) fn clear(&mut self) {
        self.signals.clear();
        self.times.clear();
        self.lags.clear();
        self.mantissas.clear();
        self.decimals.clear();
        self.odd.clear();
        self.valued.clear();
        self.values.clear();
        self.qualities.clear();
        self.statuses.clear();
    }
}

fn part<'a, T>(column: &'a [T], rows: &Range<usize>) -> &'a [T] {
    column.get(rows.clone()).unwrap_or(&[])
}
