/**
 * Draws QR codes of code texts (ISO/IEC 18004): alphanumeric mode, error correction M, versions 1 to 20, plain squares. Our own,
 * because a phone that can show no code without Node.js on the machine that built the server would be a poor phone; held against
 * another encoder and a reader in tests.
 */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

// By version, for level M (table 9): error correction words a block, and how many blocks.
const CHECK_WORDS = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const LARGEST = 20;
const LEVEL_M = 0;

/**
 * @param {string} text in the alphabet of alphanumeric mode
 * @returns {boolean[][]} rows of modules, true is black, without the quiet zone
 */
export function encodeQr(text) {
  const version = smallestFor(text.length);
  const words = interleave(dataWords(text, version), version);
  let best = null;
  for (let mask = 0; mask < 8; mask++) {
    const grid = new Grid(version);
    grid.place(words, mask);
    const penalty = penaltyOf(grid.black);
    if (best === null || penalty < best.penalty) {
      best = { penalty, black: grid.black };
    }
  }
  return best.black;
}

/**
 * @param {string} text
 * @param {string} label for those who do not see it
 * @returns {SVGSVGElement} black on white whatever the page's colours, with the quiet zone of four modules
 */
export function drawQr(text, label) {
  const rows = encodeQr(text);
  const size = rows.length + 8;
  const svg = svgElement('svg', { viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' });
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (row[x]) {
        let run = 1;
        while (row[x + run]) {
          run++;
        }
        path += `M${x + 4} ${y + 4}h${run}v1h-${run}z`;
        x += run;
      }
    }
  });
  svg.append(svgElement('rect', { width: String(size), height: String(size), fill: '#fff' }), svgElement('path', { d: path, fill: '#000' }));
  return /** @type {SVGSVGElement} */ (svg);
}

function svgElement(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  return element;
}

function smallestFor(length) {
  for (let version = 1; version <= LARGEST; version++) {
    const bits = 4 + countBits(version) + Math.floor(length / 2) * 11 + (length % 2) * 6;
    if (bits <= dataCapacity(version) * 8) {
      return version;
    }
  }
  throw new RangeError('too long for a QR code that phones read well');
}

function countBits(version) {
  return version < 10 ? 9 : 11;
}

function dataCapacity(version) {
  return totalWords(version) - CHECK_WORDS[version] * BLOCKS[version];
}

/** Modules that are left for words when all patterns are drawn, by eight. */
function totalWords(version) {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const alignments = Math.floor(version / 7) + 2;
    modules -= (25 * alignments - 10) * alignments - 55;
    if (version >= 7) {
      modules -= 36;
    }
  }
  return Math.floor(modules / 8);
}

function dataWords(text, version) {
  const bits = [];
  const put = (value, width) => {
    for (let bit = width - 1; bit >= 0; bit--) {
      bits.push((value >> bit) & 1);
    }
  };
  put(0b0010, 4);
  put(text.length, countBits(version));
  for (let i = 0; i < text.length; i += 2) {
    const pair = i + 1 < text.length;
    put(pair ? valueOf(text[i]) * 45 + valueOf(text[i + 1]) : valueOf(text[i]), pair ? 11 : 6);
  }
  const capacity = dataCapacity(version) * 8;
  put(0, Math.min(4, capacity - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) {
    put(pad, 8);
  }
  return Uint8Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((word, bit) => (word << 1) | bit, 0));
}

function valueOf(letter) {
  const value = ALPHABET.indexOf(letter);
  if (value < 0) {
    throw new RangeError('a character outside alphanumeric mode');
  }
  return value;
}

/** Blocks with their error correction, a word of each in turn; the later blocks are one word longer where it does not divide. */
function interleave(data, version) {
  const blocks = BLOCKS[version];
  const checkLength = CHECK_WORDS[version];
  const shortLength = Math.floor(data.length / blocks);
  const shortBlocks = blocks - (data.length % blocks);
  const generator = generatorOf(checkLength);
  const parts = [];
  for (let block = 0, at = 0; block < blocks; block++) {
    const length = shortLength + (block < shortBlocks ? 0 : 1);
    const words = data.subarray(at, at + length);
    parts.push({ words, check: remainder(words, generator) });
    at += length;
  }
  const all = [];
  for (let i = 0; i <= shortLength; i++) {
    parts.forEach(({ words }) => i < words.length && all.push(words[i]));
  }
  for (let i = 0; i < checkLength; i++) {
    parts.forEach(({ check }) => all.push(check[i]));
  }
  return all;
}

/** In GF(256) with the polynomial 0x11d. */
function multiply(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

function generatorOf(degree) {
  const generator = new Uint8Array(degree);
  generator[degree - 1] = 1;
  let root = 1;
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) {
      generator[j] = multiply(generator[j], root) ^ (generator[j + 1] ?? 0);
    }
    root = multiply(root, 2);
  }
  return generator;
}

function remainder(words, generator) {
  const rest = new Uint8Array(generator.length);
  for (const word of words) {
    const factor = word ^ rest[0];
    rest.copyWithin(0, 1);
    rest[rest.length - 1] = 0;
    generator.forEach((value, i) => {
      rest[i] ^= multiply(value, factor);
    });
  }
  return rest;
}

const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

class Grid {
  constructor(version) {
    this.version = version;
    this.size = version * 4 + 17;
    this.black = Array.from({ length: this.size }, () => new Array(this.size).fill(false));
    this.fixed = Array.from({ length: this.size }, () => new Array(this.size).fill(false));
    this.#drawPatterns();
  }

  place(words, mask) {
    this.#drawFormat(mask);
    this.#drawWords(words);
    for (let y = 0; y < this.size; y++) {
      for (let x = 0; x < this.size; x++) {
        if (!this.fixed[y][x] && MASKS[mask](x, y)) {
          this.black[y][x] = !this.black[y][x];
        }
      }
    }
  }

  #set(x, y, black) {
    this.black[y][x] = black;
    this.fixed[y][x] = true;
  }

  #drawPatterns() {
    for (let i = 0; i < this.size; i++) {
      this.#set(6, i, i % 2 === 0);
      this.#set(i, 6, i % 2 === 0);
    }
    for (const [x, y] of [[3, 3], [this.size - 4, 3], [3, this.size - 4]]) {
      this.#drawFinder(x, y);
    }
    const centres = this.#alignmentCentres();
    const last = centres.length - 1;
    centres.forEach((y, row) => centres.forEach((x, column) => {
      const atFinder = (row === 0 && column === 0) || (row === 0 && column === last) || (row === last && column === 0);
      if (!atFinder) {
        this.#drawAlignment(x, y);
      }
    }));
    this.#drawFormat(0);
    this.#drawVersion();
  }

  #drawFinder(centreX, centreY) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const [x, y, distance] = [centreX + dx, centreY + dy, Math.max(Math.abs(dx), Math.abs(dy))];
        if (x >= 0 && x < this.size && y >= 0 && y < this.size) {
          this.#set(x, y, distance !== 2 && distance !== 4);
        }
      }
    }
  }

  #drawAlignment(centreX, centreY) {
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -2; dx <= 2; dx++) {
        this.#set(centreX + dx, centreY + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }
    }
  }

  #alignmentCentres() {
    if (this.version === 1) {
      return [];
    }
    const count = Math.floor(this.version / 7) + 2;
    const step = Math.ceil((this.version * 4 + 4) / (count * 2 - 2)) * 2;
    return [6, ...Array.from({ length: count - 1 }, (_, i) => this.size - 7 - step * (count - 2 - i))];
  }

  /** Level and mask, with the BCH code of annex C, twice. */
  #drawFormat(mask) {
    const data = (LEVEL_M << 3) | mask;
    let rest = data;
    for (let i = 0; i < 10; i++) {
      rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    }
    const bits = ((data << 10) | rest) ^ 0x5412;
    const bit = (i) => ((bits >> i) & 1) === 1;
    for (let i = 0; i < 8; i++) {
      const along = i < 6 ? i : i + 1;
      this.#set(8, along, bit(i));
      this.#set(this.size - 1 - i, 8, bit(i));
    }
    this.#set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) {
      this.#set(14 - i, 8, bit(i));
    }
    for (let i = 8; i < 15; i++) {
      this.#set(8, this.size - 15 + i, bit(i));
    }
    this.#set(8, this.size - 8, true);
  }

  /** From version 7 on, with the Golay code of annex D, twice. */
  #drawVersion() {
    if (this.version < 7) {
      return;
    }
    let rest = this.version;
    for (let i = 0; i < 12; i++) {
      rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    }
    const bits = (this.version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const [far, near, black] = [this.size - 11 + (i % 3), Math.floor(i / 3), ((bits >> i) & 1) === 1];
      this.#set(far, near, black);
      this.#set(near, far, black);
    }
  }

  /** Two columns at a time from the right, up and down in turn, around the patterns. */
  #drawWords(words) {
    let at = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) {
        right = 5;
      }
      const upward = ((right + 1) & 2) === 0;
      for (let step = 0; step < this.size; step++) {
        const y = upward ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (!this.fixed[y][x] && at < words.length * 8) {
            this.black[y][x] = ((words[at >> 3] >> (7 - (at & 7))) & 1) === 1;
            at++;
          }
        }
      }
    }
  }
}

/** How hard a mask is to read (section 7.8.3): long runs, blocks, look-alikes of finders, uneven black. */
function penaltyOf(rows) {
  const size = rows.length;
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  let penalty = 0;
  for (const line of [...rows, ...columns]) {
    penalty += runs(line) + lookalikes(line);
  }
  let black = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      black += rows[y][x] ? 1 : 0;
      if (x + 1 < size && y + 1 < size && rows[y][x] === rows[y][x + 1] && rows[y][x] === rows[y + 1][x] && rows[y][x] === rows[y + 1][x + 1]) {
        penalty += 3;
      }
    }
  }
  return penalty + Math.floor(Math.abs(black * 20 - size * size * 10) / (size * size)) * 10;
}

function runs(line) {
  let penalty = 0;
  let length = 1;
  for (let i = 1; i <= line.length; i++) {
    if (line[i] === line[i - 1]) {
      length++;
    } else {
      penalty += length >= 5 ? length - 2 : 0;
      length = 1;
    }
  }
  return penalty;
}

function lookalikes(line) {
  const text = line.map((black) => (black ? '1' : '0')).join('');
  let penalty = 0;
  for (const pattern of ['10111010000', '00001011101']) {
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      penalty += 40;
    }
  }
  return penalty;
}
