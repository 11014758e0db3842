// Every vector as a question for check.c and Check.java (questions OUT), or what their answers should have been (answers IN): one file, numbers big-endian.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [task, vectors, file] = process.argv.slice(2);
// As many trust lists as one call takes (onecode.h).
const MOST_TRUST_LISTS = 16;
const cases = ['', 'sm2/codes'].flatMap((folder) => readdirSync(join(vectors, folder)).filter((name) => name.endsWith('.json')).sort()
  .map((name) => JSON.parse(readFileSync(join(vectors, folder, name), 'utf8')))).flatMap(calls);
if (cases.length < 300) {
  throw new Error(`${cases.length} vectors`);
}

if (task === 'questions') {
  writeFileSync(file, Buffer.concat([int(cases.length), ...cases.flatMap(question)]));
} else {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const wrong = cases.filter((c, i) => differs(c, lines[i]));
  for (const c of wrong) {
    console.log(`${basename(c.name)}: ${lines[cases.indexOf(c)]}`);
  }
  if (wrong.length === 0 && lines.length === cases.length) {
    console.log('all as expected');
  }

}

// A vector of many texts, or of more trust lists than fit: the last of those is the one that counts, so it ends each call.
function calls({ also = [], ...vector }) {
  const { trustLists, expect } = vector;
  const last = trustLists.length - 1;
  const more = [];
  for (let from = 0; last >= MOST_TRUST_LISTS && from < last; from += MOST_TRUST_LISTS - 1) {
    const part = (list) => [...list.slice(from, Math.min(from + MOST_TRUST_LISTS - 1, last)), list[last]];
    more.push({ ...vector, trustLists: part(trustLists), expect: { ...expect, trustLists: part(expect.trustLists) } });
  }

  const others = also.map(({ text, expect: { verdict, reason, step } }) => ({ ...vector, text, claims: undefined, expect: { ...expect, verdict, reason, step } }));
  return [...(more.length > 0 ? more : [vector]), ...others];
}

function question({ now, algorithms, text, roots, trustLists, statusLists }) {
  const moment = Buffer.alloc(8);
  moment.writeBigInt64BE(BigInt(now));
  const lists = (hex) => [int(hex.length), ...hex.flatMap((list) => blob(Buffer.from(list, 'hex')))];
  return [
    moment, int(algorithms?.length === 1 ? 1 : 0), ...blob(Buffer.from(text)), ...blob(Buffer.from(roots ? JSON.stringify(roots) : '')), ...blob(Buffer.alloc(0)),
    ...lists(trustLists), ...lists(statusLists),
  ];
}

function int(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function blob(bytes) {
  return [int(bytes.length), bytes];
}

function differs({ expect, claims, now }, line) {
  const [code, ...rest] = line?.split(' ') ?? [];
  const said = JSON.parse(rest.join(' ') || '{}');
  const refused = (list, answers) => answers.flatMap((reason, index) => reason === 'accepted' ? [] : [{ list, index, reason }]);
  const lists = [...refused('trustLists', expect.trustLists), ...refused('statusLists', expect.statusLists)];
  return +code !== codeOf(expect)
    || said.verdict !== expect.verdict || said.reason !== expect.reason || said.step !== expect.step
    || Date.parse(said.at) !== now * 1000
    || !same(said.refused ?? [], lists)
    || (claims && expect.verdict === 'passed' && (!same(said.claims, claims) || said.level !== (expect.level ?? claims.level)));
}

// From the reasons alone, so that it is not the library's own table.
function codeOf({ verdict, reason }) {
  return { passed: 0, Revoked: 3, Suspended: 4, StatusStale: 5, TrustStale: 5, StatusUnknown: 6, NotCovered: 6 }[reason ?? verdict] ?? (verdict === 'failed' ? 1 : 2);
}

function same(a, b) {
  const sorted = (value) => JSON.stringify(value, (_, v) => v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort()) : v);
  return sorted(a) === sorted(b);
}
