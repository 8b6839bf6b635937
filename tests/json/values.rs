//! Generated values: each comes back as it was, or is refused when it is stored, for the reason that is documented.

use crate::dice::Dice;
use crate::meaning::{Refusal, read, read_and_judge};
use crate::site::{Sites, TABLES, Table};

/// So many in one session.
const BATCH: usize = 500;

/// How many: `JSON_VALUES`, or what takes seconds.
fn wanted() -> usize {
    std::env::var("JSON_VALUES").ok().and_then(|count| count.parse().ok()).unwrap_or(100_000)
}

/// What is wrong with what became of a text, if something is.
pub(crate) fn fault(table: Table, text: &str, refused: Option<&str>, shown: Option<&str>) -> Option<String> {
    let Some((meaning, reasons)) = read_and_judge(text) else {
        let is_refused = matches!(refused, Some("no JSON" | "TooDeep")) && shown.is_none();
        return (!is_refused).then(|| format!("it is no JSON, and was taken: {refused:?}, {shown:?}"));
    };
    match (refused, shown) {
        (None, Some(shown)) => match table {
            _ if !reasons.is_empty() => Some(format!("it was taken in spite of {reasons:?}")),
            Table::Own => (read(shown) != Some(meaning)).then(|| format!("it came back as {shown}")),
            // As it was written, but for the space around it.
            Table::Express => (shown != text.trim_matches([' ', '\t', '\r', '\n']))
                .then(|| format!("it came back as {shown}")),
        },
        (Some("Number"), None) if !reasons.contains(&Refusal::Number) => {
            // One that is a double, and is written with more decimals, or a higher power of ten, than any double has.
            (!has_long_number(text)).then(|| "it was refused for a number, and all are doubles".into())
        }
        (Some(reason), None) => (!reasons.iter().any(|known| format!("{known:?}") == reason))
            .then(|| format!("it was refused as {reason}, and is {reasons:?}")),
        (None, None) => Some("it was taken and is not there".into()),
        (Some(reason), Some(shown)) => Some(format!("it was refused as {reason}, and is there as {shown}")),
    }
}

/// Whether some number has more than 400 decimals, or an exponent beyond 400.
fn has_long_number(text: &str) -> bool {
    let words = text.split(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
    words.into_iter().any(|word| {
        let (mantissa, exponent) = word.split_once(['e', 'E']).unwrap_or((word, "0"));
        let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        decimals > 400 || exponent.parse::<i64>().is_ok_and(|e| e.abs() > 400) || exponent.len() > 18
    })
}

#[actix_web::test]
async fn whatever_is_stored_comes_back_or_is_refused_with_the_reason() {
    let count = wanted();
    for table in TABLES {
        let sites = Sites::new(table).await;
        let mut dice = Dice::new(20_260_000);
        let (mut refused, mut reasons) = (0, std::collections::BTreeMap::<String, usize>::new());
        for batch in 0..count.div_ceil(BATCH) {
            let visitor = sites.stranger();
            let texts: Vec<String> = (0..BATCH).map(|_| dice.json()).collect();
            let answers = visitor.store(&texts).await;
            let shown = visitor.show(BATCH).await;
            for ((text, answer), shown) in texts.iter().zip(&answers).zip(&shown) {
                let fault = fault(table, text, answer.as_deref(), shown.as_deref());
                assert_eq!(fault, None, "{table:?}, batch {batch}: {text}");
                if let Some(reason) = answer {
                    refused += 1;
                    *reasons.entry(reason.clone()).or_default() += 1;
                }
            }
            // So that the table does not grow with it.
            if batch % 100 == 99 {
                sqlx::raw_sql("truncate sessions, session").execute(&sites.pool).await.expect("empty tables");
            }
        }
        println!("{table:?}: {count} values, {refused} of them refused: {reasons:?}");
        assert!(refused > count / 20 && refused < count / 2, "the dice have lost their edge: {refused}");
        assert_eq!(reasons.len(), 4, "{reasons:?}");
    }
}

#[test]
fn a_difference_is_a_fault() {
    assert!(fault(Table::Own, "1", None, Some("2")).is_some());
    assert!(fault(Table::Own, "1", None, Some("1.0")).is_none());
    assert!(fault(Table::Express, "1", None, Some("1.0")).is_some());
    assert!(fault(Table::Own, "1", None, None).is_some());
    assert!(fault(Table::Own, "1", Some("Number"), None).is_some());
    assert!(fault(Table::Own, r#""\u0000""#, Some("Nul"), None).is_none());
    assert!(fault(Table::Own, r#""\u0000""#, Some("TooDeep"), None).is_some());
    assert!(fault(Table::Own, r#""\u0000""#, None, Some(r#""\u0000""#)).is_some());
}
