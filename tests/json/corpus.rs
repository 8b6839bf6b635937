//! Every class of the parsing corpora that are known for it (`y_`, `n_`, `i_`), written anew.

use crate::meaning::{read, read_and_judge};
use crate::site::{Sites, TABLES, Table};
use crate::values::fault;

/// What is JSON and can be stored.
const STORED: [&str; 62] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "0.1",
    "1.00",
    "1E5",
    "1e+2",
    "1.5e3",
    "1e-7",
    "0e0",
    "0e1",
    "123.456e78",
    "1e308",
    "-1.7976931348623157e308",
    "5e-324",
    "1e-400",
    "9007199254740993",
    "-9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890.5",
    "\"\"",
    "\" \"",
    "\"\\u0041\"",
    "\"\\ud83e\\udd80\"",
    "\"\\uD83D\\uDE39\\uD83D\\uDC8D\"",
    "\"\\u0001\"",
    "\"\\u007f\"",
    "\"\u{7f}\"",
    "\"\\u0022\"",
    "\"\\\\u0000\"",
    "\"\\\\ud800\"",
    "\"\\/\"",
    "\"\\b\\f\\n\\r\\t\\\"\\\\\"",
    "\"\\uFEFF\"",
    "\"\u{feff}\"",
    "\"\\uFFFE\"",
    "\"\\uFFFF\"",
    "\"\u{ffff}\"",
    "\"\u{10ffff}\"",
    "\"\u{2028}\u{2029}\"",
    "\"\\u200b\"",
    "\"€𝄞\"",
    "[]",
    "[ ]",
    "[[]]",
    "[1,2]",
    "[null,1,\"1\",{}]",
    "{}",
    "{\"\":0}",
    "{\"a\":{}}",
    "{\"a\":[]}",
    " [1] ",
    "\t\"a\"\r\n",
    "{\"a\\u0001b\":1}",
    "{\"\\u0061\":1,\"b\":2}",
];

/// A name that is there twice: the last counts.
const TWICE: [&str; 3] =
    ["{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"a\":{\"b\":1},\"a\":{\"b\":1}}"];

/// What is JSON and is refused, with the reason.
const REFUSED: [(&str, &str); 27] = [
    ("\"\\u0000\"", "Nul"),
    ("{\"\\u0000\":1}", "Nul"),
    ("[\"a\\u0000b\"]", "Nul"),
    ("{\"a\":1,\"\\u0000\":1}", "Nul"),
    ("\"\\uD800\"", "LoneSurrogate"),
    ("\"\\uDFAA\"", "LoneSurrogate"),
    ("\"\\uD800\\n\"", "LoneSurrogate"),
    ("\"\\uD800\\uD800\\n\"", "LoneSurrogate"),
    ("\"\\uDd1e\\uD834\"", "LoneSurrogate"),
    ("\"\\uD800abc\"", "LoneSurrogate"),
    ("\"\\uD800\\u0041\"", "LoneSurrogate"),
    ("{\"\\uDC00\":1}", "LoneSurrogate"),
    ("\"\\uD888\\u1234\"", "LoneSurrogate"),
    ("\"\\uD83D\\uD83D\\uDE00\"", "LoneSurrogate"),
    ("1e309", "Number"),
    ("-1e309", "Number"),
    ("1e400", "Number"),
    (
        "0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999969999999006",
        "Number",
    ),
    ("-1e+9999", "Number"),
    ("1.5e+9999", "Number"),
    ("1e-401", "Number"),
    ("123.456e-789", "Number"),
    ("1e-9999999999999999999999", "Number"),
    ("0e401", "Number"),
    ("0e99999999999999999999", "Number"),
    ("1e99999999999999999999", "Number"),
    ("[1e999]", "Number"),
];

/// What is no JSON.
const NO_JSON: [&str; 68] = [
    "",
    " ",
    "nul",
    "nan",
    "NaN",
    "Infinity",
    "-Infinity",
    "-",
    "+1",
    "01",
    "-01",
    "1.",
    ".5",
    "-.5",
    "1.e1",
    "1e",
    "1e+",
    "1eE2",
    "0x1",
    "0b1",
    "1_000",
    "1 000",
    "１",
    "1.0.0",
    "++1",
    "--1",
    "0e",
    "0e+-1",
    "[1",
    "1]",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[,]",
    "[",
    "]",
    "[1 2]",
    "[\"a\" \"b\"]",
    "[a]",
    "[1:2]",
    "{",
    "}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{\"a\" 1}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1 \"b\":2}",
    "\"",
    "\"a",
    "'a'",
    "\"\\x41\"",
    "\"\\u\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\\"",
    "\"\n\"",
    "\"\t\"",
    "\"\u{0}\"",
    "\u{feff}1",
    "1/*comment*/",
    "1//comment",
    "1 2",
];

/// Values of every depth and length around the limits.
fn large() -> Vec<(String, Option<&'static str>)> {
    let lists = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let mut values = Vec::new();
    for depth in [63, 64, 65, 127, 128, 129, 20_000] {
        let refused = (depth > 64).then_some("TooDeep");
        values.push((lists(depth), refused));
        values.push((objects(depth), refused));
        values.push((format!("{}{}", "[".repeat(depth), "]".repeat(depth)), refused));
    }
    values.push((format!("\"{}\"", "x".repeat(5 << 20)), None));
    values.push((format!("\"{}\"", "\\ud83e\\udd80".repeat(100_000)), None));
    values.push((format!("[{}1]", "1,".repeat(500_000)), None));
    values.push((format!("{{\"{}\":1}}", "n".repeat(1_000_000)), None));
    values.push(("9".repeat(308), None));
    values.push(("9".repeat(309), Some("Number")));
    values.push((format!("0.{}1", "0".repeat(399)), None));
    values.push((format!("0.{}1", "0".repeat(400)), Some("Number")));
    values.push((format!("0.{}", "1".repeat(400)), None));
    values.push(("[".repeat(100_000), Some("no JSON")));
    values.push(("{\"a\":".repeat(100_000), Some("no JSON")));
    values
}

#[actix_web::test]
async fn every_class_of_text_is_stored_or_refused_as_it_says() {
    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    for table in TABLES {
        let sites = Sites::new(table).await;
        for (what, texts) in [("stored", texts(&STORED)), ("stored, a name twice", texts(&TWICE))] {
            let visitor = sites.stranger();
            let answers = visitor.store(&texts).await;
            let shown = visitor.show(texts.len()).await;
            for ((text, answer), shown) in texts.iter().zip(&answers).zip(&shown) {
                assert_eq!(answer, &None, "{table:?}, {what}: {text}");
                assert_eq!(fault(table, text, None, shown.as_deref()), None, "{table:?}, {what}: {text}");
            }
        }
        for (text, reason) in REFUSED {
            let visitor = sites.stranger();
            let values = ["\"before\"".to_owned(), text.to_owned(), "\"after\"".to_owned()];
            assert_eq!(
                visitor.store(&values).await,
                [None, Some(reason.to_owned()), None],
                "{table:?}: {text}"
            );
            let kept = [Some("\"before\"".to_owned()), None, Some("\"after\"".to_owned())];
            assert_eq!(visitor.show(3).await, kept, "{table:?}: {text}");
        }
        let visitor = sites.stranger();
        let answers = visitor.store(&texts(&NO_JSON)).await;
        for (text, answer) in NO_JSON.iter().zip(answers) {
            assert_eq!(answer.as_deref(), Some("no JSON"), "{text:?}");
        }
    }
}

#[actix_web::test]
async fn every_depth_and_length_is_stored_or_refused_as_it_says() {
    for table in TABLES {
        let sites = Sites::new(table).await;
        for (text, expected) in large() {
            let begin = text.chars().take(20).collect::<String>();
            let when = format!("{table:?}: {begin}… of {} bytes", text.len());
            let visitor = sites.stranger();
            let answers = visitor.store(std::slice::from_ref(&text)).await;
            assert_eq!(answers, [expected.map(str::to_owned)], "{when}");
            let shown = visitor.show(1).await.remove(0);
            assert_eq!(shown.is_some(), expected.is_none(), "{when}");
            if let Some(shown) = shown {
                assert!(shown == text || (table == Table::Own && read(&shown) == read(&text)), "{when}");
            }
        }
    }
}

#[test]
fn the_corpus_is_what_it_says() {
    for text in STORED.iter().chain(&TWICE) {
        assert!(read_and_judge(text).is_some_and(|(_, reasons)| reasons.is_empty()), "{text}");
    }
    assert!(REFUSED.iter().all(|(text, _)| read(text).is_some()));
    for text in NO_JSON {
        assert_eq!(read(text), None, "{text:?}");
    }
}
