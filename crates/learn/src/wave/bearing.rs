//! Rolling bearings: geometry, defect frequencies, and a small catalogue with sources.

/// Geometry of a bearing. Lengths in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Number of rolling elements.
    pub balls: f64,
    /// Diameter of a rolling element.
    pub ball: f64,
    /// Pitch diameter.
    pub pitch: f64,
    /// Contact angle, degrees.
    pub angle_deg: f64,
}

/// Defect frequencies, Hz, inner race turning with the shaft (Randall and Antoni, "Rolling element bearing
/// diagnostics — a tutorial", 2011).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DefectFrequencies {
    /// Ball pass frequency, outer race.
    pub outer: f64,
    /// Ball pass frequency, inner race.
    pub inner: f64,
    /// Ball spin frequency; a damaged ball strikes at twice this.
    pub ball: f64,
    /// Cage frequency.
    pub cage: f64,
}

impl DefectFrequencies {
    /// Those of another speed: all times a factor.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let Self { outer, inner, ball, cage } = self;
        Self { outer: outer * factor, inner: inner * factor, ball: ball * factor, cage: cage * factor }
    }
}

impl Geometry {
    /// At a shaft frequency in Hz.
    pub fn frequencies(&self, shaft_hz: f64) -> DefectFrequencies {
        let ratio = self.ball / self.pitch * self.angle_deg.to_radians().cos();
        DefectFrequencies {
            outer: self.balls / 2.0 * shaft_hz * (1.0 - ratio),
            inner: self.balls / 2.0 * shaft_hz * (1.0 + ratio),
            ball: self.pitch / (2.0 * self.ball) * shaft_hz * (1.0 - ratio * ratio),
            cage: shaft_hz / 2.0 * (1.0 - ratio),
        }
    }
}

/// A bearing of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bearing {
    /// Its designation, without suffix.
    pub name: &'static str,
    /// Its geometry.
    pub geometry: Geometry,
    /// Who says so. Sources differ by a per cent or two for the same designation.
    pub source: &'static str,
}

const fn bearing(name: &'static str, [balls, ball, pitch, angle_deg]: [f64; 4], source: &'static str) -> Bearing {
    Bearing { name, geometry: Geometry { balls, ball, pitch, angle_deg }, source }
}

const CWRU: &str = "Case Western Reserve University bearing data center";
const MFPT: &str = "Society for Machinery Failure Prevention Technology, bearing fault data sets";
const FEMTO: &str = "Nectoux et al. 2012, PRONOSTIA, IEEE PHM 2012 data challenge";
const OTTAWA: &str = "Huang and Baddour 2018, University of Ottawa bearing vibration data";

/// Bearings whose geometry is published with recordings of them, so that it was measured against. Makers do not publish
/// theirs for most; a plant writes its own on the nameplate.
pub const CATALOGUE: &[Bearing] = &[
    bearing("6205", [9.0, 7.94, 39.04, 0.0], CWRU),
    bearing("6203", [8.0, 6.746, 28.5, 0.0], CWRU),
    bearing("6804", [13.0, 3.5, 25.6, 0.0], FEMTO),
    bearing("NICE", [8.0, 5.969, 31.623, 0.0], MFPT),
    bearing("ER16K", [9.0, 7.94, 38.52, 0.0], OTTAWA),
    bearing("ZA-2115", [16.0, 8.407, 71.501, 15.17], "NASA prognostics repository, IMS bearing data"),
    bearing("UER204", [8.0, 7.92, 34.55, 0.0], "XJTU-SY bearing data sets"),
];

/// The catalogue's entry for a designation such as `6205-2RS JEM` or `Rexnord ZA-2115`; none when it has none.
pub fn find(designation: &str) -> Option<&'static Bearing> {
    let text = designation.to_ascii_uppercase();
    let begins = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let alone = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
            let digits_end =
                !text.get(at + name.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            alone(text.get(..at).and_then(|before| before.chars().last())) && digits_end
        })
    };
    CATALOGUE.iter().find(|b| begins(b.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_of_the_golden_table() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-3 * 1.01, "{a} {b}");
        let f = find("6205-2RS").unwrap().geometry.frequencies(1797.0 / 60.0);
        near(f.outer, 107.364);
        near(f.inner, 162.186);
        near(f.ball, 70.585);
        near(f.cage, 11.929);
        let f = Geometry { balls: 8.0, ball: 2.0, pitch: 12.0, angle_deg: 15.0 }.frequencies(25.0);
        near(f.outer, 83.901);
        near(f.inner, 116.099);
        near(f.ball, 73.056);
        near(f.cage, 10.488);
        near(f.outer + f.inner, 200.0);
        near(f.outer, 8.0 * f.cage);
    }

    #[test]
    fn the_catalogue_gives_the_orders_that_its_sources_print() {
        // outer, inner: CWRU 3.5848 and 5.4152; MFPT 81.125 and 118.875 Hz at 25 Hz; Ottawa 3.57 and 5.43; IMS 236.4 and
        // 296.9 Hz at 2000 r/min; XJTU-SY 107.91 and 172.09 Hz at 35 Hz
        let printed = [
            ("6205", 3.5848, 5.4152),
            ("NICE", 81.125 / 25.0, 118.875 / 25.0),
            ("ER16K", 3.57, 5.43),
            ("ZA-2115", 236.4 * 60.0 / 2000.0, 296.9 * 60.0 / 2000.0),
            ("UER204", 107.91 / 35.0, 172.09 / 35.0),
        ];
        for (name, outer, inner) in printed {
            let f = find(name).unwrap().geometry.frequencies(1.0);
            assert!((f.outer / outer - 1.0).abs() < 2e-3 && (f.inner / inner - 1.0).abs() < 2e-3, "{name} {f:?}");
        }
    }

    #[test]
    fn designations_are_found_with_make_and_suffix() {
        let name = |text: &str| find(text).map(|b| b.name);
        assert_eq!(name("6205-2RS JEM"), Some("6205"));
        assert_eq!(name("SKF 6205ETN9"), Some("6205"));
        assert_eq!(name("rexnord za-2115"), Some("ZA-2115"));
        assert_eq!(name("62050"), None);
        assert_eq!(name("NU16205"), None);
        assert_eq!(name(""), None);
    }
}
