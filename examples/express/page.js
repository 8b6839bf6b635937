'use strict';

// The one page. page.rs draws the same for the other counter.

const { html } = require('./html');
const { USERS } = require('./users');

const HERE = 'Express 5';
const THERE = 'actix-web';

const pounds = (pence) => `£${(pence / 100).toFixed(2)}`;

function counters(other) {
  return html`<div class="counter">
    <p class="answer">answered by <strong>${HERE}</strong></p>
    <a class="switch" href="${other}/"
      >Ask ${THERE} <span aria-hidden="true">→</span></a
    >
  </div>`;
}

function shelf(books) {
  const place = (book) =>
    html`<li>
      <div>
        <h3>${book.title}</h3>
        <p class="author">${book.author}</p>
      </div>
      <form method="post" action="/cart">
        <span class="price">${pounds(book.pence)}</span>
        <input type="hidden" name="book" value="${book.slug}" />
        <button>Add<span class="unseen">: ${book.title}</span></button>
      </form>
    </li>`;
  return html`<section class="shelf" aria-labelledby="books">
    <h2 id="books">Books</h2>
    <ul>
      ${books.map(place)}
    </ul>
  </section>`;
}

function someone(user) {
  return html`<section class="card" aria-labelledby="you">
    <h2 id="you">You are <span id="user">${user}</span></h2>
    <form class="line" method="post" action="/logout">
      <p class="small">At both counters. The sign-out is for both, too.</p>
      <button class="quiet">Sign out</button>
    </form>
  </section>`;
}

function stranger({ name, error }) {
  const member = (user) =>
    html`<dt>${user.name}</dt>
      <dd><code>${user.shownPassword}</code></dd>`;
  return html`<section class="card" aria-labelledby="you">
    <h2 id="you">Sign in</h2>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <form class="fields" method="post" action="/login">
      <label for="name">Name</label>
      <input
        id="name"
        name="name"
        value="${name}"
        required
        maxlength="100"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
      />
      <label for="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        required
        maxlength="200"
        autocomplete="current-password"
      />
      <button>Sign in</button>
    </form>
    <p class="small">This is a demonstration, so here is who you can be:</p>
    <dl>${USERS.map(member)}</dl>
  </section>`;
}

function cart(lines) {
  const line = ({ book, at }) =>
    html`<li data-book="${book.slug}">
      <span
        >${book.title}
        <span class="at" data-at="${at}">added at ${at}</span></span
      >
      <span class="price">${pounds(book.pence)}</span>
    </li>`;
  const full = html`<ul>
      ${lines.map(line)}
    </ul>
    <form class="line" method="post" action="/cart/empty">
      <p class="price">
        ${pounds(lines.reduce((sum, { book }) => sum + book.pence, 0))}
      </p>
      <button class="quiet">Empty it</button>
    </form>`;
  return html`<section class="card cart" aria-labelledby="cart">
    <h2 id="cart">Your cart</h2>
    ${lines.length === 0 ? html`<p class="small">Nothing in it yet.</p>` : full}
  </section>`;
}

function insight(values) {
  const entries = Object.entries(values);
  const entry = ([name, value]) =>
    html`<dt>${name}</dt>
      <dd>${JSON.stringify(value)}</dd>`;
  return html`<section class="glass" aria-labelledby="insight">
    <h2 id="insight">What ${HERE} finds in the session</h2>
    ${
      entries.length === 0
        ? html`<p>Nothing yet, so there is no row.</p>`
        : html`<dl>${entries.map(entry)}</dl>`
    }
    <p class="small">
      The cookie <code>connect.sid</code> names one row of the table
      <code>session</code>. express-session and actix-pg-session both read it,
      and both write it.
    </p>
  </section>`;
}

/** All of it. `attempt` is a sign-in that failed. */
function page({ books, lines, other, user, values, attempt }) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Harbour Books, answered by ${HERE}</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      </head>
      <body class="express">
        <header>
          <h1>Harbour Books</h1>
          ${counters(other)}
        </header>
        <main>
          ${shelf(books)}
          <div class="side">
            ${user === undefined ? stranger(attempt ?? {}) : someone(user)}
            ${cart(lines)}
          </div>
          ${insight(values)}
        </main>
      </body>
    </html>`.toString();
}

module.exports = { HERE, page };
