//! Attacks in recorded Modbus/TCP traffic of a small SCADA network (Lemay and Fernandez, CSET 2016): `NAME.pcap`
//! (or pcapng) beside `NAME_labeled.csv` (`packet number;0|1`).
//!
//! One model for the network, learned from what is clean: the first half of each recording without a labelled
//! packet, and of each other the packets before the first labelled one, a third of it at most. All other packets
//! are judged. An attack is a run of labelled packets no further than ten seconds apart; it is found when an alarm
//! falls on one of its packets. Alarms on clean packets without a break count once, whatever their reasons: a packet that is
//! clean and without alarm, or belongs to an attack, is a break. Hours are those of the judged parts.

mod capture;
mod methods;
mod pcap;
mod peers;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;

use crate::files;
use crate::peers::{DETECTORS, there};
use crate::report::{Report, Row, peak_mb, say};
use methods::Method;
use pcap::Packet;

/// Labelled packets further apart than this belong to two attacks, µs.
const ATTACK_GAP_US: i64 = 10_000_000;

/// Packets that are too few to learn a network from.
const CLEAN_MIN: usize = 20;

/// A recording with its labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    pub(crate) packets: Vec<Packet>,
    pub(crate) attack: Vec<bool>,
    /// Packets at the head that are for learning.
    pub(crate) learn: usize,
}

impl Recording {
    fn new(packets: Vec<Packet>, attack: Vec<bool>) -> Self {
        let learn = attack.iter().position(|a| *a).map_or(packets.len() / 2, |first| first.min(packets.len() / 3));
        Self { packets, attack, learn }
    }
}

/// Runs the suite over all recordings below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let paths = files::find(data, "modbus-scada-lemay", is_capture)?;
    let (mut recordings, skipped) = files::read_all(&paths, |path| read(path).map(Some));
    anyhow::ensure!(!recordings.is_empty(), "no labelled pcap file was found below {}", data.display());
    learn_from_the_begin(&mut recordings);
    let mut rows: Vec<Row> = methods::ALL.iter().map(|(name, method)| row(name, *method, &recordings)).collect();
    for peer in there(&DETECTORS) {
        match peers::ask(peer, &recordings) {
            Ok(said) => rows.push(judged(peer.name, &recordings, &said.alarms, (said.train_s, said.score_s))),
            Err(error) => say(format!("{} is left out: {error:#}", peer.name)),
        }
    }
    Ok(Report::new("modbus", data, (recordings.len(), skipped), rows))
}

fn is_capture(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    ["pcap", "pcapng", "cap"].contains(&ending.as_str())
}

/// Where next to nothing is clean, the first third of each recording is learned as it is: to whoever has learned nothing
/// all is new.
fn learn_from_the_begin(recordings: &mut [Recording]) {
    let clean: usize = recordings.iter().map(|r| r.learn).sum();
    if clean < CLEAN_MIN {
        say(format!("{clean} packets are clean: the first third of each recording is learned, labelled or not"));
        for recording in recordings {
            recording.learn = recording.packets.len() / 3;
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Recording> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let labels = path.with_file_name(format!("{stem}_labeled.csv"));
    let labels = std::fs::read_to_string(&labels).with_context(|| format!("reading {}", labels.display()))?;
    let packets = pcap::read(&std::fs::read(path)?)?;
    let mut attack = vec![false; packets.len()];
    for line in labels.lines() {
        let Some((number, label)) = line.split_once([';', ',']) else { continue };
        let place = number.trim().parse::<usize>().ok().and_then(|n| attack.get_mut(n.checked_sub(1)?));
        if let Some(place) = place {
            *place = label.trim().parse::<f64>().is_ok_and(|l| l >= 0.5);
        }
    }
    anyhow::ensure!(!packets.is_empty(), "empty");
    Ok(Recording::new(packets, attack))
}

fn row(name: &str, method: Method, recordings: &[Recording]) -> Row {
    let start = Instant::now();
    let mut judge = method(recordings);
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let said: Vec<Vec<bool>> =
        recordings.iter().map(|r| r.packets.iter().skip(r.learn).map(&mut judge).collect()).collect();
    judged(name, recordings, &said, (train_s, start.elapsed().as_secs_f64()))
}

fn judged(name: &str, recordings: &[Recording], said: &[Vec<bool>], (train_s, score_s): (f64, f64)) -> Row {
    let mut tally = Tally::default();
    recordings.iter().zip(said).for_each(|(recording, said)| tally.add(recording, said));
    let judged: usize = said.iter().map(Vec::len).sum();
    let score_us_per_sample = score_s * 1e6 / judged.max(1) as f64;
    Row { method: name.to_owned(), metrics: tally.metrics(), train_s, score_us_per_sample, peak_mb: peak_mb() }
}

/// Sums over recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    attacks: f64,
    found: f64,
    attack_packets: f64,
    alarmed_packets: f64,
    false_alarms: f64,
    hours: f64,
}

impl Tally {
    fn add(&mut self, recording: &Recording, said: &[bool]) {
        let packets = recording.packets.get(recording.learn..).unwrap_or_default();
        let attack = recording.attack.get(recording.learn..).unwrap_or_default();
        let (mut last_attack, mut found): (Option<i64>, bool) = (None, false);
        let mut goes_on = false;
        for ((packet, attack), said) in packets.iter().zip(attack).zip(said) {
            if *attack {
                if last_attack.is_none_or(|last| packet.time - last > ATTACK_GAP_US) {
                    (self.attacks, found) = (self.attacks + 1.0, false);
                }
                last_attack = Some(packet.time);
                self.attack_packets += 1.0;
                self.alarmed_packets += f64::from(u8::from(*said));
                self.found += f64::from(u8::from(*said && !found));
                found |= said;
            } else {
                self.false_alarms += f64::from(u8::from(*said && !goes_on));
            }
            goes_on = *said && !attack;
        }
        if let (Some(first), Some(last)) = (packets.first(), packets.last()) {
            self.hours += (last.time - first.time) as f64 / 3.6e9;
        }
    }

    fn metrics(&self) -> BTreeMap<String, f64> {
        let share = |part: f64, all: f64| part / all;
        let all = [
            ("recall", share(self.found, self.attacks)),
            ("fp_per_hour", share(self.false_alarms, self.hours)),
            ("attacks", self.attacks),
            ("attacks_found", self.found),
            ("packet_recall", share(self.alarmed_packets, self.attack_packets)),
            ("false_alarms", self.false_alarms),
            ("hours", self.hours),
        ];
        // without an attack there is no recall
        all.into_iter().filter(|(_, value)| value.is_finite()).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(times_s: &[i64], attack: &[bool]) -> Recording {
        let packets = times_s.iter().map(|s| Packet { time: s * 1_000_000, messages: Vec::new() }).collect();
        Recording { packets, attack: attack.to_vec(), learn: 1 }
    }

    #[test]
    fn attacks_and_false_alarms_are_counted_as_events() {
        let recording =
            recording(&[0, 10, 20, 25, 100, 110, 200, 3610], &[false, false, true, true, true, false, false, false]);
        let said = [true, false, true, false, true, true, true];
        let mut tally = Tally::default();
        tally.add(&recording, &said);
        let want = Tally {
            attacks: 2.0,
            found: 1.0,
            attack_packets: 3.0,
            alarmed_packets: 1.0,
            false_alarms: 2.0,
            hours: 1.0,
        };
        assert_eq!(tally, want);
    }

    #[test]
    fn a_folder_is_read_learned_and_judged() {
        let folder = tempfile::tempdir().unwrap();
        let poll = || pcap::tests::frame((1, 3000), (2, 502), &pcap::tests::READ);
        let alien = pcap::tests::frame((9, 3000), (2, 502), &pcap::tests::READ);
        let mut frames: Vec<Vec<u8>> = (0..60).map(|_| poll()).collect();
        std::fs::write(folder.path().join("clean.pcap"), capture::tests::pcap(&frames)).unwrap();
        std::fs::write(folder.path().join("clean_labeled.csv"), "1;0\n").unwrap();
        let metrics = run(folder.path()).unwrap().rows[0].metrics.clone();
        assert!(metrics["fp_per_hour"].abs() < 1e-12 && !metrics.contains_key("recall"), "{metrics:?}");
        frames[30] = alien;
        std::fs::write(folder.path().join("attacked.pcap"), capture::tests::pcap(&frames)).unwrap();
        std::fs::write(folder.path().join("attacked_labeled.csv"), "30;0\n31;1\n").unwrap();
        std::fs::write(folder.path().join("lonely.pcap"), "rubbish").unwrap();
        let report = run(folder.path()).unwrap();
        assert_eq!((report.files, report.skipped), (2, 1));
        let ours = &report.rows[0];
        assert_eq!(ours.method, "gemba");
        assert!((ours.metrics["recall"] - 1.0).abs() < 1e-12 && ours.metrics["fp_per_hour"].abs() < 1e-12);
    }

    #[test]
    fn an_attack_from_the_first_packet_on_is_no_reason_to_alarm_all() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("any/name");
        std::fs::create_dir_all(&own).unwrap();
        let poll = |host| pcap::tests::frame((host, 3000), (2, 502), &pcap::tests::READ);
        let frames: Vec<Vec<u8>> = (0..90).map(|i| poll(if i == 80 { 9 } else { 1 })).collect();
        std::fs::write(own.join("a.pcapng"), capture::tests::pcapng(&frames, 1, (6, 1_000_000), u32::to_le_bytes))
            .unwrap();
        std::fs::write(own.join("a_labeled.csv"), "1;1\n81;1\n").unwrap();
        let report = run(folder.path()).unwrap();
        let ours = &report.rows[0].metrics;
        assert!(ours["false_alarms"].abs() < 1e-12 && (ours["recall"] - 1.0).abs() < 1e-12, "{ours:?}");
        assert!(report.notes[0].contains("first third"), "{:?}", report.notes);
    }
}
