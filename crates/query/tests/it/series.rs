//! Charts hold exactly what was drawn from all samples.

use gemba_plant::{Quality, Sample, SignalId, TimeRange, Timestamp};
use gemba_query::{Error, Series};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::plant::{DAY, append, plant, query, row, store, wait};

const ONE: SignalId = SignalId::new(1);

fn range(from: i64, to: i64) -> TimeRange {
    TimeRange::new(Timestamp::from_secs(from), Timestamp::from_secs(to))
}

/// The truth, by looking at each bucket for itself.
fn brute(rows: &[Sample], signal: SignalId, range: TimeRange, series: &Series) {
    let inside: Vec<&Sample> = rows.iter().filter(|r| r.signal == signal && range.contains(r.time)).collect();
    assert_eq!(series.count.iter().sum::<u64>(), inside.len() as u64);
    for (i, begin) in series.times.iter().enumerate() {
        let end = if series.raw { begin + 1 } else { begin + series.bucket_us };
        let here: Vec<&&Sample> = inside.iter().filter(|r| (*begin..end).contains(&r.time.micros())).collect();
        let valued: Vec<f64> = here.iter().map(|r| r.value).filter(|v| !v.is_nan()).collect();
        let nan = f64::NAN;
        let expected = [
            valued.iter().copied().fold(nan, f64::min),
            valued.iter().copied().fold(nan, f64::max),
            valued.first().copied().unwrap_or(nan),
            valued.last().copied().unwrap_or(nan),
        ];
        let got = [series.min[i], series.max[i], series.first[i], series.last[i]];
        assert_eq!(got.map(f64::to_bits), expected.map(f64::to_bits), "bucket {i}");
        assert_eq!(series.count[i], here.len() as u64);
        assert_eq!(series.quality[i], here.iter().map(|r| r.quality).max().unwrap().code());
    }
}

#[test]
fn many_points_become_an_exact_envelope_and_few_stay_as_they_are() {
    let plant = plant();
    for (from, to, width) in [(0, 3 * DAY, 100), (0, 3 * DAY, 7), (1000, 1000 + DAY, 33), (0, 3000, 100), (5, 6, 1)] {
        let asked = range(from, to);
        let wanted = [SignalId::new(3), ONE];
        let all = wait(plant.query.range(&wanted, asked, width)).unwrap();
        for (signal, series) in wanted.into_iter().zip(&all) {
            assert!(series.times.len() <= width);
            brute(&plant.rows, signal, asked, series);
        }
    }
    let few = wait(plant.query.range(&[ONE], range(0, 3000), 100)).unwrap();
    assert!(few[0].raw && few[0].times.len() == 10);
}

#[test]
fn an_unbounded_range_ends_where_the_data_ends() {
    let plant = plant();
    let series = &wait(plant.query.range(&[ONE], TimeRange::ALL, 64)).unwrap()[0];
    assert_eq!(series.count.iter().sum::<u64>(), 864);
    assert!(series.bucket_us <= 3 * DAY * 1_000_000 / 64 + 1);
}

#[test]
fn gaps_come_with_the_signals_they_concern() {
    let plant = plant();
    let all = wait(plant.query.range(&[ONE, SignalId::new(3)], range(0, DAY), 10)).unwrap();
    assert_eq!(all.iter().map(|s| s.gaps.len()).collect::<Vec<_>>(), [1, 0], "plc-1 was away, plc-2 was not");
    assert_eq!(wait(plant.query.range(&[ONE], range(0, 100), 10)).unwrap()[0].gaps, []);
}

#[test]
fn too_much_is_refused_with_both_numbers() {
    let plant = plant();
    let many: Vec<SignalId> = (0..201).map(SignalId::new).collect();
    let error = wait(plant.query.range(&many, range(0, 1), 10)).unwrap_err();
    assert_eq!(error.to_string(), "reading series: 201 signals asked for, the limit is 200");
    assert!(matches!(wait(plant.query.range(&[ONE], range(0, 1), 20_000)), Err(Error::TooMany { .. })));
    assert_eq!(wait(plant.query.range(&[], range(0, 1), 10)).unwrap(), []);
    assert_eq!(wait(plant.query.range(&[ONE], range(5, 5), 0)).unwrap()[0].times, [0_i64; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn m4_equals_brute_force_wherever_the_rows_lie(
        parts in prop::collection::vec(prop::collection::btree_map(0..400_i64, (-50..50_i32, 0..4_u8), 0..60), 1..4),
        from in -10..300_i64,
        span in 1..400_i64,
        width in 1..90_usize,
    ) {
        let dir = TempDir::new().unwrap();
        let store = store(&dir);
        let mut truth = std::collections::BTreeMap::new();
        for (number, part) in parts.iter().enumerate() {
            let rows: Vec<Sample> = part
                .iter()
                .filter(|(at, _)| truth.keys().all(|known| known != *at))
                .map(|(at, (value, quality))| {
                    let value = if *value == 0 { f64::NAN } else { f64::from(*value) };
                    Sample { quality: Quality::from_code(*quality), ..row(1, *at, value) }
                })
                .collect();
            truth.extend(rows.iter().map(|r| (r.time.micros() / 1_000_000, *r)));
            append(&store, &rows, Vec::new());
            if number + 1 < parts.len() {
                store.flush().unwrap();
            }
        }
        let truth: Vec<Sample> = truth.into_values().collect();
        let asked = range(from, from + span);
        let series = wait(query(&store).range(&[ONE], asked, width)).unwrap();
        brute(&truth, ONE, asked, &series[0]);
    }
}
