import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { encodeCbor, joinBytes } from '../../src/OneCode.Web/site/onecode/cbor.js';
import { folderStore } from '../../src/OneCode.Web/site/onecode/node-store.js';
import { CodeVerifier } from '../../src/OneCode.Web/site/onecode/verifier.js';
import { NOON, Province, textOf } from './issuer.js';

const TTL = 900;

/** Downloading compact status from a server that listens, breaks off and forgets, onto a disk that is really there. */
describe('compact status at a gate', () => {
  let folder;
  let province;
  let site;
  let now;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onecode-compact-'));
    province = await Province.open();
    site = await Site.open(province);
    now = NOON;
  });
  afterEach(async () => {
    site.close();
    await rm(folder, { recursive: true });
  });

  const open = (more = {}) => CodeVerifier.open({
    roots: { threshold: 1, keys: [province.root.jwk] }, trustListUri: `${site.address}/trust`, metadataUri: `${site.address}/metadata`,
    store: folderStore(folder), clock: () => now, ...more,
  });
  const again = async (verifier) => {
    now += TTL + 60;
    await verifier.refresh();
  };
  const refreshed = async (more) => {
    const verifier = await open(more);
    await verifier.refresh();
    return verifier;
  };
  const says = async (verifier, index) => {
    const text = textOf(await province.credential({ claims: province.claims({ [-65539]: ['pm26110', index], 4: NOON + 86400 * 100 }) }));
    return (await verifier.judge(text)).answer;
  };
  const parts = async () => (await readdir(folder)).filter((name) => name.startsWith('part-'));

  test('the snapshot that the metadata offers is fetched once, and codes are judged by it', async () => {
    await site.publish(1, [6]);
    const verifier = await refreshed();
    assert.deepEqual([await says(verifier, 5), await says(verifier, 6), await says(verifier, 5000)], ['valid', 'revoked', 'notCovered']);
    await verifier.refresh();
    assert.equal(site.asked('/state/'), 1);
    assert.equal(site.asked('/status/pm26110'), 0);
  });

  test('what was missed arrives by deltas and no second snapshot', async () => {
    await site.publish(1, [6]);
    const verifier = await refreshed();
    await site.publish(2, [6, 400]);
    await site.publish(3, [5, 6, 400]);
    await again(verifier);
    assert.deepEqual([verifier.compact[0].version, await says(verifier, 5), site.asked('/state/')], [3, 'revoked', 1]);
    // And from the disk.
    site.close();
    assert.equal(await says(await open(), 5), 'revoked');
  });

  test('too old for deltas, or given wrong ones, it takes the snapshot', async () => {
    await site.publish(1, [6]);
    const verifier = await refreshed();
    await site.publish(9, [5, 6]);
    site.files.delete('/compact/pm/since/1');
    await again(verifier);
    assert.deepEqual([verifier.compact[0].version, site.asked('/state/')], [9, 2]);
    await site.publish(10, [5, 6, 7]);
    site.files.set('/compact/pm/since/9', new Uint8Array([0x81, 0x00, 0x40]));
    await again(verifier);
    assert.deepEqual([verifier.compact[0].version, await says(verifier, 7)], [10, 'revoked']);
  });

  test('an old statement of some cache beside new deltas costs no download and takes nothing back', async () => {
    await site.publish(1, [6]);
    const verifier = await refreshed();
    await site.publish(2, [6, 7]);
    const old = site.files.get('/compact/pm');
    await site.publish(3, [5, 6, 7]);
    site.files.set('/compact/pm', old);
    await again(verifier);
    assert.deepEqual([verifier.compact[0].version, await says(verifier, 5), site.asked('/state/')], [3, 'revoked', 1]);
  });

  test('a download that broke off goes on where it stopped, also after a restart', async () => {
    await site.publish(1, Array.from({ length: 400 }, (_, i) => 2 * i));
    site.breakOffAfter = 50;
    assert.deepEqual((await refreshed()).compact, []);
    assert.equal((await parts()).length, 1);
    site.breakOffAfter = null;
    const verifier = await refreshed();
    assert.deepEqual([site.lastRange, await says(verifier, 4), await says(verifier, 5)], ['bytes=50-', 'revoked', 'valid']);
    assert.deepEqual(await parts(), []);
  });

  test('a beginning that rotted is thrown away with its end, and the download begun again', async () => {
    await site.publish(1, Array.from({ length: 400 }, (_, i) => 2 * i));
    site.breakOffAfter = 50;
    const verifier = await refreshed();
    const [part] = await parts();
    await writeFile(join(folder, part), new Uint8Array(50));
    site.breakOffAfter = null;
    await again(verifier);
    assert.deepEqual([verifier.compact, await parts()], [[], []]);
    await again(verifier);
    assert.equal(verifier.compact.length, 1);
  });

  test('what is left of a download that nobody wants any more goes', async () => {
    await site.publish(1, Array.from({ length: 400 }, (_, i) => 2 * i));
    site.breakOffAfter = 50;
    const verifier = await refreshed();
    site.breakOffAfter = null;
    await site.publish(2, [6]);
    await again(verifier);
    assert.deepEqual([verifier.compact[0].version, await parts()], [2, []]);
  });

  test('a server that stops sending is left', async () => {
    await site.publish(1, Array.from({ length: 400 }, (_, i) => 2 * i));
    site.stopAfter = 50;
    const verifier = await refreshed({ patience: 0.5 });
    assert.deepEqual([verifier.compact, (await parts()).length], [[], 1]);
  });

  test('an issuer that goes back changes nothing, and a withdrawal counts when the state has long expired', async () => {
    await site.publish(5, [5, 6]);
    const verifier = await refreshed();
    site.published.length = 0;
    await site.publish(4, [6]);
    await again(verifier);
    assert.deepEqual([verifier.compact[0].version, await says(verifier, 5)], [5, 'revoked']);
    site.close();
    now += 86400 * 20;
    await verifier.refresh();
    assert.deepEqual([await says(verifier, 5), await says(verifier, 7)], ['revoked', 'stale']);
  });

  test('of a list and a series, withdrawn is believed whoever says it, else the later', async () => {
    await site.publish(1, [6]);
    const verifier = await refreshed();
    assert.equal(await verifier.takeStatusList(await province.statusBytes({ iat: NOON - 30, entries: new Map([[7, 1], [8, 2]]) })), null);
    assert.deepEqual([await says(verifier, 6), await says(verifier, 7), await says(verifier, 8), await says(verifier, 9)], ['revoked', 'revoked', 'suspended', 'valid']);
  });

  test('below the floor of the trust list a clean answer of a series is stale', async () => {
    await site.publish(1, [6]);
    const verifier = await refreshed();
    const keys = [province.trustedKey(province.person, 1, { 7: NOON }), province.trustedKey(province.status, 4)];
    assert.equal(await verifier.takeTrustList(await province.trustBytes({ version: 2, keys })), null);
    assert.deepEqual([await says(verifier, 5), await says(verifier, 6)], ['stale', 'revoked']);
  });

  test('a trust list that withdraws the key withdraws what it said', async () => {
    await site.publish(1, [6]);
    const verifier = await refreshed();
    const keys = [province.trustedKey(province.person, 1), province.trustedKey(province.status, 4, { 8: NOON - 5 })];
    assert.equal(await verifier.takeTrustList(await province.trustBytes({ version: 2, keys })), null);
    assert.deepEqual(verifier.compact, []);
  });

  test('a damaged file is passed over and fetched again', async () => {
    await site.publish(1, [6]);
    await refreshed();
    const file = join(folder, 'compact-34-pm');
    const bytes = await readFile(file);
    bytes[bytes.length - 2] ^= 1;
    await writeFile(file, bytes);
    const verifier = await open();
    assert.deepEqual(verifier.compact, []);
    await verifier.refresh();
    assert.equal(await says(verifier, 6), 'revoked');
  });

  test('only the series that are wanted are held, and one that is over goes when its issuer names it no more', async () => {
    await site.publish(1, [6]);
    await site.publish(1, [6], 'pd261125');
    const verifier = await refreshed({ compactSeries: (name) => name === 'pm' });
    assert.deepEqual(verifier.compact.map(({ series }) => series), ['pm']);
    const all = await open();
    await again(all);
    assert.equal(all.compact.length, 2);
    site.files.set('/compact', JSON.stringify({ series: ['pm'] }));
    now = NOON + 86400 * 4;
    await all.refresh();
    assert.deepEqual(all.compact.map(({ series }) => series), ['pm']);
    assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith('compact-')), ['compact-34-pm']);
  });
});

/** An issuer's site, with what it published and a will of its own about connections. */
class Site {
  files = new Map();
  published = [];
  breakOffAfter = null;
  stopAfter = null;
  lastRange = null;
  #asked = [];
  #names = new Set(['../../etc/passwd', 7]);
  #server;
  #province;

  static async open(province) {
    const site = new Site();
    site.#province = province;
    site.#server = createServer((request, response) => site.#answer(request, response));
    await new Promise((resolve) => {
      site.#server.listen(0, '127.0.0.1', resolve);
    });
    site.address = `http://127.0.0.1:${site.#server.address().port}`;
    site.files.set('/trust', await province.trustBytes());
    site.files.set('/metadata', JSON.stringify({ compact_status_uri: `${site.address}/compact` }));
    return site;
  }

  asked(what) {
    return this.#asked.filter((path) => path.includes(what)).length;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async publish(version, withdrawn, series = 'pm') {
    this.#names.add(series);
    this.files.set('/compact', JSON.stringify({ series: [...this.#names] }));
    const { message, body, digest } = await this.#province.compact({ version, withdrawn, series });
    this.files.set(`/compact/${series}`, message);
    this.files.set(`/compact/state/${digest}`, body);
    this.published.push({ version, withdrawn, series });
    const all = this.published.filter((one) => one.series === series);
    let way = [];
    for (let i = all.length - 2; i >= 0; i--) {
      const delta = await this.#province.compact({ ...all[i + 1], since: all[i] });
      way = [delta.message, encodeCbor(delta.body), ...way];
      this.files.set(`/compact/${series}/since/${all[i].version}`, joinBytes(way));
    }
  }

  #answer(request, response) {
    this.#asked.push(request.url);
    const file = this.files.get(request.url);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const bytes = Buffer.from(file);
    const isState = request.url.includes('/state/');
    const range = isState ? request.headers.range ?? null : null;
    this.lastRange = isState ? range : this.lastRange;
    const from = range === null ? 0 : Number(/^bytes=([0-9]+)-$/.exec(range)[1]);
    response.writeHead(range === null ? 200 : 206, { 'content-length': bytes.length - from, ...(range === null ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }) });
    const most = isState ? this.breakOffAfter ?? this.stopAfter : null;
    if (most === null) {
      response.end(bytes.subarray(from));
      return;
    }
    response.write(bytes.subarray(from, from + most), () => {
      if (this.stopAfter === null) {
        // What was written arrives before the end does.
        setTimeout(() => response.socket.destroy(), 200);
      }
    });
  }
}
