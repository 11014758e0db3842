/**
 * What readers still read of a code on a phone when the picture of it gets worse, beside a version-15 code, the size of the EU's health pass, on the same
 * phone: the same width, so smaller modules. Pictures are ours and seeded: the same on every machine. Readers are not ours: zbar, and zxing as the verifier
 * page calls it. `node tests/OneCode.Web.Tests/readable.js [PICTURES]` prints the table; `readable.test.js` asserts a short one.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import jpeg from 'jpeg-js';
import { encodeQr } from '../../src/OneCode.Web/site/shared/qr.js';

const LIBRARY = new URL('../../src/OneCode.Web/node_modules/zxing-wasm/dist/', import.meta.url);
const VECTORS = new URL('../vectors/', import.meta.url);
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
// 600 characters are what version 15 holds at level M.
const EU_LENGTH = 590;
const QUIET = 4;
// What a camera sees around the white of the code.
const BACKGROUND = 150;

/** By degradation, the strengths that are tried; each makes a picture of a code that is `side` pixels wide with its quiet zone. */
export const DEGRADATIONS = {
  'few pixels': [150, 140, 130, 120, 110, 100].map((side) => ({ name: `${side} px wide`, side })),
  blur: [2, 2.2, 2.4, 2.6].map((blur) => ({ name: `sigma ${blur} at 400 px`, side: 400, blur })),
  noise: [10, 14, 18, 22, 28].map((noise) => ({ name: `deviation ${noise} of 255, sigma 1.2 at 300 px`, side: 300, blur: 1.2, noise })),
  perspective: [0.06, 0.09, 0.12, 0.35, 0.42].map((tilt) => ({ name: `far edge ${Math.round(tilt * 100)} % shorter`, side: 300, tilt })),
  JPEG: [6, 4, 3, 2].map((quality) => ({ name: `quality ${quality} at 230 px`, side: 230, quality })),
  handheld: [260, 240, 225, 210, 195].map((side) => ({ name: `${side} px, tilt, blur, noise, JPEG`, side, tilt: 0.08, blur: 1, noise: 8, quality: 50 })),
};

/** Presentations of persons, as phones show them. */
async function ourTexts(count) {
  const texts = [];
  for (const name of (await readdir(VECTORS)).filter((file) => file.endsWith('.json')).sort()) {
    const { text, claims, expect } = JSON.parse(await readFile(new URL(name, VECTORS), 'utf8'));
    if (claims?.form === 'phone' && claims.kind === 'person' && text.startsWith('OC1:') && (expect.verdict === 'passed' || expect.step === 'Time')) {
      texts.push(text);
    }
  }
  return Array.from({ length: count }, (_, i) => texts[i % texts.length]);
}

/** As many letters as the EU's pass has, none of which mean anything. */
function euTexts(count) {
  const random = dice(15);
  return Array.from({ length: count }, () => 'HC1:' + Array.from({ length: EU_LENGTH - 4 }, () => LETTERS[Math.floor(random() * 45)]).join(''));
}

/**
 * @param {number} count pictures of each code at each strength
 * @returns {Promise<{degradation: string, strength: string, pictures: number, ours: {zbar: number, zxing: number}, eu: {zbar: number, zxing: number}}[]>}
 */
export async function measure(count) {
  const folder = await mkdtemp(join(tmpdir(), 'readable-'));
  try {
    const zxing = await openZxing();
    const codes = { ours: symbolsOf(await ourTexts(count)), eu: symbolsOf(euTexts(count)) };
    const rows = [];
    for (const [degradation, strengths] of Object.entries(DEGRADATIONS)) {
      for (const [number, strength] of strengths.entries()) {
        const row = { degradation, strength: strength.name, pictures: count, ours: { zbar: 0, zxing: 0 }, eu: { zbar: 0, zxing: 0 } };
        for (const [whose, { texts, symbols }] of Object.entries(codes)) {
          const pictures = symbols.map((symbol, i) => picture(symbol, { ...strength, random: dice(1000 * number + i + 1) }));
          const seen = [await readByZbar(pictures, folder), await Promise.all(pictures.map(zxing))];
          for (const [reader, found] of [['zbar', seen[0]], ['zxing', seen[1]]]) {
            row[whose][reader] = found.filter((text, i) => text === texts[i]).length;
            const misread = found.find((text, i) => text !== null && text !== texts[i]);
            if (misread !== undefined) {
              throw new Error(`${reader} read something else: ${misread}`);
            }
          }
        }
        rows.push(row);
      }
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of each degradation and of all, how many pictures were read. */
export function sums(rows) {
  const all = new Map(Object.keys(DEGRADATIONS).map((name) => [name, undefined]));
  for (const row of rows) {
    for (const name of [row.degradation, 'all']) {
      const sum = all.get(name) ?? { pictures: 0, ours: { zbar: 0, zxing: 0 }, eu: { zbar: 0, zxing: 0 } };
      all.set(name, sum);
      sum.pictures += row.pictures;
      for (const whose of ['ours', 'eu']) {
        for (const reader of ['zbar', 'zxing']) {
          sum[whose][reader] += row[whose][reader];
        }
      }
    }
  }
  return all;
}

/** The table, in Markdown. */
export function table(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const counts = (row) => [row.pictures, row.ours.zbar, row.eu.zbar, row.ours.zxing, row.eu.zxing];
  return [
    line(['degradation', 'strength', 'pictures', 'ours, zbar', 'EU size, zbar', 'ours, zxing', 'EU size, zxing']),
    line(Array(7).fill('---')),
    ...rows.map((row) => line([row.degradation, row.strength, ...counts(row)])),
    ...[...sums(rows)].map(([name, sum]) => line([`**${name}**`, '', ...counts(sum)])),
  ].join('\n');
}

function symbolsOf(texts) {
  return { texts, symbols: texts.map(encodeQr) };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function picture(rows, { side, tilt = 0, blur = 0, noise = 0, quality = 0, random }) {
  let image = seen(rows, side, tilt, random);
  image = blur > 0 ? blurred(image, blur) : image;
  if (noise > 0) {
    // Box and Muller.
    image.grey = image.grey.map((value) => value + noise * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  }
  const bytes = Uint8ClampedArray.from(image.grey, Math.round);
  return { width: image.width, height: image.height, grey: quality > 0 ? compressed(bytes, image, quality) : bytes };
}

/** What a camera sees: the symbol with its quiet zone, `side` pixels wide, a little turned and shifted, its far edge shorter by `tilt`. Each pixel is the mean of nine samples. */
function seen(rows, side, tilt, random) {
  const margin = 20;
  const width = side + 2 * margin;
  const modules = rows.length + 2 * QUIET;
  const angle = (random() - 0.5) * 0.1;
  const [shiftX, shiftY] = [random() - 0.5, random() - 0.5];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const grey = new Float32Array(width * width);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let sample = 0; sample < 9; sample++) {
        const px = x + ((sample % 3) + 0.5) / 3 - width / 2 + shiftX;
        const py = y + (Math.floor(sample / 3) + 0.5) / 3 - width / 2 + shiftY;
        // From -0.5 to 0.5 over the symbol.
        const [u, v] = [(cos * px + sin * py) / side, (cos * py - sin * px) / side];
        // A plane that leans back from its lower edge: what is higher up is farther away.
        const w = 0.5 - v;
        const scale = 1 - tilt / (1 - tilt) * w;
        const row = Math.floor((1 - w / scale) * modules) - QUIET;
        const column = Math.floor((u / scale + 0.5) * modules) - QUIET;
        const isInside = scale > 0 && row >= -QUIET && column >= -QUIET && row < rows.length + QUIET && column < rows.length + QUIET;
        sum += !isInside ? BACKGROUND : rows[row]?.[column] ? 25 : 230;
      }
      grey[y * width + x] = sum / 9;
    }
  }
  return { width, height: width, grey };
}

function blurred({ width, height, grey }, sigma) {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const pass = (from, step, limit, place) => from.map((_, at) => {
    let sum = 0;
    const here = place(at);
    for (let i = -reach; i <= reach; i++) {
      const there = Math.min(Math.max(here + i, 0), limit - 1);
      sum += weights[i + reach] * from[at + (there - here) * step];
    }
    return sum / total;
  });
  const across = pass(grey, 1, width, (at) => at % width);
  return { width, height, grey: pass(across, width, height, (at) => Math.floor(at / width)) };
}

function compressed(bytes, { width, height }, quality) {
  const { data } = jpeg.decode(jpeg.encode({ width, height, data: coloured(bytes) }, quality).data, { useTArray: true });
  return bytes.map((_, i) => data[4 * i]);
}

function coloured(grey) {
  const data = new Uint8ClampedArray(4 * grey.length);
  grey.forEach((value, i) => data.set([value, value, value, 255], 4 * i));
  return data;
}

async function openZxing() {
  const library = await import(new URL('es/reader/index.js', LIBRARY));
  library.prepareZXingModule({ overrides: { wasmBinary: (await readFile(new URL('reader/zxing_reader.wasm', LIBRARY))).buffer } });
  return async ({ width, height, grey }) => {
    // As the verifier page asks for each frame of its camera.
    const image = { width, height, data: coloured(grey), colorSpace: 'srgb' };
    const found = await library.readBarcodes(image, { formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: false, tryInvert: false, tryRotate: false });
    return found.find((code) => code.isValid)?.text ?? null;
  };
}

/** All in one call: starting zbar costs more than reading. */
async function readByZbar(pictures, folder) {
  const files = await Promise.all(pictures.map(async ({ width, height, grey }, i) => {
    const file = join(folder, `${i}.pgm`);
    await writeFile(file, Buffer.concat([Buffer.from(`P5 ${width} ${height} 255\n`), Buffer.from(grey.buffer)]));
    return file;
  }));
  // It ends with 4 when it read nothing in one of them.
  const { stdout } = await promisify(execFile)('zbarimg', ['--quiet', '--xml', '-Sdisable', '-Sqrcode.enable', ...files]).catch((error) => error.code === 4 ? error : Promise.reject(error));
  return files.map((file) => {
    const source = stdout.split('<source href=').find((part) => part.slice(1).startsWith(file));
    return /<data><!\[CDATA\[(.*?)\]\]><\/data>/s.exec(source ?? '')?.[1] ?? null;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(table(await measure(Number(process.argv[2] ?? 20))));
}
