//! Scales that a sensor may be set to instead of its own.

use gemba_plant::{Direction, Role, Template, Unit};

/// Other scales of a unit, gain and offset, besides powers of ten: the same quantity in another unit, and the other way round.
pub(super) fn of(unit: &Unit) -> &'static [(f64, f64)] {
    match unit.ucum() {
        "Cel" => &[(1.8, 32.0), (1.0, 273.15)],
        "K" => &[(1.0, -273.15)],
        // psi; mm of mercury
        "bar" => &[(14.503_8, 0.0), (750.062, 0.0)],
        "mbar" => &[(68.947_6, 0.0)],
        "kPa" => &[(6.894_76, 0.0), (7.500_62, 0.0)],
        "MPa" => &[(145.038, 0.0)],
        // l/s; l/min; US gallons a minute
        "m3/h" => &[(3.6, 0.0), (16.666_7, 0.0), (4.402_87, 0.0), (60.0, 0.0)],
        "m3/min" | "L/s" | "l/s" => &[(60.0, 0.0), (16.666_7, 0.0), (3.6, 0.0), (15.850_3, 0.0)],
        "L/min" | "l/min" => &[(60.0, 0.0), (16.666_7, 0.0), (3.785_41, 0.0)],
        // inches; feet
        "mm" | "mm/s" => &[(25.4, 0.0)],
        "m" => &[(3.280_84, 0.0)],
        "m/s" => &[(3.6, 0.0), (3.280_84, 0.0), (60.0, 0.0)],
        // the acceleration of gravity
        "m/s2" | "[g]" | "kN" | "N" => &[(9.806_65, 0.0)],
        // a second and a minute
        "/min" | "Hz" | "/s" => &[(60.0, 0.0)],
        "N.m" => &[(8.850_75, 0.0)],
        "kg" => &[(2.204_62, 0.0)],
        "kW.h" => &[(3.6, 0.0)],
        _ => &[],
    }
}

/// Whether any factor may be another scale of what has this role, above 1 or below: not where a failure of such a machine, or of
/// any where its kind is not known, shows so.
pub(super) fn any(template: Option<&Template>, role: Role, up: bool) -> bool {
    let way = if up { Direction::Up } else { Direction::Down };
    let shows = |template: &Template| template.shows(role, way) == Some(true);
    template.map_or_else(|| !Template::all().iter().any(shows), |template| !shows(template))
}
