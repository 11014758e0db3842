import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { readTrustRoots, takeCompact, verifyTrustList, webCrypto } from '../../src/OneCode.Web/site/onecode/index.js';
import { noble } from '../../src/OneCode.Web/site/onecode/noble.js';

const FOLDER = new URL('../vectors/compact/', import.meta.url);
const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
const bytesOf = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
const WORDS = new Map([[null, 'notCovered'], [undefined, 'unknown'], [0, 'valid'], [1, 'invalid'], [2, 'suspended']]);

for (const [name, provider] of Object.entries({ 'by WebCrypto': webCrypto, 'by noble alone': noble })) {
  describe(`snapshots and deltas ${name}`, () => {
    test('are there', () => assert.ok(files.length >= 70));

    for (const file of files) {
      test(file, async () => {
        const vector = JSON.parse(await readFile(new URL(file, FOLDER), 'utf8'));
        const { list: trust } = await verifyTrustList(bytesOf(vector.trustList), await readTrustRoots(vector.roots, provider));
        const held = new Map();
        for (const { message, body, expect } of vector.steps) {
          const { series, refused } = await takeCompact(bytesOf(message), bytesOf(body), trust, (region, id) => held.get(`${region} ${id}`) ?? null);
          assert.equal(refused ?? 'accepted', expect);
          if (series !== undefined) {
            held.set(`${series.region} ${series.series}`, series);
          }
        }
        for (const { issuer, uri, list, index, answer } of vector.answers) {
          const known = [...held.values()].filter((series) => series.region === issuer).map((series) => series.get(uri, list, index)).find((value) => value !== undefined);
          assert.equal(WORDS.get(known), answer, `${list} ${index}`);
        }
      });
    }
  });
}
