//! Who is compared.

use std::error::Error;

use crate::workload::Workload;

/// What a contender's process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// This one, see `serve`.
    Ours,
    /// `bench/peers`.
    Peer,
    /// `bench/peers/express.js`.
    Express,
}

/// Where the sessions are that it is asked for, and how they came there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// Nowhere: no page looks at them.
    Nowhere,
    /// In this crate's table, made by SQL.
    OurTable,
    /// In a table of its own, made by visits to its page `create` before the rounds.
    OwnTable,
    /// In a Redis that is started with it, made by visits.
    Redis,
    /// In its memory, made by visits.
    Memory,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) program: Program,
    pub(crate) home: Home,
    /// It keeps sessions in memory besides: then each is visited once before it is measured.
    pub(crate) is_cached: bool,
}

const fn ours(name: &'static str, title: &'static str, home: Home) -> Contender {
    Contender { name, title, program: Program::Ours, home, is_cached: false }
}

const fn peer(name: &'static str, title: &'static str, home: Home) -> Contender {
    Contender { name, title, program: Program::Peer, home, is_cached: false }
}

impl Contender {
    /// Whether its database is another one after it was measured: sessions have changed, or everybody who writes
    /// announces it from now on.
    pub(crate) fn leaves_a_trace(&self, workload: Workload) -> bool {
        let announces = self.program == Program::Ours && self.is_cached;
        matches!(self.home, Home::OurTable | Home::OwnTable) && (announces || workload.writes())
    }

    const fn cached(self) -> Self {
        Self { is_cached: true, ..self }
    }

    pub(crate) fn is_this_crate(&self) -> bool {
        self.title.contains("this crate")
    }
}

/// All, in the order of the tables. Who is added here and in `serve` is measured.
pub(crate) const ALL: [Contender; 11] = [
    ours("ceiling", "actix-web, no session", Home::Nowhere),
    ours("floor", "actix-web, hand-written sqlx", Home::OurTable),
    ours("pipelined", "actix-web, tokio-postgres, pipelined", Home::OurTable),
    peer("redis", "actix-session, Redis", Home::Redis),
    peer("tower", "tower-sessions, PostgreSQL", Home::OwnTable),
    peer("tower-moka", "tower-sessions, PostgreSQL and moka", Home::OwnTable).cached(),
    Contender {
        name: "express",
        title: "express-session, connect-pg-simple",
        program: Program::Express,
        home: Home::OwnTable,
        is_cached: false,
    },
    ours("alone", "this crate, each call alone", Home::OurTable),
    ours("ours", "**this crate**", Home::OurTable),
    ours("cached", "**this crate, with its cache**", Home::OurTable).cached(),
    ours("memory", "this crate, `MemoryStore`", Home::Memory),
];

/// The one that is called so.
pub(crate) fn named(name: &str) -> Result<Contender, Box<dyn Error>> {
    ALL.into_iter().find(|one| one.name == name).ok_or_else(|| {
        let all = ALL.map(|one| one.name).join(", ");
        format!("there is no contender {name:?}; there are {all}").into()
    })
}
