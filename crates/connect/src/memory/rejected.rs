//! Why something was rejected: a short table, for people.

use gemba_plant::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// Reasons kept of a connection, the latest.
const REASONS_MAX: usize = 20;
/// Characters of a reason and of an example.
const CHARS: usize = 160;

/// Something that could not be taken, by its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rejected {
    /// Why.
    pub why: String,
    /// What to do about it, where that is known; else empty.
    pub cure: String,
    /// The last that it happened to: an address, a topic, a line, a file; shortened.
    pub example: String,
    /// How often, since the start.
    pub count: u64,
    /// When last.
    pub last: Timestamp,
}

/// The table of one connection.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    /// By their [`form`], in no order.
    rows: Vec<(String, Rejected)>,
    total: u64,
}

impl Rejects {
    pub(super) fn add(&mut self, now: Timestamp, what: &str, (why, count): (&str, u64)) {
        self.total = self.total.saturating_add(count);
        let form = form(why);
        let at = self.rows.iter().position(|(known, _)| *known == form).unwrap_or_else(|| self.fresh(form));
        let Some((_, row)) = self.rows.get_mut(at) else { return };
        let (why, cure) = parted(why);
        let (why, cure, example) = (short(why), short(cure), short(what));
        *row = Rejected { why, cure, example, count: row.count.saturating_add(count), last: now.max(row.last) };
    }

    /// A new row; the one that is longest silent goes where there are too many. Its place.
    fn fresh(&mut self, form: String) -> usize {
        if self.rows.len() >= REASONS_MAX {
            let oldest = self.rows.iter().enumerate().min_by_key(|(_, (_, row))| row.last).map(|(at, _)| at);
            if let Some(oldest) = oldest {
                self.rows.swap_remove(oldest);
            }
        }
        let (why, cure, example) = Default::default();
        self.rows.push((form, Rejected { why, cure, example, count: 0, last: Timestamp::default() }));
        self.rows.len() - 1
    }

    /// The latest first.
    pub(super) fn list(&self) -> Vec<Rejected> {
        let mut rows: Vec<Rejected> = self.rows.iter().map(|(_, row)| row.clone()).collect();
        rows.sort_by(|a, b| (b.last, b.count, &a.why).cmp(&(a.last, a.count, &b.why)));
        rows
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }
}

/// A reason and its cure, which stands behind a semicolon that is not quoted.
fn parted(why: &str) -> (&str, &str) {
    let quoted = |at: &usize| why.get(..*at).is_some_and(|before| before.matches('"').count() % 2 == 1);
    let at = why.match_indices("; ").map(|(at, _)| at).find(|at| !quoted(at));
    at.and_then(|at| Some((why.get(..at)?, why.get(at + 2..)?))).unwrap_or((why, ""))
}

fn short(text: &str) -> String {
    if text.chars().nth(CHARS).is_none() {
        return text.to_owned();
    }
    text.chars().take(CHARS - 1).chain(['…']).collect()
}

/// What is the same in reasons of a kind: without what is quoted, and without numbers.
fn form(why: &str) -> String {
    let unquoted = why.split('"').step_by(2).collect::<Vec<_>>().join("\"");
    unquoted.chars().filter(|c| !c.is_ascii_digit()).take(CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_a_kind_are_one_row_with_the_last_example_and_its_cure() {
        let (mut rejects, at) = (Rejects::default(), Timestamp::from_secs);
        rejects.add(at(1), "a", ("the text \"on\" for a signal that takes numbers; make it a state", 1));
        rejects.add(at(2), "b", ("the text \"off; or so\" for a signal that takes numbers; make it a state", 2));
        rejects.add(at(3), "c", ("EOF at line 1 column 7", 1));
        rejects.add(at(4), "d", ("EOF at line 2 column 19", 1));
        let rows = rejects.list();
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert_eq!((rows[0].count, rows[0].example.as_str()), (2, "d"));
        assert_eq!((rows[1].count, rows[1].example.as_str(), rejects.total()), (3, "b", 5));
        assert_eq!((rows[0].cure.as_str(), rows[1].cure.as_str()), ("", "make it a state"));
        assert_eq!(rows[1].why, "the text \"off; or so\" for a signal that takes numbers");
    }

    #[test]
    fn the_table_is_bounded_and_keeps_what_still_happens() {
        let (mut rejects, at) = (Rejects::default(), Timestamp::from_secs);
        for (i, letter) in ('a'..='z').enumerate() {
            rejects.add(at(0), "often", ("always", 1));
            let time = at(i64::try_from(i).unwrap() + 1);
            rejects.add(time, &"x".repeat(1_000), (&letter.to_string().repeat(999), 1));
            rejects.add(time, "often", ("always", 1));
        }
        let rows = rejects.list();
        assert_eq!((rows.len(), rejects.total()), (REASONS_MAX, 78));
        assert_eq!(rows.iter().find(|row| row.why == "always").map(|row| row.count), Some(52));
        assert!(rows.iter().all(|row| row.why.chars().count() <= CHARS && row.example.chars().count() <= CHARS));
    }
}
