use super::*;
use crate::random::Random;

/// Two columns that matter, one that does not: y = 3·[a > 0.5] + b², and noise.
fn rows(n: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut random = Random::new(seed);
    let (mut columns, mut target) = (vec![Vec::new(); 3], Vec::new());
    for _ in 0..n {
        let row = [random.unit(), 2.0 * random.unit() - 1.0, random.unit()];
        columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
        target.push(if row[0] > 0.5 { 3.0 } else { 0.0 } + row[1] * row[1] + 0.1 * random.normal());
    }
    (columns, target)
}

fn row(columns: &[Vec<f64>], i: usize) -> Vec<f64> {
    columns.iter().map(|c| c[i]).collect()
}

fn rmse(model: &Boost, columns: &[Vec<f64>], target: &[f64]) -> f64 {
    let wrong = target.iter().enumerate().map(|(i, y)| (model.predict(&row(columns, i)) - y).powi(2));
    (wrong.sum::<f64>() / target.len() as f64).sqrt()
}

#[test]
fn a_relation_with_a_jump_is_learned_down_to_its_noise() {
    let ((columns, target), (unseen, truth)) = (rows(2000, 1), rows(1000, 2));
    let table = Table::new(&columns).unwrap();
    let config = Config { rounds: 150, leaves: 8, rows: 0.7, columns: 0.7, ..Config::default() };
    let model = Boost::fit(&Training::of(&table, &target), &config).unwrap();
    let error = rmse(&model, &unseen, &truth);
    assert!(error < 0.15, "{error}");
    let splits = model.splits(3);
    assert!(splits[2] < splits[0] + splits[1], "{splits:?}");
    assert_eq!(model, Boost::fit(&Training::of(&table, &target), &config).unwrap());
    let kept: Boost = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
    assert_eq!(kept, model);
}

#[test]
fn quantiles_cover_what_they_say() {
    let ((columns, target), (unseen, truth)) = (rows(4000, 3), rows(2000, 4));
    let table = Table::new(&columns).unwrap();
    for q in [0.1, 0.5, 0.9] {
        let config = Config { loss: Loss::Quantile(q), rounds: 150, leaves: 8, leaf_rows: 60, ..Config::default() };
        let model = Boost::fit(&Training::of(&table, &target), &config).unwrap();
        let below = (0..truth.len()).filter(|i| truth[*i] <= model.predict(&row(&unseen, *i))).count();
        let share = below as f64 / truth.len() as f64;
        assert!((share - q).abs() < 0.05, "{share} for {q}");
    }
}

#[test]
fn classes_are_told_apart_with_honest_probabilities() {
    let (columns, noise) = rows(3000, 5);
    let class = |i: usize| usize::from(columns[0][i] > 0.4) + usize::from(columns[0][i] > 0.4 && columns[1][i] > 0.0);
    let labels: Vec<f64> = (0..noise.len()).map(|i| class(i) as f64).collect();
    let table = Table::new(&columns).unwrap();
    let config = Config { loss: Loss::Softmax(3), rounds: 30, ..Config::default() };
    let model = Boost::fit(&Training::of(&table, &labels), &config).unwrap();
    let right = (0..labels.len()).filter(|i| (model.predict(&row(&columns, *i)) - labels[*i]).abs() < 0.5).count();
    assert!(right > 2980, "{right}");
    let sum: f64 = model.probabilities(&[0.9, 0.9, 0.1]).iter().sum();
    assert!((sum - 1.0).abs() < 1e-9 && model.trees() == 90);
    // a coin that falls to one side in 70 of 100
    let mut random = Random::new(6);
    let coin: Vec<f64> = (0..3000).map(|_| f64::from(random.unit() < 0.7)).collect();
    let config = Config { loss: Loss::Logistic, rounds: 20, leaf_rows: 300, ..Config::default() };
    let model = Boost::fit(&Training::of(&table, &coin), &config).unwrap();
    assert!((model.predict(&[0.5, 0.0, 0.5]) - 0.7).abs() < 0.1);
}

#[test]
fn what_is_missing_says_something_too() {
    let mut random = Random::new(7);
    let value: Vec<f64> = (0..1000).map(|i| if i % 3 == 0 { f64::NAN } else { random.unit() }).collect();
    let target: Vec<f64> = value.iter().map(|v| if v.is_nan() { 5.0 } else { *v }).collect();
    let table = Table::new(&[value]).unwrap();
    let model = Boost::fit(&Training::of(&table, &target), &Config::default()).unwrap();
    assert!((model.predict(&[f64::NAN]) - 5.0).abs() < 0.01 && (model.predict(&[0.5]) - 0.5).abs() < 0.05);
    assert!((model.predict(&[]) - 5.0).abs() < 0.01);
}

#[test]
fn that_a_value_is_missing_can_be_all_there_is() {
    let constant: Vec<f64> = (0..300).map(|i| if i % 3 == 0 { f64::NAN } else { 7.0 }).collect();
    let target: Vec<f64> = constant.iter().map(|v| if v.is_nan() { 5.0 } else { 1.0 }).collect();
    let table = Table::new(&[constant]).unwrap();
    let model = Boost::fit(&Training::of(&table, &target), &Config { rounds: 100, ..Config::default() }).unwrap();
    assert!((model.predict(&[f64::NAN]) - 5.0).abs() < 0.01 && (model.predict(&[7.0]) - 1.0).abs() < 0.01);
    let kept: Boost = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
    assert_eq!(kept, model);
}

#[test]
fn it_stops_when_held_rows_are_no_longer_served() {
    let (columns, target) = rows(300, 8);
    let table = Table::new(&columns).unwrap();
    let (fit, held): (Vec<u32>, Vec<u32>) = (0..300).partition(|i| i % 3 != 0);
    let training = Training { rows: Some(&fit), held: &held, ..Training::of(&table, &target) };
    let config = Config { rounds: 2000, rate: 0.3, leaf_rows: 2, patience: 10, ..Config::default() };
    let model = Boost::fit(&training, &config).unwrap();
    assert!((3..500).contains(&model.trees()), "{}", model.trees());
}

#[test]
fn weights_count_as_rows_would() {
    let table = Table::new(&[vec![0.0, 0.0, 1.0, 1.0]]).unwrap();
    let weights = [3.0, 1.0, 1.0, 1.0];
    let training = Training { weights: Some(&weights), ..Training::of(&table, &[8.0, 0.0, 1.0, 1.0]) };
    let config = Config { rounds: 1, rate: 1.0, leaf_rows: 1, l2: 0.0, ..Config::default() };
    let model = Boost::fit(&training, &config).unwrap();
    assert!((model.predict(&[0.0]) - 6.0).abs() < 1e-5 && (model.predict(&[1.0]) - 1.0).abs() < 1e-5);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let table = Table::new(&[vec![1.0, 2.0]]).unwrap();
    let fit = |target: &[f64], config: &Config| Boost::fit(&Training::of(&table, target), config).is_err();
    assert!(fit(&[1.0], &Config::default()) && fit(&[1.0, f64::NAN], &Config::default()));
    assert!(fit(&[1.0, 2.0], &Config { rate: 0.0, ..Config::default() }));
    let none = Training { rows: Some(&[]), ..Training::of(&table, &[1.0, 2.0]) };
    assert!(Boost::fit(&none, &Config::default()).is_err());
    // one row, or nothing to split by, gives the mean
    let model = Boost::fit(&Training::of(&table, &[1.0, 2.0]), &Config::default()).unwrap();
    assert!((model.predict(&[1.0]) - 1.5).abs() < 1e-6);
}
