import { Malformed } from './malformed.js';

// RFC 1951, section 3.2.5: where the lengths and distances of each symbol begin, and how many bits follow.
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LONGEST_CODE = 15;
const END_OF_BLOCK = 256;

/**
 * One zlib stream (RFC 1950) from the first byte to the last, at most `most` bytes long: inflating stops there, so a list cannot be a bomb.
 *
 * Our own: runtimes differ in what their DecompressionStream does about bytes after the end, and mini-programs have none.
 * What it takes and refuses is what zlib does.
 *
 * @param {Uint8Array} bytes
 * @param {number} most
 * @returns {Uint8Array}
 */
export function inflate(bytes, most) {
  // Deflate, a window that exists, a header that adds up, no preset dictionary.
  if (bytes.length < 6 || (bytes[0] & 0x0f) !== 8 || bytes[0] >> 4 > 7 || (bytes[0] * 256 + bytes[1]) % 31 !== 0 || (bytes[1] & 0x20) !== 0) {
    throw new Malformed('not the header of a zlib stream');
  }
  const reader = new Bits(bytes, 2);
  const whole = new Whole(most);
  for (let last = false; !last;) {
    last = reader.take(1) === 1;
    readBlock(reader, whole);
  }
  reader.align();
  const content = whole.bytes.slice(0, whole.length);
  if (reader.at + 4 !== bytes.length || new DataView(bytes.buffer, bytes.byteOffset + reader.at, 4).getUint32(0) !== adler32(content)) {
    throw new Malformed('zlib with a wrong end');
  }
  return content;
}

function readBlock(reader, whole) {
  switch (reader.take(2)) {
    case 0:
      return readStored(reader, whole);
    case 1:
      return readCoded(reader, whole, FIXED);
    case 2:
      return readCoded(reader, whole, readCodes(reader));
    default:
      throw new Malformed('a block of no kind');
  }
}

function readStored(reader, whole) {
  reader.align();
  const length = reader.take(16);
  if (reader.take(16) !== (length ^ 0xffff)) {
    throw new Malformed('a stored block of two lengths');
  }
  for (let i = 0; i < length; i++) {
    whole.add(reader.take(8));
  }
}

function readCoded(reader, whole, { literals, distances }) {
  for (;;) {
    const symbol = literals.read(reader);
    if (symbol === END_OF_BLOCK) {
      return;
    }
    if (symbol < END_OF_BLOCK) {
      whole.add(symbol);
      continue;
    }
    const length = extended(reader, LENGTHS, LENGTH_BITS, symbol - END_OF_BLOCK - 1);
    whole.repeat(length, extended(reader, DISTANCES, DISTANCE_BITS, distances.read(reader)));
  }
}

function extended(reader, starts, bits, symbol) {
  if (symbol >= starts.length) {
    throw new Malformed('a symbol without a meaning');
  }
  return starts[symbol] + reader.take(bits[symbol]);
}

function readCodes(reader) {
  const literalCount = reader.take(5) + 257;
  const distanceCount = reader.take(5) + 1;
  const codeCount = reader.take(4) + 4;
  if (literalCount > 286 || distanceCount > 30) {
    throw new Malformed('more symbols than there are');
  }
  const codeLengths = new Uint8Array(19);
  for (let i = 0; i < codeCount; i++) {
    codeLengths[CODE_LENGTH_ORDER[i]] = reader.take(3);
  }
  const lengths = readLengths(reader, new Code(codeLengths, false), literalCount + distanceCount);
  if (lengths[END_OF_BLOCK] === 0) {
    throw new Malformed('a block without an end');
  }
  return { literals: new Code(lengths.subarray(0, literalCount), true), distances: new Code(lengths.subarray(literalCount), true) };
}

function readLengths(reader, code, count) {
  const lengths = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const symbol = code.read(reader);
    if (symbol < 16) {
      lengths[at++] = symbol;
      continue;
    }
    if (symbol === 16 && at === 0) {
      throw new Malformed('a repetition of nothing');
    }
    const value = symbol === 16 ? lengths[at - 1] : 0;
    const times = symbol === 16 ? 3 + reader.take(2) : symbol === 17 ? 3 + reader.take(3) : 11 + reader.take(7);
    if (at + times > count) {
      throw new Malformed('a repetition beyond the end');
    }
    lengths.fill(value, at, at + times);
    at += times;
  }
  return lengths;
}

/** Bits from the least significant of each byte. */
class Bits {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
    this.held = 0;
    this.count = 0;
  }

  take(wanted) {
    while (this.count < wanted) {
      if (this.at === this.bytes.length) {
        throw new Malformed('a zlib stream that stops early');
      }
      this.held |= this.bytes[this.at++] << this.count;
      this.count += 8;
    }
    const value = this.held & ((1 << wanted) - 1);
    this.held >>>= wanted;
    this.count -= wanted;
    return value;
  }

  /** To the next byte. Fewer than eight bits are ever held between symbols. */
  align() {
    this.held = 0;
    this.count = 0;
  }
}

/** A canonical Huffman code (RFC 1951, section 3.2.2). */
class Code {
  /** @param {boolean} mayBeOne whether a code of a single symbol of one bit will do, the one incomplete code that zlib takes */
  constructor(lengths, mayBeOne) {
    this.counts = new Uint16Array(LONGEST_CODE + 1);
    for (const length of lengths) {
      this.counts[length]++;
    }
    this.counts[0] = 0;
    let left = 1;
    let longest = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      left = left * 2 - this.counts[length];
      if (left < 0) {
        throw new Malformed('a code with more words than there are');
      }
      longest = this.counts[length] > 0 ? length : longest;
    }
    // Without any symbol it is complete enough as long as none is read.
    if (left > 0 && longest > 0 && !(mayBeOne && longest === 1)) {
      throw new Malformed('a code that is not complete');
    }
    if (longest === 0 && !mayBeOne) {
      throw new Malformed('a code of nothing');
    }
    const starts = new Uint16Array(LONGEST_CODE + 2);
    for (let length = 1; length <= LONGEST_CODE; length++) {
      starts[length + 1] = starts[length] + this.counts[length];
    }
    this.symbols = new Uint16Array(lengths.length);
    lengths.forEach((length, symbol) => {
      if (length > 0) {
        this.symbols[starts[length]++] = symbol;
      }
    });
  }

  read(reader) {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      code |= reader.take(1);
      const count = this.counts[length];
      if (code - first < count) {
        return this.symbols[index + code - first];
      }
      index += count;
      first = (first + count) * 2;
      code *= 2;
    }
    throw new Malformed('a word that the code does not have');
  }
}

/** What has been inflated so far, up to the limit. */
class Whole {
  constructor(most) {
    this.bytes = new Uint8Array(most);
    this.length = 0;
  }

  add(byte) {
    if (this.length === this.bytes.length) {
      throw new Malformed('inflates to too much');
    }
    this.bytes[this.length++] = byte;
  }

  repeat(length, distance) {
    if (distance > this.length) {
      throw new Malformed('a distance before the beginning');
    }
    for (let i = 0; i < length; i++) {
      this.add(this.bytes[this.length - distance]);
    }
  }
}

const FIXED = {
  literals: new Code(Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)), true),
  distances: new Code(new Uint8Array(32).fill(5), true),
};

function adler32(bytes) {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}
