//! `./dev bench micro`: the parts of a request that wait for nothing.

use actix_pg_session::Data;
use actix_pg_session::bench_internals::Parts;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const SECRET: &str = "a secret of the benchmarks, of thirty-two bytes";

/// About 300 bytes.
const VALUES: &str = r#"{
    "name": "a visitor", "csrf": "0123456789abcdef0123456789abcdef", "count": 0, "cart": [1, 2, 3],
    "note": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
}"#;

fn parts() -> Parts {
    let data = Data::from_json(VALUES).expect("an object");
    Parts::new(SECRET, data).expect("a secret that is long enough")
}

#[divan::bench]
fn sign_a_cookie(bencher: Bencher<'_, '_>) {
    let parts = parts();
    bencher.bench_local(|| black_box(&parts).sign());
}

#[divan::bench]
fn verify_a_cookie(bencher: Bencher<'_, '_>) {
    let parts = parts();
    let value = parts.sign();
    assert!(parts.verify(value.as_bytes()));
    bencher.bench_local(|| parts.verify(black_box(value.as_bytes())));
}

#[divan::bench]
fn refuse_a_forged_cookie(bencher: Bencher<'_, '_>) {
    let parts = parts();
    let value = parts.sign().replace("0123", "3210");
    assert!(!parts.verify(value.as_bytes()));
    bencher.bench_local(|| parts.verify(black_box(value.as_bytes())));
}

#[divan::bench]
fn render_set_cookie(bencher: Bencher<'_, '_>) {
    let parts = parts();
    let value = parts.sign();
    bencher.bench_local(|| parts.set_cookie(black_box(&value)));
}

#[divan::bench]
fn parse_the_values(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Data::from_json(black_box(VALUES)));
}

#[divan::bench]
fn change_one_value(bencher: Bencher<'_, '_>) {
    let parts = parts();
    bencher.with_inputs(|| parts.draft()).bench_local_values(|mut draft| {
        parts.insert(&mut draft, "count", black_box(7)).expect("a number can be stored");
        draft
    });
}

#[divan::bench]
fn merge_one_change(bencher: Bencher<'_, '_>) {
    let parts = parts();
    let changed = || {
        let mut draft = parts.draft();
        parts.insert(&mut draft, "count", 7).expect("a number can be stored");
        draft
    };
    bencher.with_inputs(changed).bench_local_values(|mut draft| parts.apply(&mut draft));
}

#[divan::bench]
fn decide_upon_a_reader(bencher: Bencher<'_, '_>) {
    let parts = parts();
    let draft = parts.draft();
    assert!(!parts.decide(&draft));
    bencher.bench_local(|| parts.decide(black_box(&draft)));
}

#[divan::bench]
fn decide_upon_a_writer(bencher: Bencher<'_, '_>) {
    let parts = parts();
    let mut draft = parts.draft();
    parts.insert(&mut draft, "count", 7).expect("a number can be stored");
    assert!(parts.decide(&draft));
    bencher.bench_local(|| parts.decide(black_box(&draft)));
}
