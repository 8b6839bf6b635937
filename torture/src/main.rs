//! `./dev torture`.

fn main() {}
