import { Malformed } from './malformed.js';

/**
 * One zlib stream (RFC 1950) and nothing else, at most `most` bytes long: inflating stops there, so a list cannot be a bomb.
 * @param {Uint8Array} bytes
 * @param {number} most
 * @returns {Promise<Uint8Array>}
 */
export async function inflate(bytes, most) {
  // Deflate, a header that adds up, no preset dictionary.
  if (bytes.length < 6 || (bytes[0] & 0x0f) !== 8 || (bytes[0] * 256 + bytes[1]) % 31 !== 0 || (bytes[1] & 0x20) !== 0) {
    throw new Malformed('not the header of a zlib stream');
  }
  const whole = await inflateAtMost(bytes, most);
  // The stream ends in the checksum of what it held. Asked again here because runtimes differ in what they do about bytes after the end.
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0);
  if (checksum !== adler32(whole)) {
    throw new Malformed('zlib with a wrong end');
  }
  // The same checksum may stand there twice. Without its last byte a whole stream is none, so one that still is goes on too long.
  if (await inflateAtMost(bytes.subarray(0, -1), most).then(() => true, (error) => !(error instanceof Malformed))) {
    throw new Malformed('bytes after a zlib stream');
  }
  return whole;
}

async function inflateAtMost(bytes, most) {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  // Its failure is seen at the reading end.
  writer.write(bytes).then(() => writer.close()).catch(() => {});
  const reader = stream.readable.getReader();
  const whole = new Uint8Array(most);
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return whole.slice(0, length);
      }
      if (length + value.length > most) {
        await reader.cancel();
        throw new Malformed('inflates to too much');
      }
      whole.set(value, length);
      length += value.length;
    }
  } catch (error) {
    // TypeError by the standard; Node's own errors carry a zlib code. Both say that the bytes are no zlib stream.
    if (error instanceof TypeError || /^Z_|^ERR_/.test(error?.code ?? '')) {
      throw new Malformed('not a zlib stream');
    }
    throw error;
  }
}

function adler32(bytes) {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}
