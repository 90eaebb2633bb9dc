//! Where a value stands in a Modbus device, and how its bytes are to be read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// One of the four tables of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Read-write bits (function 1).
    Coil,
    /// Read-only bits (function 2).
    Discrete,
    /// Read-write registers (function 3).
    Holding,
    /// Read-only registers (function 4).
    Input,
}

impl Table {
    /// Whether its cells are bits.
    pub const fn is_bits(self) -> bool {
        matches!(self, Self::Coil | Self::Discrete)
    }

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coil => "coil",
            Self::Discrete => "discrete",
            Self::Holding => "holding",
            Self::Input => "input",
        }
    }
}

/// How a value is written in its registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One bit.
    Bool,
    /// 16 bits, unsigned.
    U16,
    /// 16 bits, two's complement.
    I16,
    /// 32 bits, unsigned.
    U32,
    /// 32 bits, two's complement.
    I32,
    /// 64 bits, unsigned.
    U64,
    /// 64 bits, two's complement.
    I64,
    /// IEEE 754, 32 bits.
    F32,
    /// IEEE 754, 64 bits.
    F64,
}

impl Kind {
    const ALL: [(&'static str, Self); 9] = [
        ("bool", Self::Bool),
        ("u16", Self::U16),
        ("i16", Self::I16),
        ("u32", Self::U32),
        ("i32", Self::I32),
        ("u64", Self::U64),
        ("i64", Self::I64),
        ("f32", Self::F32),
        ("f64", Self::F64),
    ];

    /// Registers it takes.
    pub const fn width(self) -> u16 {
        match self {
            Self::Bool | Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 | Self::I64 | Self::F64 => 4,
        }
    }

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// How the bytes of a value lie on the wire: `a` is the most significant byte. For 64 bits the same two
/// questions are asked of eight bytes: are words in order, are bytes within a word in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Big-endian throughout: the standard's order.
    #[default]
    Abcd,
    /// Words swapped.
    Cdab,
    /// Bytes within each word swapped.
    Badc,
    /// Little-endian throughout.
    Dcba,
}

impl Order {
    /// Whether the least significant word comes first.
    pub const fn words_swapped(self) -> bool {
        matches!(self, Self::Cdab | Self::Dcba)
    }

    /// Whether the least significant byte of a word comes first.
    pub const fn bytes_swapped(self) -> bool {
        matches!(self, Self::Badc | Self::Dcba)
    }

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "abcd" => Some(Self::Abcd),
            "cdab" => Some(Self::Cdab),
            "badc" => Some(Self::Badc),
            "dcba" => Some(Self::Dcba),
            _ => None,
        }
    }
}

/// A value in a device: `table:number[:type][:bit=n][:scale=x][:offset=x][:order=o]`.
///
/// The value is `raw × scale + offset`. `type` is `u16` for registers and `bool` for bits when left out; `bit`
/// takes one bit (0 = least significant) of an unsigned value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Address {
    /// Which table.
    pub table: Table,
    /// The first register or bit, as on the wire (from zero).
    pub start: u16,
    /// How it is written.
    pub kind: Kind,
    /// One bit of it only.
    pub bit: Option<u8>,
    /// Factor.
    pub scale: f64,
    /// Added after the factor.
    pub offset: f64,
    /// Order of bytes.
    pub order: Order,
}

impl Address {
    /// Reads an address; `zero_based` says whether its number is that of the wire or one more.
    ///
    /// # Errors
    /// When a part cannot be meant; the text says which.
    pub fn parse(text: &str, zero_based: bool, order: Order) -> Result<Self, Error> {
        let fail = |why: String| Error::Address { address: text.to_owned(), why };
        let mut parts = text.split(':').map(str::trim);
        let table = parts.next().and_then(table_of).ok_or_else(|| {
            fail("begins with no table; write holding, input, coil or discrete, as in holding:100:f32".into())
        })?;
        let number = parts.next().and_then(|n| n.parse::<u32>().ok());
        let number = number.ok_or_else(|| fail("has no number after the table".into()))?;
        let start = number.checked_sub(u32::from(!zero_based)).and_then(|n| u16::try_from(n).ok());
        let start = start.ok_or_else(|| fail(format!("number {number} lies outside the table (65 536 places)")))?;
        let kind = if table.is_bits() { Kind::Bool } else { Kind::U16 };
        let mut address = Self { table, start, kind, bit: None, scale: 1.0, offset: 0.0, order };
        for part in parts {
            address.option(part).map_err(fail)?;
        }
        address.whole().map_err(fail)
    }

    /// Places it takes in its table: registers, or one bit.
    pub const fn width(&self) -> u16 {
        self.kind.width()
    }

    /// One past its last place.
    pub const fn end(&self) -> u32 {
        self.start as u32 + self.width() as u32
    }

    fn option(&mut self, part: &str) -> Result<(), String> {
        let Some((key, value)) = part.split_once('=') else {
            let word = part.to_ascii_lowercase();
            let known = Kind::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
            self.kind =
                known.ok_or_else(|| format!("type \"{part}\" is none of bool u16 i16 u32 i32 u64 i64 f32 f64"))?;
            return Ok(());
        };
        let number =
            || value.parse::<f64>().ok().filter(|x| x.is_finite()).ok_or(format!("{key}={value} is no number"));
        match key {
            "scale" => self.scale = number()?,
            "offset" => self.offset = number()?,
            "bit" => self.bit = Some(value.parse().map_err(|_e| format!("bit={value} is no bit number"))?),
            "order" => {
                self.order = Order::parse(value).ok_or(format!("order={value} is none of abcd cdab badc dcba"))?;
            }
            _ => return Err(format!("option \"{key}\" is none of scale offset bit order")),
        }
        Ok(())
    }

    fn whole(self) -> Result<Self, String> {
        if self.table.is_bits() && (self.kind != Kind::Bool || self.bit.is_some()) {
            return Err("a coil or discrete input is one bit; leave the type and bit out".into());
        }
        if !self.table.is_bits() && self.kind == Kind::Bool && self.bit.is_none() {
            return Err("a bool in a register needs bit=0 to bit=15".into());
        }
        let bits = self.kind.width() * 16;
        if let Some(bit) = self.bit {
            let whole = matches!(self.kind, Kind::Bool | Kind::U16 | Kind::U32 | Kind::U64);
            if !whole || u16::from(bit) >= bits {
                return Err(format!("bit={bit} needs an unsigned type with more bits than {bit}"));
            }
        }
        if self.end() > 0x1_0000 {
            return Err("reaches beyond the end of the table".into());
        }
        Ok(self)
    }
}

fn table_of(word: &str) -> Option<Table> {
    match word.to_ascii_lowercase().as_str() {
        "coil" => Some(Table::Coil),
        "discrete" => Some(Table::Discrete),
        "holding" => Some(Table::Holding),
        "input" => Some(Table::Input),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, Error> {
        Address::parse(text, true, Order::Abcd)
    }

    #[test]
    fn addresses_are_read_as_written() {
        let got = parse("holding:100:f32:scale=0.1:offset=-5:order=cdab").unwrap();
        assert_eq!((got.table, got.start, got.kind, got.order), (Table::Holding, 100, Kind::F32, Order::Cdab));
        assert_eq!((got.scale, got.offset), (0.1, -5.0));
        assert_eq!(parse("input:3").unwrap().kind, Kind::U16);
        assert_eq!(parse("coil:5").unwrap().kind, Kind::Bool);
        assert_eq!(parse("holding:7:bool:bit=15").unwrap().bit, Some(15));
        assert_eq!(parse("holding:7:u32:bit=31").unwrap().bit, Some(31));
        assert_eq!(Address::parse("holding:1:u16", false, Order::Abcd).unwrap().start, 0);
        assert_eq!(Address::parse("holding:65536:u16", false, Order::Abcd).unwrap().start, 65535);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        for (text, hint) in [
            ("", "table"),
            ("40001", "table"),
            ("holding", "number"),
            ("holding:x", "number"),
            ("holding:65536", "outside"),
            ("holding:65535:f32", "beyond"),
            ("holding:1:f16", "type"),
            ("holding:1:u16:scale=x", "no number"),
            ("holding:1:u16:scale=nan", "no number"),
            ("holding:1:u16:order=abdc", "order"),
            ("holding:1:u16:colour=red", "option"),
            ("holding:1:u16:bit=16", "bit=16"),
            ("holding:1:f32:bit=1", "unsigned"),
            ("holding:1:bool", "bit=0"),
            ("coil:1:u16", "one bit"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
        assert!(Address::parse("holding:0", false, Order::Abcd).is_err());
    }
}
