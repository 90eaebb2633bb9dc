//! Values as scaled integers, only where that is exact to the bit.
//!
//! The idea is ALP's (Afroozeh, Kuffó, Boncz: "ALP: Adaptive Lossless floating-Point compression", SIGMOD 2024): most
//! measured values are decimals, so `mantissa / 10^decimals` gives back the very same double.

/// The most decimal digits behind the point that are tried: 10⁹ and its quotients are exact enough.
pub(crate) const DECIMALS_MAX: u8 = 9;

/// Mantissas stay below 2⁵³, where every integer is a double.
const MANTISSA_MAX: i64 = 1 << 53;

const POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// `10^decimals`; 1 beyond the table.
pub(crate) fn power(decimals: u8) -> f64 {
    POWERS.get(usize::from(decimals)).copied().unwrap_or(1.0)
}

/// The mantissa, when `mantissa / 10^decimals` is `value` bit for bit.
#[allow(clippy::cast_possible_truncation, reason = "the cast saturates, and the quotient is compared bit for bit")]
#[inline]
pub(crate) fn mantissa(value: f64, decimals: u8) -> Option<i64> {
    let power = power(decimals);
    let scaled = value * power;
    let mantissa = (scaled + 0.5_f64.copysign(scaled)) as i64;
    let exact = unscale(mantissa, decimals).to_bits() == value.to_bits();
    (exact && mantissa.unsigned_abs() < MANTISSA_MAX.unsigned_abs()).then_some(mantissa)
}

/// Added to a double below 2⁵¹ it leaves the nearest integer in the lower bits.
const MAGIC: f64 = (3_u64 << 51) as f64;
/// Where that ends.
const MAGIC_MAX: f64 = (1_u64 << 51) as f64;

/// [`mantissa`] of all of some values at once. False: there is one that has none, or a large one; then `found` is void.
pub(crate) fn all_mantissas(values: &[f64], decimals: u8, found: &mut [i64]) -> bool {
    let (power, mut all) = (power(decimals), true);
    for (found, value) in found.iter_mut().zip(values) {
        let scaled = value * power + MAGIC;
        let nearest = scaled - MAGIC;
        *found = scaled.to_bits().wrapping_sub(MAGIC.to_bits()).cast_signed();
        all &= ((nearest / power).to_bits() == value.to_bits()) & (nearest.abs() < MAGIC_MAX);
    }
    all
}

/// The value back.
#[inline]
pub(crate) fn unscale(mantissa: i64, decimals: u8) -> f64 {
    mantissa as f64 / power(decimals)
}

/// The fewest decimals that are exact for `value`; none when no number of them up to `most` is.
pub(crate) fn fewest(value: f64, most: u8) -> Option<u8> {
    (0..=most).find(|decimals| mantissa(value, *decimals).is_some())
}

/// The decimals that suit these values: the most that any of them needs, among those that are decimals at all.
pub(crate) fn detect(values: impl Iterator<Item = f64>) -> u8 {
    values.filter_map(|value| fewest(value, DECIMALS_MAX)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_decimal_is_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e300, f64::MIN_POSITIVE, 1.0 / 3.0] {
            assert_eq!(fewest(value, DECIMALS_MAX), None, "{value}");
        }
        assert_eq!(fewest(61.3, 9), Some(1));
        assert_eq!(fewest(-0.001, 9), Some(3));
        assert_eq!(detect([61.3, 0.25, f64::NAN].into_iter()), 2);
    }

    proptest! {
        #[test]
        fn a_decimal_comes_back_bit_for_bit(mantissa_in in -1_000_000_000_i64..1_000_000_000, decimals in 0_u8..=9) {
            let value = unscale(mantissa_in, decimals);
            let kept = mantissa(value, decimals);
            // −0 is not 0, and that is the only decimal that cannot be kept.
            prop_assert_eq!(kept, Some(mantissa_in));
        }

        #[test]
        fn many_are_taken_as_each_alone(
            values in prop::collection::vec(prop_oneof![
                any::<u64>().prop_map(f64::from_bits),
                (any::<i64>(), 0_u32..64).prop_map(|(number, bits)| (number >> bits) as f64),
                (-1_000_000_000_i64..1_000_000_000, 0_u8..=9).prop_map(|(number, decimals)| unscale(number, decimals)),
                Just(-0.0), Just(f64::NAN), Just(f64::INFINITY)
            ], 0..4),
            decimals in 0_u8..=9
        ) {
            let mut found = vec![0; values.len()];
            let all = all_mantissas(&values, decimals, &mut found);
            let alone: Vec<_> = values.iter().map(|value| mantissa(*value, decimals)).collect();
            let small = |mantissa: &Option<i64>| mantissa.is_some_and(|mantissa| mantissa.unsigned_abs() < 1 << 51);
            prop_assert_eq!(all, alone.iter().all(small));
            if all {
                prop_assert_eq!(found.into_iter().map(Some).collect::<Vec<_>>(), alone);
            }
        }

        #[test]
        fn whatever_is_accepted_is_exact(bits in any::<u64>(), decimals in 0_u8..=9) {
            let value = f64::from_bits(bits);
            if let Some(kept) = mantissa(value, decimals) {
                prop_assert_eq!(unscale(kept, decimals).to_bits(), bits);
            }
        }
    }
}
