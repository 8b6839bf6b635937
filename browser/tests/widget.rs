//! A session in a frame on somebody else's page: whose jar the browser takes the cookie from.

use browser::{Elsewhere, Result, Stage, Visitor, WIDGET, on_stage_with};

/// A page that is all frame.
async fn around(stage: &Stage) -> Result<Elsewhere> {
    Elsewhere::with(&format!("<iframe src='{}'></iframe>", stage.shop.page("/"))).await
}

/// Opens the page under this name, and reads what the widget in it says.
async fn at(visitor: &Visitor, site: &Elsewhere, host: &str) -> Result<String> {
    visitor.open(&site.page_at(host)).await?;
    visitor.enters("iframe").await?;
    visitor.read("#visits").await
}

#[tokio::test]
async fn a_partitioned_cookie_is_another_on_each_site_around_the_frame() -> Result<()> {
    on_stage_with(WIDGET, async |stage| {
        let site = around(stage).await?;
        let visitor = stage.visitor().await?;
        assert_eq!(at(&visitor, &site, "bakery.test").await?, "visit 1");
        assert_eq!(at(&visitor, &site, "bakery.test").await?, "visit 2");
        assert_eq!(at(&visitor, &site, "florist.test").await?, "visit 1", "the florist's jar is another");
        assert_eq!(at(&visitor, &site, "www.bakery.test").await?, "visit 3", "the same site has the same");
        // The visitor was there once before, when the stage was set: a site around nothing has a jar as well.
        visitor.open(&stage.shop.page("/")).await?;
        assert_eq!(visitor.read("#visits").await?, "visit 2");

        assert_eq!(at(&visitor, &site, "florist.test").await?, "visit 2");
        visitor.click("button").await?;
        visitor.sees("forgotten").await?;
        assert_eq!(
            at(&visitor, &site, "florist.test").await?,
            "visit 1",
            "the removal went to that very cookie"
        );
        assert_eq!(at(&visitor, &site, "bakery.test").await?, "visit 4", "and to no other");
        assert_eq!(stage.database.ask::<i64>("select count(*) from sessions").await?, 3);
        Ok(())
    })
    .await
}
