'use strict';

// Harbour Books, the counter that is written with Express 5. Beside it stands
// the one of main.rs, with actix-web: they share a cookie and a table, so a
// visitor of one is known at the other.
//
//   DATABASE_URL=postgres://… SESSION_SECRET=… PORT=8081 OTHER_URL=http://127.0.0.1:8080 node node.js
//
// `./dev express` starts both, with all that they need.

const fs = require('node:fs');
const path = require('node:path');

const connectPgSimple = require('connect-pg-simple');
const express = require('express');
const session = require('express-session');
const pg = require('pg');

const BOOKS = require('./books.json');
const { HERE, page } = require('./page');
const { sameOrigin } = require('./same-origin');
const { authenticate } = require('./users');

const HOUR = 60 * 60 * 1000;

/** As much as anybody can carry, and a session should hold. */
const MOST_IN_CART = 12;

function required(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

const other = required('OTHER_URL');
const pool = new pg.Pool({ connectionString: required('DATABASE_URL') });
// A connection that breaks while nobody uses it is replaced, and no reason to end.
pool.on('error', (error) => console.error('error:', error.message));
const store = new (connectPgSimple(session))({ pool });

// Whatever is given here is given to the builder in main.rs, too.
const sessions = session({
  store,
  secret: required('SESSION_SECRET'),
  resave: false,
  saveUninitialized: false,
  cookie: {
    maxAge: HOUR,
    httpOnly: true,
    sameSite: 'lax',
    // For http on this machine. Behind TLS say `true`, and tell Express which
    // proxy to trust.
    secure: 'auto',
  },
});

/**
 * `save`, `regenerate` or `destroy` of the session, to be awaited.
 *
 * Whoever redirects after a change saves first. By itself express-session saves
 * while the browser already follows the redirect, perhaps to the other counter.
 */
function settled(request, verb) {
  return new Promise((resolve, reject) => {
    request.session[verb]((error) => (error ? reject(error) : resolve()));
  });
}

/** The answer to every form. A reload then repeats the page and not the form. */
function seeHome(res) {
  res.redirect(303, '/');
}

function show(req, res, attempt) {
  const { cookie, ...values } = req.session;
  // Books that the shop no longer has are passed over.
  const lines = (values.cart ?? []).flatMap(({ book, at }) =>
    BOOKS.filter(({ slug }) => slug === book).map((found) => ({
      book: found,
      at,
    })),
  );
  // Nobody gets the page out of a cache after the sign-out.
  res.set('Cache-Control', 'no-store').type('html');
  res.send(
    page({ books: BOOKS, lines, other, user: values.user, values, attempt }),
  );
}

/** A field of the form, which somebody may have made by hand. */
function field(req, name) {
  const value = req.body?.[name];
  return typeof value === 'string' ? value : '';
}

async function login(req, res) {
  const name = field(req, 'name');
  const user = await authenticate(name, field(req, 'password'));
  if (user === undefined) {
    // The same for a wrong name and a wrong password: we do not tell who has an
    // account.
    res.status(422);
    return show(req, res, {
      name,
      error: 'That name and password do not belong together.',
    });
  }
  const { cart } = req.session;
  // A new id for the cookie, and the old row is gone: whoever knew the old id, or
  // planted it in this browser, is not signed in. The cart comes along.
  await settled(req, 'regenerate');
  req.session.user = user.name;
  if (cart !== undefined) req.session.cart = cart;
  await settled(req, 'save');
  seeHome(res);
}

/** The row is deleted. A copy of the cookie, wherever it is, is worth nothing. */
async function logout(req, res) {
  await settled(req, 'destroy');
  seeHome(res);
}

async function addToCart(req, res) {
  const book = BOOKS.find(({ slug }) => slug === field(req, 'book'));
  if (book === undefined)
    return res.status(404).type('text').send('There is no such book.');
  const cart = req.session.cart ?? [];
  req.session.cart = [...cart, { book: book.slug, at: HERE }].slice(
    -MOST_IN_CART,
  );
  await settled(req, 'save');
  seeHome(res);
}

async function emptyCart(req, res) {
  // A stranger's session is not saved for having been asked.
  if (req.session.cart !== undefined) {
    delete req.session.cart;
    await settled(req, 'save');
  }
  seeHome(res);
}

/** What a browser may do with our pages; as ../common/headers.rs. */
function headers(req, res, next) {
  res.set({
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    // Not `no-referrer`: browsers would then hide the origin of our own forms.
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
  });
  next();
}

/** The log learns everything, the visitor that it was us. */
function trouble(error, req, res, next) {
  if (res.headersSent) return next(error);
  if (error.expose)
    return res.status(error.status).type('text').send(error.message);
  console.error('error:', error);
  res
    .status(503)
    .type('text')
    .send('Something is broken on our side. Please try again in a moment.');
}

function file(name, type) {
  const content = fs.readFileSync(path.join(__dirname, name));
  return (req, res) =>
    res.set('Cache-Control', 'max-age=60').type(type).send(content);
}

const app = express();
app.disable('x-powered-by');
app.use(headers, sameOrigin);
// Before the session, so that a style sheet costs no query.
app.get('/style.css', file('style.css', 'css'));
app.get('/icon.svg', file('../quickstart/icon.svg', 'svg'));
app.use(sessions, express.urlencoded({ extended: false, limit: '4kb' }));
app.get('/', (req, res) => show(req, res));
// Whatever changes something is a POST: browsers follow links on their own.
app.post('/login', login);
app.post('/logout', logout);
app.post('/cart', addToCart);
app.post('/cart/empty', emptyCart);
app.use(trouble);

const server = app.listen(
  Number(process.env.PORT ?? 8081),
  '127.0.0.1',
  (error) => {
    if (error) throw error;
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
  },
);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    store.close();
    server.close(() => pool.end());
    server.closeIdleConnections();
  });
}
