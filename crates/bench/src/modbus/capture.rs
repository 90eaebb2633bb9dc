//! Reads files of captured packets: classic pcap in both byte orders, with micro- and nanoseconds, and pcapng
//! (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng). A torn end is left away.

/// How a packet begins: the number of its link type, as both formats have it.
pub(crate) type Link = u32;

/// A captured packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame<'a> {
    /// When, µs since the epoch.
    pub(crate) time: i64,
    pub(crate) link: Link,
    pub(crate) bytes: &'a [u8],
}

/// All packets of a file, in its order.
///
/// # Errors
/// When it is of neither format.
pub(crate) fn frames(bytes: &[u8]) -> anyhow::Result<Vec<Frame<'_>>> {
    match bytes.get(..4) {
        Some([0xd4, 0xc3, 0xb2, 0xa1]) => Ok(classic(Words { bytes, little: true }, 1)),
        Some([0xa1, 0xb2, 0xc3, 0xd4]) => Ok(classic(Words { bytes, little: false }, 1)),
        Some([0x4d, 0x3c, 0xb2, 0xa1]) => Ok(classic(Words { bytes, little: true }, 1000)),
        Some([0xa1, 0xb2, 0x3c, 0x4d]) => Ok(classic(Words { bytes, little: false }, 1000)),
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => Ok(next_generation(bytes)),
        _ => anyhow::bail!("neither a pcap nor a pcapng file"),
    }
}

/// Numbers in one byte order.
#[derive(Clone, Copy)]
struct Words<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Words<'a> {
    fn word(self, at: usize) -> Option<u32> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }

    fn half(self, at: usize) -> Option<u16> {
        let two: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    }

    /// As many bytes as a word says.
    fn part(self, at: usize, length: u32) -> Option<&'a [u8]> {
        self.bytes.get(at..at.checked_add(length as usize)?)
    }
}

/// A header of 24 bytes that ends in the link type; before each packet seconds, parts of a second, lengths kept and full.
fn classic(words: Words<'_>, parts_per_us: u32) -> Vec<Frame<'_>> {
    let link = words.word(20).unwrap_or_default() & 0xffff;
    let mut frames = Vec::new();
    let mut at = 24;
    while let (Some(seconds), Some(part), Some(length)) = (words.word(at), words.word(at + 4), words.word(at + 8)) {
        let Some(bytes) = words.part(at + 16, length) else { break };
        let time = i64::from(seconds) * 1_000_000 + i64::from(part / parts_per_us);
        frames.push(Frame { time, link, bytes });
        at += 16 + length as usize;
    }
    frames
}

/// A section header begins a block; the byte order stands in it.
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const PACKET: u32 = 6;

/// Where packets come from.
#[derive(Clone, Copy)]
struct Interface {
    link: Link,
    /// Units of time in a second.
    units: u128,
    /// Seconds that are to be added.
    offset_s: i64,
}

/// Blocks of a type, a length, a body and the length again.
fn next_generation(bytes: &[u8]) -> Vec<Frame<'_>> {
    let (mut words, mut at) = (Words { bytes, little: true }, 0);
    let (mut interfaces, mut frames): (Vec<Interface>, Vec<Frame<'_>>) = (Vec::new(), Vec::new());
    while let Some(kind) = words.word(at) {
        if kind == SECTION {
            words.little = bytes.get(at + 8..at + 12) == Some(&[0x4d, 0x3c, 0x2b, 0x1a]);
            interfaces.clear();
        }
        let Some(length) = words.word(at + 4).filter(|l| *l >= 12) else { break };
        let Some(body) = words.part(at + 8, length - 12) else { break };
        let body = Words { bytes: body, ..words };
        match kind {
            INTERFACE => interfaces.extend(interface(body)),
            PACKET | OLD_PACKET => frames.extend(packet(body, kind, &interfaces)),
            SIMPLE_PACKET => {
                let (link, time) = (interfaces.first().map_or(1, |i| i.link), frames.last().map_or(0, |f| f.time));
                let kept = body.word(0).unwrap_or_default().min(length - 16);
                frames.extend(body.part(4, kept).map(|bytes| Frame { time, link, bytes }));
            }
            _ => {}
        }
        at += (length as usize).next_multiple_of(4);
    }
    frames
}

/// Link type, two bytes of nothing, the most that is kept of a packet, options: 9 is the unit of time, a power of ten or,
/// with the highest bit set, of two; 14 an offset.
fn interface(body: Words<'_>) -> Option<Interface> {
    let mut found = Interface { link: body.half(0)?.into(), units: 1_000_000, offset_s: 0 };
    let mut at = 8;
    while let (Some(code), Some(length)) = (body.half(at), body.half(at + 2)) {
        let value = body.part(at + 4, length.into()).unwrap_or_default();
        match (code, value) {
            (0, _) => break,
            (9, [power]) => {
                let base: u128 = if power & 0x80 > 0 { 2 } else { 10 };
                found.units = base.checked_pow(u32::from(power & 0x7f)).unwrap_or(1_000_000);
            }
            (14, [_, _, _, _, _, _, _, _]) => {
                let (low, high) = (body.word(at + 4)?, body.word(at + 8)?);
                let (low, high) = if body.little { (low, high) } else { (high, low) };
                found.offset_s = (i64::from(high) << 32) | i64::from(low);
            }
            _ => {}
        }
        at += 4 + usize::from(length).next_multiple_of(4);
    }
    Some(found)
}

/// Interface, time in two words, lengths kept and full, the packet.
fn packet<'a>(body: Words<'a>, kind: u32, interfaces: &[Interface]) -> Option<Frame<'a>> {
    let place = if kind == OLD_PACKET { body.half(0)?.into() } else { body.word(0)? };
    let from = interfaces.get(place as usize)?;
    let ticks = (u128::from(body.word(4)?) << 32) | u128::from(body.word(8)?);
    let micros = i64::try_from(ticks * 1_000_000 / from.units).ok()?;
    let time = micros.checked_add(from.offset_s.checked_mul(1_000_000)?)?;
    Some(Frame { time, link: from.link, bytes: body.part(20, body.word(12)?)? })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A classic file of frames, a second apart.
    pub(crate) fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
        written(frames, 1, u32::to_le_bytes)
    }

    fn written(frames: &[Vec<u8>], link: u32, order: fn(u32) -> [u8; 4]) -> Vec<u8> {
        let mut bytes: Vec<u8> = [0xa1b2_c3d4, 0x0002_0004, 0, 0, 1024, link].into_iter().flat_map(order).collect();
        for (second, frame) in (0_u32..).zip(frames) {
            let length = u32::try_from(frame.len()).unwrap();
            bytes.extend([second, 7000, length, length].into_iter().flat_map(order));
            bytes.extend(frame);
        }
        bytes
    }

    /// A pcapng file of frames on one interface, `units` a second apart.
    pub(crate) fn pcapng(
        frames: &[Vec<u8>],
        link: u16,
        (power, units): (u8, u32),
        order: fn(u32) -> [u8; 4],
    ) -> Vec<u8> {
        let two = |v: u16| {
            let four = order(u32::from(v));
            if four[0] == 0 && v > 0 { [four[2], four[3]] } else { [four[0], four[1]] }
        };
        let block = |kind: u32, body: &[u8]| {
            let mut padded = body.to_vec();
            padded.resize(body.len().next_multiple_of(4), 0);
            let length = order(u32::try_from(padded.len() + 12).unwrap());
            [&order(kind)[..], &length, &padded, &length].concat()
        };
        let mut file = block(SECTION, &[&order(0x1a2b_3c4d)[..], &two(1), &two(0), &[0xff; 8]].concat());
        let options = [&two(9)[..], &two(1), &[power, 0, 0, 0], &two(0), &two(0)].concat();
        file.extend(block(INTERFACE, &[&two(link)[..], &two(0), &order(1024), &options].concat()));
        file.extend(block(0x0bad, b"not known"));
        for (second, frame) in (0_u32..).zip(frames) {
            let length = u32::try_from(frame.len()).unwrap();
            let head = [0, 0, second * units, length, length].map(order).concat();
            file.extend(block(PACKET, &[&head[..], frame].concat()));
        }
        file
    }

    #[test]
    fn both_formats_and_both_orders_say_the_same() {
        let packets = [vec![1, 2, 3], vec![], vec![4, 5, 6, 7]];
        let times = |file: &[u8]| -> Vec<(i64, Link, Vec<u8>)> {
            frames(file).unwrap().iter().map(|f| (f.time, f.link, f.bytes.to_vec())).collect()
        };
        let want = |late: i64, link: Link| -> Vec<(i64, Link, Vec<u8>)> {
            packets.iter().zip(0..).map(|(p, s)| (s * 1_000_000 + late, link, p.clone())).collect()
        };
        assert_eq!(times(&written(&packets, 113, u32::to_be_bytes)), want(7000, 113));
        let mut nanos = pcap(&packets);
        nanos[..4].copy_from_slice(&[0x4d, 0x3c, 0xb2, 0xa1]);
        assert_eq!(times(&nanos), want(7, 1));
        for order in [u32::to_le_bytes, u32::to_be_bytes] {
            assert_eq!(times(&pcapng(&packets, 276, (6, 1_000_000), order)), want(0, 276));
            assert_eq!(times(&pcapng(&packets, 1, (9, 1_000_000_000), order)), want(0, 1));
            assert_eq!(times(&pcapng(&packets, 1, (0x8a, 1024), order)), want(0, 1));
        }
    }

    #[test]
    fn a_torn_file_keeps_what_is_whole() {
        let packets = [vec![1; 9], vec![2; 9]];
        for file in [pcap(&packets), pcapng(&packets, 1, (6, 1_000_000), u32::to_le_bytes)] {
            assert_eq!(frames(&file[..file.len() - 8]).unwrap().len(), 1);
            for cut in 4..file.len() {
                assert!(frames(&file[..cut]).unwrap().len() < 3);
            }
        }
        assert!(frames(b"no capture").is_err() && frames(b"").is_err());
    }
}
