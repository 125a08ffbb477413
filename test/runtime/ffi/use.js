// JavaScript holds handles as numbers: double close and stale use are errors.
'use strict';
const assert = require('assert');
const doc = require(process.argv[2]);

const a = doc.open('hello');
const b = doc.open('other');
assert(a > 0 && b > 0 && a !== b && Number.isSafeInteger(a) && Number.isSafeInteger(b));
assert.strictEqual(doc.length(a), 5);
assert.strictEqual(doc.close(a), 0);
assert.throws(() => doc.close(a), { code: 'STALE', message: /document.*opened at .*closed at /s });
assert.throws(() => doc.length(a), { code: 'STALE' });
for (const noise of [0, -1, 1.5, 0.1 + a, NaN, Infinity, 2 ** 53, 2 ** 63, 1e300, b + 2 ** 22])
  assert.throws(() => doc.length(noise), { code: 'INVALID' }, String(noise));
for (let i = 0; i < 10000; ++i) { // the slot of `a` is used again, and is not `a`
  const h = doc.open('x');
  assert(Number.isSafeInteger(h) && h !== a);
  doc.close(h);
}
assert.throws(() => doc.length(a), { code: 'STALE' });
assert.strictEqual(doc.length(b), 5);
assert.strictEqual(doc.close(b), 0);
console.log('ok');
