/**
 * An issuer for tests, in a few lines: everything is valid unless a test says otherwise. It signs what it is told to, so that the
 * verifier meets what no honest issuer would sign.
 */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { encodeBase45 } from '../../src/OneCode.Web/site/onecode/base45.js';
import { encodeCbor, Encoded } from '../../src/OneCode.Web/site/onecode/cbor.js';
import { encodeRice, encodeState } from '../../src/OneCode.Web/site/onecode/compact.js';
import { toBeSigned, toBeSignedByOne } from '../../src/OneCode.Web/site/onecode/cose.js';
import { sign } from '../../src/OneCode.Web/site/onecode/p256.js';
import { verifyStatusList } from '../../src/OneCode.Web/site/onecode/status.js';
import { keyIdOf, readTrustRoots, verifyTrustList } from '../../src/OneCode.Web/site/onecode/trust.js';

export const NOON = 1_764_072_000;
export const TEMPLATE = 'https://id.example/status/{list}';

export async function newKey() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const [x, y] = [jwk.x, jwk.y].map((part) => new Uint8Array(Buffer.from(part, 'base64url')));
  return { privateKey: pair.privateKey, jwk: { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y }, x, y, kid: new Uint8Array(Buffer.from(await keyIdOf(x, y), 'hex')) };
}

export async function signed(key, header, payload) {
  const protectedBytes = header instanceof Uint8Array ? header : encodeCbor(new Map(header));
  const payloadBytes = payload instanceof Uint8Array ? payload : encodeCbor(new Map(payload));
  return encodeCbor({ tag: 18, value: [protectedBytes, new Map(), payloadBytes, await sign(key.privateKey, toBeSigned(protectedBytes, payloadBytes))] });
}

const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

export const textOf = (bytes) => 'OC1:' + encodeBase45(bytes);

/** A province: roots, keys for each kind, a trust list, and status lists where nothing is withdrawn. */
export class Province {
  static async open() {
    const province = new Province();
    [province.root, province.person, province.enterprise, province.vehicle, province.status, province.device] = await Promise.all(Array.from({ length: 6 }, newKey));
    return province;
  }

  /** @param {object} change claims to set; `undefined` leaves one out */
  claims(change = {}) {
    const claims = new Map([
      [1, '34'], [4, NOON + 3600], [6, NOON - 3600],
      [169, new Map([[1, '001X'], [4, '张*']])],
      [-65539, ['pm26110', 5]], [-65540, 2], [-65541, 1],
    ]);
    for (const [label, value] of Object.entries(change)) {
      if (value === undefined) claims.delete(Number(label));
      else claims.set(Number(label), value);
    }
    return claims;
  }

  phoneClaims(change = {}) {
    return this.claims({ 169: new Map([[4, '张*']]), 8: new Map([[1, this.cnf(this.device)]]), [-65539]: ['pd2611260', 5], [-65541]: 2, ...change });
  }

  cnf(key) {
    return new Map([[1, 2], [-1, 1], [-2, key.x], [-3, (key.y[31] & 1) === 1]]);
  }

  credential({ key = this.person, claims = this.claims(), header } = {}) {
    return signed(key, header ?? [[1, -7], [4, key.kid], [16, 65001]], claims);
  }

  async presentation({ credential, key = this.device, at = NOON, header, claims } = {}) {
    const inner = credential ?? (await this.credential({ claims: this.phoneClaims() }));
    return signed(key, header?.(inner) ?? [[1, -7], [13, new Encoded(inner)], [16, 294]], claims ?? [[3, '*'], [6, at]]);
  }

  trustedKey(key, purpose, change = {}) {
    const cose = new Map([[1, 2], [3, -7], [-1, 1], [-2, key.x], [-3, key.y]]);
    const entry = new Map([[1, cose], [2, '34'], [3, purpose], [4, NOON - 86400 * 30], [5, NOON + 86400 * 30]]);
    if (purpose !== 4) entry.set(6, TEMPLATE);
    for (const [label, value] of Object.entries(change)) entry.set(Number(label), value);
    return entry;
  }

  async trustBytes({ keys, version = 1, iat = NOON - 600, exp = NOON + 86400 * 30, roots = [this.root] } = {}) {
    const list = encodeCbor(new Map([
      [1, '34'], [4, exp], [6, iat], [-1, version], [-2, 86400],
      [-3, keys ?? [this.trustedKey(this.person, 1), this.trustedKey(this.enterprise, 2), this.trustedKey(this.vehicle, 3), this.trustedKey(this.status, 4)]],
    ]));
    return this.#rooted(encodeCbor(new Map([[16, 65002]])), list, roots);
  }

  /** A change of roots to one key, as whoever signs it says. */
  async changeBytes(next, version, signers) {
    const key = new Map([[1, 2], [3, -7], [-1, 1], [-2, next.x], [-3, next.y]]);
    return this.#rooted(encodeCbor(new Map([[16, 65004]])), encodeCbor(new Map([[-1, version], [-2, 1], [-3, [key]]])), signers);
  }

  async #rooted(body, payload, roots) {
    const signatures = await Promise.all(roots.map(async (root) => {
      const header = encodeCbor(new Map([[1, -7], [4, root.kid]]));
      return [header, new Map(), await sign(root.privateKey, toBeSignedByOne(body, header, payload))];
    }));
    return encodeCbor({ tag: 98, value: [body, new Map(), payload, signatures] });
  }

  statusBytes({ list = 'pm26110', entries = new Map(), size = 1000, iat = NOON - 60, exp = NOON + 86400 * 3, key = this.status, lst } = {}) {
    const packed = new Uint8Array(size / 4);
    for (const [index, value] of entries) packed[index >> 2] |= value << ((index & 3) * 2);
    return signed(key, [[1, -7], [4, key.kid], [16, 'application/statuslist+cwt']], [
      [2, TEMPLATE.replace('{list}', list)], [4, exp], [6, iat],
      [65533, new Map([['bits', 2], ['lst', lst ?? new Uint8Array(deflateSync(packed, { level: 9 }))]])], [65534, 900],
    ]);
  }

  /** A statement of the compact form, with its bytes: of a state, or of what has changed since another. */
  async compact({ version, withdrawn, since = null, series = 'pm', list = 'pm26110', iat = NOON - 120 + version, exp = NOON + 86400 * 3, ttl = 900, key = this.status }) {
    const entries = 1000;
    const stateOf = (indices) => encodeState([{ name: list, entries, withdrawn: indices, suspended: [] }]);
    const state = stateOf(withdrawn);
    const added = since === null ? [] : withdrawn.filter((index) => !since.withdrawn.includes(index));
    const body = since === null ? state : encodeCbor([[], [], added.length, encodeRice(added, entries), 0, new Uint8Array(0), 0, new Uint8Array(0)]);
    const message = await signed(key, [[1, -7], [4, key.kid], [16, 65003]], [
      [2, series], [4, exp], [6, iat], [-1, version], [-2, ttl], [-3, sha256(state)], [-4, state.length], [-5, TEMPLATE],
      ...(since === null ? [] : [[-6, [since.version, sha256(stateOf(since.withdrawn)), sha256(body), body.length]]]),
    ]);
    return { message, body, digest: Buffer.from(sha256(state)).toString('hex') };
  }

  /** What a verifier holds: everything fresh and nothing withdrawn, unless told otherwise. */
  async held({ now = NOON, trust = {}, status = {} } = {}) {
    const roots = await readTrustRoots({ threshold: 1, keys: [this.root.jwk] });
    const { list: trustList } = await verifyTrustList(await this.trustBytes(trust), roots);
    const lists = [];
    for (const name of ['pm26110', 'pd2611260']) {
      lists.push((await verifyStatusList(await this.statusBytes({ list: name, ...status }), trustList)).list);
    }
    return { roots, trust: trustList, now, statuses: { find: (uri, region) => lists.find((list) => list?.uri === uri && list.region === region) ?? null } };
  }
}
