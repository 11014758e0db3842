import { sm3 } from './sm3.js';

/** COSE numbers of SM2: the algorithm and the curve (SPEC.md, section 12.3). */
export const SM2 = -65539;

const SIGNER_ID = new TextEncoder().encode('1234567812345678');
const CURVE = Object.freeze({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});

/**
 * ES256 without WebCrypto, for mini-programs and other places that have none.
 * @param {{p256: any}} noble of `@noble/curves`
 * @returns {import('./provider.js').Algorithm}
 */
export function pureEs256({ p256 }) {
  return Object.freeze({
    alg: -7,
    curve: 1,
    jwkCurve: 'P-256',
    importPoint: (x, y) => imported(p256.Point, x, y, () => {
      const key = encoded(x, y);
      // (r, n - s) is as good as (r, s) in ECDSA, so it is here; s in the lower half is another format's rule.
      return { verify: (signature, signed) => within(() => p256.verify(signature, signed, key, { lowS: false, prehash: true, format: 'compact' })) };
    }),
    completePoint: (x, odd) => completed(p256.Point, x, odd),
  });
}

/**
 * SM2 with SM3. WebCrypto has it nowhere, so this is for browsers too.
 * @param {{weierstrass: any}} noble of `@noble/curves`
 * @returns {import('./provider.js').Algorithm & {verifyDigest: Function, newKey: Function}}
 */
export function pureSm2({ weierstrass }) {
  const Point = weierstrass(CURVE);
  const Scalar = Point.Fn;

  /** GB/T 32918.2, 7.1 from step B4 on. Public numbers alone, so nothing here hides how long it takes. */
  function verifyDigest(point, signature, digest) {
    const [r, s] = [integer(signature.subarray(0, 32)), integer(signature.subarray(32))];
    if (signature.length !== 64 || r < 1n || r >= CURVE.n || s < 1n || s >= CURVE.n) {
      return false;
    }
    const t = (r + s) % CURVE.n;
    // r + s = n: the key would not count.
    if (t === 0n) {
      return false;
    }
    const found = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t));
    return !found.is0() && (integer(digest) + found.toAffine().x) % CURVE.n === r;
  }

  function keyOf(x, y) {
    const point = Point.fromAffine({ x: integer(x), y: integer(y) });
    const signer = signerDigest(x, y);
    return { verify: (signature, signed) => verifyDigest(point, signature, sm3(joined(signer, signed))) };
  }

  /**
   * A key pair whose number is held in this script's memory: WebCrypto's keys that cannot be taken away know no SM2.
   * @param {(length: number) => Uint8Array} random of cryptographic quality
   */
  function newKey(random) {
    const d = scalar(random);
    const [x, y] = coordinates(Point.BASE.multiply(d));
    const signer = signerDigest(x, y);
    const inverse = Scalar.inv(Scalar.create(d + 1n));
    const sign = (signed) => {
      const e = integer(sm3(joined(signer, signed)));
      for (;;) {
        const k = scalar(random);
        const r = Scalar.create(e + Point.BASE.multiply(k).toAffine().x);
        const s = Scalar.mul(inverse, Scalar.create(k - Scalar.mul(r, d)));
        if (r !== 0n && r + k !== CURVE.n && s !== 0n) {
          return joined(bytesOf(r), bytesOf(s));
        }
      }
    };
    return Object.freeze({ alg: SM2, x, y, sign });
  }

  return Object.freeze({
    alg: SM2,
    curve: SM2,
    jwkCurve: 'SM2',
    importPoint: (x, y) => imported(Point, x, y, () => keyOf(x, y)),
    completePoint: (x, odd) => completed(Point, x, odd),
    verifyDigest: (x, y, signature, digest) => verifyDigest(Point.fromAffine({ x: integer(x), y: integer(y) }), signature, digest),
    newKey,
  });
}

/** Z of GB/T 32918.2, 5.5: the signer's id, which is always the same here, the curve, and the key. */
function signerDigest(x, y) {
  const { a, b, Gx, Gy } = CURVE;
  return sm3(joined(Uint8Array.of(0, 8 * SIGNER_ID.length), SIGNER_ID, ...[a, b, Gx, Gy].map(bytesOf), x, y));
}

function imported(Point, x, y, make) {
  if (x.length !== 32 || y.length !== 32) {
    return null;
  }
  const valid = within(() => {
    Point.fromAffine({ x: integer(x), y: integer(y) }).assertValidity();
    return true;
  });
  return valid ? make() : null;
}

function completed(Point, x, odd) {
  try {
    return coordinates(Point.fromBytes(joined(Uint8Array.of(odd ? 3 : 2), x)))[1];
  } catch {
    // The library's word for an x that no point has.
    return null;
  }
}

/** The library throws where the numbers are none of its curve; here that is an answer. */
function within(answer) {
  try {
    return answer();
  } catch {
    return false;
  }
}

/** From 1 to n - 2, by throwing away what is outside: no remainder, so no number is likelier than another. */
function scalar(random) {
  for (;;) {
    const value = integer(random(32));
    if (value >= 1n && value <= CURVE.n - 2n) {
      return value;
    }
  }
}

function coordinates(point) {
  const { x, y } = point.toAffine();
  return [bytesOf(x), bytesOf(y)];
}

function encoded(x, y) {
  return joined(Uint8Array.of(4), x, y);
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function integer(bytes) {
  let hex = '0x0';
  for (const byte of bytes) {
    hex += byte.toString(16).padStart(2, '0');
  }
  return BigInt(hex);
}

function bytesOf(value) {
  const hex = value.toString(16).padStart(64, '0');
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
