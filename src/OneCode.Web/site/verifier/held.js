import { readTrustRoots, verifyStatusList, verifyTrustList } from '/onecode/index.js';
import { Store } from '/shared/store.js';

const KEPT_AFTER_END = 24 * 3600;
const PATIENCE = 8000;

/**
 * What this device checks against: root keys pinned at first use, the trust list that they vouch for, status lists. All of it
 * is verified on the way in and again when read back, since the disk is no more trusted than the network.
 */
export class Held {
  #store;
  #issuer;
  #lists = new Map();
  #refreshing = null;

  roots = null;
  trust = null;
  /** Why the last refresh did not do all it should: '' | 'unreachable' | 'rootsChanged' | a refusal's name. */
  trouble = '';

  /** @param {string} issuer */
  static async open(issuer) {
    const held = new Held();
    held.#issuer = issuer;
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
    const kept = await this.#store.get('lists', uri);
    const response = await fetch(uri, {
      headers: { Accept: 'application/statuslist+cwt', ...(kept?.etag ? { 'If-None-Match': kept.etag } : {}) },
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 200) {
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (await this.#take(bytes, uri)) {
        await this.#store.put('lists', uri, { bytes, etag: response.headers.get('ETag') });
      }
    }
  }

  /** Forgets everything, the pinned roots above all. Only a person decides that. */
  async forget() {
    await this.#store.clear('kept');
    await this.#store.clear('lists');
    this.#lists.clear();
    this.roots = null;
    this.trust = null;
  }

  async #load() {
    const rootsJson = await this.#store.get('kept', 'roots');
    if (rootsJson === undefined) {
      return;
    }
    this.roots = await readTrustRoots(rootsJson);
    const bytes = await this.#store.get('kept', 'trust');
    const answer = bytes === undefined ? {} : await verifyTrustList(bytes, this.roots);
    if (answer.list !== undefined) {
      this.trust = answer.list;
      await this.#loadLists();
    }
  }

  async #loadLists() {
    this.#lists.clear();
    for (const uri of await this.#store.names('lists')) {
      const kept = await this.#store.get('lists', uri);
      await this.#take(kept.bytes, uri);
    }
  }

  async #refresh() {
    try {
      const metadata = await this.#metadata();
      this.trouble = await this.#pin(metadata.trust_roots) ? await this.#refreshTrust(metadata.trust_list_uri) : 'rootsChanged';
      if (this.trust !== null) {
        await this.#refreshLists(metadata.status_list_aggregation_uri);
      }
    } catch (error) {
      // TypeError: no network. AbortError and TimeoutError: a slow one. SyntaxError: something else answered in the server's place.
      if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException) {
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

  /** Root keys are believed from the first sight on; later ones from a URL never are. */
  async #pin(rootsJson) {
    const pinned = await this.#store.get('kept', 'roots');
    const offered = await readTrustRoots(rootsJson);
    if (pinned === undefined) {
      await this.#store.put('kept', 'roots', { threshold: rootsJson.threshold, keys: rootsJson.keys });
      this.roots = offered;
      return true;
    }
    return [...offered.keys.keys()].some((kid) => this.roots.keys.has(kid));
  }

  async #refreshTrust(uri) {
    const response = await this.#get(uri);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const answer = await verifyTrustList(bytes, this.roots, this.trust);
    if (answer.list === undefined) {
      return answer.refused;
    }
    const isNew = this.trust?.version !== answer.list.version;
    this.trust = isNew ? answer.list : this.trust;
    if (isNew) {
      await this.#store.put('kept', 'trust', bytes);
      // A key may have been withdrawn: what it signed is judged again.
      await this.#loadLists();
    }
    return '';
  }

  async #refreshLists(uri) {
    const response = await this.#get(uri);
    const { status_lists: current } = await response.json();
    for (const list of current) {
      await this.fetchList(list);
    }
    const now = Date.now() / 1000;
    for (const [name, list] of this.#lists) {
      if (!current.includes(list.uri) && list.expiresAt + KEPT_AFTER_END < now) {
        this.#lists.delete(name);
        await this.#store.delete('lists', list.uri);
      }
    }
  }

  async #take(bytes, uri) {
    const before = [...this.#lists.values()].find((list) => list.uri === uri) ?? null;
    const { list } = await verifyStatusList(bytes, this.trust, before);
    if (list === undefined || list.uri !== uri) {
      return false;
    }
    this.#lists.set(`${list.region} ${list.uri}`, list);
    return true;
  }

  async #get(uri) {
    const response = await fetch(uri, { credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) {
      throw new TypeError(`${response.status} from ${uri}`);
    }
    return response;
  }
}
