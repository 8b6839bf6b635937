//! Spelling names and paths inside URLs.

use std::fmt::Write;

/// `text` with every byte that means something in a URL spelled `%XX`. The
/// slash stays: it is harmless in a query and keeps paths readable.
pub(super) fn encoded(text: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_a_url_would_misread_is_spelled_out() {
        assert_eq!(super::encoded("/home/me/a b&c"), "/home/me/a%20b%26c");
        assert_eq!(super::encoded("ü"), "%C3%BC");
    }
}
