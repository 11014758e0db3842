import { Malformed } from './malformed.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/**
 * RFC 4648 section 5 without padding, strictly: unused bits are zero. `atob` would forgive them.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function decodeBase64Url(text) {
  if (text.length % 4 === 1) {
    throw new Malformed('base64url of an impossible length');
  }
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    const value = VALUES.get(letter);
    if (value === undefined) {
      throw new Malformed('a character outside base64url');
    }
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) {
    throw new Malformed('base64url with unused bits set');
  }
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encodeBase64Url(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const letters = Math.min(4, bytes.length - i + 1);
    for (let letter = 0; letter < letters; letter++) {
      text += ALPHABET[(group >> (18 - 6 * letter)) & 0x3f];
    }
  }
  return text;
}
