//! The word that somebody most likely meant.

/// The known word that is nearest to what was written; none when none is near.
pub(super) fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (written, most) = (written.to_lowercase(), 1 + written.chars().count() / 3);
    let far = known.map(|word| (distance(&written, &word.to_lowercase()), word));
    far.filter(|(far, _)| *far <= most).min_by_key(|(far, _)| *far).map(|(_, word)| word)
}

/// Letters that must be put in, taken out or exchanged (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((other, above), (diagonal, left)) in b.iter().zip(row.iter().skip(1)).zip(row.iter().zip(0..)) {
            let left = next.get(left).copied().unwrap_or(usize::MAX - 1);
            next.push((diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_word() {
        let known = ["pump", "motor", "conveyor", "chiller"];
        let near = |word| nearest(word, known.into_iter());
        assert_eq!((near("pumpe"), near("Moter"), near("conveior")), (Some("pump"), Some("motor"), Some("conveyor")));
        assert_eq!((near("turbine"), near("")), (None, None));
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
