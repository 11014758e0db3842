import { compareBytes, decodeCbor, encodeCbor, joinBytes, splitCborSequence } from './cbor.js';
import { LONGEST_MESSAGE, LONGEST_STATE, takeCompact, verifyCompactStatement } from './compact.js';
import { Malformed } from './malformed.js';
import { hex } from './trust.js';

const KEPT = 'compact-';
const PART = 'part-';
const LONGEST_NAMES = 64 * 1024;
const MOST_SERIES = 1024;
const MOST_PAIRS = 256;
const NOTHING = new Uint8Array(0);
const KEPT_BOUNDS = Object.freeze({ depth: 2, items: 2 });

/**
 * Keeps the compact series of an issuer up to date (SPEC.md, section 13.5): by deltas where they lead, by the snapshot where they do not. A download
 * that broke off goes on where it stopped. Nothing that a server says here is believed; what cannot be had leaves what is held.
 */
export class CompactDownloads {
  #fetch;
  #store;
  #patience;
  #trust;
  #held = new Map();
  // Digests that this round's statements named: what is left of a download of another is worth nothing.
  #named = new Set();

  /**
   * @param {object} options
   * @param {typeof fetch} options.fetch
   * @param {import('./verifier.js').Store | null} options.store
   * @param {number} options.patience seconds without a byte after which a download is given up
   * @param {() => import('./trust.js').TrustList | null} options.trust the list in force
   */
  constructor({ fetch, store, patience, trust }) {
    this.#fetch = fetch;
    this.#store = store;
    this.#patience = patience;
    this.#trust = trust;
  }

  /** @returns {import('./compact.js').CompactSeries[]} */
  get series() {
    return [...this.#held.values()].map(({ series }) => series);
  }

  /** What the series say of a list, in the shape of a status list; one that no series has is too short for every index. Null: no series speaks for that URI. */
  find(uri, region, name) {
    let found = null;
    for (const { series } of this.#held.values()) {
      const list = series.region === region ? series.find(uri, name) : null;
      found = list !== null && (found === null || list.size > found.size) ? list : found;
    }
    return found;
  }

  /** Reads what an earlier run kept; what does not verify any more is dropped. */
  async load() {
    for (const name of (await this.#store?.names(KEPT)) ?? []) {
      const bytes = await this.#store.get(name);
      const [pair] = bytes === undefined ? [] : pairsOf(bytes);
      if (pair === undefined || (await this.take(...pair)) !== null) {
        await this.#store.delete(name);
      }
    }
  }

  /** What a new trust list no longer vouches for answers nothing any more. */
  async judgeAgain() {
    const trust = this.#trust();
    for (const [name, { message }] of [...this.#held]) {
      if ((await verifyCompactStatement(message, trust)).refused !== undefined) {
        this.#held.delete(name);
      }
    }
  }

  /**
   * @param {Uint8Array} message
   * @param {Uint8Array} body
   * @returns {Promise<string | null>} null: taken in; else why not, and what was held stays
   */
  async take(message, body) {
    const trust = this.#trust();
    if (trust === null) {
      return 'KeyNotInTrustList';
    }
    let before = null;
    const { series, refused } = await takeCompact(message, body, trust, (region, name) => (before = this.#get(region, name)));
    if (series === undefined) {
      return refused;
    }
    // While this was checked, something newer may have been taken in, or another trust list: in one step, or not at all.
    if (this.#trust() !== trust || this.#get(series.region, series.series) !== before) {
      return 'Rollback';
    }
    this.#held.set(nameOf(series), { series, message: message.slice() });
    return null;
  }

  /**
   * One round over all series that the issuer names and the caller wants.
   * @param {string} address `compact_status_uri`
   * @param {(series: string) => boolean} wants
   * @param {number} now seconds
   */
  async refresh(address, wants, now) {
    const names = await this.#names(address);
    let region = null;
    this.#named.clear();
    for (const name of names.filter(wants)) {
      region = (await this.#refreshSeries(address, name)) ?? region;
    }
    // A day's phones are over when their issuer names them no more. Age alone forgets nothing: a withdrawal counts however old it is.
    for (const over of this.series.filter((held) => held.region === region && !names.includes(held.series) && now >= held.expiresAt)) {
      this.#held.delete(nameOf(over));
      await this.#store?.delete(KEPT + nameOf(over));
    }
    for (const part of region === null ? [] : (await this.#store?.names(PART)) ?? []) {
      if (!this.#named.has(part.slice(PART.length))) {
        await this.#store.delete(part);
      }
    }
  }

  async #refreshSeries(address, name) {
    const head = await this.#download(`${address}/${name}`, LONGEST_MESSAGE);
    const statement = head === null ? {} : await verifyCompactStatement(head, this.#trust());
    if (statement.series !== name || statement.base !== null) {
      return null;
    }
    const { region, digest } = statement;
    this.#named.add(hex(digest));
    const isHeld = () => compareBytes(this.#get(region, name)?.digest ?? NOTHING, digest) === 0;
    const before = this.#get(region, name);
    if (before !== null && !isHeld()) {
      await this.#follow(`${address}/${name}/since/${before.version}`, statement.size);
    }
    // A cache's old statement beside new deltas: what is held by now is newer than what it names.
    if (!isHeld() && (this.#get(region, name)?.version ?? 0) > statement.version) {
      return region;
    }
    const body = isHeld() ? NOTHING : await this.#state(`${address}/state/${hex(digest)}`, hex(digest), statement.size);
    if (body !== null && (await this.take(head, body)) === null) {
      // Statement and state in one piece, put in place in one step.
      await this.#store?.put(`${KEPT}${region}-${name}`, joinBytes([head, encodeCbor(this.#get(region, name).encode())]));
    }
    return region;
  }

  // Deltas one after the other; at the first that does not fit the snapshot is asked for. More than the state itself is not worth having.
  async #follow(uri, stateSize) {
    const bytes = await this.#download(uri, stateSize + 64 * 1024);
    for (const [message, changes] of bytes === null ? [] : pairsOf(bytes)) {
      if ((await this.take(message, changes)) !== null) {
        return;
      }
    }
  }

  async #state(uri, digest, size) {
    let begun = (await this.#store?.get(PART + digest)) ?? NOTHING;
    begun = begun.length < size ? begun : NOTHING;
    const download = await this.#open(uri, begun.length === 0 ? {} : { range: `bytes=${begun.length}-` });
    try {
      if (!download.response.ok) {
        await this.#store?.delete(PART + digest);
        return null;
      }
      // The name is the content, so the rest belongs to the beginning; that it does shows when the whole is checked.
      const parts = download.response.status === 206 ? [begun] : [];
      let length = parts.length === 0 ? 0 : begun.length;
      try {
        for await (const part of download.pieces()) {
          length += part.length;
          if (length > size) {
            throw new RangeError('more than the state that was named');
          }
          parts.push(part);
        }
      } catch (error) {
        if (length > 0 && length < size) {
          await this.#store?.put(PART + digest, joinBytes(parts));
        }
        throw error;
      }
      if (length < size) {
        await this.#store?.put(PART + digest, joinBytes(parts));
        return null;
      }
      // Whole, right or wrong: nothing to go on from.
      await this.#store?.delete(PART + digest);
      return joinBytes(parts);
    } finally {
      download.close();
    }
  }

  async #names(address) {
    const json = await this.#download(address, LONGEST_NAMES);
    const series = json === null ? null : JSON.parse(new TextDecoder().decode(json))?.series;
    return (Array.isArray(series) ? series : []).filter((name) => typeof name === 'string' && /^[a-z0-9]{1,16}$/.test(name)).slice(0, MOST_SERIES);
  }

  async #download(uri, most) {
    const download = await this.#open(uri);
    try {
      if (!download.response.ok) {
        return null;
      }
      const parts = [];
      let length = 0;
      for await (const part of download.pieces()) {
        length += part.length;
        if (length > Math.min(most, LONGEST_STATE + LONGEST_MESSAGE)) {
          return null;
        }
        parts.push(part);
      }
      return joinBytes(parts);
    } finally {
      download.close();
    }
  }

  /** Large things take the time that they take; a server that stops sending does not. */
  async #open(uri, headers = {}) {
    const stopping = new AbortController();
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => stopping.abort(new DOMException('nothing came for too long')), 1000 * this.#patience);
    };
    const close = () => {
      clearTimeout(timer);
      stopping.abort();
    };
    wait();
    try {
      const response = await this.#fetch(uri, { headers, redirect: 'error', signal: stopping.signal });
      return {
        response,
        close,
        async* pieces() {
          for await (const piece of response.body) {
            wait();
            yield piece;
          }
        },
      };
    } catch (error) {
      close();
      throw error;
    }
  }

  #get(region, name) {
    return this.#held.get(nameOf({ region, series: name }))?.series ?? null;
  }
}

function nameOf({ region, series }) {
  return `${region}-${series}`;
}

/** Statements with their bytes, taken apart; nothing in them has been checked yet. What is no such sequence has no pairs. */
function pairsOf(bytes) {
  try {
    const items = [];
    for (const item of splitCborSequence(bytes)) {
      if (items.length === 2 * MOST_PAIRS) {
        return [];
      }
      items.push(item);
    }
    const pairs = [];
    for (let i = 0; i < items.length; i += 2) {
      const body = i + 1 < items.length ? decodeCbor(items[i + 1], KEPT_BOUNDS) : null;
      if (!(body instanceof Uint8Array)) {
        return [];
      }
      pairs.push([items[i], body]);
    }
    return pairs;
  } catch (error) {
    if (error instanceof Malformed) {
      return [];
    }
    throw error;
  }
}
