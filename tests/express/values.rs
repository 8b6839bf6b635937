//! Keys and values: few, so that they meet again, and each with a difficulty of its own.
//!
//! Left out are the names on the prototype chain of express's sessions (`id`, `save`, `toString`, …),
//! which it loses, the numbers that a double does not hold, and U+0000, which is refused here because a
//! `jsonb` cannot hold it.

use super::dice::Dice;

const KEYS: [&str; 10] = ["a", "b", "user", "1", "0", "10", "ключ", "", "a.b \"c\"", "🔑"];

/// JSON texts.
const VALUES: [&str; 25] = [
    "1",
    "2",
    "0",
    "-7",
    "1.5",
    "-0.1",
    "0.30000000000000004",
    "9007199254740992",
    "1152921504606846976",
    "1e+21",
    "1.7976931348623157e308",
    "5e-324",
    "true",
    "false",
    "null",
    "\"\"",
    "\"x\"",
    "\"Ünï©ødé 🦀\"",
    "\"a\\\"b\\\\c\\n\\t/<script>\"",
    "[]",
    "[1,\"two\",[null,{}]]",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "{}",
    "{\"name\":\"ann\",\"roles\":[\"admin\",{\"of\":\"all\"}],\"n\":{\"deep\":{\"er\":1.25}}}",
    "{\"1\":\"one\",\"ключ\":null,\"\":0,\"cookie\":{\"expires\":null}}",
];

/// Two texts whose values express's hash takes for different ones: names stand in another order.
pub(crate) const REORDERED: [(&str, &str); 3] = [
    ("{\"x\":1,\"y\":2}", "{\"y\":2,\"x\":1}"),
    ("[{\"in\":{\"p\":[],\"q\":0}}]", "[{\"in\":{\"q\":0,\"p\":[]}}]"),
    ("{\"01\":0,\"1.5\":0}", "{\"1.5\":0,\"01\":0}"),
];

/// Two texts of one value: to JavaScript they do not differ.
pub(crate) const RESPELLED: [(&str, &str); 8] = [
    ("{\"2\":0,\"1\":0}", "{\"1\":0,\"2\":0}"),
    ("{\"b\":0,\"7\":0,\"a\":0}", "{\"7\":0,\"b\":0,\"a\":0}"),
    ("{\"twice\":1,\"b\":0,\"twice\":2}", "{\"twice\":2,\"b\":0}"),
    ("100", "1e2"),
    ("1.5", "1.50"),
    ("0", "-0"),
    ("\"é/\"", "\"\\u00e9\\/\""),
    ("[ 1 , { } ]", "[1,{}]"),
];

pub(crate) fn key(dice: &mut Dice) -> &'static str {
    match dice.percent(60) {
        true => dice.pick(&KEYS[..3]),
        false => dice.pick(&KEYS),
    }
}

/// Two different ones.
pub(crate) fn two_keys(dice: &mut Dice) -> (&'static str, &'static str) {
    let first = key(dice);
    loop {
        let second = key(dice);
        if second != first {
            return (first, second);
        }
    }
}

pub(crate) fn value(dice: &mut Dice) -> &'static str {
    match dice.percent(40) {
        true => dice.pick(&VALUES[..2]),
        false => dice.pick(&VALUES),
    }
}

/// Two texts of the pool, mostly different ones.
pub(crate) fn two_values(dice: &mut Dice) -> (&'static str, &'static str) {
    (value(dice), value(dice))
}
