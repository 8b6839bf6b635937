//! The administrators' pages in a browser: for everybody, with any device, and for nobody else.

use browser::{DASHBOARD, Device, Forger, Result, Scheme, Stage, Visitor, on_stage_with};

const DEVICES: [(Device, &str); 2] = [(Device::Desktop, "desktop"), (Device::Phone, "phone")];
const SCHEMES: [(Scheme, &str); 2] = [(Scheme::Light, "light"), (Scheme::Dark, "dark")];

/// Somebody of the staff, in front of the overview.
async fn staff(stage: &mut Stage) -> Result<Visitor> {
    let visitor = stage.visitor().await?;
    visitor.types("input[name=name]", "ada").await?;
    visitor.types("input[name=password]", "salt and paper").await?;
    visitor.click("button").await?;
    visitor.sees("Live sessions").await?;
    Ok(visitor)
}

/// The address of somebody's session.
async fn a_session(stage: &Stage, visitor: &Visitor) -> Result<String> {
    visitor.open(&stage.shop.page("/admin/sessions/sessions?owner=amara")).await?;
    visitor.run("return document.querySelector('tbody th a').href").await
}

/// Every page: a name, an address, and words that it has.
async fn pages(stage: &Stage, visitor: &Visitor) -> Result<Vec<(&'static str, String, &'static str)>> {
    let session = a_session(stage, visitor).await?;
    let page = |path: &str| stage.shop.page(&format!("/admin/sessions{path}"));
    Ok(vec![
        ("overview", page(""), "Live sessions"),
        ("overview-hour", page("?range=hour"), "Over time"),
        ("list", page("/sessions"), "End all of these"),
        ("search", page("/sessions?browser=firefox&who=owner&data=cart"), "Firefox"),
        ("nothing", page("/sessions?owner=nobody-of-this-name"), "No session matches"),
        ("not-a-filter", page("/sessions?data=%24.cart%5B"), "cannot read this filter"),
        ("session", session.clone(), "Handle"),
        ("end-one", format!("{session}/end"), "End this session?"),
        ("end-some", page("/end?owner=amara"), "End all of these sessions?"),
        ("end-all", page("/end"), "everybody is signed out"),
        ("health", page("/health"), "The cache of this process"),
        ("not-found", page("/nowhere"), "There is no such page"),
    ])
}

#[tokio::test]
async fn who_is_not_of_the_staff_sees_nothing() -> Result<()> {
    on_stage_with(DASHBOARD, async |stage| {
        let visitor = stage.visitor().await?;
        for path in ["", "/", "/sessions", "/health", "/end", "/style.css", "/nowhere"] {
            visitor.open(&stage.shop.page(&format!("/admin/sessions{path}"))).await?;
            visitor.sees("Staff only").await?;
        }
        Ok(())
    })
    .await
}

/// The text that is hard to read, images included that have no name: empty if all is well.
const COMPLAINTS: &str = r##"
const complaints = [];
const color = (text) => {
    const [r, g, b, a] = text.match(/[\d.]+/g).map(Number);
    return { r, g, b, a: a === undefined ? 1 : a };
};
const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
        const found = color(getComputedStyle(one).backgroundColor);
        if (found.a === 1) return found;
    }
    return { r: 255, g: 255, b: 255 };
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('.unseen, .skip, svg') || !element.checkVisibility()) continue;
    const [one, other] = [luminance(color(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) complaints.push(`contrast ${contrast.toFixed(2)}: ${walker.currentNode.data.trim()}`);
}
for (const field of document.querySelectorAll('input:not([type=hidden]), select')) {
    if (!field.labels.length) complaints.push(`no label: ${field.name}`);
}
for (const table of document.querySelectorAll('table')) {
    if (!table.caption) complaints.push('a table without a caption');
    if (!table.querySelector('th[scope]')) complaints.push('a table without headings');
}
for (const image of document.querySelectorAll('svg')) {
    if (!image.getAttribute('aria-label') && !image.getAttribute('aria-hidden')) complaints.push('an image without a name');
}
if (document.querySelectorAll('h1').length !== 1) complaints.push('not one h1');
if (document.querySelectorAll('main').length !== 1) complaints.push('not one main');
if (document.querySelector('script, [style], style')) complaints.push('a script, or a style in the page');
if (document.styleSheets.length !== 1 || !document.styleSheets[0].cssRules.length) complaints.push('no style sheet');
const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
if (new Set(ids).size !== ids.length) complaints.push('an id twice');
for (const target of document.querySelectorAll('main button, .buttons a, nav a')) {
    const { width, height } = target.getBoundingClientRect();
    if (Math.min(width, height) < 24) complaints.push(`too small to touch: ${target.textContent}`);
}
if (document.documentElement.scrollWidth > innerWidth) complaints.push(`wider than the window: ${document.documentElement.scrollWidth}`);
return complaints.join('\n');
"##;

/// Pictures of all pages are in `target/screenshots` afterwards, to be looked at.
#[tokio::test]
async fn every_page_can_be_read_by_everybody_on_any_device_by_day_and_by_night() -> Result<()> {
    on_stage_with(DASHBOARD, async |stage| {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&directory)?;
        let visitor = staff(stage).await?;
        let pages = pages(stage, &visitor).await?;
        for (device, width) in DEVICES {
            for (scheme, colours) in SCHEMES {
                visitor.uses(device, scheme).await?;
                for (name, address, words) in &pages {
                    visitor.open(address).await?;
                    visitor.sees(words).await?;
                    let complaints = visitor.run(COMPLAINTS).await?;
                    assert_eq!(complaints, "", "{name} on a {width}, {colours}");
                    let picture = directory.join(format!("{name}-{width}-{colours}.png"));
                    std::fs::write(picture, visitor.picture().await?)?;
                }
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_is_ended_after_a_question_and_its_owner_is_out_at_once() -> Result<()> {
    on_stage_with(DASHBOARD, async |stage| {
        let visitor = staff(stage).await?;
        const OF_AMARA: &str = "select count(*) from dashboard_example.sessions where owner = 'amara'
            and created_at < now() - interval '10 minutes'";
        let before: i64 = stage.database.ask(OF_AMARA).await?;
        visitor.open(&stage.shop.page("/admin/sessions/sessions?owner=amara&began=1d")).await?;
        visitor.click("nav.pages a[rel=next]").await?;
        visitor.click("tbody tr:last-child th a").await?;
        visitor.click("a.danger").await?;
        visitor.sees("End this session?").await?;
        assert_eq!(stage.database.ask::<i64>(OF_AMARA).await?, before, "a question ends nothing");
        visitor.click("button.danger").await?;
        visitor.sees("1 session was ended").await?;
        assert_eq!(stage.database.ask::<i64>(OF_AMARA).await?, before - 1);

        visitor.open(&stage.shop.page("/admin/sessions/end?owner=amara")).await?;
        visitor.click("input[name=sure]").await?;
        visitor.click("button.danger").await?;
        visitor.sees("were ended").await?;
        assert_eq!(stage.database.ask::<i64>(OF_AMARA).await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn when_everybody_is_signed_out_so_is_whoever_did_it() -> Result<()> {
    on_stage_with(DASHBOARD, async |stage| {
        let visitor = staff(stage).await?;
        visitor.open(&stage.shop.page("/admin/sessions/end")).await?;
        visitor.click("input[name=sure]").await?;
        visitor.click("button.danger").await?;
        visitor.sees("Staff only").await?;
        let old = "select count(*) from dashboard_example.sessions where created_at < now() - interval '10 minutes'";
        assert_eq!(stage.database.ask::<i64>(old).await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_form_on_another_site_ends_nothing() -> Result<()> {
    on_stage_with(DASHBOARD, async |stage| {
        let visitor = staff(stage).await?;
        let session = a_session(stage, &visitor).await?;
        let forger = Forger::open(&format!("{session}/end")).await?;
        // Another port of the same host, where the cookies are sent along, and another host.
        for host in ["127.0.0.1", "forger.test"] {
            visitor.open(&forger.page_at(host)).await?;
            visitor.click("button").await?;
            visitor.sees("sent from another site").await?;
        }
        visitor.open(&session).await?;
        visitor.sees("Handle").await?;
        Ok(())
    })
    .await
}
