//! Signals of many rates on one grid: the last value at each step, until it is too old.

use serde::{Deserialize, Serialize};

/// A silence is forgotten over about so many times that something is measured …
const FORGET: i64 = 1_000;
/// … and one that is so many times as long as any of late is a hole: it counts as so many times as long.
const HOLE: i64 = 4;
/// A value that comes seldom stands for so many times the longest silence of its signal.
const STANDS: i64 = 2;

/// Brings samples of several signals, which arrive in time order, onto equally spaced rows.
///
/// A row at time `t` holds each signal's last value measured at or before `t`; NaN once that is older than
/// `hold`, or than twice the longest silence of that signal of late where that is longer: many doors tell changes only, and
/// what is polled once a minute stands for that minute. A lost link is told by a sample without a value.
///
/// While all signals are silent for longer than they have been of late, and for longer than `hold` in any case, rows are left
/// out: values that nobody has measured (a recording ends, a link hangs) would seem to stand still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    step: i64,
    hold: i64,
    next: Option<i64>,
    newest: i64,
    /// The longest silence of all together of late.
    #[serde(default)]
    silence: Silence,
    #[serde(with = "crate::bits")]
    last: Vec<f64>,
    seen: Vec<i64>,
    /// The longest silence of each signal of late.
    #[serde(default)]
    silences: Vec<Silence>,
    timed: usize,
}

/// The longest time without a sample of late, µs; 0 while none is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Silence(i64);

impl Silence {
    /// Something came after so many µs.
    fn ends(&mut self, after: i64) {
        if after > 0 {
            let most = if self.0 > 0 { self.0.saturating_mul(HOLE) } else { after };
            self.0 = after.min(most).max(self.0 - self.0 / FORGET);
        }
    }
}

impl Grid {
    /// A grid of `width` signals, one row each `step_us` µs, values kept for `hold_us` µs.
    pub fn new(width: usize, step_us: i64, hold_us: i64) -> Self {
        let step = step_us.max(1);
        Self {
            step,
            hold: hold_us.max(step),
            next: None,
            newest: i64::MIN,
            silence: Silence::default(),
            last: vec![f64::NAN; width],
            seen: vec![i64::MIN; width],
            silences: vec![Silence::default(); width],
            timed: width,
        }
    }

    /// The same grid, on which signals from column `from` on never grow too old: states, which are told only when
    /// they change.
    #[must_use]
    pub fn keeping(self, from: usize) -> Self {
        Self { timed: from, ..self }
    }

    /// How many signals a row has.
    pub fn width(&self) -> usize {
        self.last.len()
    }

    /// The distance of two rows, µs.
    pub fn step_us(&self) -> i64 {
        self.step
    }

    /// Says that time has come to `time`, that of a sample: rows before it are complete and should be taken with
    /// [`next_row`](Self::next_row) before the sample is [put](Self::put).
    pub fn arrive(&mut self, time: i64) {
        match self.next {
            Some(next) if next.saturating_sub(time) <= self.hold.saturating_add(self.step) => {}
            _ => self.next = Some(time), // the first sample, or the clock was set back
        }
    }

    /// Takes a sample of signal `column`. `value` is NaN when the source has none.
    pub fn put(&mut self, time: i64, column: usize, value: f64) {
        if self.newest > i64::MIN {
            self.silence.ends(time.saturating_sub(self.newest));
        }
        self.newest = self.newest.max(time);
        if let (Some(silence), Some(seen)) = (self.silences.get_mut(column), self.seen.get(column))
            && *seen > i64::MIN
        {
            silence.ends(time.saturating_sub(*seen));
        }
        if let (Some(last), Some(seen)) = (self.last.get_mut(column), self.seen.get_mut(column)) {
            *last = if value.is_finite() { value } else { f64::NAN };
            *seen = time;
        }
    }

    /// The time of the next row up to and with `until`, of which it is known that nothing older will come; its values
    /// are [`row`](Self::row).
    pub fn next_row(&mut self, until: i64) -> Option<i64> {
        let next = self.next.filter(|next| *next <= until)?;
        let usual = match self.silence.0 {
            0 => self.hold,
            // values that come seldom make a row each: those between would only repeat them
            seldom if seldom > self.hold => self.step,
            often => often.max(self.step),
        };
        if next > self.newest.saturating_add(usual) {
            self.next = Some(first_after(next, until, self.step));
            return None;
        }
        let silences = self.silences.iter().map(|silence| silence.0).chain(std::iter::repeat(0));
        for ((value, seen), silence) in self.last.iter_mut().zip(&self.seen).zip(silences).take(self.timed) {
            if next.saturating_sub(*seen) > self.hold.max(silence.saturating_mul(STANDS)) {
                *value = f64::NAN;
            }
        }
        self.next = next.checked_add(self.step);
        Some(next)
    }

    /// Whether rows come seldom: less than once in the time that a value is held.
    pub fn seldom(&self) -> bool {
        self.silence.0 > self.hold
    }

    /// The values of the row that was given out last, until a sample is put.
    pub fn row(&self) -> &[f64] {
        &self.last
    }
}

/// The first of `start`, `start + step` … that lies after `until`.
fn first_after(start: i64, until: i64, step: i64) -> i64 {
    let (start, until, step) = (i128::from(start), i128::from(until), i128::from(step));
    let steps = (until - start).max(-step) / step + 1;
    i64::try_from(start + steps * step).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(grid: &mut Grid, samples: &[(i64, usize, f64)], until: i64) -> Vec<(i64, Vec<f64>)> {
        let mut out = Vec::new();
        let take = |grid: &mut Grid, until: i64, out: &mut Vec<(i64, Vec<f64>)>| {
            while let Some(time) = grid.next_row(until) {
                out.push((time, grid.row().to_vec()));
            }
        };
        for (time, column, value) in samples {
            grid.arrive(*time);
            take(grid, time.saturating_sub(1), &mut out);
            grid.put(*time, *column, *value);
        }
        take(grid, until, &mut out);
        out
    }

    #[test]
    fn slow_signals_are_held_until_they_are_too_old() {
        let mut grid = Grid::new(2, 10, 25);
        let got = rows(&mut grid, &[(0, 0, 1.0), (0, 1, 5.0), (10, 0, 2.0), (20, 0, 3.0), (30, 0, 4.0)], 30);
        let second: Vec<f64> = got.iter().map(|(_, row)| row[1]).collect();
        assert_eq!(got.len(), 4);
        assert_eq!(&second[..3], &[5.0, 5.0, 5.0]);
        assert!(second[3].is_nan());
    }

    #[test]
    fn an_unusual_silence_makes_no_rows_and_a_usual_one_does() {
        // every 10 µs, then nothing: one row in which it may still come
        let mut grid = Grid::new(1, 10, 100);
        let steady: Vec<_> = (0..20).map(|i| (10 * i, 0, i as f64)).collect();
        let got = rows(&mut grid, &steady, 1_000);
        assert_eq!(got.last().map(|(time, _)| *time), Some(200));
        // after it, what is younger than it may be held still stands
        let again = rows(&mut grid, &[(1_003, 0, 7.0), (1_013, 0, 8.0)], 1_020);
        assert_eq!(again, [(1_010, vec![7.0]), (1_020, vec![8.0])]);
        // one that is told when it changes: rows are held as before
        let mut grid = Grid::new(1, 10, 100);
        let told = [(0, 0, 1.0), (10, 0, 2.0), (70, 0, 3.0), (130, 0, 4.0), (140, 0, 5.0)];
        let got = rows(&mut grid, &told, 1_000);
        let held = |value: f64| got.iter().filter(|(_, row)| (row[0] - value).abs() < 0.5).count();
        assert_eq!([2.0, 3.0, 5.0].map(held), [2, 5, 7], "the first long silence is not usual yet");
    }

    #[test]
    fn what_comes_seldom_makes_a_row_each_and_stands_beside_what_comes_often() {
        // every 500 µs on a grid of 10 that holds for 100
        let mut grid = Grid::new(1, 10, 100);
        let seldom: Vec<_> = (0..20).map(|i| (500 * i, 0, i as f64)).collect();
        let got = rows(&mut grid, &seldom, 20_000);
        assert!(got.len() <= 20 * 2 + 10, "{}", got.len());
        // beside one that comes every 10: known all the time once it has come twice, for two silences after its end
        let mut grid = Grid::new(2, 10, 100);
        let mut told: Vec<_> = (0..600).map(|i| (10 * i, 0, 1.0)).collect();
        told.extend((0..6).map(|i| (500 * i, 1, 2.0)));
        told.sort_by_key(|(time, column, _)| (*time, *column));
        let got = rows(&mut grid, &told, 6_000);
        let known: Vec<i64> =
            got.iter().filter(|(time, row)| *time >= 500 && !row[1].is_nan()).map(|(t, _)| *t).collect();
        assert_eq!((known.first(), known.len(), known.last()), (Some(&500), 301, Some(&3_500)));
    }

    #[test]
    fn a_hole_is_no_usual_silence() {
        let mut grid = Grid::new(1, 10, 100);
        let mut told: Vec<_> = (0..50).map(|i| (10 * i, 0, 1.0)).collect();
        told.extend((0..50).map(|i| (1_000_000 + 10 * i, 0, 1.0)));
        let got = rows(&mut grid, &told, 2_000_000);
        assert!((100..=108).contains(&got.len()), "{}", got.len());
    }

    #[test]
    fn a_year_of_silence_makes_no_rows() {
        let mut grid = Grid::new(1, 10, 20);
        let year = 365 * 86_400_000_000;
        let got = rows(&mut grid, &[(0, 0, 1.0), (year, 0, 2.0)], year);
        assert!(got.len() < 6, "{}", got.len());
        assert!((got.last().unwrap().1[0] - 2.0).abs() < 1e-12);
        assert_eq!(got.last().unwrap().0 % 10, 0);
    }

    #[test]
    fn extreme_times_do_not_hang_or_overflow() {
        let mut grid = Grid::new(1, 1, 1);
        let got = rows(&mut grid, &[(i64::MIN, 0, 1.0), (i64::MAX, 0, 2.0)], i64::MAX);
        assert!(got.len() < 10);
    }
}
