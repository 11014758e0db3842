import { es256 } from './p256.js';

/**
 * What a key can be checked with: one curve, one hash.
 * @typedef {object} Algorithm
 * @property {number} alg COSE number
 * @property {number} curve COSE number
 * @property {string} jwkCurve
 * @property {(x: Uint8Array, y: Uint8Array) => Key | null | Promise<Key | null>} importPoint null: not a point of the curve
 * @property {(x: Uint8Array, odd: boolean) => Uint8Array | null} completePoint y, or null: x is the x of no point
 */

/**
 * @typedef {object} Key
 * @property {(signature: Uint8Array, signed: Uint8Array) => boolean | Promise<boolean>} verify r || s, 64 bytes
 */

/**
 * The platform under a verifier. It is given together with the root keys, and lists and phones' keys follow from there: whoever
 * decides whom to believe decides in which algorithms.
 * @typedef {object} Provider
 * @property {(bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>} sha256
 * @property {Algorithm[]} algorithms
 */

/** Curves that the format knows, by the algorithm that each names (SPEC.md, section 12.3): also those that a provider does not speak. */
export const CURVES = new Map([[1, -7], [-65539, -65539]]);

/** WebCrypto: ES256. @type {Provider} */
export const webCrypto = Object.freeze({
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
  algorithms: Object.freeze([es256]),
});

/**
 * A provider that speaks more, for instance SM2 from `noble.js`.
 * @param {Provider} provider
 * @param {Algorithm[]} algorithms
 * @returns {Provider}
 */
export function withAlgorithms(provider, ...algorithms) {
  return Object.freeze({ ...provider, algorithms: Object.freeze([...provider.algorithms, ...algorithms]) });
}
