//! The smallest parts of a line: values, times, and where a name ends. Nothing is copied.

/// Powers of ten that a double holds exactly.
const POW10: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// Whole numbers below this are exact as doubles.
const EXACT: u64 = 1 << 53;
/// Digits that surely fit a `u64`.
const DIGITS_MAX: usize = 19;

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Number(f64),
    Flag(bool),
    /// Between the quotes, escapes as written.
    Text(&'a [u8]),
}

/// Where the first byte that stops a name stands, escaped ones and those in `\ ` passed over; a line's end always stops.
#[inline]
pub(super) fn name_end(bytes: &[u8], stops: impl Fn(u8) -> bool) -> usize {
    let mut escaped = false;
    let end = bytes.iter().position(|byte| {
        let stop = *byte == b'\n' || (!escaped && stops(*byte));
        escaped = *byte == b'\\' && !escaped;
        stop
    });
    end.unwrap_or(bytes.len())
}

/// A name without its escapes.
pub(super) fn plain(name: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let escapes =
            byte == b'\\' && rest.peek().is_some_and(|next| matches!(next, b',' | b'=' | b' ' | b'"' | b'\\'));
        bytes.extend(if escapes { rest.next() } else { Some(byte) });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value at the front and what stands behind it; none when there is no value that the protocol knows.
#[inline]
pub(super) fn value(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    match bytes.first()? {
        b'0'..=b'9' | b'-' | b'+' | b'.' => number(bytes).map(|(number, rest)| (Value::Number(number), rest)),
        b'"' => text(bytes),
        _ => flag(bytes),
    }
}

fn text(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let inner = bytes.get(1..)?;
    let mut escaped = false;
    let end = inner.iter().position(|byte| {
        let stop = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        stop
    })?;
    Some((Value::Text(inner.get(..end)?), inner.get(end + 1..)?))
}

fn flag(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (word, rest) = token(bytes);
    let flag = match word {
        b"t" | b"T" | b"true" | b"True" | b"TRUE" => true,
        b"f" | b"F" | b"false" | b"False" | b"FALSE" => false,
        _ => return None,
    };
    Some((Value::Flag(flag), rest))
}

/// Everything up to a comma, a space or the line's end.
fn token(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| ends_value(*byte)).unwrap_or(bytes.len());
    bytes.split_at_checked(end).unwrap_or((bytes, &[]))
}

const fn ends_value(byte: u8) -> bool {
    matches!(byte, b',' | b' ' | b'\n' | b'\r')
}

/// Digits at the front, added to `number` (wrapping), and how many.
#[inline]
fn digits(mut number: u64, bytes: &[u8]) -> (u64, usize, &[u8]) {
    let mut rest = bytes;
    while let [byte @ b'0'..=b'9', tail @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
        rest = tail;
    }
    (number, bytes.len() - rest.len(), rest)
}

fn sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

/// A number: decimals of usual length by one exact division (Clinger, "How to read floating point numbers
/// accurately", 1990), others by the standard library.
#[inline]
fn number(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let (negative, unsigned) = sign(bytes);
    let (whole, count, rest) = digits(0, unsigned);
    let (mantissa, decimals, rest) = match rest {
        [b'.', behind @ ..] => digits(whole, behind),
        _ => (whole, 0, rest),
    };
    let short = count > 0 && count + decimals <= DIGITS_MAX;
    match rest.first() {
        Some(b'i' | b'u') if decimals == 0 && short => whole_number(mantissa, negative, rest),
        first if short && mantissa < EXACT && first.is_none_or(|byte| ends_value(*byte)) => {
            let number = mantissa as f64 / POW10.get(decimals)?;
            Some((if negative { -number } else { number }, rest))
        }
        _ => odd_number(bytes),
    }
}

fn whole_number(magnitude: u64, negative: bool, rest: &[u8]) -> Option<(f64, &[u8])> {
    let (unsigned, behind) = (rest.first() == Some(&b'u'), rest.get(1..)?);
    let fits = if unsigned { !negative } else { magnitude <= i64::MAX as u64 + u64::from(negative) };
    let number = magnitude as f64;
    let ends = behind.first().is_none_or(|byte| ends_value(*byte));
    (fits && ends).then_some((if negative { -number } else { number }, behind))
}

#[cold]
fn odd_number(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let (word, rest) = token(bytes);
    let number: f64 = std::str::from_utf8(word).ok()?.parse().ok()?;
    number.is_finite().then_some((number, rest))
}

/// A whole number with its sign: a time.
#[inline]
pub(super) fn integer(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (negative, unsigned) = sign(bytes);
    let (magnitude, count, rest) = digits(0, unsigned);
    let number = i64::try_from(magnitude).ok().filter(|_| (1..=DIGITS_MAX).contains(&count))?;
    Some((if negative { -number } else { number }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<f64> {
        match value(text.as_bytes())? {
            (Value::Number(number), []) => Some(number),
            _ => None,
        }
    }

    #[test]
    fn numbers_are_read_as_the_standard_library_reads_them() {
        for text in
            ["0", "-0.0", "1.5", "23.7", "+4", ".5", "1e-3", "9007199254740993", "123456789012345678901234", "1e308"]
        {
            assert_eq!(read(text).map(f64::to_bits), Some(text.parse::<f64>().unwrap().to_bits()), "{text}");
        }
        for (text, number) in [("5i", 5.0), ("-9223372036854775808i", -9.223_372_036_854_776e18), ("7u", 7.0)] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in
            ["", "-", "1.5i", "-1u", "9223372036854775808i", "nan", "inf", "-inf", "1e999", "0x1f", "1,", "1.2.3"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn names_and_texts_end_where_nothing_escapes_them() {
        let name = br"a\ b\,c d";
        assert_eq!(name_end(name, |b| b == b' '), 7);
        assert_eq!(plain(&name[..7]), "a b,c");
        assert_eq!(value(br#""say \"hi\"",x"#), Some((Value::Text(br#"say \"hi\""#), b",x".as_slice())));
        assert_eq!(value(br#""open"#), None);
        assert_eq!(value(b"TRUE x"), Some((Value::Flag(true), b" x".as_slice())));
    }

    proptest! {
        #[test]
        fn every_finite_double_comes_back_bit_for_bit(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            prop_assert_eq!(read(&format!("{number:?}")).map(f64::to_bits), Some(bits));
            prop_assert_eq!(read(&format!("{number}")).map(f64::to_bits), Some(bits));
        }

        #[test]
        fn decimals_come_back_bit_for_bit(mantissa in any::<i64>(), decimals in 0_usize..25) {
            let text = format!("{mantissa}e-{decimals}");
            let plain = format!("{:.decimals$}", text.parse::<f64>().unwrap());
            prop_assert_eq!(read(&plain).map(f64::to_bits), Some(plain.parse::<f64>().unwrap().to_bits()));
        }
    }
}
