import { compareBytes, decodeCbor } from './cbor.js';
import { integer, PURPOSE, seconds, sized } from './claims.js';
import { ALG, hasExactly, isBytes, KID, readSign1, toBeSigned, TYP, TYPE } from './cose.js';
import { inflate } from './inflate.js';
import { Malformed } from './malformed.js';

const LONGEST = 512 * 1024;
const LONGEST_INFLATED = 262_144;

/** Values of an entry (Token Status List draft, section 7.1). */
export const STATUS = Object.freeze({ valid: 0, invalid: 1, suspended: 2 });

/**
 * A status list whose signature has been checked. Only {@link verifyStatusList} makes one.
 * @typedef {object} StatusList
 * @property {string} uri `sub`
 * @property {string} region of the key that signed it
 * @property {number} issuedAt seconds; its version too
 * @property {number} expiresAt
 * @property {number} ttl
 * @property {number} size number of entries
 * @property {(index: number) => number} get
 * @property {Uint8Array} payload
 */

/**
 * SPEC.md, section 8.1.
 * @param {Uint8Array} bytes
 * @param {import('./trust.js').TrustList} trust
 * @param {(uri: string, region: string) => StatusList | null} [held] what is held for the same URI
 * @returns {Promise<{list: StatusList} | {refused: string}>}
 */
export async function verifyStatusList(bytes, trust, held = () => null) {
  try {
    // SPEC.md step S1.
    if (bytes.length > LONGEST) {
      throw new Malformed('too long for a status list');
    }
    const { header, protectedBytes, payload, signature } = readSign1(bytes);
    // SPEC.md step S2.
    if (header.get(TYP) !== TYPE.statusList) {
      return { refused: 'UnexpectedType' };
    }
    if (!hasExactly(header, [ALG, KID, TYP]) || !Number.isInteger(header.get(ALG)) || !isBytes(header.get(KID), 8)) {
      throw new Malformed('not the header of a status list');
    }

    // SPEC.md step S3.
    const candidates = trust.find(header.get(KID));
    if (candidates.length === 0) {
      return { refused: 'KeyNotInTrustList' };
    }
    const { key, refused } = await signerOf(candidates, header.get(ALG), signature, () => toBeSigned(protectedBytes, payload));
    if (key === undefined) {
      return { refused };
    }

    // SPEC.md step S4 and SPEC.md step S5.
    const list = await readStatusList(payload, key.region);
    if (key.withdrawn !== null) {
      return { refused: 'KeyWithdrawn' };
    }
    if (key.purpose !== PURPOSE.statusList) {
      return { refused: 'PurposeMismatch' };
    }
    if (list.issuedAt < key.from || list.issuedAt >= key.until) {
      return { refused: 'KeyNotInForce' };
    }
    // SPEC.md step S6.
    return mayReplace(list, held(list.uri, list.region)) ? { list } : { refused: 'Rollback' };
  } catch (error) {
    if (error instanceof Malformed) {
      return { refused: 'Malformed' };
    }
    throw error;
  }
}

/**
 * The key decides the algorithm; the header's is only compared with it. A `kid` is a hint, so every key that bears it is tried.
 * @param {import('./trust.js').TrustedKey[]} candidates
 * @returns {Promise<{key?: import('./trust.js').TrustedKey, refused?: string}>}
 */
export async function signerOf(candidates, algorithm, signature, signed) {
  const able = candidates.filter((key) => key.algorithm === algorithm);
  if (able.length === 0) {
    return { refused: 'AlgorithmMismatch' };
  }
  // All of one algorithm are alike in that.
  if (able[0].publicKey === null) {
    return { refused: 'AlgorithmUnsupported' };
  }
  const bytes = signed();
  for (const key of able) {
    if (await key.publicKey.verify(signature, bytes)) {
      return { key };
    }
  }
  return { refused: 'SignatureInvalid' };
}

/** The URI of a list: a key's template with the list's name in it. */
export function statusUri(template, list) {
  return template.replace('{list}', () => list);
}

/**
 * The one to believe of two that may answer for an index: withdrawn is for good, whoever says it; else the later of two that know.
 * @template {{issuedAt: number, size: number, get: (index: number) => number}} T
 * @param {T | null} one
 * @param {T | null} other
 * @param {number} index
 * @returns {T | null}
 */
export function betterOf(one, other, index) {
  if (one === null || other === null) {
    return one ?? other;
  }
  if (index >= one.size || index >= other.size) {
    return index >= one.size && index < other.size ? other : one;
  }
  const [oneIsGone, otherIsGone] = [one, other].map((list) => list.get(index) === STATUS.invalid);
  return oneIsGone !== otherIsGone ? (oneIsGone ? one : other) : one.issuedAt >= other.issuedAt ? one : other;
}

/** An older list would forgive what a newer one has taken back. */
function mayReplace(list, held) {
  return held === null || list.issuedAt > held.issuedAt || (list.issuedAt === held.issuedAt && compareBytes(list.payload, held.payload) === 0);
}

async function readStatusList(payload, region) {
  const map = decodeCbor(payload);
  const body = map instanceof Map && map.get(65533);
  if (!(map instanceof Map) || !hasExactly(map, [2, 4, 6, 65533, 65534])
    || !(body instanceof Map) || !hasExactly(body, body.has('aggregation_uri') ? ['lst', 'bits', 'aggregation_uri'] : ['lst', 'bits']) || !isBytes(body.get('lst'))) {
    throw new Malformed('not a status list');
  }
  if (body.has('aggregation_uri')) {
    sized(body.get('aggregation_uri'), 255);
  }
  const bits = integer(body.get('bits'), 1, 2);
  const entries = inflate(body.get('lst'), LONGEST_INFLATED);
  const perByte = 8 / bits;
  const list = {
    uri: sized(map.get(2), 255),
    region,
    expiresAt: seconds(map.get(4)),
    issuedAt: seconds(map.get(6)),
    ttl: integer(map.get(65534), 1, 31_622_400),
    size: entries.length * perByte,
    // Packed from the least significant bit.
    get: (index) => (entries[Math.floor(index / perByte)] >> ((index % perByte) * bits)) & ((1 << bits) - 1),
    payload,
  };
  if (entries.length === 0 || list.issuedAt >= list.expiresAt) {
    throw new Malformed('an empty list, or one that ends before it begins');
  }
  return Object.freeze(list);
}
