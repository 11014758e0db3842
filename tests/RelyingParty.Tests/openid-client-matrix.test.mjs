// openid-client, certified, in every way in which a client may prove itself, ask and be answered. One row is one whole life: signed in,
// renewed, looked at, revoked, signed out.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { newKey } from './keys.mjs';
import { Browser, startSandbox } from './sandbox.mjs';

const redirectUri = 'https://matrix.example/callback';
const signedOut = 'https://matrix.example/signed-out';
const secret = 'matrix-test-secret-0123';
const scope = 'openid profile offline_access';
const { jwks, privateKey } = newKey();

const proofs = {
  none: { client: {}, method: () => oidc.None() },
  client_secret_basic: { client: { Secret: secret }, method: () => oidc.ClientSecretBasic(secret) },
  client_secret_post: { client: { Secret: secret }, method: () => oidc.ClientSecretPost(secret) },
  private_key_jwt: { client: { Jwks: jwks }, method: ownKey },
  fapi: { client: { Jwks: jwks, Fapi: 'true' }, method: ownKey },
};

async function ownKey() {
  const key = await crypto.subtle.importKey('jwk', privateKey.export({ format: 'jwk' }), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  return oidc.PrivateKeyJwt({ key, kid: 'one' }, { [oidc.modifyAssertion]: (header, payload) => { payload.aud = new URL(sandbox.issuer).origin; } });
}

const rows = Object.keys(proofs).flatMap(proof =>
  (proof === 'fapi' ? ['PAR+DPoP'] : ['plain', 'PAR', 'DPoP', 'PAR+DPoP']).flatMap(way =>
    ['query', 'form_post'].map(mode => ({ proof, way, mode }))));

let sandbox, logouts;

before(async () => {
  logouts = await listenForLogouts();
  sandbox = await startSandbox(Object.fromEntries(Object.entries(proofs).map(([name, { client }]) => [`matrix-${name}`, {
    Name: name, ...client, LegalGround: 'Tests of something else', RedirectUris: [redirectUri], PostLogoutRedirectUris: [signedOut], BackchannelLogoutUri: logouts.address, Scopes: scope.split(' '),
  }])));
});
after(async () => {
  await sandbox?.stop();
  logouts?.stop();
});

for (const { proof, way, mode } of rows) {
  test(`${proof}, ${way}, ${mode}`, async () => {
    const config = await configOf(proof);
    const bound = way.includes('DPoP') ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) } : {};
    const browser = new Browser();
    const first = await signIn(config, browser, { pushed: way.includes('PAR'), bound, ...(mode === 'form_post' && { response_mode: mode }) });
    assert.equal(first.token_type, bound.DPoP ? 'dpop' : 'bearer');
    const { sub, sid } = first.claims();

    const second = await oidc.refreshTokenGrant(config, first.refresh_token, undefined, bound);
    assert.equal(second.token_type, first.token_type);
    assert.equal(second.claims().sub, sub);
    if (proof === 'fapi') assert.equal(second.refresh_token, undefined, 'FAPI 2.0 does not rotate');
    else assert.notEqual(second.refresh_token, first.refresh_token);
    const refreshToken = second.refresh_token ?? first.refresh_token;

    assert.equal((await oidc.fetchUserInfo(config, second.access_token, sub, bound)).name, '张敏');
    if (bound.DPoP) await assert.rejects(oidc.fetchUserInfo(config, second.access_token, sub), 'a bound token opens nothing without its key');

    if (proof !== 'none') {
      const seen = await oidc.tokenIntrospection(config, second.access_token);
      assert.deepEqual([seen.active, seen.sub, typeof seen.cnf?.jkt], [true, sub, bound.DPoP ? 'string' : 'undefined']);
    }
    await oidc.tokenRevocation(config, second.access_token);
    if (proof !== 'none') assert.equal((await oidc.tokenIntrospection(config, second.access_token)).active, false);
    await assert.rejects(oidc.fetchUserInfo(config, second.access_token, sub, bound));

    const third = await oidc.refreshTokenGrant(config, refreshToken, undefined, bound);
    const url = oidc.buildEndSessionUrl(config, { id_token_hint: first.id_token, post_logout_redirect_uri: signedOut, state: 's' });
    assert.equal((await browser.go(url.href, signedOut)).url, `${signedOut}?state=s`);
    const told = await logouts.of(sid);
    assert.deepEqual([told.aud, told.sub, told.iss, told.nonce], [`matrix-${proof}`, sub, config.serverMetadata().issuer, undefined]);
    assert.ok(told.events['http://schemas.openid.net/event/backchannel-logout']);

    // offline_access outlives the session (Back-Channel Logout 1.0, 2.7), until it is given back.
    const last = await oidc.refreshTokenGrant(config, third.refresh_token ?? refreshToken, undefined, bound);
    await oidc.tokenRevocation(config, last.refresh_token ?? refreshToken);
    await assert.rejects(oidc.refreshTokenGrant(config, last.refresh_token ?? refreshToken, undefined, bound), { error: 'invalid_grant' });
  });
}

for (const way of ['plain', 'PAR']) {
  test(`acr_values and max_age, ${way}`, async () => {
    const config = await configOf('client_secret_basic');
    const browser = new Browser();
    const first = await signIn(config, browser, { pushed: way === 'PAR', acr_values: 'urn:onecode:loa:1' });
    assert.match(first.claims().acr, /^urn:onecode:loa:[1-4]$/);

    // Asked for a fresh sign-in, the person signs in again, and auth_time says so.
    await new Promise(done => setTimeout(done, 1100));
    const second = await signIn(config, browser, { pushed: way === 'PAR', max_age: 0 });
    assert.ok(second.claims().auth_time > first.claims().auth_time);

    // What must be: she reaches it, somebody of level 2 does not.
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:onecode:loa:4'] } } });
    assert.equal((await signIn(config, browser, { pushed: way === 'PAR', claims })).claims().acr, 'urn:onecode:loa:4');
    await assert.rejects(signIn(config, new Browser(), { pushed: way === 'PAR', claims }, 'wangfang'), { error: 'unmet_authentication_requirements' });
  });

  test(`resource indicators, ${way}`, async () => {
    const config = await configOf('client_secret_basic');
    const tokens = await signIn(config, new Browser(), { pushed: way === 'PAR', resource: config.serverMetadata().issuer });
    assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).name, '张敏');
    await assert.rejects(signIn(config, new Browser(), { pushed: way === 'PAR', resource: 'https://elsewhere.example/' }), { error: 'invalid_target' });
  });
}

async function configOf(proof) {
  return oidc.discovery(new URL(sandbox.issuer), `matrix-${proof}`, undefined, await proofs[proof].method(), { execute: [oidc.allowInsecureRequests] });
}

/** As openid-client checks it: state, nonce, iss, signature, at_hash. */
async function signIn(config, browser, { pushed, bound = {}, ...extra }, userName = 'zhangmin') {
  const checks = { verifier: oidc.randomPKCECodeVerifier(), state: oidc.randomState(), nonce: oidc.randomNonce() };
  const parameters = {
    redirect_uri: redirectUri, scope, state: checks.state, nonce: checks.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier), code_challenge_method: 'S256', ...extra,
  };
  const url = pushed ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, bound) : oidc.buildAuthorizationUrl(config, parameters);
  if (pushed) assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const arrived = await browser.arrive(url.href, redirectUri, userName, 'Sandbox-2022!');
  return oidc.authorizationCodeGrant(config, extra.response_mode === 'form_post' ? posted(arrived.body) : new URL(arrived.url), {
    pkceCodeVerifier: checks.verifier, expectedState: checks.state, expectedNonce: checks.nonce, idTokenExpected: true, ...('max_age' in extra && { maxAge: extra.max_age }),
  }, undefined, bound);
}

/** What the page would send to the client. */
function posted(body) {
  const form = /<form[^>]*>/.exec(body)?.[0] ?? assert.fail(`no form: ${body}`);
  assert.match(form, /method="post"/i);
  assert.equal(/action="([^"]*)"/.exec(form)?.[1], redirectUri);
  return new Request(redirectUri, { method: 'POST', body: new URLSearchParams(Browser.hiddenOf(body)) });
}

/** Our end of back-channel logout: the tokens by session, each checked against the published keys. */
async function listenForLogouts() {
  const taken = new Map();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const token = new URLSearchParams(body).get('logout_token');
    const [header, claims] = token.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url')));
    const { keys } = await (await fetch(`${sandbox.issuer}/.well-known/jwks`)).json();
    const key = createPublicKey({ key: keys.find(jwk => jwk.kid === header.kid), format: 'jwk' });
    const [signed, signature] = [token.slice(0, token.lastIndexOf('.')), Buffer.from(token.split('.')[2], 'base64url')];
    if (header.typ === 'logout+jwt' && verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, signature)) taken.set(claims.sid, claims);
    response.end();
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return {
    address: `http://127.0.0.1:${server.address().port}/backchannel`,
    stop: () => server.close(),
    async of(sid) {
      for (let tries = 0; tries < 300 && !taken.has(sid); tries++) await new Promise(done => setTimeout(done, 100));
      return taken.get(sid) ?? assert.fail('no logout token came');
    },
  };
}
