import { encodeBase64Url } from '/onecode/index.js';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

/**
 * Shows with each request that this phone's key is here (DPoP, RFC 9449). The key is made here, once for each sign-in's store, and
 * nobody can take it out of the browser: who copies a token off this page has half of what it takes.
 */
export class Dpop {
  #store;
  /** @type {string | null} the server's newest nonce */
  #nonce = null;
  /** Seconds that the server's clock is ahead of this phone's. */
  #offset = 0;

  /** @param {import('/shared/store.js').Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** RFC 7638, for `dpop_jkt`. */
  async thumbprint() {
    const { crv, kty, x, y } = await this.#publicKey();
    return digest(JSON.stringify({ crv, kty, x, y }));
  }

  /**
   * `fetch` with a proof; with a token, bound to it. Asks a second time when the server wants its nonce in the proof, or its time.
   * @param {string} url
   * @param {RequestInit} request
   * @param {string} [token]
   */
  async fetch(url, request, token) {
    const first = await this.#once(url, request, token);
    if (first.ok || !(await wantsAnother(first))) {
      return first;
    }
    return this.#once(url, request, token);
  }

  async #once(url, request, token) {
    const headers = { ...request.headers, DPoP: await this.#proof(request.method ?? 'GET', url, token) };
    if (token !== undefined) {
      headers.Authorization = `DPoP ${token}`;
    }
    const response = await fetch(url, { ...request, headers });
    this.#nonce = response.headers.get('DPoP-Nonce') ?? this.#nonce;
    // A phone whose clock is wrong signs by the server's.
    const date = Date.parse(response.headers.get('Date') ?? '');
    this.#offset = Number.isFinite(date) ? Math.round((date - Date.now()) / 1000) : this.#offset;
    return response;
  }

  async #proof(method, url, token) {
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await this.#publicKey() };
    const claims = {
      htm: method,
      htu: url.split(/[?#]/)[0],
      iat: Math.floor(Date.now() / 1000) + this.#offset,
      jti: encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
      ...(this.#nonce === null ? {} : { nonce: this.#nonce }),
      ...(token === undefined ? {} : { ath: await digest(token) }),
    };
    const part = (value) => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
    const signed = `${part(header)}.${part(claims)}`;
    const { privateKey } = await this.#keys();
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, new TextEncoder().encode(signed));
    return `${signed}.${encodeBase64Url(new Uint8Array(signature))}`;
  }

  async #publicKey() {
    const { publicKey } = await this.#keys();
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    return { kty, crv, x, y };
  }

  /** Two tabs that start at once must end up with one key. */
  #keys() {
    return navigator.locks.request('dpop', async () => {
      const kept = await this.#store.get('session', 'dpop');
      if (kept !== undefined) {
        return kept;
      }
      const made = await crypto.subtle.generateKey(P256, false, ['sign', 'verify']);
      await this.#store.put('session', 'dpop', made);
      return made;
    });
  }
}

async function wantsAnother(response) {
  const challenge = response.headers.get('WWW-Authenticate') ?? '';
  if (/use_dpop_nonce|invalid_dpop_proof/.test(challenge)) {
    return true;
  }
  const answer = await response.clone().json().catch(() => ({}));
  return answer.error === 'use_dpop_nonce' || answer.error === 'invalid_dpop_proof';
}

async function digest(text) {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}
