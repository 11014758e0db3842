import { decodeCbor } from './cbor.js';
import { isBytes } from './cose.js';
import { Malformed } from './malformed.js';
import { CURVES } from './provider.js';

/** Labels of SPEC.md, section 3.1. */
export const CLAIM = Object.freeze({
  iss: 1, exp: 4, nbf: 5, iat: 6, cnf: 8,
  person: 169, enterprise: -65537, vehicle: -65538,
  status: -65539, level: -65540, form: -65541,
});

/** Which purpose a key needs for which kind (SPEC.md, section 7.2). */
export const PURPOSE = Object.freeze({ person: 1, enterprise: 2, vehicle: 3, statusList: 4 });

/** Said by a reader whose bytes are well formed but hold what a code must not hold. */
export class ContentNotAllowed extends Error {}

/**
 * @typedef {object} Claims
 * @property {string} issuer region or authority
 * @property {number} expiresAt seconds
 * @property {number} validFrom seconds
 * @property {number} issuedAt seconds
 * @property {{curve: number, x: Uint8Array, odd: boolean} | null} deviceKey
 * @property {'person' | 'enterprise' | 'vehicle'} kind
 * @property {'paper' | 'phone'} form
 * @property {number | null} level
 * @property {{list: string, index: number}} status
 * @property {Record<string, string | number>} subject what any camera may see
 */

const SECONDS_END = 253402300799;
const DAYS_END = 2932896;
const KINDS = /** @type {const} */ (['person', 'enterprise', 'vehicle']);

/**
 * Claims of a credential whose signature has been checked (SPEC.md, section 6, step 6).
 * @param {Uint8Array} payload
 * @returns {Claims} throws {@link Malformed} or {@link ContentNotAllowed}
 */
export function readClaims(payload) {
  const map = decodeCbor(payload);
  if (!(map instanceof Map)) {
    throw new Malformed('claims that are no map');
  }

  // First the grammar of every claim that is known, then what may stand together: a damaged code says Malformed.
  const kinds = KINDS.filter((kind) => map.has(CLAIM[kind]));
  const subjects = kinds.map((kind) => SUBJECTS[kind](mapAt(map, CLAIM[kind])));
  const issuedAt = seconds(map.get(CLAIM.iat));
  const claims = {
    issuer: text(map.get(CLAIM.iss), /^[0-9A-Z]{1,4}$/),
    expiresAt: seconds(map.get(CLAIM.exp)),
    validFrom: map.has(CLAIM.nbf) ? seconds(map.get(CLAIM.nbf)) : issuedAt,
    issuedAt,
    deviceKey: map.has(CLAIM.cnf) ? confirmation(map.get(CLAIM.cnf)) : null,
    kind: kinds[0],
    form: /** @type {'paper' | 'phone'} */ (['paper', 'phone'][integer(map.get(CLAIM.form), 1, 2) - 1]),
    level: map.has(CLAIM.level) ? integer(map.get(CLAIM.level), 1, 4) : null,
    status: statusReference(map.get(CLAIM.status)),
    subject: subjects[0]?.members,
  };
  if (kinds.length === 0) {
    throw new Malformed('about nothing');
  }

  const known = new Set(Object.values(CLAIM));
  if (kinds.length > 1 || subjects[0].strange || [...map.keys()].some((key) => !known.has(key))) {
    throw new ContentNotAllowed('a claim or member that does not belong, or two subjects');
  }
  if ((map.has(CLAIM.nbf) && claims.validFrom <= issuedAt) || claims.expiresAt <= claims.validFrom) {
    throw new ContentNotAllowed('times out of order');
  }
  obeyContentRule(claims);
  return claims;
}

/** Any camera may see a code, so it holds what any camera may see and nothing else. */
function obeyContentRule({ kind, form, deviceKey, level, subject }) {
  const isPerson = kind === 'person';
  if ((form === 'phone') !== (deviceKey !== null) || isPerson !== (level !== null)) {
    throw new ContentNotAllowed('a holder key or a level too many or too few');
  }
  if (isPerson && ((form === 'paper') !== ('lastFour' in subject) || !isMasked(subject.maskedName))) {
    throw new ContentNotAllowed('a name or number that shows too much');
  }
}

function isMasked(name) {
  const letters = [...name];
  const shown = letters.filter((letter) => letter !== '*').length;
  return shown < letters.length && shown <= 3;
}

// Each reads the members it knows and says whether there were others.
const SUBJECTS = {
  person: (map) => members(map, {
    lastFour: [1, optional((value) => text(value, /^[0-9]{3}[0-9X]$/))],
    maskedName: [4, (value) => words(value, 128)],
  }),
  enterprise: (map) => members(map, {
    creditCode: [1, (value) => text(value, /^[0-9A-HJ-NPQRTUWXY]{18}$/)],
    name: [2, (value) => words(value, 128)],
    kindCode: [3, (value) => words(value, 8)],
    endsOn: [4, optional(day)],
  }),
  vehicle: (map) => members(map, {
    plate: [1, (value) => words(value, 24)],
    plateKind: [2, (value) => text(value, /^[0-9]{2}$/)],
    inspectionEndsOn: [3, optional(day)],
  }),
};

function members(map, shape) {
  const read = {};
  for (const [member, [key, reader]] of Object.entries(shape)) {
    const value = reader(map.get(key));
    if (value !== undefined) {
      read[member] = value;
    }
  }
  const known = Object.values(shape).map(([key]) => key);
  return { members: read, strange: [...map.keys()].some((key) => !known.includes(key)) };
}

function optional(reader) {
  return (value) => (value === undefined ? undefined : reader(value));
}

function confirmation(value) {
  const key = value instanceof Map && value.get(1);
  if (!(key instanceof Map) || key.get(1) !== 2 || !CURVES.has(key.get(-1)) || !isBytes(key.get(-2), 32) || typeof key.get(-3) !== 'boolean') {
    throw new Malformed('not a holder key');
  }
  if (value.size !== 1 || key.size !== 4) {
    throw new ContentNotAllowed('a holder key with more in it');
  }
  return { curve: key.get(-1), x: key.get(-2), odd: key.get(-3) };
}

function statusReference(value) {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new Malformed('not a status reference');
  }
  return { list: text(value[0], /^[a-z0-9]{1,16}$/), index: integer(value[1], 0, 2147483647) };
}

/** Whole seconds from 1970 to the year 9999. */
export function seconds(value) {
  return integer(value, 0, SECONDS_END);
}

export function integer(value, least, most) {
  if (typeof value !== 'number' || value < least || value > most) {
    throw new Malformed('not an integer in range');
  }
  return value;
}

export function text(value, pattern) {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new Malformed('not the text expected');
  }
  return value;
}

/** Text of 1 to `most` bytes of UTF-8. */
export function sized(value, most) {
  const length = typeof value === 'string' ? new TextEncoder().encode(value).length : 0;
  if (length < 1 || length > most) {
    throw new Malformed('not text of a right size');
  }
  return value;
}

/** Text that people read. Control characters could make a page or a terminal show something else than was signed. */
function words(value, most) {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(sized(value, most))) {
    throw new Malformed('text with control characters');
  }
  return value;
}

/** Days since 1970 as `YYYY-MM-DD`. */
function day(value) {
  return new Date(integer(value, 0, DAYS_END) * 86_400_000).toISOString().slice(0, 10);
}

function mapAt(map, key) {
  const value = map.get(key);
  if (!(value instanceof Map)) {
    throw new Malformed('a subject that is no map');
  }
  return value;
}
