'use strict';

// Reads sessions that Rust has stored as an Express application does, and compares them with what
// was meant. The file has a line of JSON for each: { cookie, profile, data }, where `data` is the
// JSON text of all its values.
//
//     NODE_PATH=… DATABASE_URL=… node read.js SECRET FILE

const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const { Pool } = require('pg');
const { cookie, session, signature } = require('./packages');

const PgStore = require('connect-pg-simple')(session);

const AT_ONCE = 32;
const HOUR = 3_600_000;

/** What an Express application says of its cookie where the Rust one says the same. */
const PROFILES = {
  'the defaults': {},
  'an hour': { maxAge: HOUR },
  'two weeks, for a path': {
    maxAge: 14 * 24 * HOUR,
    path: '/shop',
    sameSite: 'lax',
  },
  everything: {
    maxAge: HOUR,
    partitioned: true,
    priority: 'high',
    secure: true,
    domain: 'example.com',
    sameSite: 'none',
  },
  'until the browser closes, for scripts': {
    httpOnly: false,
    priority: 'low',
    sameSite: 'strict',
  },
};

/** What every session of express-session has; a value of such a name is hidden by it. */
const BLANK = new session.Session({ sessionID: '' });

/** The sid in a cookie, as express-session reads it. */
function sidOf(value, secret) {
  const raw = cookie.parse('n=' + value).n;
  assert.ok(raw.startsWith('s:'), `no cookie of express-session: ${value}`);
  const sid = signature.unsign(raw.slice(2), secret);
  assert.notStrictEqual(sid, false, `badly signed: ${value}`);
  return sid;
}

/** The text of `cookie` that express-session writes, for a session that was saved just now. */
function expectedCookie(profile, expires) {
  const options = PROFILES[profile];
  const expected = new session.Cookie(options);
  if (options.maxAge) {
    const saved = Date.parse(expires) - options.maxAge;
    assert.ok(Math.abs(Date.now() - saved) < HOUR, `expires: ${expires}`);
    expected.expires = new Date(expires);
    expected.originalMaxAge = options.maxAge;
  }
  return JSON.stringify(expected);
}

/** What express-session makes of it in a request. */
function inRequest(store, sid, stored) {
  const req = { sessionID: sid, sessionStore: store };
  return store.createSession(req, stored);
}

async function compare(store, secret, line) {
  const { cookie: value, profile, data } = JSON.parse(line);
  const sid = sidOf(value, secret);
  const stored = await new Promise((resolve, reject) => {
    store.get(sid, (error, found) => (error ? reject(error) : resolve(found)));
  });
  assert.ok(stored, 'connect-pg-simple finds no such session');
  const expected = JSON.parse(data);
  const { cookie: ofRow, ...values } = stored;
  assert.deepStrictEqual(values, expected);
  const text = expectedCookie(profile, ofRow.expires);
  assert.strictEqual(JSON.stringify(ofRow), text);

  const revived = inRequest(store, sid, stored);
  assert.strictEqual(JSON.stringify(revived.cookie), text);
  for (const [name, value] of Object.entries(expected)) {
    if (!(name in BLANK)) assert.deepStrictEqual(revived[name], value);
  }
}

async function main([secret, file]) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
  const store = new PgStore({ pool, pruneSessionInterval: false });
  let [next, differences] = [0, 0];
  const reader = async () => {
    while (next < lines.length) {
      const line = lines[next];
      next += 1;
      try {
        await compare(store, secret, line);
      } catch (error) {
        differences += 1;
        // The first few say enough.
        if (differences <= 5)
          console.error(`${line.slice(0, 1000)}\n${error.message}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  await pool.end();
  console.log(`read ${lines.length}, ${differences} differences`);
  if (differences > 0) process.exitCode = 1;
}

main(process.argv.slice(2));
