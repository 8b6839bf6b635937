//! A page, taken apart as a browser would: which elements it has, and which attributes.

/// Elements and attributes that the dashboard writes.
const ELEMENTS: &[&str] = &[
    "a", "body", "button", "caption", "code", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "head",
    "header", "html", "input", "label", "link", "main", "meta", "nav", "option", "p", "pre", "rect",
    "section", "select", "span", "strong", "svg", "table", "tbody", "td", "th", "thead", "time", "title",
    "tr",
];
const ATTRIBUTES: &[&str] = &[
    "action",
    "aria-current",
    "aria-hidden",
    "aria-label",
    "aria-labelledby",
    "autocapitalize",
    "autocomplete",
    "charset",
    "class",
    "content",
    "data-label",
    "datetime",
    "focusable",
    "for",
    "height",
    "href",
    "id",
    "lang",
    "method",
    "name",
    "placeholder",
    "preserveAspectRatio",
    "rel",
    "required",
    "role",
    "scope",
    "selected",
    "spellcheck",
    "tabindex",
    "title",
    "type",
    "value",
    "viewBox",
    "width",
    "x",
    "y",
];

/// Panics if there is anything in the page that the dashboard does not write, or an address that leads away from
/// `base`.
pub(super) fn check(page: &str, base: &str) {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a page");
    while let Some(at) = rest.find('<') {
        rest = element(&rest[at + 1..], base, page);
    }
}

/// Reads what is behind a `<`; answers what is behind its `>`.
fn element<'a>(text: &'a str, base: &str, page: &str) -> &'a str {
    let text = text.strip_prefix('/').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    assert!(ELEMENTS.contains(&name), "<{name} in {page}");
    loop {
        if let Some(rest) = rest.strip_prefix('>') {
            return rest;
        }
        rest = rest
            .strip_prefix(' ')
            .unwrap_or_else(|| panic!("{:?} in {page}", rest.get(..40).unwrap_or(rest)));
        let end = rest.find(['=', ' ', '>']).unwrap_or(rest.len());
        let (attribute, behind) = rest.split_at(end);
        assert!(ATTRIBUTES.contains(&attribute), "{attribute}= in {page}");
        rest = behind;
        if let Some(value) = behind.strip_prefix("=\"") {
            let end = value.find('"').unwrap_or_else(|| panic!("{attribute}= without an end in {page}"));
            let leads = matches!(attribute, "href" | "action");
            assert!(!leads || is_here(&value[..end], base), "{attribute}={} in {page}", &value[..end]);
            rest = &value[end + 1..];
        }
    }
}

/// Whether an address is one of these pages, or one of the two that a target makes up.
fn is_here(address: &str, base: &str) -> bool {
    let base = base.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let is_below =
        address.strip_prefix(&*base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    is_below || address == "#main" || address == "/end" || address == "/back"
}
