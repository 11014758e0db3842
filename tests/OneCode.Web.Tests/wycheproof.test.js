import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { webCrypto } from '../../src/OneCode.Web/site/onecode/index.js';
import { es256 as pure } from '../../src/OneCode.Web/site/onecode/noble.js';

const { testGroups } = JSON.parse(await readFile(new URL('../vectors/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json', import.meta.url), 'utf8'));
const bytesOf = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

for (const [name, algorithm] of [['WebCrypto', webCrypto.algorithms[0]], ['noble', pure]]) {
  test(`Wycheproof's signatures get their answers by ${name}`, async () => {
    let count = 0;
    for (const { publicKey, tests } of testGroups) {
      const point = bytesOf(publicKey.uncompressed);
      const key = await algorithm.importPoint(point.subarray(1, 33), point.subarray(33));
      for (const { tcId, comment, msg, sig, result } of tests) {
        // A signature of another length is refused with the structure around it (SPEC.md step 2).
        const holds = sig.length === 128 && await key.verify(bytesOf(sig), bytesOf(msg));
        assert.equal(holds, result === 'valid', `${tcId}: ${comment}`);
        count++;
      }
    }
    assert.equal(count, 262);
  });
}
