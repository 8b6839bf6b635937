//! What somebody does in a few requests: the sequences in which sessions go wrong.

use super::dice::Dice;
use super::options::{Store, max_age};
use super::script::Op;
use super::values::{REORDERED, RESPELLED, key, two_keys, two_values, value};

/// The operations of each request.
pub(crate) type Story = Vec<Vec<Op>>;

/// A story, one in two of them a collection of anything.
pub(crate) fn thrown(dice: &mut Dice, store: Store) -> Story {
    if dice.percent(50) {
        return vec![anything(dice, store)];
    }
    let mut story = STORIES[dice.below(STORIES.len())](dice, store);
    // Looking changes nothing, so it may happen anywhere.
    if dice.percent(50) {
        let at = dice.below(story.len());
        story[at].push(looking(dice));
    }
    story
}

type Teller = fn(&mut Dice, Store) -> Story;

const STORIES: [Teller; 17] = [
    |dice, _| {
        let (k, (one, two)) = (key(dice), two_values(dice));
        vec![vec![Op::Set(k, one)], vec![Op::Set(k, two), Op::Set(k, one)], vec![]]
    },
    |dice, _| {
        let (k, (one, two)) = (key(dice), two_values(dice));
        vec![vec![Op::Set(k, one)], vec![Op::Set(k, two), Op::Save, Op::Set(k, one)], vec![Op::Get(k)]]
    },
    |dice, _| {
        let ((a, b), (one, two)) = (two_keys(dice), two_values(dice));
        let sets = [Op::Set(a, one), Op::Set(b, two)];
        let again = [Op::Delete(a), Op::Set(a, one)];
        vec![sets.to_vec(), again.to_vec(), vec![Op::Keys]]
    },
    |dice, _| {
        let (k, (one, two)) = (key(dice), dice.pick(&REORDERED));
        vec![vec![Op::Set(k, one)], vec![Op::Set(k, two)], vec![Op::Get(k)]]
    },
    |dice, _| {
        let (k, (one, two)) = (key(dice), dice.pick(&RESPELLED));
        vec![vec![Op::Set(k, one)], vec![Op::Set(k, two)], vec![Op::Get(k)]]
    },
    |dice, store| vec![vec![lasting(dice)], vec![age(dice, store)], vec![looking(dice)], vec![]],
    |dice, store| {
        let sets = vec![lasting(dice), age(dice, store)];
        vec![sets, vec![Op::MaxAge(None), lasting(dice)], vec![Op::GetMaxAge, lasting(dice)]]
    },
    |dice, store| vec![vec![lasting(dice), age(dice, store), Op::Touch, Op::GetMaxAge], vec![Op::Touch]],
    |dice, _| {
        let k = key(dice);
        vec![vec![Op::Set(k, value(dice)), Op::Save, Op::Reload, Op::Get(k), lasting(dice)], vec![Op::Keys]]
    },
    |dice, _| {
        vec![vec![lasting(dice)], vec![Op::Reload, lasting(dice), Op::Save, Op::Reload], vec![Op::Keys]]
    },
    |dice, _| vec![vec![lasting(dice)], vec![lasting(dice), Op::Reload, Op::Keys, Op::OriginalMaxAge]],
    |dice, _| {
        let mut ops = vec![Op::Regenerate];
        if dice.percent(50) {
            ops.push(lasting(dice));
        }
        ops.push(dice.pick(&[Op::Null, Op::Destroy, Op::Reload, Op::Save, Op::Regenerate, Op::Touch]));
        if dice.percent(30) {
            ops.push(dice.pick(&[Op::Reload, Op::Save, Op::Null, Op::Id]));
        }
        vec![vec![lasting(dice)], ops, vec![Op::Id, Op::Keys]]
    },
    |dice, store| {
        let (k, v) = (key(dice), value(dice));
        vec![vec![Op::Set(k, v)], vec![Op::Regenerate, Op::Set(k, v), age(dice, store)], vec![Op::Get(k)]]
    },
    |_, _| vec![vec![Op::Save, Op::Id], vec![Op::Id]],
    |dice, _| vec![vec![lasting(dice)], vec![lasting(dice), Op::Null], vec![Op::Keys]],
    |dice, _| {
        let ending = dice.pick(&[Op::Destroy, Op::Null]);
        vec![vec![lasting(dice), Op::Save], vec![ending, Op::Id, lasting(dice)], vec![lasting(dice)]]
    },
    |dice, _| {
        let sets: Vec<_> = (0..4).map(|_| lasting(dice)).collect();
        let (first, again) = (sets[0].clone(), sets[0].clone());
        let deleted = match first {
            Op::Set(k, _) => Op::Delete(k),
            other => other,
        };
        vec![sets, vec![deleted.clone()], vec![deleted, again]]
    },
];

/// Any operations in any order.
fn anything(dice: &mut Dice, store: Store) -> Vec<Op> {
    let count = dice.weighted(&[(18, 0), (25, 1), (22, 2), (15, 3), (10, 4), (6, 6), (4, 9)]);
    (0..count)
        .map(|_| match dice.below(100) {
            0..24 => lasting(dice),
            24..34 => Op::Get(key(dice)),
            34..42 => Op::Delete(key(dice)),
            42..58 => looking(dice),
            58..64 => Op::Regenerate,
            64..68 => Op::Destroy,
            68..76 => Op::Save,
            76..83 => Op::Reload,
            83..87 => Op::Touch,
            87..95 => age(dice, store),
            _ => Op::Null,
        })
        .collect()
}

/// What leaves something in a session.
fn lasting(dice: &mut Dice) -> Op {
    Op::Set(key(dice), value(dice))
}

/// What leaves no trace.
fn looking(dice: &mut Dice) -> Op {
    dice.pick(&[Op::Keys, Op::Id, Op::Id, Op::GetMaxAge, Op::OriginalMaxAge, Op::Get("a"), Op::Get("none")])
}

fn age(dice: &mut Dice, store: Store) -> Op {
    Op::MaxAge(max_age(dice, store))
}
