//! plant-1000: devices of ten signals at 1 Hz, seeded, so that every side gets the same bytes.
//!
//! Two temperatures (random walk, 0.1), pressure (0.01), flow (0.1), current with a square wave (0.01), vibration RMS
//! (noise, 0.001), speed (1), valve (step each 60 s), counter, state (step each 300 s).

use std::io::Write as _;

/// The signals of a device, with their decimals.
pub(super) const SIGNALS: [(&str, usize); 10] = [
    ("temp_in", 1),
    ("temp_out", 1),
    ("pressure", 2),
    ("flow", 1),
    ("current", 2),
    ("vibration", 3),
    ("speed", 0),
    ("valve", 0),
    ("count", 0),
    ("state", 0),
];

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// −span … span.
    fn throw(&mut self, span: i64) -> i64 {
        i64::try_from(self.next() >> 33).unwrap_or(0) % (2 * span + 1) - span
    }
}

/// A plant of some devices, second by second.
pub(super) struct Plant {
    dice: Dice,
    devices: Vec<[i64; 10]>,
    /// The next second.
    second: i64,
}

impl Plant {
    pub(super) fn new(devices: usize) -> Self {
        Self { dice: Dice(42), devices: vec![[600, 400, 500, 300, 0, 0, 0, 0, 0, 0]; devices], second: 0 }
    }

    /// Everything of the next second, as mantissas by device and signal.
    fn step(&mut self) {
        let (second, dice) = (self.second, &mut self.dice);
        for [t0, t1, pressure, flow, current, vibration, speed, valve, count, state] in &mut self.devices {
            *t0 += i64::from(dice.throw(9) == 0) * dice.throw(1);
            *t1 += i64::from(dice.throw(9) == 0) * dice.throw(1);
            *pressure += dice.throw(1);
            *flow += dice.throw(1);
            *current = if (second / 30) % 2 == 0 { 1_200 } else { 2_400 } + dice.throw(2);
            *vibration = 1_200 + dice.throw(15);
            *speed = 1_480 + dice.throw(1);
            *valve = if second % 60 == 0 { 50 + dice.throw(50) } else { *valve };
            *count += 1;
            *state = if second % 300 == 0 { dice.throw(3) } else { *state };
        }
        self.second += 1;
    }

    /// The lines of the next `seconds`, in bodies of at most `lines` lines; times count ns from `start_s`.
    pub(super) fn lines(&mut self, seconds: i64, lines: usize, start_s: i64) -> Vec<Vec<u8>> {
        let (mut bodies, mut body, mut in_body) = (Vec::new(), Vec::new(), 0);
        for _ in 0..seconds {
            let at = start_s + self.second;
            self.step();
            for (number, values) in self.devices.iter().enumerate() {
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
        let mantissa = *self.devices.get(device)?.get(signal)?;
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
