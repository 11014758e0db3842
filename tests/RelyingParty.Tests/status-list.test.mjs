import assert from 'node:assert/strict';
import { createPublicKey, sign, verify } from 'node:crypto';
import { after, before, test } from 'node:test';
import { CoseKey } from '@owf/cose';
import * as owf from '@owf/token-status-list';
import * as sdJwt from '@sd-jwt/jwt-status-list';
import * as oidc from 'openid-client';
import { readTrustRoots, verifyStatusList, verifyTrustList } from '../../src/OneCode.Web/site/onecode/index.js';
import { newKey } from './keys.mjs';
import { Browser, startSandbox } from './sandbox.mjs';

// Two implementations of the Token Status List that are not ours read what a server of ours publishes. The other direction, what they
// write, is tests/vectors/status-list, which C# runs.
let sandbox, metadata, trust, withdrawn;

/** A printed code withdrawn by its holder: one bit of the lists is not zero. */
async function withdrawOne() {
  const config = await oidc.discovery(new URL(sandbox.issuer), 'native-test', undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const redirect_uri = 'http://127.0.0.1:49152/callback';
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid credentials', state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const back = await new Browser().signIn(url.href, redirect_uri, 'zhangmin', 'Sandbox-2022!');
  const { access_token } = await oidc.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true });
  const post = async (path, body) => {
    const answer = await fetch(sandbox.issuer + path, {
      method: 'POST', body: JSON.stringify(body),
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.status === 204 ? null : answer.json();
  };
  const { credentials: [{ id }] } = await post('/api/credentials', { kind: 'person', form: 'paper' });
  await post(`/api/credentials/${id}/revoke`, {});
}

const get = async (uri, accept) => {
  const answer = await fetch(uri, { headers: { accept } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), accept);
  return new Uint8Array(await answer.arrayBuffer());
};

const ours = async (uri) => {
  const { list, refused } = await verifyStatusList(await get(uri, 'application/statuslist+cwt'), trust);
  assert.equal(refused, undefined);
  return list;
};

const json = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

before(async () => {
  // A minute by default; nobody waits for it here.
  process.env.Status__PublishWithin = '00:00:01';
  sandbox = await startSandbox();
  metadata = await (await fetch(`${sandbox.issuer}/.well-known/onecode-configuration`)).json();
  const roots = await readTrustRoots(metadata.trust_roots);
  trust = (await verifyTrustList(new Uint8Array(await (await fetch(metadata.trust_list_uri)).arrayBuffer()), roots)).list;
  await withdrawOne();
  for (let tries = 0; withdrawn === undefined; tries++) {
    assert.ok(tries < 180, 'the withdrawal was not published');
    for (const uri of (await lists()).filter((uri) => /\/pm/.test(uri))) {
      const list = await ours(uri);
      const index = Array.from({ length: list.size }, (_, i) => i).find((i) => list.get(i) !== 0);
      withdrawn ??= index === undefined ? undefined : { uri, index, issuedAt: list.issuedAt };
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
});
after(async () => { await sandbox?.stop(); });

const lists = async () => (await (await fetch(metadata.status_list_aggregation_uri)).json()).status_lists;

test('the aggregation is the draft\'s JSON and its lists are there in both forms, saying the same', async () => {
  const answer = await fetch(metadata.status_list_aggregation_uri);
  assert.match(answer.headers.get('content-type'), /^application\/json/);
  assert.equal(metadata.status_list_aggregation_endpoint, metadata.status_list_aggregation_uri);
  const uris = await lists();
  assert.ok(uris.length > 3);
  for (const uri of new Set([withdrawn.uri, ...uris.slice(0, 4)])) {
    const list = await ours(uri);
    const jwt = Buffer.from(await get(uri, 'application/statuslist+jwt')).toString();
    const payload = json(jwt.split('.')[1]);
    assert.equal(payload.sub, uri);
    assert.equal(list.uri, uri);
    // Two requests may meet two publications.
    assert.ok(payload.iat >= list.issuedAt && payload.exp > payload.iat && payload.ttl > 0);
  }
});

test('@sd-jwt/jwt-status-list reads our JWT', async () => {
  const jwt = Buffer.from(await get(withdrawn.uri, 'application/statuslist+jwt')).toString();
  const list = sdJwt.getListFromStatusListJWT(jwt);
  assert.equal(list.getBitsPerStatus(), 2);
  assert.equal(list.getStatus(withdrawn.index), 1);
  assert.deepEqual(list.statusList.flatMap((value, index) => (value === 0 ? [] : [index])), [withdrawn.index]);
});

test('@owf/token-status-list reads our JWT, and the signature holds by the trust list\'s key', async () => {
  const jwt = Buffer.from(await get(withdrawn.uri, 'application/statuslist+jwt')).toString();
  assert.equal(owf.getListFromStatusListJWT(jwt).getStatus(withdrawn.index), 1);
  const [header, payload, signature] = jwt.split('.');
  assert.equal(json(header).typ, owf.JWT_STATUS_LIST_TYPE);
  const [key] = trust.find(new Uint8Array(Buffer.from(json(header).kid, 'hex')));
  const [x, y] = key.point.slice(-128).match(/.{64}/g).map((half) => Buffer.from(half, 'hex').toString('base64url'));
  const jwk = { kty: 'EC', crv: 'P-256', x, y };
  assert.ok(verify('sha256', Buffer.from(`${header}.${payload}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
});

// It wants aggregation_uri in a CWT, which the draft leaves open; ours has it for such readers.
test('@owf/token-status-list reads our CWT', async () => {
  const cwt = owf.StatusListCwt.fromToken(await get(withdrawn.uri, 'application/statuslist+cwt'));
  assert.equal(cwt.payload.subject, withdrawn.uri);
  assert.equal(cwt.payload.statusList.getStatus(withdrawn.index), 1);
  assert.equal(cwt.payload.statusList.getStatus(withdrawn.index + 1), 0);
  assert.equal(cwt.payload.statusList.aggregationUri, metadata.status_list_aggregation_uri);
  assert.equal(cwt.payload.timeToLive, 900);
  assert.equal(cwt.payload.expirationTime - cwt.payload.issuedAt, 72 * 3600e3);
  assert.equal(cwt.protectedHeaders.headers.get(16), owf.MediaTypes.STATUS_LIST_CWT);
});

test('a CWT of @owf/token-status-list is refused as OC1, whose encoding is one, and says so', async () => {
  const { privateKey } = newKey();
  const cwt = new owf.StatusListCwt({
    payload: { subject: withdrawn.uri, statusList: new owf.StatusList(new Array(64).fill(0), 2), issuedAt: new Date(), expirationTime: new Date(Date.now() + 3600e3), timeToLive: 60 },
    protectedHeaders: new Map([[1, -7], [4, new Uint8Array(8)]]),
  });
  const bytes = await cwt.signAndEncode({ signingKey: CoseKey.fromJwk(privateKey.export({ format: 'jwk' })), algorithm: -7 },
    { sign: async ({ toBeSigned }) => new Uint8Array(sign('sha256', toBeSigned, { key: privateKey, dsaEncoding: 'ieee-p1363' })) });
  assert.deepEqual(await verifyStatusList(bytes, trust), { refused: 'KeyNotInTrustList' });
});

test('a list of another time is not made up', async () => {
  assert.equal((await fetch(`${withdrawn.uri}?time=1686925000`)).status, 501);
});
