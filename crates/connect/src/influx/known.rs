//! Which signal a field of a series is, remembered so that a line costs one look-up.

use std::collections::{BTreeSet, HashMap};

use gemba_plant::port::{Directory, Found};
use gemba_plant::{AssetPath, Binding, SignalId, SignalKind, Unit};

use super::scan::{name_end, plain};
use crate::memory::Heard;

/// Series remembered at once (about 1 KB each with ten fields); one more, and all are asked for anew.
const SERIES_MAX: usize = 200_000;

/// Bytes of a measurement with its tags: it becomes the address of a signal, which people read.
const SERIES_BYTES_MAX: usize = 4_096;

/// A field as it stands in lines of its series.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name as written, with the `=` behind it.
    key: Box<[u8]>,
    /// None: nobody wants it.
    pub(super) signal: Option<SignalId>,
}

/// The fields of a series, in the order in which they were first met.
#[derive(Debug, Default)]
pub(super) struct Series(Vec<Field>);

impl Series {
    /// The field whose name stands at the front, and what stands behind the `=`. Fields usually come in the same order:
    /// `place` is where the last one was found.
    #[inline]
    pub(super) fn field<'a, 'b>(&'a self, place: &mut usize, bytes: &'b [u8]) -> Option<(&'a Field, &'b [u8])> {
        let here = |field: &Field| bytes.strip_prefix(field.key.as_ref());
        let next = self.0.get(*place).and_then(|field| Some((field, here(field)?)));
        if let Some(found) = next {
            *place += 1;
            return Some(found);
        }
        let (at, field) = self.0.iter().enumerate().find(|(_, field)| here(field).is_some())?;
        *place = at + 1;
        Some((field, here(field)?))
    }
}

/// A field that was met and is not known: its series and its name as written, and how it seems to behave.
pub(super) type Fresh<'a> = (&'a [u8], &'a [u8], SignalKind);

/// Series by their text: measurement and tags as written.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<Box<[u8]>, Series>);

impl Known {
    #[inline]
    pub(super) fn series(&self, text: &[u8]) -> Option<&Series> {
        self.0.get(text)
    }

    /// Asks the directory for all of these at once; what they are.
    pub(super) fn learn(&mut self, connection: &str, fresh: &[Fresh<'_>], directory: &dyn Directory) -> Vec<Found> {
        let mut met = BTreeSet::new();
        let once: Vec<&Fresh<'_>> = fresh.iter().filter(|(series, key, _)| met.insert((series, key))).collect();
        if self.0.len() + once.len() > SERIES_MAX {
            self.0.clear();
        }
        let founds: Vec<Found> =
            once.iter().map(|(series, key, kind)| found(connection, (series, key), *kind)).collect();
        for ((series, key, _), signal) in once.into_iter().zip(directory.signals(&founds)) {
            let fields = &mut self.0.entry((*series).into()).or_default().0;
            if !fields.iter().any(|field| field.key.as_ref() == *key) {
                fields.push(Field { key: (*key).into(), signal });
            }
        }
        founds
    }
}

/// What is remembered of a field: its last value is not.
pub(super) fn heard(found: &Found) -> Heard {
    let data_type = if found.kind == SignalKind::State { "text or boolean" } else { "number" };
    let path = AssetPath::slug(&found.path).map(String::from).unwrap_or_default();
    Heard { path, ..Heard::of_kind(data_type, found.kind) }
}

/// A field as the directory knows it: the address has the tags in order, so that writers may order them as they like.
fn found(connection: &str, (series, key): (&[u8], &[u8]), kind: SignalKind) -> Found {
    let mut parts = parts(series);
    let measurement = if parts.is_empty() { &[][..] } else { parts.remove(0) };
    parts.sort_unstable();
    let field = key.strip_suffix(b"=").unwrap_or(key);
    let address = address(measurement, &parts, field);
    let values = parts.iter().map(|tag| plain(tag.get(name_end(tag, |b| b == b'=') + 1..).unwrap_or_default()));
    let mut path = vec![connection.to_owned(), plain(measurement)];
    path.extend(values);
    path.push(plain(field));
    Found {
        binding: Binding { connection: connection.to_owned(), address },
        path: path.join("/"),
        kind,
        unit: Unit::default(),
        description: String::new(),
    }
}

/// `measurement,tag=value,… field`, the way a signal of such a connection is bound.
fn address(measurement: &[u8], tags: &[&[u8]], field: &[u8]) -> String {
    let series = std::iter::once(measurement).chain(tags.iter().copied()).collect::<Vec<_>>().join(&b","[..]);
    format!("{} {}", String::from_utf8_lossy(&series), String::from_utf8_lossy(field))
}

/// Why a series that was never met cannot be one; nothing when it can.
pub(super) fn unsound(series: &[u8]) -> Option<String> {
    if series.len() > SERIES_BYTES_MAX {
        return Some(format!("its series has {} bytes, at most {SERIES_BYTES_MAX} can be", series.len()));
    }
    let whole = |tag: &[u8]| {
        let at = name_end(tag, |b| b == b'=');
        at > 0 && at + 1 < tag.len()
    };
    let bad = parts(series).into_iter().skip(1).find(|tag| !whole(tag))?;
    Some(format!("tag \"{:.80}\" is not of the form key=value", String::from_utf8_lossy(bad)))
}

/// The measurement and the tags.
fn parts(series: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = series;
    loop {
        let end = name_end(rest, |b| b == b',');
        let Some((part, behind)) = rest.split_at_checked(end) else { break };
        parts.push(part);
        match behind.get(1..) {
            Some(more) => rest = more,
            None => break,
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_whole_tags_and_a_bounded_length() {
        for sound in [&br"pump"[..], br"oil\ pump,site=b,id=1\,2", "pumpe,ort=süd".as_bytes()] {
            assert_eq!(unsound(sound), None);
        }
        for bad in [&b"pump,id"[..], b"pump,id=", b"pump,=1", b"pump,", b"pump,,a=1"] {
            assert!(unsound(bad).is_some_and(|why| why.contains("key=value")), "{bad:?}");
        }
        assert!(unsound(&[b'a'; SERIES_BYTES_MAX + 1]).is_some_and(|why| why.contains("4097 bytes")));
    }

    #[test]
    fn an_address_does_not_depend_on_the_order_of_tags() {
        let a = found("plc", (br"oil\ pump,site=b,id=1\,2", b"temp="), SignalKind::Gauge);
        let b = found("plc", (br"oil\ pump,id=1\,2,site=b", b"temp="), SignalKind::Gauge);
        assert_eq!(a, b);
        assert_eq!(a.binding.address, r"oil\ pump,id=1\,2,site=b temp");
        assert_eq!(a.path, "plc/oil pump/1,2/b/temp");
    }
}
