import { Malformed } from './malformed.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/**
 * RFC 9285, strictly: each byte string has exactly one text (SPEC.md, section 2).
 * @param {string} text
 * @returns {Uint8Array}
 */
export function decodeBase45(text) {
  if (text.length % 3 === 1) {
    throw new Malformed('Base45 of an impossible length');
  }
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0));
  let at = 0;
  for (let i = 0; i < text.length; i += 3) {
    if (text.length - i === 2) {
      const value = valueOf(text[i]) + valueOf(text[i + 1]) * 45;
      // Beyond one byte a lax reader would wrap around: two texts for one code.
      if (value > 0xff) {
        throw new Malformed('Base45 pair over 255');
      }
      bytes[at] = value;
    } else {
      const value = valueOf(text[i]) + valueOf(text[i + 1]) * 45 + valueOf(text[i + 2]) * 2025;
      if (value > 0xffff) {
        throw new Malformed('Base45 triple over 65535');
      }
      bytes[at++] = value >> 8;
      bytes[at++] = value & 0xff;
    }
  }
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encodeBase45(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    if (i + 1 === bytes.length) {
      text += ALPHABET[bytes[i] % 45] + ALPHABET[Math.floor(bytes[i] / 45)];
    } else {
      const value = bytes[i] * 256 + bytes[i + 1];
      text += ALPHABET[value % 45] + ALPHABET[Math.floor(value / 45) % 45] + ALPHABET[Math.floor(value / 2025)];
    }
  }
  return text;
}

function valueOf(letter) {
  const value = VALUES.get(letter);
  if (value === undefined) {
    throw new Malformed('a character outside Base45');
  }
  return value;
}
