//! What the crate ought to do, in the plainest way. Slow, and written apart from it.

/// `value` without percent-encoding, if it is encoded throughout and comes to text; else as it stands.
pub(crate) fn component(value: &[u8]) -> Vec<u8> {
    if !value.contains(&b'%') {
        return value.to_vec();
    }
    let mut decoded = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        if value[at] == b'%' {
            let digits = value.get(at + 1..at + 3).and_then(|digits| str::from_utf8(digits).ok());
            let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                return value.to_vec();
            };
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(value[at]);
            at += 1;
        }
    }
    if str::from_utf8(&decoded).is_ok() { decoded } else { value.to_vec() }
}

/// The values of the cookies of a name, as browsers and servers agree on.
pub(crate) fn cookies<'a>(lines: &[&'a [u8]], name: &str) -> Vec<&'a [u8]> {
    let mut values = Vec::new();
    for line in lines.iter().filter(|line| is_header(line)) {
        for pair in line.split(|byte| *byte == b';') {
            let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
            if trimmed(&pair[..equals]) != name.as_bytes() {
                continue;
            }
            let mut value = trimmed(&pair[equals + 1..]);
            if value.len() >= 2 && value.starts_with(b"\"") && value.ends_with(b"\"") {
                value = &value[1..value.len() - 1];
            }
            values.push(value);
        }
    }
    values
}

/// Whether a server lets it pass as a header's value.
pub(crate) fn is_header(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'\t' || (*byte >= 32 && *byte != 127))
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 without padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let number = number << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(BASE64[(number >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_right_where_it_can_be_told() {
        assert_eq!([base64(b""), base64(b"a"), base64(b"ab"), base64(b"abc")], ["", "YQ", "YWI", "YWJj"]);
        assert_eq!(component(b"a%20b"), b"a b");
        assert_eq!(component(b"a%2"), b"a%2");
        assert_eq!(component(b"%+1"), b"%+1");
        assert_eq!(component(b"%ff"), b"%ff");
        assert_eq!(
            cookies(&[b"a=1; sid = \"x\" ;sid", b"sid=;\x01", b"sid=y=z"], "sid"),
            [&b"x"[..], b"y=z"]
        );
    }
}
