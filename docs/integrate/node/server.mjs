// A web application on Node 20 with openid-client (npm install, then npm start). The values come from .env beside it.
// Registered: redirect URI ${APP_ORIGIN}/callback, post-logout URI ${APP_ORIGIN}/
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import * as oidc from 'openid-client';

const { APP_ORIGIN, ONECODE_ISSUER, ONECODE_CLIENT_ID, ONECODE_CLIENT_SECRET, ONECODE_CLIENT_KEY, ONECODE_PUSHED, ONECODE_DPOP } = process.env;
const issuer = new URL(ONECODE_ISSUER);
const secure = APP_ORIGIN.startsWith('https:');
const config = await oidc.discovery(issuer, ONECODE_CLIENT_ID, undefined, ONECODE_CLIENT_KEY ? await ownKey() : oidc.ClientSecretBasic(ONECODE_CLIENT_SECRET),
  // Plain HTTP only for an issuer on your own machine.
  { execute: issuer.hostname === 'localhost' ? [oidc.allowInsecureRequests] : [] });

// Where tokens are bound to a key (DPoP): one for the life of this process.
const DPoP = ONECODE_DPOP === 'yes' ? oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) : undefined;

/** Instead of a secret: a private key, whose public half is registered. The statement is made for this issuer alone. */
async function ownKey() {
  const jwk = JSON.parse(await readFile(ONECODE_CLIENT_KEY, 'utf8'));
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  return oidc.PrivateKeyJwt({ key, kid: jwk.kid }, { [oidc.modifyAssertion]: (header, payload) => { payload.aud = issuer.origin; } });
}

// In memory: who signs in is forgotten at a restart. Use your framework's session store for more than one process.
const sessions = new Map();
const cookieName = secure ? '__Host-session' : `session-${new URL(APP_ORIGIN).port}`;

function sessionOf(request) {
  const id = request.headers.cookie?.split('; ').find(cookie => cookie.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
  return sessions.get(id);
}

/** A new id at every sign-in, so that one planted before is worth nothing. */
function openSession(response, session) {
  const id = randomBytes(32).toString('base64url');
  sessions.set(id, session);
  response.setHeader('set-cookie', `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`);
}

const go = (response, url) => response.writeHead(303, { location: String(url) }).end();
const text = (value) => String(value).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const page = (response, body, status = 200) =>
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(`<!doctype html><title>Application</title>${body}`);

const routes = {
  '/': (request, response) => {
    const { name, sub } = sessionOf(request)?.person ?? {};
    page(response, sub
      ? `<p>Signed in: <b id="name">${text(name ?? sub)}</b></p><a id="sign-out" href="/sign-out">Sign out</a>`
      : '<a id="sign-in" href="/sign-in">Sign in</a>');
  },

  '/sign-in': async (request, response) => {
    const checks = { verifier: oidc.randomPKCECodeVerifier(), state: oidc.randomState(), nonce: oidc.randomNonce() };
    openSession(response, { checks });
    const parameters = {
      redirect_uri: `${APP_ORIGIN}/callback`,
      scope: 'openid profile',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
    };
    go(response, ONECODE_PUSHED === 'yes'
      ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
      : oidc.buildAuthorizationUrl(config, parameters));
  },

  '/callback': async (request, response, url) => {
    const checks = sessionOf(request)?.checks;
    if (!checks) return go(response, '/');
    const tokens = await oidc.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: checks.verifier, expectedState: checks.state, expectedNonce: checks.nonce, idTokenExpected: true,
    }, undefined, { DPoP });
    // sub is how you know the person again: the same at every sign-in, another at every other application.
    const { sub } = tokens.claims();
    openSession(response, { person: await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP }), idToken: tokens.id_token });
    go(response, '/');
  },

  '/sign-out': (request, response) => {
    const session = sessionOf(request);
    for (const [id, known] of sessions) if (known === session) sessions.delete(id);
    go(response, session?.idToken
      ? oidc.buildEndSessionUrl(config, { id_token_hint: session.idToken, post_logout_redirect_uri: `${APP_ORIGIN}/` })
      : '/');
  },
};

const server = createServer(async (request, response) => {
  const url = new URL(request.url, APP_ORIGIN);
  try {
    await (routes[url.pathname] ?? ((_, none) => page(none, 'Not found', 404)))(request, response, url);
  } catch (error) {
    // error.error is the OAuth error code; the developer portal explains it under "failed requests".
    console.error(error.error ?? error.code ?? error.message, error.error_description ?? '');
    page(response, `<p id="error">Signing in did not work (${text(error.error ?? error.code ?? 'error')}). <a href="/">Try again</a></p>`, 400);
  }
});
server.listen(Number(new URL(APP_ORIGIN).port) || 3000, () => console.log(`Open ${APP_ORIGIN}`));
