use super::*;
use crate::random::Random;

/// A hidden state wanders and moves three sensors; the third feels it one row later.
fn system(seed: u64, rows: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut state = 0.0;
    let mut columns = vec![Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rows {
        let before = state;
        state = 0.95 * state + random.normal();
        for (column, value) in columns.iter_mut().zip([state, 2.0 * state, before]) {
            column.push(value + 0.1 * random.normal());
        }
    }
    columns
}

fn mean(scores: &[T2], part: fn(&T2) -> f64) -> f64 {
    stats::mean(&scores.iter().map(part).collect::<Vec<_>>())
}

#[test]
fn one_hidden_state_is_one_variate_that_foretells() {
    let model = Cva::fit(&system(1, 2000), 2).unwrap();
    assert_eq!((model.variates(), model.past(), model.states()), (6, 2, 1));
    let [first, second, ..] = model.correlations() else { panic!("two variates") };
    assert!(*first > 0.9 && *second < 0.3, "{:?}", model.correlations());
}

#[test]
fn variates_of_new_healthy_rows_have_unit_variance() {
    let model = Cva::fit(&system(1, 2000), 2).unwrap();
    let scores = model.scores(&system(2, 4000));
    assert!((mean(&scores, |t| t.total()) - 6.0).abs() < 0.5);
    assert!((mean(&scores, |t| t.states) - 1.0).abs() < 0.3);
}

#[test]
fn going_far_moves_the_states_and_a_broken_relation_in_time_the_residual() {
    let model = Cva::fit(&system(1, 2000), 2).unwrap();
    let calm = system(3, 500);
    let far: Vec<Vec<f64>> =
        calm.iter().zip([15.0, 30.0, 15.0]).map(|(c, d)| c.iter().map(|v| v + d).collect()).collect();
    let far = model.scores(&far);
    assert!(mean(&far, |t| t.states) > 10.0 && mean(&far, |t| t.residual) < 30.0);
    let mut late = calm.clone();
    late[2].rotate_right(1);
    let late = model.scores(&late);
    assert!(mean(&late, |t| t.residual) > 30.0, "{}", mean(&late, |t| t.residual));
}

#[test]
fn the_signal_that_is_off_is_found_with_its_offset() {
    let model = Cva::fit(&system(1, 2000), 3).unwrap();
    let mut window = Window::new(&model);
    let mut off = system(5, 40);
    off[1].iter_mut().for_each(|v| *v += 1.5);
    (0..40).for_each(|r| window.push(&model, off.iter().map(|c| c[r])));
    let offsets = model.offsets(window.values(), true);
    let size = |i: usize| (offsets[i].0 / offsets[i].1).abs();
    assert!((offsets[1].0 - 1.5).abs() < 0.5, "{offsets:?}");
    assert!(size(1) > size(0) && size(1) > size(2), "{offsets:?}");
}

#[test]
fn what_is_left_out_is_not_learned_and_gaps_are_survived() {
    let mut columns = system(1, 900);
    let whole = Cva::fit(&columns, 3).unwrap();
    for column in &mut columns {
        column[300..500].fill(1e6);
    }
    let without = whole.without(&columns, &(300..500)).unwrap();
    assert!((without.correlations()[0] - whole.correlations()[0]).abs() < 0.1);
    for column in &mut columns {
        column[300..500].fill(f64::NAN);
    }
    assert_eq!(Cva::fit(&columns, 3).unwrap().correlations(), without.correlations());
    assert!(Cva::fit(&system(1, 8), 3).is_err());
    assert_eq!(Cva::fit(&system(1, 28), 3).unwrap().past(), 2);
}
