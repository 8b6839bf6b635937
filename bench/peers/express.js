'use strict';

// express-session with connect-pg-simple on Express 5, with the pages of the
// other contenders.
//
//   NODE_PATH=… DATABASE_URL=… PROCESSES=2 node express.js
//
// A line says the port; the end of standard input ends it. With more than one
// process the first only hands connections to the others (node:cluster).

const cluster = require('node:cluster');

const processes = Number(process.env.PROCESSES);

function main() {
  if (cluster.isPrimary) {
    process.stdin.on('end', () => process.exit()).resume();
  }
  if (cluster.isWorker || processes < 2) return serve();

  let waiting = processes;
  cluster.on('listening', (_, { port }) => {
    waiting -= 1;
    if (waiting === 0) announce(port);
  });
  for (let n = 0; n < processes; n += 1) cluster.fork();
}

function announce(port) {
  process.stdout.write(`listening ${port}\n`);
}

function serve() {
  const connectPgSimple = require('connect-pg-simple');
  const express = require('express');
  const session = require('express-session');
  const pg = require('pg');

  // All processes together have as many connections as the other contenders.
  const max = Math.floor(10 / processes);
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max });
  // Reading would write each time without `disableTouch`, and more than twice as slow.
  const store = new (connectPgSimple(session))({ pool, disableTouch: true, pruneSessionInterval: false });

  const app = express();
  app.use(
    session({
      store,
      secret: 'a secret of the benchmarks, of thirty-two bytes',
      resave: false,
      saveUninitialized: false,
    }),
  );
  const page = (path, handler) => app.get(path, handler);
  const known = (request, response) => {
    if (request.session.name === undefined) response.status(401).send('no session');
    return request.session.name !== undefined;
  };

  // No two processes store the same number.
  let count = cluster.isWorker ? cluster.worker.id : 1;
  page('/read', (request, response) => {
    if (known(request, response)) response.send(request.session.name);
  });
  page('/change', (request, response) => {
    if (!known(request, response)) return;
    request.session.count = count;
    count += processes;
    response.send('changed');
  });
  page('/count', (request, response) => {
    if (known(request, response)) response.send(String(request.session.count));
  });
  page('/create', (request, response) => {
    Object.assign(request.session, {
      name: 'a visitor',
      csrf: '0123456789abcdef0123456789abcdef',
      count: 0,
      cart: [1, 2, 3],
      note: 'x'.repeat(120),
    });
    response.send('created');
  });
  page('/anonymous', (request, response) => {
    response.send(request.session.name ?? 'a stranger');
  });
  page('/login', (request, response, next) => {
    if (!known(request, response)) return;
    const { cookie, ...stored } = request.session;
    request.session.regenerate((error) => {
      if (error) return next(error);
      Object.assign(request.session, stored, { owner: 'ann' });
      response.send('signed in');
    });
  });

  // All workers of a cluster get the same free port.
  const server = app.listen(0, '127.0.0.1', () => {
    if (cluster.isPrimary) announce(server.address().port);
  });
}

main();
