import { answerOf } from './answer.js';
import { joinBytes } from './cbor.js';
import { webCrypto } from './provider.js';
import { CompactDownloads } from './compact-downloads.js';
import { betterOf, statusUri, verifyStatusList } from './status.js';
import { followRootChanges, MOST_CHANGES, readRootChanges, readTrustRoots, verifyRootChange, verifyTrustList } from './trust.js';
import { CredentialCache, verify } from './verify.js';

const LARGEST = { trust: 1024 * 1024, status: 512 * 1024, changes: 1024 * 1024, metadata: 64 * 1024 };
const TRUST = 'trust-list';
const CHANGES = 'root-changes';
const STATUS = 'status-';
// A quarter either way: a thousand gates that came back with the power must not ask in the same second for ever after.
const JITTER = 0.25;

/**
 * Where lists are kept: untrusted, since what is read back goes through every check again. `put` must be whole or not at all
 * (`node-store.js` is, and so is IndexedDB).
 * @typedef {object} Store
 * @property {(name: string) => Promise<Uint8Array | undefined>} get
 * @property {(name: string, bytes: Uint8Array) => Promise<void>} put
 * @property {(prefix: string) => Promise<string[]>} names
 * @property {(name: string) => Promise<void>} delete
 */

/**
 * @typedef {import('./verify.js').Verdict & {answer: import('./answer.js').Answer, at: number, statusAge?: number, trustAge?: number}} Judgement
 */

/**
 * One call at the gate, like OneCode.Verifier in C#: judges by what is held, keeps it, and refreshes it in the background. It
 * needs no network to answer.
 */
export class CodeVerifier {
  #roots;
  #options;
  #trust = null;
  #changes = [];
  #places = {};
  #lists = new Map();
  #compact;
  #tried = new Map();
  #cache = new CredentialCache();

  constructor(roots, options) {
    this.#roots = roots;
    this.#options = options;
    this.#compact = new CompactDownloads({ fetch: options.fetch, store: options.store, patience: options.patience, trust: () => this.#trust });
  }

  /**
   * Reads what an earlier run kept. What does not verify any more, damaged or older, is passed over and fetched again.
   * @param {object} options
   * @param {any} options.roots the JSON of `trust_roots`, kept from a trusted moment
   * @param {import('./provider.js').Provider} [options.provider] ES256 by WebCrypto unless told otherwise
   * @param {string} [options.trustListUri]
   * @param {string} [options.metadataUri] the issuer's one-code metadata: changes of root keys and compact status are looked for where it says
   * @param {string} [options.rootChangesUri] where changes of root keys are, if that is known without metadata
   * @param {string} [options.compactStatusUri] where compact status (SPEC.md, section 13) is, if that is known without metadata
   * @param {boolean} [options.fetchCompact] whether it is downloaded where it is offered
   * @param {(series: string) => boolean} [options.compactSeries] which of its series to hold; all of them unless set
   * @param {string} [options.statusMirror] another place for status lists, with `{list}`
   * @param {Store} [options.store] without one, lists live in memory
   * @param {typeof fetch} [options.fetch]
   * @param {() => number} [options.clock] seconds
   * @param {() => number} [options.random] 0 to 1, for the jitter alone
   * @param {number} [options.refreshEvery] seconds
   * @param {number} [options.retry] the least seconds between two tries for the same thing: a forger must not make us a flood
   * @param {number} [options.patience] seconds that a download may take; of compact status, that it may stand still
   */
  static async open({ roots, provider = webCrypto, ...options }) {
    const verifier = new CodeVerifier(await readTrustRoots(roots, provider), {
      trustListUri: null, metadataUri: null, rootChangesUri: null, compactStatusUri: null, fetchCompact: true, compactSeries: () => true, statusMirror: null, store: null, fetch: globalThis.fetch, clock: () => Date.now() / 1000, random: Math.random,
      refreshEvery: 60, retry: 60, patience: 5, ...options,
    });
    await verifier.#load();
    return verifier;
  }

  /** The root keys held: those given, or what they handed over to since. */
  get roots() {
    return this.#roots;
  }

  /** The trust list held, or null. */
  get trust() {
    return this.#trust;
  }

  /** The status lists held. */
  get statuses() {
    return [...this.#lists.values()].map(({ list }) => list);
  }

  /** The compact series held. */
  get compact() {
    return this.#compact.series;
  }

  /**
   * Judges by what is held, without waiting for a network.
   * @param {string} text
   * @returns {Promise<Judgement>}
   */
  async judge(text) {
    const at = this.#options.clock();
    const found = await verify(text, {
      roots: this.#roots, trust: this.#trust, now: at, cache: this.#cache,
      statuses: { find: (uri, region, { list, index }) => betterOf(this.#held(uri, region), this.#compact.find(uri, region, list), index) },
    });
    return {
      ...found, answer: answerOf(found), at,
      ...(found.verdict === 'passed' ? { statusAge: at - found.statusAsOf } : {}),
      ...(this.#trust === null ? {} : { trustAge: at - this.#trust.issuedAt }),
    };
  }

  /**
   * Judges; fetches what was missing and judges again. Never throws on what was scanned, nor for want of a network.
   * @param {string} text
   */
  async judgeOnline(text) {
    let judged = await this.judge(text);
    if (['TrustMissing', 'TrustStale', 'KeyNotInTrustList'].includes(judged.reason) && await this.#fetchTrust()) {
      judged = await this.judge(text);
    }
    return judged.needs !== undefined && await this.#fetchStatus(judged.needs) ? this.judge(text) : judged;
  }

  /**
   * A change of root keys (SPEC.md, section 14).
   * @returns {Promise<string | null>} null: taken in and kept; else why not, and what was held stays
   */
  async takeRootChange(bytes) {
    const { roots, refused } = await verifyRootChange(bytes, this.#roots);
    if (roots === undefined) {
      return refused;
    }
    // While this one was checked, another may have been taken in: never backwards.
    if (roots.version <= this.#roots.version) {
      return 'Rollback';
    }
    if (this.#changes.length === MOST_CHANGES) {
      // One more would be a chain that is not read back: a gate that has come so far is given new roots by hand.
      return 'Malformed';
    }
    this.#roots = roots;
    this.#changes.push(bytes.slice());
    await this.#options.store?.put(CHANGES, joinBytes(this.#changes));
    return null;
  }

  /** @returns {Promise<string | null>} null: taken in and kept; else why not, and what was held stays */
  async takeTrustList(bytes) {
    const { list, refused } = await verifyTrustList(bytes, this.#roots, this.#trust);
    if (list === undefined) {
      return refused;
    }
    this.#trust = list;
    const before = [...this.#lists.values()];
    this.#lists.clear();
    // What a new trust list no longer vouches for answers nothing any more.
    for (const { bytes: kept } of before) {
      await this.#take(kept);
    }
    await this.#compact.judgeAgain();
    await this.#options.store?.put(TRUST, bytes);
    return null;
  }

  /** @returns {Promise<string | null>} null: taken in and kept; else why not, and what was held stays */
  async takeStatusList(bytes) {
    if (this.#trust === null) {
      return 'KeyNotInTrustList';
    }
    const { list, refused } = await this.#take(bytes);
    if (list !== undefined) {
      await this.#options.store?.put(await this.#nameOf(list), bytes);
    }
    return refused ?? null;
  }

  /**
   * A compact statement with its bytes (SPEC.md, section 13.4), by hand. The background refresh keeps what it fetches.
   * @returns {Promise<string | null>} null: taken in; else why not, and what was held stays
   */
  takeCompact(message, body) {
    return this.#compact.take(message, body);
  }

  /** Fetches whatever is held and past its ttl. Call it now and then, or leave it to {@link run}. */
  async refresh() {
    const now = this.#options.clock();
    if (this.#trust === null || now >= this.#trust.issuedAt + this.#trust.ttl) {
      await this.#fetchRootChanges();
      await this.#fetchTrust();
    }
    await this.#refreshCompact(now);
    for (const { list } of [...this.#lists.values()]) {
      if (now >= list.issuedAt + list.ttl) {
        await this.#fetchStatus(list.uri);
      }
    }
  }

  /**
   * Refreshes until it is told to stop.
   * @param {AbortSignal} signal
   */
  async run(signal) {
    while (!signal.aborted) {
      await this.refresh();
      const jitter = 1 - JITTER + 2 * JITTER * this.#options.random();
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 1000 * this.#options.refreshEvery * jitter);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve(undefined);
        }, { once: true });
      });
    }
  }

  async #load() {
    const { store } = this.#options;
    // The roots first: a list is judged by those of today, so one that only the old ones signed is fetched anew.
    const links = readRootChanges((await store?.get(CHANGES)) ?? new Uint8Array(0));
    ({ roots: this.#roots, kept: this.#changes } = await followRootChanges(this.#roots, [], links));
    const trust = await store?.get(TRUST);
    if (trust !== undefined && trust !== null) {
      this.#trust = (await verifyTrustList(trust, this.#roots)).list ?? null;
    }
    await this.#compact.load();
    for (const name of (await store?.names(STATUS)) ?? []) {
      const bytes = await store.get(name);
      const { list } = bytes === undefined || this.#trust === null ? {} : await this.#take(bytes);
      // Not under another list's name either: it would never be replaced there.
      if (list === undefined || name !== await this.#nameOf(list)) {
        await store.delete(name);
      }
    }
  }

  async #refreshCompact(now) {
    const { compactStatusUri, compactSeries, fetchCompact } = this.#options;
    const { series } = this.#compact;
    if (!fetchCompact || this.#trust === null || (series.length > 0 && series.every((held) => now < held.issuedAt + held.ttl))) {
      return;
    }
    const address = compactStatusUri ?? await this.#place('compact_status_uri');
    if (address !== null && this.#mayTry(address)) {
      // What is held stays, and what an interrupted download left is gone on from.
      await unlessOut(() => this.#compact.refresh(address, compactSeries, now), undefined);
    }
  }

  async #take(bytes) {
    const answer = await verifyStatusList(bytes, this.#trust, (uri, region) => this.#held(uri, region));
    if (answer.list !== undefined) {
      this.#lists.set(`${answer.list.region} ${answer.list.uri}`, { list: answer.list, bytes });
    }
    return answer;
  }

  #held(uri, region) {
    return this.#lists.get(`${region} ${uri}`)?.list ?? null;
  }

  // A URI is no file name.
  async #nameOf({ region, uri }) {
    const digest = await this.#roots.provider.sha256(new TextEncoder().encode(`${region} ${uri}`));
    return STATUS + Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  async #fetchTrust() {
    const { trustListUri } = this.#options;
    let unvouched = null;
    const take = async (bytes) => {
      const refused = await this.takeTrustList(bytes);
      // Signed by too few of the roots held: they may have handed over.
      unvouched = refused === 'ThresholdNotMet' ? bytes : null;
      return refused;
    };
    return trustListUri !== null && (await this.#fetch(trustListUri, LARGEST.trust, take)
      || (unvouched !== null && await this.#fetchRootChanges() && (await this.takeTrustList(unvouched)) === null));
  }

  /** The whole chain is served: what came before the roots held is refused, and the next link fits or does not. */
  async #fetchRootChanges() {
    const uri = this.#options.rootChangesUri ?? await this.#place('root_changes_uri');
    return uri !== null && this.#fetch(uri, LARGEST.changes, async (bytes) => {
      let refused = 'Malformed';
      for (const change of readRootChanges(bytes)) {
        refused = (await this.takeRootChange(change)) === null ? null : refused;
      }
      return refused;
    });
  }

  /** What the metadata says where something is; what an earlier look found stands until another finds something else. */
  async #place(name) {
    const { metadataUri } = this.#options;
    if (metadataUri !== null) {
      await this.#fetch(metadataUri, LARGEST.metadata, (bytes) => {
        const found = JSON.parse(new TextDecoder().decode(bytes));
        for (const known of ['root_changes_uri', 'compact_status_uri']) {
          this.#places[known] = typeof found?.[known] === 'string' ? found[known] : this.#places[known];
        }
        return null;
      });
    }
    return this.#places[name] ?? null;
  }

  async #fetchStatus(uri) {
    const { statusMirror } = this.#options;
    const name = statusMirror === null ? null : this.#trust?.keys.map((key) => listOf(key.statusTemplate, uri)).find((found) => found !== null);
    return this.#fetch(name ? statusUri(statusMirror, name) : uri, LARGEST.status, (bytes) => this.takeStatusList(bytes));
  }

  #mayTry(uri) {
    const now = this.#options.clock();
    if (!/^https:|^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(uri) || now - (this.#tried.get(uri) ?? -Infinity) < this.#options.retry) {
      return false;
    }
    this.#tried.set(uri, now);
    return true;
  }

  async #fetch(uri, most, take) {
    return this.#mayTry(uri) && unlessOut(async () => {
      const response = await this.#options.fetch(uri, {
        headers: { accept: 'application/statuslist+cwt, application/cose;q=0.9, */*;q=0.1' },
        redirect: 'error',
        signal: AbortSignal.timeout(1000 * this.#options.patience),
      });
      return response.ok && (await take(await bytesOf(response, most))) === null;
    }, false);
  }
}

/** No network, a slow one, or too much of it: the verdict says what is missing, and what is held stays. A full disk too. */
async function unlessOut(work, otherwise) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException || error instanceof RangeError || error instanceof SyntaxError || typeof error?.code === 'string') {
      return otherwise;
    }
    throw error;
  }
}

function listOf(template, uri) {
  if (template === null) {
    return null;
  }
  const [before, after] = template.split('{list}');
  const name = uri.slice(before.length, uri.length - after.length);
  return uri.startsWith(before) && uri.endsWith(after) && /^[a-z0-9]{1,16}$/.test(name) ? name : null;
}

/** A server that never stops sending must not fill a gate's memory. */
async function bytesOf(response, most) {
  const parts = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > most) {
      throw new RangeError('more than a list can be');
    }
    parts.push(part);
  }
  return joinBytes(parts);
}
