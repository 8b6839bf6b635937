//! One pass over JSON text that is known to be well formed, for what `jsonb` would refuse.

use super::{MAX_DEPTH, Unstorable};

/// Refuses `\u0000`, lone surrogates, numbers beyond a double in size or decimals, and deep nesting.
pub(super) fn check(text: &str) -> Result<(), Unstorable> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = string(bytes, at + 1)?,
            b'-' | b'0'..=b'9' => at = number(text, at)?,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Unstorable::TooDeep);
                }
                at += 1;
            }
            b']' | b'}' => {
                depth -= 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    Ok(())
}

/// Walks a string whose opening quote was just before `at`; answers where it ends.
fn string(bytes: &[u8], mut at: usize) -> Result<usize, Unstorable> {
    // Set while the last escape was a high surrogate that waits for its low half.
    let mut high = false;
    loop {
        let unit = match bytes.get(at..) {
            Some([b'"', ..]) | Some([]) | None => {
                return if high { Err(Unstorable::LoneSurrogate) } else { Ok(at + 1) };
            }
            Some([b'\\', b'u', hex @ ..]) => {
                at += 6;
                Some(code_unit(hex))
            }
            Some([b'\\', ..]) => {
                at += 2;
                None
            }
            Some(_) => {
                at += 1;
                None
            }
        };
        high = match (unit, high) {
            (Some(0), _) => return Err(Unstorable::Nul),
            (Some(0xD800..=0xDBFF), false) => true,
            (Some(0xDC00..=0xDFFF), true) => false,
            (Some(0xD800..=0xDFFF), _) | (_, true) => return Err(Unstorable::LoneSurrogate),
            _ => false,
        };
    }
}

/// The four hexadecimal digits after `\u`.
fn code_unit(hex: &[u8]) -> u32 {
    hex.iter()
        .take(4)
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .fold(0, |unit, digit| unit << 4 | digit)
}

/// Reads the number that starts at `at`; answers where it ends.
fn number(text: &str, at: usize) -> Result<usize, Unstorable> {
    let len = text[at..]
        .bytes()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        .count();
    let number = &text[at..at + len];
    let is_finite = number.parse::<f64>().is_ok_and(f64::is_finite);
    if is_finite && is_written_out(number) { Ok(at + len) } else { Err(Unstorable::NotFinite) }
}

/// Whether PostgreSQL can write all the digits of a number, as it does, within reason.
fn is_written_out(number: &str) -> bool {
    /// More than any double has: the smallest is 5e-324.
    const MOST: i64 = 400;
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let exponent = exponent.parse::<i64>();
    decimals <= MOST as usize && exponent.is_ok_and(|exponent| (-MOST..=MOST).contains(&exponent))
}
