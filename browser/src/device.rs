//! What a page is looked at with: a wide window or a phone, by day or by night.

use base64::Engine as _;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::{Result, Visitor};

/// What a page is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// 1280 pixels wide.
    Desktop,
    /// 390 pixels wide, and as sharp as phones are.
    Phone,
}

/// Which colours somebody prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Visitor {
    /// Takes up another device, and prefers other colours.
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn uses(&self, device: Device, scheme: Scheme) -> Result<()> {
        let (width, height, mobile) = match device {
            Device::Desktop => (1280, 900, false),
            Device::Phone => (390, 844, true),
        };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        let value = if scheme == Scheme::Dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }

    /// The whole page as a picture, in PNG.
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await?;
        let size = metrics.get("cssContentSize").ok_or("the page has no size")?;
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let parameters = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.devtools("Page.captureScreenshot", parameters).await?;
        let data = answer.get("data").and_then(Value::as_str).ok_or("there is no picture")?;
        Ok(base64::engine::general_purpose::STANDARD.decode(data)?)
    }

    async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value> {
        Ok(self.browser.issue_cmd(DevTools { command, parameters }).await?)
    }
}

/// A command of Chromium's own.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}
