import { byId, facts, keepOffline, make, notice, sayWhenBroken } from '/shared/dom.js';
import { Language } from '/shared/language.js';
import { drawQr } from '/shared/qr.js';
import { Store } from '/shared/store.js';
import { Clock } from './clock.js';
import { Codes } from './codes.js';
import { SignIn, WalletProblem } from './sign-in.js';
import { texts } from './texts.js';

const EVERY = 30;
const RENEW_EVERY = 10 * 60_000;
const SOON = 12 * 3600;
const JOURNEY = 8;
const KINDS = /** @type {const} */ (['person', 'enterprise', 'vehicle']);

const language = new Language(texts);
language.switchWith(byId('language'));
sayWhenBroken(() => language.text('broken'));

const store = await Store.open('onecode-wallet', ['session', 'codes']);
const settings = await (await fetch('/config.json')).json();
const clock = new Clock((await store.get('session', 'offset')) ?? 0);
const signIn = new SignIn(store, settings);
const codes = new Codes(store, signIn, settings.issuer, clock);

/** What the page shows: which kind, which subject of it, and since when the picture stands. */
const shown = { kind: 'person', subjects: {}, signedAt: 0, signing: false };
let problem = null;
let unreachable = false;
let renewing = Promise.resolve();
let lock = null;

function subjectsOf(kind) {
  return codes.subjects.filter((subject) => subject.kind === kind);
}

function subject() {
  const candidates = subjectsOf(shown.kind);
  return candidates.find(({ id }) => id === shown.subjects[shown.kind]) ?? candidates[0];
}

function say(...parts) {
  byId('say').replaceChildren(...parts);
}

function sayProblem() {
  if (problem === null) {
    // Only while it is true: a code that has run out says so itself.
    const canShow = codes.subjects.length > 0 && codes.until(subject()) > clock.now();
    say(...(unreachable && canShow ? [notice('', 'info', language.text('offline'))] : []));
    return;
  }
  const text = language.has(problem) ? language.text(problem) : language.text('renewFailed', { code: problem });
  const parts = [make('p', {}, text)];
  if (problem === 'signedOut') {
    const again = make('button', { type: 'button', class: 'second' }, language.text('signInAgain'));
    again.addEventListener('click', startSignIn);
    parts.push(again);
  }
  say(notice('warn', 'warn', ...parts));
}

/** Runs what may fail in ways that a person is told about; anything else is a fault of ours and is not hidden. */
async function attempt(action) {
  try {
    problem = null;
    await action();
    unreachable = false;
  } catch (error) {
    if (error instanceof WalletProblem) {
      problem = error.code;
      unreachable = false;
    } else if (error instanceof TypeError || error instanceof DOMException) {
      // fetch without a network, or with too slow a one. What navigator.onLine says is not asked: it knows of a cable, not of a server.
      unreachable = true;
    } else {
      throw error;
    }
  }
}

async function startSignIn() {
  await attempt(() => signIn.start());
  if (unreachable) {
    say(notice('warn', 'warn', language.text('offlineSignIn')));
  } else {
    sayProblem();
  }
}

/** Renews what runs low, if there is a network. One at a time: two would fetch everything twice. */
function renew(count, isAsked) {
  renewing = renewing.then(() => renewNow(count, isAsked));
  return renewing;
}

async function renewNow(count, isAsked) {
  if (!(await signIn.isSignedIn())) {
    return;
  }
  await attempt(async () => {
    await codes.refreshSubjects();
    show();
    for (const one of codes.subjects) {
      if (isAsked || codes.needsRenewal(one)) {
        await codes.renew(one, count);
        show();
      }
    }
  });
  show();
}

function show() {
  const has = codes.subjects.length > 0;
  byId('signed-in').hidden = !has;
  if (!has) {
    sayProblem();
    return;
  }
  byId('signed-out').hidden = true;
  if (subjectsOf(shown.kind).length === 0) {
    shown.kind = KINDS.find((kind) => subjectsOf(kind).length > 0);
  }
  sayProblem();
  showTabs();
  showPick();
  showAhead();
  shown.signedAt = 0;
  tick();
}

function showTabs() {
  const kinds = KINDS.filter((kind) => subjectsOf(kind).length > 0);
  const tabs = byId('tabs');
  tabs.hidden = kinds.length < 2;
  const focused = tabs.contains(document.activeElement);
  tabs.replaceChildren(...kinds.map((kind) => {
    const isShown = kind === shown.kind;
    const tab = make('button', { type: 'button', role: 'tab', id: `tab-${kind}`, 'aria-selected': String(isShown), 'aria-controls': 'panel', tabindex: isShown ? '0' : '-1' }, language.text(kind));
    tab.addEventListener('click', () => choose(kind));
    tab.addEventListener('keydown', (event) => moveTab(event, kinds, kind));
    return tab;
  }));
  byId('panel').setAttribute('aria-labelledby', `tab-${shown.kind}`);
  if (focused) {
    byId(`tab-${shown.kind}`).focus();
  }
}

function choose(kind) {
  shown.kind = kind;
  show();
}

function moveTab(event, kinds, kind) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const next = event.key === 'Home' ? 0 : event.key === 'End' ? kinds.length - 1 : step && (kinds.indexOf(kind) + step + kinds.length) % kinds.length;
  if (next !== undefined) {
    event.preventDefault();
    choose(kinds[next]);
  }
}

function showPick() {
  const candidates = subjectsOf(shown.kind);
  byId('pick').hidden = candidates.length < 2;
  byId('subject').replaceChildren(...candidates.map(({ id, name }) => {
    const option = make('option', { value: id }, name);
    option.selected = id === subject().id;
    return option;
  }));
}

function showAhead() {
  const rows = codes.subjects.map((one) => {
    const until = codes.until(one);
    return [`${language.text(one.kind)} ${one.name}`, until > clock.now() ? language.text('aheadUntil', { moment: language.moment(until) }) : language.text('aheadNone')];
  });
  byId('ahead').replaceChildren(...facts(rows).children);
  byId('clock').textContent = clock.isOff ? language.text('clockOff', { seconds: Math.abs(Math.round(clock.offset)) }) : language.text('clockFine');
}

/** Once a second: the clock, the countdown, and a new picture when its time has come. */
async function tick() {
  if (codes.subjects.length === 0 || document.visibilityState === 'hidden') {
    return;
  }
  const now = clock.now();
  const age = now - shown.signedAt;
  if (age >= EVERY || age < 0) {
    await sign(now);
  }
  byId('time').textContent = new Intl.DateTimeFormat(language.locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(new Date(now * 1000));
  byId('countdown').textContent = language.text('countdown', { seconds: Math.max(1, EVERY - (now - shown.signedAt)) });
}

async function sign(now) {
  if (shown.signing) {
    return;
  }
  shown.signing = true;
  try {
    const whose = subject();
    const text = await codes.show(whose);
    shown.signedAt = now;
    showCode(whose, text, now);
  } finally {
    shown.signing = false;
  }
}

function showCode(whose, text, now) {
  byId('code').hidden = text === null;
  byId('whose').replaceChildren(whose.name, make('small', {}, language.text(whose.kind)));
  byId('qr').replaceChildren(...(text === null ? [] : [drawQr(text, language.text('qrLabel', { kind: language.text(whose.kind), name: whose.name }))]));
  byId('gone').replaceChildren(...(text === null ? [gone()] : []));
  const until = codes.until(whose);
  byId('until').textContent = text === null ? '' : language.text(until - now < SOON ? 'untilSoon' : 'until', { moment: language.moment(until) });
}

function gone() {
  if (problem === null && !unreachable) {
    return notice('', 'info', language.text('loading'));
  }
  return notice('warn', 'warn', make('p', {}, make('strong', {}, language.text('goneTitle'))), language.text('goneText'), language.text('goneOther'));
}

/** The screen stays on while a code is shown; where the browser does not know how, it does not. */
async function stayAwake() {
  if (document.visibilityState === 'visible' && codes.subjects.length > 0 && (lock === null || lock.released)) {
    lock = await navigator.wakeLock?.request('screen').catch(() => null) ?? null;
  }
}

async function asked(button, label, count) {
  button.setAttribute('aria-disabled', 'true');
  button.textContent = language.text('updating');
  await renew(count, true);
  button.removeAttribute('aria-disabled');
  button.textContent = language.text(label);
  if (problem === null) {
    say(notice('', 'info', language.text(unreachable ? 'offline' : 'updated')));
  }
}

async function leave() {
  /** @type {HTMLDialogElement} */ (byId('leave')).close();
  let ended = false;
  await attempt(async () => {
    await signIn.end();
    ended = true;
  });
  await codes.erase();
  problem = null;
  byId('signed-in').hidden = true;
  byId('signed-out').hidden = false;
  say(notice(ended ? '' : 'warn', ended ? 'info' : 'warn', language.text(ended ? 'left' : 'leftOffline')));
}

byId('sign-in').addEventListener('click', startSignIn);
byId('update').addEventListener('click', () => asked(byId('update'), 'update'));
byId('journey').addEventListener('click', () => asked(byId('journey'), 'journey', JOURNEY));
byId('sign-out').addEventListener('click', () => /** @type {HTMLDialogElement} */ (byId('leave')).showModal());
byId('leave-no').addEventListener('click', () => /** @type {HTMLDialogElement} */ (byId('leave')).close());
byId('leave-yes').addEventListener('click', leave);
byId('subject').addEventListener('change', (event) => {
  shown.subjects[shown.kind] = /** @type {HTMLSelectElement} */ (event.target).value;
  show();
});
language.onChange(show);

document.addEventListener('visibilitychange', async () => {
  if (document.visibilityState === 'visible') {
    shown.signedAt = 0;
    await tick();
    await stayAwake();
    await renew();
  }
});
window.addEventListener('online', () => renew());
window.addEventListener('offline', () => {
  unreachable = true;
  sayProblem();
});
setInterval(tick, 1000);
setInterval(() => renew(), RENEW_EVERY);

await keepOffline();
await codes.load();
await attempt(async () => {
  if (await signIn.finish()) {
    // Codes of an earlier sign-in are withdrawn with it, or another person's.
    await codes.eraseCodes();
  }
});
const signedIn = await signIn.isSignedIn();
byId('signed-out').hidden = signedIn;
const failure = problem;
show();
await stayAwake();
if (signedIn) {
  if (codes.subjects.length === 0) {
    say(notice('', 'info', language.text('loading')));
  }
  await renew();
  if (codes.subjects.length === 0 && problem === null && !unreachable) {
    say(notice('warn', 'warn', language.text('noSubjects')));
  }
  await stayAwake();
}
if (failure !== null) {
  problem = failure;
  sayProblem();
}
document.documentElement.dataset.ready = 'true';
