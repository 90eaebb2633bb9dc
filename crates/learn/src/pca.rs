//! Principal components of scaled signals: T² within the model, Q beside it, and who contributes.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::{Error, stats};

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    means: Vec<f64>,
    scales: Vec<f64>,
    /// Loadings, one column for each component.
    loadings: DMatrix<f64>,
    /// Variance of each component.
    variances: Vec<f64>,
}

impl Pca {
    /// Fits the fewest components that hold `share` (0–1) of the variance of the standardised columns.
    ///
    /// # Errors
    /// When there are fewer usable rows than columns, or none.
    pub fn fit(columns: &[Vec<f64>], share: f64) -> Result<Self, Error> {
        let width = columns.len();
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        if width == 0 || rows <= width {
            return Err(Error::TooFewRows { what: "principal components", found: rows, needed: width + 1 });
        }
        let means: Vec<f64> = columns.iter().map(|c| stats::mean(c)).collect();
        let scales: Vec<f64> =
            columns.iter().map(|c| stats::variance(c).sqrt()).map(|s| if s > 0.0 { s } else { 1.0 }).collect();
        let cells = columns
            .iter()
            .zip(means.iter().zip(&scales))
            .flat_map(|(c, (m, s))| c.iter().take(rows).map(move |v| if v.is_finite() { (v - m) / s } else { 0.0 }));
        let x = DMatrix::from_vec(rows, width, cells.collect());
        let eigen = SymmetricEigen::new(x.tr_mul(&x) / (rows as f64 - 1.0));
        let mut order: Vec<(usize, f64)> = eigen.eigenvalues.iter().copied().enumerate().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let total: f64 = order.iter().map(|(_, v)| v.max(0.0)).sum();
        let mut kept = 0.0;
        let enough = |(_, v): &&(usize, f64)| {
            let more = kept < share * total && *v > 1e-12;
            kept += v;
            more
        };
        let chosen: Vec<(usize, f64)> = order.iter().take_while(enough).copied().collect();
        let vectors: Vec<_> = chosen.iter().map(|(i, _)| eigen.eigenvectors.column(*i).into_owned()).collect();
        let variances = chosen.iter().map(|(_, v)| *v).collect();
        // of constant columns there is no component, and any change is Q
        let loadings = if vectors.is_empty() { DMatrix::zeros(width, 0) } else { DMatrix::from_columns(&vectors) };
        Ok(Self { means, scales, loadings, variances })
    }

    /// How many components were kept.
    pub fn components(&self) -> usize {
        self.variances.len()
    }

    fn scaled(&self, row: &[f64]) -> DVector<f64> {
        let cells = row.iter().zip(self.means.iter().zip(&self.scales));
        DVector::from_iterator(row.len(), cells.map(|(v, (m, s))| if v.is_finite() { (v - m) / s } else { 0.0 }))
    }

    /// T² and Q of a row; a missing value counts as the mean.
    ///
    /// # Errors
    /// When the row has another width.
    pub fn score(&self, row: &[f64]) -> Result<(f64, f64), Error> {
        if row.len() != self.means.len() {
            return Err(Error::Width { what: "a row", found: row.len(), expected: self.means.len() });
        }
        let x = self.scaled(row);
        let t = self.loadings.tr_mul(&x);
        let t2 = t.iter().zip(&self.variances).map(|(t, v)| t * t / v).sum();
        Ok((t2, (x - &self.loadings * t).norm_squared()))
    }

    /// Each signal's part in Q: its squared error.
    pub fn q_contributions(&self, row: &[f64]) -> Vec<f64> {
        let x = self.scaled(row);
        let error = &x - &self.loadings * self.loadings.tr_mul(&x);
        error.iter().map(|e| e * e).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn correlated() -> Pca {
        let mut random = Random::new(4);
        let a: Vec<f64> = (0..500).map(|_| random.normal()).collect();
        let b = a.iter().map(|v| 2.0 * v + 0.1 * random.normal()).collect();
        Pca::fit(&[a, b], 0.9).unwrap()
    }

    #[test]
    fn breaking_a_relation_is_q_and_going_far_along_it_is_t2() {
        let pca = correlated();
        assert_eq!(pca.components(), 1);
        let (t2_far, q_far) = pca.score(&[4.0, 8.0]).unwrap();
        let (t2_off, q_off) = pca.score(&[1.0, -2.0]).unwrap();
        assert!(t2_far > 10.0 && q_far < 0.1, "{t2_far} {q_far}");
        assert!(t2_off < 1.0 && q_off > 1.0, "{t2_off} {q_off}");
    }

    #[test]
    fn of_constant_columns_any_change_is_q() {
        let pca = Pca::fit(&[vec![5.0; 20], vec![1.0; 20]], 0.9).unwrap();
        assert_eq!(pca.components(), 0);
        let (t2, q) = pca.score(&[5.0, 3.0]).unwrap();
        assert!(t2.abs() < 1e-12 && (q - 4.0).abs() < 1e-12);
    }

    #[test]
    fn contributions_sum_to_the_statistic() {
        let pca = correlated();
        let row = [1.5, -0.5];
        let (_, q) = pca.score(&row).unwrap();
        assert!((pca.q_contributions(&row).iter().sum::<f64>() - q).abs() < 1e-9);
    }
}
