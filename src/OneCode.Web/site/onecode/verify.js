import { decodeBase45 } from './base45.js';
import { decodeBase64Url } from './base64url.js';
import { decodeCbor } from './cbor.js';
import { ContentNotAllowed, PURPOSE, readClaims, seconds } from './claims.js';
import { ALG, hasExactly, isBytes, KCWT, KID, SIGN_TAG, sign1Of, toBeSigned, TYP, TYPE } from './cose.js';
import { Malformed } from './malformed.js';
import { signerOf, STATUS, statusUri } from './status.js';

const LONGEST_TEXT = 8192;
const TOLERANCE = 60;
const FRESH_AFTER_SIGNING = 90;

const CODE_TEXT = /^OC1:([0-9A-Z $%*+\-./:]*)$/;
const PRINT_TEXT = /^(https?):\/\/([a-z0-9][a-z0-9.-]{0,252})(?::[0-9]{1,5})?\/c#([A-Za-z0-9_-]*)$/;

/**
 * The answer to a scan. Names of reasons are stable (SPEC.md, section 6.1).
 * @typedef {object} Verdict
 * @property {'passed' | 'failed' | 'indeterminate'} verdict
 * @property {string} [reason] absent when passed
 * @property {string} [step] the step of SPEC.md, section 6, that said so; absent when passed
 * @property {'person' | 'enterprise' | 'vehicle'} [kind] from here on: what an issuer said, so only once that is sure
 * @property {'paper' | 'phone'} [form]
 * @property {number} [statusAsOf] seconds: the status is known as of then
 * @property {number} [level] what a person's level counts for where the trust list is believed, 0 for nothing: decide by this, not by the claims
 * @property {object} [claims] issuer, times in seconds, level, and the subject's members by the names that the vectors use
 * @property {string} [needs] the URI of the status list that is missing, stale or too short
 * @property {{list: string, index: number, at: number}} [presentation] which credential was presented, and when its phone signed:
 *   a second scan with the same values is a second scan of the same picture. Never a hash of the text: ECDSA signatures can be altered and still verify.
 */

/**
 * @typedef {object} Held
 * @property {import('./trust.js').TrustRoots | null} roots
 * @property {import('./trust.js').TrustList | null} trust verified against these roots
 * @property {{find: (uri: string, region: string, reference: {list: string, index: number}) =>
 *   {issuedAt: number, expiresAt: number, size: number, get: (index: number) => number} | null}} statuses
 * @property {number} now seconds, by the verifier's own clock
 * @property {CredentialCache} [cache]
 */

/**
 * Judges the text of a scanned code against what is held. Never throws on what was scanned.
 *
 * The steps and their order are SPEC.md, section 6. The order is part of the format: a forged code must say SignatureInvalid,
 * never Expired, or the answer tells the forger what was right.
 *
 * @param {string} text
 * @param {Held} held
 * @returns {Promise<Verdict>}
 */
export async function verify(text, held) {
  const { roots, trust, statuses, now, cache } = held;

  // SPEC.md step 1 to SPEC.md step 3: text, structure, type.
  const scanned = parse(text);
  if (scanned.failed) {
    return failed(scanned.failed, scanned.step);
  }
  const { credential, presentation } = scanned;

  // SPEC.md step 4. The key. Not knowing it is no proof of forgery: it may be newer than the list, or another region's.
  if (roots === null) {
    return unsure('RootsMissing', 'Key');
  }
  if (trust === null) {
    return unsure('TrustMissing', 'Key');
  }
  const candidates = trust.find(credential.header.get(KID));
  if (candidates.length === 0) {
    return unsure('KeyNotInTrustList', 'Key');
  }

  // SPEC.md step 5 and SPEC.md step 6. The key decides the algorithm; the header's is only compared with it. From here on the words are an issuer's.
  const checked = await checkCredential(credential, candidates, trust, cache);
  if (checked.unsure) {
    return unsure(checked.unsure, 'Signature');
  }
  if (checked.failed) {
    return failed(checked.failed, checked.step);
  }
  const { key, claims } = checked;

  // SPEC.md step 7. What this key may say.
  const scope = judgeScope(key, claims);
  if (scope !== null) {
    return failed(scope, 'Scope');
  }

  // SPEC.md step 8. Whoever shows it holds it.
  const holder = await judgeHolder(claims, presentation, checked, trust.provider);
  if (holder.unsure) {
    return unsure(holder.unsure, 'Holder');
  }
  if (holder.failed) {
    return failed(holder.failed, 'Holder');
  }

  // SPEC.md step 9. Time.
  const status = key.statusTemplate === null ? null : statuses.find(statusUri(key.statusTemplate, claims.status.list), claims.issuer, claims.status);
  const known = { ...described(claims, holder.signedAt, trust), ...(status === null ? {} : { statusAsOf: status.issuedAt }) };
  const clockWrong = [trust.issuedAt, claims.issuedAt, status?.issuedAt ?? 0].some((signed) => now + TOLERANCE < signed);
  const time = clockWrong ? null : judgeTime(claims, holder.signedAt, now);
  if (time !== null) {
    return failed(time, 'Time', known);
  }

  // SPEC.md step 10. A revocation counts however old the list; only a clean bill of health can go stale.
  const value = status !== null && claims.status.index < status.size ? status.get(claims.status.index) : null;
  if (value === STATUS.invalid || value === STATUS.suspended) {
    return failed(value === STATUS.invalid ? 'Revoked' : 'Suspended', 'Status', known);
  }

  // SPEC.md step 11. Whether all that is known well enough.
  const doubt = judgeConfidence({ clockWrong, trust, key, status, value, now });
  if (doubt === null) {
    return { verdict: 'passed', ...known };
  }
  return unsure(doubt, 'Confidence', needsList(doubt, key) ? { ...known, needs: statusUri(key.statusTemplate, claims.status.list) } : known);
}

/**
 * What signature checks found, for credentials seen before: a phone shows the same credential all day, wrapped anew.
 * Bounded, oldest out first; an entry counts only under the trust list that it was checked with.
 */
export class CredentialCache {
  #entries = new Map();
  #most;

  constructor(most = 256) {
    this.#most = most;
  }

  get(name, trust) {
    const entry = this.#entries.get(name);
    return entry?.trust === trust ? entry.checked : undefined;
  }

  set(name, trust, checked) {
    this.#entries.delete(name);
    this.#entries.set(name, { trust, checked });
    if (this.#entries.size > this.#most) {
      this.#entries.delete(this.#entries.keys().next().value);
    }
  }
}

function failed(reason, step, known = {}) {
  return { verdict: 'failed', reason, step, ...known };
}

function unsure(reason, step, known = {}) {
  return { verdict: 'indeterminate', reason, step, ...known };
}

/** Steps 1 to 3: nothing here is believed yet, and nothing but shape is judged. */
function parse(text) {
  let step = 'Text';
  try {
    const bytes = bytesOf(text);
    // SPEC.md step 2.
    step = 'Structure';
    const item = decodeCbor(bytes);
    const outer = messageOf(item);
    if (outer === null) {
      return { failed: 'UnexpectedType', step };
    }
    step = 'Type';
    const type = outer.header.get(TYP);
    if (type === TYPE.credential) {
      return { credential: asCredential(outer), presentation: null };
    }
    if (type !== TYPE.presentation) {
      return { failed: 'UnexpectedType', step };
    }
    if (!hasExactly(outer.header, [ALG, KCWT, TYP]) || !Number.isInteger(outer.header.get(ALG))) {
      throw new Malformed('not the header of a presentation');
    }

    // The credential inside goes through the same steps.
    step = 'Structure';
    const inner = messageOf(outer.header.get(KCWT));
    if (inner === null) {
      return { failed: 'UnexpectedType', step };
    }
    step = 'Type';
    if (inner.header.get(TYP) !== TYPE.credential) {
      return { failed: 'UnexpectedType', step };
    }
    return { credential: asCredential(inner), presentation: outer };
  } catch (error) {
    if (error instanceof Malformed) {
      return { failed: 'Malformed', step };
    }
    throw error;
  }
}

/** null: a COSE_Sign, so a trust list where a code belongs. Anything else that is no COSE_Sign1 is damage. */
function messageOf(item) {
  return item?.tag === SIGN_TAG ? null : sign1Of(item);
}

function bytesOf(text) {
  if (typeof text !== 'string' || text.length > LONGEST_TEXT) {
    throw new Malformed('too long for a code');
  }
  const code = CODE_TEXT.exec(text);
  if (code !== null) {
    return decodeBase45(code[1]);
  }
  const print = PRINT_TEXT.exec(text);
  // The host says where a camera without a verifier goes, and nothing about who issued the code. Plain http is for demonstrations here alone.
  if (print === null || (print[1] === 'http') !== (print[2] === 'localhost')) {
    throw new Malformed('neither a code text nor a print text');
  }
  return decodeBase64Url(print[3]);
}

function asCredential(message) {
  if (!hasExactly(message.header, [ALG, KID, TYP]) || !Number.isInteger(message.header.get(ALG)) || !isBytes(message.header.get(KID), 8)) {
    throw new Malformed('not the header of a credential');
  }
  return message;
}

/** Steps 5 and 6. */
async function checkCredential(credential, candidates, trust, cache) {
  const name = cache && String.fromCharCode(...credential.protectedBytes, ...credential.payload, ...credential.signature);
  const before = cache?.get(name, trust);
  if (before !== undefined) {
    return before;
  }
  const { key, refused } = await signerOf(
    candidates, credential.header.get(ALG), credential.signature, () => toBeSigned(credential.protectedBytes, credential.payload));
  if (refused === 'AlgorithmUnsupported') {
    return { unsure: refused };
  }
  if (refused !== undefined) {
    return { failed: refused, step: 'Signature' };
  }
  try {
    const checked = { key, claims: readClaims(credential.payload), deviceKey: undefined };
    cache?.set(name, trust, checked);
    return checked;
  } catch (error) {
    if (error instanceof Malformed || error instanceof ContentNotAllowed) {
      return { failed: error instanceof Malformed ? 'Malformed' : 'ContentNotAllowed', step: 'Claims' };
    }
    throw error;
  }
}

/** Step 7. */
function judgeScope(key, claims) {
  if (key.withdrawn !== null) {
    return 'KeyWithdrawn';
  }
  if (key.region !== claims.issuer) {
    return 'IssuerMismatch';
  }
  if (key.purpose !== PURPOSE[claims.kind]) {
    return 'PurposeMismatch';
  }
  return key.from <= claims.issuedAt && claims.issuedAt < key.until ? null : 'KeyNotInForce';
}

/** Step 8: a screenshot of a phone's credential must not become paper. */
async function judgeHolder(claims, presentation, checked, provider) {
  if (presentation === null) {
    return claims.deviceKey === null ? { signedAt: null } : { failed: 'HolderProofMissing' };
  }
  if (claims.deviceKey === null) {
    return { failed: 'HolderProofUnexpected' };
  }
  const algorithm = provider.algorithms.find((spoken) => spoken.curve === claims.deviceKey.curve);
  if (algorithm === undefined) {
    return { unsure: 'AlgorithmUnsupported' };
  }
  // Completing and importing the point costs more than the signature: kept with the credential.
  checked.deviceKey ??= await importDeviceKey(algorithm, claims.deviceKey);
  if (checked.deviceKey === null) {
    return { failed: 'Malformed' };
  }
  if (presentation.header.get(ALG) !== algorithm.alg) {
    return { failed: 'AlgorithmMismatch' };
  }
  if (!(await checked.deviceKey.verify(presentation.signature, toBeSigned(presentation.protectedBytes, presentation.payload)))) {
    return { failed: 'HolderProofInvalid' };
  }
  return readPresentationClaims(presentation.payload);
}

async function importDeviceKey(algorithm, { x, odd }) {
  const y = algorithm.completePoint(x, odd);
  return y === null ? null : algorithm.importPoint(x, y);
}

function readPresentationClaims(payload) {
  try {
    const map = decodeCbor(payload);
    if (!(map instanceof Map) || !hasExactly(map, [3, 6]) || typeof map.get(3) !== 'string') {
      throw new Malformed('not the claims of a presentation');
    }
    const signedAt = seconds(map.get(6));
    return map.get(3) === '*' ? { signedAt } : { failed: 'AudienceMismatch' };
  } catch (error) {
    if (error instanceof Malformed) {
      return { failed: 'Malformed' };
    }
    throw error;
  }
}

/** Step 9, once the clock is known not to be wrong. */
function judgeTime(claims, signedAt, now) {
  if (now + TOLERANCE < claims.validFrom) {
    return 'NotYetValid';
  }
  if (now >= claims.expiresAt) {
    return 'Expired';
  }
  const fresh = signedAt === null || (signedAt >= now - FRESH_AFTER_SIGNING && signedAt <= now + TOLERANCE);
  return fresh ? null : 'NotFresh';
}

/** Step 11. */
function judgeConfidence({ clockWrong, trust, key, status, value, now }) {
  if (clockWrong) {
    return 'ClockWrong';
  }
  if (now >= trust.expiresAt) {
    return 'TrustStale';
  }
  if (key.statusTemplate === null) {
    return 'NotCovered';
  }
  if (status === null) {
    return 'StatusUnknown';
  }
  if (value === null) {
    return 'NotCovered';
  }
  if (value !== STATUS.valid) {
    return 'StatusUnknown';
  }
  return now >= status.expiresAt || (key.floor !== null && status.issuedAt < key.floor) ? 'StatusStale' : null;
}

function needsList(doubt, key) {
  return key.statusTemplate !== null && ['StatusUnknown', 'StatusStale', 'NotCovered'].includes(doubt);
}

function described(claims, signedAt, trust) {
  const { kind, form, issuer, issuedAt, validFrom, expiresAt, level, subject, status } = claims;
  return {
    kind,
    form,
    ...(level === null ? {} : { level: trust.countsFor(issuer, level) }),
    claims: { issuer, issuedAt, validFrom, expiresAt, ...(level === null ? {} : { level }), subject },
    ...(signedAt === null ? {} : { presentation: { ...status, at: signedAt } }),
  };
}
