import assert from 'node:assert/strict';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { test } from 'node:test';
import { inflate } from '../../src/OneCode.Web/site/onecode/inflate.js';

const MOST = 262_144;

/** The same numbers every time. */
function dice(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

test('what zlib deflates comes back, stored, fixed and with codes of its own', () => {
  const throws = dice(1);
  for (const length of [1, 2, 100, 131_008, MOST]) {
    for (const [level, strategy] of [[0, 0], [1, constants.Z_FIXED], [9, constants.Z_DEFAULT_STRATEGY], [9, constants.Z_HUFFMAN_ONLY], [9, constants.Z_RLE]]) {
      for (const density of [0, 100, 3, 1]) {
        const content = Uint8Array.from({ length }, () => (density === 0 || throws(density) > 0 ? 0 : throws(256)));
        assert.deepEqual(Buffer.from(inflate(deflateSync(content, { level, strategy }), MOST)), Buffer.from(content), `${length} ${level} ${strategy} ${density}`);
      }
    }
  }
});

test('what is damaged is taken or refused as zlib takes or refuses it', () => {
  const throws = dice(2);
  const streams = [0, 1, 2, 3].map((kind) => deflateSync(
    Uint8Array.from({ length: 300 }, () => (throws(5) > kind ? 0 : throws(256))), { level: kind === 3 ? 0 : 9, strategy: kind === 2 ? constants.Z_FIXED : 0 }));
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(streams[throws(4)]);
    for (let times = throws(3); times >= 0; times--) {
      bytes[throws(throws(2) === 0 ? 40 : bytes.length) % bytes.length] ^= 1 << throws(8);
    }
    assert.equal(answer(() => inflate(bytes, MOST)), answer(() => byZlib(bytes)), bytes.toString('hex'));
  }
});

test('it stops at the limit, and at the end', () => {
  const stream = deflateSync(new Uint8Array(1000));
  assert.equal(inflate(stream, 1000).length, 1000);
  assert.throws(() => inflate(stream, 999), /too much/);
  assert.throws(() => inflate(Buffer.concat([stream, stream.subarray(-4)]), 1000), /wrong end/);
  for (let length = 0; length < stream.length; length++) {
    assert.throws(() => inflate(stream.subarray(0, length), 1000));
  }
});

function byZlib(bytes) {
  const { buffer, engine } = inflateSync(bytes, { info: true, maxOutputLength: MOST });
  if (engine.bytesWritten !== bytes.length) {
    throw new Error('bytes after the end');
  }
  return buffer;
}

function answer(inflated) {
  try {
    return Buffer.from(inflated()).toString('hex');
  } catch {
    return 'refused';
  }
}
