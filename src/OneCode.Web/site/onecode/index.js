/**
 * The OC1 one-code format for browsers, service workers and Node.js, written from `src/OneCode/SPEC.md` and held to
 * `tests/vectors`. No dependency, no network, no clock of its own: bytes and time come in as arguments. ES256 is WebCrypto's;
 * `pure.js` has what it lacks (SM2) and does without it, on a library's curves, and `noble.js` is `pure.js` with that library.
 */
export { decodeBase45, encodeBase45 } from './base45.js';
export { compareBytes, joinBytes, splitCborSequence } from './cbor.js';
export { decodeBase64Url, encodeBase64Url } from './base64url.js';
export { verify, CredentialCache } from './verify.js';
export { answerOf } from './answer.js';
export { followRootChanges, readRootChanges, readTrustRoots, verifyRootChange, verifyTrustList } from './trust.js';
export { verifyStatusList, statusUri } from './status.js';
export { takeCompact } from './compact.js';
export { present } from './present.js';
export { generateDeviceKey } from './p256.js';
export { webCrypto, withAlgorithms } from './provider.js';
export { pureEs256, pureSm2 } from './pure.js';
export { Malformed } from './malformed.js';
export { inspectCredential } from './inspect.js';
