//! What goes to the terminal: lines of data, messages, tables and progress.

use std::fmt::Arguments;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Why standard output takes nothing any more; none while it does.
static CLOSED: OnceLock<std::io::Error> = OnceLock::new();

/// A line of data on standard output, written as `println!` is.
macro_rules! say {
    ($($what:tt)*) => { $crate::output::line(format_args!($($what)*)) };
}

/// A message for people, on standard output; nothing with `--quiet`.
macro_rules! note {
    ($cli:expr, $($what:tt)*) => { if !$cli.quiet { $crate::output::line(format_args!($($what)*)) } };
}

/// Writes a line to standard output. When the reader has left (`… | head`) it is lost without a word; other failures are
/// told at the end, by [`finished`].
pub(crate) fn line(text: Arguments<'_>) {
    if CLOSED.get().is_none()
        && let Err(error) = writeln!(std::io::stdout().lock(), "{text}")
    {
        drop(CLOSED.set(error));
    }
}

/// Writes a message to standard error; that nobody reads it there is no reason to fail.
pub(crate) fn warn(text: Arguments<'_>) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Whether all that was said came out, but for what a reader who left did not want.
pub(crate) fn finished() -> std::io::Result<()> {
    let flushed = std::io::stdout().lock().flush();
    match CLOSED.get() {
        Some(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Some(error) => Err(std::io::Error::new(error.kind(), format!("writing to standard output: {error}"))),
        None => flushed.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }),
    }
}

/// Prints rows with aligned columns.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) {
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain(head.get(column).map(|h| h.chars().count())).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        say!("{}", padded.join("  ").trim_end());
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}

/// A spinner on a terminal, nothing elsewhere.
pub(crate) fn spinner(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A bar of a share that is done.
#[derive(Clone, Debug)]
pub(crate) struct ShareBar(ProgressBar);

/// As many steps as a bar shows.
const STEPS: u64 = 1_000;

/// A bar on a terminal, nothing elsewhere.
pub(crate) fn share_bar(what: &str) -> ShareBar {
    if !std::io::stderr().is_terminal() {
        return ShareBar(ProgressBar::hidden());
    }
    let bar = ProgressBar::new(STEPS).with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {percent} % {eta}") {
        bar.set_style(style);
    }
    ShareBar(bar)
}

impl ShareBar {
    /// The share that is done, 0–1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000 after clamping")]
    pub(crate) fn set(&self, share: f64) {
        self.0.set_position((share.clamp(0.0, 1.0) * STEPS as f64) as u64);
    }

    /// Takes it away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
