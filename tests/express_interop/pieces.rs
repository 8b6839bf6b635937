//! A row's JSON in the pieces between its commas, as they stand there.
//!
//! It reads nothing, so that nothing is lost in reading: what is no text to Rust, a name with half of a
//! surrogate pair in it, is a piece like any other.

/// The members of an object, each with its name: `"a":1`.
pub(crate) fn members(object: &str) -> Vec<&str> {
    let inner = object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).expect("an object");
    let (mut members, mut begin) = (Vec::new(), 0);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => {
                members.push(&inner[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    if !inner.is_empty() {
        members.push(&inner[begin..]);
    }
    members
}

/// What a visit leaves alone: all but the time at which the cookie expires, and the value `rust`.
pub(crate) fn lasting(sess: &str) -> Vec<&str> {
    let mut lasting = Vec::new();
    for member in members(sess) {
        if let Some(cookie) = member.strip_prefix("\"cookie\":") {
            lasting.push("\"cookie\":");
            lasting.extend(members(cookie).into_iter().map(without_time));
        } else if !member.starts_with("\"rust\":") {
            lasting.push(member);
        }
    }
    lasting
}

fn without_time(member: &str) -> &str {
    if member.starts_with("\"expires\":\"") { "\"expires\":\"some time\"" } else { member }
}

#[test]
fn an_object_is_cut_at_its_own_commas() {
    let object = r#"{"a":[1,2],"b,\"":"x,\\","":{"c":{},"d":","},"\ud800": 1}"#;
    let pieces = [r#""a":[1,2]"#, r#""b,\"":"x,\\""#, r#""":{"c":{},"d":","}"#, r#""\ud800": 1"#];
    assert_eq!(members(object), pieces);
    assert!(members("{}").is_empty());
}

#[test]
fn only_the_cookies_time_and_the_value_of_rust_do_not_last() {
    let sess = |expires, more| {
        format!(r#"{{"0":{{"cookie":{{"expires":"x"}}}},"cookie":{{"path":"/","expires":{expires}}}{more}}}"#)
    };
    let (before, after) = (sess("\"a\"", ",\"b\":1"), sess("\"b\"", ",\"rust\":{},\"b\":1"));
    assert_eq!(lasting(&before), lasting(&after));
    assert_eq!(lasting(&before).len(), 5);
    for other in
        [sess("null", ",\"b\":1"), sess("\"a\"", ""), sess("\"a\"", ", \"b\":1"), sess("\"a\"", ",\"b\":2")]
    {
        assert_ne!(lasting(&before), lasting(&other));
    }
}
