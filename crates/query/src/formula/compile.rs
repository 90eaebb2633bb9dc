//! An expression to steps: which signals are meant, which functions there are, and the unit of the outcome.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, UnaryOperator, Value,
};
use gemba_plant::{Catalogue, Signal, SignalId, SignalKind};

use super::Formula;
use super::read::{expression, wrong};
use super::steps::{Step, avg, max, min};
use super::unit::Of;
use crate::Error;

/// Signals of one formula at most.
const SIGNALS_MAX: usize = 16;
/// Full names that are told when a name is not clear.
const TOLD_MAX: usize = 3;
const FUNCTIONS: &str = "abs, sqrt, min, max, avg";

impl Formula {
    /// Reads a formula over the signals of a catalogue. A signal is named by its full name, or by its name below the asset when
    /// no other has it; in double quotes when there is more in it than letters, digits and `_`.
    ///
    /// # Errors
    /// What is wrong, where, and what to write instead.
    pub fn read(text: &str, catalogue: &Catalogue) -> Result<Self, Error> {
        let expression = expression(text)?;
        let mut made = Made { catalogue, signals: Vec::new(), steps: Vec::new() };
        let unit = made.add(&expression)?.unit();
        if made.signals.is_empty() {
            return Err(wrong("it names no signal", "write one such as power / flow"));
        }
        Ok(Self { text: text.trim().to_owned(), signals: made.signals, unit, steps: made.steps })
    }
}

/// What is made of an expression so far.
struct Made<'a> {
    catalogue: &'a Catalogue,
    signals: Vec<SignalId>,
    steps: Vec<Step>,
}

impl Made<'_> {
    /// Adds the steps of a part; its depth is bounded by the number of signs of the text.
    fn add(&mut self, part: &Expr) -> Result<Of, Error> {
        match part {
            Expr::Nested(inner) => self.add(inner),
            Expr::Identifier(name) => self.signal(name),
            Expr::Value(value) => self.number(&value.value),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.add(expr),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                let unit = self.add(expr)?;
                self.steps.push(Step::One(|value| -value));
                Ok(unit)
            }
            Expr::BinaryOp { left, op, right } => {
                let (left, right) = (self.add(left)?, self.add(right)?);
                let (does, unit): (fn(f64, f64) -> f64, Of) = match op {
                    BinaryOperator::Plus => (|a, b| a + b, left.sum(right)),
                    BinaryOperator::Minus => (|a, b| a - b, left.difference(right)),
                    BinaryOperator::Multiply => (|a, b| a * b, left.product(right)),
                    BinaryOperator::Divide => (|a, b| a / b, left.quotient(right)),
                    other => return Err(wrong(format!("\"{other}\" is not known here"), "write + - * or /")),
                };
                self.steps.push(Step::Two(does));
                Ok(unit)
            }
            Expr::Function(function) => self.function(function),
            other => {
                let said: String = other.to_string().chars().take(60).collect();
                let cure =
                    format!("write names of signals in double quotes, numbers, + - * /, parentheses, {FUNCTIONS}");
                Err(wrong(format!("\"{said}\" is not known here"), cure))
            }
        }
    }

    fn number(&mut self, value: &Value) -> Result<Of, Error> {
        let number = if let Value::Number(text, _) = value { text.parse().ok() } else { None };
        let Some(number) = number.filter(|n: &f64| n.is_finite()) else {
            let why = format!("{value} is no number");
            return Err(wrong(why, "write a number such as 2.5, and names of signals in double quotes"));
        };
        self.steps.push(Step::Number(number));
        Ok(Of::Number)
    }

    fn function(&mut self, function: &Function) -> Result<Of, Error> {
        let name = function.name.to_string().to_lowercase();
        let plain = function.over.is_none()
            && function.filter.is_none()
            && function.null_treatment.is_none()
            && function.within_group.is_empty()
            && matches!(function.parameters, FunctionArguments::None);
        let FunctionArguments::List(list) = &function.args else {
            return Err(wrong(format!("{name} has nothing in parentheses"), format!("write one of {FUNCTIONS}")));
        };
        if !plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
            return Err(wrong(format!("{name} takes values and nothing else"), format!("write {name}(a, b)")));
        }
        let mut units = Vec::with_capacity(list.args.len());
        for argument in &list.args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(part)) = argument else {
                return Err(wrong(format!("{name} cannot take \"{argument}\""), format!("write {name}(a)")));
            };
            units.push(self.add(part)?);
        }
        let (step, unit, wants) = match name.as_str() {
            "abs" => (Step::One(f64::abs), Of::same(&units), Some(1)),
            "sqrt" => (Step::One(f64::sqrt), Of::same(&units).root(), Some(1)),
            "min" => (Step::Many(min, units.len()), Of::same(&units), None),
            "max" => (Step::Many(max, units.len()), Of::same(&units), None),
            "avg" => (Step::Many(avg, units.len()), Of::same(&units), None),
            _ => return Err(wrong(format!("there is no function {name}"), format!("write one of {FUNCTIONS}"))),
        };
        let found = units.len();
        if found == 0 || wants.is_some_and(|wants| wants != found) {
            let example = if wants.is_some() { "(a)" } else { "(a, b)" };
            return Err(wrong(format!("{name} is given {found} values"), format!("write {name}{example}")));
        }
        self.steps.push(step);
        Ok(unit)
    }

    fn signal(&mut self, name: &Ident) -> Result<Of, Error> {
        let signal = named(self.catalogue, &name.value)?;
        if matches!(signal.kind, SignalKind::Waveform | SignalKind::Image) {
            let cure = "take one of the values that are computed from it";
            return Err(wrong(format!("{} has no single values", name.value), cure));
        }
        let place = self.signals.iter().position(|known| *known == signal.id).unwrap_or_else(|| {
            self.signals.push(signal.id);
            self.signals.len() - 1
        });
        if self.signals.len() > SIGNALS_MAX {
            return Err(Error::TooMany { found: self.signals.len(), unit: "signals in a formula", limit: SIGNALS_MAX });
        }
        self.steps.push(Step::Signal(place));
        Ok(Of::signal(&signal.unit))
    }
}

/// The signal of a full name, or the only one of a name.
fn named<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Signal, Error> {
    if let Some(signal) = catalogue.signal_named(name) {
        return Ok(signal);
    }
    let mut all = catalogue.signals().filter(|signal| signal.name == name);
    match (all.next(), all.next()) {
        (Some(signal), None) => Ok(signal),
        (Some(first), Some(second)) => {
            let more = [first, second].into_iter().chain(all);
            let known: Vec<String> = more
                .filter_map(|signal| catalogue.full_name(signal.id))
                .take(TOLD_MAX)
                .map(|full| format!("\"{full}\""))
                .collect();
            Err(wrong(format!("more than one signal is called {name}"), format!("write which: {}", known.join(", "))))
        }
        _ => {
            let cure = "write its full name in double quotes, as \"acme/pump-1/flow\"";
            Err(wrong(format!("there is no signal {name}"), cure))
        }
    }
}
