'use strict';

// Sessions of every kind that JavaScript can store, the same ones for the same seed.

/** Numbers from 0 up to 1, by the 32 bits of "mulberry32". */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TEXTS = [
  '',
  ' ',
  'Ann',
  'Grüße, Ærøskøbing',
  'Здравствуйте',
  'Ελλάδα',
  'שלום עולם',
  'مرحبا بالعالم',
  'नमस्ते दुनिया',
  'สวัสดี',
  '日本語、中文、한국어',
  'ᚠᛇᚻ 𐎠𐎡 𝒜𝓃𝓃',
  '🦀 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽',
  'e\u0301 \u202eabc\u202c \u200b\ufeff\u00a0',
  '\u2028\u2029\u0085',
  '\u0000',
  'a\u0000b',
  '\u0001\b\t\n\v\f\r\u001b\u001f\u007f\u0080\u009f',
  '"\\/\'`',
  '\\u0000 \\ud800 \\" \\\\',
  '\ud800',
  '\udfff',
  'x\udc00\ud800y',
  '\ud83d\ud83d\ude00\ude00',
  '\uffff\ufffe\ufffd\ue000\u{10ffff}',
  '{"cookie":{"expires":null}}',
  ',"cookie":{"originalMaxAge":1,"expires":"2000-01-01T00:00:00.000Z"},',
  "'; drop table session; --",
  '$1 %s ?',
  '2026-11-25T11:07:45.000Z',
];

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  0.1 + 0.2,
  -1.5,
  1 / 3,
  123456789.125,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  2 ** 53 + 2,
  2 ** 63,
  2 ** 64,
  -(2 ** 63),
  123456789012345680000,
  1e21,
  -1e21,
  1e-6,
  1e-7,
  1.7976931348623157e308,
  -1.7976931348623157e308,
  2.2250738585072014e-308,
  5e-324,
  1e300,
];

const NAMES = [
  'user',
  'cart',
  'csrfToken',
  'passport',
  'views',
  '',
  ' ',
  '0',
  '7',
  '42',
  '007',
  '-1',
  '1.5',
  '4294967294',
  '4294967295',
  'a.b',
  'a b',
  '"',
  '\\',
  '{}',
  '\n',
  '\u0000',
  'Cookie',
  'cookies',
  'expires',
  'sess',
  'id',
  'req',
  'save',
  'length',
  'toString',
  'constructor',
  '__proto__',
  'ключ',
  '鍵',
  '🦀',
  'e\u0301',
  '\u00e9',
];

const BROKEN_NAMES = [
  '\ud800',
  'a\udfff',
  '\udc00\ud83d',
  '\ud83e',
  '🦀\ude00',
];

/** Sets a property of any name, `__proto__` too. */
function put(object, name, value) {
  const property = {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  };
  Object.defineProperty(object, name, property);
}

class Values {
  #next;

  constructor(seed) {
    this.#next = random(seed);
  }

  /** An integer from 0 up to `end`. */
  below(end) {
    return Math.floor(this.#next() * end);
  }

  pick(from) {
    return from[this.below(from.length)];
  }

  /** A name of the alphabet of base64url, as uid-safe makes them. */
  id() {
    const bytes = Buffer.from(
      Array.from({ length: 24 }, () => this.below(256)),
    );
    return bytes.toString('base64url');
  }

  text() {
    if (this.below(4) > 0) return this.pick(TEXTS);
    // Any code units at all: most of these hold half a pair.
    const units = Array.from({ length: this.below(10) }, () =>
      this.below(0x10000),
    );
    return String.fromCharCode(...units);
  }

  number() {
    switch (this.below(4)) {
      case 0:
        return this.below(1000);
      case 1: {
        const bits = new DataView(new ArrayBuffer(8));
        bits.setUint32(0, this.below(2 ** 32));
        bits.setUint32(4, this.below(2 ** 32));
        const double = bits.getFloat64(0);
        return Number.isFinite(double) ? double : 0.5;
      }
      default:
        return this.pick(NUMBERS);
    }
  }

  name() {
    switch (this.below(12)) {
      case 0:
        return this.text();
      case 1:
        return this.pick(BROKEN_NAMES);
      default:
        return this.pick(NAMES);
    }
  }

  /** A value of any kind, nested no deeper than `depth`. */
  value(depth) {
    const kind = this.below(depth > 0 ? 10 : 7);
    if (kind < 3) return this.text();
    if (kind < 5) return this.number();
    if (kind === 5) return this.below(2) === 1;
    if (kind === 6) return null;
    if (kind === 7) {
      return Array.from({ length: this.below(6) }, () => this.value(depth - 1));
    }
    return this.object(this.below(6), depth - 1);
  }

  object(size, depth) {
    const object = {};
    for (let n = 0; n < size; n += 1) {
      // Below the top, `cookie` is a name as any other.
      const name = this.below(20) === 0 ? 'cookie' : this.name();
      put(object, name, this.value(depth));
    }
    return object;
  }

  /** Arrays and objects in each other, `depth` of them. */
  nested(depth) {
    let inner = this.value(0);
    for (let n = 0; n < depth; n += 1) {
      inner =
        this.below(2) === 0
          ? [inner]
          : { [this.pick(['a', '', '0', 'é'])]: inner };
    }
    return inner;
  }

  /** Something large, in one of several ways. */
  large() {
    switch (this.below(5)) {
      case 0:
        return this.nested(60);
      case 1:
        return 'long '.repeat(4000);
      case 2:
        return Array.from({ length: 300 }, () => this.text()).join('');
      case 3:
        return Array.from({ length: 500 }, () => this.number());
      default:
        return this.object(300, 1);
    }
  }

  /** The properties of the session number `n`, in order. `cookie` and `rust` are not among them. */
  session(n) {
    const data = {};
    for (let left = this.below(10); left > 0; left -= 1) {
      const name = this.name();
      if (name !== 'cookie' && name !== 'rust') put(data, name, this.value(3));
    }
    if (n % 100 === 0) put(data, this.pick(NAMES), this.large());
    if (n % 1000 === 0) {
      for (let key = 0; key < 300; key += 1)
        put(data, `key ${key}`, this.value(1));
    }
    return data;
  }
}

module.exports = { Values };
