'use strict';

// Prints golden.json: cookies as express-session signs them, and cookies that it refuses.
//
//     NODE_PATH=… node golden.js > golden.json
//
// Nothing in it is random, so the test can ask whether the file is what this script says today.
// Secrets stand there in hexadecimal, since not all of them are text.

const assert = require('node:assert');
const { createHash } = require('node:crypto');
const { cookie, signature } = require('./packages');

/** The value of `Set-Cookie`, as express-session makes it. */
function written(sid, secret) {
  const line = cookie.serialize('n', 's:' + signature.sign(sid, secret));
  return line.slice('n='.length);
}

/** The sid in a cookie, as express-session reads it; `undefined` if it starts a session anew. */
function read(value, secrets) {
  const raw = cookie.parse('n=' + value).n;
  if (!raw || !raw.startsWith('s:')) return undefined;
  for (const secret of secrets) {
    const sid = signature.unsign(raw.slice(2), secret);
    if (sid !== false) return sid || undefined;
  }
  return undefined;
}

const bytes = (label, size) =>
  createHash('sha512').update(label).digest().subarray(0, size);

const SECRETS = {
  'one letter': 'k',
  short: 'keyboard cat',
  'as long as a block of SHA-256': 'x'.repeat(64),
  'longer than a block': 'y'.repeat(65),
  long: 'correct horse battery staple '.repeat(40),
  'of several scripts': 'Schlüssel ключ 鍵 🔑 e\u0301',
  'with spaces and control characters': ' \t\n\u0000\u007f ',
  'of bytes that are no text': Buffer.concat([
    Buffer.from([0, 0xff, 0xfe, 0x80, 0xc3]),
    bytes('a', 59),
  ]),
};

const SIDS = {
  'of three letters': 'abc',
  'from uid-safe': bytes('uid-safe', 24).toString('base64url'),
  'with both signs of base64url':
    'a-_' + bytes('signs', 24).toString('base64url').slice(3),
  'of 43 characters, as ours': bytes('ours', 32).toString('base64url'),
  'with dots': 'one.two..three.' + bytes('dots', 15).toString('base64url'),
  'that looks signed': signature.sign('abc', 'k'),
  'that looks prefixed': 's:' + bytes('prefix', 24).toString('base64url'),
  'that is percent-encoded already':
    's%3Aabc%2e' + bytes('percent', 24).toString('base64url'),
  'of a UUID': '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  'that needs percent-encoding':
    '%?/+ ;,="\\&#@<>[]{}|^`:$\t\u0001\u007f' +
    bytes('odd', 9).toString('base64url'),
  'of what needs none': "-_.!~*'()" + bytes('even', 24).toString('base64url'),
  'of several scripts': 'sitzung-ü-сессия-會話-🦀-e\u0301',
  'of a single blank': ' ',
  'of 256 bytes': bytes('long', 64).toString('hex').repeat(2),
};

const hex = (secrets) =>
  secrets.map((secret) => Buffer.from(secret).toString('hex'));

/** A cookie that names the session `sid`. The first secret signs it again as `again`. */
function accepted(about, secrets, sid, value = written(sid, secrets[0])) {
  assert.strictEqual(read(value, secrets), sid, about);
  return {
    about,
    secrets: hex(secrets),
    sid,
    value,
    again: written(sid, secrets[0]),
  };
}

/** A cookie that names nobody. There is a session `sid`, for a careless reader to find. */
function refused(about, value, sid = 'abc', secrets = ['k']) {
  const found = read(value, secrets);
  assert.strictEqual(found, undefined, `${about}: ${found}`);
  return { about, secrets: hex(secrets), sid, value };
}

function everySecretAndSid() {
  const all = [];
  for (const [ofSecret, secret] of Object.entries(SECRETS)) {
    for (const [ofSid, sid] of Object.entries(SIDS)) {
      all.push(accepted(`a secret ${ofSecret}, an id ${ofSid}`, [secret], sid));
    }
  }
  return all;
}

function otherSpellings() {
  const sid = SIDS['with both signs of base64url'];
  const value = written(sid, 'k');
  const plain = decodeURIComponent(value);
  const percent = (text) =>
    [...Buffer.from(text)].map((byte) => '%' + byte.toString(16)).join('');
  return [
    accepted('nothing percent-encoded', ['k'], sid, plain),
    accepted('everything percent-encoded', ['k'], sid, percent(plain)),
    accepted(
      'percent-encoded in lower case',
      ['k'],
      sid,
      value.replace(/%../g, (code) => code.toLowerCase()),
    ),
    accepted('in quotes', ['k'], sid, `"${value}"`),
    accepted('in quotes, nothing percent-encoded', ['k'], sid, `"${plain}"`),
    // Text that cannot be decoded is taken as it is, all of it.
    ...['100%', '%zz%41', '%FF%41'].map((odd) =>
      accepted(
        `nothing percent-encoded, an id ${odd}`,
        ['k'],
        odd,
        's:' + signature.sign(odd, 'k'),
      ),
    ),
    accepted(
      'a secret that was replaced',
      ['new', 'old'],
      sid,
      written(sid, 'old'),
    ),
    accepted(
      'the oldest of four secrets',
      ['d', 'c', 'b', 'a'],
      sid,
      written(sid, 'a'),
    ),
  ];
}

function refusals() {
  const good = decodeURIComponent(written('abc', 'k'));
  const mac = good.slice('s:abc.'.length);
  const encoded = (value) => encodeURIComponent(value);
  // 43 characters of base64 carry 258 bits, two more than the mac has. Node compares the text, so
  // only one spelling of the last character is right.
  const alphabet =
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const sibling = alphabet[alphabet.indexOf(mac.at(-1)) ^ 1];
  return [
    refused('nothing at all', ''),
    refused('the sid alone', 'abc'),
    refused('the prefix alone', encoded('s:')),
    refused('without a mac', encoded('s:abc')),
    refused('with an empty mac', encoded('s:abc.')),
    refused('without the prefix', encoded(good.slice(2))),
    refused('the prefix in upper case', encoded('S' + good.slice(1))),
    refused('the prefix of a JSON cookie', encoded('j' + good.slice(1))),
    refused('the prefix twice', encoded('s:' + good)),
    refused('a blank before the prefix', encoded(' ' + good)),
    refused('a blank after the mac', encoded(good + ' ')),
    refused('percent-encoded twice', encoded(encoded(good))),
    refused('a dot in place of another', encoded(good.replace('.', ','))),
    refused('a dot too many', encoded(good.replace('.', '..'))),
    refused('a dot after the mac', encoded(good + '.')),
    refused('the mac in front', encoded(`s:${mac}.abc`)),
    refused(
      'the mac of another sid',
      encoded(`s:abc.${signature.sign('abd', 'k').slice(4)}`),
    ),
    refused('the mac of another secret', written('abc', 'K')),
    refused(
      'the mac of a secret that is no longer there',
      written('abc', 'old'),
      'abc',
      ['new', 'newer'],
    ),
    refused(
      'one character changed',
      encoded(good.replace(mac[0], mac[0] === 'A' ? 'B' : 'A')),
    ),
    refused('the mac in another case', encoded(`s:abc.${mac.toUpperCase()}`)),
    refused(
      'the last character spelled otherwise',
      encoded(good.slice(0, -1) + sibling),
    ),
    refused('padded', encoded(good + '=')),
    refused('padded twice', encoded(good + '==')),
    refused('truncated by one', encoded(good.slice(0, -1))),
    refused('truncated to half', encoded(good.slice(0, good.length / 2))),
    refused('a character too many', encoded(good + 'A')),
    refused(
      'the alphabet of base64url',
      encoded(`s:abc.${mac.replaceAll('/', '_').replaceAll('+', '-')}`),
    ),
    refused(
      'the mac in hexadecimal',
      encoded(`s:abc.${Buffer.from(mac, 'base64').toString('hex')}`),
    ),
    refused('an empty sid, well signed', written('', 'k'), ''),
    refused('a sid of another case', encoded(`s:ABC.${mac}`), 'ABC'),
    refused('a byte that begins no character', `s%3Aabc%FF.${encoded(mac)}`),
  ];
}

const golden = {
  accepted: [...everySecretAndSid(), ...otherSpellings()],
  refused: refusals(),
};
const known = 's%3Aabc.NC5RnOCtbAOja5jus%2FHRMNtIE7nfTRFg7aSI1xLceO4';
assert.strictEqual(golden.accepted[0].value, known);

// A cookie a line.
const lines = (name) =>
  `"${name}": [\n${golden[name].map((one) => JSON.stringify(one)).join(',\n')}\n]`;
process.stdout.write(`{\n${lines('accepted')},\n${lines('refused')}\n}\n`);
