//! A part of a workbook, step by step.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// What comes next. Names are without their prefix.
pub(super) enum Step<'a> {
    /// An element begins.
    Begin(&'a str, &'a BytesStart<'a>),
    /// It ends.
    End(&'a str),
    /// Text between.
    Text(&'a str),
}

/// Goes through a part.
///
/// # Errors
/// When it is damaged, or `told` says so.
pub(super) fn walk(part: &str, mut told: impl FnMut(Step<'_>) -> Result<(), String>) -> Result<(), String> {
    let mut reader = Reader::from_str(part.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    loop {
        match reader.read_event().map_err(|e| format!("is a damaged workbook: {e}; save it again"))? {
            Event::Start(begin) => told(Step::Begin(begin.local_name().as_ref(), &begin))?,
            Event::End(end) => told(Step::End(end.local_name().as_ref()))?,
            Event::Text(text) => told(Step::Text(&text.xml10_content()))?,
            Event::CData(text) => told(Step::Text(&text.xml10_content()))?,
            Event::GeneralRef(reference) => {
                let letter = reference.resolve_char_ref().ok().flatten().or_else(|| named(&reference.xml10_content()));
                told(Step::Text(letter.map(String::from).unwrap_or_default().as_str()))?;
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The letter that XML itself names.
fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// An attribute by its name without a prefix; none where it is missing or damaged.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|a| a.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}
