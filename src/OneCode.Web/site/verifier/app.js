import { byId, icon, keepOffline, sayWhenBroken } from '/shared/dom.js';
import { Language } from '/shared/language.js';
import { Camera, pictureOf } from './camera.js';
import { CodeReader, NoReader } from './code-reader.js';
import { listenForGun } from './gun.js';
import { heldView } from './held-view.js';
import { Held } from './held.js';
import { Judge } from './judge.js';
import { providerOf } from './provider.js';
import { Sound } from './sound.js';
import { texts } from './texts.js';
import { viewOf } from './verdict-view.js';

const REFRESH_EVERY = 5 * 60_000;
// The same picture held in front of the camera is one scan, not ten a second.
const SAME_SIGHT = 2500;

const language = new Language(texts);
const sound = new Sound();
const camera = new Camera(/** @type {HTMLVideoElement} */ (byId('video')));
language.switchWith(byId('language'));
sayWhenBroken(() => language.text('broken'));

// What follows # is a printed code that some camera opened. It is judged here and taken out of the address and the history.
const printed = location.pathname === '/c' && location.hash.length > 1 ? location.href : null;
if (location.pathname !== '/') {
  history.replaceState(null, '', '/');
}

const settings = await (await fetch('/config.json')).json();
const held = await Held.open(settings.issuer, await providerOf(settings.sm2));
const judge = new Judge(held, settings.issuer);
const reader = await CodeReader.open(settings.cameraReader);
let shown = null;
let busy = false;
let sight = { text: '', at: 0 };
// The camera was on when the page went out of sight.
let resume = false;

async function answer(text) {
  busy = true;
  try {
    shown = await judge.judge(text);
    showAnswer();
    sound.play(shown.againAfter === undefined && !shown.seenElsewhere ? shown.verdict : 'indeterminate');
  } finally {
    busy = false;
  }
}

function showAnswer() {
  byId('empty').hidden = shown !== null;
  byId('stage').classList.toggle('answered', shown !== null);
  byId('verdict').replaceChildren(...(shown === null ? [] : [viewOf(shown, language)]));
}

function showHeld() {
  byId('held').replaceChildren(...heldView(held, language, async () => {
    await held.forget();
    await refresh();
  }));
}

function showSound() {
  const button = byId('sound');
  button.replaceChildren(icon(sound.on ? 'sound' : 'mute'));
  button.setAttribute('aria-pressed', String(sound.on));
}

function say(key) {
  const line = byId('camera-say');
  line.textContent = key === '' ? '' : language.text(key);
  line.dataset.key = key;
}

async function refresh() {
  const button = byId('refresh');
  button.setAttribute('aria-disabled', 'true');
  button.textContent = language.text('refreshing');
  await held.refresh();
  button.removeAttribute('aria-disabled');
  button.textContent = language.text('refresh');
  showHeld();
}

async function startCamera() {
  if (reader.kind === 'none') {
    say('readerMissing');
    return;
  }
  if (navigator.mediaDevices === undefined) {
    say('cameraInsecure');
    return;
  }
  say('starting');
  try {
    reader.warm();
    await camera.start();
  } catch (error) {
    camera.stop();
    const known = { NotAllowedError: 'cameraDenied', NotFoundError: 'cameraNone', OverconstrainedError: 'cameraNone', NotReadableError: 'cameraBusy', AbortError: 'cameraBusy' };
    say(known[error.name] ?? 'cameraBusy');
    return;
  }
  showCamera();
  say(reader.kind === 'browser' ? 'readerBrowser' : 'scanning');
  await camera.watch(look).catch(readerFailed);
}

function stopCamera() {
  camera.stop();
  showCamera();
  say('');
}

function showCamera() {
  byId('view').classList.toggle('on', camera.on);
  byId('controls').hidden = !camera.on;
  byId('torch').hidden = !camera.hasTorch;
}

async function look(image) {
  const text = busy ? null : await reader.read(image);
  const now = performance.now();
  if (text === null || text === undefined) {
    return;
  }
  const same = text === sight.text && now - sight.at < SAME_SIGHT;
  sight = { text, at: now };
  if (!same) {
    await answer(text);
    sight.at = performance.now();
  }
}

async function readPicture(file) {
  say('reading');
  try {
    const text = await reader.read(await pictureOf(file), true);
    say(text === null ? 'pictureNothing' : '');
    if (text !== null) {
      await answer(text);
      byId('answer-title').scrollIntoView({ block: 'start' });
    }
  } catch (error) {
    if (error instanceof DOMException) {
      say('pictureBad');
    } else {
      readerFailed(error);
    }
  }
}

function readerFailed(error) {
  if (!(error instanceof NoReader)) {
    throw error;
  }
  stopCamera();
  say(error.why === 'missing' ? 'readerMissing' : 'readerBroken');
}

byId('start').addEventListener('click', startCamera);
byId('stop').addEventListener('click', stopCamera);
byId('torch').addEventListener('click', async () => {
  const on = byId('torch').getAttribute('aria-pressed') !== 'true';
  await camera.torch(on);
  byId('torch').setAttribute('aria-pressed', String(on));
});

const file = /** @type {HTMLInputElement} */ (byId('file'));
byId('picture').addEventListener('click', () => file.click());
file.addEventListener('change', async () => {
  if (file.files.length === 1) {
    await readPicture(file.files[0]);
  }
  // The same file may be chosen again.
  file.value = '';
});

byId('paste').addEventListener('click', () => {
  const form = byId('paste-form');
  form.hidden = !form.hidden;
  byId('paste').setAttribute('aria-expanded', String(!form.hidden));
  if (!form.hidden) {
    byId('text').focus();
  }
});
byId('paste-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = /** @type {HTMLTextAreaElement} */ (byId('text'));
  // Line ends are the clipboard's or the gun's; a space may be part of the code.
  const text = field.value.replace(/^[\r\n\t]+|[\r\n\t]+$/g, '');
  field.value = '';
  if (text !== '') {
    await answer(text);
    byId('answer-title').scrollIntoView({ block: 'start' });
  }
});
byId('text').addEventListener('keydown', (event) => {
  // A gun ends with Enter. A code text has no line ends, so Enter means: check.
  if (event.key === 'Enter' && !event.isComposing) {
    event.preventDefault();
    /** @type {HTMLFormElement} */ (byId('paste-form')).requestSubmit();
  }
});
listenForGun(answer);

byId('sound').addEventListener('click', () => {
  sound.toggle();
  showSound();
});
byId('refresh').addEventListener('click', refresh);
language.onChange(() => {
  showAnswer();
  showHeld();
  say(byId('camera-say').dataset.key ?? '');
});

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') {
    resume = camera.on;
    stopCamera();
    return;
  }
  refresh();
  if (resume) {
    startCamera();
  }
});
window.addEventListener('online', refresh);
setInterval(refresh, REFRESH_EVERY);

showSound();
showHeld();
if (reader.kind === 'none') {
  // What cannot work is not offered; the line above the field says why.
  byId('view').hidden = true;
  byId('others').hidden = true;
  byId('paste-form').hidden = false;
  say('readerMissing');
}
await keepOffline();
const refreshed = refresh();
if (printed !== null) {
  await answer(printed);
} else if ((await navigator.permissions?.query({ name: /** @type {any} */ ('camera') }).catch(() => null))?.state === 'granted') {
  // Allowed before: a guard who opens the page wants to scan.
  await startCamera();
}
await refreshed;
document.documentElement.dataset.ready = 'true';
