// A server that runs small scripts of session operations on the real express-session, so that its
// answers can be compared with those of another server that takes the same scripts.
//
// PORT is the port, 0 for any free one; OPTIONS are express-session's, as JSON, with the store named;
// DATABASE_URL is the database of the store connect-pg-simple. See the table in `script.rs` for the
// operations.
'use strict';

const http = require('node:http');
const session = require('express-session');
const { mutate } = require('./mutants');

const {
  store: storeName,
  table = 'session',
  ...settings
} = JSON.parse(process.env.OPTIONS);

/** Each store with the way to look at all its live sessions. */
const stores = {
  memory() {
    const store = new session.MemoryStore();
    const all = () =>
      new Promise((resolve, reject) => {
        store.all((error, sessions) =>
          error ? reject(error) : resolve(Object.entries(sessions)),
        );
      });
    return { store, all };
  },

  'connect-pg-simple'() {
    const { Pool } = require('pg');
    const PgStore = require('connect-pg-simple')(session);
    const pool = new Pool({ connectionString: process.env.DATABASE_URL });
    const store = new PgStore({
      pool,
      tableName: table,
      pruneSessionInterval: false,
    });
    const live = `select sid, sess from ${store.quotedTable()} where expire >= to_timestamp($1)`;
    const all = async () => {
      const { rows } = await pool.query(live, [Math.ceil(Date.now() / 1000)]);
      return rows.map(({ sid, sess }) => [sid, sess]);
    };
    return { store, all };
  },
};

/** Calls a method of the session that answers by callback. */
const awaited = (method) => (request) =>
  new Promise((resolve) => {
    request.session[method]((error) => resolve(error ? 'error' : 'ok'));
  });

const operations = {
  get: (request, key) => request.session[key] ?? null,
  set(request, key, value) {
    request.session[key] = value;
    return 'ok';
  },
  delete(request, key) {
    delete request.session[key];
    return 'ok';
  },
  keys: (request) =>
    Object.keys(request.session)
      .filter((key) => key !== 'cookie')
      .sort(),
  id: (request) => request.session.id,
  regenerate: awaited('regenerate'),
  destroy: awaited('destroy'),
  save: awaited('save'),
  reload: awaited('reload'),
  touch(request) {
    request.session.touch();
    return 'ok';
  },
  maxAge(request, milliseconds) {
    request.session.cookie.maxAge = milliseconds;
    return 'ok';
  },
  getMaxAge(request) {
    const left = request.session.cookie.maxAge;
    return typeof left === 'number' ? Math.round(left / 1000) : null;
  },
  originalMaxAge: (request) => request.session.cookie.originalMaxAge ?? null,
  null(request) {
    request.session = null;
    return 'ok';
  },
};

async function run(request, script) {
  const results = [];
  for (const [name, ...words] of script) {
    results.push(
      request.session
        ? await operations[name](request, ...words)
        : 'no-session',
    );
  }
  return results;
}

function reply(response, status, value) {
  if (response.headersSent) {
    return;
  }
  const text = JSON.stringify(value);
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function view([sid, { cookie, ...data }]) {
  const { expires = null, originalMaxAge = null } = cookie;
  return [sid, { data, expires: expires || null, originalMaxAge }];
}

const { store, all } = stores[storeName]();
mutate({ session, store, settings });
const sessions = session({ ...settings, store });

const server = http.createServer(async (request, response) => {
  const failed = (error) => {
    console.error(error);
    reply(response, 500, { error: String(error) });
  };
  try {
    if (request.method === 'GET' && request.url === '/__store') {
      return reply(response, 200, Object.fromEntries((await all()).map(view)));
    }
    const script = JSON.parse(await body(request)).ops;
    sessions(request, response, (error) => {
      if (error) {
        return failed(error);
      }
      run(request, script).then(
        (results) => reply(response, 200, { results }),
        failed,
      );
    });
  } catch (error) {
    failed(error);
  }
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`listening ${server.address().port}`);
});
