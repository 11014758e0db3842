import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { encodeQr } from '../../src/OneCode.Web/site/shared/qr.js';

const LIBRARY = new URL('../../src/OneCode.Web/node_modules/zxing-wasm/dist/', import.meta.url);
const VECTORS = new URL('../vectors/', import.meta.url);
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

  test('what phones show in the vectors stays within version 13, an enterprise with its name within 15', async () => {
    const largest = {};
    for (const folder of ['./', 'sm2/codes/']) {
      for (const name of await readdir(new URL(folder, VECTORS))) {
        const { text, claims, expect } = name.endsWith('.json') ? JSON.parse(await readFile(new URL(folder + name, VECTORS), 'utf8')) : {};
        if (claims?.form === 'phone' && text.startsWith('OC1:') && expect.verdict === 'passed') {
          largest[claims.kind] = Math.max(largest[claims.kind] ?? 0, (encodeQr(text).length - 17) / 4);
        }
      }
    }
    assert.ok(largest.person >= 12 && largest.person <= 13, `person ${largest.person}`);
    assert.ok(largest.vehicle >= 12 && largest.vehicle <= 13, `vehicle ${largest.vehicle}`);
    assert.ok(largest.enterprise >= 13 && largest.enterprise <= 15, `enterprise ${largest.enterprise}`);
  });

  test('what alphanumeric mode has no letter for is our fault and throws', () => {
    assert.throws(() => encodeQr('oc1:a'), RangeError);
    assert.throws(() => encodeQr('A'.repeat(971)), RangeError);
  });
});
