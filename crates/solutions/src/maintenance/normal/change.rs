//! Lasting changes of single signals, off what is normal for the operating state and the load: a change of product or of a
//! set-point is none.

use gemba_learn::shift::{Shift, ShiftKind, Shifts};
use gemba_plant::port::{Outlet, Output};
use gemba_plant::{ChangeKind, ChangePoint, Signal, Timestamp};

use super::state::Phase;
use super::words::{label, number};
use super::{NAME, NormalBehaviour};

impl NormalBehaviour {
    /// Looks at what each signal is off its expectation at the row of `time`, µs.
    pub(super) fn changes(&mut self, time: i64, out: &mut Outlet) {
        let memory = &mut self.memory;
        let Some((_, Phase::Watching { watch, .. })) = memory.current.and_then(|i| memory.states.get(i)) else {
            return;
        };
        let Some(monitor) = watch.monitor() else { return };
        if memory.shifts.is_empty() {
            memory.shifts = vec![Shifts::new(self.config.change_alpha(self.signals.len())); self.signals.len()];
        }
        for (column, off, expected) in monitor.residuals() {
            let Some((shifts, signal)) = memory.shifts.get_mut(column).zip(self.signals.get(column)) else { continue };
            if let Some(shift) = shifts.step(time, off) {
                out.send(Output::Change(Box::new(told(signal, &shift, (expected, time)))));
            }
        }
    }
}

/// A change in the signal's unit and in words, with what is expected of the signal now.
fn told(signal: &Signal, shift: &Shift, (expected, time): (f64, i64)) -> ChangePoint {
    let (kind, usual) = match shift.kind {
        ShiftKind::Level => (ChangeKind::Level, expected),
        ShiftKind::Drift => (ChangeKind::Drift, expected),
        ShiftKind::Noise => (ChangeKind::Noise, 0.0),
    };
    let (before, after) = (usual + shift.before, usual + shift.after);
    ChangePoint {
        asset: signal.asset,
        signal: signal.id,
        kind,
        at: Timestamp::from_micros(shift.begin),
        told: Timestamp::from_micros(time),
        before,
        after,
        per_hour: shift.per_hour,
        p_value: shift.p_value,
        text: words(signal, kind, (before, after), shift.per_hour),
        model: NAME.into(),
    }
}

fn words(signal: &Signal, kind: ChangeKind, (before, after): (f64, f64), per_hour: f64) -> String {
    let (name, unit, by) = (label(signal), signal.unit.symbol(), after - before);
    let way = if by > 0.0 { "rose" } else { "fell" };
    let from_to = format!("from {} to {} {unit}", number(before, by), number(after, by));
    let text = match kind {
        ChangeKind::Level => format!("{name} {way} {from_to} and stays there"),
        ChangeKind::Noise => format!("The noise of {name} {way} {from_to} (standard deviation) and stays so"),
        ChangeKind::Drift => {
            let way = if per_hour > 0.0 { "rise" } else { "fall" };
            let pace = number(per_hour.abs(), per_hour);
            format!("{name} began to {way} by {pace} {unit} an hour, so far {from_to}")
        }
    };
    text.replace("  ", " ").replace(" ,", ",").trim_end().to_owned()
}
