//! `gemba analyze`: any table from any machine, without configuration.

use std::path::Path;

use gemba_node::analyze::{self, Analysis, Anomaly, Healthy};

use crate::cli::{Analyze, Cli};
use crate::exit::{Exit, Kind};
use crate::output::{spinner, table};

pub(crate) fn run(cli: &Cli, wanted: &Analyze) -> Result<(), Exit> {
    let healthy = wanted.healthy.as_deref().map_or(Ok(Healthy::Detect), analyze::healthy)?;
    if !wanted.file.exists() {
        return Err(Exit::new(Kind::NotFound, format!("{} is not there", wanted.file.display())));
    }
    let bar = spinner("reading");
    let seen = analyze::file(&wanted.file, wanted.sheet.clone(), healthy, &mut |what| {
        bar.set_message(what.to_owned());
        true
    });
    bar.finish_and_clear();
    let Analysis { told, report } = seen?;
    let out = match (&wanted.output, cli.json) {
        (Some(out), _) => Some(out.clone()),
        (None, true) => None,
        (None, false) => Some(wanted.file.with_extension("report.html")),
    };
    if let Some(out) = &out {
        std::fs::write(out, analyze::page(&report))
            .map_err(|e| Exit::new(Kind::Failed, format!("{}: {e}", out.display())).cure("choose another --output"))?;
    }
    if cli.json {
        say!("{}", serde_json::to_string(&report)?);
    } else if !cli.quiet {
        say(&report, &told, out.as_deref());
    }
    Ok(())
}

fn say(report: &analyze::Report, told: &str, out: Option<&Path>) {
    say!("{}: {} rows, {} columns; {told}", report.name, report.rows, report.signals.len());
    let healthy = &report.healthy;
    say!("Taken for healthy: rows {} to {} ({})", healthy.from.row, healthy.to.row, report.healthy_why);
    report.summary.iter().for_each(|sentence| say!("- {sentence}"));
    if !report.anomalies.is_empty() {
        let row = |a: &Anomaly| {
            let when = a.stretch.from.time.clone().unwrap_or_default();
            vec![a.stretch.from.row.to_string(), a.stretch.to.row.to_string(), when, a.title.clone()]
        };
        let rows: Vec<Vec<String>> = report.anomalies.iter().take(20).map(row).collect();
        table(&["ROW", "TO", "SINCE", "WHAT"], &rows);
    }
    if let Some(out) = out {
        say!("The whole report: {}", out.display());
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn of(file: PathBuf) -> Analyze {
        Analyze { file, healthy: None, sheet: None, output: None }
    }

    fn cli() -> Cli {
        <Cli as clap::Parser>::parse_from(["gemba", "--quiet", "doctor"])
    }

    /// Semicolons and decimal commas; the pressure falls in the last third.
    fn german(rows: usize) -> String {
        let mut text = "Zeit;Druck [bar];Temperatur (°C);Zustand\n".to_owned();
        for i in 0..rows {
            let x = i as f64;
            let wobble = (x * 12.9898).sin() + (x * 78.233).sin();
            let pressure = 5.0 + 0.1 * wobble - if i > rows * 2 / 3 { 1.0 } else { 0.0 };
            let line = format!(
                "{:02}.01.2026 {:02}:{:02}:{:02};{pressure:.3};{:.2};läuft\n",
                1 + i / 86_400,
                i / 3600 % 24,
                i / 60 % 60,
                i % 60,
                40.0 + (x * 39.346).sin() + (x * 11.135).cos()
            );
            text.push_str(&line.replace('.', ",").replacen(',', ".", 2));
        }
        text
    }

    #[test]
    fn a_german_file_becomes_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anlage.csv");
        std::fs::write(&file, german(3000)).unwrap();
        run(&cli(), &of(file.clone())).unwrap();
        let html = std::fs::read_to_string(file.with_extension("report.html")).unwrap();
        assert!(html.contains("Druck is lower than normal"), "{html}");
        assert!(html.contains("2026-01-01 00:33") && html.contains("[°C]"));
        assert!(!html.contains("<script") && !html.contains("http"), "the page needs nothing beside it");
    }

    #[test]
    fn a_file_that_is_no_table_says_what_would_help() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        let fail = |text: &str| {
            std::fs::write(&file, text).unwrap();
            format!("{:?}", run(&cli(), &of(file.clone())).unwrap_err())
        };
        assert!(fail("").contains("a line of names"));
        assert!(fail("a,b\n1,2\n").contains("20 rows"));
        let texts = format!("a,b\n{}", "x,y\n".repeat(1000));
        assert!(fail(&texts).contains("check the delimiter"));
        let missing = run(&cli(), &of("no-such-file.csv".into())).unwrap_err();
        assert!(missing.is(Kind::NotFound));
    }
}
