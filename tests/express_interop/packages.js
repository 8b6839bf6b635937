'use strict';

// The packages that these scripts speak for. Node finds them by NODE_PATH.
//
// A site may have several versions of `cookie` and `cookie-signature`; those that count here are
// the ones that express-session itself uses.

const { createRequire } = require('node:module');

const ofExpressSession = createRequire(require.resolve('express-session'));

module.exports = {
  session: require('express-session'),
  cookie: ofExpressSession('cookie'),
  signature: ofExpressSession('cookie-signature'),
};
