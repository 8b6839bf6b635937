//! The network between the applications and PostgreSQL breaks.

use std::time::Duration;

use super::act::a_while;
use super::{Fault, Injecting};
use crate::dice::Dice;
use crate::proxy::{Direction, Door, End, Rules, Trap, Way};
use crate::stage::Stage;

/// What breaks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Network {
    /// Each message is held back for some milliseconds.
    Slow,
    /// Messages come in pieces of a byte.
    Sliced,
    /// All connections are closed in good order.
    Cut,
    /// All connections are reset.
    Reset,
    /// Nothing comes through, and nobody is told.
    HalfOpen,
    /// What the server answers does not come through.
    AnswersLost,
    /// What the applications ask does not come through.
    QuestionsLost,
    /// Connections end within a message.
    Torn,
    /// Connections end after a commit and before its client hears of it.
    Unheard,
    /// Notifications are dropped, all or some.
    Deaf,
    /// Connections are reset, and so are all that are tried.
    Shut,
    /// Connections are reset, and nobody listens.
    Gone,
}

/// All of them.
pub(super) const ALL: [Network; 12] = [
    Network::Slow,
    Network::Sliced,
    Network::Cut,
    Network::Reset,
    Network::HalfOpen,
    Network::AnswersLost,
    Network::QuestionsLost,
    Network::Torn,
    Network::Unheard,
    Network::Deaf,
    Network::Shut,
    Network::Gone,
];

impl Fault for Network {
    fn name(&self) -> &'static str {
        match self {
            Self::Slow => "network-slow",
            Self::Sliced => "network-sliced",
            Self::Cut => "connections-cut",
            Self::Reset => "connections-reset",
            Self::HalfOpen => "half-open",
            Self::AnswersLost => "answers-lost",
            Self::QuestionsLost => "questions-lost",
            Self::Torn => "messages-torn",
            Self::Unheard => "commits-unheard",
            Self::Deaf => "notifications-dropped",
            Self::Shut => "connections-refused",
            Self::Gone => "nobody-listens",
        }
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            self.begin(stage, dice).await;
            a_while(dice, Duration::from_millis(700)).await;
            stage.proxy.heal().await;
            Ok(())
        })
    }
}

impl Network {
    async fn begin(self, stage: &Stage, dice: &mut Dice) {
        let proxy = &stage.proxy;
        let end = if dice.percent(50) { End::Cut } else { End::Reset };
        let lost = || Way { swallow: true, ..Way::default() };
        match self {
            Self::Slow => proxy.set(&Rules::slow(Duration::from_millis(1 + dice.below(60) as u64))),
            Self::Sliced => proxy.set(&Rules::sliced(1 + dice.below(3))),
            Self::Cut => proxy.end_all(End::Cut),
            Self::Reset => proxy.end_all(End::Reset),
            Self::HalfOpen => proxy.set(&Rules::half_open()),
            Self::AnswersLost => proxy.set(&Rules { to_client: lost(), ..Rules::honest() }),
            Self::QuestionsLost => proxy.set(&Rules { to_server: lost(), ..Rules::honest() }),
            Self::Torn => {
                for bytes in [None, None, Some(dice.below(400)), Some(dice.below(4000))] {
                    let direction = if dice.percent(50) { Direction::ToServer } else { Direction::ToClient };
                    proxy.arm(match bytes {
                        None => Trap::MidMessage { direction, end },
                        Some(bytes) => Trap::AfterBytes { direction, bytes, end },
                    });
                }
            }
            Self::Unheard => (0..1 + dice.below(5)).for_each(|_| proxy.arm(Trap::Unheard { end })),
            Self::Deaf => proxy.set(&Rules::deaf(1 + dice.below(3) as u32)),
            Self::Shut | Self::Gone => {
                proxy.door(if matches!(self, Self::Gone) { Door::Gone } else { Door::Shut }).await;
                proxy.end_all(end);
            }
        }
    }
}
