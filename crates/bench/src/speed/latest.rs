//! P5 and P6: the newest value of one signal and of all, over HTTP.

use std::time::Instant;

use super::Figures;
use super::ingest::Load;
use super::numbers::quantile;
use super::sides::{Running, Side};

/// Questions for single signals.
const SINGLE: usize = 1_000;
/// Questions for all signals.
const ALL: usize = 15;
/// Devices of the larger plant: 100 000 signals.
const MANY_DEVICES: usize = 10_000;

/// Measures all sides.
pub(super) fn run(sides: &[Side], end_s: i64, figures: &mut Figures) -> anyhow::Result<()> {
    let small = Load::new(100, 60, end_s);
    let large = Load::new(MANY_DEVICES, 3, end_s);
    for side in sides {
        let running = side.start()?;
        small.write(&running)?;
        running.settle()?;
        single(&running, &small, figures)?;
        all(&running, &small, "1k", figures)?;
        drop(running);
        if *side == Side::Influx {
            continue; // minutes for 100 000 series: its floor is VictoriaMetrics anyway
        }
        let running = side.start()?;
        large.write(&running)?;
        running.settle()?;
        running.last_paths(1, end_s)?;
        all(&running, &large, "100k", figures)?;
    }
    Ok(())
}

fn single(running: &Running, load: &Load, figures: &mut Figures) -> anyhow::Result<()> {
    let paths: Vec<((usize, usize), String)> = running.last_paths(load.devices, load.end_s)?.into_iter().collect();
    let mut http = running.http()?;
    let (mut waits, mut at) = (Vec::new(), 0);
    let before = running.server.cpu_s();
    for _ in 0..SINGLE {
        at = (at + 617) % paths.len(); // a prime: every signal comes, in no order
        let Some(((device, signal), path)) = paths.get(at) else { continue };
        let asked = Instant::now();
        let answer = http.get(path)?.ok()?;
        waits.push(asked.elapsed().as_secs_f64() * 1e6);
        let value = running.last_value(&answer)?;
        anyhow::ensure!(Some(value) == load.plant.last(*device, *signal), "{path} gives {value}");
    }
    let name = running.side.name();
    figures.put(name, "p5_p50_us", quantile(&mut waits, 0.5));
    figures.put(name, "p5_p99_us", quantile(&mut waits, 0.99));
    figures.put(name, "p5_cpu_us", (running.server.cpu_s() - before) / SINGLE as f64 * 1e6);
    Ok(())
}

fn all(running: &Running, load: &Load, size: &str, figures: &mut Figures) -> anyhow::Result<()> {
    let mut http = running.http()?;
    for (form, path, media) in running.all_paths(load.end_s) {
        let mut waits = Vec::new();
        for _ in 0..ALL {
            let asked = Instant::now();
            let answer = http.get_as(&path, media)?.ok()?;
            waits.push(asked.elapsed().as_secs_f64() * 1e3);
            anyhow::ensure!(answer.len() > load.devices * 10 * 8, "{path} gives {} bytes", answer.len());
        }
        figures.put(running.side.name(), &format!("p6_{size}_{form}_ms"), quantile(&mut waits, 0.5));
    }
    Ok(())
}
