//! What the browser of a visitor does with our cookies. Only a browser can say.

use std::time::{Duration, SystemTime};

use browser::{Forger, Result, Visitor, on_stage};

const PASSWORD: &str = "salt and paper";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// In how many days the browser will drop the cookie.
#[expect(clippy::disallowed_methods, reason = "the browser's clock is this machine's")]
async fn days_left(visitor: &Visitor) -> Result<f64> {
    let cookie = visitor.cookie().await?.ok_or("there is no cookie")?;
    let expires = cookie.expires_datetime().ok_or("the cookie goes with the browser")?;
    let left = SystemTime::from(expires).duration_since(SystemTime::now())?;
    Ok(left.as_secs_f64() / DAY.as_secs_f64())
}

async fn cookie_value(visitor: &Visitor) -> Result<String> {
    Ok(visitor.cookie().await?.ok_or("there is no cookie")?.value().to_owned())
}

#[tokio::test]
async fn a_visitor_who_only_looks_gets_no_cookie_and_costs_no_row() -> Result<()> {
    on_stage(async |stage| {
        let visitor = stage.visitor().await?;
        for path in ["/", "/cart", "/sign-in", "/account", "/nowhere"] {
            visitor.open(&stage.shop.page(path)).await?;
            visitor.sees("You have only looked").await?;
            assert!(visitor.cookie().await?.is_none(), "{path} sets a cookie");
        }
        assert_eq!(stage.database.ask::<i64>("select count(*) from sessions").await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_cookie_is_for_this_host_alone_and_for_two_weeks_and_no_script_sees_it() -> Result<()> {
    on_stage(async |stage| {
        let visitor = stage.visitor().await?;
        visitor.open(&stage.shop.page_at("shop.test", "/")).await?;
        visitor.takes("night-ferry", "Night Ferry").await?;

        let cookie = visitor.cookie().await?.ok_or("there is no cookie")?;
        assert_eq!(cookie.http_only(), Some(true));
        assert_eq!(cookie.same_site().map(|same_site| same_site.to_string()), Some("Lax".into()));
        assert_eq!(cookie.path(), Some("/"));
        // A cookie for a whole domain would have a dot in front.
        assert_eq!(cookie.domain(), Some("shop.test"));
        let days = days_left(&visitor).await?;
        assert!((13.9..14.1).contains(&days), "expires in {days} days");
        assert_eq!(visitor.run("return document.cookie").await?, "");

        visitor.open(&stage.shop.page_at("www.shop.test", "/")).await?;
        assert!(visitor.cookie().await?.is_none(), "another host has the cookie");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_cart_comes_along_at_sign_in_and_the_old_cookie_is_worth_nothing() -> Result<()> {
    on_stage(async |stage| {
        let visitor = stage.visitor().await?;
        visitor.takes("night-ferry", "Night Ferry").await?;
        let before = cookie_value(&visitor).await?;
        assert!(stage.shop.page_by_hand("/cart", &before).await?.contains("1 book"));

        visitor.signs_in("ada", PASSWORD, false).await?;
        visitor.click("nav a[href='/cart']").await?;
        visitor.sees("1 book").await?;
        assert_eq!(visitor.read(".lines h2").await?, "Night Ferry");
        let after = cookie_value(&visitor).await?;
        assert_ne!(before, after);

        let with_old = stage.shop.page_by_hand("/cart", &before).await?;
        assert!(with_old.starts_with("HTTP/1.1 200") && with_old.contains("There is nothing in it yet"));
        assert!(with_old.contains("href=\"/sign-in\"") && !with_old.contains("id=\"owner\""));
        assert!(stage.shop.page_by_hand("/cart", &after).await?.contains("id=\"owner\""));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_name_get_the_same_answer_and_sign_nobody_in() -> Result<()> {
    on_stage(async |stage| {
        let visitor = stage.visitor().await?;
        let mut answers = Vec::new();
        for name in ["ada", "nobody"] {
            visitor.open(&stage.shop.page("/sign-in")).await?;
            visitor.types("#name", name).await?;
            visitor.types("#password", "a guess").await?;
            visitor.click(".fields button").await?;
            answers.push(visitor.read("#error").await?);
            assert_eq!(visitor.name().await?, None);
        }
        assert_eq!(answers[0], answers[1]);
        assert!(visitor.cookie().await?.is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_session_survives_the_death_of_the_application() -> Result<()> {
    on_stage(async |stage| {
        let visitor = stage.visitor().await?;
        visitor.takes("slack-water", "Slack Water").await?;
        visitor.signs_in("ada", PASSWORD, false).await?;

        stage.shop.restart().await?;
        visitor.open(&stage.shop.page("/cart")).await?;
        assert_eq!(visitor.read(".lines h2").await?, "Slack Water");
        assert_eq!(visitor.name().await?.as_deref(), Some("ada"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn ending_another_device_makes_its_next_page_anonymous() -> Result<()> {
    on_stage(async |stage| {
        let (here, there) = (stage.visitor().await?, stage.visitor().await?);
        there.signs_in("ada", PASSWORD, false).await?;
        here.signs_in("ada", PASSWORD, false).await?;
        assert_eq!(here.count("[data-device]").await?, 2);
        assert_eq!(here.count("[data-device] .badge").await?, 1);

        here.click("[data-device] form button").await?;
        here.sees("That device is signed out").await?;
        assert_eq!(here.count("[data-device]").await?, 1);

        there.open(&stage.shop.page("/cart")).await?;
        assert_eq!(there.name().await?, None);
        here.open(&stage.shop.page("/cart")).await?;
        assert_eq!(here.name().await?.as_deref(), Some("ada"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn signing_out_everywhere_else_leaves_this_device_and_other_people_alone() -> Result<()> {
    on_stage(async |stage| {
        let (here, there, other) = (stage.visitor().await?, stage.visitor().await?, stage.visitor().await?);
        there.signs_in("ada", PASSWORD, false).await?;
        other.signs_in("jun", "three slow knots", false).await?;
        here.signs_in("ada", PASSWORD, false).await?;

        here.click("form[action='/account/end-others'] button").await?;
        here.sees("Signed out on 1 other device").await?;
        for (visitor, name) in [(&here, Some("ada")), (&there, None), (&other, Some("jun"))] {
            visitor.open(&stage.shop.page("/")).await?;
            assert_eq!(visitor.name().await?.as_deref(), name);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn signing_out_takes_the_cookie_from_the_browser_and_the_row_from_the_table() -> Result<()> {
    on_stage(async |stage| {
        let visitor = stage.visitor().await?;
        visitor.signs_in("ada", PASSWORD, false).await?;
        let cookie = cookie_value(&visitor).await?;
        assert_eq!(stage.database.ask::<i64>("select count(*) from sessions").await?, 1);

        visitor.signs_out().await?;
        assert!(visitor.cookie().await?.is_none());
        assert_eq!(stage.database.ask::<i64>("select count(*) from sessions").await?, 0);
        assert!(!stage.shop.page_by_hand("/", &cookie).await?.contains("id=\"owner\""));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn remember_me_makes_cookie_and_row_last_sixty_days() -> Result<()> {
    on_stage(async |stage| {
        const DAYS: &str = "select (extract(epoch from expires_at - now()) / 86400)::float8 from sessions";
        let visitor = stage.visitor().await?;
        for (remember, expected) in [(false, 14.0), (true, 60.0)] {
            visitor.signs_in("ada", PASSWORD, remember).await?;
            for days in [days_left(&visitor).await?, stage.database.ask(DAYS).await?] {
                assert!((days - expected).abs() < 0.1, "{days} days left, remember me: {remember}");
            }
            visitor.signs_out().await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_form_on_another_site_changes_nothing_here() -> Result<()> {
    on_stage(async |stage| {
        let visitor = stage.visitor().await?;
        visitor.signs_in("ada", PASSWORD, false).await?;
        for target in ["/sign-out", "/cart/add", "/account/end-others"] {
            let forger = Forger::open(&stage.shop.page(target)).await?;
            // Another port of the same host is the same site: the browser sends the cookie along,
            // and `SameSite` is no help. Another host is another site.
            for host in ["127.0.0.1", "forger.test"] {
                visitor.open(&forger.page_at(host)).await?;
                visitor.click("button").await?;
                visitor.sees("sent from another site").await?;
            }
        }
        visitor.open(&stage.shop.page("/cart")).await?;
        visitor.sees("There is nothing in it yet").await?;
        assert_eq!(visitor.name().await?.as_deref(), Some("ada"));
        Ok(())
    })
    .await
}
