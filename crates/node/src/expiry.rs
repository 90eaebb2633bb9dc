//! Certificates that end: ours at each door, and those of servers that are trusted.

use std::path::Path;

use gemba_connect::{ConnectionConfig, opcua};
use gemba_plant::Timestamp;

use crate::config::Plan;
use crate::status::Check;

/// Days before the end at which it is said, said louder, and a fault of the installation.
const WARN_DAYS: [i64; 3] = [60, 30, 7];

/// A certificate and how long it still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Which one: `pages`, `OPC UA, our own` …
    pub what: String,
    /// Its last instant.
    pub until: Timestamp,
    /// What to do before.
    cure: &'static str,
}

impl Term {
    /// Whole days that are left; negative when it has ended.
    pub fn days(&self, now: Timestamp) -> i64 {
        (self.until.micros() - now.micros()).div_euclid(86_400_000_000)
    }

    /// How it is, in words; with the cure from 60 days before the end on. Not well any more in the last 7 days.
    pub fn check(&self, now: Timestamp) -> Check {
        let days = self.days(now);
        let [early, late, last] = WARN_DAYS;
        let detail = match days {
            ..0 => "has ended".to_owned(),
            d if d <= late => format!("ends in {d} days"),
            d => format!("holds for {d} days"),
        };
        let cure = if days > early { "" } else { self.cure };
        Check { name: format!("certificate, {}", self.what), ok: days > last, detail, cure: cure.to_owned() }
    }
}

/// All certificates of an installation whose end can be read.
pub fn certificates(plan: &Plan) -> Vec<Term> {
    let mut all = Vec::new();
    let mut add = |what: &str, file: &Path, cure| all.extend(term(what, opcua::certificate(file), cure));
    match &plan.file.http.tls_cert {
        Some(file) => add("pages", &plan.base().join(file), "put a new one at http.tls_cert and start Gemba again"),
        None if plan.listen.ip().is_loopback() => {}
        None => {
            let file = plan.data_dir.join("tls").join("self-signed.crt");
            add("pages", &file, "start Gemba again: it makes a new one");
        }
    }
    if let Some(tls) = plan.file.broker.as_ref().and_then(|broker| broker.tls.as_ref()) {
        add("broker", &plan.base().join(&tls.cert_file), "put a new one at broker.tls.cert_file and start Gemba again");
    }
    if !plan.file.connections.values().any(|c| matches!(c, ConnectionConfig::Opcua(_))) {
        return all;
    }
    for certificate in opcua::certificates(&plan.data_dir.join("pki")).unwrap_or_default() {
        let (what, cure) = match certificate.place {
            opcua::Place::Own => (
                "OPC UA, our own".to_owned(),
                "remove it from pki/own, start Gemba again, and trust the new one at the servers",
            ),
            opcua::Place::Trusted => (
                format!("OPC UA, {}", certificate.subject),
                "renew it at the server, then trust the new one on the page Admin",
            ),
            opcua::Place::Rejected => continue,
        };
        all.extend(term(&what, Some(certificate), cure));
    }
    all
}

fn term(what: &str, certificate: Option<opcua::Certificate>, cure: &'static str) -> Option<Term> {
    let until: jiff::Timestamp = certificate?.valid_until.parse().ok()?;
    Some(Term { what: what.to_owned(), until: Timestamp::from_micros(until.as_microsecond()), cure })
}

/// One check over all: the one that ends first speaks. A certificate that ends is no reason to end the program, so it is
/// well until one has ended.
pub(crate) fn overall(plan: &Plan, now: Timestamp) -> Option<Check> {
    let first = certificates(plan).into_iter().min_by_key(|term| term.until)?;
    let Check { detail, cure, .. } = first.check(now);
    let detail = format!("{}: {detail}", first.what);
    Some(Check { name: "certificates".into(), ok: first.days(now) >= 0, detail, cure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_told_60_30_and_7_days_before() {
        let day = |n: i64| Timestamp::from_secs(86_400 * n);
        let term = Term { what: "pages".into(), until: day(1_000), cure: "renew" };
        let told = |now| {
            let Check { ok, detail, cure, .. } = term.check(day(now));
            (ok, detail, !cure.is_empty())
        };
        assert_eq!(told(939), (true, "holds for 61 days".into(), false));
        assert_eq!(told(940), (true, "holds for 60 days".into(), true));
        assert_eq!(told(970), (true, "ends in 30 days".into(), true));
        assert_eq!(told(993), (false, "ends in 7 days".into(), true));
        assert_eq!(told(1_001), (false, "has ended".into(), true));
    }
}
