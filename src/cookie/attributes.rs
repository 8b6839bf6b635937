//! What can be said of a cookie.

/// When the cookie has the `Secure` attribute, that is, when browsers send it over TLS only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secure {
    /// In any case; what a deployment wants. Browsers also accept such a cookie from
    /// `http://localhost`, though not all of them do.
    #[default]
    Always,
    /// When the request came over TLS; see [`TrustProxy`](crate::TrustProxy). For development over
    /// plain HTTP.
    Auto,
    /// Never.
    Never,
}

impl From<bool> for Secure {
    fn from(always: bool) -> Self {
        if always { Self::Always } else { Self::Never }
    }
}

/// Which requests from other sites carry the cookie. The attribute is always written out, because
/// browsers disagree about its absence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// None at all, not even a followed link.
    Strict,
    /// Followed links, not forms, images or scripts.
    #[default]
    Lax,
    /// All. Needs [`Secure::Always`], and a defence of your own against forged requests.
    None,
    /// `None` over TLS, else `Lax`, as express-session's `'auto'`.
    Auto,
    /// The attribute is not sent, which is express-session's default. Browsers then disagree: most take
    /// it for `Lax`, and some let a form of another site through for the cookie's first two minutes.
    Unset,
}

/// Which cookies a browser drops first when it has too many. Not a standard; Chromium knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Dropped first.
    Low,
    /// The browser's default.
    Medium,
    /// Dropped last.
    High,
}

/// The attributes that one session's cookie has, decided when the session began.
///
/// Express keeps them with each session and obeys them, and so does
/// [`express_defaults`](crate::SessionMiddlewareBuilder::express_defaults): a session that began over
/// plain HTTP under [`Secure::Auto`] keeps a cookie that is not `Secure`. Otherwise a store may keep them,
/// for whoever shares it, and each response has those of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieAttributes {
    /// `Path`; not sent when `None`.
    pub path: Option<String>,
    /// `Domain`.
    pub domain: Option<String>,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite`, if it is sent: `Strict`, `Lax` or `None`.
    pub same_site: Option<SameSite>,
    /// `Partitioned`.
    pub partitioned: bool,
    /// `Priority`.
    pub priority: Option<Priority>,
}
