import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { readTrustRoots, verify, verifyStatusList, verifyTrustList, webCrypto, withAlgorithms } from '../../src/OneCode.Web/site/onecode/index.js';
import { noble, sm2 } from '../../src/OneCode.Web/site/onecode/noble.js';

const FOLDER = new URL('../vectors/', import.meta.url);
const files = [
  ...(await readdir(FOLDER)).filter((name) => name.endsWith('.json')),
  ...(await readdir(new URL('sm2/codes/', FOLDER))).map((name) => `sm2/codes/${name}`),
];

/** The two halves of the platform under a verifier: WebCrypto with SM2 beside it, and neither. */
const providers = {
  'by WebCrypto': withAlgorithms(webCrypto, sm2),
  'by noble alone': noble,
};

/** What a verifier holds after taking everything in, and what it answered to each list. */
async function takeIn({ roots: json, trustLists, statusLists }, provider) {
  const roots = json === null ? null : await readTrustRoots(json, provider);
  const lists = new Map();
  const find = (uri, region) => lists.get(`${region} ${uri}`) ?? null;
  const answers = { trustLists: [], statusLists: [] };
  let trust = null;
  for (const hex of trustLists) {
    // Without roots nobody vouches for a list.
    const { list, refused } = roots === null ? { refused: 'ThresholdNotMet' } : await verifyTrustList(bytesOf(hex), roots, trust);
    trust = list ?? trust;
    answers.trustLists.push(refused ?? 'accepted');
  }
  for (const hex of statusLists) {
    const { list, refused } = trust === null ? { refused: 'KeyNotInTrustList' } : await verifyStatusList(bytesOf(hex), trust, find);
    if (list !== undefined) {
      lists.set(`${list.region} ${list.uri}`, list);
    }
    answers.statusLists.push(refused ?? 'accepted');
  }
  return { held: { roots, trust, statuses: { find } }, answers };
}

function inWords({ kind, form, claims: { issuedAt, validFrom, expiresAt, ...rest } }) {
  const time = (seconds) => new Date(seconds * 1000).toISOString().replace('.000', '');
  return { kind, form, issuedAt: time(issuedAt), validFrom: time(validFrom), expiresAt: time(expiresAt), ...rest, holder: undefined, status: undefined };
}

function bytesOf(hex) {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function only(provider, names) {
  const numbers = names.map((name) => ({ ES256: -7, SM2: -65539 })[name]);
  return { ...provider, algorithms: provider.algorithms.filter(({ alg }) => numbers.includes(alg)) };
}

describe('the vectors that C# runs too', () => {
  test('are there', () => assert.ok(files.length >= 60));

  for (const [name, provider] of Object.entries(providers)) {
    describe(name, () => {
      for (const file of files) {
        test(file, async () => {
          const { expect, text, now, claims, algorithms, also = [], ...input } = JSON.parse(await readFile(new URL(file, FOLDER), 'utf8'));
          const { held, answers } = await takeIn(input, algorithms === undefined ? provider : only(provider, algorithms));
          const { verdict, reason, step, ...found } = await verify(text, { ...held, now });
          assert.deepEqual({ verdict, reason, step, ...answers }, {
            verdict: expect.verdict, reason: expect.reason, step: expect.step, trustLists: expect.trustLists ?? [], statusLists: expect.statusLists ?? [],
          });
          for (const [place, other] of also.entries()) {
            const said = await verify(other.text, { ...held, now });
            assert.deepEqual({ verdict: said.verdict, reason: said.reason, step: said.step }, other.expect, `also ${place}`);
          }
          if (verdict === 'passed') {
            assert.equal(found.level, expect.level ?? claims.level);
            assert.deepEqual(inWords(found), { ...claims, holder: undefined, status: undefined });
          }
        });
      }
    });
  }
});
