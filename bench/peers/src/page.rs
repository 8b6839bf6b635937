//! What all peers' pages share.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// What a session holds, key by key: about 300 bytes.
pub fn session() -> [(&'static str, Value); 5] {
    [
        ("name", json!("a visitor")),
        ("csrf", json!("0123456789abcdef0123456789abcdef")),
        ("count", json!(0)),
        ("cart", json!([1, 2, 3])),
        ("note", json!("x".repeat(120))),
    ]
}

/// A number that nobody has stored yet, so that each request changes something.
pub fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
