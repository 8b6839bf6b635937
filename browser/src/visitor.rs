//! Somebody in front of a browser.

use fantoccini::cookies::Cookie;
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};

use crate::Result;

/// Somebody in front of a browser, who does what people do: clicks, types, reads.
///
/// Every verb waits for what shows that it is done, as long as the driver thinks right.
#[derive(Debug)]
pub struct Visitor {
    pub(crate) browser: Client,
}

/// All of these fail when the page is not what it should be.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl Visitor {
    pub(crate) fn new(browser: Client) -> Self {
        Self { browser }
    }

    async fn element(&self, what: Locator<'_>) -> Result<Element> {
        match self.browser.wait().for_element(what).await {
            Ok(element) => Ok(element),
            Err(error) => {
                let url = self.browser.current_url().await?;
                Err(format!("{error} while waiting for {what:?} on {url}").into())
            }
        }
    }

    /// Goes to an address.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.browser.goto(url).await?)
    }

    /// Follows a link or sends a form of this page.
    pub async fn click(&self, css: &str) -> Result<()> {
        Ok(self.element(Locator::Css(css)).await?.click().await?)
    }

    /// Goes into a frame of this page, to read and click there.
    pub async fn enters(&self, css: &str) -> Result<()> {
        Ok(self.element(Locator::Css(css)).await?.enter_frame().await?)
    }

    /// Types into a field.
    pub async fn types(&self, css: &str, text: &str) -> Result<()> {
        Ok(self.element(Locator::Css(css)).await?.send_keys(text).await?)
    }

    /// Waits until the page has this, and reads it.
    pub async fn read(&self, css: &str) -> Result<String> {
        Ok(self.element(Locator::Css(css)).await?.text().await?)
    }

    /// Waits until the page says this somewhere.
    pub async fn sees(&self, words: &str) -> Result<()> {
        let anywhere = format!("//body[contains(., '{words}')]");
        self.element(Locator::XPath(&anywhere)).await.map(drop)
    }

    /// How many of these the page has.
    pub async fn count(&self, css: &str) -> Result<usize> {
        Ok(self.browser.find_all(Locator::Css(css)).await?.len())
    }

    /// What a script on this page would get.
    pub async fn run(&self, script: &str) -> Result<String> {
        let answer = self.browser.execute(script, Vec::new()).await?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// Puts a book into the cart, from the catalogue.
    pub async fn takes(&self, slug: &str, title: &str) -> Result<()> {
        self.click("nav a[href='/']").await?;
        self.click(&format!("#{slug} button")).await?;
        self.sees(&format!("{title} is in your cart")).await
    }

    /// Signs in, from any page.
    pub async fn signs_in(&self, name: &str, password: &str, remember: bool) -> Result<()> {
        self.click("nav a[href='/sign-in']").await?;
        for (field, text) in [("#name", name), ("#password", password)] {
            self.types(field, text).await?;
        }
        if remember {
            self.click("input[name=remember]").await?;
        }
        self.click(".fields button").await?;
        self.read("#owner").await.map(drop)
    }

    /// Signs out, from any page.
    pub async fn signs_out(&self) -> Result<()> {
        self.click("nav a[href='/account']").await?;
        self.click("form[action='/sign-out'] button").await?;
        self.read("nav a[href='/sign-in']").await.map(drop)
    }

    /// Who the shop says this is.
    pub async fn name(&self) -> Result<Option<String>> {
        // Each page has one or the other.
        let name = self.read("#owner, nav a[href='/sign-in']").await?;
        Ok((name != "Sign in").then_some(name))
    }

    /// The session's cookie, as the browser has it for this page.
    pub async fn cookie(&self) -> Result<Option<Cookie<'static>>> {
        let cookies = self.browser.get_all_cookies().await?;
        Ok(cookies.into_iter().find(|cookie| cookie.name() == "sid"))
    }
}
