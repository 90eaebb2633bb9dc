//! Training in single precision, a batch at a time, every sample a column.

use nalgebra::DMatrix;

use super::{Config, Layer};
use crate::random::Random;

/// Rows, scaled.
pub(super) struct Data {
    pub(super) inputs: Vec<f32>,
    pub(super) outputs: Vec<f32>,
    pub(super) weights: Vec<f32>,
    pub(super) width: usize,
}

/// Single precision is enough for what is trained.
#[allow(clippy::cast_possible_truncation, reason = "scaled values, a handful of units large")]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}

/// Means of the gradients and of their squares fall off by these (Kingma and Ba 2015).
const BETA: (f32, f32) = (0.9, 0.999);
const EPSILON: f32 = 1e-8;

/// A matrix that learns.
struct Learned {
    value: DMatrix<f32>,
    mean: DMatrix<f32>,
    square: DMatrix<f32>,
}

impl Learned {
    fn new(value: DMatrix<f32>) -> Self {
        let zero = DMatrix::zeros(value.nrows(), value.ncols());
        Self { value, mean: zero.clone(), square: zero }
    }

    fn step(&mut self, gradient: &DMatrix<f32>, step: Step, decay: f32) {
        let cells = self.value.iter_mut().zip(self.mean.iter_mut()).zip(self.square.iter_mut()).zip(gradient.iter());
        for (((value, mean), square), g) in cells {
            *mean = BETA.0 * *mean + (1.0 - BETA.0) * g;
            *square = BETA.1 * *square + (1.0 - BETA.1) * g * g;
            let towards = *mean / step.mean_share / ((*square / step.square_share).sqrt() + EPSILON);
            *value -= step.rate * (towards + decay * *value);
        }
    }
}

#[derive(Clone, Copy)]
struct Step {
    rate: f32,
    mean_share: f32,
    square_share: f32,
}

struct Trained {
    weights: Learned,
    bias: Learned,
}

/// Trains and gives the layers.
pub(super) fn train(data: &Data, config: &Config) -> Vec<Layer> {
    let mut random = Random::new(config.seed);
    let mut layers = start(data.width, &config.hidden, &mut random);
    let mut order: Vec<usize> = (0..data.outputs.len()).collect();
    let batch = config.batch.clamp(1, order.len().max(1));
    let steps = (config.epochs * order.len().div_ceil(batch)).max(1);
    let (mut done, mut shares) = (0_usize, (1.0_f32, 1.0_f32));
    for _ in 0..config.epochs {
        shuffle(&mut order, &mut random);
        for chosen in order.chunks(batch) {
            shares = (shares.0 * BETA.0, shares.1 * BETA.1);
            let falling = 0.5 * (1.0 + (std::f64::consts::PI * done as f64 / steps as f64).cos());
            let rate = narrow(config.rate * falling);
            let step = Step { rate, mean_share: 1.0 - shares.0, square_share: 1.0 - shares.1 };
            learn(data, chosen, &mut layers, (config, step), &mut random);
            done += 1;
        }
    }
    let wide = |m: &DMatrix<f32>| m.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    layers.iter().map(|l| Layer { weights: wide(&l.weights.value.transpose()), bias: wide(&l.bias.value) }).collect()
}

/// Weights drawn after He et al. 2015.
fn start(width: usize, hidden: &[usize], random: &mut Random) -> Vec<Trained> {
    let mut from = width;
    let mut layers = Vec::new();
    for to in hidden.iter().copied().chain([1]) {
        let spread = (2.0 / from as f64).sqrt();
        let weights = DMatrix::from_fn(to, from, |_, _| narrow(spread * random.normal()));
        layers.push(Trained { weights: Learned::new(weights), bias: Learned::new(DMatrix::zeros(to, 1)) });
        from = to;
    }
    layers
}

fn shuffle(order: &mut [usize], random: &mut Random) {
    for last in (1..order.len()).rev() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most last")]
        let other = (random.unit() * (last + 1) as f64) as usize;
        order.swap(last, other);
    }
}

/// One step over one batch: forward, backward, down.
fn learn(data: &Data, chosen: &[usize], layers: &mut [Trained], (config, step): (&Config, Step), random: &mut Random) {
    let columns = chosen.iter().filter_map(|i| data.inputs.get(i * data.width..(i + 1) * data.width));
    let input = DMatrix::from_iterator(data.width, chosen.len(), columns.flatten().copied());
    let mut inputs = vec![input];
    let count = layers.len();
    for (place, layer) in layers.iter().enumerate() {
        let Some(below) = inputs.last() else { return };
        let mut out = &layer.weights.value * below;
        out.column_iter_mut().for_each(|mut c| c += layer.bias.value.column(0));
        if place + 1 < count {
            rectify(&mut out, narrow(config.dropout), random);
        }
        inputs.push(out);
    }
    let Some(answers) = inputs.pop() else { return };
    let cells = answers.iter().zip(chosen).map(|(answer, i)| {
        let pick = |of: &[f32]| of.get(*i).copied().unwrap_or_default();
        pick(&data.weights) * (answer - pick(&data.outputs)) / chosen.len() as f32
    });
    let mut back = DMatrix::from_iterator(1, chosen.len(), cells);
    for layer in layers.iter_mut().rev() {
        let Some(below) = inputs.pop() else { return };
        let gradient = &back * below.transpose();
        let bias = DMatrix::from_iterator(back.nrows(), 1, back.row_iter().map(|r| r.sum()));
        // what was cut to nothing, or left out, hands nothing down; what was left in was scaled up alike
        let up = 1.0 / (1.0 - narrow(config.dropout));
        let down = (!inputs.is_empty()).then(|| {
            let mut down = layer.weights.value.transpose() * &back;
            down.iter_mut().zip(below.iter()).for_each(|(d, b)| *d = if *b > 0.0 { *d * up } else { 0.0 });
            down
        });
        layer.weights.step(&gradient, step, narrow(config.decay));
        layer.bias.step(&bias, step, 0.0);
        let Some(down) = down else { return };
        back = down;
    }
}

/// Cuts off below nothing; leaves a share out and scales the others up for it.
fn rectify(out: &mut DMatrix<f32>, dropout: f32, random: &mut Random) {
    let up = 1.0 / (1.0 - dropout);
    let limit = f64::from(dropout) * 65_536.0;
    let (mut bits, mut left) = (0_u64, 0);
    for value in out.iter_mut() {
        if left == 0 {
            (bits, left) = (random.bits(), 4);
        }
        let out = dropout > 0.0 && ((bits & 0xFFFF) as f64) < limit;
        *value = if out { 0.0 } else { value.max(0.0) * up };
        (bits, left) = (bits >> 16, left - 1);
    }
}
