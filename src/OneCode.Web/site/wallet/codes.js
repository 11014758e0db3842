import { encodeBase64Url, generateDeviceKey, inspectCredential, present } from '/onecode/index.js';

const HOUR = 3600;
const AT_ONCE = 2;
const MOST = 8;

/**
 * @typedef {object} Subject
 * @property {string} id
 * @property {'person' | 'enterprise' | 'vehicle'} kind
 * @property {string} name
 * @property {number} threshold seconds of time ahead below which codes are renewed
 */

/**
 * The codes on this phone, fetched ahead. Each has a key of its own, made here, that nobody can take out of the browser, so
 * codes of one person cannot be told by their keys to be of one phone.
 */
export class Codes {
  #store;
  #signIn;
  #issuer;
  #clock;
  /** @type {Subject[]} */
  subjects = [];
  /** @type {{subject: string, bytes: Uint8Array, issuedAt: number, validFrom: number, expiresAt: number, key: CryptoKey, id: string}[]} */
  #codes = [];

  constructor(store, signIn, issuer, clock) {
    this.#store = store;
    this.#signIn = signIn;
    this.#issuer = issuer;
    this.#clock = clock;
  }

  async load() {
    this.subjects = (await this.#store.get('session', 'subjects')) ?? [];
    this.#codes = await this.#store.all('codes');
  }

  /**
   * Signs what the phone shows now. No server is asked.
   * @param {Subject} subject
   * @returns {Promise<string | null>} code text, or null: there is no code for now
   */
  async show(subject) {
    const now = this.#clock.now();
    const code = this.#of(subject).filter((one) => one.validFrom <= now && now < one.expiresAt).sort((a, b) => b.issuedAt - a.issuedAt)[0];
    return code === undefined ? null : present(code.bytes, code.key, now);
  }

  /** Until when there are codes without a gap; `now` when there is none. */
  until(subject) {
    let end = this.#clock.now();
    for (const code of this.#of(subject).sort((a, b) => a.validFrom - b.validFrom)) {
      if (code.validFrom <= end && code.expiresAt > end) {
        end = code.expiresAt;
      }
    }
    return end;
  }

  /** Whom this person may hold codes for; those no longer on the list lose theirs. */
  async refreshSubjects() {
    const known = new Map(this.subjects.map((subject) => [subject.id, subject]));
    const listed = await this.#signIn.request('/api/subjects');
    this.subjects = listed.map(({ id, kind, name }) => ({ id, kind, name, threshold: known.get(id)?.threshold ?? aThreshold() }));
    await this.#store.put('session', 'subjects', this.subjects);
    const ids = new Set(this.subjects.map((subject) => subject.id));
    await this.#drop((code) => !ids.has(code.subject));
  }

  needsRenewal(subject) {
    return this.until(subject) - this.#clock.now() < subject.threshold;
  }

  /**
   * Fetches codes from now on: today's and the next, or more for a journey.
   * @param {Subject} subject
   * @param {number} [count] 1 to 8
   */
  async renew(subject, count = AT_ONCE) {
    const { c_nonce: nonce } = await this.#signIn.request('/api/nonce', {});
    // A phone whose clock is wrong could not even enrol: its proof must be of now. Corrected again below by what the issuer signs.
    if (this.#signIn.serverTime !== null) {
      this.#clock.set(this.#signIn.serverTime.seconds, this.#signIn.serverTime.asked);
    }
    const keys = await Promise.all(Array.from({ length: Math.min(count, MOST) }, generateDeviceKey));
    const jwt = await Promise.all(keys.map((pair) => this.#proof(pair, nonce)));
    const asked = performance.now();
    const { credentials } = await this.#signIn.request('/api/credentials', { kind: subject.kind, subject: subject.id, form: 'phone', proofs: { jwt } });
    const fresh = credentials.map(({ text }, i) => {
      const { bytes, claims } = inspectCredential(text);
      return { id: crypto.randomUUID(), subject: subject.id, bytes, issuedAt: claims.issuedAt, validFrom: claims.validFrom, expiresAt: claims.expiresAt, key: keys[i].privateKey };
    });
    this.#clock.set(Math.max(...fresh.map((code) => code.issuedAt)), asked);
    await this.#store.put('session', 'offset', this.#clock.offset);
    for (const code of fresh) {
      await this.#store.put('codes', code.id, code);
    }
    // What the new ones cover is not needed any more, and what has run out never again.
    const end = Math.max(...fresh.map((code) => code.expiresAt));
    await this.#drop((code) => code.expiresAt <= this.#clock.now() || (code.subject === subject.id && code.expiresAt <= end));
    this.#codes.push(...fresh);
  }

  /** Codes and their keys; the sign-in stays. */
  async eraseCodes() {
    await this.#store.clear('codes');
    await this.#store.delete('session', 'subjects');
    this.#codes = [];
    this.subjects = [];
  }

  async erase() {
    await this.eraseCodes();
    await this.#store.clear('session');
  }

  async #drop(which) {
    for (const code of this.#codes.filter(which)) {
      await this.#store.delete('codes', code.id);
    }
    this.#codes = this.#codes.filter((code) => !which(code));
  }

  #of(subject) {
    return this.#codes.filter((code) => code.subject === subject.id);
  }

  /** A holder proof as OpenID4VCI defines it: this key is mine, I say so now, to this server. */
  async #proof({ publicKey, privateKey }, nonce) {
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    const part = (value) => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
    const signed = `${part({ typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })}.${part({ aud: this.#issuer, iat: this.#clock.now(), nonce })}`;
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, new TextEncoder().encode(signed));
    return `${signed}.${encodeBase64Url(new Uint8Array(signature))}`;
  }
}

/** 12 to 36 hours, by chance for each holding: no hour of the day may see everyone renew. */
function aThreshold() {
  return Math.floor((12 + (crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32) * 24) * HOUR);
}
