import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { folderStore } from '../../src/OneCode.Web/site/onecode/node-store.js';
import { CodeVerifier } from '../../src/OneCode.Web/site/onecode/verifier.js';
import { newKey, NOON, Province, textOf } from './issuer.js';

const TRUST = 'https://id.example/trust/list';
const LIST = 'https://id.example/status/pm26110';
const STATUS = 'https://id.example/status/';

describe('a verifier at the gate', () => {
  let folder;
  let province;
  let now;
  let files;
  let asked;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onecode-gate-'));
    province = await Province.open();
    now = NOON;
    asked = [];
    files = new Map([[TRUST, await province.trustBytes()], [LIST, await province.statusBytes({ entries: new Map([[6, 1], [7, 2]]) })]]);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const serve = async (uri) => {
    asked.push(uri);
    if (!files.has(uri)) {
      throw new TypeError('no network');
    }
    return new Response(files.get(uri));
  };
  const open = (more = {}) => CodeVerifier.open({
    roots: { threshold: 1, keys: [province.root.jwk] }, trustListUri: TRUST, store: folderStore(folder), fetch: serve, clock: () => now, ...more,
  });
  const paper = async (index, list = 'pm26110') => textOf(await province.credential({ claims: province.claims({ [-65539]: [list, index], 4: NOON + 86400 * 100 }) }));

  test('fetches what is missing, and tells the five answers apart', async () => {
    const verifier = await open();
    files.set(STATUS + 'pm20010', await province.statusBytes({ list: 'pm20010', iat: NOON - 86400 * 5, exp: NOON - 86400 * 2 }));
    const answers = [];
    for (const text of [await paper(5), await paper(6), await paper(7), await paper(5, 'pm20010'), await paper(5000), await paper(5, 'pm99010')]) {
      answers.push((await verifier.judgeOnline(text)).answer);
    }
    assert.deepEqual(answers, ['valid', 'revoked', 'suspended', 'stale', 'notCovered', 'notCovered']);
    assert.equal((await verifier.judge('OC1:')).answer, 'invalid');
  });

  test('goes on for a day without network, with the age, and is stale after four', async () => {
    await (await open()).judgeOnline(await paper(5));
    files.clear();
    now += 86400;
    const verifier = await open();
    const judged = await verifier.judge(await paper(5));
    assert.deepEqual([judged.answer, judged.statusAge, judged.trustAge], ['valid', 86460, 87000]);
    now += 3 * 86400;
    assert.deepEqual(await verifier.judge(await paper(5)).then(({ answer, reason }) => [answer, reason]), ['stale', 'StatusStale']);
    assert.equal((await verifier.judge(await paper(6))).answer, 'revoked');
  });

  test('without a trust list it cannot tell, and unknown keys make no flood', async () => {
    files.clear();
    const verifier = await open();
    for (let i = 0; i < 5; i++) {
      assert.equal((await verifier.judgeOnline(await paper(5))).answer, 'cannotTell');
    }
    assert.deepEqual(asked, [TRUST]);
  });

  test('passes over what is damaged on disk, and fetches it again', async () => {
    await (await open()).judgeOnline(await paper(5));
    const names = await readdir(folder);
    assert.equal(names.length, 2);
    for (const name of names) {
      await writeFile(join(folder, name), (await readFile(join(folder, name))).subarray(0, 40));
    }
    const verifier = await open();
    assert.equal((await verifier.judge(await paper(5))).answer, 'cannotTell');
    assert.equal((await verifier.judgeOnline(await paper(5))).answer, 'valid');
    assert.equal((await (await open()).judge(await paper(5))).answer, 'valid');
  });

  test('an older list never takes the place of a newer one, neither from the network nor from the disk', async () => {
    const verifier = await open();
    await verifier.judgeOnline(await paper(5));
    assert.equal(await verifier.takeStatusList(await province.statusBytes({ iat: NOON - 120 })), 'Rollback');
    assert.equal(await verifier.takeTrustList(await province.trustBytes({ version: 2 })), null);
    assert.equal(await verifier.takeTrustList(await province.trustBytes({ version: 1 })), 'Rollback');
    assert.equal((await verifier.judge(await paper(5))).answer, 'valid');
  });

  test('a revocation arrives with the refresh, and the refresh stops when told', async () => {
    const verifier = await open({ refreshEvery: 0.02, retry: 0 });
    await verifier.judgeOnline(await paper(5));
    files.set(LIST, await province.statusBytes({ entries: new Map([[5, 1]]), iat: NOON + 900 }));
    now += 1000;
    const stopping = new AbortController();
    const running = verifier.run(stopping.signal);
    for (let i = 0; i < 500 && (await verifier.judge(await paper(5))).answer === 'valid'; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await verifier.judge(await paper(5))).answer, 'revoked');
    stopping.abort();
    await running;
  });

  test('a server that never stops sending is cut off, and plain http is not asked', async () => {
    files.set(TRUST, new Uint8Array(1024 * 1024 + 1));
    assert.equal((await (await open()).judgeOnline(await paper(5))).answer, 'cannotTell');
    asked = [];
    await (await open({ trustListUri: 'http://id.example/trust/list' })).judgeOnline(await paper(5));
    assert.deepEqual(asked, []);
  });

  test('goes on by new roots through two changes that it slept through, also from its disk, and never back', async () => {
    const chain = JSON.parse(await readFile(new URL('../vectors/roots/chain.json', import.meta.url), 'utf8'));
    const changes = chain.steps.map(({ change }) => new Uint8Array(Buffer.from(change, 'hex')));
    files.set('https://id.example/trust/roots', Buffer.concat(changes));
    files.set('https://id.example/metadata', JSON.stringify({ root_changes_uri: 'https://id.example/trust/roots' }));
    const more = { roots: chain.roots, metadataUri: 'https://id.example/metadata' };
    const verifier = await open(more);
    await verifier.refresh();
    assert.equal(verifier.roots.version, 3);
    files.clear();
    const restarted = await open(more);
    assert.equal(restarted.roots.version, 3);
    assert.notEqual(await restarted.takeRootChange(changes[0]), null);
    assert.equal(restarted.roots.version, 3);
    await writeFile(join(folder, 'root-changes'), changes[1]);
    assert.equal((await open(more)).roots.version, 1);
  });

  test('takes a change of roots in once, however many bring it at the same moment', async () => {
    const chain = JSON.parse(await readFile(new URL('../vectors/roots/chain.json', import.meta.url), 'utf8'));
    const change = new Uint8Array(Buffer.from(chain.steps[0].change, 'hex'));
    const verifier = await open({ roots: chain.roots });
    assert.deepEqual((await Promise.all([verifier.takeRootChange(change), verifier.takeRootChange(change)])).sort(), ['Rollback', null]);
    assert.equal(verifier.roots.version, 2);
    assert.deepEqual(new Uint8Array(await readFile(join(folder, 'root-changes'))), change);
  });

  test('takes as many changes of roots as it reads back', async () => {
    const verifier = await open();
    const others = [await newKey(), await newKey()];
    let from = province.root;
    for (let version = 2; version <= 66; version++) {
      const to = others[version % 2];
      assert.equal(await verifier.takeRootChange(await province.changeBytes(to, version, [from, to])), version <= 65 ? null : 'Malformed');
      from = to;
    }
    assert.deepEqual([verifier.roots.version, (await open()).roots.version], [65, 65]);
  });

  test('a mirror is asked for lists instead', async () => {
    files.set('https://mirror.example/pm26110', files.get(LIST));
    files.delete(LIST);
    assert.equal((await (await open({ statusMirror: 'https://mirror.example/{list}' })).judgeOnline(await paper(5))).answer, 'valid');
  });
});
