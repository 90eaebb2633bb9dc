//! Content lines of iCalendar (RFC 5545 §3.1): folded lines made whole, names, parameters, values.

/// A line, made whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins in the file, from 1.
    pub(super) number: usize,
    /// Its name in capitals: `DTSTART`.
    pub(super) name: String,
    /// Its parameters, names in capitals, without quotes.
    pub(super) parameters: Vec<(String, String)>,
    /// Its value as written.
    pub(super) value: String,
}

impl Line {
    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The value as a text: `\n`, `\,` and `\;` are what they stand for.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut letters = self.value.chars();
        while let Some(letter) = letters.next() {
            match (letter, letter == '\\') {
                (_, false) => text.push(letter),
                _ => match letters.next() {
                    Some('n' | 'N') => text.push(' '),
                    Some(other) => text.push(other),
                    None => {}
                },
            }
        }
        text.trim().to_owned()
    }
}

/// The lines of a file. A line that begins with a space or a tab goes on the one before it.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), whole.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => whole.push((index + 1, line.to_owned())),
        }
    }
    whole.into_iter().filter_map(|(number, line)| split(number, &line)).collect()
}

/// Name, parameters and value; none for a line without a colon.
fn split(number: usize, line: &str) -> Option<Line> {
    let mut quoted = false;
    let colon = line.find(|letter| {
        quoted ^= letter == '"';
        letter == ':' && !quoted
    })?;
    let (head, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    let mut parts = pieces(head, ';').into_iter();
    let name = parts.next()?.trim().to_ascii_uppercase();
    let parameter = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_uppercase(), value.trim_matches('"').to_owned()))
    };
    let parameters = parts.filter_map(parameter).collect();
    Some(Line { number, name, parameters, value: value.trim_end().to_owned() })
}

/// A text in pieces at a letter that stands outside quotes.
fn pieces(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(move |letter| {
        quoted ^= letter == '"';
        letter == at && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_made_whole_and_keep_their_number() {
        let text = "BEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:Night shi\r\n ft\\, line 2\r\n\tand 3\r\nno colon\r\nDTSTART;TZID=\"Europe/Berlin\":20260101T220000\r\n";
        let all = lines(text);
        let told: Vec<(usize, &str)> = all.iter().map(|line| (line.number, line.name.as_str())).collect();
        assert_eq!(told, [(1, "BEGIN"), (2, "SUMMARY"), (6, "DTSTART")]);
        assert_eq!(all[1].text(), "Night shift, line 2and 3");
        assert_eq!((all[2].parameter("TZID"), all[2].value.as_str()), (Some("Europe/Berlin"), "20260101T220000"));
    }

    #[test]
    fn a_colon_in_quotes_ends_no_name() {
        let all = lines("LOCATION;ALTREP=\"http://a;b\":acme/north\n");
        assert_eq!((all[0].value.as_str(), all[0].parameter("ALTREP")), ("acme/north", Some("http://a;b")));
    }
}
