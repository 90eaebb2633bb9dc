//! What must be beaten: constants, chance, and principal components.

use gemba_learn::pca::Pca;
use gemba_learn::random::Random;

use super::{Case, Method, Scored, Watch, row_of};

/// The seed of the row `random`.
const RANDOM_SEED: u64 = 20_200_301;
/// Share of variance that the principal components keep.
const SHARE: f64 = 0.9;

/// The naive rows by name. Constant scores rank nothing, so that always and never alarming differ in no metric
/// that is made of ranks: both are worth the base rate.
pub(crate) const fn naive() -> [(&'static str, Method); 4] {
    [
        ("always", |c| Ok(constant(c, true))),
        ("never", |c| Ok(constant(c, false))),
        ("random", |c| Ok(random(c))),
        ("pca_error", pca),
    ]
}

fn constant(case: &Case, alarm: bool) -> Scored {
    let scores = vec![f64::from(u8::from(alarm)); case.rows()];
    Scored { scores, constant: Some(alarm), ..Scored::default() }
}

fn random(case: &Case) -> Scored {
    let mut random = Random::new(RANDOM_SEED);
    Scored { scores: (0..case.rows()).map(|_| random.unit()).collect(), ..Scored::default() }
}

/// The squared error of the row's reconstruction from the components that hold 90 % of the variance in training.
fn pca(case: &Case) -> anyhow::Result<Scored> {
    let mut watch = Watch::start();
    let pca = Pca::fit(&case.train, SHARE)?;
    let train_s = watch.lap();
    let (mut scores, mut contributions) = (Vec::new(), Vec::new());
    for row in (0..case.rows()).map(|i| row_of(&case.test, i)) {
        let (_, error) = pca.score(&row)?;
        scores.push(error);
        contributions.push(pca.q_contributions(&row));
    }
    Ok(Scored { scores, contributions, train_s, score_s: watch.lap(), ..Scored::default() })
}
