import {
  compareBytes, followRootChanges, joinBytes, Malformed, readRootChanges, readTrustRoots, splitCborSequence, verifyStatusList, verifyTrustList,
} from '/onecode/index.js';
import { Store } from '/shared/store.js';

const KEPT_AFTER_END = 24 * 3600;
const PATIENCE = 8000;

/**
 * What this device checks against: root keys pinned at first use and what they handed over to since, the trust list that these vouch for, status
 * lists. All of it is verified on the way in and again when read back, since the disk is no more trusted than the network.
 */
export class Held {
  #store;
  #issuer;
  #provider;
  #lists = new Map();
  #refreshing = null;
  // The links from the pinned roots to those held, and the bytes as they lie in the store: what another window puts there is not overwritten unread.
  #changes = [];
  #kept = { changes: undefined, trust: undefined };

  roots = null;
  trust = null;
  /** Why the last refresh did not do all it should: '' | 'unreachable' | 'rootsChanged' | a refusal's name. */
  trouble = '';

  /**
   * @param {string} issuer
   * @param {import('/onecode/provider.js').Provider} provider what this page can check
   */
  static async open(issuer, provider) {
    const held = new Held();
    held.#issuer = issuer;
    held.#provider = provider;
    held.#store = await Store.open('onecode-verifier', ['kept', 'lists']);
    await held.#load();
    return held;
  }

  /** For `verify`. */
  statuses = { find: (uri, region) => this.#lists.get(`${region} ${uri}`) ?? null };

  /** @returns {import('/onecode/status.js').StatusList[]} lists that still can count, oldest first */
  lists(now) {
    return [...this.#lists.values()].filter((list) => list.expiresAt > now).sort((a, b) => a.issuedAt - b.issuedAt);
  }

  /** Newest time that those we trust have signed: a clock behind it is wrong. */
  signedTime() {
    return Math.max(this.trust?.issuedAt ?? 0, ...[...this.#lists.values()].map((list) => list.issuedAt));
  }

  /** Fetches what is new. One at a time; callers share it. */
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** One list that a scan was missing. */
  async fetchList(uri) {
    // Other regions' lists come through our own server, or not at all: the page talks to no other.
    if (this.trust === null || new URL(uri).origin !== this.#issuer) {
      return;
    }
    const response = await this.#get(uri, { Accept: 'application/statuslist+cwt' });
    await this.#take(new Uint8Array(await response.arrayBuffer()));
  }

  /** Forgets everything, the pinned roots above all. Only a person decides that. */
  async forget() {
    await this.#store.clear('kept');
    await this.#store.clear('lists');
    this.#lists.clear();
    this.#changes = [];
    this.#kept = { changes: undefined, trust: undefined };
    this.roots = null;
    this.trust = null;
  }

  async #load() {
    const rootsJson = await this.#store.get('kept', 'roots');
    if (rootsJson === undefined) {
      return;
    }
    // The roots first: the list is judged by those of today.
    const [changes, trust] = [await this.#store.get('kept', 'changes'), await this.#store.get('kept', 'trust')];
    this.#kept = { changes, trust };
    ({ roots: this.roots, kept: this.#changes } = await followRootChanges(
      await readTrustRoots(rootsJson, this.#provider), [], changes === undefined ? [] : readRootChanges(changes)));
    const answer = trust === undefined ? {} : await verifyTrustList(trust, this.roots, this.trust);
    if (answer.list !== undefined) {
      this.trust = answer.list;
      await this.#loadLists();
    }
  }

  async #loadLists() {
    this.#lists.clear();
    for (const bytes of await this.#store.all('lists')) {
      await this.#take(bytes, false);
    }
  }

  async #refresh() {
    try {
      const metadata = await this.#metadata();
      this.trouble = await this.#pin(metadata) ? await this.#refreshTrust(metadata) : 'rootsChanged';
      if (this.trust !== null) {
        await this.#refreshLists(metadata.snapshot_uri);
      }
    } catch (error) {
      // TypeError: no network. AbortError and TimeoutError: a slow one. SyntaxError and Malformed: something else answered in the server's place.
      if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException || error instanceof Malformed) {
        this.trouble = 'unreachable';
        return;
      }
      throw error;
    }
  }

  async #metadata() {
    const response = await this.#get(`${this.#issuer}/.well-known/onecode-configuration`);
    return response.json();
  }

  /** Root keys are believed from the first sight on; later ones from a URL never are, unless those held handed over to them. */
  async #pin({ trust_roots: json, root_changes_uri: changesUri }) {
    const pinned = await this.#store.get('kept', 'roots');
    const offered = await readTrustRoots(json, this.#provider);
    if (pinned === undefined) {
      await this.#store.put('kept', 'roots', { version: offered.version, threshold: json.threshold, keys: json.keys });
      this.roots = offered;
      return true;
    }
    if (this.roots === null) {
      // Another window of the page was open first.
      await this.#load();
    }
    const isHeld = () => [...offered.keys.keys()].some((kid) => this.roots.keys.has(kid));
    if (offered.version > this.roots.version || !isHeld()) {
      await this.#followRoots(changesUri);
    }
    return isHeld();
  }

  /** Changes of root keys (SPEC.md, section 14), from wherever this device stands. They are kept before they count, all of them or none. */
  async #followRoots(uri) {
    if (uri === undefined) {
      return;
    }
    const response = await this.#get(uri, {}, 404);
    const offered = response.ok ? readRootChanges(new Uint8Array(await response.arrayBuffer())) : [];
    const { roots, kept } = await followRootChanges(this.roots, this.#changes, offered);
    if (kept.length === this.#changes.length) {
      return;
    }
    const bytes = joinBytes(kept);
    if (await this.#store.swap('kept', 'changes', this.#kept.changes, bytes)) {
      this.roots = roots;
      this.#changes = kept;
      this.#kept.changes = bytes;
    } else {
      await this.#load();
    }
  }

  async #refreshTrust({ trust_list_uri: uri, root_changes_uri: changesUri }) {
    const response = await this.#get(uri);
    const bytes = new Uint8Array(await response.arrayBuffer());
    let answer = await verifyTrustList(bytes, this.roots, this.trust);
    if (answer.refused === 'ThresholdNotMet') {
      // Signed by too few of the roots held: they may have handed over, to a set that shares some of its keys with theirs.
      await this.#followRoots(changesUri);
      answer = await verifyTrustList(bytes, this.roots, this.trust);
    }
    if (answer.list === undefined) {
      return answer.refused;
    }
    const isNew = this.trust?.version !== answer.list.version;
    // The same words may bear the signatures of other roots by now: those are the ones to read back.
    if (isNew || this.#kept.trust === undefined || compareBytes(bytes, this.#kept.trust) !== 0) {
      if (!(await this.#store.swap('kept', 'trust', this.#kept.trust, bytes))) {
        await this.#load();
        return '';
      }
      this.#kept.trust = bytes;
      if (isNew) {
        this.trust = answer.list;
        // A key may have been withdrawn: what it signed is judged again.
        await this.#loadLists();
      }
    }
    return '';
  }

  /** All lists in one download, so that nobody learns from it whose code is being looked at. */
  async #refreshLists(uri) {
    const etag = this.#lists.size > 0 ? await this.#store.get('kept', 'snapshot') : undefined;
    const response = await this.#get(uri, etag === undefined ? {} : { 'If-None-Match': etag });
    if (response.status !== 304) {
      for (const bytes of splitCborSequence(new Uint8Array(await response.arrayBuffer()))) {
        await this.#take(bytes);
      }
      await this.#store.put('kept', 'snapshot', response.headers.get('ETag') ?? undefined);
    }
    const now = Date.now() / 1000;
    for (const [name, list] of this.#lists) {
      if (list.expiresAt + KEPT_AFTER_END < now) {
        this.#lists.delete(name);
        await this.#store.delete('lists', name);
      }
    }
  }

  /** Believes a list that verifies and is not older than the one held. */
  async #take(bytes, keep = true) {
    const { list } = await verifyStatusList(bytes, this.trust, this.statuses.find);
    if (list === undefined) {
      return;
    }
    const name = `${list.region} ${list.uri}`;
    this.#lists.set(name, list);
    if (keep) {
      // A copy: a view would be stored with the whole download that it is a part of.
      await this.#store.put('lists', name, bytes.slice());
    }
  }

  async #get(uri, headers = {}, alsoFine = 304) {
    const response = await fetch(uri, { headers, credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok && response.status !== alsoFine) {
      throw new TypeError(`${response.status} from ${uri}`);
    }
    return response;
  }
}
