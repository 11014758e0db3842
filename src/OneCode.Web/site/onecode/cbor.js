import { Malformed } from './malformed.js';

/**
 * A tagged item.
 * @typedef {object} Tagged
 * @property {number} tag
 * @property {any} value
 */

/** Bounds of a reading (SPEC.md, section 1): what nobody honest needs is refused before it costs anything. */
export const CODE_BOUNDS = Object.freeze({ depth: 8, items: 512 });
export const TRUST_LIST_BOUNDS = Object.freeze({ depth: 8, items: 200_000 });

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one item and nothing after it, in the deterministic encoding of RFC 8949 section 4.2.1 only: two readers that find two
 * meanings in one code are how forgeries pass.
 *
 * Byte strings come as `Uint8Array` (views of `bytes`), maps as `Map`, tagged items as {@link Tagged}.
 *
 * @param {Uint8Array} bytes
 * @param {{depth: number, items: number}} [bounds]
 * @returns {any}
 */
export function decodeCbor(bytes, bounds = CODE_BOUNDS) {
  const reader = new Reader(bytes, bounds);
  const value = reader.item(1);
  if (reader.at !== bytes.length) {
    throw new Malformed('bytes after the end');
  }
  return value;
}

/** @param {Uint8Array[]} parts */
export function joinBytes(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The items of a CBOR sequence (RFC 8742), each still to be read.
 * @param {Uint8Array} bytes
 * @returns {Generator<Uint8Array>}
 */
export function* splitCborSequence(bytes) {
  for (let at = 0; at < bytes.length;) {
    const reader = new Reader(bytes.subarray(at), CODE_BOUNDS);
    reader.item(1);
    yield bytes.subarray(at, at + reader.at);
    at += reader.at;
  }
}

class Reader {
  constructor(bytes, bounds) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bounds = bounds;
    this.items = 0;
    this.at = 0;
  }

  item(depth) {
    if (++this.items > this.bounds.items) {
      throw new Malformed('too many items');
    }
    this.need(1);
    const initial = this.bytes[this.at++];
    const major = initial >> 5;
    const info = initial & 0x1f;
    if (major === 7) {
      // Only true and false: no floats, no null, no undefined.
      if (initial === 0xf4 || initial === 0xf5) {
        return initial === 0xf5;
      }
      throw new Malformed('a simple value or a float');
    }
    if (major >= 4 && depth > this.bounds.depth) {
      throw new Malformed('nested too deep');
    }
    const argument = this.argument(info);
    switch (major) {
      case 0:
        return exact(argument);
      case 1:
        return exact(-1 - argument);
      case 2:
        return this.take(argument);
      case 3:
        return this.text(argument);
      case 4:
        return this.array(argument, depth);
      case 5:
        return this.map(argument, depth);
      default:
        // COSE_Sign1 and COSE_Sign; where they may stand is the caller's to say.
        if (argument !== 18 && argument !== 98) {
          throw new Malformed('a tag of no use here');
        }
        return { tag: argument, value: this.item(depth + 1) };
    }
  }

  /** The number in or after the initial byte, in its shortest form only; `info` 28 to 30 do not exist, 31 is an indefinite length. */
  argument(info) {
    if (info < 24) {
      return info;
    }
    if (info > 27) {
      throw new Malformed('an indefinite length');
    }
    const width = 1 << (info - 24);
    this.need(width);
    const from = this.at;
    this.at += width;
    const value = width === 1 ? this.view.getUint8(from)
      : width === 2 ? this.view.getUint16(from)
        : width === 4 ? this.view.getUint32(from)
          : Number(this.view.getBigUint64(from));
    const least = width === 1 ? 24 : width === 2 ? 0x100 : width === 4 ? 0x10000 : 0x1_0000_0000;
    if (value < least) {
      throw new Malformed('a number longer than it need be');
    }
    return value;
  }

  /** A declared length is compared with what is left before anything is made of it. */
  need(length) {
    if (length > this.bytes.length - this.at) {
      throw new Malformed('a length beyond the end');
    }
  }

  take(length) {
    this.need(length);
    const from = this.at;
    this.at += length;
    return this.bytes.subarray(from, this.at);
  }

  text(length) {
    try {
      return utf8.decode(this.take(length));
    } catch (error) {
      if (error instanceof TypeError) {
        throw new Malformed('text that is not UTF-8');
      }
      throw error;
    }
  }

  array(length, depth) {
    this.need(length);
    const items = [];
    for (let i = 0; i < length; i++) {
      items.push(this.item(depth + 1));
    }
    return items;
  }

  map(length, depth) {
    this.need(length);
    const map = new Map();
    let before = null;
    for (let i = 0; i < length; i++) {
      const from = this.at;
      const key = this.item(depth + 1);
      const encoded = this.bytes.subarray(from, this.at);
      // Strictly ascending: sorted, and no key twice.
      if (before !== null && compareBytes(before, encoded) >= 0) {
        throw new Malformed('map keys out of order, or one twice');
      }
      before = encoded;
      map.set(key, this.item(depth + 1));
    }
    return map;
  }
}

/** What every language reads exactly; nothing in the format needs more. */
function exact(value) {
  if (!Number.isSafeInteger(value)) {
    throw new Malformed('an integer beyond 2^53');
  }
  return value;
}

/** Bytewise lexicographic order. */
export function compareBytes(a, b) {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    if (a[i] !== b[i]) {
      return a[i] - b[i];
    }
  }
  return a.length - b.length;
}

/** Bytes that are CBOR already and go in as they are. */
export class Encoded {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }
}

/**
 * Writes the deterministic encoding of what {@link decodeCbor} reads.
 * @param {any} value integer, boolean, string, Uint8Array, Array, Map, {tag, value}, Encoded
 * @returns {Uint8Array}
 */
export function encodeCbor(value) {
  if (value instanceof Encoded) {
    return value.bytes;
  }
  if (typeof value === 'boolean') {
    return Uint8Array.of(value ? 0xf5 : 0xf4);
  }
  if (typeof value === 'number') {
    return value >= 0 ? head(0, value) : head(1, -1 - value);
  }
  if (typeof value === 'string') {
    const bytes = new TextEncoder().encode(value);
    return concat(head(3, bytes.length), bytes);
  }
  if (value instanceof Uint8Array) {
    return concat(head(2, value.length), value);
  }
  if (Array.isArray(value)) {
    return concat(head(4, value.length), ...value.map(encodeCbor));
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [encodeCbor(key), encodeCbor(item)]).sort(([a], [b]) => compareBytes(a, b));
    return concat(head(5, entries.length), ...entries.flat());
  }
  if (typeof value === 'object' && value !== null && 'tag' in value) {
    return concat(head(6, value.tag), encodeCbor(value.value));
  }
  throw new TypeError('nothing that CBOR is written for here');
}

function head(major, argument) {
  const top = major << 5;
  if (argument < 24) {
    return Uint8Array.of(top | argument);
  }
  const width = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8;
  const bytes = new Uint8Array(1 + width);
  bytes[0] = top | (24 + Math.log2(width));
  let rest = BigInt(argument);
  for (let i = width; i > 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/**
 * @param {...Uint8Array} parts
 * @returns {Uint8Array}
 */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
