//! From a p-value to how sure one may be.

/// The highest that is told: nothing learned from a record is certain.
const SURE_MAX: f64 = 0.9999;

/// How sure it is, at most, that what has this p-value is no chance, when chance and a fault were as likely before it was
/// seen: one minus the bound of Sellke, Bayarri and Berger (2001), 1/(1 − e·p·ln p); even odds from p = 1/e on.
pub fn sure(p_value: f64) -> f64 {
    let p = p_value.clamp(f64::MIN_POSITIVE, 1.0);
    let sure = if p < (-1.0_f64).exp() { 1.0 / (1.0 - std::f64::consts::E * p * p.ln()) } else { 0.5 };
    sure.min(SURE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_as_published() {
        // table 1 of the paper: p = 0.1, 0.05, 0.01, 0.001 leave a chance of 0.385, 0.289, 0.111, 0.0184
        for (p, chance) in [(0.1, 0.385), (0.05, 0.289), (0.01, 0.111), (0.001, 0.018_4)] {
            assert!((1.0 - sure(p) - chance).abs() < 6e-4, "{p} {}", sure(p));
        }
        assert!((sure(0.5) - 0.5).abs() < 1e-12 && sure(0.0) <= SURE_MAX && sure(1e-12) > 0.999);
    }
}
