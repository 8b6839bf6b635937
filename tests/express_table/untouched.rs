//! What Node wrote and nobody here changed stays as it is, to the last byte.

use crate::counter::{SID, application, node_sets, store, table, text, visitor};

/// Names and values that no Rust type, or no `jsonb`, holds as they are.
const AWKWARD: [&str; 6] = [
    r#""big":123456789012345678901234567890.12345"#,
    r#""half":"\ud83e""#,
    r#""\udd80 is a name":{"deep":["\u0000"]}"#,
    r#""zero":-0,"huge":1e999,"spelt":"\u0041\/""#,
    r#""twice":1,"tw\u0069ce":2"#,
    r#""order":{"b":1,"a":2,"10":3}"#,
];

#[actix_web::test]
async fn a_save_of_one_value_leaves_every_other_byte_alone() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    for awkward in AWKWARD {
        node_sets(&pool, SID, &format!(r#""before":1,{awkward},"after":2"#), "UTC").await;
        let visitor = visitor(&browser, SID);
        visitor.get("/?set=after:three&set=new:four").await.assert_status(200);

        let row = text(&pool, SID).await;
        let (cookie, values) = row.split_once("},").expect("a cookie object first");
        assert!(cookie.starts_with(r#"{"cookie":{"originalMaxAge":3600000,"expires":""#), "{cookie}");
        assert!(cookie.ends_with(r#"Z","httpOnly":true,"path":"/""#), "{cookie}");
        // The one name that stands there twice is read as JavaScript reads it.
        let awkward = awkward.replace(r#""twice":1,"tw\u0069ce":2"#, r#""twice":2"#);
        assert_eq!(values, format!(r#""before":1,{awkward},"after":"three","new":"four"}}"#));
    }
}

#[actix_web::test]
async fn a_touch_and_a_renewal_leave_every_value_alone() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    for awkward in AWKWARD {
        node_sets(&pool, SID, awkward, "UTC").await;
        let before = text(&pool, SID).await;
        let visitor = visitor(&browser, SID);
        visitor.get("/?get=nothing").await.assert_status(200);
        let (_, values) = before.split_once("},").expect("a cookie object first");
        let values = values.replace(r#""twice":1,"tw\u0069ce":2"#, r#""twice":2"#);
        let touched = text(&pool, SID).await;
        assert!(touched.ends_with(&values), "{touched} should end in {values}");

        visitor.get("/?renew").await.assert_status(200);
        let renewed = text(&pool, &crate::counter::sid(&visitor)).await;
        let values = values.trim_end_matches('}');
        assert!(renewed.contains(values), "{renewed} should hold {values}");
        sqlx::query("delete from session").execute(&pool).await.expect("an empty table");
    }
}

#[actix_web::test]
async fn values_that_rust_cannot_hold_are_no_obstacle_to_those_that_it_can() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    node_sets(&pool, SID, &AWKWARD.join(","), "UTC").await;
    let visitor = visitor(&browser, SID);
    assert_eq!(visitor.get("/?get=big").await.body, "123456789012345678901234567890.12345");
    assert_eq!(visitor.get("/?get=half").await.body, r#""\ud83e""#);
    assert_eq!(visitor.get("/?get=order").await.body, r#"{"b":1,"a":2,"10":3}"#);
}

#[actix_web::test]
async fn a_table_of_jsonb_keeps_what_jsonb_can() {
    let pool = table("alter table session alter sess type jsonb").await;
    let browser = application(store(&pool).await).await;
    node_sets(&pool, SID, r#""big":12345678901234567890123,"user":{"id":7}"#, "UTC").await;
    let visitor = visitor(&browser, SID);
    visitor.get("/?set=a:1").await.assert_status(200);
    assert_eq!(
        visitor.get("/?get=big&get=user&get=a").await.body,
        "12345678901234567890123\n{\"id\": 7}\n\"1\""
    );
}
