//! In which order the rows of a whole file belong: pure.

/// The share of steps backwards from which rows are in no order at all (or the newest is first).
const SHUFFLED: (usize, usize) = (1, 10);
/// Steps back that are longer than this share of the whole are no late rows: another run begins there.
const LATE: (i64, i64) = (1, 20);

/// What to do with rows whose times are not in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing: they are in order.
    Fine,
    /// The rows in order of time.
    Sorted(Vec<usize>),
    /// Nothing: times begin anew so many times, one run after the other.
    Runs(usize),
}

/// Looks at the times of all rows. A row without a time stays behind the row above it.
pub(super) fn order(times: &[Option<i64>]) -> Order {
    let known: Vec<i64> = times.iter().flatten().copied().collect();
    let back = || known.windows(2).filter_map(|w| Some(w.first()? - w.get(1)?)).filter(|back| *back > 0);
    let count = back().count();
    if count == 0 {
        return Order::Fine;
    }
    let span = known.iter().max().zip(known.iter().min()).map_or(0, |(last, first)| last.saturating_sub(*first));
    let shuffled = count * SHUFFLED.1 > known.len() * SHUFFLED.0;
    let longest = back().max().unwrap_or(0);
    if !shuffled && longest > span / LATE.1 * LATE.0 {
        return Order::Runs(count);
    }
    let mut last = i64::MIN;
    let filled: Vec<i64> = times
        .iter()
        .map(|time| {
            last = time.unwrap_or(last);
            last
        })
        .collect();
    let mut rows: Vec<usize> = (0..times.len()).collect();
    rows.sort_by_key(|row| filled.get(*row).copied().unwrap_or(i64::MAX));
    Order::Sorted(rows)
}

/// The values in another order.
pub(super) fn arranged<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| values.get(*row).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_and_reversed_rows_are_sorted_and_runs_are_left() {
        let times = |all: &[i64]| all.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(order(&times(&[1, 2, 2, 3])), Order::Fine);
        assert_eq!(order(&times(&[3, 2, 1])), Order::Sorted(vec![2, 1, 0]));
        let mut late: Vec<i64> = (0..100).collect();
        late.swap(50, 51);
        assert!(matches!(order(&times(&late)), Order::Sorted(rows) if rows[50] == 51 && rows[51] == 50));
        let runs: Vec<i64> = (0..200).map(|i| i % 100).collect();
        assert_eq!(order(&times(&runs)), Order::Runs(1));
        assert_eq!(arranged(&[1.0, 2.0, 3.0], &[2, 0, 1]), [3.0, 1.0, 2.0]);
    }
}
