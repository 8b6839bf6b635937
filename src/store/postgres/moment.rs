//! Times of the database's, which has some that nobody else has.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Postgres, Type};

/// A time, or the nearest within these years. `infinity` is a good answer to when a session ends, and sqlx panics at
/// it.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Moment(pub(in crate::store) DateTime<Utc>);

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl<'r> Decode<'r, Postgres> for Moment {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => Ok(Self(of_micros(Decode::<Postgres>::decode(value)?))),
            PgValueFormat::Text => Decode::<Postgres>::decode(value).map(Self),
        }
    }
}

/// Microseconds since the year 2000, as PostgreSQL counts them.
fn of_micros(micros: i64) -> DateTime<Utc> {
    let of_year =
        |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(Default::default()).and_utc();
    // Later ones could not be written, neither in a cookie nor as JavaScript's dates.
    let (first, last) = (of_year(1), of_year(9999));
    let moment = of_year(2000).checked_add_signed(TimeDelta::microseconds(micros));
    moment.unwrap_or(if micros < 0 { first } else { last }).clamp(first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_time_are_in_the_first_and_the_last_year() {
        assert_eq!(of_micros(0).to_rfc3339(), "2000-01-01T00:00:00+00:00");
        assert_eq!(of_micros(-1).to_rfc3339(), "1999-12-31T23:59:59.999999+00:00");
        for micros in [i64::MAX, i64::MAX - 1, 1 << 62, 1 << 58] {
            assert_eq!(of_micros(micros).to_rfc3339(), "9999-01-01T00:00:00+00:00");
            assert_eq!(of_micros(-micros).to_rfc3339(), "0001-01-01T00:00:00+00:00");
        }
        assert_eq!(of_micros(i64::MIN), of_micros(-i64::MAX));
    }
}
