import { encodeBase64Url } from '/onecode/index.js';
import { Dpop } from './dpop.js';

const CLIENT = 'wallet';
const SCOPE = 'openid profile credentials offline_access';
const PATIENCE = 10_000;
// Renewed this long before it ends, so that a request under way does not meet its end.
const MARGIN = 30_000;

/** Something a person is told about: `code` names the words. */
export class WalletProblem extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * The wallet as a public client of its server: authorization code with PKCE (RFC 7636), answers checked for their issuer
 * (RFC 9207), refresh tokens that change with each use. Code and tokens are bound to a key of this phone (DPoP, RFC 9449): a copy
 * of them opens nothing. Access tokens live in memory alone.
 */
export class SignIn {
  #store;
  #settings;
  #dpop;
  #access = null;
  /** @type {{seconds: number, asked: number} | null} the server's own word on the time, in its newest answer */
  serverTime = null;

  /**
   * @param {import('/shared/store.js').Store} store
   * @param {{issuer: string, wallet: string}} settings
   */
  constructor(store, settings) {
    this.#store = store;
    this.#settings = settings;
    this.#dpop = new Dpop(store);
  }

  async isSignedIn() {
    return (await this.#store.get('session', 'refresh')) !== undefined;
  }

  /** Leaves the page for the server's sign-in. */
  async start() {
    const { authorization_endpoint: endpoint } = await this.#metadata();
    const [verifier, state] = [random(), random()];
    sessionStorage.setItem('sign-in', JSON.stringify({ verifier, state }));
    const challenge = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
    location.assign(`${endpoint}?${new URLSearchParams({
      client_id: CLIENT,
      response_type: 'code',
      redirect_uri: this.#redirect,
      scope: SCOPE,
      state,
      code_challenge: encodeBase64Url(challenge),
      code_challenge_method: 'S256',
      dpop_jkt: await this.#dpop.thumbprint(),
    })}`);
  }

  /**
   * Takes the server's answer out of the address, if there is one.
   * @returns {Promise<boolean>} whether somebody has just signed in
   */
  async finish() {
    const answer = new URLSearchParams(location.search);
    if (!answer.has('code') && !answer.has('error')) {
      return false;
    }
    history.replaceState(null, '', '/');
    const asked = JSON.parse(sessionStorage.getItem('sign-in') ?? 'null');
    sessionStorage.removeItem('sign-in');
    // An answer that this page did not ask for is somebody else's session being pushed onto this phone; one of another
    // issuer is a mix-up. Both are dropped.
    if (asked === null || answer.get('state') !== asked.state || answer.get('iss')?.replace(/\/$/, '') !== this.#settings.issuer) {
      throw new WalletProblem('signInStray');
    }
    if (answer.has('error')) {
      throw new WalletProblem(answer.get('error') === 'access_denied' ? 'signInRefused' : 'signInFailed');
    }
    await this.#take(await this.#ask({ grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: this.#redirect, code_verifier: asked.verifier }));
    return true;
  }

  /**
   * A request with an access token, in JSON.
   * @param {string} path
   * @param {object} [body] makes it a POST
   */
  async request(path, body) {
    let asked = performance.now();
    let response = await this.#send(path, body);
    if (response.status === 401) {
      this.#access = null;
      asked = performance.now();
      response = await this.#send(path, body);
    }
    const date = Date.parse(response.headers.get('Date') ?? '') / 1000;
    this.serverTime = Number.isFinite(date) ? { seconds: date, asked } : null;
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw new WalletProblem(answer.code ?? answer.error ?? `http_${response.status}`);
    }
    return answer;
  }

  /** Ends this phone's grant at the server; the codes that hang on it are withdrawn there. */
  async end() {
    const token = await this.#store.get('session', 'refresh');
    const { revocation_endpoint: endpoint } = await this.#metadata();
    const response = await fetch(endpoint, form({ token, token_type_hint: 'refresh_token', client_id: CLIENT }));
    if (!response.ok) {
      throw new WalletProblem('signOutFailed');
    }
  }

  async #send(path, body) {
    const token = await this.#accessToken();
    return this.#dpop.fetch(this.#settings.issuer + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Idempotency-Key': random() }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    }, token);
  }

  /** A refresh token may be used once: two tabs must not use it at the same time. */
  #accessToken() {
    return navigator.locks.request('refresh', async () => {
      if (this.#access !== null && this.#access.until > performance.now()) {
        return this.#access.token;
      }
      const token = await this.#store.get('session', 'refresh');
      if (token === undefined) {
        throw new WalletProblem('signedOut');
      }
      await this.#take(await this.#ask({ grant_type: 'refresh_token', refresh_token: token }));
      return this.#access.token;
    });
  }

  async #ask(parameters) {
    const { token_endpoint: endpoint } = await this.#metadata();
    const response = await this.#dpop.fetch(endpoint, form({ ...parameters, client_id: CLIENT }));
    const answer = await response.json();
    if (!response.ok) {
      throw new WalletProblem(answer.error === 'invalid_grant' ? 'signedOut' : 'signInFailed');
    }
    return answer;
  }

  async #take({ access_token: token, expires_in: lifetime = 300, refresh_token: refresh }) {
    if (refresh !== undefined) {
      await this.#store.put('session', 'refresh', refresh);
    }
    this.#access = { token, until: performance.now() + lifetime * 1000 - MARGIN };
  }

  async #metadata() {
    const response = await fetch(`${this.#settings.issuer}/.well-known/openid-configuration`, { credentials: 'omit', signal: AbortSignal.timeout(PATIENCE) });
    return response.json();
  }

  get #redirect() {
    return `${this.#settings.wallet}/`;
  }
}

function form(parameters) {
  return { method: 'POST', body: new URLSearchParams(parameters), credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) };
}

function random() {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}
