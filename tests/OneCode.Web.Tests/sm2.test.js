import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { present, readTrustRoots, verify, verifyStatusList, verifyTrustList } from '../../src/OneCode.Web/site/onecode/index.js';
import { noble, sm2 } from '../../src/OneCode.Web/site/onecode/noble.js';
import { sm3 } from '../../src/OneCode.Web/site/onecode/sm3.js';

const set = async (name) => JSON.parse(await readFile(new URL(`../vectors/sm2/${name}`, import.meta.url), 'utf8'));
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (data) => Buffer.from(data).toString('hex');
const signatures = await set('sm2_verify_test.json');
const keys = await set('sm2_key_test.json');

describe('the adversarial SM2 set', () => {
  for (const { type, publicKey, tests } of signatures.testGroups) {
    for (const { tcId, comment, msg, digest, sig, result } of tests) {
      test(`${tcId} ${comment}`, () => {
        const [x, y] = [bytes(publicKey.x), bytes(publicKey.y)];
        const answer = type === 'Sm2Verify' ? sm2.importPoint(x, y).verify(bytes(sig), bytes(msg)) : sm2.verifyDigest(x, y, bytes(sig), bytes(digest));
        assert.equal(answer, result === 'valid');
      });
    }
  }

  for (const { type, tests } of keys.testGroups.filter((group) => group.type !== 'Sm2SubjectPublicKeyInfo')) {
    for (const { tcId, comment, x, y, odd, result } of tests) {
      test(`key ${tcId} ${comment}`, () => {
        if (type === 'Sm2Point') {
          assert.equal(sm2.importPoint(bytes(x), bytes(y)) !== null, result === 'valid');
        } else {
          const completed = sm2.completePoint(bytes(x), odd);
          assert.equal(completed && hex(completed), result === 'valid' ? y : null);
        }
      });
    }
  }
});

describe('SM2 and SM3', () => {
  test('SM3 gives the digests of the standard', () => {
    // GB/T 32905-2016, annex A.
    assert.equal(hex(sm3(Buffer.from('abc'))), '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
    assert.equal(hex(sm3(Buffer.from('abcd'.repeat(16)))), 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732');
  });

  test('the example of the standard holds', () => {
    // GB/T 32918.5-2017, annex A.2.
    const key = sm2.importPoint(
      bytes('09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020'), bytes('ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13'));
    const signature = bytes('f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa');
    assert.ok(key.verify(signature, Buffer.from('message digest')));
    assert.ok(!key.verify(signature, Buffer.from('message digests')));
  });

  test('what a key signs here holds, and Node.js has the same opinion', async () => {
    const { createPublicKey, verify: nodeVerify } = await import('node:crypto');
    for (let i = 0; i < 5; i++) {
      const key = sm2.newKey(randomBytes);
      const signed = randomBytes(40 * i);
      const signature = key.sign(signed);
      assert.ok(sm2.importPoint(key.x, key.y).verify(signature, signed));
      assert.deepEqual(sm2.completePoint(key.x, (key.y[31] & 1) === 1), key.y);

      // Node.js has libcrypto's SM2, but no way to name a signer: it hashes with the empty id, so the answer must be no.
      const spki = Buffer.concat([bytes('3059301306072a8648ce3d020106082a811ccf5501822d03420004'), key.x, key.y]);
      assert.equal(nodeVerify('sm3', signed, { key: createPublicKey({ key: spki, format: 'der', type: 'spki' }), dsaEncoding: 'ieee-p1363' }, signature), false);
    }
  });

  test('a phone on SM2 presents its credential', async () => {
    const vector = JSON.parse(await readFile(new URL('../vectors/sm2/codes/sm2-phone-person.json', import.meta.url), 'utf8'));
    const roots = await readTrustRoots(vector.roots, noble);
    const { list: trust } = await verifyTrustList(bytes(vector.trustLists[0]), roots);
    const { list } = await verifyStatusList(bytes(vector.statusLists[0]), trust);
    const held = { roots, trust, statuses: { find: (uri) => (uri === list.uri ? list : null) }, now: vector.now };
    assert.equal((await verify(vector.text, held)).verdict, 'passed');

    // Another phone's key under the same credential: shown well, and refused.
    const { protected: header, payload, signature } = vector.credential;
    const credential = Buffer.concat([bytes('d2'), bytes('84'), cborBytes(header), bytes('a0'), cborBytes(payload), cborBytes(signature)]);
    const text = await present(credential, sm2.newKey(randomBytes), vector.now);
    assert.deepEqual(await verify(text, held), { verdict: 'failed', reason: 'HolderProofInvalid', step: 'Holder' });
  });
});

function cborBytes(text) {
  const data = bytes(text);
  return Buffer.concat([data.length < 24 ? Uint8Array.of(0x40 + data.length) : Uint8Array.of(0x58, data.length), data]);
}
