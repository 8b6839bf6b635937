//! JSON text with places for times, which the database fills in by its own clock.

use std::time::Duration;

/// A text in pieces. After each piece but the last a time may stand, so long after the moment of the
/// statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Template {
    pub(super) pieces: Vec<String>,
    /// Seconds from now, one for each piece; `None` where no time follows.
    pub(super) times: Vec<Option<f64>>,
}

impl Template {
    pub(super) fn push(&mut self, text: &str) {
        match (self.pieces.last_mut(), self.times.last()) {
            (Some(piece), Some(None)) => piece.push_str(text),
            _ => {
                self.pieces.push(text.to_owned());
                self.times.push(None);
            }
        }
    }

    /// A time as JSON: a string, in ISO 8601 with milliseconds, as JavaScript's `toISOString`.
    pub(super) fn push_time(&mut self, from_now: Duration) {
        self.push("\"");
        if let Some(time) = self.times.last_mut() {
            *time = Some(from_now.as_secs_f64());
        }
        self.push("\"");
    }

    /// Whether it is this text, without any time in it.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!((&*self.pieces, &*self.times), ([piece], [None]) if piece == text)
    }

    pub(super) fn append(&mut self, other: &Self) {
        for (piece, time) in other.pieces.iter().zip(&other.times) {
            self.push(piece);
            if let (Some(last), Some(_)) = (self.times.last_mut(), time) {
                *last = *time;
            }
        }
    }

    /// An object of these members, each a name as it is written and a value.
    pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let mut object = Self::default();
        object.push("{");
        for (n, (name, value)) in members.into_iter().enumerate() {
            object.push(if n == 0 { "" } else { "," });
            object.push(name);
            object.push(":");
            object.append(&value);
        }
        object.push("}");
        object
    }
}

impl From<&str> for Template {
    fn from(text: &str) -> Self {
        Self { pieces: vec![text.to_owned()], times: vec![None] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_run_together_and_times_keep_their_places() {
        let mut inner = Template::from("[1,");
        inner.push_time(Duration::from_secs(60));
        inner.push("]");
        let object =
            Template::object([("\"a\"", Template::from("1")), ("\"b\"", inner), ("\"c\"", "2".into())]);
        assert_eq!(object.pieces, [r#"{"a":1,"b":[1,""#, r#""],"c":2}"#]);
        assert_eq!(object.times, [Some(60.0), None]);
        assert_eq!(Template::object([]).pieces, ["{}"]);
    }
}
