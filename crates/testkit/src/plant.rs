//! plant-1000, the plant that speed and size are measured on: devices of ten signals at 1 Hz, seeded, so that every side of a
//! comparison gets the same bytes.

/// The signals of a device, with their decimals: two temperatures (random walk), pressure, flow, current with a square wave,
/// vibration RMS (noise), speed, valve (a step each 60 s), counter, state (a step each 300 s).
pub const SIGNALS: [(&str, usize); 10] = [
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

/// xorshift64* (Vigna 2016).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    const fn next(&mut self) -> u64 {
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
#[derive(Debug)]
pub struct Plant {
    dice: Dice,
    devices: Vec<[i64; 10]>,
    second: i64,
}

impl Plant {
    /// A plant before its first second.
    pub fn new(devices: usize) -> Self {
        Self { dice: Dice(42), devices: vec![[600, 400, 500, 300, 0, 0, 0, 0, 0, 0]; devices], second: 0 }
    }

    /// Everything of the next second: the mantissas of each device by signal ([`SIGNALS`] has their decimals).
    pub fn step(&mut self) -> &[[i64; 10]] {
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
        &self.devices
    }

    /// Seconds that have passed: the number of the next one.
    pub const fn second(&self) -> i64 {
        self.second
    }

    /// The mantissas as of the last second.
    pub fn devices(&self) -> &[[i64; 10]] {
        &self.devices
    }

    /// The values of a device, out of its mantissas.
    pub fn values(device: &[i64; 10]) -> [f64; 10] {
        let mut values = [0.0; 10];
        for ((value, mantissa), (_, decimals)) in values.iter_mut().zip(device).zip(SIGNALS) {
            *value = *mantissa as f64 / 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
        }
        values
    }
}
