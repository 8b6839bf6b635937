//! The parts of the examples that people copy, or that are easy to get wrong.
//!
//! They are here because cargo builds an example with tests of its own as a test, and not as the
//! program.

#[path = "../examples/quickstart/words.rs"]
mod words;

#[test]
fn browsers_are_called_what_people_call_them() {
    for (user_agent, name) in [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Gecko/20100101 Firefox/125.0",
            "Firefox on macOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "curl"),
        ("", "An unknown browser"),
    ] {
        assert_eq!(words::browser(user_agent), name);
    }
}

#[test]
fn times_are_rounded_to_a_unit_that_fits() {
    for (seconds, words) in [
        (-3, "0 seconds"),
        (1, "1 second"),
        (89, "1 minute"),
        (90, "2 minutes"),
        (3600, "1 hour"),
        (86_399, "1 day"),
        (14 * 86_400 - 2, "14 days"),
    ] {
        assert_eq!(words::span(seconds), words);
    }
    assert_eq!(words::ago(59), "just now");
    assert_eq!(words::ago(60), "1 minute ago");
}

#[test]
fn money_has_two_decimals() {
    assert_eq!([words::pounds(5), words::pounds(1299)], ["£0.05", "£12.99"]);
}
