//! A token that only a page of this session can know.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Session;
use crate::id::SessionId;
use crate::keyring::Keyring;

/// Bytes of a token, and of what it is covered with.
const LEN: usize = 32;

impl<M> Session<M> {
    /// A token for forms and scripts of this session, which no other site can read: where
    /// [`same_origin`](crate::same_origin) does not suffice, because requests rightly come from other
    /// origins, or from clients that do not say where from.
    ///
    /// It is made of the session's id, so a [`renew`](Self::renew) and a [`login`](Self::login) give it
    /// another, and nothing is stored. Each call covers it with other random bytes, so that a page that is
    /// compressed does not give it away (BREACH). `None` while there is no stored session, or while it is to
    /// have another id with this response: [`save`](Self::save) first then.
    pub fn csrf_token(&self) -> Option<String> {
        self.read(|draft| {
            let live = draft.live().filter(|_| !draft.will_have_new_id())?;
            let mut cover = [0; LEN];
            rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut cover).ok()?;
            Some(token(&self.inner.config.keys, &live.id, cover))
        })
    }

    /// Whether this is a token of this session, as it was when the request came. Compared in constant time.
    pub fn is_csrf_token(&self, token: &str) -> bool {
        self.read(|draft| draft.live().is_some_and(|live| is_token(&self.inner.config.keys, &live.id, token)))
    }
}

/// The token of an id, covered with these bytes.
pub(crate) fn token(keys: &Keyring, id: &SessionId, cover: [u8; LEN]) -> String {
    let mut token = [0; 2 * LEN];
    let (first, covered) = token.split_at_mut(LEN);
    first.copy_from_slice(&cover);
    let mac = keys.mac(&subject(id));
    covered.iter_mut().zip(mac).zip(cover).for_each(|((byte, mac), cover)| *byte = mac ^ cover);
    URL_SAFE_NO_PAD.encode(token)
}

/// Whether it is a token of an id.
pub(crate) fn is_token(keys: &Keyring, id: &SessionId, token: &str) -> bool {
    let mut bytes = [0; 2 * LEN + 2];
    let Ok(len) = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) else { return false };
    let Some((cover, covered)) = bytes[..len].split_at_checked(LEN).filter(|_| len == 2 * LEN) else {
        return false;
    };
    let mac: Vec<u8> = cover.iter().zip(covered).map(|(cover, byte)| cover ^ byte).collect();
    keys.has_made(&subject(id), &mac)
}

/// What the token is a signature of. An id holds no zero, so no cookie's signature is also a token.
fn subject(id: &SessionId) -> String {
    format!("csrf\0{}", id.expose())
}
