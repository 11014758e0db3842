/*
 * Reads QR codes off the main thread. The library's default would fetch its code from somebody else's server; ours comes from
 * this origin, or the page would stop working the day that the other one does.
 */
import { prepareZXingModule, readBarcodes } from '/vendor/zxing-wasm/es/reader/index.js';

const ready = prepareZXingModule({
  overrides: { locateFile: (path) => `/vendor/zxing-wasm/reader/${path}` },
  fireImmediately: true,
});

self.addEventListener('message', async ({ data: { id, image, thorough } }) => {
  try {
    await ready;
    const found = await readBarcodes(image, { formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: thorough, tryInvert: thorough, tryRotate: thorough });
    self.postMessage({ id, text: found.find((code) => code.isValid)?.text ?? null });
  } catch (error) {
    // The page turns this into words; a picture that cannot be read is no error here.
    self.postMessage({ id, broken: String(error) });
  }
});
