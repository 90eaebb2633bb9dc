//! What is done to values, one step after the other, on a stack.

/// A step. Values that it takes lie on top of the stack, the last one uppermost.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Puts a number.
    Number(f64),
    /// Puts the value of the signal at this place of the formula's signals.
    Signal(usize),
    /// Turns one value into another.
    One(fn(f64) -> f64),
    /// Turns two values into one.
    Two(fn(f64, f64) -> f64),
    /// Turns so many values into one.
    Many(fn(&[f64]) -> f64, usize),
}

/// The outcome for the values of the signals; NaN when there is none.
pub(super) fn outcome(steps: &[Step], values: &[f64], stack: &mut Vec<f64>) -> f64 {
    stack.clear();
    for step in steps {
        let value = match step {
            Step::Number(value) => *value,
            Step::Signal(place) => values.get(*place).copied().unwrap_or(f64::NAN),
            Step::One(does) => does(stack.pop().unwrap_or(f64::NAN)),
            Step::Two(does) => {
                let (right, left) = (stack.pop().unwrap_or(f64::NAN), stack.pop().unwrap_or(f64::NAN));
                does(left, right)
            }
            Step::Many(does, count) => {
                let from = stack.len().saturating_sub(*count);
                let value = stack.get(from..).map_or(f64::NAN, does);
                stack.truncate(from);
                value
            }
        };
        stack.push(value);
    }
    stack.pop().filter(|value| value.is_finite()).unwrap_or(f64::NAN)
}

/// The least; none when one is none.
pub(super) fn min(values: &[f64]) -> f64 {
    values.iter().copied().reduce(|a, b| if a.is_nan() || a < b { a } else { b }).unwrap_or(f64::NAN)
}

/// The largest; none when one is none.
pub(super) fn max(values: &[f64]) -> f64 {
    values.iter().copied().reduce(|a, b| if a.is_nan() || a > b { a } else { b }).unwrap_or(f64::NAN)
}

/// The mean.
pub(super) fn avg(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_goes_through_everything() {
        let nan = f64::NAN;
        for all in [min, max, avg] {
            for values in [[nan, 1.0, 2.0], [1.0, nan, 2.0], [1.0, 2.0, nan]] {
                assert!(all(&values).is_nan(), "{values:?}");
            }
        }
        let values = [2.0, 8.0, 5.0];
        assert_eq!([min(&values), max(&values), avg(&values)].map(f64::to_bits), [2.0, 8.0, 5.0].map(f64::to_bits));
    }

    #[test]
    fn steps_take_what_they_need() {
        let steps = [
            Step::Signal(0),
            Step::Number(2.0),
            Step::Two(|a, b| a - b),
            Step::One(f64::abs),
            Step::Signal(1),
            Step::Many(max, 2),
        ];
        let mut stack = Vec::new();
        assert!((outcome(&steps, &[-3.0, 4.0], &mut stack) - 5.0).abs() < 1e-12);
        assert!((outcome(&steps, &[3.0, 4.0], &mut stack) - 4.0).abs() < 1e-12);
        assert!(outcome(&[Step::Number(1.0), Step::Number(0.0), Step::Two(|a, b| a / b)], &[], &mut stack).is_nan());
    }
}
