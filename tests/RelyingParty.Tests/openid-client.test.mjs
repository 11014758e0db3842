import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { Browser, startSandbox } from './sandbox.mjs';

const password = 'Sandbox-2022!';
const http = { execute: [oidc.allowInsecureRequests] };
let sandbox;
let port;

before(async () => { sandbox = await startSandbox(); port = sandbox.port; });
after(async () => { await sandbox?.stop(); });

const discover = (clientId, secret) => oidc.discovery(new URL(sandbox.issuer), clientId, secret, secret ? undefined : oidc.None(), http);

/** The code flow as openid-client checks it: state, nonce, iss, signature, at_hash. */
async function signIn(config, redirectUri, scope, browser = new Browser(), extra = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope, state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...extra,
  });
  const back = await browser.signIn(url.href, redirectUri, 'zhangmin', password);
  return oidc.authorizationCodeGrant(config, new URL(back), {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, ...('max_age' in extra && { maxAge: extra.max_age }),
  });
}

test('code flow and userinfo of a confidential client', async () => {
  const config = await discover('portal-hr', 'portal-hr-sandbox-secret');
  const tokens = await signIn(config, `http://localhost:${port + 1}/signin-oidc`, 'openid profile');
  const claims = tokens.claims();
  assert.match(claims.acr, /^urn:onecode:loa:[1-4]$/);
  assert.ok(claims.amr.includes('pwd'));
  const user = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(user.name, '张敏');
});

test('a sign-in no older than max_age', async () => {
  const config = await discover('portal-hr', 'portal-hr-sandbox-secret');
  const tokens = await signIn(config, `http://localhost:${port + 1}/signin-oidc`, 'openid', new Browser(), { max_age: 60 });
  assert.equal(typeof tokens.claims().auth_time, 'number');
});

test('a native client on a loopback port of its own, refresh and revocation', async () => {
  const config = await discover('native-test');
  const first = await signIn(config, 'http://127.0.0.1:49152/callback', 'openid offline_access');
  const second = await oidc.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal(second.claims().sub, first.claims().sub);
  await oidc.tokenRevocation(config, second.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(config, second.refresh_token), { error: 'invalid_grant' });
  await assert.rejects(oidc.fetchUserInfo(config, second.access_token, oidc.skipSubjectCheck));
});

test('PAR and DPoP: a pushed request, bound tokens, userinfo, refresh', async () => {
  const config = await discover('native-test');
  const bound = { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) };
  const [redirectUri, verifier, state, nonce] = ['http://127.0.0.1:49153/callback', oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const url = await oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: redirectUri, scope: 'openid profile offline_access', state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }, bound);
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const back = await new Browser().signIn(url.href, redirectUri, 'zhangmin', password);
  const tokens = await oidc.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }, undefined, bound);
  assert.equal(tokens.token_type, 'dpop');
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, bound)).name, '张敏');
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
  const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, bound);
  assert.equal(renewed.token_type, 'dpop');
  await assert.rejects(oidc.refreshTokenGrant(config, renewed.refresh_token), { error: 'invalid_grant' });
});

test('introspection before and after revocation', async () => {
  const config = await discover('portal-tax', 'portal-tax-sandbox-secret');
  const tokens = await signIn(config, `http://localhost:${port + 2}/signin-oidc`, 'openid');
  assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, true);
  await oidc.tokenRevocation(config, tokens.access_token);
  assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
});

for (const [name, method] of [['client_secret_basic', oidc.ClientSecretBasic], ['client_secret_post', oidc.ClientSecretPost]]) {
  test(`client credentials with ${name}`, async () => {
    const config = await oidc.discovery(new URL(sandbox.issuer), 'gate-test', undefined, method('gate-test-secret'), http);
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'verify' });
    assert.equal(tokens.token_type, 'bearer');
  });
}

test('end session with the identity token goes back and ends the session', async () => {
  const config = await discover('portal-hr', 'portal-hr-sandbox-secret');
  const browser = new Browser();
  const redirectUri = `http://localhost:${port + 1}/signin-oidc`;
  const tokens = await signIn(config, redirectUri, 'openid', browser);
  const back = `http://localhost:${port + 1}/signout-callback-oidc`;
  const url = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state: 's' });
  assert.equal((await browser.go(url.href, back)).url, `${back}?state=s`);
  const silent = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope: 'openid', prompt: 'none', state: 'x',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()), code_challenge_method: 'S256',
  });
  const answer = new URL((await browser.go(silent.href, redirectUri)).url);
  await assert.rejects(oidc.authorizationCodeGrant(config, answer, { expectedState: 'x', pkceCodeVerifier: 'x'.repeat(43) }), { error: 'login_required' });
});
