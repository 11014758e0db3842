import { decodeBase45 } from './base45.js';
import { readClaims } from './claims.js';
import { readSign1 } from './cose.js';
import { Malformed } from './malformed.js';

/**
 * What a code text says of itself, with no check of who signed it. For a holder's own codes; a verifier has `verify`.
 * @param {string} text a credential's code text
 * @returns {{bytes: Uint8Array, claims: import('./claims.js').Claims}} throws {@link Malformed}
 */
export function inspectCredential(text) {
  if (!text.startsWith('OC1:')) {
    throw new Malformed('not a code text');
  }
  const bytes = decodeBase45(text.slice(4));
  return { bytes, claims: readClaims(readSign1(bytes).payload) };
}
