/**
 * Providers from `@noble/curves`, which whoever imports this installs beside it. Pages without a bundler use `pure.js` with the
 * library's files from where they serve them.
 */
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { pureEs256, pureSm2 } from './pure.js';

export const es256 = pureEs256({ p256 });
export const sm2 = pureSm2({ weierstrass });

/** ES256 and SM2 with no WebCrypto at all. @type {import('./provider.js').Provider} */
export const noble = Object.freeze({ sha256, algorithms: Object.freeze([es256, sm2]) });
