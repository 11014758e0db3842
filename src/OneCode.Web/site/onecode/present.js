import { encodeBase45 } from './base45.js';
import { encodeCbor, Encoded } from './cbor.js';
import { ALG, KCWT, toBeSigned, TYP, TYPE, writeSign1 } from './cose.js';
import { ES256, sign } from './p256.js';

/**
 * What a phone shows: its credential, wrapped and signed now (SPEC.md, section 5). Needs no network.
 * @param {Uint8Array} credential bytes of the COSE_Sign1
 * @param {CryptoKey | {alg: number, sign: (signed: Uint8Array) => Uint8Array | Promise<Uint8Array>}} deviceKey the private key of the
 *   credential's `cnf`: WebCrypto's for ES256, or one of `pureSm2().newKey()`
 * @param {number} now seconds, corrected by the server's time
 * @returns {Promise<string>} code text
 */
export async function present(credential, deviceKey, now) {
  const signer = typeof deviceKey.sign === 'function' ? deviceKey : { alg: ES256, sign: (signed) => sign(deviceKey, signed) };
  const header = encodeCbor(new Map([[ALG, signer.alg], [KCWT, new Encoded(credential)], [TYP, TYPE.presentation]]));
  const payload = encodeCbor(new Map([[3, '*'], [6, now]]));
  const signature = await signer.sign(toBeSigned(header, payload));
  return 'OC1:' + encodeBase45(writeSign1(header, payload, signature));
}
