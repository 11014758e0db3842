import { encodeBase45 } from './base45.js';
import { encodeCbor, Encoded } from './cbor.js';
import { ALG, KCWT, toBeSigned, TYP, TYPE, writeSign1 } from './cose.js';
import { ES256, sign } from './p256.js';

/**
 * What a phone shows: its credential, wrapped and signed now (SPEC.md, section 5). Needs no network.
 * @param {Uint8Array} credential bytes of the COSE_Sign1
 * @param {CryptoKey} deviceKey the private key of the credential's `cnf`
 * @param {number} now seconds, corrected by the server's time
 * @returns {Promise<string>} code text
 */
export async function present(credential, deviceKey, now) {
  const header = encodeCbor(new Map([[ALG, ES256], [KCWT, new Encoded(credential)], [TYP, TYPE.presentation]]));
  const payload = encodeCbor(new Map([[3, '*'], [6, now]]));
  const signature = await sign(deviceKey, toBeSigned(header, payload));
  return 'OC1:' + encodeBase45(writeSign1(header, payload, signature));
}
