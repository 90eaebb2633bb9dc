//! The audit log: who did what, when, with what outcome. Every line is chained to the one before it, so that
//! a changed or removed line shows.

use gemba_plant::Timestamp;
use sha2::{Digest as _, Sha256};

/// The longest text of a field that comes from outside, in characters.
const TEXT_MAX: usize = 400;

/// How a deed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Refused,
    /// It was allowed but did not work.
    Failed,
}

impl Outcome {
    /// The word in files, API and pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "refused" => Self::Refused,
            _ => Self::Failed,
        }
    }
}

/// Something that somebody did or tried.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Who: a user, `token:name`, or empty when nobody was signed in.
    pub user: String,
    /// From where; empty for the program itself.
    pub from: String,
    /// What: `sign-in`, `POST /api/v1/connections` …
    pub action: String,
    /// On what.
    pub target: String,
    /// What else is worth knowing. Never a secret.
    pub detail: String,
    /// How it ended.
    pub outcome: Outcome,
}

impl Deed {
    /// The same with texts of bounded length and without control characters.
    pub(super) fn tidy(self) -> Self {
        let tidy = |text: String| text.chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect();
        Self {
            user: tidy(self.user),
            from: tidy(self.from),
            action: tidy(self.action),
            target: tidy(self.target),
            detail: tidy(self.detail),
            outcome: self.outcome,
        }
    }
}

/// A line of the audit log.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// Its number; grows by one.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// What was done.
    pub deed: Deed,
    /// SHA-256 over the hash of the line before and this line, in hexadecimal.
    pub hash: String,
}

/// The hash before the first line.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of a line: SHA-256 over the hash before it, its number, its time and its texts, each text behind
/// its length so that no two lines share a reading.
pub(super) fn chain(before: &str, seq: u64, time: Timestamp, deed: &Deed) -> String {
    let mut sha = Sha256::new();
    sha.update(before.as_bytes());
    sha.update(seq.to_le_bytes());
    sha.update(time.micros().to_le_bytes());
    for text in [&deed.user, &deed.from, &deed.action, &deed.target, &deed.detail, deed.outcome.as_str()] {
        sha.update((text.len() as u64).to_le_bytes());
        sha.update(text.as_bytes());
    }
    sha.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        hex
    })
}

/// The number of the first line, oldest first, that does not follow from the one before it.
pub(super) fn first_broken<'a>(before: &str, lines: impl IntoIterator<Item = &'a AuditEntry>) -> Option<u64> {
    let mut before = before.to_owned();
    for line in lines {
        if chain(&before, line.seq, line.time, &line.deed) != line.hash {
            return Some(line.seq);
        }
        before.clone_from(&line.hash);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(action: &str, target: &str) -> Deed {
        Deed {
            user: "anna".into(),
            from: "10.0.0.1".into(),
            action: action.into(),
            target: target.into(),
            detail: String::new(),
            outcome: Outcome::Done,
        }
    }

    fn log(count: u64) -> Vec<AuditEntry> {
        let mut lines: Vec<AuditEntry> = Vec::new();
        for seq in 1..=count {
            let (time, deed) = (Timestamp::from_secs(60), deed("ack", "alarm 7"));
            let hash = chain(lines.last().map_or(GENESIS, |l| &l.hash), seq, time, &deed);
            lines.push(AuditEntry { seq, time, deed, hash });
        }
        lines
    }

    #[test]
    fn a_whole_log_holds_and_every_change_shows() {
        let lines = log(4);
        assert_eq!(first_broken(GENESIS, &lines), None);
        let mut changed = lines.clone();
        changed[1].deed.user = "bert".into();
        assert_eq!(first_broken(GENESIS, &changed), Some(2));
        let mut cut = lines.clone();
        cut.remove(2);
        assert_eq!(first_broken(GENESIS, &cut), Some(4));
    }

    #[test]
    fn text_cannot_slide_from_one_field_to_the_next() {
        let (time, before) = (Timestamp::from_secs(60), GENESIS);
        assert_ne!(chain(before, 1, time, &deed("ack", "7")), chain(before, 1, time, &deed("ack7", "")));
    }

    #[test]
    fn texts_from_outside_are_cut_and_cleaned() {
        let tidy = deed(&"x".repeat(1000), "a\nb\u{1b}[31m").tidy();
        assert_eq!(tidy.action.len(), TEXT_MAX);
        assert_eq!(tidy.target, "ab[31m");
    }
}
