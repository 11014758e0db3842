import { decodeCbor, encodeCbor } from './cbor.js';
import { Malformed } from './malformed.js';

/** Header labels (RFC 9052, RFC 9596, and kcwt of RFC 9528). */
export const ALG = 1;
export const KID = 4;
export const KCWT = 13;
export const TYP = 16;

/** Content types (SPEC.md, section 3). */
export const TYPE = Object.freeze({ credential: 65001, trustList: 65002, compactStatus: 65003, rootChange: 65004, trustListWithLevels: 65005, presentation: 294, statusList: 'application/statuslist+cwt' });

export const SIGN1_TAG = 18;
export const SIGN_TAG = 98;
const EMPTY = new Uint8Array(0);

/**
 * @typedef {object} Sign1
 * @property {Uint8Array} protectedBytes the very bytes, which is what is signed
 * @property {Map<any, any>} header decoded `protectedBytes`
 * @property {Uint8Array} payload
 * @property {Uint8Array} signature 64 bytes
 */

/**
 * Structure only (SPEC.md, section 6, step 2): nothing inside the payload is looked at, and no label is judged.
 * @param {Uint8Array} bytes
 * @returns {Sign1}
 */
export function readSign1(bytes) {
  return sign1Of(decodeCbor(bytes));
}

/**
 * @param {any} item a decoded item that should be a tagged COSE_Sign1
 * @returns {Sign1}
 */
export function sign1Of(item) {
  if (item?.tag !== SIGN1_TAG || !Array.isArray(item.value) || item.value.length !== 4) {
    throw new Malformed('not a tagged COSE_Sign1');
  }
  const [protectedBytes, unprotected, payload, signature] = item.value;
  if (!isBytes(protectedBytes) || !isEmptyMap(unprotected) || !isBytes(payload) || !isBytes(signature, 64)) {
    throw new Malformed('not the parts of a COSE_Sign1');
  }
  const header = decodeCbor(protectedBytes);
  if (!(header instanceof Map)) {
    throw new Malformed('a header that is no map');
  }
  return { protectedBytes, header, payload, signature };
}

/** The bytes that a COSE_Sign1 signature covers (RFC 9052, section 4.4). */
export function toBeSigned(protectedBytes, payload) {
  return encodeCbor(['Signature1', protectedBytes, EMPTY, payload]);
}

/** The bytes that one signature of a COSE_Sign covers. */
export function toBeSignedByOne(bodyProtected, signProtected, payload) {
  return encodeCbor(['Signature', bodyProtected, signProtected, EMPTY, payload]);
}

/**
 * @param {Uint8Array} protectedBytes
 * @param {Uint8Array} payload
 * @param {Uint8Array} signature
 * @returns {Uint8Array}
 */
export function writeSign1(protectedBytes, payload, signature) {
  return encodeCbor({ tag: SIGN1_TAG, value: [protectedBytes, new Map(), payload, signature] });
}

/** @param {any} value */
export function isBytes(value, length) {
  return value instanceof Uint8Array && (length === undefined || value.length === length);
}

/** @param {any} value */
export function isEmptyMap(value) {
  return value instanceof Map && value.size === 0;
}

/** Whether a map has these keys and no others. */
export function hasExactly(map, keys) {
  return map.size === keys.length && keys.every((key) => map.has(key));
}
