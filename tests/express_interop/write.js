'use strict';

// Stores sessions as an Express application does: express-session's cookies, connect-pg-simple's
// table and its own `set`. Prints a line of JSON for each:
//
//     { cookie, texts: { name: the JSON text of the value }, broken }
//
// `broken` counts the names that hold half of a surrogate pair. They are no text to Rust, so they
// are not among `texts`.
//
//     NODE_PATH=… DATABASE_URL=… node write.js SECRET SESSIONS

const { Pool } = require('pg');
const { cookie, session, signature } = require('./packages');
const { Values } = require('./values');

const PgStore = require('connect-pg-simple')(session);

const AT_ONCE = 32;
const HOUR = 3_600_000;

/** What an application may say of its cookie. */
const COOKIES = [
  {},
  { maxAge: HOUR },
  { maxAge: 14 * 24 * HOUR, secure: false, sameSite: 'lax' },
  { maxAge: null, httpOnly: false, path: '/shop', sameSite: true },
  { maxAge: HOUR + 1, domain: 'example.com', sameSite: 'strict' },
  { maxAge: HOUR, priority: 'high', partitioned: true, sameSite: 'none' },
  { expires: new Date(Date.now() + 30 * 24 * HOUR), priority: 'low' },
  { expires: false },
];

/** Whether every half of a surrogate pair has its other half. Node 18 has no such method. */
const isWellFormed = (text) => Buffer.from(text).toString() === text;

async function write(store, values, secret, n) {
  const sid = values.id();
  const data = values.session(n);
  const sess = { cookie: new session.Cookie(COOKIES[n % COOKIES.length]) };
  const texts = {};
  let broken = 0;
  for (const [name, value] of Object.entries(data)) {
    define(sess, name, value);
    if (isWellFormed(name)) define(texts, name, JSON.stringify(value));
    else broken += 1;
  }
  await new Promise((resolve, reject) => {
    store.set(sid, sess, (error) => (error ? reject(error) : resolve()));
  });
  const line = cookie.serialize('n', 's:' + signature.sign(sid, secret));
  console.log(
    JSON.stringify({ cookie: line.slice('n='.length), texts, broken }),
  );
}

/** Sets a property of any name, `__proto__` too. */
function define(object, name, value) {
  Object.defineProperty(object, name, { value, enumerable: true });
}

async function main([secret, sessions]) {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
  const store = new PgStore({ pool, pruneSessionInterval: false });
  const values = new Values(1);
  let next = 0;
  const writer = async () => {
    while (next < sessions) {
      next += 1;
      await write(store, values, secret, next - 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writer));
  await pool.end();
}

main(process.argv.slice(2));
