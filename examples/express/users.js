'use strict';

// The people of ../common/users.rs, who have the same passwords there. In your
// applications both read one table, and so one kind of hash; here each side uses
// what its platform brings: Argon2 is a crate for Rust, scrypt a part of Node.

const { scrypt, timingSafeEqual } = require('node:crypto');
const { promisify } = require('node:util');

/** What one check costs, with the memory that it needs: 32 MiB and a little. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 48 * 2 ** 20 };

const USERS = [
  {
    name: 'ada',
    shownPassword: 'salt and paper',
    salt: 'YHCsKcMh7zAxn6PNpH2umw==',
    hash: '1wMsbTRkakXFsEpuW6dkDPkTCiFpm4zh+JQi+e/4prI=',
  },
  {
    name: 'ines',
    shownPassword: 'fog over the pier',
    salt: 'MMSM5wXj4hpNWbg3dtg5ow==',
    hash: '6cUlgDjUKI81Nkg9v9hM/k+hrkz0L8Lh+pJ+vWsD6hc=',
  },
  {
    name: 'jun',
    shownPassword: 'three slow knots',
    salt: '9Ep2jEXcxDkXB8hoZpMxnQ==',
    hash: '805w64A6XUz9lBtVI2jLBv2J761UpD6+4rchqlb4hcE=',
  },
];

/** The hash of a random password that nobody knows. */
const NOBODY = {
  salt: 'FZTC5DLgC6UHZiYySV790Q==',
  hash: 'YpQRnxrcMCmPD2Jxspkh3rd9gQX7I1D8JODkBXRHF7I=',
};

/**
 * The user of this name, if the password is theirs.
 *
 * An unknown name takes as long as a wrong password: the time must not tell who
 * has an account. Node checks four at a time, on threads of its own.
 */
async function authenticate(name, password) {
  const user = USERS.find((candidate) => candidate.name === name);
  const { salt, hash } = user ?? NOBODY;
  const expected = Buffer.from(hash, 'base64');
  const actual = await promisify(scrypt)(
    password,
    Buffer.from(salt, 'base64'),
    expected.length,
    COST,
  );
  return timingSafeEqual(actual, expected) ? user : undefined;
}

module.exports = { USERS, authenticate };
