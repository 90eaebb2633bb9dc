use super::*;
use crate::random::Random;
use crate::stats;

fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..n).map(|_| random.normal()).collect()
}

/// Values about their mean over their spread; zeros when they never change.
fn normed(window: &[f64]) -> Vec<f64> {
    let n = window.len() as f64;
    let (mean, spread) = (stats::mean(window), (stats::variance(window) * (n - 1.0) / n).sqrt());
    window.iter().map(|v| if spread > 1e-9 { (v - mean) / spread } else { 0.0 }).collect()
}

/// As it is written down: no transform, no recursion.
fn plain(a: &[&[f64]], b: &[&[f64]]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| {
        let pairs = normed(a).into_iter().zip(normed(b));
        pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    });
    (squares.sum::<f64>() / a.len() as f64).sqrt()
}

fn cut(series: &[Vec<f64>], from: usize, rows: usize) -> Vec<&[f64]> {
    series.iter().map(|s| &s[from..from + rows]).collect()
}

/// Two signals, the second with a constant stretch and a spike.
fn pair(n: usize) -> Vec<Vec<f64>> {
    let mut second = noise(2, n);
    second[40..70].fill(3.0);
    second[120] = 1e6;
    vec![noise(1, n).iter().enumerate().map(|(i, v)| 0.1 * v + (i as f64 / 9.0).sin()).collect(), second]
}

#[test]
fn distances_are_those_of_brute_force() {
    let series = pair(300);
    for (from, rows) in [(10, 20), (45, 12), (200, 33)] {
        let query: Vec<Vec<f64>> = cut(&series, from, rows).iter().map(|s| s.to_vec()).collect();
        let found = distances(&query, &series).unwrap();
        assert_eq!(found.len(), 301 - rows);
        for (at, d) in found.iter().enumerate() {
            let wanted = plain(&cut(&series, from, rows), &cut(&series, at, rows));
            assert!((d - wanted).abs() < 1e-5, "{at}: {d} {wanted}");
        }
        assert!(found[from] < 1e-5);
    }
}

#[test]
fn a_gap_is_never_bridged() {
    let mut series = pair(300);
    series[1][150] = f64::NAN;
    let query: Vec<Vec<f64>> = cut(&series, 10, 20).iter().map(|s| s.to_vec()).collect();
    let found = distances(&query, &series).unwrap();
    assert!(found.iter().enumerate().all(|(i, d)| d.is_finite() != (131..=150).contains(&i)));
    let join = Join::of(&series, 20).unwrap();
    assert!(join.distances.iter().enumerate().all(|(i, d)| d.is_finite() != (131..=150).contains(&i)));
}

#[test]
fn the_join_is_that_of_brute_force() {
    let (series, rows) = (pair(220), 16);
    let join = Join::of(&series, rows).unwrap();
    for (i, d) in join.distances.iter().enumerate() {
        let others = (0..series[0].len() + 1 - rows).filter(|j| j.abs_diff(i) >= rows / 2);
        let wanted = others.map(|j| plain(&cut(&series, i, rows), &cut(&series, j, rows))).fold(f64::MAX, f64::min);
        assert!((d - wanted).abs() < 1e-4, "{i}: {d} {wanted}");
    }
}

#[test]
fn a_shape_is_found_again_whatever_its_level_and_size() {
    let mut series = noise(5, 5_000);
    let bump = |i: usize| 8.0 * (std::f64::consts::PI * i as f64 / 40.0).sin();
    for (place, size) in [(700, 1.0), (2_200, 3.0), (4_100, 1.5)] {
        (0..40).for_each(|i| series[place + i] += 50.0 * size + size * bump(i));
    }
    let query = vec![series[690..750].to_vec()];
    let series = vec![series];
    let found = nearest(&distances(&query, &series).unwrap(), 60, &[690], 2);
    let places: Vec<usize> = found.iter().map(|m| m.place).collect();
    assert_eq!(places.len(), 2);
    assert!(places.iter().all(|p| p.abs_diff(2_190) < 3 || p.abs_diff(4_090) < 3), "{found:?}");
    assert!(found.iter().all(|m| likeness(m.distance, 60) > 0.9), "{found:?}");
    let strengths = strengths(&query, &series, &places);
    assert!(strengths.iter().all(|s| (1.2..4.0).contains(s)), "{strengths:?}");
}

#[test]
fn what_recurs_and_what_stands_alone() {
    let mut series: Vec<f64> =
        (0..1_500).map(|i| (f64::from(i) / 8.0).sin()).zip(noise(7, 1_500)).map(|(s, n)| s + 0.05 * n).collect();
    (0..30).for_each(|i| series[800 + i] = 0.2 * f64::from(u8::from(i % 7 == 0)));
    let join = Join::of(&[series], 50).unwrap();
    let odd = join.discords(1)[0];
    assert!((750..=830).contains(&odd.place), "{odd:?}");
    let (first, second) = join.motifs(1)[0];
    assert!(likeness(first.distance, 50) > 0.98 && first.place.abs_diff(second) >= 25, "{first:?} {second}");
}

#[test]
fn matches_do_not_overlap_and_are_in_order() {
    let d = [5.0, 1.0, 2.0, 0.5, 3.0, f64::INFINITY, 0.7, 4.0];
    let found = nearest(&d, 3, &[], 9);
    assert_eq!(found.iter().map(|m| m.place).collect::<Vec<_>>(), [3, 6]);
    assert_eq!(nearest(&d, 3, &[4], 9).iter().map(|m| m.place).collect::<Vec<_>>(), [1]);
}

#[test]
fn what_has_no_shape_is_refused() {
    let series = vec![noise(1, 100)];
    assert!(distances(&[vec![1.0; 20]], &series).is_err());
    assert!(distances(&[vec![1.0, 2.0, f64::NAN, 3.0]], &series).is_err());
    assert!(distances(&[vec![1.0, 2.0]], &series).is_err());
    assert!(distances(&[noise(2, 10), noise(3, 10)], &series).is_err());
    assert!(distances(&[noise(2, 10)], &[vec![1.0; 5]]).unwrap().is_empty());
    assert!(Join::of(&series, 3).is_err() && Join::of(&series, 60).is_err());
}

#[test]
fn the_work_is_told_as_it_grows_and_ends_when_it_is_no_longer_wanted() {
    let series = vec![(0..1_000).map(|i| (f64::from(i) * 0.37).sin()).collect::<Vec<f64>>()];
    let told = std::cell::RefCell::new(Vec::new());
    let whole = Join::watched(&series, 20, &|share| {
        told.borrow_mut().push(share);
        true
    });
    assert_eq!(whole.unwrap(), Join::of(&series, 20).unwrap());
    let told = told.into_inner();
    assert!(told.len() > 10 && told.windows(2).all(|w| w[0] < w[1]) && told.iter().all(|s| (0.0..1.0).contains(s)));
    // diagonals become shorter: half of them are three quarters of the work
    let middle = told[told.len() / 2];
    assert!((0.65..0.85).contains(&middle), "{middle}");
    let stopped = Join::watched(&series, 20, &|share| share < 0.5);
    assert!(matches!(stopped, Err(crate::Error::Stopped { .. })), "{stopped:?}");
}
