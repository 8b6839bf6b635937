'use strict';

// Reads cookies that Rust has set, a line of JSON each, and checks that express-session would know
// them: { secrets: [hexadecimal], sid, value }.
//
//     NODE_PATH=… node verify.js FILE

const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const { cookie, signature } = require('./packages');

let verified = 0;
for (const line of readFileSync(process.argv[2], 'utf8')
  .trimEnd()
  .split('\n')) {
  const { secrets, sid, value } = JSON.parse(line);
  const decoded = decodeURIComponent(value);
  const secret = Buffer.from(secrets[0], 'hex');
  assert.ok(decoded.startsWith('s:'), value);
  assert.strictEqual(signature.unsign(decoded.slice(2), secret), sid, value);
  // Not only does it read alike: it is what would stand there if Node had set it.
  const ofNode = cookie.serialize('n', 's:' + signature.sign(sid, secret));
  assert.strictEqual('n=' + value, ofNode);
  verified += 1;
}
console.log(`verified ${verified}`);
