import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { encodeBase64Url } from '../../src/OneCode.Web/site/onecode/base64url.js';
import { CredentialCache, present, verify } from '../../src/OneCode.Web/site/onecode/index.js';
import { encodeCbor, Encoded } from '../../src/OneCode.Web/site/onecode/cbor.js';
import { newKey, NOON, Province, signed, textOf } from './issuer.js';

describe('verify', () => {
  /** @type {Province} */
  let province;
  before(async () => {
    province = await Province.open();
  });

  async function expectReason(reason, bytes, held = {}) {
    const answer = await verify(typeof bytes === 'string' ? bytes : textOf(bytes), { ...(await province.held(held)), ...held.replace });
    assert.equal(answer.reason, reason);
    assert.notEqual(answer.verdict, 'passed');
    return answer;
  }

  test('a paper credential passes and says what to compare', async () => {
    const answer = await verify(textOf(await province.credential()), await province.held());
    assert.equal(answer.verdict, 'passed');
    assert.equal(answer.kind, 'person');
    assert.equal(answer.form, 'paper');
    assert.equal(answer.statusAsOf, NOON - 60);
    assert.deepEqual(answer.claims.subject, { maskedName: '张*', lastFour: '001X' });
  });

  test('the print text of the same bytes is the same code', async () => {
    const text = 'https://id.example/c#' + encodeBase64Url(await province.credential());
    assert.equal((await verify(text, await province.held())).verdict, 'passed');
    await expectReason('Malformed', text.replace('https', 'http'));
    await expectReason('Malformed', text + ' ');
  });

  test('a presentation made by present() passes, also from the cache', async () => {
    const credential = await province.credential({ claims: province.phoneClaims() });
    const held = { ...(await province.held()), cache: new CredentialCache() };
    for (const at of [NOON, NOON + 30]) {
      const answer = await verify(await present(credential, province.device.privateKey, at), held);
      assert.equal(answer.verdict, 'passed');
      assert.deepEqual(answer.presentation, { list: 'pd2611260', index: 5, at });
    }
  });

  test('a phone credential shown bare is a copy', async () =>
    expectReason('HolderProofMissing', await province.credential({ claims: province.phoneClaims() })));

  test('a presentation around paper', async () =>
    expectReason('HolderProofUnexpected', await province.presentation({ credential: await province.credential() })));

  test('a presentation signed by another phone', async () =>
    expectReason('HolderProofInvalid', await province.presentation({ key: await newKey() })));

  test('a presentation for somebody else', async () =>
    expectReason('AudienceMismatch', await province.presentation({ claims: [[3, 'gate'], [6, NOON]] })));

  for (const [at, reason] of [[NOON - 91, 'NotFresh'], [NOON - 90, undefined], [NOON + 60, undefined], [NOON + 61, 'NotFresh']]) {
    test(`a presentation signed at ${at - NOON} s: ${reason ?? 'passed'}`, async () => {
      const answer = await verify(textOf(await province.presentation({ at })), await province.held());
      assert.equal(answer.reason, reason);
    });
  }

  test('a presentation in a presentation', async () => {
    const inner = await province.presentation();
    await expectReason('UnexpectedType', await province.presentation({ credential: inner }));
  });

  test('a trust list or status list in place of a credential', async () => {
    await expectReason('UnexpectedType', await province.trustBytes());
    await expectReason('UnexpectedType', await province.statusBytes());
  });

  test('one bit of the signature changed, and also expired: says forged', async () => {
    const bytes = await province.credential();
    bytes[bytes.length - 1] ^= 1;
    await expectReason('SignatureInvalid', bytes, { now: NOON + 1e6 });
  });

  test('an algorithm that the key does not have', async () =>
    expectReason('AlgorithmMismatch', await province.credential({ header: [[1, -8], [4, province.person.kid], [16, 65001]] })));

  test('a key id in the unprotected header', async () => {
    const bytes = await province.credential();
    const at = bytes.indexOf(0xa0, 3);
    assert.equal(bytes[at], 0xa0);
    await expectReason('Malformed', Uint8Array.from([...bytes.slice(0, at), 0xa1, 0x04, 0x41, 0x00, ...bytes.slice(at + 1)]));
  });

  test('a critical header, or any other label', async () =>
    expectReason('Malformed', await province.credential({ header: [[1, -7], [2, [4]], [4, province.person.kid], [16, 65001]] })));

  test('bytes after the end', async () => expectReason('Malformed', Uint8Array.from([...(await province.credential()), 0])));

  test('an unknown key, no trust list, no roots: told apart from a forgery', async () => {
    const bytes = await province.credential();
    const answer = await expectReason('KeyNotInTrustList', await province.credential({ key: await newKey() }));
    assert.equal(answer.verdict, 'indeterminate');
    await expectReason('TrustMissing', bytes, { replace: { trust: null } });
    await expectReason('RootsMissing', bytes, { replace: { roots: null, trust: null } });
  });

  for (const [name, change, reason] of [
    ['an unknown claim', { 99: 1 }, 'ContentNotAllowed'],
    ['two subjects', { '-65538': new Map([[1, '皖A00001'], [2, '02']]) }, 'ContentNotAllowed'],
    ['a name that is not masked', { 169: new Map([[1, '001X'], [4, '张敏']]) }, 'ContentNotAllowed'],
    ['a name that shows too much', { 169: new Map([[1, '001X'], [4, '司马相如*']]) }, 'ContentNotAllowed'],
    ['paper without the last four', { 169: new Map([[4, '张*']]) }, 'ContentNotAllowed'],
    ['a birth date smuggled in', { 169: new Map([[1, '001X'], [4, '张*'], [8, '19900307']]) }, 'ContentNotAllowed'],
    ['a person without a level', { '-65540': undefined }, 'ContentNotAllowed'],
    ['nbf equal to iat', { 5: NOON - 3600 }, 'ContentNotAllowed'],
    ['exp before iat', { 4: NOON - 7200 }, 'ContentNotAllowed'],
    ['no expiry', { 4: undefined }, 'Malformed'],
    ['an expiry in text', { 4: 'never' }, 'Malformed'],
    ['a level of 5', { '-65540': 5 }, 'Malformed'],
    ['nobody', { 169: undefined }, 'Malformed'],
    ['a control character in the name', { 169: new Map([[1, '001X'], [4, '张*\u0007']]) }, 'Malformed'],
    ['another region', { 1: '32' }, 'IssuerMismatch'],
    ['a vehicle by a person key', { 169: undefined, '-65540': undefined, '-65538': new Map([[1, '皖A00001'], [2, '02']]) }, 'PurposeMismatch'],
    ['signed before the key was in force', { 6: NOON - 86400 * 31 }, 'KeyNotInForce'],
    ['not yet valid', { 5: NOON + 120 }, 'NotYetValid'],
  ]) {
    test(`${name}: ${reason}`, async () => expectReason(reason, await province.credential({ claims: province.claims(change) })));
  }

  test('claims that are no CBOR are found only after the signature', async () => {
    const header = encodeCbor(new Map([[1, -7], [4, province.person.kid], [16, 65001]]));
    await expectReason('Malformed', await signed(province.person, header, Uint8Array.of(0xff)));
  });

  test('a key once withdrawn', async () => {
    const keys = [province.trustedKey(province.person, 1, { 8: NOON }), province.trustedKey(province.status, 4)];
    await expectReason('KeyWithdrawn', await province.credential(), { trust: { keys } });
  });

  test('expired', async () => expectReason('Expired', await province.credential(), { now: NOON + 3600 }));

  test('a revocation counts however old the list', async () => {
    const bytes = await province.credential();
    const old = { entries: new Map([[5, 1]]), iat: NOON - 86400 * 20, exp: NOON - 86400 * 10 };
    assert.equal((await expectReason('Revoked', bytes, { status: old })).verdict, 'failed');
    await expectReason('Suspended', bytes, { status: { entries: new Map([[5, 2]]) } });
  });

  test('a clean bill of health goes stale', async () => {
    const bytes = await province.credential();
    await expectReason('StatusStale', bytes, { status: { iat: NOON - 86400 * 4, exp: NOON } });
    await expectReason('TrustStale', bytes, { trust: { exp: NOON - 1 } });
    await expectReason('StatusUnknown', bytes, { replace: { statuses: { find: () => null } } });
    await expectReason('NotCovered', bytes, { status: { size: 4 } });
    await expectReason('StatusUnknown', bytes, { status: { entries: new Map([[5, 3]]) } });
  });

  test('a clock that is behind is told, and forges no verdict', async () => {
    const answer = await expectReason('ClockWrong', await province.credential(), { now: NOON - 700 });
    assert.equal(answer.verdict, 'indeterminate');
    await expectReason('Revoked', await province.credential(), { now: NOON - 700, status: { entries: new Map([[5, 1]]) } });
  });

  test('never throws on what was scanned', async () => {
    const held = await province.held();
    const good = textOf(await province.presentation());
    for (let i = 0; i < 400; i++) {
      const at = Math.floor((i / 400) * good.length);
      const text = i % 3 === 0 ? good.slice(0, at) : good.slice(0, at) + 'A$7'[i % 3] + good.slice(at + 1);
      const answer = await verify(text, held);
      assert.ok(text === good || answer.verdict !== 'passed', `changed at ${at}`);
    }
    for (const odd of [undefined, null, 5, '', 'OC1:', 'oc1:AB', 'OC1:é', 'x'.repeat(1e6)]) {
      assert.equal((await verify(/** @type {any} */ (odd), held)).reason, 'Malformed');
    }
  });
});
