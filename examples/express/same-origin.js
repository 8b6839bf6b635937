'use strict';

// Against forged requests: a form on another site that posts to this one. What
// is checked, and why that suffices, is told in ../../src/forgery.rs, which guards
// the other counter.

const SAFE = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

function isOurs(headers) {
  // Browsers send it over TLS and to this machine. `none`: the user's own doing.
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  // The scheme is not compared: behind a proxy we do not know ours.
  const [, origin] = (headers.origin ?? '').split('://');
  return origin !== undefined && origin === headers.host;
}

/** Middleware, to stand before the session's: a forged request costs no query. */
function sameOrigin(req, res, next) {
  if (SAFE.includes(req.method) || isOurs(req.headers)) return next();
  res
    .status(403)
    .type('text')
    .send('This form was sent from another site, so it was not accepted.');
}

module.exports = { sameOrigin };
