/** The JavaScript verifier behind lines of text, for `tests/fuzz`: what each line asks is said in `tests/Mutants/Judges.cs`. */
import { createInterface } from 'node:readline';
import { CredentialCache, readTrustRoots, verify, verifyStatusList, verifyTrustList, webCrypto, withAlgorithms } from '../../src/OneCode.Web/site/onecode/index.js';
import { sm2 } from '../../src/OneCode.Web/site/onecode/noble.js';

const KINDS = ['', 'person', 'enterprise', 'vehicle'];
const FORMS = ['', 'paper', 'phone'];

let roots = null;
let trust = null;
let lists = new Map();
let cache = new CredentialCache();
const find = (uri, region) => lists.get(`${region} ${uri}`) ?? null;

const asks = {
  async world(json) {
    const world = JSON.parse(json);
    roots = world.roots === null ? null : await readTrustRoots(world.roots, world.algorithms.includes('SM2') ? withAlgorithms(webCrypto, sm2) : webCrypto);
    trust = null;
    lists = new Map();
    cache = new CredentialCache();
    const answers = [];
    for (const hex of world.trustLists) {
      const { list, refused } = await judgeTrust(hex);
      trust = list ?? trust;
      answers.push(refused ?? 'accepted');
    }
    answers.push('|');
    for (const hex of world.statusLists) {
      const { list, refused } = await judgeStatus(hex);
      if (list !== undefined) {
        lists.set(`${list.region} ${list.uri}`, list);
      }
      answers.push(refused ?? 'accepted');
    }
    return answers.join(',');
  },

  trust: async (hex) => (await judgeTrust(hex)).refused ?? 'accepted',

  status: async (hex) => (await judgeStatus(hex)).refused ?? 'accepted',

  async code(rest) {
    const [now, hex = ''] = rest.split(' ');
    const found = await verify(bytesOf(hex).toString('utf8'), { roots, trust, statuses: { find }, now: Number(now), cache });
    return found.verdict === 'passed' ? `passed ${Buffer.from(words(found)).toString('hex')}` : `${found.verdict} ${found.reason} ${found.step}`;
  },
};

async function judgeTrust(hex) {
  return roots === null ? { refused: 'ThresholdNotMet' } : verifyTrustList(bytesOf(hex), roots, trust);
}

async function judgeStatus(hex) {
  return trust === null ? { refused: 'KeyNotInTrustList' } : verifyStatusList(bytesOf(hex), trust, find);
}

function words({ kind, form, level: countsFor, statusAsOf, presentation, claims: { issuer, issuedAt, validFrom, expiresAt, level, subject: s } }) {
  return [
    issuer, KINDS.indexOf(kind), FORMS.indexOf(form), issuedAt, validFrom, expiresAt, level,
    s.lastFour, s.maskedName, s.creditCode, kind === 'enterprise' ? s.name : undefined, s.kindCode, s.endsOn, s.plate, s.plateKind, s.inspectionEndsOn,
    statusAsOf, presentation?.at, presentation?.list, presentation?.index, countsFor,
  ].map((word) => word ?? '').join('\u001f');
}

function bytesOf(hex) {
  return Buffer.from(hex, 'hex');
}

for await (const line of createInterface({ input: process.stdin })) {
  const [ask] = line.split(' ', 1);
  let answer;
  try {
    answer = await asks[ask](line.slice(ask.length + 1));
  } catch (error) {
    // Never throws on what was scanned: whatever comes here is a finding.
    answer = `threw ${error?.stack?.replaceAll('\n', ' ')}`;
  }
  process.stdout.write(`${answer}\n`);
}
