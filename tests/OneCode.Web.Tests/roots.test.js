import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { readTrustRoots, verifyRootChange, verifyTrustList, webCrypto, withAlgorithms } from '../../src/OneCode.Web/site/onecode/index.js';
import { noble, sm2 } from '../../src/OneCode.Web/site/onecode/noble.js';

const FOLDER = new URL('../vectors/roots/', import.meta.url);
const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
const bytesOf = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

for (const [name, provider] of Object.entries({ 'by WebCrypto': withAlgorithms(webCrypto, sm2), 'by noble alone': noble })) {
  describe(`changes of roots ${name}`, () => {
    test('are there', () => assert.ok(files.length >= 25));

    for (const file of files) {
      test(file, async () => {
        const vector = JSON.parse(await readFile(new URL(file, FOLDER), 'utf8'));
        let roots = await readTrustRoots(vector.roots, provider);
        let trust = null;
        for (const { change, trustList, expect } of vector.steps) {
          const taken = change === undefined ? await verifyTrustList(bytesOf(trustList), roots, trust) : await verifyRootChange(bytesOf(change), roots);
          assert.equal(taken.refused ?? 'accepted', expect);
          roots = taken.roots ?? roots;
          trust = taken.list ?? trust;
        }
        assert.deepEqual([roots.version, trust?.version ?? null], [vector.version, vector.trustVersion]);
      });
    }
  });
}
