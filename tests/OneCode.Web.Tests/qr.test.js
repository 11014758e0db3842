import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { encodeQr } from '../../src/OneCode.Web/site/shared/qr.js';

const LIBRARY = new URL('../../src/OneCode.Web/node_modules/zxing-wasm/dist/', import.meta.url);
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** What a camera would see: `scale` pixels a module, four modules of white around. */
function picture(rows, scale = 3) {
  const side = (rows.length + 8) * scale;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  rows.forEach((row, y) => row.forEach((black, x) => {
    for (let i = 0; black && i < scale * scale; i++) {
      const at = (((y + 4) * scale + Math.floor(i / scale)) * side + (x + 4) * scale + (i % scale)) * 4;
      data.fill(0, at, at + 3);
    }
  }));
  return { data, width: side, height: side, colorSpace: 'srgb' };
}

describe('the QR code that a phone shows', () => {
  let readBarcodes;
  before(async () => {
    const zxing = await import(new URL('es/reader/index.js', LIBRARY));
    zxing.prepareZXingModule({ overrides: { wasmBinary: (await readFile(new URL('reader/zxing_reader.wasm', LIBRARY))).buffer } });
    readBarcodes = zxing.readBarcodes;
  });

  // Lengths on both sides of every version's limit, and those that codes have.
  for (const length of [1, 2, 20, 21, 38, 61, 90, 91, 122, 154, 178, 221, 262, 263, 311, 312, 366, 419, 442, 450, 483, 528, 600, 656, 734, 816, 909, 970]) {
    test(`${length} characters read back`, async () => {
      const text = Array.from({ length }, (_, i) => LETTERS[(i * 7 + length) % 45]).join('');
      const [found] = await readBarcodes(picture(encodeQr(text)), { formats: ['QRCode'], maxNumberOfSymbols: 1 });
      assert.equal(found?.text, text);
      assert.equal(found.ecLevel, 'M');
    });
  }

  test('a presentation stays within version 13, which phones read well', () => {
    assert.ok(encodeQr('A'.repeat(450)).length <= 13 * 4 + 17);
  });

  test('what alphanumeric mode has no letter for is our fault and throws', () => {
    assert.throws(() => encodeQr('oc1:a'), RangeError);
    assert.throws(() => encodeQr('A'.repeat(971)), RangeError);
  });
});
