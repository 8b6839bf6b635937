//! What a request does to the values, and what then arrives in the row: the same as if it had been done there.

use actix_pg_session::Data;
use actix_pg_session::fuzz_internals::{Edits, folded};
use serde_json::value::RawValue;

use super::Target;
use crate::input;

pub(super) const TARGET: Target = Target {
    name: "changes",
    tokens: &[
        "\n+a 1",
        "\n+b {}",
        "\n-a",
        "\n-b",
        "\n~a",
        "\n~c",
        "\n!",
        "\n=",
        "\n+c [1]",
        "{\"a\":1,\"b\":2}",
        "\n-d",
        "\n~d",
    ],
    run,
};

/// Names and values in their order.
type Model = Vec<(String, String)>;

#[derive(Clone, Debug)]
enum Edit {
    Set(String, Box<RawValue>),
    Remove(String),
    Derive(String),
    Clear,
}

/// What the row holds; what it holds by the time of saving; then edits, a line each, of two requests that `=`
/// parts: `+name value`, `-name`, `~name` (computed from the value before) and `!` (all goes).
fn run(input: &[u8]) {
    let mut lines = input::lines(input).map(input::text);
    let mut row = || data(&lines.next().unwrap_or_default());
    let (base, fresh) = (row(), row());
    let rest: Vec<String> = lines.collect();
    let mut requests = rest.split(|line| line == "=");
    let mut next =
        || requests.next().unwrap_or_default().iter().filter_map(|line| edit(line)).collect::<Vec<_>>();
    let (first, second) = (next(), next());

    let mut edits = Edits::default();
    let mut model = model_of(&base);
    for edit in &first {
        do_it(&mut edits, &base, edit);
        do_to_model(&mut model, edit);
        for (name, value) in &model {
            assert_eq!(edits.view(name, &base).map(RawValue::get), Some(value.as_str()), "{name}");
        }
        let mut all: Model =
            edits.view_all(&base).map(|(name, raw)| (name.to_owned(), raw.get().to_owned())).collect();
        let mut expected = model.clone();
        all.sort();
        expected.sort();
        assert_eq!(all, expected);
    }
    let change = edits.to_change(1);
    let saved = change.apply(&base);
    assert_eq!(model_of(&saved), model);

    edits.replay(&fresh).expect("no step fails");
    let mut model_on_fresh = model_of(&fresh);
    first.iter().for_each(|edit| do_to_model(&mut model_on_fresh, edit));
    assert_eq!(model_of(&edits.to_change(1).apply(&fresh)), model_on_fresh);

    let mut edits = Edits::default();
    second.iter().for_each(|edit| do_it(&mut edits, &saved, edit));
    let next = edits.to_change(2);
    let one_by_one = next.apply(&saved);
    second.iter().for_each(|edit| do_to_model(&mut model, edit));
    assert_eq!(model_of(&one_by_one), model);
    assert_eq!(sorted(&folded(&change, &next).apply(&base)), sorted(&one_by_one));
}

fn data(text: &str) -> Data {
    Data::from_json(text).unwrap_or_default()
}

fn edit(line: &str) -> Option<Edit> {
    let rest = line.get(1..)?;
    Some(match line.as_bytes()[0] {
        b'+' => {
            let (name, value) = rest.split_once(' ').unwrap_or((rest, "null"));
            Edit::Set(name.to_owned(), RawValue::from_string(value.to_owned()).ok()?)
        }
        b'-' => Edit::Remove(rest.to_owned()),
        b'~' => Edit::Derive(rest.to_owned()),
        b'!' => Edit::Clear,
        _ => return None,
    })
}

fn do_it(edits: &mut Edits, base: &Data, edit: &Edit) {
    match edit.clone() {
        Edit::Set(name, value) => edits.set(&name, value),
        Edit::Remove(name) => edits.remove(&name),
        Edit::Clear => edits.clear(),
        Edit::Derive(name) => edits.derive(&name, base, |before| {
            RawValue::from_string(derived(before.map(RawValue::get))).expect("it is JSON")
        }),
    }
}

/// A step whose outcome tells what it saw: how long the text was.
fn derived(before: Option<&str>) -> String {
    before.map_or(0, |before| before.len() + 1).to_string()
}

fn do_to_model(model: &mut Model, edit: &Edit) {
    let set = |model: &mut Model, name: &str, value: String| match model
        .iter_mut()
        .find(|(other, _)| other == name)
    {
        Some((_, old)) => *old = value,
        None => model.push((name.to_owned(), value)),
    };
    match edit {
        Edit::Set(name, value) => set(model, name, value.get().to_owned()),
        Edit::Remove(name) => model.retain(|(other, _)| other != name),
        Edit::Clear => model.clear(),
        Edit::Derive(name) => {
            let before = model.iter().find(|(other, _)| other == name);
            let value = derived(before.map(|(_, value)| value.as_str()));
            set(model, name, value);
        }
    }
}

fn model_of(data: &Data) -> Model {
    data.iter().map(|(name, raw)| (name.to_owned(), raw.get().to_owned())).collect()
}

fn sorted(data: &Data) -> Model {
    let mut model = model_of(data);
    model.sort();
    model
}
