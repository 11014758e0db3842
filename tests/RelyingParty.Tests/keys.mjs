import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

/**
 * A P-256 key pair, read back from text, and its public half as a client registers it. In Node.js 20 a key that still hangs on the job that made it can stop the process for good: its
 * export as JWK holds a lock, and should the garbage collector come then, it waits for that lock to throw the job away.
 */
export function newKey() {
  const pem = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const publicKey = createPublicKey(pem.publicKey);
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] });
  return { jwks, privateKey: createPrivateKey(pem.privateKey) };
}
