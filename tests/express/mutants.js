// What express-session might do if somebody had got it wrong. The comparison that cannot tell these
// from the original is worth nothing: see `bites.rs`.
//
// The last few are other ways to say the same, which it has to let pass.
'use strict';

const crypto = require('node:crypto');
const http = require('node:http');
const { dirname } = require('node:path');

/** A package as express-session itself sees it. */
const inner = (name) => {
  const from = dirname(require.resolve('express-session'));
  return require(require.resolve(name, { paths: [from] }));
};

const randomId = () => crypto.randomBytes(24).toString('base64url');

/** Rewrites every Set-Cookie that goes out; an answer that is a list makes several of one. */
function rewriteCookies(rewrite) {
  const { setHeader } = http.ServerResponse.prototype;
  http.ServerResponse.prototype.setHeader = function (name, value) {
    const isCookie = name.toLowerCase() === 'set-cookie';
    return setHeader.call(
      this,
      name,
      isCookie ? [].concat(value).flatMap(rewrite) : value,
    );
  };
}

/** Drops one attribute from every cookie. */
const without = (attribute) => () => {
  rewriteCookies((cookie) =>
    cookie.replace(new RegExp(`; ${attribute}(=[^;]*)?`, 'i'), ''),
  );
};

const spoilSignatures = () => {
  rewriteCookies((cookie) =>
    cookie.replace(/\w(?=;|$)/, (last) => (last === 'A' ? 'B' : 'A')),
  );
};

/** Rewrites a request before express-session sees it. */
function rewriteRequests(rewrite) {
  const { emit } = http.Server.prototype;
  http.Server.prototype.emit = function (event, request, ...others) {
    if (event === 'request') {
      rewrite(request, ...others);
    }
    return emit.call(this, event, request, ...others);
  };
}

/** Replaces the text whose hash tells whether a session was modified. */
function rewriteHashedText(rewrite) {
  const { stringify } = JSON;
  JSON.stringify = (value, replacer, ...others) => {
    const text = stringify(value, replacer, ...others);
    return typeof replacer === 'function' ? rewrite(text, value) : text;
  };
}

/** Moves the Expires of every cookie. */
const shiftExpires = (milliseconds) => () => {
  rewriteCookies((cookie) =>
    cookie.replace(/Expires=([^;]+)/, (_, date) => {
      return `Expires=${new Date(Date.parse(date) + milliseconds).toUTCString()}`;
    }),
  );
};

const sorted = (value) => {
  if (Array.isArray(value) || value === null || typeof value !== 'object') {
    return Array.isArray(value) ? value.map(sorted) : value;
  }
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
};

const isSecure = (request, { proxy }) => {
  const proto = request.headers['x-forwarded-proto'] ?? '';
  return proxy === true && proto.split(',')[0].trim().toLowerCase() === 'https';
};

const done = (...words) => words.at(-1)();

const mutants = {
  // The cookie's reasons.
  'cookie-with-every-reply': ({ settings }) => {
    settings.rolling = true;
  },
  'cookie-only-once': ({ settings }) => {
    settings.rolling = false;
  },
  'auto-is-never': ({ settings }) => {
    if (settings.cookie.secure === 'auto') {
      delete settings.cookie.secure;
    }
  },
  'clears-the-cookie': ({ session, settings }) => {
    rewriteRequests((request, response) => {
      request.response = response;
    });
    const { destroy } = session.Session.prototype;
    session.Session.prototype.destroy = function (callback) {
      const path = settings.cookie.path ?? '/';
      this.req.response.setHeader(
        'Set-Cookie',
        `${settings.name}=; Path=${path}; Expires=${new Date(0).toUTCString()}`,
      );
      return destroy.call(this, callback);
    };
  },
  'auto-by-request': ({ store, settings }) => {
    const { createSession } = store;
    store.createSession = function (request, data) {
      const made = createSession.call(this, request, data);
      if (settings.cookie.secure === 'auto') {
        made.cookie.secure = isSecure(request, settings);
      }
      return made;
    };
  },
  'cookie-twice': () => rewriteCookies((cookie) => [cookie, cookie]),

  // Its text.
  'wrong-signature': spoilSignatures,
  'signs-with-the-last-secret': ({ settings }) => {
    settings.secret.reverse();
  },
  'another-name': ({ settings }) => {
    settings.name = 'sid2';
  },
  'no-samesite': without('SameSite'),
  'no-samesite-in-the-clear': () => {
    let isInTheClear = false;
    rewriteRequests(({ headers }) => {
      isInTheClear = headers['x-forwarded-proto'] === undefined;
    });
    rewriteCookies((cookie) =>
      isInTheClear ? cookie.replace(/; SameSite=[^;]*/, '') : cookie,
    );
  },
  'no-samesite-and-wrong-signature': () => {
    without('SameSite')();
    spoilSignatures();
  },
  'no-httponly': without('HttpOnly'),
  'no-secure': without('Secure'),
  'no-path': without('Path'),
  'no-domain': without('Domain'),
  'no-partitioned': without('Partitioned'),
  'no-priority': without('Priority'),
  'no-expires': without('Expires'),
  'ten-seconds-longer': shiftExpires(10_000),

  // What a request is believed.
  'first-secret-only': ({ settings }) => {
    settings.secret = [settings.secret[0]];
  },
  'last-cookie-counts': () => {
    const cookie = inner('cookie');
    const { parse } = cookie;
    cookie.parse = (text) => parse(text.split(';').reverse().join(';'));
  },
  'raw-cookies-are-none': () =>
    rewriteRequests((request) => {
      if (request.headers.cookie?.includes('s:')) {
        delete request.headers.cookie;
      }
    }),
  'accepts-unknown-ids': ({ settings }) => {
    settings.genid = (request) =>
      (!request.session && request.sessionID) || randomId();
  },
  'last-proxy-counts': () =>
    rewriteRequests((request) => {
      const proxies = request.headers['x-forwarded-proto']?.split(',');
      if (proxies) {
        request.headers['x-forwarded-proto'] = proxies.at(-1);
      }
    }),
  'trusts-any-proxy': ({ settings }) => {
    settings.proxy = true;
  },
  'paths-by-segment': ({ settings }) => {
    const parseUrl = inner('parseurl');
    const { original } = parseUrl;
    parseUrl.original = (request) => {
      const { pathname } = original(request);
      const path = settings.cookie?.path ?? '/';
      const next = pathname[path.length];
      return {
        pathname:
          path.endsWith('/') || [undefined, '/'].includes(next)
            ? pathname
            : '!',
      };
    };
  },

  // The life of a session.
  'keeps-the-old-id': ({ store, settings }) => {
    const { regenerate } = store;
    store.regenerate = function (request, callback) {
      request.kept = request.sessionID;
      regenerate.call(this, request, callback);
    };
    settings.genid = (request) => request.kept ?? randomId();
  },
  'keeps-what-is-destroyed': ({ store }) => {
    store.destroy = done;
  },
  'unset-keeps': ({ settings }) => {
    settings.unset = 'keep';
  },
  'unset-destroys': ({ settings }) => {
    settings.unset = 'destroy';
  },
  'saves-only-at-the-end': ({ session }) => {
    const { save } = session.Session.prototype;
    session.Session.prototype.save = function (callback) {
      return callback.name === 'onsave'
        ? save.call(this, callback)
        : callback();
    };
  },
  'never-reloads': ({ session }) => {
    session.Session.prototype.reload = done;
  },
  'reloads-what-is-missing': ({ session }) => {
    const { reload } = session.Session.prototype;
    session.Session.prototype.reload = function (callback) {
      return reload.call(this, () => callback());
    };
  },

  // What counts as a change.
  'blind-to-order': () =>
    rewriteHashedText((text) => JSON.stringify(sorted(JSON.parse(text)))),
  'all-is-change': () => rewriteHashedText((text) => text + Math.random()),
  'age-is-change': () =>
    rewriteHashedText((text, { cookie }) => {
      return `${text}${Math.round(cookie.originalMaxAge / 1000)}`;
    }),
  'nothing-is-change': () => rewriteHashedText(() => ''),

  // What is kept, and for how long.
  'loses-a-key': ({ store }) => {
    const { set } = store;
    store.set = function (sid, { ...data }, callback) {
      delete data[
        Object.keys(data)
          .filter((key) => key !== 'cookie')
          .at(-1)
      ];
      set.call(this, sid, data, callback);
    };
  },
  'stale-expiry': ({ session }) => {
    session.Session.prototype.touch = session.Session.prototype.resetMaxAge =
      function () {
        return this;
      };
  },
  'everybodys-age': ({ session, settings }) => {
    session.Session.prototype.resetMaxAge = function () {
      this.cookie.maxAge = settings.cookie.maxAge ?? null;
      return this;
    };
  },
  'browser-sessions-of-an-hour': ({ store }) => {
    store.ttl = 3600;
  },
  'never-resaves': ({ settings }) => {
    settings.resave = false;
  },
  'always-resaves': ({ settings }) => {
    settings.resave = true;
  },
  'never-saves-the-empty': ({ settings }) => {
    settings.saveUninitialized = false;
  },
  'always-saves-the-empty': ({ settings }) => {
    settings.saveUninitialized = true;
  },
  'touch-is-save': ({ store }) => {
    store.touch = store.set;
  },
  'stale-row': ({ store }) => {
    store.touch = done;
  },
  'wakes-the-dead': ({ store }) => {
    const { query } = store;
    store.query = function (sql, values, callback) {
      const bare = sql.replace(
        ' AND expire >= to_timestamp($2)',
        ' AND $2 > 0',
      );
      return query.call(this, bare, values, callback);
    };
  },
  'forgets-the-original-age': ({ store }) => {
    const { set } = store;
    store.set = function (sid, data, callback) {
      const cookie = { ...data.cookie.toJSON(), originalMaxAge: null };
      set.call(this, sid, { ...data, cookie }, callback);
    };
  },

  // The same, said otherwise.
  'attributes-in-lower-case': () =>
    rewriteCookies((cookie) => {
      return cookie.replace(/; [^;=]+/g, (name) => name.toLowerCase());
    }),
  'max-age-instead': () =>
    rewriteCookies((cookie) =>
      cookie.replace(/Expires=([^;]+)/, (_, date) => {
        return `Max-Age=${Math.ceil((Date.parse(date) - Date.now()) / 1000)}`;
      }),
    ),
  'a-second-longer': shiftExpires(1000),
};

/** Makes of the parts what MUTANT names; nothing if it is not set. */
exports.mutate = (parts) => {
  const name = process.env.MUTANT;
  if (name) {
    parts.settings.cookie ??= {};
    mutants[name](parts);
  }
};
