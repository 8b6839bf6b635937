//! What is stored in a session, readable, without what nobody needs to read.

use indexmap::IndexMap;
use maud::{Markup, html};
use serde_json::value::RawValue;

use crate::record::Data;

/// Names whose values are not shown.
#[derive(Clone, Debug)]
pub(super) struct Redaction(Vec<String>);

const SECRET: [&str; 20] = [
    "password",
    "passphrase",
    "passwd",
    "secret",
    "token",
    "authorization",
    "credential",
    "cookie",
    "csrf",
    "xsrf",
    "otp",
    "apikey",
    "api_key",
    "api-key",
    "private",
    "card",
    "cvc",
    "cvv",
    "iban",
    "ssn",
];

impl Default for Redaction {
    fn default() -> Self {
        Self::new(SECRET)
    }
}

impl Redaction {
    pub(super) fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self(words.into_iter().map(|word| word.into().to_lowercase()).collect())
    }

    fn hides(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.iter().any(|word| name.contains(&**word))
    }
}

/// Values that are shown, of one session. Nobody reads more.
const MOST: usize = 2000;

/// How deep values are shown: as deep as our verbs store them. Others may write what would exhaust the stack.
const DEEPEST: usize = crate::MAX_DEPTH + 1;

/// Writes values as text that is marked up, one to a line, each number as it is stored.
pub(super) fn readable(data: &Data, redaction: &Redaction) -> Markup {
    let mut writer = Writer { redaction, left: MOST };
    let entries = data.iter().map(|(name, raw)| (name.to_owned(), raw.to_owned())).collect();
    let written = writer.object(entries, 0);
    html! {
        pre.json tabindex="0" role="region" aria-label="The session’s data" { (written) }
        @if writer.left == 0 {
            p.hint { "There is more; only the first " (MOST) " values are shown." }
        }
    }
}

struct Writer<'a> {
    redaction: &'a Redaction,
    left: usize,
}

impl Writer<'_> {
    fn value(&mut self, raw: &RawValue, depth: usize) -> Markup {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{' | b'[') if depth == DEEPEST => html! { span.hidden { "nested too deep" } },
            Some(b'{') => match serde_json::from_str(text) {
                Ok(entries) => self.object(entries, depth),
                Err(_) => html! { (text) },
            },
            Some(b'[') => match serde_json::from_str(text) {
                Ok(items) => self.array(items, depth),
                Err(_) => html! { (text) },
            },
            Some(b'"') if is_secret(text) => hidden(),
            Some(b'"') => html! { span.text { (text) } },
            Some(b't' | b'f' | b'n') => html! { span.word { (text) } },
            _ => html! { span.number { (text) } },
        }
    }

    fn object(&mut self, entries: IndexMap<String, Box<RawValue>>, depth: usize) -> Markup {
        let last = entries.len().saturating_sub(1);
        html! {
            "{"
            @for (place, (name, raw)) in entries.iter().enumerate() {
                @if self.goes_on() {
                    (new_line(depth + 1))
                    span.name { (serde_json::Value::from(&**name).to_string()) } ": "
                    @if self.redaction.hides(name) { (hidden()) } @else { (self.value(raw, depth + 1)) }
                    @if place < last { "," }
                }
            }
            @if !entries.is_empty() { (new_line(depth)) }
            "}"
        }
    }

    fn array(&mut self, items: Vec<Box<RawValue>>, depth: usize) -> Markup {
        let last = items.len().saturating_sub(1);
        // Numbers and words stay on one line.
        let is_flat = items.iter().all(|item| !item.get().starts_with(['{', '[', '"']));
        html! {
            "["
            @for (place, item) in items.iter().enumerate() {
                @if self.goes_on() {
                    @if !is_flat { (new_line(depth + 1)) }
                    (self.value(item, depth + 1))
                    @if place < last { "," @if is_flat { " " } }
                }
            }
            @if !is_flat && !items.is_empty() { (new_line(depth)) }
            "]"
        }
    }

    fn goes_on(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }
}

fn new_line(depth: usize) -> String {
    format!("\n{}", "  ".repeat(depth))
}

fn hidden() -> Markup {
    html! { span.hidden { "hidden" } }
}

/// Whether a text is a key to something, whatever its name: a JSON Web Token, or what stands in an `Authorization`
/// header.
fn is_secret(text: &str) -> bool {
    let text = text.trim_start_matches('"');
    let is_token = text.starts_with("eyJ") && text.matches('.').count() == 2;
    is_token
        || ["bearer ", "basic "]
            .iter()
            .any(|scheme| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> String {
        let markup = readable(&Data::from_json(json).unwrap(), &Redaction::default()).into_string();
        // The text, without what marks it up.
        let mut text = String::new();
        let mut in_tag = false;
        for character in markup.chars() {
            match character {
                '<' => in_tag = true,
                '>' => in_tag = false,
                _ if !in_tag => text.push(character),
                _ => {}
            }
        }
        text.replace("&quot;", "\"")
    }

    #[test]
    fn values_stand_one_to_a_line_and_numbers_are_as_they_are_stored() {
        let json =
            r#"{"name":"Ann","n":12345678901234567890123.50,"cart":[{"copies":1}],"seen":[1,2],"none":{}}"#;
        assert_eq!(
            shown(json),
            "{\n  \"name\": \"Ann\",\n  \"n\": 12345678901234567890123.50,\n  \"cart\": [\n    {\n      \
             \"copies\": 1\n    }\n  ],\n  \"seen\": [1, 2],\n  \"none\": {}\n}"
        );
    }

    #[test]
    fn what_is_named_like_a_secret_or_looks_like_a_token_is_hidden_at_any_depth() {
        let json = r#"{"PassWord":"p1","user":{"access_token":{"v":"p2"},"list":[{"csrf":"p3"}]},"jwt":"eyJp4.a.b","h":"Bearer p5"}"#;
        let shown = shown(json);
        assert_eq!(shown.matches("hidden").count(), 5, "{shown}");
        for secret in ["p1", "p2", "p3", "p4", "p5"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn markup_in_a_value_is_text() {
        let markup =
            readable(&Data::from_json(r#"{"<b>":"<script>"}"#).unwrap(), &Redaction::default()).into_string();
        assert!(!markup.contains("<script>") && !markup.contains("<b>"), "{markup}");
    }

    #[test]
    fn what_is_nested_as_deep_as_it_can_be_stored_is_shown_and_what_is_deeper_is_not() {
        let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(shown(&nested(crate::MAX_DEPTH)).contains('1'));
        let secret = nested(1000).replace('1', r#"{"password":"p1"}"#);
        let shown = shown(&secret);
        assert!(shown.contains("nested too deep") && !shown.contains("p1"), "{shown}");
    }

    #[test]
    fn of_very_many_values_the_first_are_shown() {
        let json = format!("{{\"n\":[{}1]}}", "1,".repeat(50_000));
        assert!(shown(&json).ends_with("only the first 2000 values are shown."));
    }
}
