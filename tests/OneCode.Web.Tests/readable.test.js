import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DEGRADATIONS, measure, sums, table } from './readable.js';

// What 20 pictures give stands in src/OneCode.Web/README.md. The floors are two or three pictures below what these gave, for other versions of zbar.
const PICTURES = 3;
const FLOORS = {
  'few pixels': { zbar: 9, zxing: 15 },
  blur: { zbar: 4, zxing: 9 },
  noise: { zbar: 5, zxing: 13 },
  perspective: { zbar: 6, zxing: 13 },
  JPEG: { zbar: 8, zxing: 8 },
  handheld: { zbar: 8, zxing: 9 },
  all: { zbar: 46, zxing: 73 },
};

describe('a code on a phone, seen badly', () => {
  let rows;
  let found;
  before(async () => {
    rows = await measure(PICTURES);
    found = sums(rows);
  });

  for (const name of [...Object.keys(DEGRADATIONS), 'all']) {
    for (const reader of ['zbar', 'zxing']) {
      test(`${name}: ${reader} reads ours at least as often as a code of the EU's size`, () => {
        const { ours, eu } = found.get(name);
        // Of one degradation, one picture is chance.
        assert.ok(ours[reader] >= eu[reader] - (name === 'all' ? 0 : 1), `ours ${ours[reader]}, EU size ${eu[reader]}\n${table(rows)}`);
      });

      test(`${name}: ${reader} reads ours as often as it did`, () => {
        assert.ok(found.get(name).ours[reader] >= FLOORS[name][reader], `${found.get(name).ours[reader]} of ${found.get(name).pictures}\n${table(rows)}`);
      });
    }
  }

  test('seen well, both are read by both: what differs is the damage', () => {
    const easiest = rows.find((row) => row.strength.startsWith('far edge 6 %'));
    const all = { zbar: PICTURES, zxing: PICTURES };
    assert.deepEqual([easiest.ours, easiest.eu], [all, all]);
  });
});
