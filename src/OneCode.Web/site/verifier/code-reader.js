import { scriptUrl } from '/shared/dom.js';

/** Says that this page has nothing that reads pictures: `missing`, or what it has did not start: `broken`. */
export class NoReader extends Error {
  /** @param {'missing' | 'broken'} why */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/**
 * Reads a QR code in a picture: with zxing in a worker, or, where the page was built without it, with what the browser has.
 */
export class CodeReader {
  #worker = null;
  #waiting = new Map();
  #next = 0;
  #detector = null;
  /** 'zxing' | 'browser' | 'none' */
  kind = 'none';

  /** @param {boolean} hasLibrary from the page's settings */
  static async open(hasLibrary) {
    const reader = new CodeReader();
    if (hasLibrary) {
      reader.kind = 'zxing';
    } else if ('BarcodeDetector' in globalThis && (await globalThis.BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
      reader.#detector = new globalThis.BarcodeDetector({ formats: ['qr_code'] });
      reader.kind = 'browser';
    }
    return reader;
  }

  /** Starts the worker before it is needed: about a megabyte has to be compiled. */
  warm() {
    if (this.kind === 'zxing') {
      this.#start();
    }
  }

  /**
   * @param {ImageData} image
   * @param {boolean} thorough for a single picture: turned, inverted, and with more effort
   * @returns {Promise<string | null>}
   */
  async read(image, thorough = false) {
    if (this.#detector !== null) {
      const [found] = await this.#detector.detect(image);
      return found?.rawValue ?? null;
    }
    if (this.kind === 'none') {
      throw new NoReader('missing');
    }
    this.#start();
    const id = this.#next++;
    const answer = await new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, image, thorough }, [image.data.buffer]);
    });
    if (answer.broken !== undefined) {
      throw new NoReader('broken');
    }
    return answer.text;
  }

  #start() {
    if (this.#worker !== null) {
      return;
    }
    this.#worker = new Worker(/** @type {any} */ (scriptUrl('/reader.js')), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }) => this.#answer(data.id, data));
    this.#worker.addEventListener('error', () => [...this.#waiting.keys()].forEach((id) => this.#answer(id, { broken: 'worker' })));
  }

  #answer(id, data) {
    this.#waiting.get(id)?.(data);
    this.#waiting.delete(id);
  }
}
