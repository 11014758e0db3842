import { facts, icon, make, notice } from '/shared/dom.js';

const OLD = 24 * 3600;
const ICONS = { passed: 'pass', failed: 'fail', indeterminate: 'ask' };
const PLATE_KINDS = ['01', '02', '51', '52'];

/**
 * The answer in words: what it is, why, what to do next, what to compare.
 * @param {Awaited<ReturnType<import('./judge.js').Judge['judge']>>} answer
 * @param {import('/shared/language.js').Language} language
 */
export function viewOf(answer, language) {
  const { verdict, reason, kind, form } = answer;
  const about = kind === undefined ? '' : `${language.text(kind)} · ${language.text(form)}`;
  const head = make('div', { class: 'word' }, icon(ICONS[verdict]), make('div', {}, make('strong', {}, language.text(verdict)), make('span', {}, about)));
  const body = make('div', { class: 'body' });
  if (reason !== undefined) {
    body.append(make('p', { class: 'why' }, language.text(reason)), make('p', {}, language.text(`${reason}Do`)));
  }
  if (answer.againAfter !== undefined && verdict === 'passed') {
    body.append(notice('warn', 'warn', language.text('again', { seconds: answer.againAfter })));
  } else if (answer.seenElsewhere && verdict === 'passed') {
    body.append(notice('warn', 'warn', language.text('elsewhere')));
  }
  // A failed code is not compared with anyone: its words would only help someone to talk his way through.
  if (verdict !== 'failed' && kind !== undefined) {
    body.append(compare(answer, language));
  }
  body.append(...status(answer, language));
  if (kind !== undefined) {
    body.append(details(answer, language));
  }
  return make('article', { class: `verdict ${verdict}` }, head, body);
}

function compare({ kind, form, claims }, language) {
  const { maskedName, lastFour, name, plate } = claims.subject;
  const say = {
    person: [maskedName, lastFour && language.text('lastFour', { lastFour })],
    enterprise: [name],
    vehicle: [plate],
  }[kind].filter(Boolean).map((part) => make('span', {}, part));
  const what = kind === 'person' ? (form === 'paper' ? 'comparePaper' : 'comparePhone') : kind === 'enterprise' ? 'compareEnterprise' : 'compareVehicle';
  return make('section', { class: 'compare' },
    make('h3', {}, language.text('compare')),
    make('p', { class: 'big' }, ...say),
    make('p', { class: 'do' }, language.text(what)));
}

function status({ verdict, statusAsOf, online, clockWrong }, language) {
  const parts = [];
  if (clockWrong) {
    parts.push(notice('warn', 'warn', language.text('clockNote')));
  }
  if (statusAsOf === undefined) {
    return parts;
  }
  const age = Date.now() / 1000 - statusAsOf;
  if (verdict === 'passed' && !online && age > OLD) {
    parts.push(notice('warn', 'warn', language.text('old')));
  }
  parts.push(make('p', { class: 'asof' },
    make('strong', {}, `${language.text('statusAsOf')} ${language.moment(statusAsOf)}`),
    make('span', { class: 'soft' }, `${language.ago(age)} ${language.text(online ? 'onlineMark' : 'offlineMark')}`)));
  return parts;
}

function details({ kind, claims, level = claims.level }, language) {
  const { creditCode, kindCode, endsOn, plateKind, inspectionEndsOn } = claims.subject;
  return facts([
    ...(kind === 'enterprise' ? [[language.text('creditCode'), creditCode && make('span', { class: 'number' }, creditCode)], [language.text('kindCode'), kindCode], [language.text('endsOn'), endsOn]] : []),
    ...(kind === 'vehicle' ? [[language.text('plateKind'), PLATE_KINDS.includes(plateKind) ? language.text(`plate${plateKind}`) : plateKind], [language.text('inspectedUntil'), inspectionEndsOn]] : []),
    [language.text('level'), level !== undefined && language.text('levelValue', { level })],
    [language.text('validUntil'), language.moment(claims.expiresAt)],
    [language.text('region'), claims.issuer],
  ]);
}
