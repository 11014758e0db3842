/** Keys and signatures on P-256 by WebCrypto: the algorithm that everybody speaks (SPEC.md, section 12.3). */

export const ES256 = -7;

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const ECDSA = Object.freeze({ name: 'ECDSA', namedCurve: 'P-256' });
const SIGNATURE = Object.freeze({ name: 'ECDSA', hash: 'SHA-256' });

/**
 * WebCrypto's import checks that the point is on the curve.
 * @param {Uint8Array} x 32 bytes
 * @param {Uint8Array} y 32 bytes
 * @returns {Promise<import('./provider.js').Key | null>} null: no such point
 */
async function importPoint(x, y) {
  const raw = new Uint8Array(65);
  raw[0] = 4;
  raw.set(x, 1);
  raw.set(y, 33);
  try {
    const key = await crypto.subtle.importKey('raw', raw, ECDSA, false, ['verify']);
    // WebCrypto answers false to r or s outside 1..n-1.
    return { verify: (signature, signed) => crypto.subtle.verify(SIGNATURE, key, signature, signed) };
  } catch (error) {
    // DataError: the platform's word for bytes that are no key. Anything else is not about the bytes.
    if (error instanceof DOMException && error.name === 'DataError') {
      return null;
    }
    throw error;
  }
}

/**
 * The other half of a compressed point. Browsers differ in whether they import one, so it is completed here.
 * @param {Uint8Array} x 32 bytes
 * @param {boolean} odd whether y is odd
 * @returns {Uint8Array | null} y, or null: x is the x of no point
 */
function completePoint(x, odd) {
  const abscissa = toInteger(x);
  if (abscissa >= P) {
    return null;
  }
  const square = (((abscissa * abscissa) % P) * abscissa + (P - 3n) * abscissa + B) % P;
  // p is 3 modulo 4, so a root is one power away.
  let y = power(square, (P + 1n) / 4n);
  if ((y * y) % P !== square) {
    return null;
  }
  if (((y & 1n) === 1n) !== odd) {
    y = (P - y) % P;
  }
  return toBytes(y);
}

/** @type {import('./provider.js').Algorithm} */
export const es256 = Object.freeze({ alg: ES256, curve: 1, jwkCurve: 'P-256', importPoint, completePoint });

/**
 * @param {CryptoKey} key private
 * @param {Uint8Array} signed
 * @returns {Promise<Uint8Array>} r || s
 */
export async function sign(key, signed) {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, key, signed));
}

/**
 * A key that signs here and can be taken nowhere else, not even by our own script.
 * @returns {Promise<CryptoKeyPair>}
 */
export function generateDeviceKey() {
  return crypto.subtle.generateKey(ECDSA, false, ['sign', 'verify']);
}

function power(base, exponent) {
  let result = 1n;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) {
      result = (result * base) % P;
    }
    base = (base * base) % P;
  }
  return result;
}

function toInteger(bytes) {
  let hex = '0x';
  for (const byte of bytes) {
    hex += byte.toString(16).padStart(2, '0');
  }
  return BigInt(hex);
}

function toBytes(integer) {
  const hex = integer.toString(16).padStart(64, '0');
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
