import { facts, make, notice } from '/shared/dom.js';

const OLD = 24 * 3600;

/**
 * What the device checks against, and until when that does without a network: running out silently is what hurt others.
 * @param {import('./held.js').Held} held
 * @param {import('/shared/language.js').Language} language
 * @param {() => void} repin
 */
export function heldView(held, language, repin) {
  const now = Date.now() / 1000;
  const lists = held.lists(now);
  const parts = [];
  if (held.trust === null) {
    parts.push(notice('warn', 'warn', language.text('heldNothing')));
  } else if (now + 60 < held.signedTime()) {
    parts.push(notice('bad', 'warn', language.text('heldClock')));
  } else if (lists.length > 0 && now - lists[0].issuedAt > OLD) {
    parts.push(notice('warn', 'warn', language.text('heldOld')));
  } else if (lists.length > 0) {
    parts.push(make('p', {}, language.text('heldReady')));
  }
  parts.push(...trouble(held, language, repin));
  if (held.trust !== null) {
    parts.push(facts([
      [language.text('heldTrust'), language.moment(held.trust.issuedAt)],
      [language.text('heldStatus'), lists.length === 0 ? language.text('heldNone')
        : language.text('heldStatusValue', { count: lists.length, moment: language.moment(lists[0].issuedAt), ago: language.ago(now - lists[0].issuedAt) })],
      [language.text('heldUntil'), lists.length === 0 ? '' : language.moment(Math.min(held.trust.expiresAt, ...lists.map((list) => list.expiresAt)))],
    ]));
  }
  return parts;
}

function trouble(held, language, repin) {
  switch (held.trouble) {
    case '':
      return [];
    case 'unreachable':
      return held.trust === null ? [] : [make('p', { class: 'soft' }, language.text('heldUnreachable'))];
    case 'rootsChanged': {
      const button = make('button', { type: 'button', class: 'danger' }, language.text('heldRepin'));
      button.addEventListener('click', repin);
      return [notice('bad', 'warn', make('p', {}, language.text('heldRootsChanged')), button)];
    }
    default:
      return [notice('warn', 'warn', language.text('heldRefused', { reason: held.trouble }))];
  }
}
