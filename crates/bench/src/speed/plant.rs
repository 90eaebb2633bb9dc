//! plant-1000 as line protocol.

use std::io::Write as _;

use gemba_testkit::plant::{Plant as Values, SIGNALS};

/// A plant of some devices, second by second.
pub(super) struct Plant(Values);

impl Plant {
    pub(super) fn new(devices: usize) -> Self {
        Self(Values::new(devices))
    }

    /// The lines of the next `seconds`, in bodies of at most `lines` lines; times count ns from `start_s`.
    pub(super) fn lines(&mut self, seconds: i64, lines: usize, start_s: i64) -> Vec<Vec<u8>> {
        let (mut bodies, mut body, mut in_body) = (Vec::new(), Vec::new(), 0);
        for _ in 0..seconds {
            let at = start_s + self.0.second();
            for (number, values) in self.0.step().iter().enumerate() {
                line(&mut body, number, values, at);
                in_body += 1;
                if in_body == lines {
                    bodies.push(std::mem::take(&mut body));
                    in_body = 0;
                }
            }
        }
        if !body.is_empty() {
            bodies.push(body);
        }
        bodies
    }

    /// The value of a signal as of the last second.
    pub(super) fn last(&self, device: usize, signal: usize) -> Option<f64> {
        let mantissa = *self.0.devices().get(device)?.get(signal)?;
        let (_, decimals) = SIGNALS.get(signal)?;
        decimal(mantissa, *decimals).parse().ok()
    }
}

fn decimal(mantissa: i64, decimals: usize) -> String {
    if decimals == 0 {
        return mantissa.to_string();
    }
    let (sign, digits) = (if mantissa < 0 { "-" } else { "" }, mantissa.unsigned_abs());
    let unit = 10_u64.pow(u32::try_from(decimals).unwrap_or(0));
    format!("{sign}{}.{:0decimals$}", digits / unit, digits % unit)
}

fn line(body: &mut Vec<u8>, number: usize, values: &[i64; 10], at: i64) {
    let fields =
        values.iter().zip(SIGNALS).map(|(value, (name, decimals))| format!("{name}={}", decimal(*value, decimals)));
    let fields = fields.collect::<Vec<_>>().join(",");
    // writing to memory does not fail
    writeln!(body, "dev,id={number:05} {fields} {at}000000000").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_lines_with_the_decimals_of_each_signal() {
        let bodies = Plant::new(3).lines(2, 4, 1_000);
        assert_eq!(bodies, Plant::new(3).lines(2, 4, 1_000));
        assert_eq!(bodies.iter().map(|b| b.split(|c| *c == b'\n').count() - 1).collect::<Vec<_>>(), [4, 2]);
        let text = String::from_utf8(bodies[0].clone()).unwrap();
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("dev,id=00000 temp_in=") && first.ends_with(" 1000000000000"), "{first}");
        assert_eq!([decimal(-5, 2), decimal(1234, 3), decimal(7, 0)], ["-0.05", "1.234", "7"]);
    }
}
