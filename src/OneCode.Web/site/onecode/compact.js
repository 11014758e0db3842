import { compareBytes, decodeCbor, encodeCbor } from './cbor.js';
import { integer, PURPOSE, seconds, sized } from './claims.js';
import { ALG, hasExactly, isBytes, KID, readSign1, toBeSigned, TYP, TYPE } from './cose.js';
import { Malformed } from './malformed.js';
import { signerOf, STATUS } from './status.js';

export const LONGEST_MESSAGE = 2048;
export const LONGEST_STATE = 64 * 1024 * 1024;
const MOST_LISTS = 16_384;
const MOST_ENTRIES = 1_048_576;
const STATE_BOUNDS = Object.freeze({ depth: 8, items: 7 * MOST_LISTS + 16 });
const LIST_NAME = /^[a-z0-9]{1,16}$/;

/**
 * What an issuer states of a series, before its bytes are there. Only {@link verifyCompactStatement} makes one.
 * @typedef {object} CompactStatement
 * @property {string} region
 * @property {string} series
 * @property {string} template
 * @property {number} version
 * @property {number} issuedAt
 * @property {number} expiresAt
 * @property {number} ttl
 * @property {Uint8Array} digest of the state
 * @property {number} size of the state in bytes
 * @property {{digest: Uint8Array, changes: Uint8Array, size: number} | null} base of a delta
 */

/**
 * One list of a state: who of its entries is withdrawn and who is suspended, as ascending indices.
 * @typedef {object} CompactList
 * @property {string} name
 * @property {number} entries
 * @property {number[]} withdrawn
 * @property {number[]} suspended
 */

/**
 * A state that a statement vouches for (SPEC.md, section 13). Only {@link takeCompact} makes one.
 * @typedef {object} CompactSeries
 * @property {string} region
 * @property {string} series
 * @property {string} template
 * @property {number} version
 * @property {number} issuedAt
 * @property {number} expiresAt
 * @property {number} ttl
 * @property {Uint8Array} digest of the state
 * @property {CompactList[]} lists
 * @property {(uri: string, list: string, index: number) => number | null | undefined} get the value; null: not covered; undefined: not this series' URI
 * @property {(uri: string, list: string) => {issuedAt: number, expiresAt: number, ttl: number, size: number, get: (index: number) => number} | null} find what is
 *   said of a list, in the shape of a status list: of size 0 where the state has none of that name; null: not this series' URI
 * @property {() => Uint8Array} encode the state's bytes
 */

/**
 * Takes a statement with its bytes: the state of a snapshot, the changes of a delta, none where the state is held already.
 * @param {Uint8Array} message
 * @param {Uint8Array} body
 * @param {import('./trust.js').TrustList} trust
 * @param {(region: string, series: string) => CompactSeries | null} [held]
 * @returns {Promise<{series: CompactSeries} | {refused: string}>}
 */
export async function takeCompact(message, body, trust, held = () => null) {
  try {
    const statement = await verifyStatement(message, trust);
    if (statement.refused !== undefined) {
      return statement;
    }
    return await take(statement, body, held(statement.region, statement.series), trust.provider.sha256);
  } catch (error) {
    if (error instanceof Malformed) {
      return { refused: 'Malformed' };
    }
    throw error;
  }
}

/**
 * What a statement says, for whoever is about to fetch its bytes.
 * @param {Uint8Array} message
 * @param {import('./trust.js').TrustList} trust
 * @returns {Promise<CompactStatement | {refused: string}>}
 */
export async function verifyCompactStatement(message, trust) {
  try {
    return await verifyStatement(message, trust);
  } catch (error) {
    if (error instanceof Malformed) {
      return { refused: 'Malformed' };
    }
    throw error;
  }
}

async function verifyStatement(bytes, trust) {
  if (bytes.length > LONGEST_MESSAGE) {
    throw new Malformed('too long for a statement');
  }
  const { header, protectedBytes, payload, signature } = readSign1(bytes);
  if (header.get(TYP) !== TYPE.compactStatus) {
    return { refused: 'UnexpectedType' };
  }
  if (!hasExactly(header, [ALG, KID, TYP]) || !Number.isInteger(header.get(ALG)) || !isBytes(header.get(KID), 8)) {
    throw new Malformed('not the header of a statement');
  }
  const candidates = trust.find(header.get(KID));
  if (candidates.length === 0) {
    return { refused: 'KeyNotInTrustList' };
  }
  const { key, refused } = await signerOf(candidates, header.get(ALG), signature, () => toBeSigned(protectedBytes, payload));
  if (key === undefined) {
    return { refused };
  }
  const statement = readStatement(payload, key.region);
  if (key.withdrawn !== null) {
    return { refused: 'KeyWithdrawn' };
  }
  if (key.purpose !== PURPOSE.statusList) {
    return { refused: 'PurposeMismatch' };
  }
  return statement.issuedAt < key.from || statement.issuedAt >= key.until ? { refused: 'KeyNotInForce' } : statement;
}

function readStatement(payload, region) {
  const map = decodeCbor(payload);
  const labels = [2, 4, 6, -1, -2, -3, -4, -5];
  if (!(map instanceof Map) || !(hasExactly(map, labels) || hasExactly(map, [...labels, -6])) || !isBytes(map.get(-3), 32)) {
    throw new Malformed('not a statement');
  }
  const statement = {
    region,
    series: listName(map.get(2)),
    expiresAt: seconds(map.get(4)),
    issuedAt: seconds(map.get(6)),
    version: integer(map.get(-1), 1, Number.MAX_SAFE_INTEGER),
    ttl: integer(map.get(-2), 1, 31_622_400),
    digest: map.get(-3),
    size: integer(map.get(-4), 1, LONGEST_STATE),
    template: template(map.get(-5)),
    base: null,
  };
  if (statement.issuedAt >= statement.expiresAt) {
    throw new Malformed('a statement that ends before it begins');
  }
  if (map.has(-6)) {
    const base = map.get(-6);
    if (!Array.isArray(base) || base.length !== 4 || !isBytes(base[1], 32) || !isBytes(base[2], 32)) {
      throw new Malformed('not the base of a delta');
    }
    integer(base[0], 1, statement.version - 1);
    statement.base = { digest: base[1], changes: base[2], size: integer(base[3], 1, LONGEST_STATE) };
  }
  return statement;
}

/** SPEC.md, section 13.4, from step 2. */
async function take(statement, body, held, sha256) {
  const { base, digest } = statement;
  const isAlready = held !== null && compareBytes(held.digest, digest) === 0;
  if (held !== null && (statement.issuedAt < held.issuedAt || statement.version < held.version || (statement.version === held.version && !isAlready))) {
    return { refused: 'Rollback' };
  }
  if (isAlready) {
    return { series: seriesOf(statement, held.lists) };
  }
  if (base !== null && (held === null || compareBytes(base.digest, held.digest) !== 0)) {
    return { refused: 'BaseMismatch' };
  }
  if (body.length !== (base?.size ?? statement.size) || compareBytes(await sha256(body), base?.changes ?? digest) !== 0) {
    return { refused: 'BodyMismatch' };
  }
  const lists = base === null ? decodeState(body) : applyChanges(held.lists, body);
  if (base !== null && compareBytes(await sha256(encodeState(lists)), digest) !== 0) {
    return { refused: 'OutcomeMismatch' };
  }
  return { series: seriesOf(statement, lists) };
}

function seriesOf({ region, series, template: pattern, version, issuedAt, expiresAt, ttl, digest }, lists) {
  const byName = new Map(lists.map((list) => [list.name, list]));
  return Object.freeze({
    region, series, template: pattern, version, issuedAt, expiresAt, ttl, digest, lists,
    get(uri, name, index) {
      const list = this.find(uri, name);
      return list === null ? undefined : index < list.size ? list.get(index) : null;
    },
    find(uri, name) {
      if (pattern.replace('{list}', () => name) !== uri) {
        return null;
      }
      const list = byName.get(name);
      return {
        issuedAt, expiresAt, ttl,
        size: list?.entries ?? 0,
        get: (index) => (has(list.withdrawn, index) ? STATUS.invalid : has(list.suspended, index) ? STATUS.suspended : STATUS.valid),
      };
    },
    encode: () => encodeState(lists),
  });
}

/** SPEC.md, section 13.1. */
function decodeState(body) {
  const items = decodeCbor(body, STATE_BOUNDS);
  if (!Array.isArray(items) || items.length > MOST_LISTS) {
    throw new Malformed('not a state');
  }
  const lists = items.map(readList);
  for (let i = 1; i < lists.length; i++) {
    if (lists[i - 1].name >= lists[i].name) {
      throw new Malformed('lists out of order, or one twice');
    }
  }
  return lists;
}

function readList(item) {
  if (!Array.isArray(item) || item.length !== 6) {
    throw new Malformed('not a list of a state');
  }
  const entries = integer(item[1], 1, MOST_ENTRIES);
  const list = {
    name: listName(item[0]), entries, withdrawn: decodeRice(item[3], entries, item[2]), suspended: decodeRice(item[5], entries, item[4]),
  };
  if (list.suspended.some((index) => has(list.withdrawn, index))) {
    throw new Malformed('an index both withdrawn and suspended');
  }
  return list;
}

/** The one encoding that a state has. */
export function encodeState(lists) {
  return encodeCbor(lists.map(({ name, entries, withdrawn, suspended }) =>
    [name, entries, withdrawn.length, encodeRice(withdrawn, entries), suspended.length, encodeRice(suspended, entries)]));
}

/** SPEC.md, section 13.2. */
function applyChanges(before, body) {
  const items = decodeCbor(body, STATE_BOUNDS);
  if (!Array.isArray(items) || items.length !== 8 || !Array.isArray(items[0]) || !Array.isArray(items[1])) {
    throw new Malformed('not changes');
  }
  const known = new Set(before.map((list) => list.name));
  const retired = items[0].map(listName);
  const opened = items[1].map((item) => {
    if (!Array.isArray(item) || item.length !== 2) {
      throw new Malformed('not an opened list');
    }
    return { name: listName(item[0]), entries: integer(item[1], 1, MOST_ENTRIES), withdrawn: [], suspended: [] };
  });
  if (!isAscending(retired) || !retired.every((name) => known.has(name)) || !isAscending(opened.map((list) => list.name)) || opened.some((list) => known.has(list.name))) {
    throw new Malformed('lists retired or opened that cannot be');
  }
  const gone = new Set(retired);
  const table = [...before.filter((list) => !gone.has(list.name)), ...opened].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (table.length > MOST_LISTS) {
    throw new Malformed('too many lists');
  }
  const universe = table.reduce((sum, list) => sum + list.entries, 0);
  const sets = [3, 5, 7].map((at) => decodeRice(items[at], universe, items[at - 1]));
  const taken = [0, 0, 0];
  let offset = 0;
  return table.map((list) => {
    const from = offset;
    offset += list.entries;
    const [withdrawn, suspended, restored] = sets.map((set, which) => {
      const start = taken[which];
      while (taken[which] < set.length && set[taken[which]] < offset) {
        taken[which]++;
      }
      return set.slice(start, taken[which]).map((position) => position - from);
    });
    return withdrawn.length + suspended.length + restored.length === 0 ? list : changed(list, withdrawn, suspended, restored);
  });
}

function changed(list, withdrawn, suspended, restored) {
  const wasWithdrawn = (index) => has(list.withdrawn, index);
  const wasSuspended = (index) => has(list.suspended, index);
  if (withdrawn.some(wasWithdrawn)
    || suspended.some((index) => wasWithdrawn(index) || wasSuspended(index) || has(withdrawn, index))
    || restored.some((index) => !wasSuspended(index) || has(withdrawn, index))) {
    throw new Malformed('a change that cannot be: a withdrawal is for good, and nothing changes twice');
  }
  const ascending = (a, b) => a - b;
  return {
    ...list,
    withdrawn: [...list.withdrawn, ...withdrawn].sort(ascending),
    suspended: [...list.suspended.filter((index) => !has(restored, index) && !has(withdrawn, index)), ...suspended].sort(ascending),
  };
}

/** The greatest k with 2^k * count * 80 <= 77 * universe. */
function parameterOf(universe, count) {
  let k = 0;
  while (count > 0 && 2 ** (k + 1) * count * 80 <= 77 * universe) {
    k++;
  }
  return k;
}

function decodeRice(bits, universe, counted) {
  const count = integer(counted, 0, universe);
  if (!isBytes(bits) || count > bits.length * 8) {
    throw new Malformed('not a set');
  }
  const k = parameterOf(universe, count);
  const length = bits.length * 8;
  const set = [];
  let at = 0;
  let previous = -1;
  const bit = () => {
    if (at >= length) {
      throw new Malformed('codes that stop early');
    }
    const value = (bits[at >> 3] >> (7 - (at & 7))) & 1;
    at++;
    return value;
  };
  for (let i = 0; i < count; i++) {
    let gap = 0;
    while (bit() === 1) {
      gap++;
    }
    for (let j = 0; j < k; j++) {
      gap = gap * 2 + bit();
    }
    previous += gap + 1;
    if (previous >= universe) {
      throw new Malformed('a position beyond the end');
    }
    set.push(previous);
  }
  if (Math.ceil(at / 8) !== bits.length || (at % 8 !== 0 && (bits[bits.length - 1] & (0xff >> (at % 8))) !== 0)) {
    throw new Malformed('bits after the codes');
  }
  return set;
}

/** The one encoding that a set of positions has. */
export function encodeRice(set, universe) {
  const k = parameterOf(universe, set.length);
  const bytes = [];
  let at = 0;
  const put = (bit) => {
    if (at % 8 === 0) {
      bytes.push(0);
    }
    bytes[bytes.length - 1] |= bit << (7 - (at % 8));
    at++;
  };
  let previous = -1;
  for (const position of set) {
    const gap = position - previous - 1;
    previous = position;
    for (let ones = Math.floor(gap / 2 ** k); ones > 0; ones--) {
      put(1);
    }
    put(0);
    for (let j = k - 1; j >= 0; j--) {
      put(Math.floor(gap / 2 ** j) % 2);
    }
  }
  return Uint8Array.from(bytes);
}

/** Whether an ascending array has a value. */
function has(ascending, value) {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return ascending[low] === value;
}

function isAscending(names) {
  return names.every((name, i) => i === 0 || names[i - 1] < name);
}

function listName(value) {
  if (typeof value !== 'string' || !LIST_NAME.test(value)) {
    throw new Malformed('not the name of a list');
  }
  return value;
}

function template(value) {
  if (!/^[\x21-\x7e]+$/.test(sized(value, 255)) || value.split('{list}').length !== 2) {
    throw new Malformed('not a status template');
  }
  return value;
}
