import { decodeBase64Url } from './base64url.js';
import { compareBytes, decodeCbor, encodeCbor, splitCborSequence, TRUST_LIST_BOUNDS } from './cbor.js';
import { integer, PURPOSE, seconds, sized, text } from './claims.js';
import { ALG, hasExactly, isBytes, isEmptyMap, KID, SIGN1_TAG, SIGN_TAG, toBeSignedByOne, TYP, TYPE } from './cose.js';
import { Malformed } from './malformed.js';
import { CURVES, webCrypto } from './provider.js';

const LONGEST = 1024 * 1024;
const LONGEST_CHANGE = 16 * 1024;
/** Links from the roots that a verifier was given to those it holds: what is taken, kept and read. */
export const MOST_CHANGES = 64;
const MOST_ROOTS = 16;
const HEADER = encodeCbor(new Map([[TYP, TYPE.trustList]]));
const HEADER_WITH_LEVELS = encodeCbor(new Map([[TYP, TYPE.trustListWithLevels]]));
const CHANGE_HEADER = encodeCbor(new Map([[TYP, TYPE.rootChange]]));

/**
 * @typedef {object} TrustedKey
 * @property {string} kid 16 hexadecimal digits
 * @property {number} algorithm
 * @property {import('./provider.js').Key | null} publicKey null: of an algorithm that this verifier does not speak
 * @property {string} region whose credentials or lists it signs
 * @property {number} purpose 1 person, 2 enterprise, 3 vehicle, 4 status list
 * @property {number} from seconds
 * @property {number} until seconds
 * @property {string | null} statusTemplate
 * @property {number | null} floor
 * @property {number | null} withdrawn
 */

/**
 * A trust list that the roots vouch for. Only {@link verifyTrustList} makes one.
 * @typedef {object} TrustList
 * @property {string} region
 * @property {number} version
 * @property {number} issuedAt
 * @property {number} ttl
 * @property {number} expiresAt
 * @property {TrustedKey[]} keys
 * @property {(kid: Uint8Array) => TrustedKey[]} find
 * @property {(region: string, level: number) => number} countsFor what a level that a region's code names counts for here (SPEC.md, section 7.5)
 * @property {Uint8Array} payload
 * @property {import('./provider.js').Provider} provider of the roots that vouch for it
 */

/**
 * Root keys (SPEC.md, section 7.3).
 * @typedef {object} TrustRoots
 * @property {number} threshold
 * @property {number} version 1 for a first set, greater for every set that takes another's place
 * @property {Map<string, {algorithm: number, publicKey: import('./provider.js').Key}>} keys by kid
 * @property {import('./provider.js').Provider} provider what whoever holds these roots speaks
 */

/**
 * @param {any} json the parsed JSON Web Key Set with its `threshold`
 * @param {import('./provider.js').Provider} [provider] ES256 by WebCrypto unless told otherwise
 * @returns {Promise<TrustRoots>} throws {@link Malformed}
 */
export async function readTrustRoots(json, provider = webCrypto) {
  if (!Array.isArray(json?.keys) || !Number.isInteger(json.threshold) || json.threshold < 1 || json.threshold > json.keys.length
    || json.keys.length > MOST_ROOTS || (json.version !== undefined && !(Number.isSafeInteger(json.version) && json.version >= 1))) {
    throw new Malformed('not a set of root keys');
  }
  const keys = new Map();
  for (const jwk of json.keys) {
    const algorithm = provider.algorithms.find(({ jwkCurve }) => jwkCurve === jwk?.crv);
    if (jwk?.kty !== 'EC' || algorithm === undefined || typeof jwk.x !== 'string' || typeof jwk.y !== 'string') {
      throw new Malformed('a root key of another kind');
    }
    const { kid, publicKey } = await readPoint(decodeBase64Url(jwk.x), decodeBase64Url(jwk.y), algorithm.curve, provider);
    if (keys.has(kid)) {
      throw new Malformed('a root key twice');
    }
    keys.set(kid, { algorithm: algorithm.alg, publicKey });
  }
  return { threshold: json.threshold, version: json.version ?? 1, keys, provider };
}

/**
 * SPEC.md, section 7.4. A list past its `exp` is still verified: it can show a forgery, but nothing passes by it.
 * @param {Uint8Array} bytes
 * @param {TrustRoots} roots
 * @param {TrustList | null} [held] what this verifier already believes; also pass it when reading one's own cache back
 * @returns {Promise<{list: TrustList} | {refused: string}>}
 */
export async function verifyTrustList(bytes, roots, held = null) {
  try {
    // SPEC.md step T1.
    const { protectedBytes, payload, entries, isTrustList, hasLevels } = readSign(bytes);
    if (!isTrustList) {
      return { refused: 'UnexpectedType' };
    }

    const refused = await refusedBy(roots, protectedBytes, payload, entries);
    if (refused !== null) {
      return { refused };
    }

    // SPEC.md step T4. From here on the words are the roots' own.
    const list = await readTrustList(payload, roots.provider, hasLevels);

    // SPEC.md step T5. A list that brings withdrawn keys back is older than what is held, whoever serves it.
    if (held !== null && (list.version < held.version || (list.version === held.version && compareBytes(list.payload, held.payload) !== 0))) {
      return { refused: 'Rollback' };
    }
    return { list };
  } catch (error) {
    if (error instanceof Malformed) {
      return { refused: 'Malformed' };
    }
    throw error;
  }
}

/**
 * A change of root keys (SPEC.md, section 14): the old roots hand over, and the new ones show that they have their keys. The trust list held stays
 * in force; from then on only lists of the new roots are taken.
 * @param {Uint8Array} bytes
 * @param {TrustRoots} held
 * @returns {Promise<{roots: TrustRoots} | {refused: string}>}
 */
export async function verifyRootChange(bytes, held) {
  try {
    if (bytes.length > LONGEST_CHANGE) {
      throw new Malformed('too long for a change of roots');
    }
    const { protectedBytes, payload, entries } = partsOf(decodeCbor(bytes));
    if (compareBytes(protectedBytes, CHANGE_HEADER) !== 0) {
      return { refused: 'UnexpectedType' };
    }

    // The old roots first: what the set says is read only when they vouch for it.
    let refused = await refusedBy(held, protectedBytes, payload, entries);
    if (refused !== null) {
      return { refused };
    }
    const roots = await readRootSet(payload, held.provider);
    refused = await refusedBy(roots, protectedBytes, payload, entries);
    if (refused !== null) {
      return { refused };
    }
    return roots.version > held.version ? { roots } : { refused: 'Rollback' };
  } catch (error) {
    if (error instanceof Malformed) {
      return { refused: 'Malformed' };
    }
    throw error;
  }
}

/**
 * A chain of changes of roots, taken apart, oldest first, as it is published and kept; nothing in it has been checked yet. What is no such chain,
 * or longer than any may be, has no links.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array[]}
 */
export function readRootChanges(bytes) {
  try {
    const links = bytes.length > LONGEST_CHANGE * MOST_CHANGES ? [] : [...splitCborSequence(bytes)];
    return links.length <= MOST_CHANGES ? links : [];
  } catch (error) {
    if (error instanceof Malformed) {
      return [];
    }
    throw error;
  }
}

/**
 * Goes along a chain from the roots held. What lies before them is refused, and the next link fits or does not.
 * @param {TrustRoots} held
 * @param {Uint8Array[]} kept the links that led from the roots first given to those held
 * @param {Uint8Array[]} offered
 * @returns {Promise<{roots: TrustRoots, kept: Uint8Array[]}>} as given where nothing fits
 */
export async function followRootChanges(held, kept, offered) {
  let roots = held;
  const links = [...kept];
  for (const link of offered) {
    const { roots: next } = links.length < MOST_CHANGES ? await verifyRootChange(link, roots) : {};
    if (next !== undefined) {
      roots = next;
      links.push(link.slice());
    }
  }
  return { roots, kept: links };
}

/** The first 8 bytes of the RFC 9679 thumbprint, in hexadecimal: computed, never carried. */
export async function keyIdOf(x, y, curve = 1, provider = webCrypto) {
  const thumbprint = encodeCbor(new Map([[1, 2], [-1, curve], [-2, x], [-3, y]]));
  return hex((await provider.sha256(thumbprint)).subarray(0, 8));
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readSign(bytes) {
  if (bytes.length > LONGEST) {
    throw new Malformed('too long for a trust list');
  }
  const item = decodeCbor(bytes, TRUST_LIST_BOUNDS);
  // A credential or a status list where a trust list belongs: said as such, not as damage.
  if (item?.tag === SIGN1_TAG) {
    return { isTrustList: false };
  }
  const parts = partsOf(item);
  const hasLevels = compareBytes(parts.protectedBytes, HEADER_WITH_LEVELS) === 0;
  return { ...parts, hasLevels, isTrustList: hasLevels || compareBytes(parts.protectedBytes, HEADER) === 0 };
}

function partsOf(item) {
  if (item?.tag !== SIGN_TAG || !Array.isArray(item.value) || item.value.length !== 4) {
    throw new Malformed('not a tagged COSE_Sign');
  }
  const [protectedBytes, unprotected, payload, entries] = item.value;
  if (!isBytes(protectedBytes) || !isEmptyMap(unprotected) || !isBytes(payload)
    || !Array.isArray(entries) || entries.length < 1 || entries.length > 16) {
    throw new Malformed('not the parts of a COSE_Sign');
  }
  return { protectedBytes, payload, entries };
}

/** Why these roots do not vouch for it; null where they do. */
async function refusedBy(roots, protectedBytes, payload, entries) {
  // SPEC.md step T2. Each signature of a root must verify; signatures of keys unknown here are of roots to come.
  const verified = await countRoots(protectedBytes, payload, entries, roots);
  if (verified === null) {
    return 'SignatureInvalid';
  }
  // SPEC.md step T3.
  return verified < roots.threshold ? 'ThresholdNotMet' : null;
}

/** How many of the roots signed; null when a signature of one of them does not hold. */
async function countRoots(protectedBytes, payload, entries, roots) {
  const seen = new Set();
  let verified = 0;
  for (const entry of entries) {
    const signature = readSignature(entry);
    if (seen.has(signature.kid)) {
      throw new Malformed('a root that signs twice');
    }
    seen.add(signature.kid);
    const root = roots.keys.get(signature.kid);
    if (root === undefined) {
      continue;
    }
    if (signature.algorithm !== root.algorithm
      || !(await root.publicKey.verify(signature.signature, toBeSignedByOne(protectedBytes, signature.protectedBytes, payload)))) {
      return null;
    }
    verified++;
  }
  return verified;
}

async function readRootSet(payload, provider) {
  const map = decodeCbor(payload);
  if (!(map instanceof Map) || !hasExactly(map, [-1, -2, -3])) {
    throw new Malformed('not a set of roots');
  }
  const version = integer(map.get(-1), 1, Number.MAX_SAFE_INTEGER);
  const threshold = integer(map.get(-2), 1, MOST_ROOTS);
  const entries = map.get(-3);
  if (!Array.isArray(entries) || entries.length > MOST_ROOTS || threshold > entries.length) {
    throw new Malformed('not the keys of a set of roots');
  }
  const keys = new Map();
  for (const cose of entries) {
    const { kid, publicKey, algorithm } = await readSigningKey(cose, provider);
    // A root that cannot be checked here is none; a whole set of them would lock the verifier out unseen.
    if (publicKey === null || keys.has(kid)) {
      throw new Malformed('a root twice, or one that is not spoken here');
    }
    keys.set(kid, { algorithm, publicKey });
  }
  return { threshold, version, keys, provider };
}

function readSignature(entry) {
  if (!Array.isArray(entry) || entry.length !== 3 || !isBytes(entry[0]) || !isEmptyMap(entry[1]) || !isBytes(entry[2], 64)) {
    throw new Malformed('not the parts of a COSE_Signature');
  }
  const header = decodeCbor(entry[0]);
  if (!(header instanceof Map) || !hasExactly(header, [ALG, KID]) || !Number.isInteger(header.get(ALG)) || !isBytes(header.get(KID), 8)) {
    throw new Malformed('not the header of a root signature');
  }
  return { protectedBytes: entry[0], algorithm: header.get(ALG), kid: hex(header.get(KID)), signature: entry[2] };
}

async function readTrustList(payload, provider, hasLevels) {
  const map = decodeCbor(payload, TRUST_LIST_BOUNDS);
  if (!(map instanceof Map) || !hasExactly(map, hasLevels ? [1, 4, 6, -1, -2, -3, -4] : [1, 4, 6, -1, -2, -3])) {
    throw new Malformed('not a trust list');
  }
  const entries = map.get(-3);
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > 4096) {
    throw new Malformed('not a list of keys');
  }
  const keys = await Promise.all(entries.map((entry) => readTrustedKey(entry, provider)));
  const byKid = groupByKid(keys);
  if (new Set(keys.map((key) => key.point)).size !== keys.length) {
    throw new Malformed('a key twice');
  }
  const levels = hasLevels ? readLevels(map.get(-4), map.get(1)) : new Map();
  const list = {
    region: region(map.get(1)),
    expiresAt: seconds(map.get(4)),
    issuedAt: seconds(map.get(6)),
    version: integer(map.get(-1), 1, Number.MAX_SAFE_INTEGER),
    ttl: integer(map.get(-2), 1, 31_622_400),
    keys,
    find: (kid) => byKid.get(hex(kid)) ?? [],
    countsFor: (issuer, level) => levels.get(issuer)?.[level - 1] ?? level,
    payload,
    provider,
  };
  if (list.issuedAt >= list.expiresAt) {
    throw new Malformed('a list that ends before it begins');
  }
  return Object.freeze(list);
}

function readLevels(rows, publisher) {
  if (!Array.isArray(rows) || rows.length < 1 || rows.length > 256) {
    throw new Malformed('not a list of levels');
  }
  const levels = new Map();
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== 2 || !Array.isArray(row[1]) || row[1].length !== 4
      || row[1].some((level, i) => integer(level, 0, 4) < (i === 0 ? 0 : row[1][i - 1])) || row[0] === publisher || levels.has(region(row[0]))) {
      throw new Malformed('not the levels of another region');
    }
    levels.set(row[0], row[1]);
  }
  return levels;
}

async function readTrustedKey(map, provider) {
  if (!(map instanceof Map) || [...map.keys()].some((key) => ![1, 2, 3, 4, 5, 6, 7, 8].includes(key))) {
    throw new Malformed('not a trusted key');
  }
  const purpose = integer(map.get(3), 1, 4);
  if (map.has(6) && purpose === PURPOSE.statusList) {
    throw new Malformed('a status key with a status list of its own');
  }
  const key = {
    ...(await readSigningKey(map.get(1), provider)),
    region: region(map.get(2)),
    purpose,
    from: seconds(map.get(4)),
    until: seconds(map.get(5)),
    statusTemplate: map.has(6) ? template(map.get(6)) : null,
    floor: map.has(7) ? seconds(map.get(7)) : null,
    withdrawn: map.has(8) ? seconds(map.get(8)) : null,
  };
  if (key.from >= key.until) {
    throw new Malformed('a key that ends before it begins');
  }
  return Object.freeze(key);
}

async function readSigningKey(cose, provider) {
  if (!(cose instanceof Map) || !hasExactly(cose, [1, 3, -1, -2, -3])
    || cose.get(1) !== 2 || !CURVES.has(cose.get(-1)) || cose.get(3) !== CURVES.get(cose.get(-1)) || !isBytes(cose.get(-2), 32) || !isBytes(cose.get(-3), 32)) {
    throw new Malformed('not a signing key');
  }
  return { ...(await readPoint(cose.get(-2), cose.get(-3), cose.get(-1), provider)), algorithm: cose.get(3) };
}

async function readPoint(x, y, curve, provider) {
  const algorithm = provider.algorithms.find((spoken) => spoken.curve === curve);
  const publicKey = isBytes(x, 32) && isBytes(y, 32) ? await algorithm?.importPoint(x, y) : null;
  if (publicKey === null) {
    throw new Malformed('not a point of the curve');
  }
  // One key in a list that this verifier cannot check with is no reason to do without all the others.
  return { kid: await keyIdOf(x, y, curve, provider), point: `${curve} ${hex(x)}${hex(y)}`, publicKey: publicKey ?? null };
}

function template(value) {
  if (!/^[\x21-\x7e]+$/.test(sized(value, 255)) || value.split('{list}').length !== 2) {
    throw new Malformed('not a status template');
  }
  return value;
}

function region(value) {
  return text(value, /^[0-9A-Z]{1,4}$/);
}

function groupByKid(keys) {
  const groups = new Map();
  for (const key of keys) {
    groups.set(key.kid, [...(groups.get(key.kid) ?? []), key]);
  }
  return groups;
}
