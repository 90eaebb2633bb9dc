use super::super::zip::{members, tests::zip};
use super::*;

const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns:r="r"><workbookPr/><sheets>
    <sheet name="Notes" sheetId="1" r:id="rId1"/><sheet name="Line 3 &amp; 4" sheetId="2" r:id="rId2"/>
    <sheet name="Raw" sheetId="3" state="hidden" r:id="rId3"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>
    <Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/><Relationship Id="rId3" Target="worksheets/sheet3.xml"/>
    </Relationships>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy\ hh:mm:ss"/></numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
const TEXTS: &str = "<sst><si><t>Time</t></si><si><r><t>Pres</t></r><r><t>sure\n[bar]</t></r><rPh><t>x</t></rPh></si>\
    <si><t>State</t></si><si><t>runs; slowly</t></si><si><t>Report of line 3</t></si></sst>";
const NOTES: &str = r#"<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>see sheet 2</t></is></c></row>
    </sheetData></worksheet>"#;
const RAW: &str = r"<x:worksheet><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>
    <x:row><x:c><x:v>3</x:v></x:c></x:row><x:row><x:c><x:v>5</x:v></x:c></x:row><x:row><x:c><x:v>7</x:v></x:c></x:row>
    <x:row><x:c><x:v>9</x:v></x:c></x:row></x:sheetData></x:worksheet>";
/// A title, an empty row, and a table that begins in column B.
const LINE: &str = r#"<worksheet><sheetData><row r="1"><c r="B1" t="s"><v>4</v></c></row><row r="2"><c r="B2" s="1"/></row>
    <row r="3"><c r="B3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c><c r="D3" t="s"><v>2</v></c></row>
    <row r="4"><c r="B4" s="1"><v>46023.5</v></c><c r="C4"><v>1.25</v></c><c r="D4" t="s"><v>3</v></c></row>
    <row r="5"><c r="B5" s="1"><v>46023.500011574077</v></c><c r="C5" t="e"><v>#N/A</v></c><c r="D5" t="b"><v>1</v></c></row>
    </sheetData></worksheet>"#;

fn excel() -> Vec<u8> {
    zip(&[
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/sharedStrings.xml", TEXTS.as_bytes()),
        ("xl/worksheets/sheet1.xml", NOTES.as_bytes()),
        ("xl/worksheets/sheet2.xml", LINE.as_bytes()),
        ("xl/worksheets/sheet3.xml", RAW.as_bytes()),
    ])
}

fn read(book: &[u8], sheet: Option<&str>) -> Result<(String, String), String> {
    let members = members(book)?;
    assert!(is_one(&members));
    let (text, told) = text(&members, sheet)?;
    Ok((String::from_utf8(text).unwrap(), told))
}

#[test]
fn the_longest_sheet_to_be_seen_becomes_text() {
    let (text, told) = read(&excel(), None).unwrap();
    assert_eq!(
        text,
        "Report of line 3\nTime;Pressure [bar];State\n2026-01-01 12:00:00;1.25;\"runs; slowly\"\n2026-01-01 12:00:01;;1\n"
    );
    assert_eq!(told, "sheet \"Line 3 & 4\" of a workbook, the one with the most rows of Notes, Line 3 & 4, Raw");
}

#[test]
fn a_sheet_may_be_named_and_one_that_is_not_there_is_told() {
    let (text, told) = read(&excel(), Some("Raw")).unwrap();
    assert_eq!((text.lines().count(), text.lines().next()), (5, Some("1;2")));
    assert!(told.ends_with("as named of Notes, Line 3 & 4, Raw"), "{told}");
    assert!(read(&excel(), Some("Limits")).unwrap_err().contains("has no sheet \"Limits\"; it has Notes, Line 3"));
}

#[test]
fn an_open_document_is_read_with_what_repeats() {
    let content = r#"<office:document-content><table:table table:name="Log"><table:table-row>
        <table:table-cell office:value-type="string"><text:p>Date</text:p></table:table-cell>
        <table:table-cell office:value-type="string"><text:p>Flow</text:p><text:p>[l/min]</text:p></table:table-cell>
        <table:table-cell office:value-type="string"><text:p>Clock</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="2">
        <table:table-cell office:value-type="date" office:date-value="2026-01-01T12:00:00"><text:p>1.1.</text:p></table:table-cell>
        <table:table-cell office:value-type="float" office:value="2.5"><text:p>2,5</text:p></table:table-cell>
        <table:table-cell office:value-type="time" office:time-value="PT06H07M08S"/></table:table-row>
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>
        </table:table-row></table:table></office:document-content>"#;
    let (text, told) = read(&zip(&[("content.xml", content.as_bytes())]), None).unwrap();
    assert_eq!(text, "Date;Flow [l/min];Clock\n".to_owned() + &"2026-01-01 12:00:00;2.5;06:07:08\n".repeat(2));
    assert_eq!(told, "sheet \"Log\" of a workbook");
}

#[test]
fn what_is_damaged_or_binary_is_refused_with_the_cure() {
    let book = |workbook: &str| zip(&[("xl/workbook.xml", workbook.as_bytes())]);
    assert!(read(&book("<workbook><sheets></wrong>"), None).unwrap_err().contains("save it again"));
    assert!(read(&book("<workbook/>"), None).unwrap_err().contains("without a sheet"));
    assert!(read(&zip(&[("xl/workbook.bin", b"")]), None).unwrap_err().contains("save it as .xlsx"));
    assert!(read(&zip(&[("content.xml", b"<office:text/>")]), None).unwrap_err().contains("without a table"));
}
